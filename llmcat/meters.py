"""The meters: what providers charge for, one row each.

    Meter("cache_read", "cost_cache_read", "input", stand_in="input")

A newcomer adds a meter here. One that is filtered often also gets a column: a field in records.py and
the lines of that column in catalog.db.template; then find() takes min_cost_… and max_cost_… for it.
Everything else reads this table. Other meters are kept too, under the names that sources give them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import TypedDict

    class PriceBounds(TypedDict, total=False):
        """The options of find() that follow from the meters with a column; a test compares the two."""

        min_cost_input: float | None
        max_cost_input: float | None
        min_cost_output: float | None
        max_cost_output: float | None
        min_cost_cache_read: float | None
        max_cost_cache_read: float | None
        min_cost_cache_write: float | None
        max_cost_cache_write: float | None
        min_cost_reasoning: float | None
        max_cost_reasoning: float | None
        min_cost_input_audio: float | None
        max_cost_input_audio: float | None
        min_cost_output_audio: float | None
        max_cost_output_audio: float | None


MILLION = 1_000_000

STANDARD = "standard"
"""The mode whose prices hold where nothing else is agreed; others are batch, flex, priority, …"""


class Meter(NamedTuple):
    """What one price is for.

    `column` of `models`, None: the price stands in details and, per token, in `prices`. `side`: its
    tokens are part of the input or of the output count; None: it is no part of them. A price buys
    `per` of `unit`; unit None: it differs between providers (audio goes by the second or the hour).
    `stand_in` is the meter whose price is taken where this one has none.
    """

    name: str
    column: str | None = None
    side: str | None = None
    unit: str | None = "token"
    per: int = MILLION
    stand_in: str | None = None


METERS: tuple[Meter, ...] = (
    Meter("input", "cost_input", "input"),
    Meter("output", "cost_output", "output"),
    Meter("cache_read", "cost_cache_read", "input", stand_in="input"),
    Meter("cache_write", "cost_cache_write", "input", stand_in="input"),
    Meter("cache_write_1h", None, "input", stand_in="cache_write"),
    Meter("reasoning", "cost_reasoning", "output", stand_in="output"),
    Meter("input_audio", "cost_input_audio", "input", stand_in="input"),
    Meter("output_audio", "cost_output_audio", "output", stand_in="output"),
    Meter("training"),
    Meter("image", unit="image", per=1),
    Meter("audio", unit=None, per=1),
    Meter("video", unit=None, per=1),
    Meter("request", unit="request", per=1),
)
"""Those with a column stand in the order of their columns."""

COLUMN_METERS: tuple[str, ...] = tuple([meter.name for meter in METERS if meter.column])
"""The meters with a column of their own in `models`, `cost_` before each, in that order."""

UNIT_METERS: dict[str, str | None] = {m.name: m.unit for m in METERS if m.unit != "token"}
"""Meter that is not priced per token -> its unit; None: it differs between providers."""

INPUT_METERS: tuple[str, ...] = tuple([m.name for m in METERS if m.side == "input"])
OUTPUT_METERS: tuple[str, ...] = tuple([m.name for m in METERS if m.side == "output"])
TOKEN_METERS: tuple[str, ...] = INPUT_METERS + OUTPUT_METERS
"""The meters at which the tokens of a call are billed, each token at one of them."""

STAND_INS: dict[str, str] = {m.name: m.stand_in for m in METERS if m.stand_in}
"""Meter -> the meter whose price is taken where it has none."""
