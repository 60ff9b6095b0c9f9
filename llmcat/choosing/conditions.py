"""The conditions of find: how each option becomes SQL on the columns of `models`.

Values are always bound; the columns in the SQL come from the tables of this package alone. `models`
stands without a schema before it: as_of() puts a view of that name over the table, so no rowid either.

A model is *retired* when its status says so or `retires_on` has come, else *deprecated* when its
status says so or `deprecated_on` has come. Both are left out unless asked for, by include_… or by
naming the status.

A provider is *available* when one of the environment variables that hold its keys is set and not
empty. Upstream lists keys that do the same job beside places that go with any key (AWS_REGION,
AZURE_RESOURCE_NAME), and does not say which are needed together: so one key is enough, and a place
counts for nothing. Of a provider on the user's machine any of its variables will do, for there is
mostly no key but a place (OLLAMA_HOST), and none where its server answered when it was discovered. A
key may also come from a command of the user's config. Where discovery ran, a model must be listed by
an endpoint of its provider besides, and not be one that the answer proves refused. No server is asked
here: what was discovered stands in the table availability.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from llmcat.capabilities import CANONICAL, COLUMNS, canonical, canonical_task
from llmcat.choosing.options import BILLINGS, OPTIONS, STATUSES, TIERS, UNKNOWN
from llmcat.choosing.words import match
from llmcat.errors import OptionError, UnknownCapability
from llmcat.spec import fold_provider
from llmcat.suggestions import near

if TYPE_CHECKING:
    from llmcat.choosing.measured import Measured

PLACES = (
    "_HOST",
    "_ENDPOINT",
    "_URL",
    "_REGION",
    "_LOCATION",
    "_PROJECT",
    "_ACCOUNT_ID",
    "_GATEWAY_ID",
    "_RESOURCE_NAME",
)
"""How the names of environment variables end that say where, and hold no key."""

RETIRED = "(retires_on <= ? OR (retires_on IS NULL AND status = 'retired'))"
DEPRECATED = "(status IN ('deprecated', 'retired') OR deprecated_on <= ?)"
STATUS = (
    f"CASE WHEN {RETIRED} THEN 'retired' WHEN {DEPRECATED} THEN 'deprecated'"
    " ELSE coalesce(status, 'active') END"
)
"""The status on a day, as llmcat/storage/views/status_on.py tells it."""
NOT_RETIRED = "(retires_on > ? OR (retires_on IS NULL AND status IS NOT 'retired'))"
NOT_DEPRECATED = (
    "(status IS NULL OR status NOT IN ('deprecated', 'retired'))"
    " AND (deprecated_on IS NULL OR deprecated_on > ?)"
)
PROVIDER = "coalesce((SELECT provider FROM provider_aliases WHERE alias = ?), ?)"
HOLDS = "EXISTS (SELECT 1 FROM json_each(models.{}) WHERE value = ?)"
TEXT = "spec IN (SELECT provider || ':' || id FROM models_fts WHERE models_fts MATCH ?)"
DETAILED = "spec IN (SELECT spec FROM model_details WHERE {})"
EFFORT = DETAILED.format(
    "EXISTS (SELECT 1 FROM json_each(capabilities, '$.reasoning.options') AS options,"
    " json_each(options.value, '$.values') AS effort WHERE effort.value = ?)"
    " OR EXISTS (SELECT 1 FROM json_each(capabilities, '$.reasoning.effort_levels') WHERE value = ?)"
)
BUDGET = DETAILED.format(
    "EXISTS (SELECT 1 FROM json_each(capabilities, '$.reasoning.options') WHERE"
    " json_extract(value, '$.type') = 'budget_tokens' AND coalesce(json_extract(value, '$.min'), 0) <= ?"
    " AND coalesce(json_extract(value, '$.max') >= ?, 1))"
)
PARAMETERS = DETAILED.format(
    "EXISTS (SELECT 1 FROM json_each(serving, '$.known_params') WHERE value = ?)"
)
LOCAL = "provider {} (SELECT id FROM providers WHERE local = 1)"
ENDPOINT = "EXISTS (SELECT 1 FROM availability AS a WHERE a.spec = models.spec AND {})"
SERVES = ENDPOINT.format("a.listed = 1 AND a.callable IS NOT 0")
REFUSES = ENDPOINT.format("(a.listed = 0 OR a.callable = 0)")
AVAILABLE = (
    "(provider IN (SELECT providers.id FROM providers, json_each(providers.env) AS variable WHERE variable.value IN"
    " (SELECT value FROM json_each(CASE WHEN providers.local = 1 THEN ? ELSE ? END)))"
    " OR provider IN (SELECT id FROM providers WHERE json_extract(extra, '$.key_command'))"
    f" OR provider IN (SELECT id FROM providers WHERE local = 1) AND {SERVES})"
    f" AND (NOT {REFUSES} OR {SERVES})"
)


class Condition(NamedTuple):
    """One requirement: the option and the value that it stands for, SQL, and what is bound in it."""

    option: str
    value: Any
    sql: str
    parameters: tuple[Any, ...]


class Settings(NamedTuple):
    """What conditions depend on beside their own value.

    `today` is YYYY-MM-DD, `blend` meter -> weight; `own_capabilities` are names that stand only in
    the catalogue's own arrays. `measured` are scores and speeds, where an option asks for them.
    """

    today: str
    blend: Mapping[str, float]
    own_capabilities: Container[str]
    measured: Measured | None = None


def in_service(wanted: Mapping[str, Any], settings: Settings) -> list[Condition]:
    """What leaves out the retired and the deprecated, unless they are asked for."""
    named = wanted.get("status", ())
    retired = wanted.get("include_retired") or "retired" in named
    deprecated = wanted.get("include_deprecated") or "deprecated" in named
    conditions = []
    if not retired:
        conditions.append(Condition("include_retired", False, NOT_RETIRED, (settings.today,)))
    if not deprecated:
        # a retired model has mostly been deprecated before: asked for as retired, it stays
        sql = f"({RETIRED} OR ({NOT_DEPRECATED}))" if retired else NOT_DEPRECATED
        days = (settings.today,) * (2 if retired else 1)
        conditions.append(Condition("include_deprecated", False, sql, days))
    return conditions


def _compare(name: str, value: Any, settings: Settings) -> list[Condition]:
    option = OPTIONS[name]
    # by its own index SQLite would find the models of a context and then look up each of them; with the +
    # it takes the index of cost_input, which holds the columns that are asked most
    column = "+limit_context" if option.column == "limit_context" else option.column
    return [Condition(name, value, f"{column} {option.operator} ?", (value,))]


def _is(name: str, value: bool, settings: Settings) -> list[Condition]:
    return [Condition(name, value, f"{OPTIONS[name].column} = {int(value)}", ())]


def _in(name: str, value: list[str], settings: Settings) -> list[Condition]:
    column = OPTIONS[name].column
    test = f"= {_marks(value)}" if len(value) == 1 else f"IN ({_marks(value)})"
    return [Condition(name, value, f"{column} {test}", tuple(value))]


def _task(name: str, value: list[str], settings: Settings) -> list[Condition]:
    return _in(name, [canonical_task(task) for task in value], settings)


def _marks(values: list[str]) -> str:
    return ", ".join("?" * len(values))


def _tier(name: str, value: list[str], settings: Settings) -> list[Condition]:
    _check_known(name, value, (*TIERS, UNKNOWN))
    test = f"coalesce(quality_tier, '{UNKNOWN}') IN ({_marks(value)})"
    return [Condition(name, value, test, tuple(value))]


def _billing(name: str, value: list[str], settings: Settings) -> list[Condition]:
    _check_known(name, value, BILLINGS)
    test = f"coalesce(billing, '{UNKNOWN}') IN ({_marks(value)})"
    return [Condition(name, value, test, tuple(value))]


def _free(name: str, value: bool, settings: Settings) -> list[Condition]:
    test = "billing = 'free'" if value else f"billing <> 'free' AND billing <> '{UNKNOWN}'"
    return [Condition(name, value, test, ())]


def _check_known(name: str, value: list[str], known: Sequence[str]) -> None:
    if wrong := [item for item in value if item not in known]:
        raise OptionError(f"no {name} {wrong[0]!r}; there are {', '.join(known)}")


def _status(name: str, value: list[str], settings: Settings) -> list[Condition]:
    _check_known(name, value, STATUSES)
    days = settings.today, settings.today
    return [Condition(name, value, f"{STATUS} IN ({_marks(value)})", (*days, *value))]


def _provider(name: str, value: list[str], settings: Settings) -> list[Condition]:
    ids = [fold_provider(provider) for provider in value]
    sql = f"provider IN ({', '.join([PROVIDER] * len(ids))})"
    return [Condition(name, value, sql, tuple([id_ for id_ in ids for _ in (1, 2)]))]


def _require(name: str, value: list[str], settings: Settings) -> list[Condition]:
    return _capabilities(name, value, settings, "{} = 1", HOLDS.format("capabilities"))


def _forbid(name: str, value: list[str], settings: Settings) -> list[Condition]:
    return _capabilities(
        name, value, settings, "{} IS NOT 1", "NOT " + HOLDS.format("capabilities")
    )


def _capabilities(
    name: str, value: list[str], settings: Settings, on_column: str, in_array: str
) -> list[Condition]:
    conditions = []
    for spelling in value:
        capability = canonical(spelling)
        if column := COLUMNS.get(capability):
            conditions.append(Condition(name, capability, on_column.format(column), ()))
        elif capability in CANONICAL or capability in settings.own_capabilities:
            conditions.append(Condition(name, capability, in_array, (capability,)))
        else:
            raise UnknownCapability(spelling, near(capability.lower(), CANONICAL))
    return conditions


def _holds(name: str, value: list[str], settings: Settings) -> list[Condition]:
    sql = HOLDS.format(OPTIONS[name].column)
    return [Condition(name, item, sql, (item,)) for item in value]


def _effort(name: str, value: list[str], settings: Settings) -> list[Condition]:
    return [Condition(name, effort, EFFORT, (effort.lower(),) * 2) for effort in value]


def _budget(name: str, value: int, settings: Settings) -> list[Condition]:
    return [Condition(name, value, BUDGET, (value, value))]


def _parameters(name: str, value: list[str], settings: Settings) -> list[Condition]:
    return [Condition(name, parameter, PARAMETERS, (parameter,)) for parameter in value]


def _text(name: str, value: str, settings: Settings) -> list[Condition]:
    expression = match(value)
    if not expression:
        raise OptionError(f"{name} has no word to look for: {value!r}")
    return [Condition(name, value, TEXT, (expression,))]


def _local(name: str, value: bool, settings: Settings) -> list[Condition]:
    return [Condition(name, value, LOCAL.format("IN" if value else "NOT IN"), ())]


def _available(name: str, value: Mapping[str, str] | None, settings: Settings) -> list[Condition]:
    if value is None:
        return []
    import json

    variables = [variable for variable in value if value[variable]]
    keys = [variable for variable in variables if not variable.endswith(PLACES)]
    return [Condition(name, True, AVAILABLE, (json.dumps(variables), json.dumps(keys)))]


def _min_score(name: str, value: dict[str, float], settings: Settings) -> list[Condition]:
    known = settings.measured.scores if settings.measured else {}
    return [
        Condition(name, f"{complexity} {least:g}", *_one_of(known.get(complexity, {}), least))
        for complexity, least in value.items()
    ]


def _complexity(name: str, value: str, settings: Settings) -> list[Condition]:
    from llmcat.choosing.measured import SUFFICES

    known = settings.measured.scores if settings.measured else {}
    return [Condition(name, value, *_one_of(known.get(value, {}), SUFFICES))]


def _min_speed(name: str, value: float, settings: Settings) -> list[Condition]:
    known = settings.measured.speeds if settings.measured else {}
    return [Condition(name, value, *_one_of(known, value))]


def _one_of(known: Mapping[str, float], least: float) -> tuple[str, tuple[str]]:
    """The SQL that is true of a spec of which at least so much is known."""
    import json

    specs = sorted(spec for spec, value in known.items() if value >= least)
    return "spec IN (SELECT value FROM json_each(?))", (json.dumps(specs),)


def _blend(name: str, value: float, settings: Settings) -> list[Condition]:
    sql, bound = blended(settings.blend)
    return [Condition(name, value, f"{sql} <= ?", (*bound, value))]


CONDITIONS: dict[str, Callable[[str, Any, Settings], list[Condition]]] = {
    ">=": _compare,
    "<=": _compare,
    "<": _compare,
    "is": _is,
    "in": _in,
    "task": _task,
    "tier": _tier,
    "billing": _billing,
    "free": _free,
    "status": _status,
    "provider": _provider,
    "require": _require,
    "forbid": _forbid,
    "holds": _holds,
    "effort": _effort,
    "budget": _budget,
    "parameters": _parameters,
    "text": _text,
    "local": _local,
    "available": _available,
    "blend": _blend,
    "min_score": _min_score,
    "complexity": _complexity,
    "min_speed": _min_speed,
}
"""Operator of an option -> what makes its conditions."""


def blended(weights: Mapping[str, float]) -> tuple[str, tuple[float, ...]]:
    """The weighted mean of prices, unknown where one of them is, to the 9th decimal."""
    parts = " + ".join([f"? * cost_{meter}" for meter in weights])
    return f"round(({parts}) / ?, 9)", (*weights.values(), sum(weights.values()))
