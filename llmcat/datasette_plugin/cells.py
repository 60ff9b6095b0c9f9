"""Cells that people can read: prices, tokens, dates, chips, links. One table says which column is what.

A value that is unknown is shown as "?" and says so; nothing is hidden: the raw value is in the title,
and in the JSON and CSV of the same page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from markupsafe import Markup, escape

from llmcat import display
from llmcat.capabilities import COLUMNS
from llmcat.datasette_plugin.catalogues import catalogue, is_catalogue, outliers
from llmcat.datasette_plugin.changed_values import in_words
from llmcat.datasette_plugin.links import Links
from llmcat.meters import COLUMN_METERS
from llmcat.records import FLAG_FIELDS

if TYPE_CHECKING:
    from datasette.app import Datasette

Cell = Callable[[Any, str, Links], "Markup | None"]

LONGEST_ARRAY = 40
"""Chips in one cell; what is beyond is counted."""

FLAGS = {
    number: Markup('<span class="llmcat-{0}">{0}</span>').format(display.flag(bool(number)))
    for number in (0, 1)
}
UNKNOWN = Markup('<span class="llmcat-unknown" title="unknown">?</span>')


def render(row: Any, value: Any, column: str, database: str, datasette: Datasette) -> Any:
    """The cell for people, or None to leave it to Datasette (and to other plug-ins)."""
    if column in CHANGED and "field" in row.keys():  # noqa: SIM118  # a sqlite3.Row has no `in`
        return changed(value, row["field"]) if is_catalogue(datasette, database) else None
    cell = CELLS.get(column)
    if cell is None or not is_catalogue(datasette, database):
        return None
    shown = cell(value, column, Links(datasette, database))
    if shown is not None and column in PRICES and value and "spec" in row.keys():  # noqa: SIM118
        shown += outlier_mark(datasette, database, row["spec"], column, value)
    return shown


def outlier_mark(datasette: Datasette, database: str, spec: Any, column: str, value: Any) -> Markup:
    """What stands behind a price that is far from what others ask for the same model; empty for others."""
    outlier = outliers(catalogue(datasette, database)).get((spec, column))
    if outlier is None or outlier.value != value:
        return Markup("")
    usual = outlier.usual
    words = "no model costs as much" if usual is None else f"others ask {display.price(usual)}"
    return Markup(f' <small class="llmcat-late" title="{words}">stands out</small>')


def changed(value: Any, field: Any) -> Markup | None:
    """What stood in a field before or after a change, which is JSON, in words."""
    if not isinstance(value, str) or not isinstance(field, str):
        return None
    try:
        words = in_words(json.loads(value), field)
    except (ValueError, RecursionError):
        return None
    return Markup(f'<span title="{escape(value)}">{escape(words)}</span>')


def price(value: Any, column: str, links: Links) -> Markup | None:
    """USD per 1M tokens."""
    if value is None:
        return UNKNOWN
    return _price(value) if isinstance(value, (int, float)) else None


@lru_cache(maxsize=4_000)  # a page has hundreds, and most of them several times
def _price(value: float) -> Markup:
    kind = " llmcat-free" if value == 0 else ""
    return Markup('<span class="llmcat-number{}" title="{} USD per 1M tokens">{}</span>').format(
        kind, value, display.price(value)
    )


def amount(value: Any, column: str, links: Links) -> Markup | None:
    """What something costs, in USD; as exact as it is, and without an exponent."""
    if value is None:
        return UNKNOWN
    if not isinstance(value, (int, float)):
        return None
    return Markup('<span class="llmcat-number" title="{} USD">{}</span>').format(
        value, display.price(value)
    )


def tokens(value: Any, column: str, links: Links) -> Markup | None:
    """A number of tokens."""
    if value is None:
        return UNKNOWN
    return _tokens(value) if isinstance(value, int) else None


@lru_cache(maxsize=4_000)
def _tokens(value: int) -> Markup:
    return Markup('<span class="llmcat-number" title="{:,} tokens">{}</span>').format(
        value, display.tokens(value)
    )


def day(value: Any, column: str, links: Links) -> Markup | None:
    """A date or an instant; the instant's seconds stay in the title."""
    if not isinstance(value, str) or len(value) < 4:
        return None
    shown = escape(value)
    return Markup(f'<time datetime="{shown}" title="{shown}">{escape(value[:10])}</time>')


def flag(value: Any, column: str, links: Links) -> Markup | None:
    """1, 0 or unknown."""
    if value is None:
        return UNKNOWN
    return FLAGS.get(value)


def status(value: Any, column: str, links: Links) -> Markup | None:
    """A life-cycle state."""
    if not isinstance(value, str):
        return None
    shown = escape(value)
    return Markup(f'<span class="llmcat-status llmcat-status-{shown}">{shown}</span>')


