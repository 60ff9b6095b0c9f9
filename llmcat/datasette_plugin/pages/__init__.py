"""The pages, one file each; routes.py says which address shows which."""
