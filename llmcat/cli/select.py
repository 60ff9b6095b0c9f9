"""The command that selects the one model to take."""

from __future__ import annotations

from typing import Any

import click

from llmcat.catalog import Catalog
from llmcat.cli.common_options import catalog_options, scope_option
from llmcat.cli.find_options import FindCommand, find_options, given
from llmcat.cli.models_table import no_match, print_models
from llmcat.cli.option_types import PROVIDER
from llmcat.cli.output import output_options


@click.command(cls=FindCommand)
@find_options
@click.option("--text", metavar="WORDS", help="Full text matches WORDS.")
@click.option(
    "--prefer",
    type=PROVIDER,
    metavar="PROVIDER",
    multiple=True,
    help="Provider to prefer; repeat it, best first.",
)
@scope_option
@click.option("--explain", is_flag=True, help="Say how many models each requirement left.")
@catalog_options
@output_options
def select(
    prefer: tuple[str, ...],
    scope: tuple[str, ...],
    explain: bool,
    catalog: Catalog,
    form: str | None,
    **options: Any,
) -> None:
    """Select the one model that fits best.

    That of the preferred provider, then the cheapest, then the newest.

    \b
    llmcat select --vision --min-context 200k --prefer anthropic
    """
    requested = given(options)
    if explain:
        reasons = catalog.explain(prefer=prefer or None, scope=scope or None, **requested)
        click.echo(str(reasons), err=form is not None)
        model = reasons.model
    else:
        model = catalog.select(prefer=prefer or None, scope=scope or None, **requested)
    if model is None:
        raise no_match("no model fits" + ("" if explain else "; --explain says why"), form)
    print_models([model], form, requested=requested)
