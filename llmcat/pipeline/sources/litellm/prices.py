"""The prices of one entry of LiteLLM's map, in llmcat's meters.

A price key is a base and suffixes: `cache_creation_input_token_cost` + `_above_1hr` +
`_above_272k_tokens` + `_priority` is the price of writing the cache for an hour, in the tier above
272,000 tokens, in mode priority. Prices per token become USD per 1M tokens through the decimal text of
the number, so that 1.25e-07 is 0.125.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

MILLION = Decimal(1_000_000)
ONE = Decimal(1)

BASES: dict[str, tuple[str, Decimal]] = {
    # by the token, to USD per 1M tokens
    "input_cost_per_token": ("input", MILLION),
    "output_cost_per_token": ("output", MILLION),
    "cache_read_input_token_cost": ("cache_read", MILLION),
    "input_cost_per_token_cache_hit": ("cache_read", MILLION),
    "cache_creation_input_token_cost": ("cache_write", MILLION),
    "output_cost_per_reasoning_token": ("reasoning", MILLION),
    "input_cost_per_audio_token": ("input_audio", MILLION),
    "output_cost_per_audio_token": ("output_audio", MILLION),
    "cache_read_input_audio_token_cost": ("cache_read_audio", MILLION),
    "cache_creation_input_audio_token_cost": ("cache_write_audio", MILLION),
    "input_cost_per_image_token": ("input_image", MILLION),
    "output_cost_per_image_token": ("output_image", MILLION),
    "cache_read_input_image_token_cost": ("cache_read_image", MILLION),
    "input_cost_per_video_token": ("input_video", MILLION),
    "output_cost_per_video_token": ("output_video", MILLION),
    "citation_cost_per_token": ("citation", MILLION),
    "explicit_cache_read_input_token_cost": ("cache_read_explicit", MILLION),
    # by the piece
    "output_cost_per_image": ("image", ONE),
    "input_cost_per_image": ("image_input", ONE),
    "output_cost_per_second": ("second", ONE),
    "output_cost_per_video_per_second": ("second", ONE),
    "cost_per_second": ("second", ONE),
    "input_cost_per_second": ("second_input", ONE),
    "input_cost_per_audio_per_second": ("second_input", ONE),
    "input_cost_per_video_per_second": ("second_input_video", ONE),
    "input_cost_per_character": ("character", ONE),
    "output_cost_per_character": ("character_output", ONE),
    "input_cost_per_pixel": ("pixel_input", ONE),
    "output_cost_per_pixel": ("pixel", ONE),
    "input_cost_per_query": ("query", ONE),
    "input_cost_per_request": ("request", ONE),
    "input_cost_per_text_message": ("request", ONE),
    "ocr_cost_per_page": ("page", ONE),
    "annotation_cost_per_page": ("page_annotation", ONE),
    "code_interpreter_cost_per_session": ("session", ONE),
    "google_maps_grounding_cost_per_query": ("maps_search", ONE),
    "file_search_cost_per_1k_calls": ("file_search", ONE / 1000),
    "file_search_cost_per_gb_per_day": ("gb_day", ONE),
    "vector_store_cost_per_gb_per_day": ("gb_day", ONE),
}
"""Key without suffixes -> meter, and how many of LiteLLM's unit llmcat's price buys."""

MODES = {"batches": "batch"}
SERVICE_TIERS = ("batches", "priority", "flex", "ultrafast", "balanced", "decisions")
SUFFIXES = re.compile(
    r"_above_(?P<tokens>\d+)k_tokens|_above_(?P<hours>\d+)hr|_(?P<mode>"
    + "|".join(SERVICE_TIERS)
    + r")$|_(?P<size>\d+(?:\.\d+)?[kK]|\d+p|\d{3,4})(?=_|$)"
    + r"|_above_(?P<seconds>\d+)s_interval"
)
PIXELS = re.compile(r"(\d+)_x_(\d+)")
SEARCH_SIZE = "search_context_size_"
UPLIFTS = {
    "regional_processing_uplift_multiplier_eu": "eu",
    "regional_processing_uplift_multiplier_us": "us",
    "regional_endpoint_uplift_multiplier": "regional",
    "fedramp_uplift_multiplier": "fedramp",
}
"""Multiplier -> the region whose token prices it gives."""

TOKEN_METERS = {meter for meter, scale in BASES.values() if scale == MILLION} | {"cache_write_1h"}

WITHOUT_OUTPUT = {"embedding", "rerank", "moderation", "audio_transcription", "ocr", "search"}
"""Modes whose output costs 0 because there is none that is charged for."""

NO_CALL = re.compile(r"_dbu_cost_per_token$|^computer_use_(input|output)_cost_per_1k_tokens$")
"""Prices in another currency than USD, or of a tool that no meter counts: they stay in extra."""

TOKENS_ALONE = {"input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning"}
"""Meters beside which a 0 for input or output is a price; beside others it means "not by the token"."""

ONE_SIDED = (("second", "second_input"), ("pixel", "pixel_input"), ("image", "image_input"))
"""Meter -> the same of the other side: where one side alone has a price, it is the model's."""

