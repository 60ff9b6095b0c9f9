"""Filter: deny beats allow, globs match whole ids, and nothing left is an error."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcat.errors import EmptyCatalog
from llmcat.pipeline.globs import compile_glob
from llmcat.pipeline.recipe import Filters, read_recipe
from tests.pipeline.building import build_from, column, rows, write_text

MODELS: dict[str, dict[str, Any]] = {
    "openai": {"models": {"gpt-5": {"aliases": ["gpt-latest"]}, "gpt-5-mini": {}, "o1": {}}},
    "google_vertex": {"models": {"gemini-2.5-pro": {}, "claude@20251001": {}}},
}


def left(tmp_path: Path, allow: Any = None, deny: Any = None) -> list[str]:
    """The specs that such filters leave."""
    filters = Filters(allow, deny or {})
    db = build_from(tmp_path / "c.db", ("mapping", MODELS), filters=filters)
    return column(db, "SELECT spec FROM models")


ALL = [
    "google-vertex:claude@20251001",
    "google-vertex:gemini-2.5-pro",
    "openai:gpt-5",
    "openai:gpt-5-mini",
    "openai:o1",
]


@pytest.mark.parametrize("allow", [None, {}])
def test_no_filter_lets_everything_through(tmp_path: Path, allow: Any) -> None:
    """allow {} is everything, as is no allow at all (behaviour 11)."""
    assert left(tmp_path, allow) == ALL


@pytest.mark.parametrize("line", ["", 'allow = "all"', "allow = {}"])
def test_recipes_that_allow_everything(tmp_path: Path, line: str) -> None:
    """In a recipe: nothing, "all" or {}."""
    file = tmp_path / "recipe.toml"
    write_text(file, f'[[source]]\nkind = "yaml"\npath = "x.yml"\n[filters]\n{line}\n')
    assert read_recipe(file).filters.allow is None


def test_deny_beats_allow(tmp_path: Path) -> None:
    """What both name is out."""
    assert left(tmp_path, {"openai": ["gpt-*"]}, {"openai": ["gpt-5"]}) == ["openai:gpt-5-mini"]


def test_a_provider_that_is_not_named_is_blocked(tmp_path: Path) -> None:
    """A non-empty allow is a list of all that may stay; so are its empty entries."""
    assert left(tmp_path, {"openai": ["o1"]}) == ["openai:o1"]
    assert left(tmp_path, {"openai": ["*"], "google_vertex": []}) == ALL[2:]
    providers = build_from(
        tmp_path / "p.db",
        ("mapping", MODELS),
        filters=Filters({"openai": ["*"], "google-vertex": []}),
    )
    assert column(providers, "SELECT id FROM providers") == ["openai"]


@pytest.mark.parametrize("name", ["google_vertex", "google-vertex", "Google_Vertex", "vertex"])
def test_filters_name_providers_as_recipes_do(tmp_path: Path, name: str) -> None:
    """Dashes, case and the recipe's aliases count alike."""
    db = build_from(
        tmp_path / "c.db",
        ("mapping", MODELS),
        filters=Filters({name: ["*"]}),
        provider_aliases={"vertex": "google-vertex"},
    )
    assert column(db, "SELECT spec FROM models") == ALL[:2]


def test_an_alias_of_a_denied_model_is_gone(tmp_path: Path) -> None:
    """A denied model leaves nothing behind by which it would be found."""
    db = build_from(
        tmp_path / "c.db", ("mapping", MODELS), filters=Filters(None, {"openai": ["gpt-5"]})
    )
    assert column(db, "SELECT alias FROM aliases") == []
    assert column(db, "SELECT rowid FROM models_fts WHERE models_fts MATCH 'latest'") == []
    assert column(db, "SELECT count(*) FROM prices WHERE spec = 'openai:gpt-5'") == [0]
    assert column(db, "SELECT count(*) FROM model_versions WHERE id = 'gpt-5'") == [0]
    assert column(db, "SELECT models_filtered FROM catalog") == [1]


