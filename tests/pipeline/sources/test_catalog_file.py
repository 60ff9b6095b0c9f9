"""A catalogue as a layer: the shipped one with files of one's own on top."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.errors import EmptyCatalog, SourceError
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec, embedded_recipe, read_recipe
from llmcat.storage.template import schema_version, template
from tests.pipeline.building import (
    build_from,
    column,
    details,
    model,
    provider,
    reasons,
    rows,
    write_text,
)
from tests.pipeline.series import FEBRUARY, JANUARY, MARCH, api, build_series, write_series
from tests.pipeline.series import model as said

FIXTURES = Path(__file__).parent.parent / "fixtures"
LABS = {"openai": ["gpt-*"], "deepseek": ["deepseek-*"]}
ALIASES = {"gemini": "google"}

MINE = """
provider: openai
default_model: gpt-5.4
exclude_models: [nothing-*]
local: no
limitations: {rpm: 500}
models:
  gpt-5.4:
    pricing: {input: 2.0}
    aliases: [gpt-latest]
    tags: [house]
    capabilities: {prompt_caching: {min_tokens: 1024}, tts: false}
    notes: our default
    deprecation_date: '2026-01-01'
  openai/gpt-house: {context_window: 0, mode: embedding}
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A catalogue of three layers, with everything in it that a catalogue can hold."""
    write_text(tmp_path / "mine" / "openai.yml", MINE)
    write_text(
        tmp_path / "mine" / "google" / "g.toml",
        'id = "gemini-1.5-pro"\n[lifecycle]\nretires_at = 2025-09-24\n',
    )
    return build_from(
        tmp_path / "base.db",
        ("models.dev", FIXTURES / "api.json"),
        ("yaml", tmp_path / "mine"),
        ("toml", tmp_path / "mine"),
        labs=LABS,
        provider_aliases=ALIASES,
    )


TABLES = ("models", "model_details", "providers", "aliases", "provider_aliases")
MOVED = {
    JANUARY: api(acme={"m": said(cost={"input": 4.0})}),
    FEBRUARY: api(acme={"m": said(cost={"input": 3.0})}),
    MARCH: api(acme={"m": said(cost={"input": 3.0})}),
}
PAST = ("model_versions", "prices", "changes")


def test_there_and_back_changes_nothing(base: Path, tmp_path: Path) -> None:
    """A catalogue built from a catalogue alone has its rows, provenance included."""
    again = build_from(
        tmp_path / "again.db", ("catalog", base), labs=LABS, provider_aliases=ALIASES
    )
    for table in TABLES:
        assert rows(again, f"SELECT * FROM {table}") == rows(base, f"SELECT * FROM {table}")
    assert reasons(again) == []


def test_there_and_back_with_the_shipped_catalogue(shipped: Path, tmp_path: Path) -> None:
    """The same with every model that users get, and with its past."""
    recipe = read_recipe(embedded_recipe())
    source = SourceSpec("catalog", "catalog", shipped, shipped.name)
    again = tmp_path / "again.db"
    build(Recipe((source,), recipe.provider_aliases, recipe.labs), again)
    connection = sqlite3.connect(again)
    connection.execute("ATTACH ? AS shipped", [str(shipped)])
    for table in (*TABLES, *PAST):
        for one, other in (("main", "shipped"), ("shipped", "main")):
            sql = f"SELECT * FROM {one}.{table} EXCEPT SELECT * FROM {other}.{table}"
            assert connection.execute(sql).fetchall() == []
    connection.close()


def test_an_overlay_on_top_keeps_the_provenance_of_both(base: Path, tmp_path: Path) -> None:
    """What the base said is still known to be its sources', what is new is the overlay's."""
    over = write_text(
        tmp_path / "over.yml",
        "provider: openai\nmodels:\n  gpt-5.4: {pricing: {output: 9.0}, tags: [eu]}\n",
    )
    db = build_from(tmp_path / "c.db", ("catalog", base), ("yaml", over), labs=LABS)
    before = details(base, "openai:gpt-5.4")["provenance"]
    assert before["*"] == "models.dev"
    assert before["cost.input"] == "yaml/openai.yml"
    after = details(db, "openai:gpt-5.4")["provenance"]
    assert after == {**before, "cost.output": "yaml", "tags": "yaml"}
    found = model(db, "openai:gpt-5.4")
    assert (found["cost_input"], found["cost_output"]) == (2.0, 9.0)
    assert found["tags"] == ["eu", "house"]
    assert model(db, "deepseek:deepseek-reasoner") == model(base, "deepseek:deepseek-reasoner")


def test_an_overlay_on_top_keeps_the_past(tmp_path: Path) -> None:
    """A build of a catalogue and a file goes on from that catalogue's past, whether the new file was
    there as its copy, was not there, or is built again."""
    base = build_series(tmp_path / "base.db", write_series(tmp_path / "s", MOVED))
    over = write_text(
        tmp_path / "over.yml", "provider: acme\nmodels:\n  m: {pricing: {input: 2.5}}\n"
    )
    new, copy = tmp_path / "new.db", tmp_path / "copy.db"
    shutil.copy(base, copy)
    sources = (("catalog", base), ("yaml", over))
    build_from(new, *sources)
    assert [price.usd for price in Catalog(new).prices("acme:m")] == [4.0, 3.0, 2.5]
    assert Catalog(new).as_of(JANUARY).model("acme:m").cost_input == 4.0
    first = new.read_bytes()
    assert build_from(copy, *sources).read_bytes() == first
    assert build_from(new, *sources).read_bytes() == first


def test_overrides_in_memory_keep_the_past(tmp_path: Path) -> None:
    """What a call cost last month does not change because the program overrides today's price."""
    base = build_series(tmp_path / "base.db", write_series(tmp_path / "s", MOVED))
    cat = Catalog(base).with_overrides({"acme": {"models": [{"id": "m", "cost": {"input": 1.0}}]}})
    assert cat.cost("acme:m", 1_000_000).total == 1
    assert cat.cost("acme:m", 1_000_000, at=JANUARY).total == 4