DEAREST_EMBEDDING = 10.0
"""USD per 1M tokens: fifty times what any provider charges for embeddings. What is above was written per
1,000 tokens."""

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class PriceKey(NamedTuple):
    """What a price key says: the meter with its size, where in the table it stands, and its scale."""

    meter: str
    scale: Decimal
    mode: str = ""
    min_context: int = 0


@functools.cache
def price_key(key: str) -> PriceKey | None:
    """The reading of a key; None where it is no price that has a meter."""
    base, mode, size, min_context, hours = key, "", "", 0, ""
    while match := SUFFIXES.search(base):
        if base in BASES:  # input_cost_per_video_per_second has no suffix
            break
        base = base[: match.start()] + base[match.end() :]
        if match["tokens"]:
            min_context = int(match["tokens"]) * 1000
        elif match["hours"]:
            hours = match["hours"]
        elif match["mode"]:
            mode = MODES.get(match["mode"], match["mode"])
        elif match["size"]:
            size = f"_{match['size'].lower()}"
        else:
            size = f"_over_{match['seconds']}s"
    if base not in BASES:
        return None
    meter, scale = BASES[base]
    if hours:
        meter = f"{meter}_{hours}h"
    return PriceKey(meter + size, scale, mode, min_context)


def scaled(value: Any, scale: Decimal) -> float | None:
    """A price in llmcat's unit; None for what is no price."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(Decimal(repr(value)) * scale)


class Tables:
    """The price tables of an entry while they are filled: (mode, min_context) -> meter -> price."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, int], dict[str, float]] = {}

    def put(self, key: PriceKey, price: float) -> bool:
        """Take a price in. The first that names a meter stays: whether this one is there now."""
        table = self.held.setdefault((key.mode, key.min_context), {})
        return table.setdefault(key.meter, price) == price

    def each_price(self, change: Callable[[str, float], tuple[str, float]]) -> Tables:
        """The same tables with every meter and price changed."""
        other = Tables()
        other.held = {
            place: dict(change(meter, price) for meter, price in table.items())
            for place, table in self.held.items()
        }
        return other

    def facts(self) -> dict[str, Any]:
        """`cost` with its tiers, and `modes`, each with its own."""
        costs: dict[str, dict[str, Any]] = {}
        for (mode, min_context), table in sorted(self.held.items()):
            cost = costs.setdefault(mode, {})
            if min_context and table:
                cost.setdefault("tiers", []).append({"min_context": min_context, **table})
            else:
                cost.update(table)
        facts: dict[str, Any] = {"cost": cost} if (cost := costs.pop("", {})) else {}
        if costs:
            facts["modes"] = {mode: {"cost": cost} for mode, cost in costs.items()}
        return facts


