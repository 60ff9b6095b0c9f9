"""The user's layer: overlays and what was discovered lie over the catalogue, with provenance."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from llmcat import Catalog
from llmcat.errors import CatalogError
from tests.cli.running import llmcat, written
from tests.conftest import MakeCatalog

OVERLAY = """\
updated_at: 2026-11-20
provider: openai
models:
  gpt-4o:
    pricing: {input: 1.0}
  tuned:
    context_window: 32000
    capabilities: [vision]
"""


def test_an_overlay_lies_over_the_catalogue_and_the_rest_stays(home: Path) -> None:
    """What it says wins, what it is silent of stays, and provenance knows both."""
    written(home / "config" / "mine.yml", OVERLAY)
    with Catalog() as catalog:
        model = catalog.model("openai:gpt-4o")
        assert (model.cost_input, model.cost_output, model.limit_context) == (1.0, 10, 128_000)
        assert (model.name, model.family) == ("GPT-4o", "gpt")
        assert model.details.provenance["cost.input"] == "mine.yml"
        assert catalog.model("openai:tuned").vision is True
        assert [m.spec for m in catalog.search("tuned")] == ["openai:tuned"]
        assert catalog.cost("openai:gpt-4o", 1_000_000, 0).total == 1
        assert "mine.yml" in [source["name"] for source in catalog.info()["sources"]]


def test_its_date_is_that_which_it_says_and_the_past_stays(home: Path) -> None:
    """updated_at dates it; before that day the catalogue's own state stood."""
    written(home / "config" / "mine.yml", OVERLAY)
    with Catalog() as catalog:
        [change] = [c for c in catalog.history("openai:gpt-4o") if c.field == "cost_input"]
        assert (change.at, change.old, change.new) == ("2026-11-20T00:00:00Z", 2.5, 1.0)
        assert catalog.as_of("2026-11-19").model("openai:gpt-4o").cost_input == 2.5
        assert catalog.as_of("2026-11-21").model("openai:gpt-4o").cost_input == 1.0


def test_what_it_is_silent_of_follows_from_the_whole_catalogue(
    home: Path, monkeypatch: pytest.MonkeyPatch, make_catalog: MakeCatalog
) -> None:
    """The default of the provider, the family of a namesake."""
    chats = {"capabilities": {"chat": True}, "release_date": "2025-01-01"}
    models = [
        {"id": "small", "family": "acme-small", **chats},
        {"id": "old", **chats, "release_date": "2024-01-01"},
    ]
    base = {"acme": {"env": ["ACME_KEY"], "models": models}}
    monkeypatch.setenv("LLMCAT_DB", str(make_catalog(base)))
    text = "models:\n  - {provider: acme, id: old, description: mine}\n  - {provider: other, id: small}\n"
    written(home / "config" / "mine.yml", text)
    with Catalog() as catalog:
        assert catalog.provider("acme").default_model == "small"
        assert catalog.model("acme:old").description == "mine"
        assert catalog.model("other:small").family == "acme-small"


def test_a_price_of_ones_own_ends_what_was_free(
    home: Path, monkeypatch: pytest.MonkeyPatch, make_catalog: MakeCatalog
) -> None:
    """How a model is billed follows from its prices as they are with the layer."""
    models = [{"id": "m", "cost": {"input": 0, "output": 0}}]
    monkeypatch.setenv("LLMCAT_DB", str(make_catalog({"acme": {"models": models}})))
    assert Catalog().model("acme:m").billing == "free"
    written(home / "config" / "mine.yml", "provider: acme\nmodels: {m: {pricing: {input: 1}}}\n")
    assert Catalog().model("acme:m").billing == "token"


def test_a_changed_file_is_taken_up_and_no_file_is_no_layer(home: Path) -> None:
    """Made anew by itself; without files the catalogue itself is opened."""
    mine = written(home / "config" / "mine.yml", OVERLAY)
    assert Catalog().model("openai:gpt-4o").cost_input == 1.0
    first = Catalog().path
    assert Catalog().path == first
    written(mine, OVERLAY.replace("1.0", "0.25"))
    assert Catalog().model("openai:gpt-4o").cost_input == 0.25
    mine.unlink()
    assert Catalog().path == os.environ["LLMCAT_DB"]


