"""A patch: a few models anew on top of a catalogue come to what a build of all of it gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.pipeline.build import build
from llmcat.pipeline.entries import Document, Entry
from llmcat.pipeline.patch.cut_models import cut
from llmcat.pipeline.recipe import Recipe, SourceSpec, embedded_tables
from tests.pipeline.series import (
    APRIL,
    FEBRUARY,
    JANUARY,
    api,
    build_series,
    model,
    write_series,
)

TABLES = (
    *("models", "model_details", "providers", "aliases", "provider_aliases", "filtered"),
    *("model_versions", "prices", "changes", "disagreements", "outliers", "moments"),
    *("price_history", "capability_history", "deprecations"),
)

INDEX_OF_WORDS_HOLDS = "INSERT INTO models_fts (models_fts, rank) VALUES ('integrity-check', 1)"
FEW = (
    *("gpt-3.5-turbo", "gpt-4", "gpt-4-turbo", "gpt-4o", "gpt-4o-mini", "o3-mini"),
    *("text-embedding-3-small", "deepseek-chat", "deepseek-reasoner"),
)
OVERRIDES: dict[str, dict[str, Any]] = {
    "a limit": {"openai": {"models": [{"id": "gpt-4o", "limit": {"context": 64_000}}]}},
    "a price for less": {"deepseek": {"models": [{"id": "deepseek-chat", "cost": {"input": 0.2}}]}},
    "a price that stands out": {
        "openai": {"models": [{"id": "gpt-4o", "cost": {"input": 0.001, "output": 0}}]}
    },
    "what a model can do": {
        "anthropic": {"models": [{"id": "claude-haiku-4-5", "capabilities": {"chat": False}}]}
    },
    "a model of another base": {
        "openai": {"models": [{"id": "gpt-4", "base_model": "anthropic/claude-haiku-4-5"}]}
    },
    "known models at a new provider": {
        "acme": {
            "env": ["ACME_KEY"],
            "models": [
                {"id": "GPT-4o", "capabilities": {"chat": True}},
                {"id": "lab/claude-haiku-4-5-mine", "base_model": "anthropic/claude-haiku-4-5"},
                {"id": "text-embedding-3-small"},
            ],
        }
    },
    "an alias that is a model": {"openai": {"models": [{"id": "gpt-4", "aliases": ["gpt-4o"]}]}},
    "a model that was an alias": {"anthropic": {"models": [{"id": "claude-opus-latest"}]}},
    "features of a provider": {"deepseek": {"features": ["streaming"], "models": []}},
    "the end of a provider": {"deepseek": {"retires_on": "2026-01-31", "models": []}},
    "models left out": {"openai": {"exclude_models": ["gpt-3*"], "models": []}},
    "a field that is none": {"openai": {"models": [{"id": "gpt-4o", "limit": {"context": "big"}}]}},
}


@pytest.fixture(scope="module")
def base(three_labs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few models of three labs as they come out of a build that knows who makes what."""
    known = embedded_tables()
    folder = tmp_path_factory.mktemp("base")
    part, output = folder / "part.db", folder / "catalog.db"
    with Catalog(three_labs) as catalog:
        specs = {m.spec for m in catalog.models() if m.id in FEW or m.id.startswith("claude-")}
    cut(three_labs, specs).execute("VACUUM INTO ?", (str(part),))
    source = SourceSpec("catalog", "three labs", part, part.name)
    build(Recipe((source,), known.provider_aliases, known.labs), output)
    return output


def rows(catalog: Catalog, table: str, but: tuple[str, ...] = ()) -> set[tuple[Any, ...]]:
    """All rows of a table or view, which may stand in any order."""
    cursor = catalog.connection.execute(f"SELECT * FROM {table}")
    kept = [n for n, column in enumerate(cursor.description) if column[0] not in but]
    return {tuple(row[n] for n in kept) for row in cursor}


def built(base: Path, *overrides: Any) -> Catalog:
    """A build of the whole catalogue with the overrides on top."""
    aliases = dict(Catalog(base).connection.execute("SELECT alias, provider FROM provider_aliases"))
    return Catalog.from_sources(
        ("catalog", base), *overrides, provider_aliases=aliases, strict=False
    )