def price_facts(entry: dict[str, Any], size: str) -> dict[str, Any]:
    """Take the price keys out of `entry` and give cost, modes, regions and hours.

    `size` is the suffix that image meters take, for an entry that speaks of one size alone.
    """
    tables, read = Tables(), dict[str, PriceKey]()
    for key in [key for key in entry if not NO_CALL.search(key)]:
        reading = price_key(key)
        price = None if reading is None else scaled(entry[key], reading.scale)
        if reading and price is not None:
            reading = _meant(reading, price, entry)
        if reading and price is not None and tables.put(reading, price):
            read[key] = reading
    _search(entry, tables)
    _ranges(entry, tables)
    dropped = _without_fillers(entry.get("mode"), tables)
    for key, reading in read.items():  # what stands for nothing stays, with all that has no place
        if (reading.mode, reading.min_context, reading.meter) not in dropped:
            del entry[key]
    if size:
        tables = tables.each_price(lambda meter, price: _of_size(meter, price, size))
    facts = tables.facts()
    if regions := _uplifts(entry, tables):
        facts["regions"] = regions
    if hours := _off_peak(entry):
        facts["hours"] = hours
    return facts


def _meant(reading: PriceKey, price: float, entry: Mapping[str, Any]) -> PriceKey | None:
    """The reading of a key in its entry; None where it cannot mean what it says, and so stays in extra."""
    made = entry.get("supported_output_modalities")
    if reading.meter == "image" and isinstance(made, list) and "image" not in made:
        is_song = made == ["audio"]
        return reading._replace(meter="request") if is_song else None
    is_embedding = entry.get("mode") in ("embedding", "rerank") and reading.meter == "input"
    return None if is_embedding and price > DEAREST_EMBEDDING else reading


def _of_size(meter: str, price: float, size: str) -> tuple[str, float]:
    """The meter of images of one size; a price by the pixel is then one by the image."""
    if meter == "pixel" and (pixels := PIXELS.search(size)):
        count = int(pixels[1]) * int(pixels[2])
        return f"image_{size}", float(f"{price * count:.4g}")
    return (f"{meter}_{size}" if meter.startswith("image") else meter), price


def _search(entry: dict[str, Any], tables: Tables) -> None:
    """A web search costs by the size of the context that it brings; one price where all are equal."""
    sizes = entry.get("search_context_cost_per_query")
    if not isinstance(sizes, dict) or not sizes:
        return
    prices = {name.removeprefix(SEARCH_SIZE): scaled(value, ONE) for name, value in sizes.items()}
    if any(price is None for price in prices.values()):
        return
    del entry["search_context_cost_per_query"]
    usual = prices.get("medium", next(iter(prices.values())))
    tables.put(PriceKey("web_search", ONE), usual or 0.0)
    for name, price in prices.items():
        if price is not None and price != usual:
            tables.put(PriceKey(f"web_search_{name}", ONE), price)


def _ranges(entry: dict[str, Any], tables: Tables) -> None:
    """`tiered_pricing`: a list of tables, each from a number of tokens on."""
    tiers = entry.get("tiered_pricing")
    if not isinstance(tiers, list):
        return
    rest = []
    for tier in tiers:
        begin = tier.get("range", [None])[0] if isinstance(tier, Mapping) else None
        if not isinstance(begin, (int, float)):
            rest.append(tier)
            continue
        for key, value in tier.items():
            reading, price = price_key(key), None
            if reading and (price := scaled(value, reading.scale)) is not None:
                tables.put(reading._replace(min_context=int(begin)), price)
    if rest:
        entry["tiered_pricing"] = rest
    else:
        del entry["tiered_pricing"]


