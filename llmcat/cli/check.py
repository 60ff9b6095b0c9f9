"""The command that tells whether a catalogue is whole, and whether what it says may be true: check."""

from __future__ import annotations

from collections import Counter

import click

from llmcat.cli.output import output_options, print_rows, say
from llmcat.storage.checks.whole_file import FINDINGS_OF_EACH, Finding
from llmcat.storage.location import locate


@click.command()
@click.argument("file", required=False)
@click.option(
    "--against",
    metavar="OLD",
    help="Also what a release may not do to OLD, an earlier catalogue: lose models, move prices.",
)
@click.option("--strict", is_flag=True, help="Warnings fail as well.")
@output_options
def check(file: str | None, against: str | None, strict: bool, form: str | None) -> None:
    """Check a catalogue for damage, and for values that cannot be true.

    Its sha256, its pages, the digest and types of its rows, what they refer to, its index of words.
    Then the data: errors, such as a negative price, and warnings, such as a price 50 times that of
    others, which may be right all the same.

    FILE is the catalogue; without it $LLMCAT_DB, then the one installed. A line for each finding.
    Exit status: 0 no error; 1 an error, or with --strict a warning.

    \b
    llmcat check catalog.db
    llmcat check new.db --against catalog.db --strict
    """
    from llmcat.network.releases.release_findings import release_findings

    path = locate(file)
    found = release_findings(path, against)
    failed = (strict and bool(found)) or any(not finding.warning for finding in found)
    if form:
        print_rows([one._asdict() for one in found], form, header=Finding._fields)
    else:
        print_findings(path, found)
    if failed:
        raise click.exceptions.Exit(1)


def print_findings(path: str, found: list[Finding]) -> None:
    """A line for each finding, of each check the first ones."""
    from llmcat.storage.checks.whole_file import CHECKS

    counts: Counter[str] = Counter()
    for one in found:
        counts[one.check] += 1
        if counts[one.check] <= FINDINGS_OF_EACH:
            kind = "warning: " if one.warning else ""
            say(f"{path}: {kind}{one.check}: {one.message}", err=True)
    for name, count in counts.items():
        if count > FINDINGS_OF_EACH:
            say(f"{path}: {name}: {count - FINDINGS_OF_EACH:,} more; --json has all", err=True)
    if all(one.warning for one in found):
        also = f"; {len(found):,} warnings" if found else ""
        say(f"{path}: nothing is wrong ({', '.join(CHECKS)}, data){also}")
