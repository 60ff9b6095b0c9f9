"""Normalize: one spelling, and spelling it again changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llmcat.capabilities import CANONICAL, CAPABILITIES, canonical
from llmcat.pipeline.provider_names import provider_renamer
from llmcat.pipeline.stages.normalize import normalize_model, normalize_provider

RENAME = provider_renamer({"gemini": "google", "vertex_ai": "google-vertex"})

WRITTEN = """
function_calling: tools tool_use functions function_call tool_call
parallel_function_calling: parallel_tool_calls
structured_outputs: structured_output json_schema structured_data typed_outputs
json_mode: json json_output
vision: image_input image_understanding visual_understanding multimodal
audio_input: audio_understanding audio_analysis
image_generation: images dalle image_gen text_to_image
speech_synthesis: tts text_to_speech audio_generation
speech_recognition: whisper stt speech_to_text audio_transcription transcribe
embeddings: embed embedding text_embedding vectorization
computer_use: computer_interaction desktop_control screen_control
prompt_caching: prompt_cache
context_caching: context_cache
system_messages: system_prompt system_instruction
reasoning: chain_of_thought cot deep_thinking thinking
code_execution: code_exec code_runner code_interpreter
assistants_api: assistants assistant_api
fine_tuning: fine_tune finetuning
grounding: web_grounding search_grounding rag
streaming: stream sse server_sent_events
long_context: extended_context large_context
"""
"""ExLLM's table of spellings."""

SPELLINGS = [
    (spelling, name)
    for line in WRITTEN.split("\n")
    if line
    for name, _, spellings in [line.partition(":")]
    for spelling in [name, *spellings.split()]
]


@pytest.mark.parametrize(("spelling", "name"), SPELLINGS)
def test_every_known_spelling(spelling: str, name: str) -> None:
    """Case and dashes do not count."""
    assert canonical(spelling) == name
    assert canonical(f" {spelling.upper().replace('_', '-')} ") == name


@pytest.mark.parametrize("name", ["tool_choice", "web_search", "pdf_input", "house_style"])
def test_other_names_pass_through(name: str) -> None:
    """A name that is not in the table never vanishes."""
    assert canonical(name) == name


@given(st.text() | st.sampled_from(sorted(CANONICAL)))
@example("Σ İ")
def test_a_canonical_name_is_canonical(name: str) -> None:
    """Spelling a name again changes nothing, so a catalogue built on a catalogue stays the same."""
    assert canonical(canonical(name)) == canonical(name)


def test_no_spelling_means_two_capabilities() -> None:
    """The table of spellings is a function."""
    spellings = [s for c in CAPABILITIES for s in (c.name, *c.aliases)]
    assert len(spellings) == len(set(spellings))


@pytest.mark.parametrize(
    ("written", "id_"),
    [
        ("OpenAI", "openai"),
        (" github_models ", "github-models"),
        ("Gemini", "google"),
        ("vertex-ai", "google-vertex"),
        ("VERTEX_AI", "google-vertex"),
        ("ollama", "ollama"),
    ],
)
def test_provider_ids(written: str, id_: str) -> None:
    """Lower case, `-` for `_`, then the recipe's table."""
    assert RENAME(written) == id_
    assert RENAME(RENAME(written)) == id_


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2025", "2025"),
        (2025, "2025"),
        ("2025-08", "2025-08"),
        (" 2025-08-07 ", "2025-08-07"),
        ("2025-08-07T12:00:00Z", "2025-08-07"),
        ("2025-08-07 12:00:00", "2025-08-07"),
    ],
)
def test_dates(written: Any, date: str) -> None:
    """A year, a month or a day; of a timestamp the day."""
    assert normalize_model({"id": "m", "release_date": written}, RENAME)["release_date"] == date


@pytest.mark.parametrize("written", [True, 12, 99999, "soon", ["2025"], None])
def test_what_is_no_date_is_left_to_validation(written: Any) -> None:
    """Normalize does not judge: the reject quotes what was written."""
    assert (
        normalize_model({"id": "m", "release_date": written}, RENAME).get("release_date") == written
    )


def test_null_is_silence() -> None:
    """A null at the top, among limits, prices, modalities or capabilities says nothing."""
    facts = normalize_model(
        {
            "provider": "p",
            "id": "m",
            "name": None,
            "limit": {"context": None, "output": 5},
            "cost": {"input": None, "output": 1.0},
            "modalities": {"input": None, "output": ["text"]},
            "capabilities": {"vision": None, "tools": False},
        },
        RENAME,
    )
    assert facts == {
        "provider": "p",
        "id": "m",
        "limit": {"output": 5},
        "cost": {"output": 1.0},
        "modalities": {"output": ["text"]},
        "capabilities": {"function_calling": {"supported": False}},
    }


def test_spellings_of_one_capability_unite() -> None:
    """`tools` and `function_calling` in one record are one capability."""
    said = {"tools": True, "Function-Calling": {"strict": True}}
    facts = normalize_model({"id": "m", "capabilities": said}, RENAME)
    assert facts["capabilities"] == {"function_calling": {"supported": True, "strict": True}}


def test_lists_lose_duplicates_and_keep_their_order() -> None:
    """aliases, tags and modalities: [b, a, b] is [b, a]."""
    facts = normalize_model(
        {
            "id": "m",
            "aliases": ["b", "a ", "b"],
            "tags": ["y", "x", "y"],
            "modalities": {"input": ["Text", "images", "text"]},
        },
        RENAME,
    )
    assert (facts["aliases"], facts["tags"]) == (["b", "a"], ["y", "x"])
    assert facts["modalities"] == {"input": ["text", "image"]}


def test_a_replacement_is_an_id() -> None:
    """The model's own provider before the replacement falls away, in whichever spelling it stays."""
    facts = {"provider": "openai", "id": "m", "replacement": "openai:gpt-5"}
    assert normalize_model(facts, RENAME)["replacement"] == "gpt-5"
    facts["replacement"] = "azure:gpt-5"
    assert normalize_model(facts, RENAME)["replacement"] == "azure:gpt-5"


def test_features_of_providers_have_one_spelling() -> None:
    """Words that are capabilities are spelled as such; the others stay."""
    facts = normalize_provider(
        {
            "id": "Gemini",
            "features": ["tool_use", "functions", "cost_tracking"],
            "limitations": {"rpm": None, "a": 1},
        },
        RENAME,
    )
    assert facts == {
        "id": "google",
        "features": ["function_calling", "cost_tracking"],
        "limitations": {"a": 1},
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = ("name", "release_date", "deprecated_on", "aliases", "limit", "cost", "modalities", "capabilities", "status", "replacement")  # fmt: skip


@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_normalizing_again_changes_nothing(said: dict[str, Any]) -> None:
    """Whatever was said, right or wrong: one pass is enough, none of it fails."""
    once = normalize_model({**said, "provider": "Gemini", "id": " m "}, RENAME)
    assert normalize_model(once, RENAME) == once
    assert (once["provider"], once["id"]) == ("google", "m")
