"""Token counts as APIs answer them, and what they mean."""

from __future__ import annotations

import dataclasses
import enum
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pydantic
import pytest

from llmcat.errors import LlmcatError, UsageError
from llmcat.pricing.usage import Usage, read_usage
from llmcat.pricing.usage.all_shapes import SHAPES
from llmcat.pricing.usage.reading import read
from tests.pricing.usage_bodies import ANTHROPIC, BODIES, CHAT, GEMINI, RESPONSES


def test_chat_completions_count_the_parts_in() -> None:
    """OpenAI's prompt_tokens hold cached and audio ones, its completion_tokens the reasoning."""
    assert read_usage(CHAT) == Usage(2006, 300, 1920, 0, 50, 20, 192)


def test_responses_count_the_parts_in() -> None:
    """OpenAI's input_tokens hold the cached ones."""
    assert read_usage(RESPONSES) == Usage(328, 52, 128, reasoning_tokens=40)


def test_anthropic_counts_the_cache_apart() -> None:
    """Anthropic's input_tokens are what was neither read from the cache nor written to it."""
    assert read_usage(ANTHROPIC) == Usage(
        input_tokens=193_107,
        output_tokens=393,
        cache_read_tokens=5_000,
        cache_write_tokens=86,
        cache_write_1h_tokens=188_000,
    )


def test_anthropic_without_the_parts_wrote_for_the_usual_time() -> None:
    """Older answers say only how much was written."""
    usage = {"input_tokens": 3, "output_tokens": 5, "cache_creation_input_tokens": 2000}
    assert read_usage(usage) == Usage(2003, 5, cache_write_tokens=2000)
    parts = {"input_tokens": 3, "cache_creation": {"ephemeral_1h_input_tokens": 10}}
    assert read_usage(parts) == Usage(13, 0, cache_write_1h_tokens=10)


def test_gemini_counts_thoughts_apart_and_the_cache_in() -> None:
    """The answer is candidates and thoughts, the prompt also the results of tools; cached audio is
    cached, not audio."""
    assert read_usage(GEMINI) == Usage(
        input_tokens=5_030,
        output_tokens=350,
        cache_read_tokens=4_000,
        cache_read_audio_tokens=500,
        input_audio_tokens=100,
        output_audio_tokens=80,
        reasoning_tokens=250,
    )


def test_geminis_sdk_spells_with_underscores_and_enums() -> None:
    """google-genai hands out objects whose absent counts are None."""

    class Modality(enum.Enum):
        AUDIO = "AUDIO"
        TEXT = "TEXT"

    usage = SimpleNamespace(
        prompt_token_count=1_000,
        cached_content_token_count=None,
        candidates_token_count=50,
        thoughts_token_count=None,
        tool_use_prompt_token_count=None,
        prompt_tokens_details=[
            SimpleNamespace(modality=Modality.TEXT, token_count=900),
            SimpleNamespace(modality=Modality.AUDIO, token_count=100),
        ],
        cache_tokens_details=None,
    )
    assert read_usage(usage) == Usage(1_000, 50, input_audio_tokens=100)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"input_tokens": 10, "output_tokens": 5}, Usage(10, 5)),
        ({"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}, Usage(10, 5)),
        (
            {"input_tokens": 10, "input_tokens_details": {"cached_tokens": 8}},
            Usage(10, 0, cache_read_tokens=8),
        ),
        ({"input_tokens": 10, "cache_read_input_tokens": 8}, Usage(18, 0, cache_read_tokens=8)),
        (
            {
                "input_tokens": 10,
                "output_tokens": 5,
                "cache_read_input_tokens": None,
                "cache_creation_input_tokens": None,
                "cache_creation": None,
            },
            Usage(10, 5),
        ),
        (
            {
                "input_tokens": 10,
                "output_tokens": 50,
                "cache_read_input_tokens": 8,
                "output_tokens_details": {"thinking_tokens": 40},
            },
            Usage(18, 50, cache_read_tokens=8, reasoning_tokens=40),
        ),
    ],
    ids=["bare", "with a total", "Responses", "Anthropic", "Anthropic, all None", "both details"],
)
def test_anthropics_own_keys_tell_it_from_responses(usage: dict[str, Any], expected: Usage) -> None:
    """Both say input_tokens; only where nothing was cached it does not matter which it was."""
    assert read_usage(usage) == expected


