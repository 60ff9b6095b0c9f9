"""What a catalogue shows of its file: filtered, or as of an instant."""
