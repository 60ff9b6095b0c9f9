"""Select: the one model to take among those that fit, and why there is none.

The order, where `order_by` does not say another: providers as `prefer` names them, then the lowest
blended price (3:1 unless `blend` says otherwise; unknown prices last), then the maker's own offer,
then the newest release, then spec. Behind the others stand offers whose price is an outlier, and those
that a witness alone lists. A price of 0 is a price, so offers that cost nothing by the token, subscriptions among them, come
first: `min_cost_input=0.01` leaves them out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from llmcat.arguments import names
from llmcat.capabilities import TASKS, canonical
from llmcat.choosing.conditions import CONDITIONS, PROVIDER, Condition, Settings, blended
from llmcat.choosing.find import (
    BLEND,
    OrderTerm,
    Query,
    as_of_reader,
    check_providers,
    day_given,
    order_term,
    query_on,
)
from llmcat.choosing.options import OPTIONS, value_of
from llmcat.errors import OptionError
from llmcat.records import Model
from llmcat.spec import fold_provider
from llmcat.storage.models import Reader
from llmcat.storage.views.temp_views import is_shifted

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from llmcat.choosing.options import FindOptions

WITHOUT = {
    "include_deprecated": "not deprecated",
    "include_retired": "not retired",
    "chat": "is known to take a conversation (name a task for another kind)",
}
"""What is required where an option is not given."""

DOUBTFUL_LAST: list[OrderTerm] = [
    ("spec IN (SELECT spec FROM outliers WHERE field IN ('cost_input', 'cost_output'))", ()),
    ("source IN (SELECT name FROM sources WHERE role = 'witness')", ()),
]
"""Offers whose price stands out, and offers that no base source lists, come behind all others."""

CERTAIN = [Condition("certain", True, f"NOT ({doubt})", bound) for doubt, bound in DOUBTFUL_LAST]
"""That an offer is none of those."""

CHATS = Condition("chat", None, "chat = 1", ())
OTHER_KINDS = frozenset(
    task.capability for task in TASKS if task.name != "chat" and task.capability
)
"""Capabilities of models that need not converse: who requires one asks for another kind of model."""


class Step(NamedTuple):
    """A requirement in words, and how many models were left after it."""

    requirement: str
    left: int


class Explanation(NamedTuple):
    """How select found its answer.

    `considered` is the number of all models; each of `steps` left some of those that the steps before
    it had left; `emptied_by` is the requirement that left none, None where some model fits; `unmet` are
    the requirements that no model of the catalogue meets, whatever else is asked.
    """

    model: Any
    considered: int
    steps: tuple[Step, ...]
    emptied_by: str | None
    unmet: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.considered:>9,}  models"]
        lines += [f"{step.left:>9,}  {step.requirement}" for step in self.steps]
        lines += [f"no model of this catalogue: {requirement}" for requirement in self.unmet]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from llmcat.rendering.table import preformatted

        return preformatted(str(self)) + (self.model._repr_html_() if self.model else "")


Names = str | Iterable[str] | None


def select_model(
    reader: Reader, prefer: Names, scope: Names, **options: Unpack[FindOptions]
) -> Model | None:
    """The best model that fits, None where none does; `prefer` None: as the reader's view prefers, else
    the build. Options and errors are those of select_spec."""
    prefer, given = _preferred(reader, prefer), as_of_reader(reader, **options)
    spec = select_spec(reader.connection, prefer=prefer, scope=scope, **given)
    return reader.several([spec], day_given(given))[0] if spec else None


def explain_model(
    reader: Reader, prefer: Names, scope: Names, **options: Unpack[FindOptions]
) -> Explanation:
    """How select_model finds its answer."""
    prefer, given = _preferred(reader, prefer), as_of_reader(reader, **options)
    found = explain_selection(reader.connection, prefer=prefer, scope=scope, **given)
    if found.model is None:
        return found
    return found._replace(model=reader.several([found.model], day_given(given))[0])


def _preferred(reader: Reader, prefer: Names) -> str | Iterable[str]:
    """The providers to prefer: those of the call, of the catalogue, of the build."""
    if prefer is None:
        prefer = reader.view.prefer
    return preferred_by_the_build(reader.connection) if prefer is None else prefer


def select_spec(
    connection: sqlite3.Connection,
    *,
    prefer: str | Iterable[str] = (),
    scope: str | Iterable[str] | None = None,
    **options: Any,
) -> str | None:
    """The spec of the best model that fits, None where none does.

    `prefer` orders providers, one that the catalogue does not have is passed over; `scope` restricts
    to one or several. The options are those of find, and so are the errors.
    """
    return _best(connection, selection(connection, prefer, scope, options), prefer, options)


def _best(
    connection: sqlite3.Connection,
    query: Query,
    prefer: str | Iterable[str],
    options: Mapping[str, Any],
) -> str | None:
    """The first answer of a selection. Each preferred provider is looked at by itself before all others
    are: its models are few, and to sort those of everybody takes five times as long."""
    if not query.outliers_of:  # these come behind everybody's other models
        for name in names("prefer", prefer):
            own = Condition("prefer", name, f"provider = {PROVIDER}", (fold_provider(name),) * 2)
            narrowed = query._replace(conditions=[own, *query.conditions])
            if found := narrowed.specs(connection):
                return found[0]
    if options.get("order_by") is None and not is_shifted(connection):
        query = _within_reach(connection, query, weights_given(options))
    return next(iter(query.specs(connection)), None)


def _within_reach(
    connection: sqlite3.Connection, query: Query, weights: Mapping[str, float]
) -> Query:
    """The query without the models whose input alone costs more than a model that fits. That one is the
    first in order of the input price, which is an index; the others need not be sorted."""
    share = weights.get("input", 0) / sum(weights.values())
    price, bound = blended(weights)
    priced = Condition("blend", weights, f"{price} IS NOT NULL", bound)
    conditions = [*query.conditions, *CERTAIN, priced]
    first = query._replace(conditions=conditions, order=[order_term("cost_input")])
    if not share or not (specs := first.specs(connection)):
        return query
    found = f"SELECT {price} FROM models WHERE spec = ?"
    (cost,) = connection.execute(found, (*bound, *specs)).fetchone()
    most = cost / share + 0.001  # the blend is rounded, and may be a little too low
    reach = Condition("max_cost_input", most, "cost_input <= ?", (most,))
    return query._replace(conditions=[*query.conditions, reach])


def explain_selection(
    connection: sqlite3.Connection,
    *,
    prefer: str | Iterable[str] = (),
    scope: str | Iterable[str] | None = None,
    **options: Any,
) -> Explanation:
    """What select_spec answers (as `model`), and how many models each requirement left."""
    query = selection(connection, prefer, scope, options)
    spec = _best(connection, query, prefer, options)
    considered, left = count_steps(connection, query.conditions)
    steps = tuple([Step(in_words(c), n) for c, n in zip(query.conditions, left)])
    emptied_by = next((step.requirement for step in steps if not step.left), None)
    unmet = () if emptied_by is None else tuple(map(in_words, met_by_none(connection, query)))
    return Explanation(spec, considered, steps, emptied_by, unmet)


def unmet(connection: sqlite3.Connection, options: Mapping[str, Any]) -> list[str]:
    """In words, the options of find that no model meets, whatever else is asked: nobody says of any
    that it does. Empty where each has some that do, be it not the same."""
    whole = {**options, "limit": None, "offset": None}
    return list(map(in_words, met_by_none(connection, query_on(connection, whole))))


def met_by_none(connection: sqlite3.Connection, query: Query) -> list[Condition]:
    """The conditions that are true of no model: one pass over all."""
    conditions = query.conditions
    if not conditions:
        return []
    tests = ", ".join([f"max(({condition.sql}) IS TRUE)" for condition in conditions])
    bound = [value for condition in conditions for value in condition.parameters]
    met = connection.execute(f"SELECT {tests} FROM models", bound).fetchone()
    return [condition for condition, by_some in zip(conditions, met) if not by_some]


def preferred_by_the_build(connection: sqlite3.Connection) -> list[str]:
    """The providers that the recipe prefers, as the file keeps them."""
    import json

    (filters,) = connection.execute("SELECT filters FROM catalog").fetchone()
    preferred: list[str] = json.loads(filters).get("prefer", [])
    return preferred


def selection(
    connection: sqlite3.Connection,
    prefer: str | Iterable[str],
    scope: str | Iterable[str] | None,
    options: dict[str, Any],
) -> Query:
    """The query whose first row is the answer. Raises OptionError for limit and offset, too."""
    for name in ("limit", "offset"):
        if options.get(name) is not None:
            raise OptionError(f"select gives one model and takes no {name}; find does")
    query = query_on(connection, options)
    conditions = query.conditions
    if not names_a_kind(options):
        conditions = [*conditions, CHATS]
    if scope is not None:
        conditions = [_scope(connection, names("scope", scope)), *conditions]
    order = query.order
    if options.get("order_by") is None:
        order = [*DOUBTFUL_LAST, *cheapest_first(weights_given(options)), *order]
    return query._replace(
        conditions=conditions, order=[*_preferred_first(names("prefer", prefer)), *order], limit=1
    )


def names_a_kind(options: Mapping[str, Any]) -> bool:
    """Whether the options say which kind of model is wanted: by a task, by a capability of one, or by
    what it must give beside text. Without one, it is a model to converse with."""
    given = {name: options.get(name) or () for name in ("task", "require", "modalities_output")}
    required = {canonical(name) for name in names("require", given["require"])}
    gives = set(names("modalities_output", given["modalities_output"]))
    return bool(given["task"] or required & OTHER_KINDS or gives - {"text"})


def weights_given(options: Mapping[str, Any]) -> Mapping[str, float]:
    """Which price weighs how much in the blend."""
    given = options.get("blend")
    return BLEND if given is None else value_of("blend", given)


def cheapest_first(weights: Mapping[str, float]) -> list[OrderTerm]:
    """By the blended price, then the maker's own offer, then the newest."""
    return [
        order_term("blend", weights),
        order_term("-first_party"),
        order_term("-release_date"),
    ]


