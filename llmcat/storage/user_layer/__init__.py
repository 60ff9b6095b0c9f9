"""Which file is opened where the user has a layer over the catalogue."""