def _without_fillers(task: Any, tables: Tables) -> set[tuple[str, int, str]]:
    """Take out the zeros that stand for "does not apply", and prices of a side that is the only one.
    Gives what was taken out: mode, context tier and meter."""
    dropped: set[tuple[str, int, str]] = set()
    if not any(price for table in tables.held.values() for price in table.values()):
        # 0 for everything: nobody knows, or a subscription pays
        dropped.update((*place, meter) for place, table in tables.held.items() for meter in table)
        tables.held.clear()
        return dropped
    for place, table in tables.held.items():
        by_piece = any(price and meter not in TOKENS_ALONE for meter, price in table.items())
        for meter in [meter for meter, price in table.items() if price == 0]:
            no_output = meter == "output" and task in WITHOUT_OUTPUT
            if no_output or by_piece or meter not in ("input", "output"):
                del table[meter]
                dropped.add((*place, meter))
        for meter, other in ONE_SIDED:
            if meter not in table and other in table:
                table[meter] = table.pop(other)
            elif table.get(meter) == table.get(other):
                table.pop(other, None)  # said of both sides, and paid once
    return dropped


def _uplifts(entry: dict[str, Any], tables: Tables) -> dict[str, Any]:
    """Multipliers as regional prices."""
    regions: dict[str, Any] = {}
    for key, region in UPLIFTS.items():
        if (factor := scaled(entry.get(key), ONE)) is not None:
            del entry[key]
            regions[region] = _multiplied(tables, factor)
    specific = entry.get("provider_specific_entry")
    if isinstance(specific, dict) and (factor := scaled(specific.get("us"), ONE)):
        regions["us"] = _multiplied(tables, factor)
        entry["provider_specific_entry"] = {k: v for k, v in specific.items() if k != "us"}
        if not entry["provider_specific_entry"]:
            del entry["provider_specific_entry"]
    return {region: facts for region, facts in regions.items() if facts}


def _multiplied(tables: Tables, factor: float) -> dict[str, Any]:
    times = Decimal(repr(factor))
    tokens = Tables()
    tokens.held = {
        place: {meter: price for meter, price in table.items() if meter in TOKEN_METERS}
        for place, table in tables.held.items()
    }
    return tokens.each_price(lambda m, p: (m, float(Decimal(repr(p)) * times))).facts()


def _off_peak(entry: dict[str, Any]) -> dict[str, Any]:
    """`off_peak_pricing`: prices by the hours of the week, in UTC."""
    cheaper = entry.get("off_peak_pricing")
    windows = cheaper.get("windows") if isinstance(cheaper, dict) else None
    if not isinstance(cheaper, dict) or not isinstance(windows, list):
        return {}
    cost: dict[str, float] = {}
    rest = {key: value for key, value in cheaper.items() if key != "windows"}
    for key, value in cheaper.items():
        reading = price_key(key)
        if reading and (price := scaled(value, reading.scale)) is not None:
            cost[reading.meter] = price
            del rest[key]
    spans = [span for window in windows for span in _spans(window)]
    if not cost or not spans:
        return {}
    del entry["off_peak_pricing"]
    if rest:
        entry["off_peak_pricing"] = rest
    return {", ".join(spans): {"cost": cost}}


def _spans(window: Any) -> list[str]:
    """A window as text such as `Mon-Fri 00:00-01:00`."""
    hours = window.get("hours_utc") if isinstance(window, dict) else None
    days = window.get("weekdays") if isinstance(window, dict) else None
    if isinstance(hours, str):
        hours = [hours]
    if not isinstance(hours, list) or not isinstance(days, list) or not days:
        return []
    if not all(isinstance(day, int) and 1 <= day <= len(WEEKDAYS) for day in days):
        return []
    names = [WEEKDAYS[day - 1] for day in sorted(days)]
    whole = len(names) > 1 and sorted(days) == list(range(min(days), max(days) + 1))
    shown = f"{names[0]}-{names[-1]}" if whole else ",".join(names)
    return [f"{shown} {span.replace('-00:00', '-24:00')}" for span in hours]
