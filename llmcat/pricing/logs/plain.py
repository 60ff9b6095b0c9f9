"""Rows with a column for the model and columns for its tokens: CSV, Parquet, a program's own log; and
whole answers of APIs, which have `model` and `usage` as well.

COLUMNS says by which names a column is known; `--column model=model_name` adds one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from llmcat.errors import OptionError
from llmcat.pricing.counts import Usage
from llmcat.pricing.logs.call import Call, UnreadCall, mapping_of, tags_of, text_of, whole
from llmcat.pricing.response import provider_of_answer

Read = Callable[[Mapping[str, Any]], Iterable[Call]]

COLUMNS: dict[str, tuple[str, ...]] = {
    "model": ("spec", "model", "model_name", "model_id", "modelName", "modelId", "modelVersion"),
    "requested": ("requested_model", "request_model"),
    "provider": ("provider", "provider_name", "provider_id", "vendor"),
    "at": (
        "at",
        "timestamp",
        "time",
        "ts",
        "datetime",
        "datetime_utc",
        "date",
        "created_at",
        "createdAt",
        "createTime",
        "created",
        "start_time",
        "startTime",
    ),
    "user": ("user", "user_id", "userId", "username", "end_user"),
    "tags": ("tags", "tag", "labels", "request_tags"),
    "mode": ("mode", "service_tier", "serviceTier"),
    "id": ("id", "request_id", "requestId", "call_id"),
    "charged": ("charged_usd", "cost_usd", "cost", "spend"),
    "usage": ("usage", "usageMetadata", "usage_metadata", "usage_details", "token_usage"),
}
"""What bill() needs of a row -> the columns it looks into, the first that says something."""

COUNTS: dict[str, tuple[str, ...]] = {
    "input_tokens": ("prompt_tokens", "tokens_in", "tokens_input", "inputTokens", "promptTokens"),
    "output_tokens": (
        "completion_tokens",
        "tokens_out",
        "tokens_output",
        "outputTokens",
        "completionTokens",
    ),
    "cache_read_tokens": ("cached_tokens", "cached_input_tokens", "cacheReadTokens"),
    "cache_write_tokens": ("cacheWriteTokens",),
    "cache_write_1h_tokens": (),
    "input_audio_tokens": (),
    "output_audio_tokens": (),
    "reasoning_tokens": ("reasoning_output_tokens", "reasoningTokens"),
    "images": (),
    "characters": (),
    "pages": (),
    "web_searches": (),
}
"""Count of cost() -> other names that columns have for it."""

BESIDE: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("provider", "requested", "mode", "user", "id"), text_of),
    "tags": tags_of,
    "charged": lambda value: value,
}
"""Of these columns those that a call may lack, and how each is read."""

OF_APIS = {"input_tokens", "prompt_tokens", "promptTokenCount"}
"""Columns that tell that a row is the usage of some API itself."""

OTHERS = {"total_tokens"}.union(*COLUMNS.values())
"""Columns that are no part of a usage."""

OWN = set(COUNTS) - {"input_tokens", "output_tokens"}


class RowReader:
    """From rows to their calls; `mapped` says which column holds what: {"model": "deployment"}.

    A column may be a path into tables: `response.model`. Raises OptionError for what no bill needs.
    """

    def __init__(self, mapped: Mapping[str, str]) -> None:
        if unknown := [name for name in mapped if name not in COLUMNS and name not in COUNTS]:
            known = ", ".join([*COLUMNS, *COUNTS])
            raise OptionError(f"column {unknown[0]!r} is none that a bill needs; there are {known}")
        self.columns = {**COLUMNS, **{n: (c,) for n, c in mapped.items() if n in COLUMNS}}
        self.counts = {name: (name, *others) for name, others in COUNTS.items()}
        self.counts.update({n: (c,) for n, c in mapped.items() if n in COUNTS})
        self.own = OWN.union(*(self.counts[name] for name in OWN)) | set(mapped.values())

    def reader_of(self, keys: Iterable[str]) -> Read:
        """The function that reads rows with these columns."""
        in_order = tuple(keys)
        there = frozenset(in_order)
        columns, counts = _there(self.columns, there), _there(self.counts, there)
        own = there.isdisjoint(OF_APIS) or not there.isdisjoint(self.own)
        gateway = provider_of_answer(there)
        names = ", ".join(map(str, in_order))[:200]
        beside = {name: columns[name] for name in BESIDE if columns[name]}
        if gateway:
            beside.pop("provider", None)
        model_of, usage_of, at_of = (_column(columns[name]) for name in ("model", "usage", "at"))

        def more(row: Mapping[str, Any]) -> dict[str, Any]:
            return {name: BESIDE[name](_first(row, names)) for name, names in beside.items()}

        def read(row: Mapping[str, Any]) -> tuple[Call, ...]:
            model = text_of(model_of(row))
            usage = usage_of(row)
            if isinstance(usage, str):
                usage = mapping_of(usage)
            if not usage:
                usage = _own_usage(row, counts) if own else _api_usage(row)
            if model is None and not usage:
                return ()
            if model is None:
                raise UnreadCall("no model", f"no column says it; there are {names}")
            if not usage:
                raise UnreadCall("no usage", f"no column counts tokens; there are {names}", model)
            call = Call(model, usage, at_of(row), gateway)
            return (call._replace(**more(row)) if beside else call,)

        return read


def _there(
    columns: Mapping[str, tuple[str, ...]], keys: frozenset[str]
) -> dict[str, tuple[str, ...]]:
    """Of the names of each column those that rows with these keys can have."""
    return {
        name: tuple([one for one in names if one in keys or "." in one])
        for name, names in columns.items()
    }


def _api_usage(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row whose columns are the usage of some API."""
    return {key: whole(value) for key, value in row.items() if key not in OTHERS}


def _own_usage(row: Mapping[str, Any], counts: Mapping[str, tuple[str, ...]]) -> Usage | None:
    """The counts in a row's columns, by the names that cost() has for them."""
    found = {name: whole(_first(row, names)) for name, names in counts.items() if names}
    given = {name: count for name, count in found.items() if count is not None}
    return Usage(**given) if given else None


def _column(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], Any]:
    """The function that looks into these columns: most rows have one of each kind."""
    if len(names) == 1 and "." not in names[0]:
        [name] = names
        return lambda row: None if (value := row.get(name)) == "" else value
    return lambda row: _first(row, names)


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    """What the first of these columns says; a path goes into tables, where no column has that name."""
    for name in names:
        value = row.get(name)
        if value is None and "." in name and name not in row:
            value = row
            for part in name.split("."):
                value = mapping_of(value).get(part)
        if value is not None and value != "":
            return value
    return None
