"""Models side by side: what differs, what each can do, who is cheapest and who takes most."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from llmcat import display
from llmcat.arguments import several
from llmcat.capabilities import CAPABILITIES, COLUMNS
from llmcat.lookup.model_by_name import read_model
from llmcat.meters import COLUMN_METERS, UNIT_METERS
from llmcat.records import ARRAY_FIELDS, Model, not_as_json
from llmcat.storage.models import Reader
from llmcat.storage.rows import Rows

Tiers = Sequence[Mapping[str, Any]]
Support = dict[str, dict[str, "bool | None"]]

IDENTITY = (
    "name",
    "family",
    "base_model",
    "task",
    "status",
    "replacement",
    "first_party",
    "open_weights",
    "license",
    "quality_tier",
)
PRICES = tuple([f"cost_{meter}" for meter in COLUMN_METERS])
PIECE_PRICES = frozenset([f"cost_{meter}" for meter in COLUMN_METERS if meter in UNIT_METERS])
"""Prices that are not per token: compared where one of the models has one."""

LIMITS = ("limit_context", "limit_input", "limit_output")
DATES = ("release_date", "last_updated", "knowledge", "deprecated_on", "retires_on")
MODALITIES = ("modalities_input", "modalities_output")

GROUPS = {
    "identity": IDENTITY,
    "prices": PRICES,
    "limits": LIMITS,
    "dates": DATES,
    "modalities": MODALITIES,
}
"""The fields that are compared, in the order in which they are shown."""

SHOWN: dict[str, Callable[[Any], str]] = {
    **dict.fromkeys(IDENTITY + DATES, display.text),
    **dict.fromkeys(("first_party", "open_weights"), display.flag),
    **dict.fromkeys(PRICES, display.price),
    **dict.fromkeys(LIMITS, display.tokens),
    **dict.fromkeys(MODALITIES, display.names),
}
"""How people see the values of a field."""

WINNER = " *"
"""Behind the value of the cheapest and of the largest in a table."""

NEVER = "-"
"""In place of the price of inputs that are longer than the context window."""


class Field(NamedTuple):
    """A field of the models side by side: `values` in the order of the models, None: unknown.

    `differs` also when it is known of one model and unknown of another.
    """

    group: str
    name: str
    values: tuple[Any, ...]
    differs: bool


@not_as_json
class Comparison(NamedTuple):
    """Models side by side, in the order asked.

    `unknown` are the ids that were asked for and do not exist. `fields` has what differs first.
    `capabilities` names the models (by spec) that are known to have each, `support` says of every
    model whether it has it: True, False or None for unknown. `pricing` is in USD per 1M tokens by
    meter, `context_windows` in tokens. `cheapest` and `largest` name the winners by field, where at
    least two values are known and they are not all equal.
    """

    models: tuple[Model, ...]
    unknown: tuple[str, ...]
    fields: tuple[Field, ...]
    capabilities: dict[str, list[str]]
    support: Support
    pricing: dict[str, dict[str, float | None]]
    context_windows: dict[str, int | None]
    cheapest: dict[str, list[str]]
    largest: dict[str, list[str]]

    def rows(self) -> Rows:
        """A row for each field and capability, a column for each model: for data frames."""
        return Rows(rows(self), ("field", *(model.spec for model in self.models)))

    def _repr_html_(self) -> str:
        from llmcat.rendering.table import text_table

        return text_table(table(self))

    def as_dict(self) -> dict[str, Any]:
        """The comparison as plain dictionaries and lists, ready for JSON."""
        return {
            **self._asdict(),
            "models": [_plain(model._asdict()) for model in self.models],
            "unknown": list(self.unknown),
            "fields": [
                {
                    **field._asdict(),
                    "values": dict(zip(self.context_windows, map(_listed, field.values))),
                }
                for field in self.fields
            ],
        }


def compare_specs(reader: Reader, specs: str | Iterable[str]) -> Comparison:
    """Compare the models that `specs` name; outliers of the catalogue win nothing."""
    found, unknown = [], []
    for spec in several(specs):
        try:
            found.append(read_model(reader, spec))
        except LookupError:
            unknown.append(spec)
    outliers = reader.connection.execute("SELECT field, spec FROM outliers")
    return compare(found, unknown, set(outliers))


def compare(
    models: Iterable[Model],
    unknown: Iterable[str] = (),
    outliers: Container[tuple[str, str]] = (),
) -> Comparison:
    """Compare `models`; each counts once. `unknown` are ids that were asked for and not found;
    `outliers`, pairs of field and spec, win nothing."""
    once = tuple({model.spec: model for model in models}.values())
    support = _support(once)
    return Comparison(
        models=once,
        unknown=tuple(dict.fromkeys(unknown)),
        fields=_fields(once),
        capabilities={
            name: [spec for spec, able in by_spec.items() if able]
            for name, by_spec in support.items()
        },
        support=support,
        pricing={m.spec: {f.removeprefix("cost_"): getattr(m, f) for f in PRICES} for m in once},
        context_windows={m.spec: m.limit_context for m in once},
        cheapest=_winners(once, PRICES, min),
        largest=_winners(once, LIMITS, max, outliers),
    )


def table(comparison: Comparison) -> list[list[str]]:
    """The comparison for people: a header, then a row of words for each field and capability.

    What differs comes first; what is unknown of every model is left out. The cheapest price and the
    largest limit of a row have a star. Behind a price come those of inputs over a tier's size.
    """
    specs = [model.spec for model in comparison.models]
    winners = {**comparison.cheapest, **comparison.largest}
    rows = []
    for field in comparison.fields:
        if any(value not in (None, ()) for value in field.values):
            shown = map(SHOWN[field.name], field.values)
            cells = _starred(shown, specs, winners.get(field.name, ()))
            rows.append((field.differs, [field.name, *cells]))
        if field.group == "prices":
            rows += _tier_rows(comparison.models, field.name)
    rows += [
        (len(set(by_spec.values())) > 1, [name, *map(display.flag, by_spec.values())])
        for name, by_spec in comparison.support.items()
    ]
    rows.sort(key=lambda row: not row[0])  # stable: fields before capabilities
    return [["field", *map(display.text, specs)], *(cells for _, cells in rows)]


def rows(comparison: Comparison) -> list[dict[str, Any]]:
    """The comparison for programs that read a table: a row for each field and capability."""
    specs = [model.spec for model in comparison.models]
    by_name: dict[str, Mapping[str, Any]] = {}
    for field in comparison.fields:
        by_name[field.name] = dict(zip(specs, field.values))
        if field.group == "prices":
            by_name.update(_over_tiers(comparison.models, field.name))
    by_name.update(comparison.support)
    return [
        {"field": name, **{spec: values.get(spec) for spec in specs}}
        for name, values in by_name.items()
    ]


def _starred(cells: Iterable[str], specs: Sequence[str], winners: Sequence[str]) -> list[str]:
    return [cell + (WINNER if spec in winners else "") for spec, cell in zip(specs, cells)]


def _tier_rows(models: Sequence[Model], field: str) -> Iterator[tuple[bool, list[str]]]:
    specs = [model.spec for model in models]
    for name, prices in _over_tiers(models, field):
        cells = [display.price(prices[spec]) if spec in prices else NEVER for spec in specs]
        yield len(set(cells)) > 1, [name, *_starred(cells, specs, _best(prices, min))]


def _over_tiers(models: Sequence[Model], field: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What each model asks for inputs over a size above which one of them has another price.

    A model whose context window ends before that asks nothing, and is left out.
    """
    meter = field.removeprefix("cost_")
    tiers = {model.spec: model.details.cost.get("tiers", ()) for model in models}
    sizes = {tier["min_context"] for listed in tiers.values() for tier in listed if meter in tier}
    for size in sorted(sizes):
        yield (
            f"{field} over {display.tokens(size)}",
            {
                m.spec: _price_over(size, meter, tiers[m.spec], getattr(m, field))
                for m in models
                if m.limit_context is None or m.limit_context > size
            },
        )


