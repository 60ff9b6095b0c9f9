"""Choosing models: options, the SQL they become, find, select, search, compare."""
