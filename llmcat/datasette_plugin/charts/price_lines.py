"""Prices over time, from the catalogue's intervals to lines of a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from llmcat.datasette_plugin.charts.svg import step_chart
from llmcat.datasette_plugin.once_a_file import once_a_file
from llmcat.instants import epoch
from llmcat.rendering.price_steps import DRAWN, Series, steps

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.history.changes import PriceInterval


def history_chart(catalog: Catalog, spec: str, intervals: Sequence[PriceInterval]) -> Markup:
    """The plain prices of input and output tokens of one model over time; empty where none is listed.

    Suspect prices are left out of the drawing: a glitch of 50 times would flatten all the rest.
    """
    end = until(catalog)
    lines = [Series(name, steps(intervals, meter, end)) for meter, name in DRAWN.items()]
    return step_chart(
        f"Listed prices of {spec} over time, USD per 1M tokens", *_drawn(catalog, lines)
    )


def comparison_chart(
    catalog: Catalog, meter: str, intervals: Mapping[str, Sequence[PriceInterval]]
) -> Markup:
    """One meter of several models over time; `intervals` by spec, in the order of their colours."""
    end = until(catalog)
    lines = [Series(spec, steps(prices, meter, end)) for spec, prices in intervals.items()]
    return step_chart(
        f"Listed price of {DRAWN[meter]} over time, USD per 1M tokens", *_drawn(catalog, lines)
    )


@once_a_file
def until(catalog: Catalog) -> float:
    """The last instant that the catalogue knows of, in seconds since 1970."""
    return epoch(str(catalog.info()["built_at"]))


def _drawn(catalog: Catalog, lines: Sequence[Series]) -> tuple[Sequence[Series], float, float]:
    begun = [line.steps[0].since for line in lines if line.steps]
    return lines, min(begun, default=0.0), until(catalog)
