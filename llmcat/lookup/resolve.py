"""Resolve: from what people write to the one spec that is meant, or an error; never a guess.

Two tables say all of it. READINGS (interpretations.py) are the ways to understand the text: as a spec, as
`provider/id`, as it stands, without what is wrapped around it. MATCHES are the ways in which an id
may be found. Readings are tried in their order, for each the matches in theirs, and the first that
finds something decides; several equally good ones are an error that lists them.

Nothing is found by likeness or by the beginning of an id: `gpt-5.4-mini` is not `gpt-5`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from llmcat.errors import Ambiguous, ModelNotFound, ProviderNotFound, SpecError
from llmcat.lookup import variants
from llmcat.lookup.interpretations import Reading, find_provider, readings
from llmcat.lookup.not_found import not_found
from llmcat.lookup.not_one_model import why_nameless
from llmcat.lookup.spellings import DEFAULT_VERSION, names_its_geography, version_spellings
from llmcat.spec import fold_provider, name_given
from llmcat.storage.computed_once import derived
from llmcat.suggestions import near


class Resolution(NamedTuple):
    """Which model is meant: `spec`, the text that was given as `name`, and the `rule` that found it.

    `steps` are all the rules that it took, `rule` is the last of them:

    spec              provider:id or id@provider, as it is in the catalogue
    prefix            provider/id, as LiteLLM writes it
    lab-prefix        lab/id, as gateways write it, found at the lab itself
    unique            a bare id that one provider has
    first-party       a bare id of several providers, found at the lab that made the model
    scope             a bare id, found in the scope
    alias             another name of the model, as the sources say
    case              capitals differ
    version-spelling  dots and dashes of a version differ
    default-version   Vertex's id@default
    undated           the one snapshot of a model that is named without its date: claude-3-haiku
    last-part         the end of an id that begins with a lab or a path, at the provider that is named
    snapshot, effort, thinking, routing, online
                      without a suffix that changes neither model nor price (variants.py)
    name              the display name
    proxy, address, arn, route, region, resource-path, fine-tune, context-suffix, bedrock-region, router
                      without what was wrapped around the id (spellings.py)

    `region` is where the text says that the model is served, None: it does not say, or the row that was
    found is that of a geography itself (eu.anthropic.claude-…); `assumed` says in sentences what had to be
    assumed.
    """

    spec: str
    name: str
    rule: str
    steps: tuple[str, ...]
    region: str | None = None
    assumed: tuple[str, ...] = ()


class Row(NamedTuple):
    """A model that was found; `alias` is the name that found it, where it is not the id.

    `only_there` is set where it answers to the name only if its provider was named: another's offer is
    no answer to a variant of a lab's id.
    """

    spec: str
    provider: str
    id: str
    first_party: int | None
    alias: str | None
    only_there: bool = False


row_of: Callable[[Iterable[object]], Row] = partial(tuple.__new__, Row)
"""A Row from all of its columns, in a third of the time that Row(…) takes: some ids have fifty."""


class Found(NamedTuple):
    """What a match found: the rows that are best, and `among` how many."""

    rule: str
    rows: list[Row]
    among: int


def by_id(connection: sqlite3.Connection, name: str) -> list[Row]:
    """The id, letter by letter."""
    return [row for row in _ids(connection, name) if row.id == name]


def by_alias(connection: sqlite3.Connection, name: str) -> list[Row]:
    """Another name that the sources give."""
    return [row for row in _aliases(connection, name) if row.alias == name]


def by_case(connection: sqlite3.Connection, name: str) -> list[Row]:
    """The id, else an alias, in whatever capitals."""
    return _ids(connection, name) or _aliases(connection, name)


def by_version(connection: sqlite3.Connection, name: str) -> list[Row]:
    """claude-sonnet-4.5 for claude-sonnet-4-5 and the reverse."""
    return [row for spelled in version_spellings(name) for row in by_case(connection, spelled)]


def by_default_version(connection: sqlite3.Connection, name: str) -> list[Row]:
    """claude-opus-4-6 for Vertex's claude-opus-4-6@default."""
    return _ids(connection, name + DEFAULT_VERSION)


def by_undated(connection: sqlite3.Connection, name: str) -> list[Row]:
    """claude-3-haiku for claude-3-haiku-20240307, mistral-large for mistral-large-latest: of a lab's
    snapshots the one that it calls the latest, else all."""
    rows = [
        Row(*row)
        for spelled in dict.fromkeys((name, *version_spellings(name)))
        for between in ("-.", "@A")
        for row in connection.execute(UNDATED, (spelled + between[0], spelled + between[1]))
        if variants.is_snapshot(row[2][len(spelled) :])
    ]
    latest = {row.provider for row in rows if row.id.endswith("-latest")}
    return [
        row._replace(only_there=not row.first_party)
        for row in rows
        if row.provider not in latest or row.id.endswith("-latest")
    ]


