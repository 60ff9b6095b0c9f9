"""Commands that say what differs: diff between two catalogues, disagreements within one."""

from __future__ import annotations

from pathlib import Path

import click

from llmcat import display
from llmcat.arguments import number
from llmcat.catalog import Catalog
from llmcat.cli.common_options import database_option
from llmcat.cli.history import print_changes, print_for_programs
from llmcat.cli.option_types import SPEC
from llmcat.cli.output import output_options, print_rows
from llmcat.cli.show import taken
from llmcat.errors import LlmcatError

# a price beside 0 has no ratio, or none that is above 0: nothing is wider apart
DISAGREEMENTS = """
WITH apart AS (
    SELECT *, CASE
        WHEN ratio > 0 THEN max(ratio, 1 / ratio)
        WHEN json_type(value) IN ('integer', 'real')
            AND json_type(other_value) IN ('integer', 'real') THEN 9e999
    END AS factor
    FROM disagreements
)
SELECT spec, field, winner, value, date, other, other_value, other_date, ratio, rule, contested, score
FROM apart
WHERE (:spec IS NULL OR spec = :spec) AND (:factor IS NULL OR factor >= :factor)
    AND (contested OR NOT :contested)
ORDER BY factor DESC, spec, field"""


class Trouble(click.ClickException):
    """An error where exit status 1 already says something else."""

    exit_code = 2


def _models(*paths: Path) -> str | None:
    """The specs that the names of files are, if all are models."""
    try:
        return " ".join(Catalog().resolve(str(path)).spec for path in paths)
    except (LlmcatError, LookupError, ValueError):
        return None


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@output_options
def diff(old: Path, new: Path, form: str | None) -> None:
    """Compare two catalogues, OLD and NEW.

    Providers and models added and removed, fields changed. Exit status: 0 the same; 1 they differ;
    2 one of them cannot be read.
    """
    from llmcat.history.diff import difference

    if not old.exists() and not new.exists() and (specs := _models(old, new)):
        raise Trouble(f"these are models, not files; did you mean `llmcat compare {specs}`?")
    try:
        found = difference(Catalog(old), Catalog(new))
    except LlmcatError as error:
        raise Trouble(display.text(str(error))) from None
    if form:
        print_for_programs(found, form)
    elif not found:
        click.echo("the same providers and models, field by field")
    else:
        print_changes(found)
        kinds = [change.kind for change in found]
        words = ", ".join(f"{kinds.count(k):,} {k}" for k in ("added", "removed", "changed"))
        click.echo(words)
    if found:
        raise click.exceptions.Exit(1)


@click.command()
@click.option("--min-ratio", type=float, help="Only values that differ by this factor, either way.")
@click.option("--contested", is_flag=True, help="Only those that no rule decides for certain.")
@click.argument("spec", required=False, type=SPEC)
@database_option
@output_options
def disagreements(
    spec: str | None, min_ratio: float | None, contested: bool, db: str | None, form: str | None
) -> None:
    """List where two sources disagree, the widest apart first.

    About prices, limits or capabilities: of all models, or of SPEC. What is free at one and has a
    price at another comes first. rule says why a value stands, score how probable it is that the
    other one is right. Known of the last build alone.
    """
    catalog = Catalog(db)
    factor = None if min_ratio is None else number("min_ratio", min_ratio)
    named = None if spec is None else catalog.model(taken(catalog, spec)).spec
    rows = catalog.sql(DISAGREEMENTS, {"spec": named, "factor": factor, "contested": contested})
    if not rows and not form:
        click.echo("the sources agree")
    print_rows(rows, form, header=rows.columns)
