"""No count is lost: usage that is made at random is read back, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from llmcat.errors import UsageError
from llmcat.pricing.counts import COUNT_OF
from llmcat.pricing.usage import Usage, read_usage
from llmcat.pricing.usage.all_shapes import SHAPES
from llmcat.pricing.usage.reading import read
from llmcat.pricing.usage.shape import Shape
from tests.examples import examples
from tests.pricing.usage_bodies import ANTHROPIC, BODIES, CHAT, GEMINI, RESPONSES


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