def test_a_catalogue_that_is_named_has_no_layer(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path means that very file; an empty LLMCAT_CONFIG means no layer at all."""
    written(home / "config" / "mine.yml", OVERLAY)
    assert Catalog(os.environ["LLMCAT_DB"]).model("openai:gpt-4o").cost_input == 2.5
    monkeypatch.setenv("LLMCAT_CONFIG", "")
    assert Catalog().model("openai:gpt-4o").cost_input == 2.5


def test_the_copy_is_a_whole_catalogue(home: Path) -> None:
    """Its schema, its index of words and its numbers hold."""
    written(home / "config" / "mine.yml", OVERLAY)
    with Catalog() as catalog:
        path = catalog.path
        assert catalog.info()["models"] == len(catalog.models()) == 3
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.execute("INSERT INTO models_fts (models_fts, rank) VALUES ('integrity-check', 1)")
    connection.close()


def test_a_broken_overlay_costs_only_itself_and_the_doctor_names_it(home: Path) -> None:
    """File, line and reason; the others lie over the catalogue all the same."""
    written(home / "config" / "bad.yml", "provider: openai\nmodels: [\n")
    written(home / "config" / "half.yml", OVERLAY.replace("1.0", "'dear'"))
    written(home / "config" / "mine.yml", OVERLAY.replace("tuned", "fine"))
    with Catalog() as catalog:
        assert catalog.model("openai:gpt-4o").cost_input == 1.0
        assert "openai:fine" in catalog
        assert "openai:tuned" in catalog
    said = llmcat("doctor", "--nl")
    bad = {row["name"]: row["hint"] for row in said.nl if row["broken"]}
    assert said.status == 1
    assert any("bad.yml" in name for name in bad)
    assert any("half.yml" in name or "cost" in name for name in bad)


def test_a_damaged_copy_is_made_again(home: Path) -> None:
    """It is llmcat's own; nobody needs to mend it."""
    written(home / "config" / "mine.yml", OVERLAY)
    with Catalog() as catalog:
        path = Path(catalog.path)
    for damage in (b"", b"xx", b"SQLite format 3\0" + bytes(200)):
        path.write_bytes(damage)
        with Catalog() as catalog:
            assert catalog.model("openai:gpt-4o").cost_input == 1.0


def test_scores_that_cannot_be_read_are_named_by_the_doctor(home: Path) -> None:
    """With the file."""
    path = written(home / "data" / "scores.db", "no database")
    [row] = [row for row in llmcat("doctor", "--nl").nl if row["what"] == "measured"]
    assert (row["name"], row["broken"]) == (str(path), True)


def test_a_folder_that_cannot_be_written_says_the_way_out(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line, with both ways out."""
    written(home / "config" / "mine.yml", OVERLAY)
    blocked = written(home / "blocked", "")
    monkeypatch.setenv("LLMCAT_DATA", str(blocked))
    with pytest.raises(CatalogError, match="LLMCAT_DATA"):
        Catalog()


def test_a_catalogue_that_watches_takes_up_a_new_layer(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the catalogue itself stays."""
    monkeypatch.setattr("llmcat.storage.current.NOTICE_SECONDS", 0.0)
    with Catalog(watch=True) as catalog:
        assert catalog.model("openai:gpt-4o").cost_input == 2.5
        written(home / "config" / "mine.yml", OVERLAY)
        assert catalog.model("openai:gpt-4o").cost_input == 1.0


OLLAMA = {
    "tags": {
        "models": [
            {"name": "qwen3:8b", "details": {"context_length": 40960, "family": "qwen3"}},
            {"name": "big:cloud", "remote_host": "https://ollama.com", "remote_model": "big"},
        ]
    },
    "show": {"qwen3:8b": {"capabilities": ["completion", "tools"]}},
    "ps": {"models": []},
}


def test_what_was_discovered_joins_and_what_is_new_has_marked_defaults(
    home: Path, discovered: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fact never gives way to a guess: what the server says stands, the rest is the fallback's."""
    discovered("ollama", "ollama", OLLAMA, local=True)
    with Catalog() as catalog:
        model = catalog.model("ollama:qwen3:8b")
        assert (model.tools, model.family, model.cost_input) == (True, "qwen3", 0)
        assert model.limit_context == 4096
        assert "fallback" in model.tags
        assert model.details.provenance["*"] == "fallback"
        assert model.details.weights["trained_context"] == 40960
        assert catalog.model("ollama-cloud:big").cost_input is None
        assert [m.spec for m in catalog.find(available=True)] == ["ollama:qwen3:8b"]


def test_a_model_is_available_where_its_key_is_set_and_its_endpoint_lists_it(
    home: Path, discovered: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alias in the list means the model that has it."""
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    with Catalog() as catalog:
        both = ["openai:gpt-4o", "openai:gpt-old"]
        assert [m.spec for m in catalog.find(available=True)] == both
    discovered("openai", "openai", {"/models": [{"data": [{"id": "gpt-4o-2024-11-20"}]}]})
    with Catalog() as catalog:
        assert [m.spec for m in catalog.find(available=True)] == ["openai:gpt-4o"]
        rows = catalog.sql("SELECT spec, listed, callable, discovered_at FROM availability")
        assert [(r["spec"], r["listed"], r["callable"]) for r in rows] == [
            ("openai:gpt-4o", 1, None),
            ("openai:gpt-old", 0, None),
        ]
    assert llmcat("find", "--available", "--nl").nl[0]["spec"] == "openai:gpt-4o"
    monkeypatch.delenv("OPENAI_API_KEY")
    with Catalog() as catalog:
        assert catalog.find(available=True) == []


def test_a_local_server_that_does_not_answer_is_not_available(
    home: Path, discovered: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its models are known still."""
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1")
    discovered("ollama", "ollama", OLLAMA, local=True, error="cannot be fetched")
    with Catalog() as catalog:
        assert "ollama:qwen3:8b" in catalog
        assert catalog.find(available=True) == []


def test_what_an_endpoint_lists_and_refuses_is_not_available(
    home: Path, discovered: Callable[..., None]
) -> None:
    """A file that llama.cpp's router could not load, as its list says once it tried."""
    rows = [
        {"id": "tiny", "owned_by": "llamacpp", "status": {"value": "unloaded"}},
        {
            "id": "damaged",
            "owned_by": "llamacpp",
            "status": {"value": "unloaded", "exit_code": 1, "failed": True},
        },
    ]
    discovered("llamacpp", "openai-compatible", {"models": {"data": rows}}, local=True)
    with Catalog() as catalog:
        assert [m.spec for m in catalog.find(available=True)] == ["llamacpp:tiny"]
        assert "llamacpp:damaged" in catalog


def test_limits_of_an_endpoint_are_its_own_and_differences_are_disagreements(
    home: Path, discovered: Callable[..., None]
) -> None:
    """And null never overrides."""
    row = {"id": "gpt-4o", "context_window": 64_000, "max_completion_tokens": None}
    discovered("openai", "groq", {"/models": [{"data": [row]}]})
    with Catalog() as catalog:
        model = catalog.model("openai:gpt-4o")
        assert (model.limit_context, model.limit_output) == (64_000, 16_384)
        [found] = catalog.sql("SELECT field, value, other_value FROM disagreements")
        assert tuple(found.values()) == ("limit.context", "64000", "128000")


def test_an_answer_that_is_older_than_the_catalogue_only_fills(
    home: Path, discovered: Callable[..., None]
) -> None:
    """What was learned since stands; the name is the catalogue's in any case."""
    row = {"id": "gpt-4o", "context_window": 64_000, "max_completion_tokens": 1}
    other = {"id": "gpt-old", "context_window": 8_000}
    answer = {"/models": [{"data": [row, other]}]}
    discovered("openai", "groq", answer, at="2026-01-01T00:00:00Z")
    with Catalog() as catalog:
        model = catalog.model("openai:gpt-4o")
        assert (model.limit_context, model.limit_output, model.name) == (128_000, 16_384, "GPT-4o")
        assert catalog.model("openai:gpt-old").limit_context == 8_000


def test_a_damaged_answer_costs_only_itself(home: Path, discovered: Callable[..., None]) -> None:
    """The others lie over the catalogue."""
    discovered("ollama", "ollama", OLLAMA, local=True)
    written(home / "data" / "discovered" / "broken.json", "{")
    with Catalog() as catalog:
        assert "ollama:qwen3:8b" in catalog


def test_chuk_llms_file_of_overrides_is_an_overlay(home: Path) -> None:
    """As it stands: a list of models, each with its provider and capabilities in its words."""
    text = """\
models:
  - provider: custom_proxy
    name: llama-3-custom
    capabilities:
      max_context: 100000
      supports_tools: true
      input_cost_per_1m: 0.0
"""
    written(home / "config" / "model_overrides.yaml", text)
    with Catalog() as catalog:
        model = catalog.model("custom-proxy:llama-3-custom")
        assert (model.limit_context, model.tools, model.cost_input) == (100_000, True, 0)


def test_the_layer_leaves_the_machine_only_when_told(home: Path) -> None:
    """Exports and publications are of the catalogue itself, unless --with-layer asks for more."""
    written(home / "config" / "mine.yml", OVERLAY)
    plain = llmcat("export", "csv", "-o", home / "plain.csv")
    own = llmcat("export", "csv", "-o", home / "own.csv", "--with-layer")
    assert (plain.status, own.status) == (0, 0), (plain, own)
    assert "tuned" not in (home / "plain.csv").read_text()
    assert "tuned" in (home / "own.csv").read_text()
    for words, models in (((), 2), (("--with-layer",), 3)):
        said = llmcat("publish", home / "site", "--force", "--json", *words)
        assert said.status == 0, said
        assert said.json["models"] == models
