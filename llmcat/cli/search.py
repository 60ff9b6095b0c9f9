"""The command that searches models by words."""

from __future__ import annotations

import click

from llmcat.catalog import Catalog
from llmcat.cli.common_options import catalog_options
from llmcat.cli.find_options import AT_LEAST_ONE
from llmcat.cli.models_table import no_match, print_models
from llmcat.cli.option_types import PROVIDER
from llmcat.cli.output import output_options


@click.command()
@click.argument("text", nargs=-1, required=True)
@click.option(
    "-n",
    "--limit",
    type=AT_LEAST_ONE,
    metavar="N",
    default=20,
    show_default=True,
    help="N models at most.",
)
@click.option(
    "-p", "--provider", metavar="NAME", type=PROVIDER, help="Only models of this provider."
)
@catalog_options
@output_options
def search(
    text: tuple[str, ...], limit: int, provider: str | None, catalog: Catalog, form: str | None
) -> None:
    """Search models by words. In ids, names, families, aliases; a typo or two are forgiven."""
    words = " ".join(text)
    found = catalog.search(words, limit=limit, provider=provider)
    if not found and (corrected := catalog.correct(words)):
        click.echo(f"nothing matches {words!r}; showing results for {corrected!r}", err=True)
        found = catalog.search(corrected, limit=limit, provider=provider)
    if not found:
        raise no_match(f"nothing matches {words!r}", form)
    print_models(found, form)
