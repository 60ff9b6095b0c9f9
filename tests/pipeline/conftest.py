"""Fixtures of the stories of builds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.building import build_from
from tests.pipeline.hostile import OLD


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Path]:
    """A catalogue that is there already; a build that fails must not have changed a byte of it."""
    folder = tmp_path / "target"
    folder.mkdir()
    yield build_from(folder / "catalog.db", ("mapping", OLD))
    assert sorted(os.listdir(folder)) == ["catalog.db", "catalog.db.sha256"]
