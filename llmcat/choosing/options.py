"""What find can be asked: one table, from which the query, its words and the command line are made.

A newcomer adds a row to OPTIONS and a line to FindOptions; a test fails while only one has it.

Dates may be YYYY, YYYY-MM or YYYY-MM-DD, in the catalogue as in the question: a partial date counts
as its earliest day. "after" is from that day on, "before" is earlier than that day, so that
released_after="2025", released_before="2026" are the models of 2025.

Unknown is neither true nor false: what is required, bounded or named must be known; what is forbidden
may be unknown. A price of 0 is a price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llmcat import arguments
from llmcat.capabilities import CANONICAL, canonical
from llmcat.meters import COLUMN_METERS, price_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date
    from typing import Literal

    from llmcat.capabilities import CapabilityFlags
    from llmcat.choosing.literals import (
        Billing,
        CapabilityName,
        Effort,
        Modality,
        Order,
        Status,
        TaskName,
        Tier,
    )
    from llmcat.meters import PriceBounds

    Names = str | Iterable[str]
    """One name, or several."""

    class FindOptions(PriceBounds, CapabilityFlags, total=False):
        """The keyword arguments of Catalog.find, beside bounds of prices and capabilities; OPTIONS says
        what each means."""

        include_deprecated: bool
        include_retired: bool
        status: Status | Names | None
        provider: Names | None
        available: bool | Mapping[str, str]
        local: bool | None
        family: Names | None
        base_model: Names | None
        task: TaskName | Names | None
        billing: Billing | Names | None
        free: bool | None
        quality_tier: Tier | Names | None
        open_weights: bool | None
        first_party: bool | None
        require: CapabilityName | Names
        forbid: CapabilityName | Names
        modalities_input: Modality | Names
        modalities_output: Modality | Names
        tags: Names
        effort: Effort | Names
        reasoning_budget: int | None
        parameters: Names
        text: str | None
        min_context: int | None
        max_context: int | None
        min_input_limit: int | None
        min_output: int | None
        max_output: int | None
        released_after: str | date | None
        released_before: str | date | None
        updated_after: str | date | None
        knowledge_after: str | date | None
        max_blend: float | None
        min_score: Mapping[str, float] | Names | None
        task_complexity: str | None
        min_speed: float | None
        blend: Sequence[float] | Mapping[str, float] | Literal["3:1"] | str | None
        today: str | date | None
        order_by: Order | str | Sequence[str] | None
        limit: int | None
        offset: int


class Option(NamedTuple):
    """One thing to ask for.

    `column` of `models` and the `operator` of the test, or the table and a test of its own, named in
    find.py's CONDITIONS; operator "setting" tests nothing. `doc` says the requirement, with {} for
    its value; what stands in brackets at its end is for help alone. `type` is a key of TYPES.
    """

    column: str
    operator: str
    doc: str
    type: str


TYPES: dict[str, str] = {
    "names": "NAME",  # one or several texts
    "text": "TEXT",
    "flag": "yes|no",  # True or False; None: not asked
    "switch": "",  # True or False, False unless said
    "tokens": "TOKENS",  # whole number, 0 or more
    "count": "N",  # whole number, 0 or more
    "price": "USD",  # 0 or more, per 1M tokens
    "date": "DATE",  # YYYY, YYYY-MM or YYYY-MM-DD
    "day": "DATE",
    "environment": "",  # True: os.environ; or a mapping in its place
    "scores": "COMPLEXITY=SCORE",  # complex=3, or {"complex": 3}
    "speed": "TOKENS/S",  # 0 or more
    "weights": "WEIGHTS",  # 3:1, (3, 1) or {"input": 3, "output": 1}
    "columns": "COLUMN",
}
"""Type of an option -> how help shows its value."""

TIERS = ("best", "balanced", "cheap")
UNKNOWN = "unknown"
MODALITIES = ("text", "image", "audio", "video", "pdf", "embedding")
BILLINGS = ("token", "unit", "subscription", "free", UNKNOWN)
STATUSES = ("alpha", "beta", "active", "deprecated", "retired")

_PRICES = {
    f"{bound}_cost_{meter}": Option(
        f"cost_{meter}",
        operator,
        f"{meter.replace('_', ' ')} price of {{}} USD per {price_unit(meter)} or {more}",
        "price",
    )
    for meter in COLUMN_METERS
    for bound, operator, more in (("min", ">=", "more"), ("max", "<=", "less"))
}

OPTIONS: dict[str, Option] = {
    "include_deprecated": Option("status", "setting", "deprecated models too", "switch"),
    "include_retired": Option("status", "setting", "retired models too", "switch"),
    "status": Option(
        "status",
        "status",
        "status is {} (alpha, beta, active, deprecated, retired; active is also where nothing is said)",
        "names",
    ),
    "provider": Option("provider", "provider", "served by {}", "names"),
    "available": Option(
        "env",
        "available",
        "callable with what is set here (a key, of a local one its address; where discovery ran, its endpoint lists it)",
        "environment",
    ),
    "local": Option("local", "local", "runs on the user's machine: {}", "flag"),
    "family": Option("family", "in", "family is {}", "names"),
    "base_model": Option("base_model", "in", "base model is {}", "names"),
    "task": Option(
        "task",
        "task",
        "task is {} (chat, embedding, rerank, transcription, speech, image, …)",
        "names",
    ),
    "billing": Option(
        "billing", "billing", "paid for by {} (token, unit, subscription, free, unknown)", "names"
    ),
    "free": Option("billing", "free", "free of charge: {}", "flag"),
    "quality_tier": Option(
        "quality_tier", "tier", "quality tier is {} (best, balanced, cheap, unknown)", "names"
    ),
    "open_weights": Option("open_weights", "is", "open weights: {}", "flag"),
    "first_party": Option("first_party", "is", "served by the lab that made it: {}", "flag"),
    "require": Option("capabilities", "require", "has the capability {}", "names"),
    "forbid": Option("capabilities", "forbid", "is not known to have the capability {}", "names"),
    "modalities_input": Option("modalities_input", "holds", "takes {} as input", "names"),
    "modalities_output": Option("modalities_output", "holds", "gives {} as output", "names"),
    "tags": Option("tags", "holds", "has the tag {}", "names"),
    "effort": Option(
        "capabilities", "effort", "reasons with effort {} (minimal, low, medium, high, …)", "names"
    ),
    "reasoning_budget": Option(
        "capabilities", "budget", "takes a budget of {} reasoning tokens", "tokens"
    ),
    "parameters": Option(
        "serving", "parameters", "is known to take the parameter {} (temperature, seed, …)", "names"
    ),
    "text": Option("models_fts", "text", "full text matches {}", "text"),
    "min_context": Option("limit_context", ">=", "context window of {} tokens or more", "tokens"),
    "max_context": Option("limit_context", "<=", "context window of {} tokens or less", "tokens"),
    # limit_input is there only where it is less than the context window
    "min_input_limit": Option(
        "coalesce(limit_input, limit_context)", ">=", "inputs of {} tokens or more", "tokens"
    ),
    "min_output": Option("limit_output", ">=", "outputs of {} tokens or more", "tokens"),
    "max_output": Option("limit_output", "<=", "outputs of {} tokens or less", "tokens"),
    "released_after": Option("release_date", ">=", "released on {} or after", "date"),
    "released_before": Option("release_date", "<", "released before {}", "date"),
    "updated_after": Option("last_updated", ">=", "last updated on {} or after", "date"),
    "knowledge_after": Option("knowledge", ">=", "knowledge up to {} or after", "date"),
    **_PRICES,
    "max_blend": Option("blend", "blend", "blended price of {} USD per 1M tokens or less", "price"),
    "min_score": Option(
        "spec", "min_score", "scores of {} or more, by the complexity of tasks, 0 to 5", "scores"
    ),
    "task_complexity": Option(
        "spec",
        "complexity",
        "its score for {} tasks (simple, medium, complex, or a word of yours) suffices: 3 or more",
        "text",
    ),
    "min_speed": Option(
        "spec", "min_speed", "{} output tokens a second or more, as measured", "speed"
    ),
    "blend": Option(
        "blend",
        "setting",
        "weights {} of input and output prices in the blend (3:1 unless said)",
        "weights",
    ),
    "today": Option("", "setting", "the day that tells what is deprecated or retired: {}", "day"),
    "order_by": Option(
        "",
        "setting",
        "sorted by {}: a column of models, blend, score or speed; - before it: largest first",
        "columns",
    ),
    "limit": Option("", "setting", "{} models at most", "count"),
    "offset": Option("", "setting", "without the first {} models", "count"),
}
"""Option -> its column, test, words and type. Conditions stand in the query in this order."""


def help_of(name: str) -> str:
    """The line of help for an option."""
    option = OPTIONS[name]
    return option.doc.format(TYPES[option.type])


def _scores(name: str, value: Any) -> dict[str, float]:
    from llmcat.choosing.measured import scores_given

    return scores_given(name, value)


READERS: dict[str, Callable[[str, Any], Any]] = {
    "names": arguments.names,
    "text": arguments.text,
    "flag": arguments.flag,
    "switch": arguments.flag,
    "tokens": arguments.whole,
    "count": arguments.whole,
    "price": arguments.number,
    "date": arguments.shortest,
    "day": arguments.day,
    "environment": arguments.environment,
    "scores": _scores,
    "speed": arguments.number,
    "weights": arguments.weights,
    "columns": arguments.names,
}
"""Type of an option -> how its value is read."""


def value_of(name: str, value: Any) -> Any:
    """The value of option `name` in the form that its condition wants.

    Raises OptionError, which names the option, when it has the wrong type or is out of range.
    """
    return READERS[OPTIONS[name].type](name, value)


def with_capabilities(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options, with capabilities among them under their own names as names in `require` and `forbid`.

    `vision=True` is require=["vision"], `vision=False` forbid=["vision"]; None: not given.
    """
    if options.keys() <= OPTIONS.keys():
        return options
    found = dict(options)
    for name in options.keys() - OPTIONS.keys():
        if canonical(name) in CANONICAL and (value := found.pop(name)) is not None:
            option = "require" if arguments.flag(name, value) else "forbid"
            found[option] = [*arguments.names(option, found.get(option) or ()), name]
    return found
