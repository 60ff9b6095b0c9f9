"""The fixture of these stories."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.network.releases.publishing import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A folder to publish to and a machine that installs; nothing is published yet."""
    return Shop(tmp_path)
