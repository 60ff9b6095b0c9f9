"""What a page is asked."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from llmcat.arguments import token_count
from llmcat.datasette_plugin.links import Links
from llmcat.errors import OptionError

MOST_TOKENS = 10**12
POWER = re.compile(r"\d+e\d{1,2}", re.ASCII)


class PageRequest(NamedTuple):
    """The rest of the path, the query string, today's day (UTC) and how to link; `own` says that this is
    the user's own site, which may show what is theirs alone; `form` is json or atom, else it is a page."""

    subject: str
    options: Mapping[str, list[str]]
    today: str
    links: Links
    own: bool = False
    form: str | None = None

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

    def tokens(self, name: str) -> int | None:
        """A number of tokens: 200000, 200k, 1M, 2e5; None where it is not given. Raises OptionError."""
        if not (text := self.one(name).replace(",", "")):
            return None
        count = int(float(text)) if POWER.fullmatch(text) else token_count(text)
        if not isinstance(count, int) or not 0 <= count <= MOST_TOKENS:
            raise OptionError(
                f"{name.replace('_', ' ')}: {text!r} is no number of tokens, such as 200000, 200k or 1M"
            )
        return count

    def price(self, name: str) -> float | None:
        """A price in USD: 1, $0.50, <1; None where it is not given. Raises OptionError."""
        if not (text := self.one(name)):
            return None
        try:
            price = float(text.lstrip("<=≤$ ").replace("_", "x"))
        except ValueError:
            price = math.nan
        if not 0 <= price < math.inf:
            raise OptionError(f"{name.replace('_', ' ')}: {text!r} is no price, such as 1 or $0.50")
        return price
