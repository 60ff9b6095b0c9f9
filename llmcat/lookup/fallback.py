"""Local models that the catalogue does not know: what to reckon with until somebody says more.

Whatever the user pulled runs on Ollama, LM Studio and the like, and no catalogue lists it. A program
that needs numbers all the same gets the ones below, which are ExLLM's, and sees that they are no
facts: the tag `fallback`, and `fallback` as the source of every value. Nothing of this is in the
file, so that find, select and SQL never meet it.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any

from llmcat.errors import ModelNotFound
from llmcat.lookup.interpretations import find_provider
from llmcat.lookup.providers import provider
from llmcat.records import Details, Model, Provider
from llmcat.spec import split_spec

if TYPE_CHECKING:
    from llmcat.catalog import Catalog

TAG = "fallback"
"""The tag of a model that is none of the catalogue's, and the source of what it says."""

CAPABILITIES = ("chat", "streaming")

FALLBACK: dict[str, Any] = {
    "limit_context": 4096,
    "limit_output": 4096,
    "cost_input": 0.0,
    "cost_output": 0.0,
    "modalities_input": ("text",),
    "modalities_output": ("text",),
    "capabilities": CAPABILITIES,
    "tags": (TAG,),
    "aliases": (),
    **dict.fromkeys(CAPABILITIES, True),
}
"""What is assumed of a local model; all else is unknown. 4,096 tokens are what most runtimes give a
model unless told otherwise."""


def fallback(at: Provider, id: str, catalog: Catalog | None = None) -> Model:
    """A model of a local provider: what `catalog` knows of it, where it is given and does; else the
    assumed figures: 4,096 tokens, chat, streaming, free.

    These are marked: `"fallback" in model.tags`. Raises ModelNotFound for a provider that does not run
    on the user's machine, for there a made-up price would be a wrong one, and for an empty id.
    """
    id = id.strip()
    spec = f"{at.id}:{id}"
    if not at.local or not id:
        raise ModelNotFound(spec)
    if catalog is not None:
        with contextlib.suppress(ModelNotFound):
            return catalog.model(spec)
    names = {"spec": spec, "provider": at.id, "id": id, "provider_model_id": id}
    known = {**FALLBACK, **names}
    return Model._make(map(known.get, Model._fields)).read_with({"_read_details": _details})


def local_fallback(connection: sqlite3.Connection, spec: str) -> Model | None:
    """The fallback for a spec of a local provider, None for any other."""
    parts = split_spec(spec, lambda name: find_provider(connection, name) is not None)
    found = provider(connection, parts.provider) if parts else None
    return fallback(found, parts.id) if parts and found and found.local else None


def _details(spec: str) -> Details:
    """The details of a fallback: the same figures, and where they come from."""
    return Details(
        spec,
        limits={"context": FALLBACK["limit_context"], "output": FALLBACK["limit_output"]},
        cost={"input": FALLBACK["cost_input"], "output": FALLBACK["cost_output"]},
        modes={},
        regions={},
        hours={},
        dated_prices=None,
        capabilities=dict.fromkeys(CAPABILITIES, True),
        serving={},
        links=None,
        weights=None,
        benchmarks=None,
        notes=None,
        task_complexity_score={},
        metadata={},
        extra={},
        provenance={"*": TAG},
    )


def is_fallback(model: Model) -> bool:
    """Whether a model is one of these, and not the catalogue's."""
    return TAG in model.tags
