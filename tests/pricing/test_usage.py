"""Token counts as APIs answer them, and what they mean."""

from __future__ import annotations

import enum
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcat.errors import LlmcatError, UsageError
from llmcat.pricing.usage import Usage, read_usage

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
            Usage(18, 50, cache_read_tokens=8),
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

    def to_object(value: Any) -> Any:
        if isinstance(value, dict):
            return SimpleNamespace(**{key: to_object(item) for key, item in value.items()})
        return [to_object(item) for item in value] if isinstance(value, list) else value

    assert read_usage(to_object(usage)) == read_usage(usage)


@pytest.mark.parametrize("usage", [CHAT, RESPONSES, ANTHROPIC, GEMINI])
def test_none_is_no_tokens(usage: dict[str, Any]) -> None:
    """Absent counts come as None or not at all."""
    assert read_usage(dict.fromkeys(usage)) == Usage()


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
    assert read_usage(realtime) == Usage(1_000, 10, 600, 0, 100, 8)
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
            r"no usage of a known shape \('tokens'\); give the usage of an answer from",
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


@pytest.mark.parametrize("count", [-1, 1.0, "12", True, [3]])
def test_a_count_that_is_no_number_of_tokens_is_an_error(count: object) -> None:
    """The message names the key."""
    with pytest.raises(UsageError, match=r"^prompt_tokens is .* a whole number from 0 up"):
        read_usage({"prompt_tokens": count, "completion_tokens": 1})


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
