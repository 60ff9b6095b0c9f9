"""Kinds of source from plug-ins: whatever one raises or gives is one line that names it, no traceback."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import EntryPoint
from typing import Any

from llmcat.errors import LlmcatError, RecipeError, SourceError
from llmcat.pipeline.entries import BadRecord, Document, Entry, Moment, Reject, Step

MAY_PASS = (LlmcatError, BadRecord, OSError)
"""What a plug-in raises on purpose; who called it knows what to do with it."""


def guarded(plugin: EntryPoint) -> Any:
    """The source of a plug-in. Raises RecipeError when it cannot be loaded, whatever the reason."""
    try:
        made = plugin.load()()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is not our code
        reason = (
            f"cannot be loaded from {plugin.value} ({_shown(error)}); install its package again"
        )
        raise RecipeError(f"source kind {plugin.name!r}", reason) from None
    return guard(plugin.name, made)


def guard(name: str, made: Any) -> Any:
    """The source `made`, an object with the protocol, so that whatever it does names it in one line."""
    kind = PluginSeries if hasattr(made, "steps") else PluginSource
    return kind(name, made)


class PluginSource:
    """A source of a plug-in, for one build."""

    def __init__(self, name: str, made: Any) -> None:
        self._name = name
        self._made = made
        self.canonical_ids = bool(getattr(made, "canonical_ids", False))
        self.role = getattr(made, "role", None)
        self.family = getattr(made, "family", None)
        self.authoritative = frozenset(getattr(made, "authoritative", ()))

    def read(self, location: Any) -> Iterator[Document | Reject]:
        """What the plug-in reads."""
        yield from self._each(lambda: self._made.read(location), (Document, Reject))

    def translate(self, document: Document) -> Iterator[Entry | Reject]:
        """What the plug-in makes of a document."""
        yield from self._each(lambda: self._made.translate(document), (Entry, Reject))

    def _each(self, call: Callable[[], Iterable[Any]], wanted: tuple[type, ...]) -> Iterator[Any]:
        items = self._call(lambda: iter(call()))
        end = object()
        while (item := self._call(lambda: next(items, end))) is not end:
            if not isinstance(item, wanted):
                names = " or ".join(kind.__name__ for kind in wanted)
                raise self._fault(f"gave a {type(item).__name__} where {names} is wanted")
            yield item

    def _call(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except MAY_PASS:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it is not our code
            raise self._fault(f"failed ({_shown(error)}); tell whoever wrote it") from None

    def _fault(self, reason: str) -> SourceError:
        return SourceError(f"source kind {self._name!r}", f"the plug-in {reason}")


class PluginSeries(PluginSource):
    """One that also knows its earlier versions."""

    def steps(self, location: Any, after: Moment | None, count: Any) -> Iterator[Step]:
        """What changed, oldest first."""
        yield from self._each(lambda: self._made.steps(location, after, count), (Step,))


def _shown(error: BaseException) -> str:
    """The error in one line."""
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words:.200}" if words else type(error).__name__
