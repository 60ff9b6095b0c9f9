"""Results as HTML and SVG, for notebooks and pages; imported when something is drawn."""