def spec(value: Any, column: str, links: Links) -> Markup | None:
    """A model by its spec, or a provider by its id."""
    if not isinstance(value, str):
        return None
    return Markup(
        f'<a class="llmcat-spec" href="{escape(links.subject(value))}">{escape(value)}</a>'
    )


def provider(value: Any, column: str, links: Links) -> Markup | None:
    """A provider."""
    if not isinstance(value, str):
        return None
    return _link(links.provider(value), value)


def filtered(value: Any, column: str, links: Links) -> Markup | None:
    """A value that leads to all models that share it."""
    if not isinstance(value, str):
        return None
    return _link(links.table("models", **{f"{column}__exact": value}), value)


def _link(href: str, words: str) -> Markup:
    return Markup(f'<a href="{escape(href)}">{escape(words)}</a>')


def chips(value: Any, column: str, links: Links) -> Markup | None:
    """A JSON array; each chip leads to all models that have it."""
    if not isinstance(value, str):
        return None
    shown = _chips(value, links.table("models", **{f"{column}__arraycontains": ""}))
    return shown or document(value, column, links)  # model_details has an object of this name


@lru_cache(maxsize=4_000)  # a file has a few hundred different ones
def _chips(text: str, address: str) -> Markup | None:
    """`address` is completed by the name."""
    names = _array(text)
    if names is None:
        return None
    shown = [
        f'<a class="llmcat-chip" href="{escape(address + quote_plus(name))}">{escape(name)}</a>'
        for name in names[:LONGEST_ARRAY]
    ]
    if len(names) > LONGEST_ARRAY:
        shown.append(f"<span>and {len(names) - LONGEST_ARRAY} more</span>")
    return Markup(f'<span class="llmcat-chips">{" ".join(shown)}</span>')


def labels(value: Any, column: str, links: Links) -> Markup | None:
    """A JSON array without pages of its own: endpoints, environment variables."""
    names = _array(value)
    if names is None:
        return None
    shown = " ".join(f'<span class="llmcat-chip">{escape(n)}</span>' for n in names[:LONGEST_ARRAY])
    return Markup(f'<span class="llmcat-chips">{shown}</span>')


def document(value: Any, column: str, links: Links) -> Markup | None:
    """A JSON object: closed, so that rows stay low; open, with its lines."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return None
    try:
        pretty = json.dumps(json.loads(value), indent=1, ensure_ascii=False)
    except ValueError:
        return None
    if len(value) <= 40:
        return Markup("<code>{}</code>").format(value)
    return Markup("<details><summary>{} …</summary><pre>{}</pre></details>").format(
        value[:30], pretty
    )


def _array(value: Any) -> list[str] | None:
    if not isinstance(value, str) or not value.startswith("["):
        return None
    try:
        names = json.loads(value)
    except ValueError:
        return None
    return [str(name) for name in names] if isinstance(names, list) else None


CHANGED = ("old", "new")
PRICES = (
    *(f"cost_{meter}" for meter in COLUMN_METERS),
    *("before", "after"),
    *("cheapest_input", "cheapest_output", "lowest", "highest"),
)
AMOUNTS = ("usd",)
TOKENS = ("limit_context", "limit_input", "limit_output", "min_context", "longest_context")
DATES = (
    *("release_date", "last_updated", "knowledge", "deprecated_on", "retires_on", "at"),
    *(
        "valid_from",
        "valid_to",
        "effective_from",
        "effective_to",
        "retrieved_at",
        "built_at",
        "day",
        "newest",
    ),
)
SPECS = ("spec", "cheapest_spec", "dearest_spec")
DOCUMENTS = (
    *(
        "limitations",
        "extra",
        "provenance",
        "cost",
        "modes",
        "regions",
        "hours",
        "limits",
        "serving",
        "links",
    ),
    *("weights", "benchmarks", "metadata", "record", "notes", "task_complexity_score"),
)

CELLS: dict[str, Cell] = {
    **dict.fromkeys(PRICES, price),
    **dict.fromkeys(AMOUNTS, amount),
    **dict.fromkeys(TOKENS, tokens),
    **dict.fromkeys(DATES, day),
    **dict.fromkeys(FLAG_FIELDS, flag),
    **dict.fromkeys(COLUMNS.values(), flag),
    **dict.fromkeys(("modalities_input", "modalities_output", "capabilities", "tags"), chips),
    **dict.fromkeys(("env", "endpoints", "authentication", "features", "aliases"), labels),
    **dict.fromkeys(("family", "base_model"), filtered),
    **dict.fromkeys(DOCUMENTS, document),
    **dict.fromkeys(SPECS, spec),
    "provider": provider,
    "status": status,
}
"""Column -> how it is shown, in every table, view and query of a catalogue."""
