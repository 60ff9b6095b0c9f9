"""What a catalogue shows of its file: filters may narrow it, and time travel moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcat.storage.models import Reader
from llmcat.storage.open_file import OpenFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmcat.storage.views.filters import Filters, Globs


class View:
    """The present of a file; llmcat.history.as_of.PastView is its past.

    `at` is the instant that is shown (None: the present), `filters` say which models are, `prefer`
    orders the providers for select(); None: as the build has it.
    """

    __slots__ = ("at", "filters", "prefer")

    def __init__(
        self,
        at: str | None = None,
        filters: Filters | None = None,
        prefer: tuple[str, ...] | None = None,
    ) -> None:
        self.at, self.filters, self.prefer = at, filters, prefer

    def through(self, filters: Filters | None) -> View:
        """The same through other filters."""
        return type(self)(self.at, filters, self.prefer)

    def reader(self, file: OpenFile) -> Reader:
        """The reader of what is shown of a file. Raises CatalogError where the filters leave nothing."""
        if self.filters is None:
            return Reader(file, self)
        from llmcat.storage.views.filters import filtered_reader

        return filtered_reader(file, self, self.filters)


def make_view(allow: Globs | None, deny: Globs | None, prefer: str | Iterable[str] | None) -> View:
    """The present, with the filters and the order that a caller gives. Raises OptionError."""
    if allow is None and deny is None and prefer is None:
        return View()
    from llmcat.arguments import names
    from llmcat.storage.views.filters import read_filters

    filters = read_filters(allow, deny)
    return View(None, filters, None if prefer is None else tuple(names("prefer", prefer)))
