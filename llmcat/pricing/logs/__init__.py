"""The logs of other programs: from a file to the calls in it."""
