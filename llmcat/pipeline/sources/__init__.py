"""The kinds of source, one file each, and the protocol that a plug-in of yours implements.

A kind is an object with two methods. `read` opens what is at a location and yields parsed documents;
`translate` turns a document into entries, in llmcat's own words but as sparse as the document is.
Fetching from the network is neither: see llmcat/network/pull.py. A kind that knows its past has a third method,
`steps`: see SeriesKind.

A package adds a kind through an entry point:

    [project.entry-points."llmcat.sources"]
    gateway = "my_package:GatewaySource"

after which `llmcat build --source gateway=PATH` and `kind = "gateway"` in a recipe work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, Protocol, runtime_checkable

from llmcat.errors import RecipeError
from llmcat.pipeline.entries import Document, Entry, Moment, Reject, Step

BUILT_IN = {
    "models.dev": "llmcat.pipeline.sources.models_dev.api_json:ModelsDev",
    "models.dev-labs": "llmcat.pipeline.sources.models_dev.models_json:ModelsJson",
    "yaml": "llmcat.pipeline.sources.overlays.yaml:Yaml",
    "toml": "llmcat.pipeline.sources.overlays.toml:Toml",
    "catalog": "llmcat.pipeline.sources.catalog_file:CatalogFile",
    "mapping": "llmcat.pipeline.sources.overlays.mapping:MappingSource",
    "litellm": "llmcat.pipeline.sources.litellm.map:LiteLLM",
    "genai-prices": "llmcat.pipeline.sources.genai_prices.data:GenaiPrices",
    "openrouter": "llmcat.pipeline.sources.gateway:OpenRouter",
    "vercel-gateway": "llmcat.pipeline.sources.gateway:VercelGateway",
    "huggingface-router": "llmcat.pipeline.sources.gateway:HuggingFaceRouter",
    "gguf": "llmcat.pipeline.sources.gguf.folder:Gguf",
    "discovered": "llmcat.pipeline.sources.discovered.kept_answer:Discovered",
}
"""Imported only when used: nobody pays for YAML who has none."""


class SourceKind(Protocol):
    """What a kind of source does. It is made anew for each source, without arguments.

    A kind whose provider ids are those of models.dev says so with `canonical_ids = True`; the recipe's
    provider aliases do not apply to it.
    """

    def read(self, location: Any) -> Iterable[Document | Reject]:
        """Open and parse what is at `location` (a pathlib.Path, but for mapping).

        Yields a Document a file, lowest precedence first, and a Reject for a file that cannot be
        read while its neighbours can. Raises SourceError when nothing can be read.
        """

    def translate(self, document: Document) -> Iterable[Entry | Reject]:
        """The entries of one document: sparse facts in the shapes of llmcat/pipeline/facts.py.

        Ids, names, modalities and capabilities may still be spelled as the source spells them.
        What has no place in those shapes goes to `extra`: nothing is dropped.
        """


Count = Callable[[int, int], None]


@runtime_checkable
class SeriesKind(SourceKind, Protocol):
    """A kind that also knows its earlier versions. Where it says `own = True`, what is gone from it is
    gone: it is the user's to mend."""

    def steps(self, location: Any, after: Moment | None, count: Count) -> Iterable[Step]:
        """What changed, instant by instant and oldest first; the last is what it says now.

        `after` is the instant recorded last: the first step is then the whole version of that instant,
        marked as known, and only later ones follow. `count` is told how many of how many are done.
        Nothing where this location has no past: then it is read and translated.
        """


def source_kind(kind: str) -> SourceKind:
    """A new source of this kind, built in or from a plug-in.

    Raises RecipeError when there is no such kind, or its package is broken.
    """
    if target := BUILT_IN.get(kind):
        module, _, name = target.partition(":")
        made: SourceKind = getattr(import_module(module), name)()
        return made
    from importlib.metadata import entry_points

    plugins = entry_points(group="llmcat.sources")
    for plugin in plugins:
        if plugin.name == kind:
            from llmcat.pipeline.sources.plugins import guarded

            loaded: SourceKind = guarded(plugin)
            return loaded
    known = ", ".join([*BUILT_IN, *sorted({plugin.name for plugin in plugins})])
    raise RecipeError(f"source kind {kind!r}", f"is unknown; there are {known}")