@pytest.mark.parametrize(
    ("allow", "deny", "message"),
    [
        ({"open-ai": ["*"]}, {}, "allow names unknown providers: open-ai"),
        ({"openai": []}, {}, "the filters left no model"),
        (None, {"openai": ["*"], "google-vertex": ["*"]}, "the filters left no model"),
    ],
)
def test_nothing_left_is_an_error(tmp_path: Path, allow: Any, deny: Any, message: str) -> None:
    """Never wider than asked, and the old catalogue stays (behaviours 11 and 13)."""
    old = build_from(tmp_path / "c.db", ("mapping", MODELS)).read_bytes()
    with pytest.raises(EmptyCatalog, match=message):
        left(tmp_path, allow, deny)
    assert (tmp_path / "c.db").read_bytes() == old


@pytest.mark.parametrize(
    ("glob", "id_", "matches"),
    [
        ("gpt-5", "gpt-5", True),
        ("gpt-5", "gpt-5-mini", False),
        ("gpt-*", "gpt-5", True),
        ("*", "", True),
        ("*", "a/b:c@d\n", True),
        ("gpt-?", "gpt-5", True),
        ("gpt-?", "gpt-", False),
        ("gpt-?", "gpt-51", False),
        ("gpt.5", "gpt-5", False),
        ("gemini-2.5*", "gemini-2x5-pro", False),
        ("*.5-pro", "gemini-2.5-pro", True),
        ("a:b/c@d", "a:b/c@d", True),
        ("**-mini", "gpt-mini", True),
        ("[a-z]*", "gpt", False),
        ("[a-z]*", "[a-z]1", True),
        ("(x|y)+", "x", False),
        ("gpt", "GPT", False),
        ("\\*", "\\x", True),
    ],
)
def test_globs(glob: str, id_: str, matches: bool) -> None:
    """`*` and `?` over whole ids; all else is itself, and case counts (behaviour 12)."""
    assert bool(compile_glob(glob)(id_)) is matches


@given(st.text(alphabet="ab.[]!*?-\\", max_size=6), st.text(alphabet="ab.[]!-\\", max_size=8))
def test_globs_agree_with_their_definition(glob: str, id_: str) -> None:
    """Against the plain recursive meaning of * and ?."""
    assert bool(compile_glob(glob)(id_)) is by_definition(glob, id_)


def by_definition(glob: str, id_: str) -> bool:
    """What a glob means, word for word."""
    if not glob:
        return not id_
    if glob[0] == "*":
        return any(by_definition(glob[1:], id_[n:]) for n in range(len(id_) + 1))
    return bool(id_) and glob[0] in ("?", id_[0]) and by_definition(glob[1:], id_[1:])


def test_a_glob_of_many_stars_costs_no_time() -> None:
    """exclude_models come from files: none of them may stop a build."""
    started = time.process_time()
    assert not compile_glob("a*" * 20 + "b")("a" * 500)
    assert time.process_time() - started < 5


def test_the_file_keeps_its_filters_and_what_they_left_out(tmp_path: Path) -> None:
    """What was denied can be told apart from what nobody knows: each with the rule that did it."""
    filters = Filters(
        {"openai": ["*"], "Google_Vertex": ["gemini-*"]}, {"openai": ["o?"]}, ["openai"]
    )
    sources: dict[str, Any] = {**MODELS, "groq": {"exclude_models": ["*"], "models": {"x": {}}}}
    sources["openai"] = {**MODELS["openai"], "exclude_models": ["*-mini"]}
    db = build_from(tmp_path / "c.db", ("mapping", sources), filters=filters)
    assert json.loads(column(db, "SELECT filters FROM catalog")[0]) == {
        "allow": {"openai": ["*"], "google-vertex": ["gemini-*"]},
        "deny": {"openai": ["o?"]},
        "prefer": ["openai"],
    }
    assert {row["spec"]: row["rule"] for row in rows(db, "SELECT * FROM filtered")} == {
        "google-vertex:claude@20251001": "allow",
        "groq:x": "allow",
        "openai:gpt-5-mini": "exclude_models",
        "openai:o1": "deny",
    }
    assert column(db, "SELECT models_filtered FROM catalog") == [4]


def test_a_recipe_names_the_providers_that_it_prefers(tmp_path: Path) -> None:
    """`prefer` stands beside allow and deny; whatever the spelling, the file has the id."""
    file = tmp_path / "recipe.toml"
    write_text(
        file,
        '[[source]]\nkind = "yaml"\npath = "x.yml"\n[filters]\nprefer = ["openai", "groq"]\n',
    )
    assert read_recipe(file).filters.prefer == ["openai", "groq"]
