"""Files of hostile content, and what a build says of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from llmcat.errors import LlmcatError
from tests.pipeline.building import build_from, column, rows

OLD: dict[str, Any] = {"openai": {"models": {"old": {}}}}
SUFFIX = {"models.dev": ".json", "yaml": ".yml", "toml": ".toml", "catalog": ".db"}


def refused(target: Path, kind: str, place: Any) -> str:
    """The message of the one error that a build from this source ends with."""
    old = target.read_bytes()
    with pytest.raises(LlmcatError) as error:
        build_from(target, (kind, place))
    assert target.read_bytes() == old
    message = str(error.value)
    assert "\n" not in message
    assert len(message) < 1000
    return message


def file(tmp_path: Path, kind: str, content: str | bytes) -> Path:
    """A file of that kind with that content."""
    path = tmp_path / f"hostile{SUFFIX[kind]}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def api(models: Mapping[str, Any], **provider: Any) -> dict[str, Any]:
    """An api.json of one provider."""
    return {"p": {"id": "p", "name": "P", **provider, "models": models}}


def reject_of(target: Path, tmp_path: Path, models: str) -> dict[str, Any]:
    """The one reject of an api.json whose other model is fine: of a record, or of a field that its
    record went on without."""
    text = '{"p": {"id": "p", "models": {"good": {}, MODELS}}}'.replace("MODELS", models)
    build_from(target, ("models.dev", file(tmp_path, "models.dev", text)))
    [reject] = rows(target, "SELECT * FROM rejects")
    without = ["good"] if reject["field"] is None else ["good", "m"]
    assert column(target, "SELECT id FROM models") == without
    assert "\n" not in reject["reason"]
    assert reject["reason"].isprintable()
    return reject
