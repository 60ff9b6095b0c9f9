"""What is taken from the answers of endpoints, and what odd ones cost."""

from __future__ import annotations

from typing import Any

import pytest

from llmcat.pipeline.entries import Reject
from llmcat.pipeline.sources.discovered.found import Found
from llmcat.pipeline.sources.discovered.kept_answer import READERS, read_answer
from tests.pipeline.sources.discovered_answers import SHAPES


def read(kind: str, answer: Any) -> tuple[dict[str, list[Found]], int]:
    """What is found, by id, and how many rows are rejected."""
    found: dict[str, list[Found]] = {}
    rejects = 0
    for one in read_answer({"kind": kind, "provider": kind, "name": kind, "answer": answer}):
        if isinstance(one, Reject):
            rejects += 1
        else:
            found.setdefault(one.facts["id"], []).append(one)
    return found, rejects


def holds(facts: Any, expected: Any) -> bool:
    """Whether all that is expected stands in the facts."""
    if isinstance(expected, dict) and isinstance(facts, dict):
        return all(key in facts and holds(facts[key], value) for key, value in expected.items())
    return bool(facts == expected)


@pytest.mark.parametrize("kind", READERS)
def test_each_kind_of_endpoint_is_read_as_its_provider_writes_it(kind: str) -> None:
    """A new adapter brings an answer of its own for this table."""
    shape = SHAPES[kind]
    found, rejects = read(kind, shape.answer)
    assert rejects == shape.rejects
    for id_, expected in shape.facts.items():
        assert any(holds(one.facts, expected) for one in found[id_]), found[id_]
    for id_, served in shape.callable.items():
        assert {one.callable for one in found[id_]} == {served}, id_


def twisted(value: Any, twist: Any) -> Any:
    """The same answer with something else in place of every text, number and flag that is no name."""
    if isinstance(value, dict):
        return {
            key: item if key in NAMES and isinstance(item, str) else twisted(item, twist)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [twisted(item, twist) for item in value]
    return twist


NAMES = ("id", "name", "model", "key", "modelId", "provider", "inferenceProfileId", "owned_by")


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    "twist",
    [None, "many", "131072", -1, 0, 1e400, float("nan"), 10**40, True, [], {}, [[{}]], {"a": 1}],
    ids=repr,
)
def test_what_stands_in_the_wrong_place_costs_no_other_model(kind: str, twist: Any) -> None:
    """Texts for numbers, tables for texts, NaN: every model is still listed, or its row is rejected."""
    whole, _ = read(kind, SHAPES[kind].answer)
    found, rejects = read(kind, twisted(SHAPES[kind].answer, twist))
    lost = whole.keys() - found.keys()
    assert not lost or rejects or kind in ("azure", "gguf", "ollama"), lost
    for facts in (one.facts for models in found.values() for one in models):
        for limit in facts.get("limit", {}).values():
            assert limit != 0
            assert not isinstance(limit, (bool, str))


ODD_VALUES: tuple[Any, ...] = (5, "x", [1], [[]], {"a": 1}, True)
ODD_ROWS: list[Any] = [
    *(None, 1, "x", [], {}, {"id": 5, "name": 5}, {"id": "groq/*"}),
    *(
        {**dict.fromkeys(NAMES, "odd"), **dict.fromkeys(("details", "providers"), value)}
        for value in ODD_VALUES
    ),
    *(
        dict.fromkeys(NAMES, "odd")
        | dict.fromkeys(("capabilities", "pricing", "tags", "limits", "status", "meta"), value)
        | dict.fromkeys(("architecture", "loaded_instances", "supported_parameters"), value)
        | dict.fromkeys(("reasoning", "deprecation", "modelLifecycle", "features"), value)
        for value in ODD_VALUES
    ),
]


@pytest.mark.parametrize("kind", sorted(READERS.keys() - {"gguf"}))  # whose rows are llmcat's own
@pytest.mark.parametrize("row", ODD_ROWS)
def test_a_row_of_another_shape_costs_no_other_model(kind: str, row: Any) -> None:
    """A pattern of a proxy is none; the rows beside it are read."""

    def beside(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: beside(item) for key, item in value.items()}
        if (
            isinstance(value, list)
            and value
            and isinstance(value[0], dict)
            and is_of_a_model(value[0])
        ):
            return [row, *value]
        return [beside(item) for item in value] if isinstance(value, list) else value

    whole, _ = read(kind, SHAPES[kind].answer)
    found, _ = read(kind, beside(SHAPES[kind].answer))
    assert found.keys() >= whole.keys()
    assert not [id_ for id_ in found if "*" in id_]


def is_of_a_model(row: dict[str, Any]) -> bool:
    """Whether a row of a list is one of a model."""
    return any(isinstance(row.get(name), str) for name in NAMES)
