"""The pages of the site, each from the one place where its sentences stand: a hook of mkdocs.

docs/*.md as they are; README.md as the first page; the schema from catalog.db.template, the options of find
from their table, the API from the docstrings.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

from llmcat.choosing.options import OPTIONS, help_of
from llmcat.pipeline.tables.create_tables import Column, columns

DOCS = Path(__file__).parent
ROOT = DOCS.parent

API = {
    "Catalog": ("llmcat.catalog.Catalog",),
    "Records": (
        *("llmcat.records.Model", "llmcat.records.ModelRow", "llmcat.records.Details"),
        *("llmcat.records.Provider", "llmcat.lookup.resolve.Resolution"),
    ),
    "Lists": (
        *("llmcat.storage.rows.Table", "llmcat.storage.rows.Rows", "llmcat.storage.rows.Models"),
        *("llmcat.choosing.offers.Offers", "llmcat.choosing.offers.Offer"),
        *("llmcat.history.changes.PriceIntervals", "llmcat.history.changes.PriceInterval"),
        *("llmcat.history.changes.Changes", "llmcat.history.changes.Change"),
    ),
    "Choosing": ("llmcat.choosing.compare.Comparison", "llmcat.choosing.select.Explanation"),
    "Cost": (
        *("llmcat.pricing.cost_result.CallCost", "llmcat.pricing.cost_result.CostLine"),
        *("llmcat.usage.read_usage", "llmcat.usage.Usage", "llmcat.ledger.Ledger"),
    ),
    "Errors": ("llmcat.errors",),
}
"""Heading -> the names whose docstrings stand there."""


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that stand elsewhere."""
    for path in sorted([*DOCS.glob("*.md"), *DOCS.glob("*.ipynb"), *DOCS.glob("images/*")]):
        name = path.relative_to(DOCS).as_posix()
        files.append(File.generated(config, name, abs_src_path=str(path)))
    for name, text in generated().items():
        files.append(File.generated(config, name, content=text))
    return files


def generated() -> dict[str, str]:
    """The pages that are made, by name."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return {
        "index.md": readme.replace("](docs/", "]("),
        "changelog.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
        "api.md": "\n".join(_api()),
        "options.md": "\n".join(_options()),
        "schema.md": "\n".join(_schema()),
    }


def _api() -> Iterator[str]:
    yield "# The API\n"
    for heading, names in API.items():
        yield f"## {heading}\n"
        yield from (f"::: {name}\n" for name in names)


def _options() -> Iterator[str]:
    yield "# Options of find\n\n| option | |\n|---|---|"
    yield from (f"| `{name}` | {_cell(help_of(name))} |" for name in OPTIONS)


def _schema() -> Iterator[str]:
    yield "# The schema\n"
    for column in columns():
        if not column.column:
            yield f"\n## {column.table}\n\n{column.description}\n\n| column | unit | |\n|---|---|---|"
        else:
            yield _row(column)


def _row(column: Column) -> str:
    return f"| `{column.column}` | {_cell(column.unit or '')} | {_cell(column.description)} |"


def _cell(text: str) -> str:
    """A text in a table of Markdown, as it is written."""
    for sign in "\\|<*_[`":
        text = text.replace(sign, f"\\{sign}")
    return text
