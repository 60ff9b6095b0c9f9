"""What a page is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from llmcat.datasette_plugin.links import Links


class PageRequest(NamedTuple):
    """The rest of the path, the query string, today's day (UTC) and how to link; `own` says that this is
    the user's own site, which may show what is theirs alone."""

    subject: str
    options: Mapping[str, list[str]]
    today: str
    links: Links
    own: bool = False

    def one(self, name: str, default: str = "") -> str:
        """The first value of an option, `default` where it is absent or empty."""
        return self.options.get(name, [""])[0].strip() or default

    def many(self, name: str) -> list[str]:
        """All values of an option that are not empty, each once."""
        return list(dict.fromkeys(v.strip() for v in self.options.get(name, ()) if v.strip()))

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number (2e5, too) brought within the bounds; `default` for what is none."""
        try:
            return max(least, min(most, int(float(self.one(name)))))
        except (ValueError, OverflowError):
            return default
