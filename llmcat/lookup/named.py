"""The model that a spec names: by its spec, or by an alias or its provider's other names."""

from __future__ import annotations

from llmcat.errors import ModelNotFound
from llmcat.records import Model
from llmcat.spec import name_given
from llmcat.storage.models import Reader


def read_model(reader: Reader, spec: str) -> Model:
    """The model that `spec` names, by its spec, else as resolve() reads a spec. Raises ModelNotFound."""
    model = reader.one(name_given(spec))
    if model is None:
        from llmcat.lookup.resolve import spec_of

        model = reader.one(spec_of(reader.connection, spec))
        if model is None:
            raise ModelNotFound(spec)
    return reader.keep(spec, model)
