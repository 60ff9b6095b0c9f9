"""Commands that choose among models: models, providers, find, select, search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from llmcat import display
from llmcat.capabilities import CANONICAL, COLUMNS
from llmcat.catalog import Catalog
from llmcat.cli.find_options import AT_LEAST_ONE, SHORT, FindCommand, find_options, given
from llmcat.cli.info import catalog_options
from llmcat.cli.option_types import PROVIDER, SPEC
from llmcat.cli.output import (
    output_options,
    plain,
    print_fact,
    print_heading,
    print_record,
    print_rows,
    print_table,
    say,
    say_taken,
)
from llmcat.errors import LlmcatError
from llmcat.records import ModelRow, Provider

if TYPE_CHECKING:
    from llmcat.records import Model

OVERVIEW = (
    "spec",
    "name",
    "limit_context",
    "limit_output",
    "cost_input",
    "cost_output",
    "release_date",
    "status",
)
"""The columns of `models` that a table of models shows."""

SPARE = ("name", "released", "max output", "status")
"""What such a table leaves out on a narrow terminal, the first named first."""

MANY = 50
"""How many models a list shows to people unless told otherwise; programs get all."""

scope_option = click.option(
    "--scope",
    metavar="PROVIDER",
    type=PROVIDER,
    multiple=True,
    help="Provider to stay with; repeat it for several.",
)


def print_models(
    models: Sequence[Model],
    form: str | None,
    found: int | None = None,
    requested: Iterable[str] = (),
) -> None:
    """A table of models for people, with the prices of the columns that options `requested`; all columns for programs."""
    if form:
        print_rows([model._asdict() for model in models], form, header=ModelRow._fields)
        return
    prices = dict.fromkeys(name[4:] for name in requested if name[4:].startswith("cost_"))
    columns = list(dict.fromkeys((*OVERVIEW[:6], *prices, *OVERVIEW[6:])))
    rows = [[_cell(name, getattr(model, name)) for name in columns] for model in models]
    print_table(list(map(_heading, columns)), rows, SPARE)
    if found is not None and found > len(models):
        click.echo(f"… and {found - len(models):,} more; --limit N shows more", err=True)


def print_with_tiers(
    catalog: Catalog, models: Sequence[Model], form: str, min_context: Any
) -> None:
    """All columns for programs, and what an input of `min_context` tokens costs where a dearer tier holds."""
    from llmcat.choosing.tier_prices import prices_at

    at_context = prices_at(catalog.connection, [model.spec for model in models], int(min_context))
    rows = [
        {**model._asdict(), "cost_at_min_context": at_context.get(model.spec)} for model in models
    ]
    print_rows(rows, form, header=(*ModelRow._fields, "cost_at_min_context"))


def _heading(name: str) -> str:
    """The heading of a column of models: "$ cache read"."""
    return SHORT.get(name) or name.replace("cost_", "$ ").replace("_", " ")


def _cell(name: str, value: Any) -> str:
    if name.startswith("cost_"):
        return display.price(value)
    if name.startswith("limit_"):
        return display.tokens(value)
    return value or ""


def no_match(
    message: str, form: str | None, header: Sequence[str] = ModelRow._fields
) -> click.exceptions.Exit:
    """Say that nothing fits, on standard error, with exit status 1; to programs give no rows."""
    print_rows([], form, header=header)
    say(message, err=True)
    return click.exceptions.Exit(1)


@click.command()
@click.argument("provider", required=False, type=PROVIDER)
@catalog_options
@output_options
def models(provider: str | None, catalog: Catalog, form: str | None) -> None:
    """List all models, or those of PROVIDER."""
    print_models(catalog.models(provider), form)


@click.command()
@click.argument("provider", required=False, type=PROVIDER)
@click.option(
    "--feature", "features", multiple=True, help="Only those that support this; repeat it."
)
@catalog_options
@output_options
def providers(
    provider: str | None, features: tuple[str, ...], catalog: Catalog, form: str | None
) -> None:
    """List providers, or show one. Its base URL, keys, endpoints, features, limitations."""
    if provider:
        one = catalog.provider(provider)
        if form:
            print_record(one._asdict(), form)
        else:
            _print_provider(one)
        return
    found = catalog.providers(features)
    if not found:
        raise no_match("no provider supports all of these", form, (*Provider._fields, "models"))
    counts = {
        row["provider"]: row["models"]
        for row in catalog.sql("SELECT provider, count(*) AS models FROM models GROUP BY 1")
    }
    rows = [{**p._asdict(), "models": counts.get(p.id, 0)} for p in found]
    print_rows(rows, form, columns=("id", "name", "models", "env", "api"), spare=("api", "name"))


def _print_provider(provider: Provider) -> None:
    print_heading(provider.id, provider.name)
    for name, value in provider._asdict().items():
        if value not in (None, (), {}) and name not in ("id", "name", "extra", "provenance"):
            if isinstance(value, dict):
                value = [f"{key} {plain(item)}" for key, item in sorted(value.items())]
            print_fact(name, plain(value))


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
            [*(_cell(name, getattr(offer.model, name)) for name in columns), ", ".join(notes)]
        )
    print_table([*map(_heading, columns), ""], rows_shown, ("status", "$ cache read"))
