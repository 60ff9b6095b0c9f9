"""The command that finds the models that fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from llmcat.capabilities import CANONICAL, COLUMNS
from llmcat.catalog import Catalog
from llmcat.cli.common_options import catalog_options
from llmcat.cli.find_options import FindCommand, find_options, given
from llmcat.cli.models_table import no_match, print_models, print_with_tiers
from llmcat.cli.output import output_options, say

MANY = 50
"""How many models a list shows to people unless told otherwise; programs get all."""


@click.command(cls=FindCommand)
@click.argument("words", nargs=-1)
@find_options
@click.option("--text", metavar="WORDS", help="Full text matches WORDS.")
@catalog_options
@output_options
def find(
    words: tuple[str, ...], text: str | None, catalog: Catalog, form: str | None, **options: Any
) -> None:
    """Find the models that fit all options.

    With WORDS those alone whose texts match them. Unknown is neither true nor false, and never free.

    \b
    llmcat find --vision --tools --min-context 200k --cost-input '<3' -s price
    llmcat find claude -p anthropic,openrouter --sort released --desc
    """
    options["text"] = " ".join([*words, *([text] if text else [])]) or None
    requested = given(options)
    found = catalog.find(**requested)
    _say_of_capabilities(words)
    if not found:
        from llmcat.choosing.select import unmet

        why = "no model fits; `llmcat select --explain` with the same options says why"
        if requested.get("offset"):
            why = f"no model fits behind the first {requested['offset']:,}"
        elif never := unmet(catalog.connection, requested):
            why = f"no model of this catalogue: {'; '.join(never)}"
        raise no_match(why, form)
    shown = found if form or "limit" in requested else found[:MANY]
    if form and "min_context" in requested:
        print_with_tiers(catalog, found, form, requested["min_context"])
    else:
        print_models(shown, form, len(found), requested)


def _say_of_capabilities(words: Sequence[str]) -> None:
    """Say of a word that is a capability by which option models are found that have it."""
    for word in words:
        if name := CANONICAL.get(word.lower()):
            flag = COLUMNS.get(name, name).replace("_", "-")
            say(f"{word} is looked for in texts; --{flag} finds what has it", err=True)
