"""The rest: what there is beside the records that are built, as far as it bears on what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from llmcat.pipeline.derived.quality import quality_tiers
from llmcat.pipeline.entries import Facts, ModelKey, Records


class Rest:
    """Nothing: a build of a whole catalogue. For a part of one see patch/rest_of_catalog.py."""

    def __len__(self) -> int:
        """How many models there are beside."""
        return 0

    def beside(self, records: Records) -> Records:
        """The records with the others that share a name, a base model or a lab with them."""
        return records

    def tiers(self, models: Mapping[ModelKey, Facts]) -> Mapping[ModelKey, str]:
        """The quality tiers of models, measured against all there are."""
        return quality_tiers(models)

    def served(self, provider: str) -> Iterable[Facts]:
        """What decides on the defaults of a provider, of each other model that it serves."""
        return ()

    def offers(self, name: tuple[str, str]) -> int:
        """How many others serve the model of this name, the first that names_of() gives."""
        return 0


NO_REST = Rest()
