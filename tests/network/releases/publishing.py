"""A publisher and a reader on this machine: what the stories of this folder have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from llmcat.errors import PullError
from llmcat.network.releases.install import Installed, install
from llmcat.network.releases.publish import Published, publish
from tests.pipeline.building import build_from

PRICE = {"input": 1.25, "output": 10}


class Shop:
    """A folder that is published to, a machine that installs from it, and catalogues of any price."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = str(folder / "shop")
        self.installed = folder / "home" / "catalog.db"
        self.releases = self.installed.parent / "releases"
        self.published = folder / "shop" / "v3"

    def catalog(self, price: float = 1.25) -> Path:
        """A catalogue in which input has this price; small moves are plausible."""
        path = self.folder / f"{price}.db"
        models = {"gpt-5": {"cost": {**PRICE, "input": price}, "last_updated": "2026-05-01"}}
        return (
            path if path.exists() else build_from(path, ("mapping", {"openai": {"models": models}}))
        )

    def publish(self, price: float = 1.25, **options: Any) -> Published:
        """Publish a catalogue of this price."""
        return publish(self.catalog(price), self.address, **options)

    def pull(self, **options: Any) -> Installed:
        """Install what is published."""
        return install(options.pop("address", self.address), self.installed, **options)

    def refused(self, **options: Any) -> str:
        """The one line of a pull that is refused; what was installed before is there after."""
        before = self.state()
        with pytest.raises(PullError) as caught:
            self.pull(**options)
        assert self.state() == before
        assert not list(self.folder.rglob("*.tmp"))
        assert "\n" not in str(caught.value)
        return str(caught.value)

    def state(self) -> dict[str, bytes]:
        """Everything that the reader has, but for its lock."""
        if not self.installed.parent.exists():
            return {}
        files = [f for f in self.installed.parent.rglob("*") if f.is_file() and f.name != ".lock"]
        return {file.name: file.read_bytes() for file in files}

    def manifest(self) -> Any:
        """latest.json."""
        return json.loads((self.published / "latest.json").read_bytes())

    def forge(self, changes: Mapping[str, Any]) -> None:
        """Change members of latest.json by hand."""
        path = self.published / "latest.json"
        path.write_bytes(json.dumps({**self.manifest(), **changes}).encode())

    def packed(self) -> Path:
        """The packed file of the current release."""
        return self.published / str(self.manifest()["releases"][0]["blob"]["path"])
