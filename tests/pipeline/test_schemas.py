"""The schemas that editors use, `validate` and the build judge an overlay alike."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog, LlmcatError
from llmcat.meters import METERS
from llmcat.pipeline.hints_to_authors.overlay import check, schemas

jsonschema = pytest.importorskip("jsonschema", reason="comes with the test extra's mcp")

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 5, 1.5, 128_000, "x", "", "active", "2026-01-01", "2026-13-01"),
    *("0.5", [], ["x"], [1], ["text", "image"], {}, {"a": 1}, {"input": ["text"]}, {"input": 1}),
    *({"enabled": True}, [{"vision": True}]),
)
OTHER_KEYS = ("a_word_of_mine",)
NAMES = ("fast", "vision", "Mon-Fri 00:30-08:30", "22:00-24:00", "max_context", "")
KINDS = ("model", "provider")
DOCUMENTS = 100


def documents(chance: random.Random) -> list[dict[str, Any]]:
    """Overlays of one model, each with one key that the schemas know, at some depth, and some value."""
    known = {name: json.loads(text) for name, text in schemas().items()}
    of_a_model, of_a_provider = (known[f"overlay-{kind}.schema.json"] for kind in KINDS)
    made: list[dict[str, Any]] = []
    for _ in range(DOCUMENTS):
        key, value = _filled(of_a_model, of_a_model, chance)
        document: dict[str, Any] = {"provider": "p", "models": {"m": {key: value}}}
        if chance.random() < 0.2:
            key, value = _filled(of_a_provider, of_a_provider, chance)
            document = {"models": {"m": {}}, "provider": "p", key: value}
        made.append(document)
    return made


def _filled(table: dict[str, Any], root: dict[str, Any], chance: random.Random) -> tuple[str, Any]:
    """A key of a table and a value for it, which is most often a table or a list where it may be one."""
    key = chance.choice([*sorted(set(table["properties"]) - {"id", "provider"}), *OTHER_KEYS])
    shape = table["properties"].get(key, {})
    return key, _value(shape, root, chance)


def _value(shape: dict[str, Any], root: dict[str, Any], chance: random.Random) -> Any:
    inner = chance.choice(list(_branches(shape, root)))
    if chance.random() < 0.3:
        return chance.choice(VALUES)
    if "properties" in inner:
        pairs = [_filled(inner, root, chance) for _ in range(chance.choice((1, 1, 2)))]
        needed = {name: 5 for name in inner.get("required", ()) if chance.random() < 0.8}
        return {**needed, **dict(pairs)}
    if "patternProperties" in inner:
        [of_any] = inner["patternProperties"].values()
        return {chance.choice(NAMES): _value(of_any, root, chance)}
    if "items" in inner:
        return [_value(inner["items"], root, chance)]
    return chance.choice(VALUES)


def _branches(shape: dict[str, Any], root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    shape = _resolved(shape, root)
    for one in shape.get("anyOf", ()):
        if one != {"type": "null"}:
            yield from _branches(one, root)
    if "anyOf" not in shape:
        yield shape


def _resolved(shape: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in shape:
        found: Any = root
        for part in shape["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        shape = found
    return shape


def test_schema_validate_and_build_agree(tmp_path: Path) -> None:
    """What one of the schema, validate and the build takes whole the others take, in all directions."""
    schema = jsonschema.Draft202012Validator(json.loads(schemas()["overlay.schema.json"]))
    path, verdicts = tmp_path / "p.yml", Counter[bool]()
    for document in documents(random.Random(17)):
        path.write_text(json.dumps(document), encoding="utf-8")
        passes = all(finding.warning for finding in check(path))
        assert schema.is_valid(document) == passes, document
        try:
            catalog = Catalog.from_sources(("yaml", path), strict=False)
            rejects = [row["reason"] for row in catalog.sql("SELECT reason FROM rejects")]
        except LlmcatError as error:
            rejects = [str(error)]
        assert passes == (not rejects), (document, rejects)
        verdicts[passes] += 1
    assert min(verdicts[True], verdicts[False]) > DOCUMENTS / 10


def test_every_meter_is_in_the_schemas() -> None:
    """A price that is no number is an error in the schema too, whatever its meter."""
    tables = json.loads(schemas()["overlay.schema.json"])["$defs"]
    for name in ("Pricing", "Cost", "PlainCost"):
        assert {meter.name for meter in METERS} <= tables[name]["properties"].keys()


def test_a_file_of_lists_and_tables_is_told_with_its_place(tmp_path: Path) -> None:
    """`providers` as a list and `models` as a table are two formats in one: in the report, not a traceback."""
    path = tmp_path / "p.yml"
    path.write_text("providers: [{id: a}]\nmodels: {m: {}}\n", encoding="utf-8")
    [finding] = [str(finding) for finding in check(path) if not finding.warning]
    assert f"{path}:2: " in finding
    assert "models is a dict, not a list" in finding
