"""`python -m llmcat`."""

from llmcat.cli import main

main(prog_name="llmcat")
