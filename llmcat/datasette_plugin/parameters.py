"""What is wrong with the parameters of an address: a filter that names no column, a query's parameter
that is none, or no number. SQLite takes them for texts, finds nothing, and says nothing; at others
Datasette breaks."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from datasette.filters import FilterArguments, Filters
from datasette.utils.asgi import BadRequest

from llmcat.arguments import FACTORS, token_count
from llmcat.datasette_plugin.catalogues import is_catalogue
from llmcat.suggestions import near

if TYPE_CHECKING:
    from datasette.app import Datasette

CAST = re.compile(r"cast\((?:coalesce\(nullif\(trim\()?:(\w+)\b[^:]*? as (integer|real)\)")
SWITCH = re.compile(r"trim\(:(\w+)\) (?:=|<>) '1'")
"""How the SQL of our queries reads a number, and a switch."""

NUMBERS = {
    "integer": (re.compile(r"[+-]?\d{1,18}"), "a whole number"),
    "real": (re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE), "a number"),
}
DEFAULT = re.compile(r"coalesce\(\s*nullif\(trim\(:(\w+)\), ''\), '([^']*)'\)")
"""How the SQL of our queries reads what is not given."""

DAYS = ("since", "at", "from_day")
DAY = re.compile(r"\d{4}(-\d\d){0,2}|\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z?")
CHOICES = {"kind": ("added", "removed", "changed"), "event": ("gained", "lost")}


def is_number(value: str) -> bool:
    """Whether Datasette can take the value for a number of its own."""
    return value.strip().isdecimal()


def _is_facet(value: str) -> bool:
    if not value.startswith("{"):
        return True
    facet = json.loads(value)
    return isinstance(facet.get("column") or facet.get("simple"), str)


def _is_through(value: str) -> bool:
    through = json.loads(value)
    return isinstance(through, dict) and all(
        isinstance(through.get(key), str if key != "value" else (str, int, float))
        for key in ("table", "column", "value")
    )


PARAMETERS: dict[str, tuple[Callable[[str], bool], str]] = {
    "_timelimit": (is_number, "is a number of milliseconds"),
    "_facet": (_is_facet, 'is a column, or JSON: {"column": …}'),
    "_through": (_is_through, 'is JSON: {"table": …, "column": …, "value": …}'),
}
"""What Datasette takes apart without a look: beginnings of names, what fits, and the words for it."""


def wrong_parameter(arguments: Any) -> str | None:
    """What is wrong with the parameters of a request, if anything that we know of is."""
    for name in arguments:
        for beginning, (fits, words) in PARAMETERS.items():
            for value in arguments.getlist(name) if name.startswith(beginning) else ():
                try:
                    right = fits(value)
                except (ValueError, RecursionError):
                    right = False
                if not right:
                    return f"{name} {words}"
    return None


def check_filters(
    request: Any, database: str, table: str, datasette: Datasette
) -> Callable[[], Awaitable[Any]]:
    """For Datasette's hook filters_from_request: adds no filter, raises BadRequest for a wrong one."""

    async def checked() -> Any:
        if is_catalogue(datasette, database):
            if words := wrong_parameter(request.args):
                raise BadRequest(words)
            columns = [*await datasette.get_database(database).table_columns(table), "rowid"]
            if words := wrong_filter(request.args, columns):
                raise BadRequest(words)
        return FilterArguments([])

    return checked


def wrong_filter(names: Iterable[str], columns: Sequence[str]) -> str | None:
    """What is wrong with the filters among the parameters: `cost_input`, `cost_input__lte`."""
    lookups = [filter.key for filter in Filters._filters]
    for name in names:
        if name.startswith("_") and "__" not in name:
            continue  # Datasette's own
        column, _, lookup = name.rpartition("__") if "__" in name else (name, "", "exact")
        if column not in columns:
            return f"there is no column {column}{_meant(column, columns)}"
        if lookup not in lookups:
            return f"{name}: there is no comparison {lookup}{_meant(lookup, lookups)}"
    return None


def defaults(sql: str) -> dict[str, str]:
    """The values that a query of ours takes where none is given; those that depend on the day are not among
    them."""
    return dict(DEFAULT.findall(sql))


def in_full(request: Any, query: Mapping[str, Any]) -> dict[str, str]:
    """What a query with a name is given, tokens in full: the request is changed, 200k to 200000."""
    numbers = dict(CAST.findall(query["sql"]))
    given = {name: request.args.get(name) for name in request.args}
    counts = {
        name: str(token_count(value.replace(",", "")))
        for name, value in given.items()
        if name in numbers and value[-1:].lower() in FACTORS and is_count(value)
    }
    if counts:
        pairs = [(name, counts.get(name, value)) for name, value in given.items()]
        request.scope = {**request.scope, "query_string": urlencode(pairs).encode()}
    return {**given, **counts}


def is_count(value: str) -> bool:
    """Whether a text is a number of tokens, in full or short."""
    return isinstance(token_count(value.replace(",", "")), int)


def wrong_query_parameter(query: Mapping[str, Any], given: Mapping[str, str]) -> str | None:
    """What is wrong with what a query with a name is given; `query` has its `params` and its `sql`."""
    known = list(query.get("params") or ())
    numbers, switches = dict(CAST.findall(query["sql"])), SWITCH.findall(query["sql"])
    for name, value in ((name, value.strip()) for name, value in given.items()):
        if name.startswith("_"):
            continue  # Datasette's own
        if name not in known:
            return f"there is no parameter {name}{_meant(name, known)}"
        wanted = _wanted(name, value, numbers.get(name), name in switches) if value else None
        if wanted:
            return f"{name} is {wanted}, not {value[:100]!r}"
    return None


def _wanted(name: str, value: str, number: str | None, switch: bool) -> str | None:
    """What a value should have been; None where it is right."""
    if number:
        form, words = NUMBERS[number]
        return None if form.fullmatch(value) else words
    if switch:
        return None if value in ("0", "1") else "1 or 0"
    if name in DAYS:
        return None if _is_day(value) else "a day or time in UTC such as 2026-03-01"
    if name in CHOICES and value not in CHOICES[name]:
        return " or ".join(CHOICES[name])
    return None


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(f"{value}-01-01"[:10] if len(value) < 10 else value[:10])
    except ValueError:
        return False
    return DAY.fullmatch(value) is not None


def _meant(word: str, known: Sequence[str]) -> str:
    close = near(word, known, 1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known) or 'none'}"
