"""The meters: what providers charge for, one row each.

    Meter("cache_read", "cost_cache_read", "input", stand_in="input")

A newcomer adds a meter here. One that is filtered often also gets a column: a field in records.py and
the lines of that column in catalog.db.template; then find() takes min_cost_… and max_cost_… for it.
Everything else reads this table. Other meters are kept too, under the names that sources give them.
"""

# no `from __future__ import annotations`: NamedTuple would compile each annotation, see records.py

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
        min_cost_image: float | None
        max_cost_image: float | None
        min_cost_second: float | None
        max_cost_second: float | None
        min_cost_character: float | None
        max_cost_character: float | None
        min_cost_page: float | None
        max_cost_page: float | None
        min_cost_request: float | None
        max_cost_request: float | None
        min_cost_query: float | None
        max_cost_query: float | None


MILLION = 1_000_000

STANDARD = "standard"
"""The mode whose prices hold where nothing else is agreed; others are batch, flex, priority, …"""


NO_METERS = frozenset({"tiers", "components", "effective_from"})
"""Keys of a cost table that are no meter."""


class _NotCounted(int):
    """0, where a caller counted nothing."""


NOT_COUNTED: int = _NotCounted()
"""The default of a count, to tell a call without any count from one that used nothing."""


class Meter(NamedTuple):
    """What one price is for.

    `column` of `models`, None: the price stands in details and in `prices`. `side`: what is priced is
    part of the input or of the output; None: of neither, such as a fee. A price buys `per` of `unit`;
    unit None: it differs between providers (audio goes by the second or the hour). `stand_in` is the
    meter whose price is taken where this one has none. `counted_as` is the argument of cost() that
    counts it, where that is not `{name}_tokens`.
    """

    name: str
    column: str | None = None
    side: str | None = None
    unit: str | None = "token"
    per: int = MILLION
    stand_in: str | None = None
    counted_as: str | None = None


METERS: tuple[Meter, ...] = (
    Meter("input", "cost_input", "input"),
    Meter("output", "cost_output", "output"),
    Meter("cache_read", "cost_cache_read", "input", stand_in="input"),
    Meter("cache_write", "cost_cache_write", "input", stand_in="input"),
    Meter("cache_write_1h", None, "input", stand_in="cache_write"),
    Meter("reasoning", "cost_reasoning", "output", stand_in="output"),
    Meter("input_audio", "cost_input_audio", "input", stand_in="input"),
    Meter("output_audio", "cost_output_audio", "output", stand_in="output"),
    Meter("cache_read_audio", None, "input", stand_in="cache_read"),
    Meter("input_image", None, "input", stand_in="input"),
    Meter("output_image", None, "output", stand_in="output"),
    Meter("cache_read_image", None, "input", stand_in="cache_read"),
    Meter("input_video", None, "input", stand_in="input"),
    Meter("output_video", None, "output", stand_in="output"),
    # pages that a search model read to answer, billed beside the input
    Meter("citation", None, "input", stand_in="input"),
    Meter("training"),
    # an image made, and one taken in where that has a price of its own
    Meter("image", "cost_image", "output", "image", 1, counted_as="images"),
    Meter("image_input", None, "input", "image", 1, counted_as="input_images"),
    # audio or video, made or taken in; the second row only where both sides have a price
    Meter("second", "cost_second", unit="second", per=1, counted_as="seconds"),
    Meter(
        "second_input", None, "input", "second", 1, stand_in="second", counted_as="input_seconds"
    ),
    Meter("character", "cost_character", "input", "character", 1, counted_as="characters"),
    Meter("character_output", None, "output", "character", 1, counted_as="output_characters"),
    Meter("page", "cost_page", "input", "page", 1, counted_as="pages"),
    Meter("pixel", None, "output", "pixel", 1, counted_as="pixels"),
    Meter("request", "cost_request", unit="request", per=1, counted_as="requests"),
    Meter("query", "cost_query", unit="query", per=1, counted_as="queries"),
    # a session of a code interpreter or another container
    Meter("session", unit="session", per=1, counted_as="sessions"),
    Meter("web_search", unit="search", per=1, counted_as="web_searches"),
    Meter("file_search", unit="search", per=1, counted_as="file_searches"),
    Meter("maps_search", unit="search", per=1, counted_as="maps_searches"),
    Meter("gb_day", unit="gigabyte-day", per=1, counted_as="gb_days"),
    Meter("hour", unit="hour", per=1, counted_as="hours"),
    # what a prompt cache holds, by the hour: 1,000,000 tokens kept for an hour
    Meter("cache_storage", unit="token-hour", counted_as="cache_token_hours"),
    Meter("audio", unit=None, per=1),
    Meter("video", unit=None, per=1),
)
"""Those with a column stand in the order of their columns."""

BY_NAME: dict[str, Meter] = {meter.name: meter for meter in METERS}

COLUMN_METERS: tuple[str, ...] = tuple([meter.name for meter in METERS if meter.column])
"""The meters with a column of their own in `models`, `cost_` before each, in that order."""

UNIT_METERS: dict[str, str | None] = {m.name: m.unit for m in METERS if m.unit != "token"}
"""Meter that is not priced per token -> its unit; None: it differs between providers."""

INPUT_METERS: tuple[str, ...] = tuple(
    [m.name for m in METERS if m.side == "input" and m.unit == "token"]
)
OUTPUT_METERS: tuple[str, ...] = tuple(
    [m.name for m in METERS if m.side == "output" and m.unit == "token"]
)
TOKEN_METERS: tuple[str, ...] = INPUT_METERS + OUTPUT_METERS
"""The meters at which the tokens of a call are billed, each token at one of them."""

STAND_INS: dict[str, str] = {m.name: m.stand_in for m in METERS if m.stand_in}
"""Meter -> the meter whose price is taken where it has none."""


def price_unit(name: str) -> str:
    """What a price of this meter buys, in words: `1M tokens`, `image`; `unit` where that differs."""
    meter = meter_of(name)
    return (meter.unit or "unit") if meter.per == 1 else f"1M {meter.unit}s"


def cost_table(mode: str, region: str | None, hours: str | None) -> tuple[str, ...]:
    """Where the prices of a way to be served stand in the facts and details of a model:
    `("regions", "eu", "modes", "batch", "cost")`."""
    where = ("regions", region) if region else ("hours", hours) if hours else ()
    return (*where, *(() if mode == STANDARD else ("modes", mode)), "cost")


def meter_of(name: str) -> Meter:
    """The meter of this name. A size class is a suffix: `image_1k` has the unit and the side of
    `image`, `web_search_high` those of `web_search`. A name that begins with no known meter of
    another unit is a token meter of no side."""
    if name in BY_NAME:
        return BY_NAME[name]
    base, _, _ = name.rpartition("_")
    while base:
        if base in UNIT_METERS:
            return BY_NAME[base]._replace(name=name, column=None, stand_in=None, counted_as=None)
        base, _, _ = base.rpartition("_")
    return Meter(name)
