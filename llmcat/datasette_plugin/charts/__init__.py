"""Charts as SVG, without script."""
