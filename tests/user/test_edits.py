"""add, set and remove: a user's own values, with their time, author and reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llmcat import Catalog
from tests.cli.running import error_of, llmcat, written


def test_a_value_is_set_with_a_reason_and_taken_back(home: Path) -> None:
    """History knows who and why; the sources' own value comes back."""
    said = llmcat("set", "openai:gpt-4o", "cost_input", "2.0", "--because", "our contract")
    assert (said.status, said.out) == (0, "openai:gpt-4o: cost_input = 2\n")
    with Catalog() as catalog:
        [change] = [c for c in catalog.history("openai:gpt-4o") if c.field == "cost_input"]
        assert (change.old, change.new, change.reason) == (2.5, 2.0, "our contract")
        assert change.changed_by
    assert (
        llmcat("remove", "openai:gpt-4o", "cost_input").out == "openai:gpt-4o: cost_input = 2.5\n"
    )
    assert "was neither added nor set" in error_of(llmcat("remove", "openai:gpt-4o"))
    assert llmcat("set", "openai:gpt-4o", "limit_context", "32k").out.endswith("= 32000\n")
    said = llmcat("remove", "openai:gpt-4o")
    assert said.out.startswith(
        "openai:gpt-4o is again as its sources have it: limit_context 128000"
    )


def test_a_model_is_added_changed_and_removed(home: Path) -> None:
    """It is found like any other until it is gone."""
    said = llmcat(
        *("add", "acme:tuned", "--context", "32k", "--cost-input", 0.4, "--cost-output", 1.2),
        *("--capability", "tools", "--tag", "ours", "--because", "our tune"),
    )
    assert said.status == 0, said
    with Catalog() as catalog:
        [model] = catalog.find(require="tools", tags="ours")
        assert (model.spec, model.limit_context, model.cost_output) == ("acme:tuned", 32000, 1.2)
    assert "already" in error_of(llmcat("add", "acme:tuned"))
    assert llmcat("set", "acme:tuned", "vision", "yes").status == 0
    with Catalog() as catalog:
        assert catalog.model("acme:tuned").vision is True
        assert catalog.model("acme:tuned").limit_context == 32000
    assert llmcat("remove", "acme:tuned").out == "acme:tuned: gone\n"
    assert "acme:tuned" not in Catalog()


def test_removing_one_key_leaves_the_others(home: Path) -> None:
    """Of two values that were set."""
    llmcat("set", "openai:gpt-4o", "cost_input", "2.0")
    llmcat("set", "openai:gpt-4o", "tools", "no")
    llmcat("remove", "openai:gpt-4o", "tools")
    with Catalog() as catalog:
        model = catalog.model("openai:gpt-4o")
        assert (model.cost_input, model.tools) == (2.0, None)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ("set", "openai:gpt-4o", "cost_inptu", "1"),
            "no field 'cost_inptu'; did you mean cost_in",
        ),
        (("set", "openai:gpt-4o", "cost_input", "dear"), "cost.input: input should be"),
        (("set", "openai:gpt-4o", "cost_input", "-1"), "cost.input: input should be"),
        (("set", "openai:gpt-4o", "limit_contxt", "1"), "did you mean limit_context?"),
        (("set", "openai:gpt-4o", "context", "1"), "did you mean limit_context?"),
        (("set", "openai:gpt-4o", "limit_context", "lotsk"), "is no number of tokens"),
        (("set", "openai:gpt-4o", "id", "x"), "no field 'id'"),
        (("add", "nocolon"), "is no spec"),
    ],
)
def test_what_cannot_be_set_is_one_line_and_nothing_is_written(
    home: Path, words: tuple[str, ...], line: str
) -> None:
    """With the way out, and exit status 2."""
    assert line in error_of(llmcat(*words), 2)
    assert not (home / "config" / "edits.jsonl").exists()


def test_an_unknown_model_is_added_not_set(home: Path) -> None:
    """The error says how."""
    assert "llmcat add" in error_of(llmcat("set", "openai:gpt-9", "tools", "yes"))


def test_a_speed_is_set_by_hand_and_counts(home: Path) -> None:
    """Until the ledger knows better."""
    assert "above 0" in error_of(llmcat("set", "openai:gpt-4o", "speed", "fast"), 2)
    assert llmcat("set", "openai:gpt-4o", "speed", "80").status == 0
    with Catalog() as catalog:
        assert [model.spec for model in catalog.find(min_speed=50)] == ["openai:gpt-4o"]
    assert llmcat("remove", "openai:gpt-4o", "speed").status == 0
    with Catalog() as catalog:
        assert not catalog.find(min_speed=50)


def test_changes_say_who_made_them_and_why(home: Path) -> None:
    """In the table for people, too; and the record does not end before them."""
    llmcat("set", "openai:gpt-4o", "cost_input", "2.0", "--because", "our contract")
    said = llmcat("changes", "openai", "--since", "2d")
    assert ": our contract" in said.out
    llmcat("add", "acme:bare", "--because", "to come")
    llmcat("set", "acme:bare", "name", "Bare", "--because", "its name")
    said = llmcat("history", "acme:bare")
    assert "to come" in said.out  # in one second they are one state, and one reason
    assert "its name" in said.out
    assert "llmcat history openai:gpt-4o" in error_of(llmcat("changes", "openai:gpt-4o"), 2)


def test_what_became_known_by_hand_is_a_change(home: Path) -> None:
    """Not one that is hidden among values that sources merely began to say."""
    said = llmcat("set", "openai:gpt-old", "tools", "yes", "--because", "tried it")
    assert said.status == 0, said
    said = llmcat("set", "openai:gpt-old", "cost.cache_write_1h", "3")
    assert said.out == "openai:gpt-old: cost.cache_write_1h = 3\n"
    changes = llmcat("changes", "openai", "--since", "today", "--nl").nl
    assert {c["field"] for c in changes} == {"tools", "cost.cache_write_1h"}
    assert changes[0]["reason"] == "tried it"


def test_edits_of_one_second_are_one_state_with_both_reasons(home: Path) -> None:
    """Two commands in a script are as quick as that."""
    llmcat("add", "acme:bare", "--because", "to come")
    llmcat("set", "acme:bare", "name", "Bare", "--because", "its name")
    edits = home / "config" / "edits.jsonl"
    lines = [json.loads(line) for line in edits.read_text(encoding="utf-8").splitlines()]
    written(edits, "".join(json.dumps({**line, "at": lines[0]["at"]}) + "\n" for line in lines))
    with Catalog() as catalog:
        [change] = catalog.history("acme:bare")
        assert (change.kind, change.reason) == ("added", "to come; its name")


def test_a_line_that_is_no_edit_is_named(home: Path) -> None:
    """File and line, and reading goes on without the edits."""
    written(home / "config" / "edits.jsonl", "{}\n")
    assert "edits.jsonl:1" in error_of(llmcat("find"))
