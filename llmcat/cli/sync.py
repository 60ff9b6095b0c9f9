"""The command that brings ExLLM's YAML files up to date."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

import click

from llmcat.catalog import Catalog
from llmcat.cli.common_options import database_option
from llmcat.cli.output import output_options, print_rows, say

ROW = ("path", "changed", "added", "unknown", "error")
"""What programs are told of each file."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--add", is_flag=True, help="Add models that a file does not have.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@database_option
@output_options
def sync(folder: Path, add: bool, dry_run: bool, db: str | None, form: str | None) -> None:
    """Bring a folder of ExLLM's YAML files up to date with the catalogue.

    \b
    llmcat sync config/models --dry-run

    Prices, capabilities, limits, availability and deprecation follow the catalogue. All else, such as
    task_complexity_score, notes, default_model, comments, order and quoting, stays to the byte. Each file
    is replaced whole or not at all; one that would not come back as it is written is left alone, and the
    exit status is 1. Needs llmcat[sync].
    """
    from llmcat.storage.location import locate
    from llmcat.user.sync import sync as sync_folder

    failed = changed = added = unknown = files = 0
    rows = []
    with Catalog(
        locate(db)
    ) as catalog:  # without the user's layer, which may be made of these files
        for done in sync_folder(folder, catalog, add=add, dry_run=dry_run):
            files += 1
            rows.append({name: getattr(done, name) for name in ROW} | {"path": str(done.path)})
            if done.error:
                say(f"{done.path}: {done.error}", err=True)
                failed += 1
                continue
            changed, added, unknown = (
                changed + done.changed,
                added + done.added,
                unknown + done.unknown,
            )
            if dry_run and not form and done.before != done.after:
                for line in _diff(str(done.path), done.before, done.after):
                    say(line)
    word = "would change" if dry_run else "changed"
    if form:
        print_rows(rows, form, header=ROW)
    else:
        say(
            f"{files} files: {changed:,} models {word}, {added:,} added, {unknown:,} not in the catalogue,"
            f" {failed} files left alone"
        )
    if failed:
        raise click.exceptions.Exit(1)


def _diff(path: str, before: str, after: str) -> Iterator[str]:
    """What changes, in the format of diff -u. difflib's own function takes lines that stand often, as
    `streaming` does, for no landmarks, and shows a third of a file as new."""
    old, new = before.splitlines(), after.splitlines()
    yield from (f"--- {path}", f"+++ {path}")
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes():
        first, last = group[0], group[-1]
        sizes = last[2] - first[1], last[4] - first[3]
        yield f"@@ -{first[1] + 1},{sizes[0]} +{first[3] + 1},{sizes[1]} @@"
        for kind, start, end, start_new, end_new in group:
            yield from (f"{' ' if kind == 'equal' else '-'}{line}" for line in old[start:end])
            if kind != "equal":
                yield from (f"+{line}" for line in new[start_new:end_new])