def test_a_catalogue_on_top_keeps_the_provenance_of_both(base: Path, tmp_path: Path) -> None:
    """The other way round: what is taken from the catalogue is still its sources'."""
    under: dict[str, Any] = {"openai": {"models": {"gpt-5.4": {"license": "house", "name": "old"}}}}
    db = build_from(tmp_path / "c.db", ("mapping", under), ("catalog", base), labs=LABS)
    provenance = details(db, "openai:gpt-5.4")["provenance"]
    assert (provenance["*"], provenance["name"]) == ("mapping", "models.dev")
    assert (provenance["cost"], provenance["cost.input"]) == ("models.dev", "yaml/openai.yml")
    assert model(db, "openai:gpt-5.4")["license"] == "house"


def test_what_was_derived_is_derived_anew(base: Path, tmp_path: Path) -> None:
    """A new date makes another status: the old derived one is no fact that would stand."""
    assert model(base, "google:gemini-1.5-pro")["status"] == "retired"
    over: dict[str, Any] = {"google": {"models": {"gemini-1.5-pro": {"retires_on": "2099-01-01"}}}}
    db = build_from(tmp_path / "c.db", ("catalog", base), ("mapping", over))
    assert model(db, "google:gemini-1.5-pro")["status"] is None
    over = {"openai": {"models": {"gpt-5.4": {"modalities": {"input": ["text"]}}}}}
    db = build_from(tmp_path / "c.db", ("catalog", base), ("mapping", over))
    assert (model(base, "openai:gpt-5.4")["vision"], model(db, "openai:gpt-5.4")["vision"]) == (
        1,
        0,
    )


def test_what_a_user_holds_survives_a_refresh(base: Path, tmp_path: Path) -> None:
    """The newest upstream over one's own catalogue: notes and defaults stay (behaviour 10)."""
    db = build_from(tmp_path / "c.db", ("catalog", base), ("models.dev", FIXTURES / "api.json"))
    assert details(db, "openai:gpt-5.4")["notes"] == "our default"
    assert provider(db, "openai")["default_model"] == "gpt-5.4"
    assert provider(db, "openai")["extra"] == {"exclude_models": ["nothing-*"]}
    assert model(db, "openai:gpt-5.4")["aliases"] == ["gpt-latest"]


def test_it_knows_what_it_was_built_upon(base: Path, tmp_path: Path) -> None:
    """parent_digest is the base's content_digest, and its time is the catalogue's."""
    db = build_from(tmp_path / "c.db", ("catalog", base))
    [[digest, at]] = [
        list(row.values()) for row in rows(base, "SELECT content_digest, built_at FROM catalog")
    ]
    [facts] = rows(db, "SELECT parent_digest, built_at FROM catalog")
    assert facts == {"parent_digest": digest, "built_at": at}
    assert column(base, "SELECT parent_digest FROM catalog") == [None]


