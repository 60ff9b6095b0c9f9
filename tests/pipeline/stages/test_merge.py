"""Merge: the last one that speaks wins, path by path, and it is known who that was."""

from __future__ import annotations

import copy
import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from llmcat.pipeline.entries import EVERYTHING_ELSE, Entry, Layer, Merged, Step
from llmcat.pipeline.stages.merge import merge, merge_entry

KEY = ("openai", "m")
PRESENT = Step("2026-01-01T00:00:00Z", "", [])


def said(origin: str, provenance: dict[str, str] | None = None, **facts: Any) -> Entry:
    """What one source says of the model."""
    return Entry(
        "model", origin, {"provider": "openai", "id": "m", **facts}, None, origin, provenance
    )


def merged(*entries: Entry) -> Merged:
    """All of it, lowest precedence first."""
    layers = [Layer(e.origin, "mapping", e.origin, entries={e.key: [e]}) for e in entries]
    return merge(layers, PRESENT).models[KEY]


def test_wide_tables_take_time_in_proportion() -> None:
    """50,000 keys that two sources know, one of them with their provenance; the square is a minute."""
    keys = [f"k{number}" for number in range(50_000)]
    known = {f"extra.{key}": "base" for key in keys}
    below = said("base", {EVERYTHING_ELSE: "base", **known}, extra=dict.fromkeys(keys, 1))
    started = time.process_time()
    found = merged(below, said("mine", known, extra=dict.fromkeys(keys, 2)))
    assert time.process_time() - started < 10
    assert found.facts["extra"] == dict.fromkeys(keys, 2)


def test_aliases_and_tags_unite_in_order() -> None:
    """[a, b] + [a, c] -> [a, b, c]; + [] keeps (behaviour 7)."""
    for key in ("aliases", "tags"):
        one: dict[str, Any] = {key: ["a", "b"]}
        two: dict[str, Any] = {key: ["a", "c"]}
        nothing: dict[str, Any] = {key: []}
        facts, _ = merged(said("1", **one), said("2", **two))
        assert facts[key] == ["a", "b", "c"]
        facts, provenance = merged(said("1", **one), said("2", **nothing))
        assert facts[key] == ["a", "b"]
        assert provenance == {"*": "1"}


def test_other_lists_replace() -> None:
    """Modalities of the later source are the modalities."""
    one, two = {"input": ["text", "image"], "output": ["text"]}, {"input": ["text"]}
    facts, _ = merged(said("1", modalities=one), said("2", modalities=two))
    assert facts["modalities"] == {"input": ["text"], "output": ["text"]}


def test_prices_merge_by_meter() -> None:
    """cost {30, 60} + {input 25} -> {25, 60} (behaviour 8)."""
    facts, provenance = merged(
        said("1", cost={"input": 30.0, "output": 60.0}), said("2", cost={"input": 25.0})
    )
    assert facts["cost"] == {"input": 25.0, "output": 60.0}
    assert provenance == {"*": "1", "cost.input": "2"}


def test_false_overrides_true_and_null_nothing() -> None:
    """No is an answer, null is none."""
    facts, _ = merged(said("1", open_weights=True), said("2", open_weights=False))
    assert facts["open_weights"] is False
    facts, provenance = merged(said("1", open_weights=True), said("2", open_weights=None))
    assert (facts["open_weights"], provenance) == (True, {"*": "1"})
    facts, _ = merged(said("1", extra={"a": 1}), said("2", extra={"a": None}))
    assert facts["extra"] == {"a": 1}


def test_three_sources_each_silent_somewhere() -> None:
    """The latest present value wins, and the catalogue knows whose it is (behaviour 9)."""
    facts, provenance = merged(
        said("upstream", name="One", cost={"input": 1.0, "output": 1.0}, limit={"context": 1}),
        said("overlay", cost={"input": 2.0}, limit={"context": 2, "output": 2}),
        said("mine", name="Three", limit={"output": 3}),
    )
    assert (facts["name"], facts["cost"], facts["limit"]) == (
        "Three",
        {"input": 2.0, "output": 1.0},
        {"context": 2, "output": 3},
    )
    assert provenance == {
        "*": "upstream",
        "name": "mine",
        "cost.input": "overlay",
        "limit.context": "overlay",
        "limit.output": "mine",
    }


def test_a_sparse_capability_leaves_the_others() -> None:
    """An overlay of json.schema alone leaves tools and reasoning untouched (behaviour 8)."""
    upstream = {"function_calling": {"supported": True}, "reasoning": {"supported": True}}
    facts, _ = merged(
        said("1", capabilities=upstream),
        said("2", capabilities={"structured_outputs": {"supported": True}}),
        said("3", capabilities={"reasoning": {"effort": ["low"]}}),
    )
    assert facts["capabilities"] == {
        "function_calling": {"supported": True},
        "structured_outputs": {"supported": True},
        "reasoning": {"supported": True, "effort": ["low"]},
    }


