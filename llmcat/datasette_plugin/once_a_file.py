"""What pages ask of a file again and again, asked once: a file never changes, another takes its place."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from llmcat.catalog import Catalog

Given = ParamSpec("Given")
Found = TypeVar("Found")

MOST = 50
"""Answers that are kept of a file: days pass, and what is asked may differ otherwise."""

_kept: WeakKeyDictionary[Catalog, tuple[int, dict[Any, Any]]] = WeakKeyDictionary()


def once_a_file(
    read: Callable[Concatenate[Catalog, Given], Found],
) -> Callable[Concatenate[Catalog, Given], Found]:
    """`read`, whose answer to the same arguments is kept until its catalogue takes up another file."""

    @wraps(read)
    def kept_answer(catalog: Catalog, /, *given: Given.args, **named: Given.kwargs) -> Found:
        epoch, answers = _kept.get(catalog, (0, {}))
        if epoch != catalog.epoch or len(answers) > MOST:
            epoch, answers = _kept[catalog] = catalog.epoch, {}
        key = (read, given, *named.items())
        if key not in answers:
            answers[key] = read(catalog, *given, **named)
        found: Found = answers[key]
        return found

    return kept_answer
