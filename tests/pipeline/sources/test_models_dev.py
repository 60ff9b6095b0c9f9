"""models.dev: nothing that upstream says gets lost on its way into the file."""

from __future__ import annotations

import copy
import gzip
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from llmcat.errors import SourceError
from llmcat.pipeline.sources.models_dev.translate import translate_model
from tests.pipeline.building import (
    build_from,
    column,
    details,
    model,
    provider,
    reasons,
    rows,
    write_json,
    write_text,
)
from tests.pipeline.scalars import missing_scalars

API = Path(__file__).parent.parent / "fixtures" / "api.json"


@pytest.fixture(scope="module")
def api() -> dict[str, Any]:
    """The fixture as upstream publishes it."""
    said: dict[str, Any] = json.loads(API.read_text(encoding="utf-8"))
    return said


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalogue that the fixture gives."""
    return build_from(tmp_path_factory.mktemp("models_dev") / "catalog.db", ("models.dev", API))


def test_every_scalar_of_upstream_is_in_the_file(api: dict[str, Any], db: Path) -> None:
    """Whatever api.json says can be read out of the catalogue again, unknown keys included."""
    assert missing_scalars(api, db) == []
    assert reasons(db) == []


@pytest.mark.parametrize(
    ("table", "sql"),
    [
        ("model_details", "UPDATE detail_log SET extra = NULL"),
        ("models", "UPDATE models SET limit_context = 1, name = 'x'"),
        ("models", "DELETE FROM models WHERE id = 'qwen-plus'"),
        ("providers", "UPDATE providers SET env = '[]' WHERE id = 'google'"),
    ],
)
def test_a_lost_scalar_would_be_found(
    api: dict[str, Any], db: Path, tmp_path: Path, table: str, sql: str
) -> None:
    """The search that finds nothing missing does find what is taken out of the file."""
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(db.read_bytes())
    connection = sqlite3.connect(damaged)
    connection.execute(sql)
    connection.commit()
    connection.close()
    assert missing_scalars(api, damaged)


def test_columns_of_a_model(db: Path) -> None:
    """What is asked often stands in a column of its own."""
    found = model(db, "openai:gpt-5.4")
    assert found["name"] == "GPT-5.4"
    assert (found["limit_context"], found["limit_input"], found["limit_output"]) == (
        1_050_000,
        922_000,
        128_000,
    )
    assert (found["cost_input"], found["cost_output"], found["cost_cache_read"]) == (2.5, 15, 0.25)
    assert found["cost_cache_write"] is None
    assert (found["tools"], found["structured_output"], found["temperature"]) == (1, 1, 0)
    assert (found["vision"], found["pdf_input"], found["audio_input"]) == (1, 1, 0)
    assert (found["release_date"], found["release_month"]) == ("2026-03-05", "2026-03")
    assert found["modalities_input"] == ["image", "pdf", "text"]


def test_unknown_is_null_and_free_is_zero(db: Path) -> None:
    """A model without cost has unknown prices; one that costs 0 is free."""
    unknown, free = model(db, "openai:gpt-image-1"), model(db, "azure:kimi-k2.5")
    assert (unknown["cost_input"], unknown["structured_output"]) == (None, None)
    assert (free["cost_input"], free["cost_output"]) == (0, 0)
    assert column(db, "SELECT count(*) FROM prices WHERE spec = 'openai:gpt-image-1'") == [0]


def test_a_limit_of_zero_does_not_apply(db: Path) -> None:
    """The column is null, the details keep what upstream wrote."""
    assert model(db, "openai:gpt-image-1")["limit_context"] is None
    assert details(db, "openai:gpt-image-1")["limits"] == {"context": 0, "output": 0}


def test_a_date_may_be_a_month_or_a_year(db: Path) -> None:
    """YYYY and YYYY-MM stay as they are; only a month or a day has a month."""
    assert model(db, "openai:gpt-4o-audio-preview")["release_date"] == "2024-10"
    assert model(db, "openai:gpt-4o-audio-preview")["release_month"] == "2024-10"
    year = model(db, "azure:kimi-k2.5")
    assert (year["release_date"], year["release_month"]) == ("2026", None)


def test_tiers_outrank_their_older_copy(db: Path) -> None:
    """context_over_200k repeats a tier of 272,000: the tier's own size counts."""
    found = details(db, "openai:gpt-5.4")["cost"]["tiers"]
    assert found == [{"min_context": 272_000, "input": 5, "output": 22.5, "cache_read": 0.5}]
    sizes = "SELECT DISTINCT min_context FROM prices WHERE spec = ? AND mode = 'standard'"
    assert column(db, sizes, ["openai:gpt-5.4"]) == [0, 272_000]