def test_another_type_replaces_and_forgets_who_said_the_parts() -> None:
    """A scalar over a table leaves nothing of the table, nor of its provenance."""
    _, provenance = merged(
        said("1", notes={"a": 1}), said("2", notes={"a": 2}), said("3", notes="none")
    )
    assert provenance == {"*": "1", "notes": "3"}


def test_a_record_that_knows_its_own_sources() -> None:
    """What a catalogue brings along keeps its sources, on top of another layer too."""
    before = {"*": "models.dev", "cost.input": "overlay", "limit.context": "overlay"}
    catalog = said(
        "catalog", before, name="M", cost={"input": 1.0, "output": 2.0}, limit={"context": 5}
    )
    assert merged(catalog, said("mine", name="N")).provenance == {**before, "name": "mine"}
    over = merged(said("mine", limit={"context": 1}), catalog).provenance
    assert over == {
        "*": "mine",
        "name": "models.dev",
        "cost": "models.dev",
        "cost.input": "overlay",
        "limit.context": "overlay",
    }


def test_merging_changes_no_input() -> None:
    """Layers may be used again: nothing in them is touched."""
    base = said("1", cost={"input": 1.0}, aliases=["a"], extra={"a": {"b": 1}})
    over = said("2", cost={"input": 2.0}, aliases=["b"], extra={"a": {"c": 1}})
    before = copy.deepcopy((base, over))
    merged(base, over)
    assert (base, over) == before


LEAVES = st.none() | st.booleans() | st.integers(0, 9) | st.lists(st.integers(0, 3), max_size=2)
TABLES = st.recursive(
    LEAVES, lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=6
)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["x", "y"]),
        "aliases": st.lists(st.sampled_from("abc"), unique=True),
        "extra": st.dictionaries(st.sampled_from("abc"), TABLES, max_size=3),
        "limit": st.dictionaries(st.sampled_from(["context", "output"]), st.integers(0, 3)),
    },
)


def paths(value: Any, path: str = "") -> dict[str, Any]:
    """Every path of a record to what is said there; nulls say nothing."""
    if isinstance(value, dict) and value:
        return {
            p: v for key, item in value.items() for p, v in paths(item, f"{path}.{key}").items()
        }
    return {} if value is None or value == {} else {path.lstrip("."): value}


def spoken(facts: dict[str, Any]) -> dict[str, Any]:
    """A record without what says nothing: nulls and empty tables."""
    inner = {key: spoken(item) if isinstance(item, dict) else item for key, item in facts.items()}
    return {key: item for key, item in inner.items() if item is not None and item != {}}


@given(FACTS, FACTS)
def test_merging_again_changes_nothing(one: dict[str, Any], two: dict[str, Any]) -> None:
    """The same layers once more give the same facts."""
    layers = [said("1", **spoken(one)), said("2", **spoken(two))]
    once = merged(*layers)
    assert merge_entry(once, layers[1]).facts == once.facts


@given(FACTS, FACTS)
def test_the_later_source_wins_on_every_path(one: dict[str, Any], two: dict[str, Any]) -> None:
    """What the second says stands, and what it is silent on stays."""
    one, two = spoken(one), spoken(two)
    result = paths(merged(said("1", **one), said("2", **two)).facts)
    for path, value in paths(two).items():
        if path == "aliases":
            assert set(value) <= set(result[path])
        else:
            assert result[path] == value
    for path, value in paths(one).items():
        heads = [".".join(path.split(".")[: n + 1]) for n in range(path.count(".") + 1)]
        overlaid = any(head in paths(two) for head in heads)
        replaced = any(other.startswith(f"{path}.") for other in paths(two))
        if not overlaid and not replaced:
            assert result[path] == value


@given(FACTS, FACTS, FACTS)
def test_provenance_names_the_layer_that_spoke_last(
    one: dict[str, Any], two: dict[str, Any], three: dict[str, Any]
) -> None:
    """For every path: the last layer that has it."""
    layers = [("1", spoken(one)), ("2", spoken(two)), ("3", spoken(three))]
    result = merged(*(said(origin, **facts) for origin, facts in layers))
    for path, value in paths(result.facts).items():
        if path in ("provider", "id", "aliases") or isinstance(value, list):
            continue
        speakers = [origin for origin, facts in layers if paths(facts).get(path) == value]
        assert _speaker(result, path) in speakers


def _speaker(result: Merged, path: str) -> str:
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        if source := result.provenance.get(".".join(parts[:end])):
            return source
    return result.provenance[EVERYTHING_ELSE]


@given(FACTS)
def test_silence_overrides_nothing(one: dict[str, Any]) -> None:
    """A layer that knows the model and nothing of it changes neither facts nor provenance."""
    before = merged(said("1", **one))
    assert merge_entry(before, said("2")) == before
    silent: dict[str, Any] = dict.fromkeys(one)
    assert merge_entry(before, said("2", **silent)) == before