@pytest.mark.parametrize("usage", [CHAT, RESPONSES, ANTHROPIC, GEMINI])
def test_an_object_counts_as_a_mapping_does(usage: dict[str, Any]) -> None:
    """SDKs hand out objects with the same names."""
    assert read_usage(to_object(usage)) == read_usage(usage)


@pytest.mark.parametrize("usage", [CHAT, RESPONSES, ANTHROPIC, GEMINI])
def test_a_usage_in_which_nothing_is_known_is_an_error(usage: dict[str, Any]) -> None:
    """Null counts are unknown, and unknown is not 0; the keys are named."""
    with pytest.raises(
        UsageError, match=f"no count is known that has a price: {next(iter(usage))}"
    ):
        read_usage(dict.fromkeys(usage))
    with pytest.raises(UsageError, match=r"total_tokens \(10\)"):
        read_usage({"prompt_tokens": None, "total_tokens": 10})


@pytest.mark.parametrize("usage", [CHAT, RESPONSES, ANTHROPIC, GEMINI])
def test_one_unknown_count_beside_known_ones_counts_nothing(usage: dict[str, Any]) -> None:
    """Absent counts come as None or not at all."""
    wholes = ("prompt_tokens", "input_tokens", "promptTokenCount")
    first = next(key for key in wholes if key in usage)
    assert read_usage({**dict.fromkeys(usage), first: 10}) == Usage(10)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (
            {
                "prompt_tokens": 32,
                "completion_tokens": 9,
                "total_tokens": 135,
                "completion_tokens_details": {"reasoning_tokens": 94},
            },
            Usage(32, 103, reasoning_tokens=94),
        ),
        (
            {
                "prompt_tokens": 32,
                "completion_tokens": 9,
                "completion_tokens_details": {"reasoning_tokens": 94},
            },
            Usage(32, 103, reasoning_tokens=94),
        ),
        (
            {"prompt_tokens": 100, "completion_tokens": 9, "prompt_cache_hit_tokens": 64},
            Usage(100, 9, cache_read_tokens=64),
        ),
        (
            {
                "prompt_tokens": 100,
                "completion_tokens": 9,
                "prompt_tokens_details": {"cached_tokens": 10, "cache_write_tokens": 50},
            },
            Usage(100, 9, 10, 50),
        ),
    ],
    ids=["xAI", "xAI without a total", "DeepSeek", "OpenRouter"],
)
def test_what_copies_openai_with_a_difference_is_understood(
    usage: dict[str, Any], expected: Usage
) -> None:
    """xAI counts reasoning apart, DeepSeek says the cached ones at the top, OpenRouter the written."""
    assert read_usage(usage) == expected


def test_cached_audio_counts_as_cached() -> None:
    """Realtime says how much of the cached was audio; elsewhere the prompt must have room for both."""
    realtime = {
        "input_tokens": 1_000,
        "output_tokens": 10,
        "input_token_details": {
            "cached_tokens": 600,
            "audio_tokens": 500,
            "cached_tokens_details": {"text_tokens": 200, "audio_tokens": 400},
        },
        "output_token_details": {"audio_tokens": 8},
    }
    assert read_usage(realtime) == Usage(1_000, 10, 600, 0, 100, 8, cache_read_audio_tokens=400)
    chat = {
        "prompt_tokens": 1_000,
        "prompt_tokens_details": {"cached_tokens": 900, "audio_tokens": 950},
    }
    assert read_usage(chat) == Usage(1_000, 0, 900, 0, 100)


@pytest.mark.parametrize(
    ("usage", "message"),
    [
        (
            {"tokens": 3},
            r"no usage of a known shape \('tokens'\); give the usage of an answer as",
        ),
        ({}, r"\(empty\)"),
        (None, r"\(NoneType\)"),
        (17, r"\(int\)"),
        ({"id": "msg_1", "usage": ANTHROPIC}, "whole answer, not its usage; pass its 'usage'"),
        ({"candidates": [], "usageMetadata": GEMINI}, "pass its 'usageMetadata'"),
    ],
)
def test_an_unknown_shape_is_an_error_that_says_what_to_give(usage: object, message: str) -> None:
    """A usage that is not understood is not a usage of nothing."""
    with pytest.raises(UsageError, match=message) as caught:
        read_usage(usage)
    assert isinstance(caught.value, LlmcatError)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("count", [-1, 1.5, "12", True, [3], float("nan"), Decimal("-1"), 2**63])
