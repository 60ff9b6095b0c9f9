"""Overlays: YAML, TOML and Python mappings."""
