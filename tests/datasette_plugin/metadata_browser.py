"""A Datasette with the metadata of this checkout, asked as a browser and as a program ask it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

application: Any = pytest.importorskip("datasette.app", reason="Datasette is not installed")

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "datasette-metadata.yml"
METADATA: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
TABLES: dict[str, dict[str, Any]] = METADATA["databases"]["catalog"]["tables"]
QUERIES: dict[str, dict[str, Any]] = METADATA["databases"]["catalog"]["queries"]


class Browser:
    """A Datasette in this process, asked as a browser and as a program ask it."""

    def __init__(self, path: Path) -> None:
        patient = {"sql_time_limit_ms": 10_000}  # a busy machine is no fault of a query
        said: dict[str, Any] = {"metadata": METADATA, "settings": patient}
        if not application.__version__.startswith("0."):
            said["config"] = METADATA  # 1.0 takes the queries from here: -m FILE -c FILE
        self.datasette = application.Datasette(immutables=[str(path)], **said)
        self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(self.datasette.invoke_startup())

    def get(self, path: str, **parameters: str) -> Any:
        """The response to /catalog/PATH."""
        address = f"/catalog/{path}" if path.removesuffix(".json") else f"/catalog{path}"
        address += f"?{urlencode(parameters)}" if parameters else ""
        return self.loop.run_until_complete(self.datasette.client.get(address))

    def rows(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        """The rows of a table or query, over JSON."""
        response = self.get(f"{path}.json", _shape="objects", **parameters)
        assert response.status_code == 200, (path, parameters, response.text[:500])
        assert "Infinity" not in response.text
        found: list[dict[str, Any]] = response.json()["rows"]
        return found

    def close(self) -> None:
        """End the loop and the connections."""
        for database in self.datasette.databases.values():
            database.close()
        self.loop.close()
