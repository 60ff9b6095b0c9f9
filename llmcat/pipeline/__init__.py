"""From sources to catalog.db. run.py is the sentence, each stage stands in a file of its own:

    ingest -> normalize -> validate -> merge -> enrich -> filter -> record history -> write

Importing the package alone costs nothing: the walk of a git clone runs in a process of its own and
needs none of the stages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmcat.pipeline.run import Report, build, make_rows

__all__ = ["Report", "build", "make_rows"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from llmcat.pipeline import run

        return getattr(run, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
