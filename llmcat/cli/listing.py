"""Commands that list what there is: models, providers."""

from __future__ import annotations

import click

from llmcat.catalog import Catalog
from llmcat.cli.common_options import catalog_options
from llmcat.cli.models_table import no_match, print_models
from llmcat.cli.option_types import PROVIDER
from llmcat.cli.output import (
    output_options,
    plain,
    print_fact,
    print_heading,
    print_record,
    print_rows,
)
from llmcat.records import Provider


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
