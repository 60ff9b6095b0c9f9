"""Reads real usage bodies and compares the counts with those of another library's extractors: how many
are equal, refused and different, with the reasons.

    python benchmarks/usage.py usages.json.gz

The file is a list of {"body": {"usage": {…}}, "extracted": [{"usage": counts, "extractors": […]}]}, as
genai-prices keeps its data set. A body is equal where the counts are those of an extraction; where they
are not, a line says why llmcat's are right, or that nobody has said so yet, and the exit status is 1.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llmcat.errors import UsageError
from llmcat.pricing.usage.reading import Reading, read

WRAPPERS = ("usage", "usageMetadata", "usage_metadata", "meta")

SAME = {
    "input_tokens": "input",
    "output_tokens": "output",
    "cache_read_tokens": "cache_read",
    "output_reasoning_tokens": "reasoning",
    "output_audio_tokens": "output_audio",
    "output_image_tokens": "output_image",
    "cache_audio_read_tokens": "cache_read_audio",
    "cache_image_read_tokens": "cache_read_image",
    "cache_video_read_tokens": "cached_video",
    "web_searches": "web_search",
}
"""Their count -> the meter that counts the same."""

ALL_OF = {
    "cache_write_tokens": ("cache_write", "cache_write_1h"),
    "input_audio_tokens": ("input_audio", "cache_read_audio"),
    "input_image_tokens": ("input_image", "cache_read_image"),
    "input_video_tokens": ("input_video", "cached_video"),
}
"""Their count -> the meters whose sum it is."""


def main(path: str) -> int:
    bodies = json.loads(gzip.decompress(Path(path).read_bytes()))
    found: Counter[str] = Counter({"equal": 0, "refused": 0, "different": 0})
    for place, row in enumerate(bodies):
        outcome, why = compared(row)
        found[outcome] += 1
        if why:
            found[f"  {outcome}: {why}"] += 1
            if "nobody" in why:
                print(place, json.dumps(row)[:1500])
    for outcome, count in sorted(found.items(), key=lambda item: item[0].strip()):
        print(f"{count:6,} {outcome}")
    return int(any("nobody" in outcome for outcome in found))


def compared(row: dict[str, Any]) -> tuple[str, str]:
    """equal, refused or different, and the reason."""
    usage = next(row["body"][key] for key in WRAPPERS if key in row["body"])
    try:
        reading = read(usage)
    except UsageError as error:
        return "refused", str(error)
    theirs = [extraction["usage"] for extraction in row["extracted"]]
    ours = dict(counts(reading))
    if any(ours == known(extraction) for extraction in theirs):
        return "equal", ""
    return "different", why_right(reading, usage, ours, [known(e) for e in theirs])


def counts(reading: Reading) -> Iterator[tuple[str, int]]:
    """Our counts under their names, zeros left out."""
    for name, meter in SAME.items():
        if count := reading.counts.get(meter):
            yield name, int(count)
    for name, meters in ALL_OF.items():
        if count := sum(reading.counts.get(meter, 0) for meter in meters):
            yield name, int(count)


def known(extraction: dict[str, int]) -> dict[str, int]:
    return {k: n for k, n in extraction.items() if n and (k in SAME or k in ALL_OF)}


def why_right(
    reading: Reading, usage: dict[str, Any], ours: dict[str, int], theirs: list[dict[str, int]]
) -> str:
    """Why a difference to all extractions is right."""
    best = max(theirs, key=lambda e: len(ours.items() & e.items()))
    keys = {key for key in {*ours, *best} if ours.get(key) != best.get(key)}
    for reason, holds in REASONS.items():
        if holds(reading, usage, keys):
            return reason
    return f"nobody has said why {sorted(keys)} differ: {ours} and {best}"


REASONS: dict[str, Any] = {
    "a compaction's tokens are billed beside those at the top": lambda r, u, k: any(
        item.get("type") == "compaction" for item in u.get("iterations") or ()
    ),
    "cached tokens under a key that no extractor knows (num_cached_tokens, cached_tokens)": (
        lambda r, u, k: k == {"cache_read_tokens"} and {"num_cached_tokens", "cached_tokens"} & {*u}
    ),
    "video in prompt_tokens_details, which no extractor reads": lambda r, u, k: (
        k == {"input_video_tokens"} and u["prompt_tokens_details"]["video_tokens"]
    ),
    "thoughts that only total_tokens count are billed as output": lambda r, u, k: (
        k == {"output_tokens"} and r.notes
    ),
}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
