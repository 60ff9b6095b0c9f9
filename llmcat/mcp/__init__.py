"""Tools for agents, on top of Catalog."""
