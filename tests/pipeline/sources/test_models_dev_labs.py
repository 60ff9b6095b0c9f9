"""catalog.json: what is said of a model itself lands on every offer of it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.building import build_from, column, details, model, reasons, rows, write_json
from tests.pipeline.scalars import missing_scalars

Labs = dict[str, Any]

QWEN = {
    "id": "alibaba/qwen3-max",
    "name": "Qwen3 Max",
    "family": "qwen",
    "knowledge": "2025-04",
    "structured_output": True,
    "modalities": {"input": ["text"], "output": ["text"]},
    "limit": {"context": 262_144, "input": 258_048, "output": 65_536, "images": 8},
    "license": "Apache-2.0",
    "training": {"tokens": "36T"},
    "parameters": None,
}
OFFER = {
    "base_model": "alibaba/qwen3-max",
    "name": "Qwen3 Max (EU)",
    "family": None,
    "limit": {"context": 131_072, "output": 32_768},
    "cost": {"input": 1.2, "output": 6},
}


@pytest.fixture
def api() -> dict[str, Any]:
    """The fixture as upstream publishes it."""
    path = Path(__file__).parent.parent / "fixtures" / "api.json"
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return said


def built(folder: Path, labs: Labs, providers: dict[str, Any]) -> Path:
    """The catalogue of a catalog.json of these two halves."""
    file = write_json(folder / "catalog.json", {"models": labs, "providers": providers})
    return build_from(folder / "c.db", ("models.dev", file))


def offered(folder: Path, said: Any, offer: dict[str, Any] = OFFER) -> Path:
    """The catalogue of one model and one provider that offers it."""
    gateway = {"id": "gateway", "models": {"qwen3-max": offer}}
    return built(folder, {"alibaba/qwen3-max": said}, {"gateway": gateway})


def test_a_lab_adds_to_what_is_served(tmp_path: Path, api: dict[str, Any]) -> None:
    """By lab/model or by base_model; what the offer says stands."""
    api["azure"]["models"]["kimi-k2.5"]["base_model"] = "moonshotai/kimi-k2.5"
    labs: Labs = {
        "deepseek/deepseek-reasoner": {
            "name": "DeepSeek R",
            "license": "MIT",
            "links": [{"url": "https://api-docs.deepseek.com"}],
            "benchmarks": [{"name": "GPQA", "score": 71.5}],
        },
        "moonshotai/kimi-k2.5": {"weights": [{"url": "https://huggingface.co/moonshotai"}]},
        "zai/glm-5": {"name": "GLM-5"},
    }
    db = built(tmp_path, labs, api)
    found = model(db, "deepseek:deepseek-reasoner")
    assert (found["license"], found["base_model"]) == ("MIT", "deepseek/deepseek-reasoner")
    assert found["name"] == "DeepSeek Reasoner"
    assert details(db, "deepseek:deepseek-reasoner")["benchmarks"][0]["score"] == 71.5
    assert details(db, "azure:kimi-k2.5")["weights"] == labs["moonshotai/kimi-k2.5"]["weights"]
    assert reasons(db) == ["no provider serves this model"]
    assert missing_scalars(api, db) == []


def test_where_an_offer_is_silent_the_lab_speaks(tmp_path: Path) -> None:
    """Every fact of the model, table by table; null is silence."""
    db = offered(tmp_path, QWEN)
    found = model(db, "gateway:qwen3-max")
    wanted = {
        "name": "Qwen3 Max (EU)",
        "family": "qwen",
        "knowledge": "2025-04",
        "license": "Apache-2.0",
        "structured_output": 1,
        "modalities_input": ["text"],
        "limit_context": 131_072,
        "limit_input": 258_048,
        "cost_input": 1.2,
    }
    assert {key: found[key] for key in wanted} == wanted


def test_what_a_lab_adds_tomorrow_is_kept(tmp_path: Path) -> None:
    """Keys that llmcat does not know go to extra, beside those of the offer."""
    db = offered(tmp_path, QWEN, {**OFFER, "region": "eu", "limit": {"files": 3}})
    assert details(db, "gateway:qwen3-max")["extra"] == {
        "limit": {"images": 8, "files": 3},
        "parameters": None,
        "region": "eu",
        "training": {"tokens": "36T"},
    }


def test_a_labs_own_price_is_nobody_elses(tmp_path: Path) -> None:
    """Price and status of the lab's own offer are kept, and are no facts of another one."""
    said = {"cost": {"input": 0.9}, "status": "beta", "provider": {"npm": "@ai-sdk/alibaba"}}
    db = offered(tmp_path, {**QWEN, **said}, {"base_model": "alibaba/qwen3-max"})
    found = model(db, "gateway:qwen3-max")
    assert (found["cost_input"], found["status"]) == (None, None)
    assert column(db, "SELECT count(*) FROM prices") == [0]
    extra = details(db, "gateway:qwen3-max")["extra"]
    assert {key: extra[key] for key in said} == said


def test_a_bad_record_of_a_lab_costs_no_offer(tmp_path: Path) -> None:
    """It is a reject of its own; the offers of the model are built from what they say."""
    db = offered(tmp_path, "Qwen3 Max")
    assert model(db, "gateway:qwen3-max")["base_model"] == "alibaba/qwen3-max"
    [reject] = rows(db, "SELECT spec, kind, reason FROM rejects")
    assert reject == {"spec": "alibaba/qwen3-max", "kind": "model", "reason": "is no object"}


def test_a_bad_field_of_a_lab_costs_the_offers_that_field(tmp_path: Path) -> None:
    """Those that are silent of it; the rest of what the lab says holds for them."""
    db = offered(tmp_path, {**QWEN, "family": 5})
    assert model(db, "gateway:qwen3-max")["knowledge"] == "2025-04"
    [reject] = rows(db, "SELECT spec, field, reason FROM rejects")
    assert reject == {
        "spec": "gateway:qwen3-max",
        "field": "family",
        "reason": "family: input should be a valid string, not 5",
    }


def test_a_bad_field_of_a_lab_that_every_offer_says_itself_is_told(tmp_path: Path) -> None:
    """No offer loses anything by it, and it is in the report all the same, once."""
    bad = {**QWEN, "limit": {"context": "lots", "output": 5}, "family": ["q"], "license": 5}
    db = offered(tmp_path, bad, {**OFFER, "family": "qwen", "license": "MIT"})
    assert model(db, "gateway:qwen3-max")["limit_context"] == 131_072
    found = rows(db, "SELECT place, spec, field FROM rejects ORDER BY field")
    assert [(row["spec"], row["field"]) for row in found] == [
        ("alibaba/qwen3-max", "family"),
        ("alibaba/qwen3-max", "license"),
        ("alibaba/qwen3-max", "limit.context"),
    ]
    assert {row["place"] for row in found} == {"catalog.json: alibaba/qwen3-max"}


def test_the_lab_is_not_changed_by_its_offers(tmp_path: Path) -> None:
    """Two offers of one model: what one says does not reach the other."""
    labs = {"alibaba/qwen3-max": copy.deepcopy(QWEN)}
    plain = {"base_model": "alibaba/qwen3-max"}
    models = {"a": {**OFFER, "limit": {"files": 3}}, "b": plain}
    db = built(tmp_path, labs, {"gateway": {"models": models}})
    assert model(db, "gateway:b")["limit_context"] == 262_144
    assert details(db, "gateway:b")["extra"]["limit"] == {"images": 8}
