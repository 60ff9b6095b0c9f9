"""Enrich: what follows from the facts, and no guesses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmcat.pipeline.derived.tasks import bare_id
from llmcat.pipeline.stages.enrich import family_of, lab_finder, status_by_date
from tests.pipeline.building import build_from, column, details, model

TODAY = "2026-05-21"
LABS = {"openai": ["gpt-*", "o1*"], "anthropic": ["claude-*"]}


def built(tmp_path: Path, models: list[dict[str, Any]], **options: Any) -> Path:
    """A catalogue of these models, as of TODAY."""
    said = {"providers": [], "models": [{"last_updated": TODAY, **model} for model in models]}
    return build_from(tmp_path / "c.db", ("mapping", said), **options)


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({}, None),
        ({"status": "beta"}, "beta"),
        ({"retires_on": "2026-05-20"}, "retired"),
        ({"retires_on": TODAY}, "retired"),
        ({"retires_on": "2026-05-22"}, None),
        ({"retires_on": "2026-05-22", "status": "retired"}, "deprecated"),
        ({"retires_on": "2026-05-20", "status": "active"}, "retired"),
        ({"deprecated_on": "2026-05-20"}, "deprecated"),
        ({"deprecated_on": "2026-05-22"}, None),
        ({"deprecated_on": "2026-05-20", "status": "retired"}, "retired"),
        (
            {"deprecated_on": "2026-05-20", "retires_on": "2026-12-01", "status": "beta"},
            "deprecated",
        ),
    ],
)
def test_dates_outrank_the_status(facts: dict[str, Any], status: str | None) -> None:
    """Past its last day a model is retired whatever was said (behaviour 20)."""
    assert status_by_date(facts, TODAY) == status


def test_today_is_the_day_of_the_inputs(tmp_path: Path) -> None:
    """No clock is asked: the newest date among the records is the catalogue's day."""
    db = built(tmp_path, [{"provider": "p", "id": "m", "retires_on": TODAY}])
    assert column(db, "SELECT built_at FROM catalog") == [f"{TODAY}T00:00:00Z"]
    assert model(db, "p:m")["status"] == "retired"
    assert details(db, "p:m")["provenance"] == {"*": "mapping", "status": "derived"}


def test_a_snapshot_ends_with_the_model_that_has_it_as_an_alias(tmp_path: Path) -> None:
    """A row of its own does not make it live longer; what is said of it itself stays."""
    whole = {"provider": "p", "id": "m", "aliases": ["m-1", "m-2"], "deprecated_on": "2026-05-01"}
    said = {"provider": "p", "id": "m-2", "status": "beta"}
    elsewhere = {"provider": "q", "id": "m-1"}
    db = built(tmp_path, [whole, {"provider": "p", "id": "m-1"}, said, elsewhere])
    specs = ["p:m", "p:m-1", "p:m-2", "q:m-1"]
    assert [model(db, spec)["status"] for spec in specs] == [
        "deprecated",
        "deprecated",
        "beta",
        None,
    ]
    source = "derived from the model that has it as an alias"
    assert details(db, "p:m-1")["provenance"]["deprecated_on"] == source


def test_capabilities_follow_from_modalities(tmp_path: Path) -> None:
    """Known modalities say yes and no; unknown ones say nothing."""
    known = {"modalities": {"input": ["text", "image"], "output": ["text"]}}
    db = built(
        tmp_path,
        [{"provider": "p", "id": "known", **known}, {"provider": "p", "id": "unknown"}],
    )
    flags = ("vision", "audio_input", "pdf_input", "image_generation", "audio_output", "embeddings")
    known_row, unknown_row = model(db, "p:known"), model(db, "p:unknown")
    assert [known_row[flag] for flag in flags] == [1, 0, 0, 0, 0, None]
    assert [unknown_row[flag] for flag in flags] == [None] * 6
    assert known_row["capabilities"] == ["vision"]
    assert details(db, "p:known")["capabilities"] is None


def test_what_is_said_outranks_what_follows(tmp_path: Path) -> None:
    """A source that says no to vision is believed, whatever the modalities are."""
    said = {"modalities": {"input": ["image"]}, "capabilities": {"vision": False}}
    db = built(tmp_path, [{"provider": "p", "id": "m", **said}])
    assert model(db, "p:m")["vision"] == 0
    assert details(db, "p:m")["capabilities"] == {"vision": False}