def _preferred_first(providers: list[str]) -> list[OrderTerm]:
    if not providers:
        return []
    whens = " ".join([f"WHEN {PROVIDER} THEN ?"] * len(providers))
    bound = [
        value for rank, name in enumerate(providers) for value in (*[fold_provider(name)] * 2, rank)
    ]
    return [(f"CASE provider {whens} ELSE ? END", (*bound, len(providers)))]


def _scope(connection: sqlite3.Connection, providers: list[str]) -> Condition:
    check_providers(connection, providers)
    (condition,) = CONDITIONS["provider"]("provider", providers, Settings("", {}, ()))
    return condition


def count_steps(
    connection: sqlite3.Connection, conditions: list[Condition]
) -> tuple[int, list[int]]:
    """How many models there are, and how many are left after each condition: one pass over all."""
    whens = [f"WHEN ({c.sql}) IS NOT TRUE THEN {n}" for n, c in enumerate(conditions)]
    passed = f"CASE {' '.join(whens)} ELSE {len(conditions)} END" if whens else "0"
    bound = [value for c in conditions for value in c.parameters]
    counts = dict(
        connection.execute(
            f"SELECT {passed} AS passed, count(*) FROM models GROUP BY passed", bound
        )
    )
    total = sum(counts.values())
    left = [sum(n for passed, n in counts.items() if passed > i) for i in range(len(conditions))]
    return total, left


def in_words(condition: Condition) -> str:
    """The requirement that a condition stands for, such as `context window of 100,000 tokens or more`."""
    if condition.option in WITHOUT:
        return WITHOUT[condition.option]
    doc = OPTIONS[condition.option].doc.partition(" (")[0]
    return doc.format(_shown(condition.value))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " or ".join(value) or "nobody"
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)
