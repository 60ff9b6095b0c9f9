"""The lowest source of the layer: what is assumed of local models of which no other source knows more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from llmcat.lookup.fallback import CAPABILITIES, FALLBACK, TAG
from llmcat.pipeline.entries import Document, Entry, Role


class Fallback:
    """The documented fallback of local models, below every fact: `fallback` is the source of each value
    that stands, and the tag of those whose context window is not known."""

    role: Role = "base"
    kind = "fallback"

    def __init__(
        self, specs: set[str], without_context: set[str], providers: Mapping[str, str]
    ) -> None:
        self._specs, self._without, self._providers = specs, without_context, providers

    def read(self, location: Any) -> Iterator[Document]:
        """Nothing is read."""
        yield Document("fallback", None, "")

    def translate(self, document: Document) -> Iterator[Entry]:
        """An entry for each local provider and each local model."""
        for id_, endpoint in sorted(self._providers.items()):
            facts = {"id": id_, "local": True, "api": f"{endpoint}/v1"}
            yield Entry("provider", f"fallback: {id_}", facts, None)
        for spec in sorted(self._specs):
            provider, _, id_ = spec.partition(":")
            facts = {
                "provider": provider,
                "id": id_,
                "cost": {"input": FALLBACK["cost_input"], "output": FALLBACK["cost_output"]},
            }
            if spec in self._without:
                facts["tags"] = [TAG]
                facts["limit"] = {
                    "context": FALLBACK["limit_context"],
                    "output": FALLBACK["limit_output"],
                }
                facts["capabilities"] = {name: {"supported": True} for name in CAPABILITIES}
            yield Entry("model", f"fallback: {spec}", facts, None)
