"""Releases: catalogues that are published in one place and installed in many."""
