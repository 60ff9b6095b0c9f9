"""The catalogue in the formats of other programs."""