def by_last_part(connection: sqlite3.Connection, name: str, provider: str) -> list[Row]:
    """gpt-4o for OpenRouter's openai/gpt-4o, deepseek-v3p2 for Fireworks'
    accounts/fireworks/models/deepseek-v3p2: the end of an id, whole or without the date behind it."""
    part = name.lower()
    rows = [Row(*row) for row in connection.execute(IN_PATHS, (provider,))]
    ends = [(row.id.rpartition("/")[2].lower(), row) for row in rows]
    exact = [row for end, row in ends if end == part]
    return exact or [
        row for end, row in ends if end.startswith(part) and variants.is_snapshot(end[len(part) :])
    ]


def by_name(connection: sqlite3.Connection, name: str) -> list[Row]:
    """The display name, in whatever capitals: Gemini 2.5 Pro; with dashes, the lab's: nova-pro."""
    whole = " ".join(name.split())
    spelled = " ".join(name.replace("-", " ").split())
    if derived(connection, _display_names).isdisjoint((whole.lower(), spelled.lower())):
        return []  # the column has no index: to look for what nobody is called takes as long as all else
    rows = connection.execute(
        "SELECT spec, provider, id, first_party, NULL, name <> ? COLLATE NOCASE AND first_party IS NOT 1"
        " FROM models WHERE name COLLATE NOCASE IN (?, ?)",
        (whole, whole, spelled),
    )
    return [Row(*row) for row in rows]


def _display_names(connection: sqlite3.Connection) -> frozenset[str]:
    """All display names in small letters."""
    rows = connection.execute("SELECT DISTINCT name FROM models WHERE name IS NOT NULL")
    return frozenset([name.lower() for (name,) in rows])


def by_variant(rule: str, connection: sqlite3.Connection, name: str, depth: int = 2) -> list[Row]:
    """The model before a suffix: gpt-4o-mini for gpt-4o-mini-2024-07-18. Of two suffixes, such as a date
    and an effort, the last goes first."""
    found = []
    for variant, id in variants.without(rule, name):
        rows: list[Row] = []
        for match in (_ids, _aliases, by_version, by_default_version):
            nearer = {row.provider for row in rows}
            rows += [row for row in match(connection, id) if row.provider not in nearer]
        if not rows and depth > 1:
            deeper = (by_variant(other, connection, id, depth - 1) for other in variants.RULES)
            rows = next(filter(None, deeper), [])
        for row in rows:
            if variant.providers is None:
                found.append(row._replace(only_there=row.first_party == 0))
            elif row.provider in variant.providers:
                found.append(row)
    return found


Match = Callable[[sqlite3.Connection, str], "list[Row]"]

UNDATED = """
SELECT spec, provider, id, first_party, NULL FROM models
WHERE id > ?1 COLLATE NOCASE AND id < ?2 COLLATE NOCASE"""
IN_PATHS = (
    "SELECT spec, provider, id, first_party, NULL FROM models WHERE provider = ? AND id LIKE '%/%'"
)

MATCHES: tuple[tuple[str, Match], ...] = (
    ("id", by_id),
    ("alias", by_alias),
    ("case", by_case),
    ("version-spelling", by_version),
    ("default-version", by_default_version),
    *((rule, partial(by_variant, rule)) for rule in variants.RULES),
    ("undated", by_undated),
)
NAME_MATCHES: tuple[tuple[str, Match], ...] = (("name", by_name),)
"""Tried when no reading gives an id."""


def resolve(
    connection: sqlite3.Connection,
    name: str,
    *,
    scope: str | Iterable[str] | None = None,
    strict: bool = False,
    base: bool = False,
) -> Resolution:
    """The one model that `name` means: a spec, an id, an alias, a display name, or any of the ways
    in which LiteLLM, LangChain, gateways and clouds write ids.

    `scope` names the providers to look at, one or several. A bare id of several providers is taken
    at the lab that made the model; with `strict` it is Ambiguous all the same. With `base` a fine-tune
    without prices of its own is its base model.

    Raises ModelNotFound with suggestions, Ambiguous with candidates, SpecError for text with an
    empty segment, ProviderNotFound for a scope that does not exist.
    """
    if scope is not None or strict or base:
        return _resolve(connection, name, scope, strict, base)
    kept = derived(connection, _resolutions)  # programs ask for the same few names all the time
    found = kept.get(name)
    if found is None:
        found = _resolve(connection, name, None, False, False)
        if len(kept) >= KEPT_NAMES:
            kept.clear()
        kept[name] = found
    return found


KEPT_NAMES = 20_000
"""How many names are kept with what they mean."""


def _resolutions(connection: sqlite3.Connection) -> dict[str, Resolution]:
    return {}


def _resolve(
    connection: sqlite3.Connection,
    name: str,
    scope: str | Iterable[str] | None,
    strict: bool,
    base: bool,
) -> Resolution:
    try:
        exact = connection.execute("SELECT 1 FROM models WHERE spec = ?", (name,)).fetchone()
    except UnicodeEncodeError:
        raise SpecError(f"{name!r} is no text that could name a model") from None
    if exact and scope is None:
        return Resolution(name, name, "spec", ("spec",))
    start = Reading((), name.strip(), _providers(connection, scope), base=base)
    resolution, tried = _read(connection, name, start, strict)
    if resolution:
        return resolution
    if reason := why_nameless(reading.name for reading in tried):
        raise _names_no_model(connection, name, start, reason)
    raise not_found(connection, name, start, tried)


