"""From a name as somebody wrote it to a model of the catalogue."""
