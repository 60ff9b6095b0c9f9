"""The model that a spec names: by its spec, or by an alias or its provider's other names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcat.errors import ModelDenied, ModelNotFound, SpecError
from llmcat.records import Model
from llmcat.spec import name_given
from llmcat.storage.damage import tells_damage
from llmcat.storage.models import Reader

if TYPE_CHECKING:
    from datetime import date

    from llmcat.pricing.price_list import Prices

LEFT_OUT = "SELECT rule FROM filtered WHERE spec = ?"


@tells_damage(lambda reader: reader.file.path)
def read_model(reader: Reader, spec: str) -> Model:
    """The model that `spec` names, by its spec, else as resolve() reads a spec.

    Raises ModelNotFound, of which ModelDenied is one: the filters of the build, or of the catalogue,
    leave the model out.
    """
    model = reader.one(name_given(spec))
    if model is None:
        model = _otherwise(reader, spec)
    return reader.keep(spec, model)


def _otherwise(reader: Reader, spec: str) -> Model:
    from llmcat.lookup.resolve import spec_of

    try:
        if (model := reader.one(spec_of(reader.connection, spec))) is not None:
            return model
    except ModelNotFound:
        if rule := denying_rule(reader, spec):
            raise ModelDenied(spec, rule) from None
        raise
    raise ModelNotFound(spec)


@tells_damage(lambda reader: reader.file.path)
def kept_prices(reader: Reader, spec: str, at: str | date | None, moment: str | None) -> Prices:
    """The prices at `moment` (None: now) of the model that `spec` names, kept as the answer to `spec` and
    `at`. Raises ModelNotFound, ModelDenied and UnknownPrice."""
    from llmcat.lookup.former import price_list_of

    if (kept := reader.prices.get((name_given(spec), at))) is not None:
        return kept
    try:
        prices = price_list_of(reader.connection, spec, moment)
    except ModelNotFound:
        if rule := denying_rule(reader, spec):
            raise ModelDenied(spec, rule) from None
        raise
    return reader.keep_prices(spec, at, prices)


def denying_rule(reader: Reader, spec: str) -> str | None:
    """Which rule leaves out the model that `spec` names: allow, deny or exclude_models; None: none does,
    or nobody knows of such a model."""
    from llmcat.lookup.former import spec_as_recorded
    from llmcat.lookup.resolve import spec_of

    whole = reader.file.source.connection
    row = whole.execute(LEFT_OUT, (spec_as_recorded(whole, spec),)).fetchone()
    if row is not None:
        return str(row[0])
    if reader.filters is None:
        return None
    try:
        return reader.filters.rule(whole, spec_of(whole, spec))
    except (LookupError, SpecError):
        return None
