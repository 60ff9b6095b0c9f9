"""Words of an overlay that nobody knows but that look like one that is known: slips, most likely.

They are no errors. An unknown key is kept, a new meter or capability is one; so a slip loses a fact in
silence, unless somebody points it out.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from typing_extensions import get_type_hints, is_typeddict

from llmcat.capabilities import CANONICAL, canonical
from llmcat.meters import COLUMN_METERS, METERS
from llmcat.pipeline.sources.overlays.format import (
    CapabilityTable,
    Component,
    Cost,
    OverlayModel,
    Pricing,
    Tier,
    TomlModel,
)
from llmcat.pipeline.sources.overlays.translate import RENAMED, SAME_NAME
from llmcat.pipeline.sources.overlays.yaml import LIKENESS
from llmcat.pipeline.stages.normalize import MODALITIES
from llmcat.suggestions import near

Where = tuple[str | int, ...]

MOST_LETTERS = 2
"""By how many letters a slip is longer or shorter: with more it is a word of its own, as
document_understanding is beside video_understanding."""

METER_NAMES = {
    *(meter.name for meter in METERS),
    *(f"{meter}_{kind}" for meter in COLUMN_METERS for kind in ("text", *MODALITIES.values())),
}
"""Meters that somebody has: input_image is none of ours, and no slip for input_audio."""

ALSO_KNOWN: dict[Any, Iterable[str]] = {
    **dict.fromkeys((Pricing, Cost, Tier), METER_NAMES | {"merge", "tiers"}),
    **dict.fromkeys((OverlayModel, TomlModel), (*SAME_NAME, *RENAMED, "limit")),
    Component: ("size_class",),
}
"""Words that a table understands beside those that its format lists."""

TAKEN_FOR: dict[Any, str] = {
    **dict.fromkeys((Pricing, Cost, Tier), "is taken for a new meter"),
    CapabilityTable: "is taken for another fact of the capability",
    Component: "is unknown and only kept as it is",
}
"""What becomes of an unknown key, by table; of any other: see UNKNOWN."""
UNKNOWN = "is unknown and only kept in extra"


def misspelled(data: Any, form: Any) -> Iterator[tuple[Where, str]]:
    """Where such a word stands in `data`, which has the format `form`, and what may be meant."""
    for where, table, table_form in _tables((), data, form):
        fate = TAKEN_FOR.get(table_form, UNKNOWN)
        for key in table:
            if near := _meant(key, _words(table_form)):
                yield (*where, key), f"{fate}; did you mean {near}?"
        if table_form in (OverlayModel, TomlModel):
            yield from _capabilities((*where, "capabilities"), table.get("capabilities"))


def _capabilities(where: Where, claimed: Any) -> Iterator[tuple[Where, str]]:
    listed = enumerate(claimed) if isinstance(claimed, list) else ()
    for key, name in zip(claimed, claimed) if isinstance(claimed, Mapping) else listed:
        near = _meant(canonical(name), CANONICAL) if isinstance(name, str) else None
        if near:
            slip = "is" if isinstance(claimed, Mapping) else f"{name} is"
            yield (*where, key), f"{slip} taken for a new capability; did you mean {near}?"


def _meant(word: str, known: Collection[str]) -> str | None:
    """The known word that is most like this one; None for one that is known itself, or like none."""
    if word in known:
        return None
    as_long = [other for other in known if abs(len(other) - len(word)) <= MOST_LETTERS]
    return next(iter(near(word, as_long, 1, LIKENESS)), None)


@functools.cache
def _words(form: Any) -> frozenset[str]:
    return frozenset((*get_type_hints(form), *ALSO_KNOWN.get(form, ())))


def _of_other_keys(form: Any) -> Any:
    """The type of what stands under keys that a table's format does not list."""
    return getattr(form, "__extra_items__", Any)


def _tables(where: Where, value: Any, form: Any) -> Iterator[tuple[Where, Mapping[str, Any], Any]]:
    """Every table in `value` whose keys have a format, with that format, itself included."""
    if is_typeddict(form) and isinstance(value, Mapping):
        yield where, value, form
        hints, of_others = get_type_hints(form), _of_other_keys(form)
        for key, item in value.items():
            yield from _tables((*where, key), item, hints.get(key, of_others))
    elif get_origin(form) is Annotated:
        yield from _tables(where, value, get_args(form)[0])
    elif get_origin(form) in (Union, UnionType):
        for branch in get_args(form):
            yield from _tables(where, value, branch)
    elif get_origin(form) is list and isinstance(value, list):
        for number, item in enumerate(value):
            yield from _tables((*where, number), item, get_args(form)[0])
    elif get_origin(form) is dict and isinstance(value, Mapping):
        for key, item in value.items():
            yield from _tables((*where, key), item, get_args(form)[1])
