"""The stages of a build, one file each, in the order in which build.py calls them.

ingest, normalize, validate, keep_last_good, merge, corroborate, enrich, filter, record, write.
"""