def test_a_count_that_is_no_number_of_tokens_is_an_error(count: object) -> None:
    """The message names the key."""
    with pytest.raises(UsageError, match=r"^prompt_tokens is .* a whole number from 0 to"):
        read_usage({"prompt_tokens": count, "completion_tokens": 1})


class Numpy:
    """What numpy.int64 looks like to those who do not import numpy."""

    dtype, ndim = "int64", 0

    def __init__(self, value: int) -> None:
        self._value = value

    def item(self) -> int:
        return self._value


@pytest.mark.parametrize("count", [10.0, Decimal(10), Decimal("10.0"), Numpy(10)])
def test_a_whole_number_is_whole_however_it_is_held(count: object) -> None:
    """Cohere's SDK counts in floats, a data frame in numpy.int64."""
    found = read_usage({"prompt_tokens": count, "completion_tokens": 1})
    assert found == Usage(10, 1)
    assert type(found.input_tokens) is int


def expected(row: dict[str, Any]) -> Usage:
    counts: dict[str, Any] = row["counts"]
    numbers: dict[str, Any] = {
        name: Decimal(n) if isinstance(n, str) else n for name, n in counts.items()
    }
    return Usage(**numbers)


@pytest.mark.parametrize("row", BODIES, ids=lambda row: row["origin"])
def test_a_body_of_every_shape_is_read_to_its_counts(row: dict[str, Any]) -> None:
    """Made by the SDK that `origin` names, recorded, or from a public log; nothing falls."""
    found = read(row["usage"])
    assert (found.shape.name, found.usage) == (row["shape"], expected(row))
    assert found.unbilled == {}
    assert read_usage(to_object(row["usage"])) == found.usage or "." in next(iter(row["usage"]))


def test_every_shape_has_a_body_and_says_where_it_is_from() -> None:
    """A shape that is only known from memory is marked so."""
    bodies: dict[str, list[str]] = {}
    for row in BODIES:
        bodies.setdefault(row["shape"], []).append(row["origin"])
    assert {shape.name for shape in SHAPES} == {*bodies, "llmcat Usage"}
    for shape in SHAPES:
        from_memory = all("from memory" in origin for origin in bodies.get(shape.name, ["ours"]))
        assert shape.verified is not from_memory, shape.name


def to_object(value: Any) -> Any:
    """A mapping as an SDK's object."""
    if isinstance(value, dict):
        return SimpleNamespace(**{key: to_object(item) for key, item in value.items()})
    return [to_object(item) for item in value] if isinstance(value, list) else value


def test_every_kind_of_object_is_read() -> None:
    """Dataclasses, with slots or without, named tuples and pydantic models with keys of their own."""

    @dataclasses.dataclass
    class Plain:
        input_tokens: int
        output_tokens: int

    class Slots:
        __slots__ = ("input_tokens", "output_tokens", "total_tokens")

        def __init__(self) -> None:
            self.input_tokens, self.output_tokens = 10, 5

    class Model(pydantic.BaseModel, extra="allow"):
        input_tokens: int

    assert read_usage(Plain(10, 5)) == Usage(10, 5)
    assert read_usage(Slots()) == Usage(10, 5)
    assert read_usage(Model.model_validate({"input_tokens": 10, "output_tokens": 5})) == Usage(
        10, 5
    )
    own = Usage(10_000, 100, cache_read_tokens=9_000, web_searches=2, seconds=Decimal("1.5"))
    assert read_usage(own) == own


def test_what_no_rule_knows_is_kept() -> None:
    """A number under a new key is no count that anybody bills, and does not fall in silence."""
    found = read({**ANTHROPIC, "moon_tokens": 7, "new": {"a": [{"b": 3}, 0], "c": "d", "e": True}})
    assert found.unbilled == {"moon_tokens": 7, "new.a.0.b": 3}
    other = {"type": "advisor_message", "model": "claude-opus-4-8", "input_tokens": 2_518}
    found = read({**ANTHROPIC, "iterations": [other]})
    assert found.unbilled == {"iterations.0.input_tokens": 2_518}
