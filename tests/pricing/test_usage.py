"""Token counts as APIs answer them, and what they mean."""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pydantic
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from llmcat.errors import LlmcatError, UsageError
from llmcat.pricing.counts import COUNT_OF
from llmcat.pricing.usage import Usage, read_usage
from llmcat.pricing.usage.all_shapes import SHAPES
from llmcat.pricing.usage.reading import read
from llmcat.pricing.usage.shape import Shape
from tests.examples import examples

CHAT = {
    "prompt_tokens": 2006,
    "completion_tokens": 300,
    "total_tokens": 2306,
    "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 50},
    "completion_tokens_details": {
        "reasoning_tokens": 192,
        "audio_tokens": 20,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}
RESPONSES = {
    "input_tokens": 328,
    "input_tokens_details": {"cached_tokens": 128},
    "output_tokens": 52,
    "output_tokens_details": {"reasoning_tokens": 40},
    "total_tokens": 380,
}
ANTHROPIC = {
    "input_tokens": 21,
    "cache_creation_input_tokens": 188_086,
    "cache_read_input_tokens": 5_000,
    "cache_creation": {"ephemeral_5m_input_tokens": 86, "ephemeral_1h_input_tokens": 188_000},
    "output_tokens": 393,
    "service_tier": "standard",
}
GEMINI = {
    "promptTokenCount": 5_000,
    "cachedContentTokenCount": 4_000,
    "candidatesTokenCount": 100,
    "thoughtsTokenCount": 250,
    "toolUsePromptTokenCount": 30,
    "totalTokenCount": 5_380,
    "promptTokensDetails": [
        {"modality": "TEXT", "tokenCount": 4_400},
        {"modality": "AUDIO", "tokenCount": 600},
    ],
    "cacheTokensDetails": [
        {"modality": "TEXT", "tokenCount": 3_500},
        {"modality": "AUDIO", "tokenCount": 500},
    ],
    "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 80}],
}


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


BODIES = json.loads((Path(__file__).parent / "usages.json").read_text("utf-8"))


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


def numbers_at(rules: Mapping[str, str], word: str) -> list[str]:
    """The paths under which a shape counts `word`, beside its whole or within it."""
    return [path for path, is_word in rules.items() if is_word in (word, f"+{word}")]


WORDS = {
    "input": "input",
    "output": "output",
    "cache_read": "cache_read",
    "reasoning": "reasoning",
    "output_audio": "output_audio",
    "output_image": "output_image",
    "citation": "citation",
    "written": "cache_write",
    "all_audio": "input_audio",
    "all_image": "input_image",
    "all_video": "input_video",
}
UNIT_WORDS = (
    "second",
    "character",
    "page",
    "query",
    "request",
    "session",
    "web_search",
    "file_search",
)


@st.composite
def written(draw: st.DrawFn, shape: Shape) -> tuple[Usage, dict[str, Any]]:
    """Counts that a shape can say, and the usage that says them."""
    rules = {
        path: word
        for path, word in shape.rules.items()
        if "*" not in path and ("/" not in path or path.split("/")[0] not in shape.rules)
    }
    counts: dict[str, int] = {}
    usage: dict[str, Any] = {}
    apart = {word[1:] for word in rules.values() if word[0] == "+"}

    for word in (*WORDS, *UNIT_WORDS):
        if draw(st.booleans()) and numbers_at(rules, word):
            counts[word] = draw(st.integers(1, 10**6))
    parts_in = sum(
        counts.get(w, 0) for w in ("cache_read", "written", "all_audio", "all_image", "all_video")
    )
    parts_out = sum(counts.get(w, 0) for w in ("reasoning", "output_audio", "output_image"))
    wholes = {"input": parts_in + counts.get("citation", 0), "output": parts_out}
    if shape.name.startswith("Langfuse"):
        apart |= {"cache_read", "written", "all_image", "all_video"}
        apart |= {"reasoning", "output_audio", "output_image"}
    for whole, of_parts in wholes.items():
        if numbers_at(rules, whole):
            counts[whole] = draw(st.integers(0, 10**6)) + of_parts
    sides = {
        "input": ("cache_read", "written", "citation"),
        "output": ("reasoning", "output_audio", "output_image"),
    }
    for word, count in counts.items():
        beside = sum(counts.get(p, 0) for p in sides.get(word, ()) if p in apart)
        path = draw(st.sampled_from(numbers_at(rules, word)))
        put(usage, path, count - beside)
    named = {WORDS.get(w, w): n for w, n in counts.items()}
    known = Usage(**{COUNT_OF[meter]: n for meter, n in named.items()})
    telling = {key: None for key in (*shape.keys, *shape.any_of[:1]) if key not in usage}
    return known, {**usage, **telling}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@settings(deadline=None, max_examples=examples(12), suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_counts_written_in_any_shape_are_read_back(shape: Shape, data: st.DataObject) -> None:
    """counts -> usage -> read_usage -> the same counts."""
    counts, usage = data.draw(written(shape))
    assume(any(counts))
    found = read(usage)
    assert found.usage == counts
    assert found.unbilled == {}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_number_under_any_key_that_is_not_set_aside_is_heard_of(shape: Shape) -> None:
    """Counted, unbilled, charged or told in a sentence; only `-` is silent, on purpose."""
    known = [
        numbers_at(shape.rules, word)[0]
        for word in ("input", "output")
        if numbers_at(shape.rules, word)
    ]
    silent = {"-", "total", "input[]", "output[]", "cached[]", "tool[]", "cached_video"}
    telling: dict[str, Any] = dict.fromkeys((*shape.keys, *shape.any_of[:1]))
    for path, word in shape.rules.items():
        if word in silent or word[0] == "@" or "*" in path:
            continue
        before, after = dict(telling), dict(telling)
        for counted in known:
            put(before, counted, 1000)
            put(after, counted, 1000)
        put(after, path, 2007)
        assert heard(after) != heard(before), path


def heard(usage: dict[str, Any]) -> tuple[object, ...] | str:
    """What a reading says of a usage."""
    try:
        found = read(usage)
    except UsageError as error:
        return str(error)
    return found.usage, found.unbilled, found.notes, found.charged


def put(usage: dict[str, Any], path: str, count: int) -> None:
    """Write a count under a path of keys."""
    *above, last = path.split("/")
    for key in above:
        if not isinstance(usage.get(key), dict):
            usage[key] = {}
        usage = usage[key]
    usage[last] = count


@settings(deadline=None, max_examples=examples(100))
@given(st.sampled_from(BODIES), st.text("xyz", min_size=9, max_size=12), st.integers(1, 10**9))
def test_no_number_is_lost(row: dict[str, Any], key: str, count: int) -> None:
    """Under a key that no rule knows, at the top or below, it stands in unbilled."""
    usage = row["usage"]
    assert read({**usage, key: count}).unbilled == {key: count}
    assert read({**usage, key: {"n": [count]}}).unbilled == {f"{key}.n.0": count}
    shape = read(usage).shape
    for name, inner in usage.items():
        is_known = any(path.startswith(f"{name}/") for path in shape.rules)
        if isinstance(inner, dict) and is_known and f"{name}/*" not in shape.rules:
            found = read({**usage, name: {**inner, key: count}})
            assert found.unbilled == {f"{name}.{key}": count}


@given(
    st.dictionaries(
        st.sampled_from(sorted({*CHAT, *RESPONSES, *ANTHROPIC, *GEMINI})),
        st.none()
        | st.integers(-5, 10**6)
        | st.text(max_size=3)
        | st.dictionaries(st.sampled_from(["cached_tokens", "audio_tokens"]), st.integers(0, 99))
        | st.lists(st.integers() | st.none(), max_size=2),
        max_size=6,
    )
)
def test_any_usage_is_read_or_refused(usage: dict[str, Any]) -> None:
    """Whatever comes from the net: whole numbers from 0 up, or UsageError."""
    try:
        counts = read_usage(usage)
    except UsageError:
        return
    assert all(type(count) is int and count >= 0 for count in counts)