def test_a_catalogue_may_be_built_over_itself(base: Path) -> None:
    """-o over its own source: read whole before anything is written."""
    before = rows(base, "SELECT * FROM model_details")
    build_from(base, ("catalog", base))
    assert rows(base, "SELECT * FROM model_details") == before


@pytest.mark.parametrize(
    ("table", "setting"),
    [
        ("model_details", "provenance = '{}'"),
        ("model_details", "provenance = '[\"*\"]'"),
        ("model_details", "provenance = 'no JSON'"),
        ("model_details", "extra = '{'"),
        ("model_details", "cost = '[]'"),
        ("model_details", 'cost = \'{"input": "free"}\''),
        ("models", "aliases = '5'"),
        ("models", "modalities_input = x'80'"),
        ("models", "release_date = 'yesterday'"),
        ("models", "provider = 'a:b'"),
    ],
)
def test_a_damaged_row_costs_only_itself(
    base: Path, tmp_path: Path, table: str, setting: str
) -> None:
    """A catalogue that somebody has written to: one reject, of the row or of what is wrong in it."""
    connection = sqlite3.connect(base)
    if table == "model_details":  # its texts stand apart
        field, _, value = setting.partition(" = ")
        connection.execute(f"INSERT INTO texts SELECT max(number) + 1, {value} FROM texts")
        setting = f"{field} = (SELECT max(number) FROM texts)"
        number = "(SELECT number FROM specs WHERE spec = 'openai:gpt-image-1')"
        connection.execute(f"UPDATE detail_log SET {setting} WHERE model = {number}")
    else:
        connection.execute(f"UPDATE {table} SET {setting} WHERE spec = 'openai:gpt-image-1'")
    connection.commit()
    connection.close()
    db = build_from(tmp_path / "c.db", ("catalog", base))
    [field] = column(db, "SELECT field FROM rejects")
    lost = 1 if field is None else 0
    left = column(base, "SELECT count(*) FROM models")[0] - lost
    assert column(db, "SELECT count(*) FROM models") == [left]


def test_a_damaged_provider_costs_only_itself(base: Path, tmp_path: Path) -> None:
    """Its models stay."""
    connection = sqlite3.connect(base)
    connection.execute("UPDATE providers SET env = '{', extra = '[]' WHERE id = 'openai'")
    connection.commit()
    connection.close()
    db = build_from(tmp_path / "c.db", ("catalog", base))
    assert column(db, "SELECT kind, spec FROM rejects") == ["provider"]
    assert provider(db, "openai")["name"] is None
    assert model(db, "openai:gpt-5.4")


def made(path: Path, sql: str) -> Path:
    """A SQLite file from a script."""
    connection = sqlite3.connect(path)
    connection.executescript(sql)
    connection.close()
    return path


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("CREATE TABLE models (id)", "is a SQLite file but no llmcat catalogue"),
        ("PRAGMA application_id = 1280068931; PRAGMA user_version = 99", "has schema 99"),
        (
            f"PRAGMA application_id = 1280068931; PRAGMA user_version = {schema_version()}",
            "is no whole catalogue: abilities is missing",
        ),
    ],
)
def test_what_is_no_catalogue(tmp_path: Path, sql: str, reason: str) -> None:
    """Another database, another schema, half a catalogue: one line."""
    with pytest.raises(SourceError, match=reason):
        build_from(tmp_path / "c.db", ("catalog", made(tmp_path / "other.db", sql)))


def test_an_empty_catalogue_holds_nothing(tmp_path: Path) -> None:
    """What the template alone makes is a catalogue, and says nothing."""
    empty = made(tmp_path / "empty.db", template())
    with pytest.raises(EmptyCatalog):
        build_from(tmp_path / "c.db", ("catalog", empty))
    over: dict[str, Any] = {"openai": {"models": {"m": {}}}}
    db = build_from(tmp_path / "c.db", ("catalog", empty), ("mapping", over))
    assert column(db, "SELECT spec FROM models") == ["openai:m"]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_catalogue_that_is_cut_short(base: Path, tmp_path: Path, share: float) -> None:
    """A copy that broke off is refused."""
    content = base.read_bytes()
    cut = tmp_path / "cut.db"
    cut.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(SourceError, match=r"is damaged: .* bytes long"):
        build_from(tmp_path / "c.db", ("catalog", cut))
