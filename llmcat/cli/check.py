"""The command that tells whether a catalogue is whole: check."""

from __future__ import annotations

import click

from llmcat.cli.output import output_options, print_rows, say
from llmcat.storage.location import locate


@click.command()
@click.argument("file", required=False)
@output_options
def check(file: str | None, form: str | None) -> None:
    """Check a catalogue for damage. Its sha256, its pages, the digest and types of its rows.

    FILE is the catalogue; without it $LLMCAT_DB, then the one installed. Exit status 1 where something is
    wrong, a line for each finding.
    """
    from llmcat.storage.checks import CHECKS
    from llmcat.storage.checks import check as findings_of

    path = locate(file)
    found = findings_of(path)
    if form:
        columns = ("check", "message")
        print_rows([finding._asdict() for finding in found], form, header=columns)
    else:
        for finding in found:
            say(f"{path}: {finding.check}: {finding.message}", err=True)
        if not found:
            say(f"{path}: nothing is wrong ({', '.join(CHECKS)})")
    if found:
        raise click.exceptions.Exit(1)
