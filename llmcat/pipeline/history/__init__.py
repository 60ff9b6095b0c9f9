"""The past: states, intervals and the logs that hold them."""
