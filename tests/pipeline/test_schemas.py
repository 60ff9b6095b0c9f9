"""The schemas that editors use, `validate` and the build judge an overlay alike, in this order of strictness."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog, LlmcatError
from llmcat.pipeline.lint.overlay import check, schemas

jsonschema = pytest.importorskip("jsonschema", reason="comes with the test extra's mcp")

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 5, 1.5, 128_000, "x", "", "active", "2026-01-01", "2026-13-01"),
    *("0.5", [], ["x"], [1], ["text", "image"], {}, {"a": 1}, {"input": ["text"]}, {"input": 1}),
    *({"enabled": True}, [{"vision": True}]),
)
DOCUMENTS = 60


def documents(chance: random.Random) -> list[dict[str, Any]]:
    """Overlays of one model, each with one key that the schemas know and some value or table of it."""
    known = {name: json.loads(text) for name, text in schemas().items()}
    of_a_model = known["overlay-model.schema.json"]
    of_a_provider = list(known["overlay-provider.schema.json"]["properties"])
    made = []
    for _ in range(DOCUMENTS):
        key, value = chance.choice(list(of_a_model["properties"])), chance.choice(VALUES)
        shape = of_a_model["properties"][key]
        inner = [_resolved(one, of_a_model) for one in (shape, *shape.get("anyOf", ()))]
        tables = [one["properties"] for one in inner if "properties" in one]
        if tables and chance.random() < 0.6:
            value = {chance.choice(list(tables[0])): value}
        document: dict[str, Any] = {"provider": "p", "models": {"m": {key: value}}}
        if chance.random() < 0.2 and (other := chance.choice(of_a_provider)) != "models":
            document = {"models": {"m": {}}, "provider": "p", other: value}
        made.append(document)
    return made


def _resolved(shape: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in shape:
        found: Any = root
        for part in shape["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        shape = found
    return shape


def test_what_the_schema_or_validate_takes_the_build_takes(tmp_path: Path) -> None:
    """What validate passes the build takes whole, and validate passes nothing that the schema refuses."""
    schema = jsonschema.Draft202012Validator(json.loads(schemas()["overlay.schema.json"]))
    path, passed, refused = tmp_path / "p.yml", 0, 0
    for document in documents(random.Random(17)):
        path.write_text(json.dumps(document), encoding="utf-8")
        if any(not finding.warning for finding in check(path)):
            refused += 1
            continue
        assert schema.is_valid(document), document
        passed += 1
        try:
            catalog = Catalog.from_sources(("yaml", path), strict=False)
        except LlmcatError as error:
            pytest.fail(f"{document}: {error}")
        rejects = catalog.sql("SELECT field, reason FROM rejects")
        warned = [finding for finding in check(path) if finding.warning]
        assert not rejects or warned, (document, rejects)
    assert passed > DOCUMENTS / 10
    assert refused > DOCUMENTS / 10


def test_a_file_of_lists_and_tables_is_told_with_its_place(tmp_path: Path) -> None:
    """`providers` as a list and `models` as a table are two formats in one: in the report, not a traceback."""
    path = tmp_path / "p.yml"
    path.write_text("providers: [{id: a}]\nmodels: {m: {}}\n", encoding="utf-8")
    [finding] = [str(finding) for finding in check(path) if not finding.warning]
    assert f"{path}:2: " in finding
    assert "models is a dict, not a list" in finding