def test_output_of_embeddings(tmp_path: Path) -> None:
    """The modality embedding says that a model embeds; its absence says nothing."""
    db = built(tmp_path, [{"provider": "p", "id": "m", "modalities": {"output": ["embedding"]}}])
    assert model(db, "p:m")["embeddings"] == 1


def test_a_family_comes_from_models_that_have_one(tmp_path: Path) -> None:
    """The same id elsewhere, or the longest family that the id begins with; else unknown."""
    db = built(
        tmp_path,
        [
            {"provider": "anthropic", "id": "claude-sonnet-4", "family": "claude-sonnet"},
            {"provider": "bedrock", "id": "anthropic/Claude-Sonnet-4"},
            {"provider": "bedrock", "id": "claude-sonnet-9"},
            {"provider": "bedrock", "id": "claude-sonnetto"},
            {"provider": "a", "id": "nova", "family": "nova"},
            {"provider": "b", "id": "nova", "family": "supernova"},
            {"provider": "c", "id": "nova"},
        ],
    )
    assert model(db, "bedrock:anthropic/Claude-Sonnet-4")["family"] == "claude-sonnet"
    assert model(db, "bedrock:claude-sonnet-9")["family"] == "claude-sonnet"
    assert model(db, "bedrock:claude-sonnetto")["family"] is None
    assert model(db, "c:nova")["family"] is None
    assert details(db, "bedrock:claude-sonnet-9")["provenance"]["family"] == "derived"
    assert "family" not in details(db, "anthropic:claude-sonnet-4")["provenance"]


def test_family_of_takes_the_longest() -> None:
    """gpt-mini-2 is of gpt-mini, not of gpt."""
    families = {"gpt": "gpt", "gpt-mini": "gpt-mini"}
    assert family_of("openai/GPT-mini-2", families) == "gpt-mini"
    assert family_of("gpt-5.1", families) == "gpt"
    assert family_of("gptx", families) is None


def test_first_party_is_the_lab_that_made_it(tmp_path: Path) -> None:
    """The table of labs tells; a model that is in no lab's row stays unknown."""
    db = built(
        tmp_path,
        [
            {"provider": "openai", "id": "gpt-5"},
            {"provider": "openrouter", "id": "openai/GPT-5"},
            {"provider": "openrouter", "id": "house-model"},
        ],
        labs=LABS,
    )
    assert model(db, "openai:gpt-5")["first_party"] == 1
    assert model(db, "openrouter:openai/GPT-5")["first_party"] == 0
    assert model(db, "openrouter:house-model")["first_party"] is None


def test_the_base_model_tells_the_lab_where_the_id_does_not(tmp_path: Path) -> None:
    """Upstream calls the lab otherwise than its provider: the models whose maker is known tell which."""
    said = [
        {"provider": "zai", "id": "glm-5", "base_model": "zhipuai/glm-5"},
        {"provider": "bazaar", "id": "z5", "base_model": "zhipuai/glm-5"},
        {"provider": "house", "id": "z6", "base_model": "house/z6"},
        {"provider": "bazaar", "id": "z7", "base_model": "nobody/z7"},
    ]
    db = built(tmp_path, said, labs={"zai": ["glm-*"]})
    own = {spec: model(db, spec)["first_party"] for spec in ("zai:glm-5", "bazaar:z5", "bazaar:z7")}
    assert own == {"zai:glm-5": 1, "bazaar:z5": 0, "bazaar:z7": None}


def test_the_first_lab_that_matches_counts() -> None:
    """The order of the table is the order of asking."""
    lab_of = lab_finder({"a": ["x-*"], "b": ["x-1", "y"]})
    assert (lab_of("x-1"), lab_of("y"), lab_of("z")) == ("a", "b", None)


def test_bare_ids() -> None:
    """What stands after the last slash, in lower case."""
    assert bare_id("accounts/Fireworks/models/Llama-3") == "llama-3"
    assert bare_id("gpt-5") == "gpt-5"


def test_a_provider_that_only_its_models_name(tmp_path: Path) -> None:
    """It has a row of its own, marked as derived."""
    db = built(tmp_path, [{"provider": "p", "id": "m"}])
    assert column(db, "SELECT provenance FROM providers") == ['{"*":"derived"}']
