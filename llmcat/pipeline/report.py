"""Report: what a build did, for the closing summary and for callers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from llmcat.pipeline.entries import Layer
from llmcat.pipeline.tables.create_tables import columns_of
from llmcat.pipeline.tables.flatten import Row, Rows

NAMED = 3
"""How many rejects an error names."""

ABOUT_THE_ROW = ("source", "valid_from")
"""Columns of models that say nothing of the model itself."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did.

    `read` = `accepted` + `rejected` model records; `models` + `filtered` + records merged into
    another = `accepted`. `added`, `removed` and `changed` count models against the file that was
    there before. `files` are those that could not be taken as a whole, place and reason; `rejects`
    are the reasons of all other rejects, the most frequent first. `untold` are the snapshots that came
    too late to be told. `size` is bytes, `seconds` wall time.
    """

    output: Path
    built_at: str
    content_digest: str
    sources: tuple[str, ...]
    providers: int
    models: int
    added: int
    removed: int
    changed: int
    read: int
    accepted: int
    rejected: int
    fields_rejected: int
    filtered: int
    files: tuple[str, ...]
    rejects: tuple[tuple[str, int], ...]
    untold: tuple[str, ...]
    size: int
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """The report ready for json.dumps; `rejects` as rows of reason and count."""
        rejects = [{"reason": reason, "count": count} for reason, count in self.rejects]
        return {**asdict(self), "output": str(self.output), "rejects": rejects}


def why_rejected(layers: list[Layer]) -> str:
    """What could not be taken and why, for an error that says that nothing is left; the first few."""
    rejects = [reject for layer in layers for reject in (*layer.rejects, *layer.past_rejects)]
    if not rejects:
        return ""
    named = [
        f"{r.place}: {f'{r.spec}: ' if r.spec and r.kind != 'file' else ''}{r.reason}"
        for r in rejects[:NAMED]
    ]
    more = f"; and {len(rejects) - NAMED:,} more" if len(rejects) > NAMED else ""
    return f"; rejected: {'; '.join(named)}{more}"


def report(
    output: Path,
    layers: list[Layer],
    rows: Rows,
    before: Mapping[str, Row],
    size: int,
    seconds: float,
) -> Report:
    """The report of a build that wrote `rows` where the models were `before`."""
    catalog = dict(zip(columns_of("catalog"), rows["catalog"][0]))
    now = {row[0]: row for row in rows["models"]}
    names = columns_of("models")
    facts_of = itemgetter(*(n for n, name in enumerate(names) if name not in ABOUT_THE_ROW))
    rejects = [reject for layer in layers for reject in layer.rejects]
    reasons = Counter(reject.reason for reject in rejects if reject.kind != "file")
    return Report(
        output=output,
        built_at=catalog["built_at"],
        content_digest=catalog["content_digest"],
        sources=tuple(f"{layer.name} ({layer.location})" for layer in layers),
        providers=catalog["providers"],
        models=catalog["models"],
        added=len(now.keys() - before.keys()),
        removed=len(before.keys() - now.keys()),
        changed=sum(
            facts_of(now[spec]) != facts_of(before[spec]) for spec in now.keys() & before.keys()
        ),
        read=catalog["records_read"],
        accepted=catalog["records_accepted"],
        rejected=catalog["records_rejected"],
        fields_rejected=catalog["fields_rejected"],
        filtered=catalog["models_filtered"],
        files=tuple(f"{r.place}: {r.reason}" for r in rejects if r.kind == "file"),
        rejects=tuple(reasons.most_common()),
        untold=tuple(revision for layer in layers for revision in layer.untold),
        size=size,
        seconds=seconds,
    )
