"""llmcat build --recipe: a recipe of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmcat import Catalog
from tests.cli.running import Said, api_json, error_of, llmcat, process, written

SOURCE = '[[source]]\nkind = "models.dev"\npath = "up/api.json"\n'


def build(folder: Path, recipe: str) -> Said:
    """Build folder/catalog.db from this recipe, beside an api.json with three models."""
    api_json(folder / "up/api.json", **{"small-1": 1, "small-2": 2, "large": 3})
    path = written(folder / "recipe.toml", recipe)
    return llmcat("build", "-o", folder / "catalog.db", "--recipe", path)


def ids(folder: Path) -> list[str]:
    return [model.id for model in Catalog(folder / "catalog.db").models()]


def test_paths_in_a_recipe_are_relative_to_it(tmp_path: Path) -> None:
    """The recipe of another folder is built from wherever one stands."""
    api_json(tmp_path / "kitchen/up/api.json", small=1)
    written(tmp_path / "kitchen/recipe.toml", SOURCE)
    written(tmp_path / "elsewhere/.keep", "")
    said = process("build", "--recipe", "../kitchen/recipe.toml", cwd=tmp_path / "elsewhere")
    assert said.status == 0
    assert "  sources    models.dev (up/api.json)" in said.lines
    assert (tmp_path / "elsewhere/catalog.db").is_file()


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ('allow = "all"', ["large", "small-1", "small-2"]),
        ("allow = {}", ["large", "small-1", "small-2"]),
        ('allow = { acme = ["small-*"] }', ["small-1", "small-2"]),
        ('deny = { acme = ["*-2"] }', ["large", "small-1"]),
        ('allow = { acme = ["small-?"] }\ndeny = { acme = ["small-2"] }', ["small-1"]),
    ],
)
def test_filters_allow_and_deny(tmp_path: Path, filters: str, left: list[str]) -> None:
    """Globs over whole ids; deny beats allow; the report counts what was left out."""
    said = build(tmp_path, f"{SOURCE}[filters]\n{filters}\n")
    assert ids(tmp_path) == left
    assert f"+ {3 - len(left)} filtered" in said.out


def test_filters_that_leave_nothing_are_an_error(tmp_path: Path) -> None:
    """Never wider than asked: an unknown provider alone does not mean everything."""
    assert "filter" in error_of(
        build(tmp_path, f'{SOURCE}[filters]\nallow = {{ nobody = ["*"] }}\n')
    )
    assert not (tmp_path / "catalog.db").exists()


def test_a_provider_has_other_names(tmp_path: Path) -> None:
    """The names under [provider_aliases] are understood by every command."""
    build(tmp_path, f'{SOURCE}[provider_aliases]\nacme-ai = "acme"\n')
    said = llmcat("resolve", "acme_ai/large", "--db", tmp_path / "catalog.db", "--json")
    assert said.json["spec"] == "acme:large"


def test_an_optional_source_may_be_missing(tmp_path: Path) -> None:
    """It is noted among the rejects; without `optional` the build stops."""
    more = '[[source]]\nkind = "yaml"\npath = "mine"\n'
    assert "mine" in error_of(build(tmp_path, SOURCE + more))
    said = build(tmp_path, SOURCE + more + "optional = true\n")
    assert said.status == 0
    assert len(ids(tmp_path)) == 3
    [reject] = llmcat(
        "sql", "select source, kind from rejects", "--db", tmp_path / "catalog.db", "--json"
    ).json
    assert reject == {"source": "yaml", "kind": "file"}


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (SOURCE + SOURCE, "two sources are named 'models.dev'; give one a name of its own"),
        (SOURCE.replace("models.dev", "excel"), "'excel': is unknown; there are models.dev"),
        (SOURCE + 'nme = "x"\n', "recipe.toml:4: source.0.nme: is unknown"),
        (SOURCE + "optional = 3\n", "recipe.toml:4: source.0.optional: "),
        ('[[source]]\nkind = "yaml"\n', "the source 'yaml' has neither a path nor a url"),
        (SOURCE + '[filters]\nallow = "some"\n', "recipe.toml:5: filters.allow"),
        ("[[source]\n", "recipe.toml:1: no TOML: "),
        (SOURCE.replace("path", "pth"), "recipe.toml:3: source.0.pth: is unknown"),
        ('[pull]\nurl = "https://x.example/api.json"\n', "recipe.toml:1: source: "),
        ("", "recipe.toml: is empty"),
    ],
)
def test_a_wrong_recipe_says_where(tmp_path: Path, recipe: str, words: str) -> None:
    """File, line, key and reason; nothing is written."""
    assert words in error_of(build(tmp_path, recipe))
    assert not (tmp_path / "catalog.db").exists()


def test_a_recipe_that_is_not_there(tmp_path: Path) -> None:
    """A missing file and a folder in place of one."""
    assert "no such file" in error_of(llmcat("build", "--recipe", tmp_path / "no.toml"))
    assert "is a directory" in error_of(llmcat("build", "--recipe", tmp_path))


def test_a_recipe_is_no_source_of_itself(tmp_path: Path) -> None:
    """It is refused before it is read again and again."""
    itself = f'[[source]]\nkind = "toml"\npath = "../{tmp_path.name}/recipe.toml"\n'
    assert "the source 'toml' is the recipe itself" in error_of(build(tmp_path, SOURCE + itself))


def test_a_recipe_of_more_sources_than_anybody_has(tmp_path: Path) -> None:
    """A hundred will do."""
    many = "".join(f'{SOURCE}name = "s{number}"\n' for number in range(101))
    assert "names more than 100 sources" in error_of(build(tmp_path, many))


def test_only_sources_that_are_pulled_have_dated_snapshots(tmp_path: Path) -> None:
    """A recipe with a pulled source builds with overlays beside it, whatever their files are called."""
    api_json(tmp_path / "pinned/2026-01-13T000000Z.json", small=1)
    written(tmp_path / "overlays/acme.yml", "provider: acme\nmodels: {}\n")
    recipe = (
        '[[source]]\nkind = "models.dev"\npath = "pinned"\npulled = true\n'
        '[[source]]\nkind = "yaml"\npath = "overlays"\n'
    )
    written(tmp_path / "recipe.toml", recipe)
    said = llmcat("build", "-o", tmp_path / "c.db", "--recipe", tmp_path / "recipe.toml")
    assert (said.status, said.err) == (0, "")
