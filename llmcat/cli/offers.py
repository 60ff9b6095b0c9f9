"""The command that lists who serves a model."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import click

from llmcat.catalog import Catalog
from llmcat.cli.common_options import catalog_options
from llmcat.cli.find_options import FindCommand, find_options, given
from llmcat.cli.models_table import cell, heading
from llmcat.cli.option_types import SPEC
from llmcat.cli.output import output_options, print_rows, print_table, say_taken
from llmcat.errors import LlmcatError
from llmcat.records import ModelRow


@click.command(cls=FindCommand)
@click.argument("model", type=SPEC)
@find_options
@catalog_options
@output_options
def offers(model: str, catalog: Catalog, form: str | None, **options: Any) -> None:
    """List who serves a model, the cheapest first.

    \b
    llmcat offers deepseek-v3.2 --tools

    MODEL is a base model such as deepseek/deepseek-v3.2 or its name, a spec, or any other name of one.
    Which offers are of it, upstream says; those with an equal id alone follow behind, marked "by id".
    Prices that stand out from all others are marked "outlier" and come last.
    """
    wanted = given(options)
    found = catalog.offers(model, **wanted)
    with suppress(LookupError, LlmcatError):  # a base model is no model of any provider
        say_taken(model, catalog.resolve(model).spec)
    if form:
        rows = [
            {**offer.model._asdict(), "same": offer.same, "outlier": offer.outlier}
            for offer in found
        ]
        print_rows(rows, form, header=(*ModelRow._fields, "same", "outlier"))
        return
    if not found:
        raise click.ClickException(f"no offer of {model} fits; try it without the options")
    columns = ("spec", "limit_context", "cost_input", "cost_output", "cost_cache_read", "status")
    rows_shown = []
    for offer in found:
        notes = ["by id"] * (offer.same == "id") + ["outlier"] * offer.outlier
        rows_shown.append(
            [*(cell(name, getattr(offer.model, name)) for name in columns), ", ".join(notes)]
        )
    print_table([*map(heading, columns), ""], rows_shown, ("status", "$ cache read"))
