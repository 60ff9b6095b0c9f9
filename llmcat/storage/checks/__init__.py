"""Whether a catalogue file may be believed: before it is used, and the whole of it."""
