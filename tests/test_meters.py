"""The table of meters, from which columns, options and bills are made."""

from __future__ import annotations

from llmcat.meters import (
    BY_NAME,
    COLUMN_METERS,
    INPUT_METERS,
    METERS,
    OUTPUT_METERS,
    STAND_INS,
    TOKEN_METERS,
    UNIT_METERS,
    meter_of,
)
from llmcat.pricing.counts import COUNT_OF, Usage
from llmcat.records import ModelRow


def test_a_meter_stands_once() -> None:
    """No name and no column twice, and a column is named after its meter."""
    assert len(BY_NAME) == len(METERS)
    assert all(meter.column in (None, f"cost_{meter.name}") for meter in METERS)


def test_columns_are_those_of_models_in_their_order() -> None:
    """The reader of a row and its writer count on the same order."""
    costs = [field for field in ModelRow._fields if field.startswith("cost_")]
    assert costs == [f"cost_{meter}" for meter in COLUMN_METERS]


def test_a_price_stands_in_for_one_of_the_same_side_and_unit() -> None:
    """A missing price of cached input is that of input, never that of output or of an image."""
    for meter, other in STAND_INS.items():
        mine, its = BY_NAME[meter], BY_NAME[other]
        assert (mine.unit, mine.per) == (its.unit, its.per)
        assert its.side in (mine.side, None)


def test_stand_ins_end_at_input_or_output() -> None:
    """cache_write_1h -> cache_write -> input: no circle."""
    for meter in TOKEN_METERS:
        while meter in STAND_INS:
            meter = STAND_INS[meter]
        assert meter in ("input", "output")


def test_every_count_of_a_call_is_a_meter() -> None:
    """What read_usage() counts is what can be billed; the whole counts come first on their side."""
    assert set(COUNT_OF.values()) == set(Usage._fields)
    assert COUNT_OF.keys() >= set(TOKEN_METERS)
    assert (INPUT_METERS[0], OUTPUT_METERS[0]) == ("input", "output")


def test_what_is_not_priced_per_token_is_priced_by_the_piece() -> None:
    """An image costs so much per image; only token prices are written per million."""
    assert all(meter.per == 1 or meter.unit in ("token", "token-hour") for meter in METERS)
    assert UNIT_METERS["image"] == "image"
    assert not UNIT_METERS.keys() & set(TOKEN_METERS)


def test_a_size_class_is_a_suffix() -> None:
    """image_1k is an image, image_input_hd one taken in; a new word is taken for tokens."""
    assert meter_of("image_1k")[1:5] == (None, "output", "image", 1)
    assert meter_of("image_input_hd").side == "input"
    assert meter_of("web_search_high").unit == "search"
    assert meter_of("second_1080p").unit == "second"
    assert meter_of("cache_write_1h") is BY_NAME["cache_write_1h"]
    assert meter_of("input_smell") == ("input_smell", None, None, "token", 1_000_000, None, None)


def test_a_count_of_cost_belongs_to_one_meter() -> None:
    """images= counts at `image`, web_searches= at `web_search`."""
    counts = [meter.counted_as for meter in METERS if meter.counted_as]
    assert len(counts) == len(set(counts))
    assert all(meter.unit != "token" for meter in METERS if meter.counted_as)
