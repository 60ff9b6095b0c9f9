"""The prices of one entry of genai-prices, in llmcat's meters.

`prices` is one table, or a list of tables of which the last that holds counts: some from a day on, some
at hours of the day. `price_variants` are the prices of other ways to be served.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any

from llmcat.pipeline.entries import BadRecord, Facts

ONE, KILO, MILLION, HOUR = Decimal(1), Decimal(1000), Decimal(1_000_000), Decimal(3600)

METERS: dict[str, tuple[str, Decimal]] = {
    # by the million tokens, as llmcat's are
    "input_mtok": ("input", ONE),
    "output_mtok": ("output", ONE),
    "cache_read_mtok": ("cache_read", ONE),
    "cache_write_mtok": ("cache_write", ONE),
    "cache_write_5m_mtok": ("cache_write", ONE),
    "cache_write_1h_mtok": ("cache_write_1h", ONE),
    "output_reasoning_mtok": ("reasoning", ONE),
    "input_audio_mtok": ("input_audio", ONE),
    "output_audio_mtok": ("output_audio", ONE),
    "cache_audio_read_mtok": ("cache_read_audio", ONE),
    "input_image_mtok": ("input_image", ONE),
    "output_image_mtok": ("output_image", ONE),
    "cache_image_read_mtok": ("cache_read_image", ONE),
    "input_video_mtok": ("input_video", ONE),
    "output_video_mtok": ("output_video", ONE),
    "output_citation_mtok": ("citation", ONE),
    # by the thousand, the million or the hour, where llmcat's are by the piece or the second
    "requests_kcount": ("request", KILO),
    "input_text_messages_kcount": ("request", KILO),
    "web_searches_kcount": ("web_search", KILO),
    "storage_searches_kcount": ("file_search", KILO),
    "input_document_kpages": ("page", KILO),
    "input_annotated_document_kpages": ("page_annotation", KILO),
    "input_mchars": ("character", MILLION),
    "audio_hours": ("second", HOUR),
    "input_audio_hours": ("second", HOUR),
}
"""Key -> meter, and how many of the meter's unit the price buys."""

VARIANTS = {
    ("processing", "batch"): ("modes", "batch"),
    ("service_tier", "priority"): ("modes", "priority"),
    ("service_tier", "flex"): ("modes", "flex"),
    ("service_tier", "fast"): ("modes", "fast"),
    ("speed", "fast"): ("modes", "fast"),
    ("route", "mistral/eu"): ("regions", "eu"),
    ("search_type", "fast"): ("modes", "search_fast"),
    ("search_type", "web"): ("modes", "search_web"),
}
"""What a variant holds for -> the mode or region whose prices it gives. service_tier "default" is the
standard price, which is listed already."""

SAME_AS_STANDARD = ("service_tier", "default")
DAY = 24 * 60
UTC_TIME = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)(?::\d\d)?(?:Z|\+00:00)$")

Span = tuple[int, int]
"""From which minute of the day until which, in UTC."""


def price_facts(model: Mapping[str, Any], today: str) -> Facts:
    """cost, modes, regions, hours and dated_prices as of the day `today` (YYYY-MM-DD).

    Raises BadRecord for prices of an unknown form.
    """
    rest: Facts = {}
    facts: Facts = _base(model.get("prices"), today, rest)
    for variant in model.get("price_variants") or ():
        _take_variant(variant, today, facts, rest)
    if rest:
        facts["extra"] = {"genai_prices": rest}
    return facts


def _base(prices: Any, today: str, rest: Facts) -> Facts:
    if isinstance(prices, Mapping):
        return {"cost": cost} if (cost := _cost(prices, rest)) else {}
    if not isinstance(prices, list) or not prices:
        raise BadRecord("prices is neither a table nor a list of tables")
    plain: Facts | None = None
    dated: list[tuple[str, Facts]] = []
    timed: dict[Span, tuple[Any, Facts]] = {}
    for listed in prices:
        table, constraint = _object(listed, "prices"), None
        cost = _cost(_object(table.get("prices"), "prices"), rest)
        constraint = table.get("constraint")
        if constraint is None:
            plain = cost
        elif "start_date" in _object(constraint, "constraint"):
            dated.append((_day(constraint["start_date"]), cost))
            # the last that holds counts: hours before it count no more
            if timed and dated[-1][0] <= today:
                rest.setdefault("timed_prices", []).extend(old for old, _ in timed.values())
                timed.clear()
        elif {"start_time", "end_time"} <= constraint.keys():
            span = _span(constraint)
            if span in timed:  # the last that holds counts
                rest.setdefault("timed_prices", []).append(timed[span][0])
            timed[span] = listed, cost
        else:
            raise BadRecord(f"constraint with {', '.join(sorted(constraint))} is unknown")
    by_day = _by_day(plain, sorted(dated, key=itemgetter(0)), today)
    if timed and "cost" not in by_day:
        rest["timed_prices"] = [listed for listed in prices if _is_timed(listed)]
        return by_day
    return {**by_day, **_by_hours(by_day.get("cost"), timed)}


