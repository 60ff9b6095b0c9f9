"""The hook that puts catalog.db into the wheel: `pip install .` gives a working Catalog() offline."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogHook(BuildHookInterface[Any]):
    """Builds the catalogue from the recipe beside this file, without the network."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build catalog.db and add it to the wheel, or put it into the checkout when editable."""
        if self.target_name != "wheel":
            return
        sys.path.insert(0, self.root)
        try:
            from llmcat.pipeline.build import build
            from llmcat.pipeline.recipe import read_recipe
        finally:
            sys.path.remove(self.root)
        recipe = read_recipe(Path(self.root) / "build" / "catalog.toml")
        package = Path(self.root) / "llmcat"
        editable = version == "editable"
        self._folder = tempfile.TemporaryDirectory(
            prefix=".llmcat-wheel-", dir=package if editable else None
        )
        catalog = Path(self._folder.name) / "catalog.db"
        build(recipe, catalog)
        for suffix in ("", ".sha256"):
            made = Path(f"{catalog}{suffix}")
            if (
                editable
            ):  # whatever an older checkout left there, of an older schema even, is replaced
                made.replace(package / made.name)
            else:
                build_data["force_include"][str(made)] = f"llmcat/{made.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the temporary catalogue."""
        if folder := getattr(self, "_folder", None):
            folder.cleanup()
