"""The past that an existing catalogue holds, so that a build onto it goes on where it ended."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from llmcat.errors import WriteError
from llmcat.pipeline.history.logs import DERIVED_FAMILY, DERIVED_TIER
from llmcat.pipeline.history.recorder import (
    Open,
    OpenPrice,
    OpenProvider,
    Recorder,
    provider_facts,
)
from llmcat.pipeline.history.state import (
    DERIVED,
    EARLIEST,
    DatedPrice,
    ListedPrice,
    State,
    own_row,
    rest_of,
)
from llmcat.pipeline.recipe import SourceSpec
from llmcat.pipeline.tables.flatten import DETAIL_FACTS, MODEL_COLUMNS, PROVIDER_COLUMNS, Row
from llmcat.pipeline.tables.sources_and_rejects import Parent
from llmcat.pipeline.tables.unflatten import details_facts
from llmcat.pipeline.tables.values import PriceKey
from llmcat.storage.checks import before_use

MODEL = ", ".join(
    "NULL" if column in ("source", "valid_from") else column for column in MODEL_COLUMNS
)
SAID = MODEL.replace(
    " family,", f" CASE WHEN NOT derived & {DERIVED_FAMILY} THEN family END,"
).replace(" quality_tier,", f" CASE WHEN NOT derived & {DERIVED_TIER} THEN quality_tier END,")
"""What sources said: what is derived follows the knowledge of the build, and is no past of its own."""

PRICES = (
    "SELECT spec, mode, coalesce(region, ''), coalesce(hours, ''), min_context, meter, valid_from,"
    f" coalesce(effective_from, CASE WHEN effective_to IS NULL THEN '' ELSE '{EARLIEST}' END),"
    " effective_to, valid_to, usd, suspect, source, corroborated_by FROM prices"
)
CHANGES = (
    "SELECT at, spec, kind, coalesce(field, ''), old, new, backfill, suspect, source FROM changes"
)

OPEN = f"SELECT {MODEL}, NULL, valid_from, source FROM models"
CLOSED = f"""
    SELECT {SAID}, (SELECT text FROM texts WHERE number = rest), valid_from, valid_to, source
    FROM (
        SELECT m.*, v.rest, v.derived FROM model_versions AS m
        JOIN specs USING (spec)
        JOIN version_log AS v
        ON v.model = specs.number AND v.since = CAST(strftime('%s', m.valid_from) AS INTEGER)
        WHERE m.valid_to IS NOT NULL
    )"""
MOMENTS = "SELECT at, source, revision FROM moments"
REJECTS = "SELECT source, place, kind, spec, field, reason, record FROM rejects"


class Past(NamedTuple):
    """What a catalogue recorded: its history, and its row of `catalog`."""

    recorder: Recorder
    parent: Parent


def read_past(path: Path) -> Past | None:
    """The past of the catalogue at `path`; None where there is no file, or an empty one.

    Raises WriteError, and nothing was touched, for a file that is no catalogue or of another schema.
    """
    try:
        if not path.exists() or path.is_dir() or path.stat().st_size == 0:
            return None
        return _read_file(path)
    except (NoPast, OSError) as error:
        reason = error if isinstance(error, NoPast) else f"cannot be read ({error})"
        raise WriteError(
            f"{path} {reason}; its past would be lost: name another file with -o, or remove it"
        ) from None


def past_of_base(sources: Sequence[SourceSpec]) -> Past | None:
    """The past of the first catalogue among the sources: a build that has none goes on from there.

    None without one, and for a file whose past can't be read: what is wrong with it is told by those
    who read its present, of which more may be left.
    """
    base = next((source for source in sources if source.kind == "catalog"), None)
    if base is None or not isinstance(base.location, Path) or not base.location.is_file():
        return None
    try:
        return _read_file(base.location)
    except NoPast:
        return None


class NoPast(Exception):
    """What is wrong with a file that should hold a past."""


def _read_file(path: Path) -> Past:
    try:
        connection = before_use.connect(str(path))
        try:
            return past_of(connection)
        finally:
            connection.close()
    except before_use.Untrusted as error:
        raise NoPast(error.reason) from None
    except (sqlite3.Error, OSError, LookupError, TypeError, ValueError) as error:
        raise NoPast(f"cannot be read as a catalogue ({error})") from None


def past_of(connection: sqlite3.Connection) -> Past:
    """The past of the catalogue behind `connection`."""
    recorder = Recorder()
    details = {spec: (provenance, rest) for spec, provenance, *rest in connection.execute(DETAILS)}
    models: dict[str, Row] = {}
    for *values, _, since, source in connection.execute(OPEN):
        spec = values[0]
        models[spec] = tuple(values)
        sources, rest = details.get(spec, (None, []))
        provenance = json.loads(sources) if sources else {"*": source}
        if "*" not in provenance or not isinstance(provenance, dict):
            raise ValueError(f"the provenance of {spec} names no sources")
        row = _state_row(models[spec], provenance)
        recorder.open[spec] = Open(since, State(row, _rest(rest), {}, provenance, {}))
    recorder.versions = connection.execute(CLOSED).fetchall()
    for spec, *columns in connection.execute(PRICES):
        _take_price(recorder, ListedPrice(spec, PriceKey(*columns[:5]), *columns[5:]))
    recorder.changes = {row[:4]: row for row in connection.execute(CHANGES)}
    recorder.moments = {
        (at, source): revision for at, source, revision in connection.execute(MOMENTS)
    }
    for *row, sources in connection.execute(f"SELECT {', '.join(PROVIDER_COLUMNS)} FROM providers"):
        provenance = json.loads(sources)
        facts = provider_facts(tuple(row), provenance)
        recorder.open_providers[row[0]] = OpenProvider(facts, provenance)
    query = "SELECT built_at, content_digest, parent_digest FROM catalog"
    at, digest, parent_digest = connection.execute(query).fetchone()
    rejects = connection.execute(REJECTS).fetchall()
    disagreements = connection.execute("SELECT * FROM disagreements").fetchall()
    parent = Parent(at, digest, parent_digest, rejects, models, disagreements)
    recorder.go_on(parent.built_at)
    return Past(recorder, parent)


def _take_price(recorder: Recorder, price: ListedPrice) -> None:
    spec, key = price.spec, price.key
    if price.until is None:
        held = recorder.open_prices.setdefault(spec, {})
        held[key] = OpenPrice(
            *(price.since, price.usd, price.source, price.effective_from), price.corroborated_by
        )
        state = recorder.open[spec].state
        state.prices[key] = price.usd
        if price.effective_from:
            state.effective[key] = price.effective_from
    elif price.until == price.since:
        dated = DatedPrice(key, price.effective_from, price.effective_to, price.usd)
        recorder.dated_prices.setdefault(spec, {})[dated] = price
    else:
        recorder.prices.append(price)


def _state_row(row: Row, provenance: dict[str, str]) -> Row:
    """A row of models without what was derived: a value that a source gives later is a change."""
    row = own_row(row, provenance)
    derived = [column for column in ("family", "quality_tier") if provenance.get(column) == DERIVED]
    if not derived:
        return row
    return tuple(None if column in derived else value for column, value in zip(MODEL_COLUMNS, row))


DETAILS = f"SELECT spec, provenance, {', '.join(DETAIL_FACTS)}, capabilities FROM model_details"


def _rest(texts: list[str | None]) -> str | None:
    """The rest of a state (see rest_of) from the columns of model_details."""
    *columns, capabilities = texts
    return rest_of(details_facts(dict(zip(DETAIL_FACTS, columns)), capabilities))
