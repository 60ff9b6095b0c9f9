"""What people write on the command line: 200k, <1, 30d, several names with commas; and its completion."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from llmcat.arguments import token_count
from llmcat.cli.shell import Text
from llmcat.errors import LlmcatError
from llmcat.instants import utc_text

if TYPE_CHECKING:
    from decimal import Decimal

    from click.shell_completion import CompletionItem

    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # a generic class from click 8.3 on

COMPLETED = 200
"""So many names a shell is offered at most."""

AGO = r"(\d{1,5}) ?(h|d|w|y|hours?|days?|weeks?|years?)(?: ago)?"
DAYS_AGO = {"today": 0, "yesterday": 1}
HOURS = {"h": 1, "d": 24, "w": 7 * 24, "y": 365 * 24}

BOUND = r"(<=|>=|<|>|)\s*([^<>=]+)"
"""Patterns that few commands need are compiled where they are."""


class Tokens(ParamType):
    """200000, 200_000, 200k or 1M."""

    name = "tokens"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The whole number; what is none is refused, never read in part."""
        count = token_count(value)
        if not isinstance(count, int):
            self.fail(f"{value!r} is no number of tokens, such as 200000, 200k or 1M", param, ctx)
        return count


class Number(ParamType):
    """A number as it is written; whether it must be whole, cost() says."""

    name = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """The number, exactly."""
        from decimal import Decimal, InvalidOperation

        try:
            return Decimal(value)
        except (InvalidOperation, TypeError):
            self.fail(f"{value!r} is no number", param, ctx)


class Range(NamedTuple):
    """From `least` to `most`, both included; None: no bound on that side."""

    least: float | None
    most: float | None


class PriceRange(ParamType):
    """3, <3, >=0.5 or 0.5..3 in USD; a price alone is the most."""

    name = "price"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Range:
        """The prices from the least to the most."""
        if isinstance(value, Range):
            return value
        found = _range(value.replace("$", ""), float)
        if found is None or any(end is not None and not 0 <= end < math.inf for end in found):
            self.fail(f"{value!r} is no price, such as 3, '<3' or 0.5..3", param, ctx)
        return found


class TokenRange(ParamType):
    """200k, <32k, >=1M or 8k..32k; a number alone is the least."""

    name = "tokens"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Range:
        """The counts from the least to the most."""
        if isinstance(value, Range):
            return value
        found = _range(value, _whole, alone=">=")
        if found is None:
            self.fail(f"{value!r} is no number of tokens, such as 200k, '<32k'", param, ctx)
        return found


def _range(text: str, read: Any, alone: str = "<=") -> Range | None:
    """The range that a text names; a number without a sign is bounded as `alone` says."""
    first, dots, last = text.partition("..")
    try:
        if dots:
            return Range(read(first), read(last))
        parts = re.fullmatch(BOUND, text.strip())
        number = read(parts[2]) if parts else None
    except ValueError:
        return None
    if parts is None or number is None:
        return None
    sign = parts[1] or alone
    whole = isinstance(number, int)
    if sign.startswith("<"):
        below = number - 1 if whole else math.nextafter(number, -math.inf)
        return Range(None, number if sign == "<=" else below)
    above = number + 1 if whole else math.nextafter(number, math.inf)
    return Range(number if sign == ">=" else above, None)


def _whole(text: str) -> int:
    count = token_count(text.strip())
    if not isinstance(count, int) or count < 0:
        raise ValueError(text)
    return count


class Instant(ParamType):
    """A day or an instant, or how long ago that was: 30d, 2w, 12h, 1y, yesterday, today."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text as it is, where it is no length of time; what it must be the catalogue says."""
        now = datetime.now(timezone.utc)
        if (days := DAYS_AGO.get(str(value).strip().lower())) is not None:
            return f"{now - timedelta(days=days):%Y-%m-%d}"
        parts = re.fullmatch(AGO, str(value).strip(), re.ASCII)
        if parts is None:
            return str(value)
        ago = timedelta(hours=int(parts[1]) * HOURS[parts[2][0]])
        try:
            return utc_text(now - ago)
        except OverflowError:
            self.fail(f"{value!r} is before all time", param, ctx)


class Named(Text):
    """A text of which a shell can complete the known ones, read from the catalogue."""

    def __init__(self, query: str) -> None:
        self._query = query

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The names that begin so, or that have a part which does."""
        *before, last = incomplete.split(",") if param.multiple else [incomplete]
        start = "".join(f"{name}," for name in before)
        try:
            names = self.known(ctx.params.get("db"), last)
        except LlmcatError:  # a shell that completes shows no errors
            return []
        return completions(start, names)

    def known(self, database: str | None, start: str) -> Iterable[str]:
        """The names that begin with `start`."""
        from llmcat.catalog import Catalog

        like = start.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        with Catalog(database) as catalog:
            rows = catalog.sql(self._query, {"start": like, "most": COMPLETED})
            return [name for row in rows for name in row.values()]


class OneOf(Text):
    """A text of which a shell can complete the known ones, which are always the same."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The names that begin so."""
        *before, last = incomplete.split(",") if param.multiple else [incomplete]
        start = "".join(f"{name}," for name in before)
        return completions(start, (name for name in self.names if name.startswith(last)))


def completions(start: str, names: Iterable[str]) -> list[CompletionItem]:
    """The names behind what stands before them, for a shell."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(start + name) for name in names]


TOKENS = Tokens()
NUMBER = Number()
TOKEN_RANGE = TokenRange()
PRICE_RANGE = PriceRange()
INSTANT = Instant()
SPEC = Named(
    r"SELECT spec FROM models WHERE spec LIKE :start || '%' ESCAPE '\'"
    r" OR id LIKE :start || '%' ESCAPE '\' ORDER BY first_party IS NOT 1, spec LIMIT :most"
)
PROVIDER = Named(r"SELECT id FROM providers WHERE id LIKE :start || '%' ESCAPE '\' LIMIT :most")
