"""Every scalar of a source's records, looked for in what was made of them.

    python -m tests.pipeline.kept litellm build/litellm/2026-11-20T000000Z.json.gz

reads a real file, translates it and prints what is lost. Numbers are found again as they are or in
llmcat's unit: 1M tokens for one, one search for a thousand, one second for an hour.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from llmcat.pipeline.entries import Entry, Reject
from llmcat.pipeline.sources import source_kind

UNITS = (1, 1e6, 1e-3, 1e-6, 1 / 3600)
"""What a price of another unit is multiplied with."""

READ = {
    "litellm": {
        "litellm_provider",  # becomes the provider, under llmcat's name for it
        "successor_model",  # becomes an id, without the route before it
        "fedramp_uplift_multiplier",  # multipliers become prices
        "regional_endpoint_uplift_multiplier",
        "regional_processing_uplift_multiplier_eu",
        "regional_processing_uplift_multiplier_us",
        "provider_specific_entry",
        "range",  # becomes a tier that begins there
        "weekdays",  # these become hours such as Mon-Fri 00:30-08:30
        "hours_utc",
        "input_cost_per_pixel",
        "output_cost_per_pixel",  # becomes a price of the image, where its size is known
    },
    "genai-prices": {"match", "service_tier", "start_time", "end_time"},
    "openrouter": {"alias_target"},
    "vercel-gateway": {"released"},  # seconds become a day
    "huggingface-router": set[str](),
}
"""Keys whose values are read and become something else."""


def lost(kind: str, path: Path) -> list[str]:
    """`place: path = value` of every scalar that neither the entries nor the rejects hold."""
    source, missing = source_kind(kind), []
    for document in source.read(path):
        if isinstance(document, Reject):
            continue
        for entry in source.translate(document):
            if isinstance(entry, Entry):
                missing += [f"{entry.place}: {path}" for path in not_held(kind, entry)]
    return missing


def not_held(kind: str, entry: Entry) -> Iterator[str]:
    """The scalars of a raw record that its facts do not hold."""
    held: set[Any] = set()
    for path, value in scalars(entry.facts):
        held.update(path)
        held.add(_number(value) if _is_number(value) else value)
        if isinstance(value, str) and "pricing" in path:
            with contextlib.suppress(ValueError):
                held.add(_number(float(value)))
    for path, value in scalars(entry.raw):
        if any(part.startswith(tuple(READ[kind])) for part in path) or isinstance(value, bool):
            continue
        if isinstance(value, str):
            with contextlib.suppress(ValueError):
                value = float(value) if "pricing" in path else value
        if _is_number(value):
            found = any(_number(value * unit) in held for unit in UNITS)
        else:
            found = value in held or any(str(value) in str(other) for other in held)
        if not found:
            yield f"{'.'.join(path)} = {value!r}"


def scalars(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every scalar below `value` with the keys that lead there; null is silence."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from scalars(item, (*path, str(key)))
        if not value:
            yield path, ""
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from scalars(item, path)
    elif value is not None:
        yield path, value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(value: float) -> str:
    return f"{value:.9g}"


def main(kind: str, path: str) -> int:
    """Print what a real file loses; 1 where it loses anything."""
    missing = lost(kind, Path(path))
    print(f"{path}: {len(missing):,} lost", *missing[:40], sep="\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
