"""Record: what a step comes to goes into the history; what the present comes to, into rows.

A past is recorded forwards: what is recorded stands, whoever knows more of it later. A record that
failed touches nothing, so that the last good version goes on.
"""

from __future__ import annotations

from collections.abc import Sequence

from llmcat.pipeline.entries import REMOVED, Layer, Merged, Records, Step
from llmcat.pipeline.history.logs import Derived
from llmcat.pipeline.history.recorder import Recorder
from llmcat.pipeline.history.state import state_of
from llmcat.pipeline.recipe import Recipe
from llmcat.pipeline.tables.conflicts import disagreements
from llmcat.pipeline.tables.flatten import Rows, flatten
from llmcat.pipeline.tables.outlier_rows import outlier_rows
from llmcat.pipeline.tables.sources_and_rejects import Parent, account


def record(step: Step, records: Records, layers: Sequence[Layer], history: Recorder) -> None:
    """Record in `history` what holds from `step` on."""
    if step.layer is None:
        _record_present(records, layers, history)
    elif step.at is not None:
        _record_step(step, step.at, step.layer, records, history)


def _record_step(step: Step, at: str, layer: Layer, records: Records, history: Recorder) -> None:
    if step.known or (history.last and at < history.last):
        if history.moments.get((at, layer.name)) != step.revision:
            layer.untold.append(step.revision)
        return
    layer.past_rejects += step.rejects
    history.silent = bool(_newcomers([layer], history))
    is_known = history.goes_on or layer.name in history.sources
    is_first = history.moment(at, layer.name, step.revision)
    _put(at, records, history, news=is_known and not is_first)
    for key in records.gone:
        if isinstance(key, str):
            history.put_provider(at, key, None)
        else:
            history.put(at, ":".join(key), None)


def _record_present(records: Records, layers: Sequence[Layer], history: Recorder) -> None:
    at = records.at
    for layer in layers:
        layer.rejects += layer.unmatched()
    history.newcomers, history.silent = _newcomers(layers, history), False
    is_first = [
        history.moment(at, layer.name, layer.revision or layer.location)
        for layer in layers
        if layer.retrieved_at == at
    ]
    news = history.last is not None and not any(is_first)
    present = {f"{provider}:{id_}" for provider, id_ in records.models}
    for spec in [spec for spec in history.open if spec not in present]:
        history.put(at, spec, None)
    for id_ in [id_ for id_ in history.open_providers if id_ not in records.providers]:
        history.put_provider(at, id_, None)
    _put(at, records, history, news)
    history.last = at


def _newcomers(layers: Sequence[Layer], history: Recorder) -> frozenset[str]:
    """The witnesses among the layers that no step of the past has read."""
    return frozenset(
        layer.name
        for layer in layers
        if layer.role == "witness" and layer.name not in history.sources
    )


def _put(at: str, records: Records, history: Recorder, news: bool) -> None:
    for id_, merged in records.providers.items():
        history.put_provider(at, id_, merged, news and _is_there(merged))
    for (provider, id_), merged in records.models.items():
        spec = f"{provider}:{id_}"
        history.put(at, spec, state_of(spec, merged), news and _is_there(merged))


def _is_there(merged: Merged) -> bool:
    """Whether its source has it: what it removed and others speak of still was not added by them."""
    return REMOVED not in merged.facts.get("extra", {})


def rows_of(
    records: Records,
    layers: Sequence[Layer],
    history: Recorder,
    derived: Derived,
    recipe: Recipe,
    parent: Parent,
) -> Rows:
    """The rows of every table: `records` are those of the present, `derived` knows the families and
    tiers that the states of the past take on, `parent` is the catalogue that the build goes on from."""
    present = flatten(records, history.open)
    details = present.pop("model_details")
    builds_upon = any(layer.kind == "catalog" for layer in layers)
    confirmed = records.confirmed or (None if builds_upon else {})
    rows = {
        **present,
        **history.rows(derived, details, confirmed),
        "outliers": outlier_rows(present["models"]),
        "filtered": records.filtered,
        "disagreements": disagreements(
            layers, records, parent.disagreements if builds_upon else ()
        ),
    }
    return account(rows, layers, recipe, records.at, history.moments, parent)
