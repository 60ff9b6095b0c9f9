"""Price against score against speed: which models are the best for some weighing of the three?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmcat.choosing.frontier import frontier
from llmcat.choosing.measured import COMPLEXITIES
from llmcat.datasette_plugin.pages.explorer import OFFERED

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.datasette_plugin.pages.request import PageRequest

LISTED = 200
"""Models on the page, the best edge first where there are more."""


def facts(catalog: Catalog, request: PageRequest) -> dict[str, Any]:
    """The models that have a price and a score, the cheapest first, the best edge marked.

    `?complexity=` whose scores (complex unless named), `?require=` capabilities. Scores and speeds are
    those that the catalogue itself says; on the user's own site also what was learned and measured.
    Raises what find() raises.
    """
    complexity = request.one("complexity", "complex")
    require = request.many("require")
    options = {"require": require, "task_complexity": None, "min_score": {complexity: 0}}
    points = frontier(catalog.connection, options, own=request.own)
    shown = points if len(points) <= LISTED else sorted(points, key=lambda p: not p.best)[:LISTED]
    return {
        "ok": True,
        "complexity": complexity,
        "require": require,
        "count": len(points),
        "models": [point._asdict() for point in shown],
        "_complexities": COMPLEXITIES,
        "_offered": OFFERED,
    }