def test_where_tiers_are_silent_the_older_copy_speaks(db: Path) -> None:
    """A context_over_200k that stands alone is a tier of 200,000."""
    assert details(db, "google:gemini-1.5-pro")["cost"]["tiers"] == [
        {"min_context": 200_000, "input": 2.5, "output": 10}
    ]


@pytest.mark.parametrize("silent", [None, []])
def test_empty_tiers_are_silent(silent: Any) -> None:
    """An empty list or null of tiers does not push context_over_200k out, in either order."""
    over = {"input": 2.0}
    for cost in (
        {"tiers": silent, "context_over_200k": over},
        {"context_over_200k": over, "tiers": silent},
    ):
        assert translate_model({"cost": cost})["cost"] == {
            "tiers": [{"min_context": 200_000, "input": 2.0}]
        }


def test_several_tiers(db: Path) -> None:
    """Every tier and every meter is a row of prices."""
    found = rows(
        db,
        "SELECT min_context, meter, usd FROM prices WHERE spec = 'alibaba:qwen-plus'"
        " ORDER BY min_context, meter",
    )
    assert [tuple(row.values()) for row in found] == [
        (0, "input", 0.4),
        (0, "output", 1.2),
        (0, "reasoning", 4),
        (32_000, "input", 0.4),
        (32_000, "output", 1.2),
        (256_000, "input", 1.2),
        (256_000, "output", 3.6),
    ]


def test_modes_have_prices_and_what_to_send(db: Path) -> None:
    """experimental.modes: prices under the mode's name, body and headers in the details."""
    fast = details(db, "azure:claude-opus-4-6")["modes"]["fast"]
    assert fast["body"] == {"speed": "fast"}
    assert fast["headers"] == {"anthropic-beta": "fast-mode-2026-02-01"}
    priced = "SELECT usd FROM prices WHERE spec = ? AND mode = 'fast' AND meter = 'input'"
    assert column(db, priced, ["azure:claude-opus-4-6"]) == [30]
    assert model(db, "azure:claude-opus-4-6")["cost_input"] == 5


def test_interleaved_is_true_or_says_where(db: Path) -> None:
    """interleaved = {field: …} is a yes with a fact."""
    assert details(db, "azure:claude-opus-4-6")["capabilities"]["interleaved"] is True
    assert details(db, "deepseek:deepseek-reasoner")["capabilities"]["interleaved"] == {
        "supported": True,
        "field": "reasoning_content",
    }
    assert "interleaved" in model(db, "deepseek:deepseek-reasoner")["capabilities"]
    assert "interleaved" not in model(db, "openai:gpt-5.4")["capabilities"]


def test_reasoning_options_are_facts_of_reasoning(db: Path) -> None:
    """The options stand beside the yes or no."""
    said = details(db, "openai:gpt-5.4")["capabilities"]["reasoning"]
    assert said["supported"] is True
    assert said["options"][0]["values"] == ["low", "medium", "high"]


def test_reasoning_options_alone_say_neither_yes_nor_no() -> None:
    """A model with options and no reasoning key keeps its reasoning unknown."""
    facts = translate_model({"reasoning_options": [{"type": "toggle"}]})
    assert facts["capabilities"] == {"reasoning": {"options": [{"type": "toggle"}]}}


