"""Flatten: merged records become the rows of catalog.db, sorted, in the template's column order."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from llmcat.capabilities import COLUMNS
from llmcat.meters import COLUMN_METERS
from llmcat.pipeline.entries import Facts, Merged, Records
from llmcat.pipeline.tables.create_tables import columns_of
from llmcat.pipeline.tables.values import STANDARD_SERVED, PriceKey

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]

DETAIL_FACTS = {
    "limits": "limit",
    "cost": "cost",
    "modes": "modes",
    "regions": "regions",
    "hours": "hours",
    "dated_prices": "dated_prices",
    "serving": "serving",
    "links": "links",
    "weights": "weights",
    "benchmarks": "benchmarks",
    "notes": "notes",
    "task_complexity_score": "task_complexity_score",
    "metadata": "metadata",
    "extra": "extra",
}
"""Column of model_details -> key of the facts that it holds as JSON."""

to_canonical_json = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, check_circular=False, separators=(",", ":")
).encode
"""Equal values have equal text. There are no circles in them: validate refuses what is too deep."""


def to_json(value: Any) -> str | None:
    """Canonical JSON: equal values have equal text. None for None and for empty collections."""
    if value is None or value == {} or value == []:
        return None
    if type(value) is dict and set(map(type, value.values())) <= FLAT:
        return _flat_json(tuple(value.items()), *map(type, value.values()))
    return to_canonical_json(value)


FLAT = {int, float, bool}


@functools.lru_cache(maxsize=8192)
def _flat_json(items: tuple[tuple[str, Any], ...], *types: type) -> str:
    """Limits, prices and flags of one kind recur from model to model. The types are a part of the
    key, since 1 == 1.0 == True."""
    return to_canonical_json(dict(items))


class Standing(Protocol):
    """What the history holds of a model at present: its row, by whom and since when."""

    @property
    def model_row(self) -> Row:
        """The row of `models`."""


def flatten(records: Records, standing: Mapping[str, Standing]) -> Rows:
    """Rows of providers, models, model_details and aliases, by table. `standing` is what the history
    has of each spec: it made the row of `models`, and knows since when it holds."""
    rows: Rows = {"providers": [], "models": [], "model_details": [], "aliases": []}
    for id_ in sorted(records.providers):
        rows["providers"].append(provider_row(records.providers[id_]))
    for (provider, id_), merged in sorted(records.models.items()):
        facts = merged.facts
        spec = f"{provider}:{id_}"
        rows["models"].append(standing[spec].model_row)
        rows["model_details"].append(details_row(spec, merged))
        rows["aliases"].extend(
            (provider, alias, spec)
            for alias in sorted(facts.get("aliases", ()))
            if alias != id_ and (provider, alias) not in records.models
        )
    rows["aliases"].sort()
    return rows


DETAIL_COLUMNS = columns_of("model_details")
PROVIDER_COLUMNS = columns_of("providers")
MODEL_COLUMNS = columns_of("models")

# the columns of models stand in groups; a row is put together group by group
_FIRST_LIMIT = MODEL_COLUMNS.index("limit_context")
_FIRST_FLAG = MODEL_COLUMNS.index("open_weights")
_MONTH = MODEL_COLUMNS.index("release_month") - 1
SCALAR_COLUMNS = MODEL_COLUMNS[1:_FIRST_LIMIT]  # spec apart
LIMITS = ("context", "input", "output")
CAPABILITY_OF_COLUMN = {column: name for name, column in COLUMNS.items()}
FLAG_CAPABILITIES = [CAPABILITY_OF_COLUMN.get(column) for column in MODEL_COLUMNS[_FIRST_FLAG:]][3:]
INTEGER = {None: None, False: 0, True: 1}
NOTHING: Facts = {}


def model_row(spec: str, facts: Facts) -> Row:
    """The row of `models`."""
    get = facts.get
    scalars = list(map(get, SCALAR_COLUMNS))
    release = get("release_date")
    scalars[_MONTH] = release[:7] if release and len(release) >= len("YYYY-MM") else None
    limits, cost, modalities = (
        get("limit", NOTHING),
        get("cost", NOTHING),
        get("modalities", NOTHING),
    )
    names, flags = _abilities(tuple(abilities(facts).items()))
    return (
        spec,
        *scalars,
        *[limits.get(key) or None for key in LIMITS],  # 0: does not apply; details keep it
        *map(cost.get, COLUMN_METERS),
        _sorted_json(modalities.get("input")),
        _sorted_json(modalities.get("output")),
        names,
        _sorted_json(get("tags")),
        _sorted_json(get("aliases")),
        INTEGER[get("open_weights")],
        INTEGER[get("first_party")],
        INTEGER[get("contested")],
        *flags,
    )


def abilities(facts: Facts) -> dict[str, bool]:
    """Canonical capability -> whether the model has it, for all that is said or follows."""
    claimed = facts.get("capabilities", {})
    explicit = {name: claim["supported"] for name, claim in claimed.items() if "supported" in claim}
    return {**facts.get("follows", {}), **explicit}


@functools.lru_cache(maxsize=8192)
def _abilities(able: tuple[tuple[str, bool], ...]) -> tuple[str | None, Row]:
    """The column `capabilities` and those of the flags; what one model can do, many others can."""
    known = dict(able)
    flags = tuple([INTEGER[known.get(name)] for name in FLAG_CAPABILITIES])  # type: ignore[arg-type]
    return _sorted_json([name for name, can in able if can]), flags


def _sorted_json(names: Iterable[str] | None) -> str | None:
    """NULL where nothing is said; what is said to be empty is an empty array."""
    return None if names is None else _array(tuple(names))


@functools.cache
def _array(names: tuple[str, ...]) -> str:
    """The few hundred different arrays of a catalogue are sorted and encoded once each."""
    return to_canonical_json(sorted(set(names)))


def details_row(spec: str, merged: Merged) -> Row:
    """The row of `model_details`."""
    facts = merged.facts
    values = {column: to_json(facts[key]) for column, key in DETAIL_FACTS.items() if key in facts}
    values["spec"] = spec
    values["capabilities"] = to_json(
        {
            name: claimed["supported"] if claimed.keys() == {"supported"} else claimed
            for name, claimed in facts.get("capabilities", {}).items()
        }
    )
    values["provenance"] = _provenance(tuple(merged.provenance.items()))
    return tuple(map(values.get, DETAIL_COLUMNS))


@functools.lru_cache(maxsize=1024)
def _provenance(provenance: tuple[tuple[str, str], ...]) -> str:
    """Most models come from one source whole, so most of these are alike."""
    return to_canonical_json(dict(provenance))


def provider_row(merged: Merged) -> Row:
    """The row of `providers`."""
    facts = dict(merged.facts)
    extra = dict(facts.get("extra", {}))
    if "exclude_models" in facts:
        extra["exclude_models"] = facts["exclude_models"]
    local = INTEGER[facts.get("local")]
    values = {**facts, "local": local, "provenance": to_canonical_json(merged.provenance)}
    for column in ("env", "endpoints", "authentication", "features"):
        values[column] = None if column not in facts else to_canonical_json(facts[column])
    values["limitations"] = to_json(facts.get("limitations"))
    values["extra"] = to_json(extra)
    return tuple([values.get(column) for column in PROVIDER_COLUMNS])


def price_path(key: PriceKey) -> str | None:
    """Where a price that has no column of its own stands in model_details."""
    has_column = key.served == STANDARD_SERVED and not key.min_context
    return None if has_column and key.meter in COLUMN_METERS else key.place