def _read(
    connection: sqlite3.Connection, name: str, start: Reading, strict: bool
) -> tuple[Resolution | None, list[Reading]]:
    """The model that the first reading finds, if one does, and the readings that were tried."""
    tried = []
    for reading in readings(connection, start, strict):
        tried.append(reading)
        if found := _find(connection, reading, MATCHES, strict):
            return _decide(name, reading, found), tried
    for reading in tried:
        for provider in reading.providers or () if reading.settled else ():
            if rows := by_last_part(connection, reading.name, provider):
                return _decide(name, reading, Found("last-part", rows, len(rows))), tried
    for reading in tried:
        if found := _find(connection, reading, NAME_MATCHES, strict):
            return _decide(name, reading, found), tried
    return None, tried


def _names_no_model(
    connection: sqlite3.Connection, name: str, start: Reading, reason: str
) -> ModelNotFound:
    """The error for text that says no model; of a fine-tune it names the base, which has other prices."""
    base = None
    if not start.base:
        with suppress(Ambiguous):
            base, _ = _read(connection, name, start._replace(base=True), False)
    if base is None:
        return ModelNotFound(name, reason=reason)
    return ModelNotFound(name, [base.spec], reason=f"{reason}; its base is {base.spec}")


def _find(
    connection: sqlite3.Connection,
    reading: Reading,
    matches: Sequence[tuple[str, Match]],
    strict: bool,
) -> Found | None:
    """What the first match finds. While the provider is open, the lab's own row goes before those
    of others, however the lab spells the id: claude-sonnet-4.5 is not that of the one gateway that
    writes the dot and charges nothing.
    """
    first: Found | None = None
    for rule, match in matches:
        rows = match(connection, reading.name)
        if reading.providers is not None:
            rows = [row for row in rows if reading.allows(row.provider)]
        if not reading.settled:
            rows = [row for row in rows if not row.only_there]
        if rows and (strict or reading.settled):
            return Found(rule, rows, len(rows))
        if own := [row for row in rows if row.first_party and not (first and _is_another(row))]:
            return Found(rule, own, len(rows))
        if rows and first is None:
            first = Found(rule, rows, len(rows))
    return first


def _is_another(row: Row) -> bool:
    """Whether the alias may mean another model where others have it as an id: all do but the names
    of snapshots, such as gpt-5-2025-08-07 of gpt-5. An id beats an alias."""
    if row.alias is None:
        return False
    snapshot = row.alias.lower().removeprefix(row.id.lower())
    return len(snapshot) == len(row.alias) or not snapshot.replace("-", "").isdecimal()


def _decide(name: str, reading: Reading, found: Found) -> Resolution:
    """The one model that was found; several are Ambiguous, the labs' own first."""
    specs = sorted({(not row.first_party, row.spec) for row in found.rows})
    if len(specs) > 1:
        raise Ambiguous(name, [spec for _, spec in specs])
    steps = reading.steps
    if found.rule != "id":
        steps = (*steps, found.rule)
    elif not steps:
        steps = ("scope" if reading.providers else "unique" if found.among == 1 else "first-party",)
    spec = specs[0][1]
    text = name.strip()
    assumptions = [variants.billed_as(rule, text, spec) for rule in steps]
    if reading.base and "fine-tune" in steps and not spec.partition(":")[2].startswith("ft:"):
        assumptions.insert(0, f"{text} is billed as its base model, {spec}")
    assumed = tuple([sentence for sentence in assumptions if sentence])
    region = None if names_its_geography(spec) else reading.region
    return Resolution(spec, name, steps[-1], steps, region, assumed)


def _ids(connection: sqlite3.Connection, name: str) -> list[Row]:
    rows = connection.execute(
        "SELECT spec, provider, id, first_party, NULL, 0 FROM models WHERE id = ? COLLATE NOCASE",
        (name,),
    )
    return list(map(row_of, rows))


def _aliases(connection: sqlite3.Connection, name: str) -> list[Row]:
    rows = connection.execute(
        "SELECT m.spec, m.provider, m.id, m.first_party, a.alias"
        " FROM aliases AS a JOIN models AS m ON m.spec = a.spec WHERE a.alias = ? COLLATE NOCASE",
        (name,),
    )
    return [Row(*row) for row in rows]


def _providers(
    connection: sqlite3.Connection, scope: str | Iterable[str] | None
) -> frozenset[str] | None:
    """The ids of the providers in the scope; None: no scope."""
    if scope is None:
        return None
    names = [scope] if isinstance(scope, str) else scope
    found = {name: find_provider(connection, name_given(name)) for name in names}
    for name, provider in found.items():
        if provider is None:
            ids = [id for (id,) in connection.execute("SELECT id FROM providers ORDER BY id")]
            raise ProviderNotFound(name, near(fold_provider(name), ids))
    return frozenset(provider for provider in found.values() if provider)