def test_status_and_serving(db: Path) -> None:
    """status is a column; provider.{npm, api, shape} says how to call this one model."""
    assert model(db, "azure:claude-opus-4-6")["status"] == "beta"
    assert model(db, "openai:gpt-5.4")["status"] is None
    assert details(db, "azure:kimi-k2.5")["serving"] == {
        "npm": "@ai-sdk/openai-compatible",
        "shape": "completions",
    }


def test_unknown_keys_go_to_extra(db: Path) -> None:
    """A key that upstream adds tomorrow is kept, at every level, and rejects nothing."""
    extra = details(db, "azure:claude-opus-4-6")["extra"]
    assert extra == {
        "headline": {"en": "new"},
        "limit": {"images": 20},
        "cost": {"currency": "USD", "batch": {"input": 2.5}},
        "experimental": {"preview": True},
    }
    assert provider(db, "azure")["extra"] == {"region": "global"}


def test_an_unknown_side_of_the_modalities_is_kept() -> None:
    """A third side beside input and output costs the model nothing."""
    facts = translate_model(
        {"modalities": {"input": ["text"], "output": ["text"], "tools": ["mcp"]}}
    )
    assert facts["modalities"] == {"input": ["text"], "output": ["text"]}
    assert facts["extra"] == {"modalities": {"tools": ["mcp"]}}


@pytest.mark.parametrize(
    ("status", "facts"),
    [
        ("Beta ", {"status": "Beta "}),
        ("preview", {"extra": {"status": "preview"}}),
        ("", {"extra": {"status": ""}}),
    ],
)
def test_a_status_of_tomorrow_is_kept_and_is_no_status(status: str, facts: dict[str, Any]) -> None:
    """Upstream has alpha, beta and deprecated; another word costs the model nothing."""
    assert translate_model({"status": status}) == facts


def test_an_unknown_meter_with_a_price_is_a_price(db: Path) -> None:
    """A number under a new key of cost is a price of a new meter."""
    found = "SELECT usd FROM prices WHERE meter = 'video_second'"
    assert column(db, found) == [0.1]


def test_unknown_words_of_a_tier_are_kept() -> None:
    """A tier that says more than its size is kept as it was written, too."""
    tier = {"input": 2.0, "tier": {"type": "context", "size": 10, "window": "1h"}}
    facts = translate_model({"cost": {"tiers": [tier]}})
    assert facts["cost"]["tiers"] == [{"min_context": 10, "input": 2.0}]
    assert facts["extra"]["cost"]["tiers"] == [tier]


def test_an_id_that_is_not_its_key_is_kept(tmp_path: Path, api: dict[str, Any]) -> None:
    """The key names the model; another id inside goes to extra."""
    api = copy.deepcopy(api)
    api["deepseek"]["models"]["deepseek-reasoner"]["id"] = "deepseek-r1"
    db = build_from(tmp_path / "c.db", ("models.dev", write_json(tmp_path / "api.json", api)))
    assert details(db, "deepseek:deepseek-reasoner")["extra"] == {"id": "deepseek-r1"}
    assert missing_scalars(api, db) == []


@pytest.mark.parametrize("day", ["2025-02-31", "1970-01-01"])
def test_an_impossible_date_is_kept_but_is_no_date(
    day: str, tmp_path: Path, api: dict[str, Any]
) -> None:
    """Upstream has its 31st of February, and days of clocks that stood at 0; the model stays, the date goes
    to extra."""
    api = copy.deepcopy(api)
    api["deepseek"]["models"]["deepseek-reasoner"]["knowledge"] = day
    db = build_from(tmp_path / "c.db", ("models.dev", write_json(tmp_path / "api.json", api)))
    assert model(db, "deepseek:deepseek-reasoner")["knowledge"] is None
    assert details(db, "deepseek:deepseek-reasoner")["extra"] == {"knowledge": day}