def _price_over(size: int, meter: str, tiers: Tiers, plain: float | None) -> float | None:
    """What an input over this size pays: by the largest tier that says a price, else the plain one."""
    prices = {t["min_context"]: t[meter] for t in tiers if meter in t and t["min_context"] <= size}
    return prices[max(prices)] if prices else plain


def _fields(models: Sequence[Model]) -> tuple[Field, ...]:
    fields = [
        Field(group, name, values := tuple(getattr(m, name) for m in models), len(set(values)) > 1)
        for group, names in GROUPS.items()
        for name in names
        if name not in PIECE_PRICES or any(getattr(m, name) is not None for m in models)
    ]
    return tuple(sorted(fields, key=lambda field: not field.differs))


def _support(models: Sequence[Model]) -> Support:
    """Capability -> spec -> whether the model has it; those of which nothing is known are left out.

    A capability without a column is known only where a model has it.
    """
    others = {name for model in models for name in model.capabilities}
    names = dict.fromkeys((*(c.name for c in CAPABILITIES), *sorted(others)))
    support = {name: {m.spec: _able(m, name) for m in models} for name in names}
    return {
        name: by_spec
        for name, by_spec in support.items()
        if any(able is not None for able in by_spec.values())
    }


def _able(model: Model, capability: str) -> bool | None:
    if capability in model.capabilities:
        return True
    able: bool | None = getattr(model, COLUMNS[capability]) if capability in COLUMNS else None
    return able


def _winners(
    models: Sequence[Model],
    fields: Sequence[str],
    best: Callable[[Iterable[Any]], Any],
    outliers: Container[tuple[str, str]] = (),
) -> dict[str, list[str]]:
    won = {
        field: _best(
            {m.spec: getattr(m, field) for m in models if (field, m.spec) not in outliers}, best
        )
        for field in fields
    }
    return {field: specs for field, specs in won.items() if specs}


def _best(values: Mapping[str, Any], best: Callable[[Iterable[Any]], Any]) -> list[str]:
    """Who has the best of the values that are known; nobody where these are all equal."""
    known = {spec: value for spec, value in values.items() if value is not None}
    if len(set(known.values())) < 2:
        return []
    won = best(known.values())
    return [spec for spec, value in known.items() if value == won]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, **{name: list(row[name]) for name in ARRAY_FIELDS}}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