@pytest.mark.parametrize("what", OVERRIDES)
def test_overrides_come_to_what_a_build_of_all_gives(what: str, base: Path) -> None:
    """Row by row, history and what is derived included."""
    overrides = OVERRIDES[what]
    whole = built(base, overrides)
    patched = Catalog(base).with_overrides(overrides, strict=False)
    for table in TABLES:
        assert rows(patched, table) == rows(whole, table), table
    assert rows(patched, "rejects") >= rows(whole, "rejects")
    patched.connection.execute("PRAGMA query_only = 0")
    patched.connection.execute(INDEX_OF_WORDS_HOLDS)


def test_a_model_that_is_gone_comes_back_with_its_past(tmp_path: Path) -> None:
    """An override that names it again goes on where its history ended."""
    series = {JANUARY: api(acme={"m": model(), "n": model()}), FEBRUARY: api(acme={"m": model()})}
    base = build_series(tmp_path / "base.db", write_series(tmp_path / "s", series))
    back = {"acme": {"models": [{"id": "n", "name": "N again"}]}}
    patched = Catalog(base).with_overrides(back)
    for table in TABLES:
        assert rows(patched, table) == rows(built(base, back), table), table
    assert patched.as_of(JANUARY).model("acme:n").name == "Acme"


def test_of_other_models_nothing_is_changed(base: Path) -> None:
    """Not the tier of one that a dearer newcomer would move, and no default of a provider."""
    text = {"input": ["text"], "output": ["text"]}
    dear = [
        {
            "id": f"dear-{number}",
            "cost": {"input": 900, "output": 900},
            "release_date": "2026-11-01",
            "modalities": text,
        }
        for number in range(60)
    ]
    before = Catalog(base)
    patched = before.with_overrides({"acme": {"models": dear}})
    assert patched.model("acme:dear-1").quality_tier == "best"
    assert rows(before, "models") <= rows(patched, "models")
    assert rows(before, "providers") <= rows(patched, "providers")


def test_the_sources_and_the_digest_say_what_it_is_now(base: Path) -> None:
    """Those of the catalogue stay, the overrides come behind; other overrides, another digest."""
    before = Catalog(base).info()
    one, same, other = (
        Catalog(base)
        .with_overrides({"openai": {"models": [{"id": "gpt-4o", "name": name}]}})
        .info()
        for name in ("One", "One", "Other")
    )
    assert [source["name"] for source in one["sources"]] == [
        *(source["name"] for source in before["sources"]),
        "overrides 2",
    ]
    assert one["parent_digest"] == before["content_digest"]
    assert one["content_digest"] == same["content_digest"] != other["content_digest"]
    assert one["records_read"] == before["records_read"] + 1


class Once:
    """A source that may be read a single time."""

    role = "base"

    def __init__(self) -> None:
        self.read_before = False

    def read(self, location: Any) -> Iterator[Document]:
        """Its document."""
        assert not self.read_before
        self.read_before = True
        yield Document("once", None, "digest")

    def translate(self, document: Document) -> Iterator[Entry]:
        """A rule, and a model."""
        facts = {"provider": "openai", "id": "gpt-4*", "tags": ["fours"]}
        if self.role == "witness":
            yield Entry("model", "once", facts, None, matches=lambda id_: id_.startswith("gpt-4"))
        yield Entry("model", "once", {"provider": "openai", "id": "mine", "tags": ["own"]}, None)


def test_a_source_of_ones_own_is_read_once(base: Path) -> None:
    """Though a patch has to know first of whom it speaks."""
    found = Catalog(base).with_overrides(Once())
    assert found.model("openai:mine").tags == ("own",)


def test_a_rule_speaks_of_all_models_that_it_matches(base: Path) -> None:
    """A witness with globs fills what others leave open, as in a build."""

    class Witness(Once):
        role = "witness"

    whole = built(base, Witness())
    patched = Catalog(base).with_overrides(Witness(), strict=False)
    assert "fours" in (patched.model("openai:gpt-4o").tags or ())
    for table in TABLES:
        assert rows(patched, table) == rows(whole, table), table


def test_a_later_file_makes_the_catalogue_younger(tmp_path: Path) -> None:
    """A snapshot on top is of its own time."""
    base = build_series(
        tmp_path / "base.db", write_series(tmp_path / "s", {JANUARY: api(acme={"m": model()})})
    )
    write_series(tmp_path / "later", {APRIL: api(acme={"m": model(name="Newer")})})
    later = ("models.dev", tmp_path / "later")
    patched = Catalog(base).with_overrides(later)
    assert (patched.info()["built_at"], patched.model("acme:m").name) == (APRIL, "Newer")
    for table in TABLES:
        assert rows(patched, table) == rows(built(base, later), table), table