def test_gz_and_plain_give_the_same_catalogue(tmp_path: Path, db: Path) -> None:
    """api.json.gz says what api.json says."""
    packed = tmp_path / "api.json.gz"
    packed.write_bytes(gzip.compress(API.read_bytes()))
    other = build_from(tmp_path / "c.db", ("models.dev", packed))
    assert rows(other, "SELECT * FROM models") == rows(db, "SELECT * FROM models")


def test_several_gzip_members_are_one_file(tmp_path: Path, db: Path) -> None:
    """A .gz made of two parts is read to its end."""
    content = API.read_bytes()
    packed = tmp_path / "api.json.gz"
    packed.write_bytes(gzip.compress(content[:999]) + gzip.compress(content[999:]))
    other = build_from(tmp_path / "c.db", ("models.dev", packed))
    assert rows(other, "SELECT * FROM models") == rows(db, "SELECT * FROM models")


def test_a_folder_of_snapshots_gives_the_newest(tmp_path: Path, api: dict[str, Any]) -> None:
    """The time in the name decides, and is the catalogue's; the manifest's licence goes along."""
    snapshots = tmp_path / "models-dev"
    snapshots.mkdir()
    older = copy.deepcopy(api)
    del older["deepseek"]
    write_json(snapshots / "2026-05-21T130513Z.json", api)
    write_json(snapshots / "2026-01-13T005434Z.json", older)
    write_json(snapshots / "notes.json", {})
    entry = {"file": "2026-05-21T130513Z.json", "retrieved_at": "2030-01-01T00:00:00Z"}
    write_json(snapshots / "manifest.json", {"licence": "MIT", "snapshots": [entry]})
    db = build_from(tmp_path / "c.db", ("models.dev", snapshots))
    assert column(db, "SELECT built_at FROM catalog") == ["2026-05-21T13:05:13Z"]
    [source] = rows(db, "SELECT location, retrieved_at, licence FROM sources")
    assert source == {
        "location": "models-dev/2026-05-21T130513Z.json",
        "retrieved_at": "2026-05-21T13:05:13Z",
        "licence": "MIT",
    }
    assert model(db, "deepseek:deepseek-reasoner")


def test_a_snapshot_that_the_manifest_does_not_know_by_hash(tmp_path: Path) -> None:
    """A changed snapshot is refused: it is not what was pinned."""
    snapshot = tmp_path / "2026-05-21T130513Z.json"
    snapshot.write_bytes(API.read_bytes())
    entry = {"file": snapshot.name, "sha256": "0" * 64}
    write_json(tmp_path / "manifest.json", {"snapshots": [entry]})
    with pytest.raises(SourceError, match="sha256"):
        build_from(tmp_path / "c.db", ("models.dev", tmp_path))


@pytest.mark.parametrize(
    "manifest",
    [
        '{"snapshots": 5}',
        "[]",
        '{"snapshots": [7, {"file": "2026-05-21T130513Z.json", "retrieved_at": 5, "licence": {}}]}',
    ],
)
def test_a_manifest_of_another_shape_says_nothing(tmp_path: Path, manifest: str) -> None:
    """What is no manifest entry is passed over; the snapshot itself is what counts."""
    (tmp_path / "2026-05-21T130513Z.json").write_bytes(API.read_bytes())
    write_text(tmp_path / "manifest.json", manifest)
    db = build_from(tmp_path / "c.db", ("models.dev", tmp_path))
    assert column(db, "SELECT built_at FROM catalog") == ["2026-05-21T13:05:13Z"]


def test_a_provider_may_be_called_providers(tmp_path: Path, api: dict[str, Any]) -> None:
    """Two providers named like the tables of catalog.json are still providers."""
    odd = {
        "providers": {**api["deepseek"], "id": "providers"},
        "models": {**api["google"], "id": "models"},
    }
    db = build_from(tmp_path / "c.db", ("models.dev", write_json(tmp_path / "api.json", odd)))
    assert column(db, "SELECT id FROM providers ORDER BY id") == ["models", "providers"]
