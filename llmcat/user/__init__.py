"""What belongs to the user: config, overlays and edits of one's own, and the layer that they make."""
