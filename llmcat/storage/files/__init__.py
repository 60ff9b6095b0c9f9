"""Folders and files while a catalogue is made, copied or replaced."""