def _by_day(plain: Facts | None, dated: list[tuple[str, Facts]], today: str) -> Facts:
    """The price of today with its day, and those of before and after with theirs."""
    if not dated:
        return {"cost": plain} if plain else {}
    days: list[tuple[str | None, Facts]] = [*([(None, plain)] if plain else []), *dated]
    past, facts = [], Facts()
    for number, (begins, cost) in enumerate(days):
        ends = days[number + 1][0] if number + 1 < len(days) else None
        if (begins is None or begins <= today) and (ends is None or today < ends):
            facts["cost"] = {**cost, "effective_from": begins} if begins else cost
        else:
            past.append(
                {
                    **({"from": begins} if begins else {}),
                    **({"until": ends} if ends else {}),
                    "cost": cost,
                }
            )
    if past:
        facts["dated_prices"] = past
    return facts


def _is_timed(listed: Mapping[str, Any]) -> bool:
    return "start_time" in (listed.get("constraint") or ())


def _by_hours(plain: Facts | None, timed: Mapping[Span, tuple[Any, Facts]]) -> Facts:
    """`cost` holds the price of the dearest hours; each cheaper price stands with its own hours. All of
    them took effect on the day of the price of all other hours."""
    if not timed or plain is None:
        return {}
    day = {name: plain[name] for name in ("effective_from",) if name in plain}
    priced = [([span], {**cost, **day}) for span, (_, cost) in timed.items()]
    priced.append((_remaining([*timed]), plain))
    dearest = max(priced, key=lambda pair: pair[1].get("input", 0))[1]
    hours: Facts = {}
    for free, cost in priced:
        if cost != dearest:
            hours[", ".join(f"{_clock(b)}-{_clock(e)}" for b, e in free)] = {"cost": cost}
    return {"cost": dearest, "hours": hours}


def _remaining(spans: list[Span]) -> list[Span]:
    """The hours of a day outside the spans, in minutes; a span may cross midnight."""
    taken = set[int]()
    for begin, end in spans:
        taken.update(range(begin, end) if begin < end else (*range(begin, DAY), *range(end)))
    free: list[Span] = []
    for minute in range(DAY + 1):
        is_free = minute < DAY and minute not in taken
        if is_free and (not free or free[-1][1] >= 0):
            free.append((minute, -1))
        elif not is_free and free and free[-1][1] < 0:
            free[-1] = (free[-1][0], minute)
    if len(free) > 1 and free[0][0] == 0 and free[-1][1] == DAY:  # one night, not two halves
        free[-1] = (free[-1][0], free[0][1])
        del free[0]
    return free


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _take_variant(variant: Any, today: str, facts: Facts, rest: Facts) -> None:
    """Prices for another way to be served; one that has no place stays in `rest`."""
    when = _object(_object(variant, "price_variants").get("when"), "price_variants.when")
    begins = _object(variant.get("constraint") or {}, "constraint").get("start_date")
    if tuple(when.items()) == (SAME_AS_STANDARD,):
        return
    place = VARIANTS.get(next(iter(when.items()))) if len(when) == 1 else None
    if place is None or (begins is not None and _day(begins) > today):
        rest.setdefault("variants", []).append(variant)
        return
    cost = _cost(_object(variant.get("prices"), "price_variants.prices"), rest)
    if begins is not None:
        cost["effective_from"] = _day(begins)
    table, name = place
    if name in facts.setdefault(table, {}):
        rest.setdefault("variants", []).append(variant)
    else:
        facts[table][name] = {"cost": cost}


def _cost(prices: Mapping[str, Any], rest: Facts) -> Facts:
    """A price by meter, with tiers; what has no meter stays in `rest`."""
    cost: Facts = {}
    tiers: dict[int, Facts] = {}
    for key, price in prices.items():
        meter, per = METERS.get(key, ("", ONE))
        if not meter or meter in cost:  # two keys of one meter: the first counts
            rest.setdefault(key, []).append(price)
            continue
        if isinstance(price, Mapping):
            cost[meter] = _divided(price.get("base"), per)
            for tier in price.get("tiers", ()):
                size = _object(tier, "tiers").get("start")
                if isinstance(size, bool) or not isinstance(size, int):
                    raise BadRecord("tiers.start is no whole number")
                tiers.setdefault(size, {})[meter] = _divided(tier.get("price"), per)
        else:
            cost[meter] = _divided(price, per)
    if tiers:
        cost["tiers"] = [{"min_context": size, **tiers[size]} for size in sorted(tiers)]
    return cost


def _divided(price: Any, per: Decimal) -> float:
    if isinstance(price, bool) or not isinstance(price, (int, float)):
        raise BadRecord(f"{price!r:.40} is no price")
    return float(Decimal(repr(price)) / per) if per != ONE else float(price)


def _span(constraint: Mapping[str, Any]) -> Span:
    """The minutes of the day, in UTC, from which and until which a constraint holds."""
    ends = []
    for key in ("start_time", "end_time"):
        text = constraint[key]
        if not isinstance(text, str) or not (match := UTC_TIME.match(text)):
            raise BadRecord(f"constraint.{key} is no time in UTC such as 16:30:00Z")
        ends.append(int(match[1]) * 60 + int(match[2]))
    begin, end = ends
    return begin, end or DAY


def _day(text: Any) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except (TypeError, ValueError):
        raise BadRecord(f"{text!r:.40} is no day such as 2026-03-13") from None


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadRecord(f"{name} is no object")
    return value
