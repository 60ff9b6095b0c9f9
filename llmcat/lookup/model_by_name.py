"""The model that a name means: a spec, or whatever resolve() understands."""

from __future__ import annotations

# what threading has imported of weakref; see llmcat/storage/current.py
from _weakref import ref
from typing import TYPE_CHECKING

from llmcat.errors import ModelDenied, ModelNotFound
from llmcat.instants import instant
from llmcat.records import Model
from llmcat.spec import name_given
from llmcat.storage.checks.damage import MAY_BE_DAMAGE, in_words, tells_damage
from llmcat.storage.models import Reader

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from llmcat.pricing.price_list import Prices
    from llmcat.storage.open_file import OpenFile
    from llmcat.storage.views.view import View


def read_model(reader: Reader, spec: str, fallback: bool = False) -> Model:
    """The model that `spec` names, by its spec, else as resolve() understands it; with `fallback` an
    unknown one of a local provider by marked defaults, which are not kept.

    Raises Ambiguous, and ModelNotFound, of which ModelDenied is one: the filters of the build, or of the
    catalogue, leave the model out.
    """
    kept = reader.models.get(spec) or (reader.ending and reader.kept(spec))
    if kept:
        return kept
    try:
        model = reader.one(name_given(spec)) or _otherwise(reader, spec)
    except ModelNotFound:
        if fallback and (local := _local_fallback(reader, spec)) is not None:
            return local
        raise
    except MAY_BE_DAMAGE as error:
        # by itself, for the decorator would take time of the call that must be fast
        raise in_words(error, reader.file.path) from None
    return reader.keep(spec, model)


def _local_fallback(reader: Reader, spec: str) -> Model | None:
    from llmcat.lookup.fallback import local_fallback

    return local_fallback(reader.connection, spec)


def _otherwise(reader: Reader, spec: str) -> Model:
    from llmcat.lookup.resolve import resolve

    try:
        if (model := reader.one(resolve(reader.connection, spec).spec)) is not None:
            return model
    except ModelNotFound:
        from llmcat.lookup.left_out import denying_rule

        if rule := denying_rule(reader, spec):
            raise ModelDenied(spec, rule) from None
        raise
    raise ModelNotFound(spec)


def with_prices(view: View, file: OpenFile) -> Reader:
    """The reader of what `view` shows of a file, whose models read prices too: Model.cost()."""
    reader = view.reader(file)
    reader.shared["_read_prices"] = prices_reader(reader)
    return reader


def prices_reader(reader: Reader) -> Callable[[str, str | date | None], Prices]:
    """A function from a spec and an instant to prices: those that the reader keeps, and once it is gone,
    those in its file, which a model keeps open."""
    within, file, shown = ref(reader), reader.file, reader.view.at

    def read_prices(spec: str, at: str | date | None) -> Prices:
        if (alive := within()) is not None and (kept := alive.prices.get((spec, at))) is not None:
            return kept
        from llmcat.lookup.prices_by_name import kept_prices, price_list_of

        if alive is not None:
            return kept_prices(alive, spec, at)
        return price_list_of(file.connection, spec, shown if at is None else instant(at))

    return tells_damage(lambda spec: file.path)(read_prices)
