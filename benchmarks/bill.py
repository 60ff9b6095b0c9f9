"""How many calls of a log are priced in a second, by the shape of their usage, and in what memory.

    python benchmarks/bill.py [--calls 200000] [--db FILE]

By shape, in this process, on one core: reading (JSON lines to calls) and pricing (calls to sums) apart.
Then `llmcat bill` as a whole process on all cores, over a log of all shapes and one five times as long:
its memory should be the same. Calls are of a few models, spread over a year.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from llmcat import Catalog
from llmcat.pricing.logs.formats import FormatReader
from llmcat.pricing.logs.log_file import Found, calls_of_block
from llmcat.pricing.logs.sessions import Seen
from llmcat.pricing.tally import Tally

SEED = 7
FIRST_SECOND, YEAR = 1_748_736_000, 365 * 86_400
"""The past of the shipped catalogue begins here: 2025-06-01."""

MakeUsage = Callable[[int, int, int], dict[str, Any]]
"""From the tokens of input, output and cache to the usage that an API returns."""

SHAPES: dict[str, tuple[str, MakeUsage]] = {
    "OpenAI Chat": (
        "openai:gpt-4o-mini",
        lambda i, o, c: {
            "prompt_tokens": i,
            "completion_tokens": o,
            "total_tokens": i + o,
            "prompt_tokens_details": {"cached_tokens": c, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        },
    ),
    "OpenAI Responses": (
        "openai:gpt-5",
        lambda i, o, c: {
            "input_tokens": i,
            "output_tokens": o,
            "total_tokens": i + o,
            "input_tokens_details": {"cached_tokens": c},
            "output_tokens_details": {"reasoning_tokens": o // 2},
        },
    ),
    "Anthropic Messages": (
        "anthropic:claude-sonnet-4-5",
        lambda i, o, c: {
            "input_tokens": i - c,
            "output_tokens": o,
            "cache_read_input_tokens": c,
            "cache_creation_input_tokens": 0,
            "service_tier": "standard",
        },
    ),
    "Gemini": (
        "google:gemini-2.5-flash",
        lambda i, o, c: {
            "promptTokenCount": i,
            "candidatesTokenCount": o,
            "cachedContentTokenCount": c,
            "thoughtsTokenCount": o // 4,
            "totalTokenCount": i + o + o // 4,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": i}],
        },
    ),
    "Bedrock Converse": (
        "amazon-bedrock:anthropic.claude-sonnet-4-5-20250929-v1:0",
        lambda i, o, c: {
            "inputTokens": i - c,
            "outputTokens": o,
            "totalTokens": i + o,
            "cacheReadInputTokens": c,
        },
    ),
}


def lines(shape: str, calls: int) -> list[str]:
    """A log of JSON lines, one call each."""
    chance = random.Random(SEED)
    model, usage_of = SHAPES[shape]
    found = []
    for _ in range(calls):
        tokens = chance.randrange(50, 20_000)
        usage = usage_of(tokens, chance.randrange(1, 2_000), tokens // 3)
        at = FIRST_SECOND + chance.randrange(YEAR)
        found.append(json.dumps({"model": model, "created": at, "usage": usage}))
    return found


def _read(block: bytes) -> Iterator[Found]:
    return calls_of_block(block, 1, FormatReader({}, Seen()))


def by_shape(catalog: Catalog, calls: int) -> None:
    """Print calls a second of reading and of pricing, for each shape: a call is priced as soon as it is
    read, and what that takes more than reading alone is the pricing."""
    print("| shape, one core | reading | pricing | both |\n|---|---|---|---|")
    for shape in SHAPES:
        block = "\n".join(lines(shape, calls)).encode()
        tally = Tally(catalog, others=())
        tally.add_all(_read(block[: block.index(b"\n")]), "")  # finds the model, once for all
        began = time.process_time()
        deque(_read(block), maxlen=0)
        reading = time.process_time() - began
        began = time.process_time()
        tally.add_all(_read(block), "")
        pricing = time.process_time() - began - reading
        if tally.problems:
            raise SystemExit(f"{shape}: {[*tally.problems.values()][:3]}")
        rates = (calls / seconds for seconds in (reading, pricing, reading + pricing))
        print(f"| {shape} | {' | '.join(f'{rate:,.0f}/s' for rate in rates)} |", flush=True)


MEASURED = """
import resource, subprocess, sys, time
began = time.perf_counter()
done = subprocess.run([sys.executable, "-m", "llmcat", "bill", *sys.argv[1:]], stdout=subprocess.DEVNULL)
taken = time.perf_counter() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(taken, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, done.returncode)
"""


def whole_process(log: Path, calls: int, database: str) -> None:
    """Print what `llmcat bill` takes for a log: seconds, calls a second and for each second of CPU, and
    the largest process."""
    measured = subprocess.check_output(
        [sys.executable, "-c", MEASURED, str(log), "--json", "--db", database], text=True
    )
    seconds, cpu, peak, status = map(float, measured.split())
    size = log.stat().st_size / 1e6
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    note = "" if status == 0 else f", status {status:g}"
    print(
        f"| `llmcat bill`, {calls:,} calls, {size:,.0f} MB, {cores} cores{note}"
        f" | {seconds:.1f} s | {calls / seconds:,.0f}/s | {calls / cpu:,.0f} | {peak:.0f} MiB |",
        flush=True,
    )


def main() -> None:
    """Measure by shape, then as a whole process at two sizes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=200_000)
    parser.add_argument("--db", help="the catalogue to price with (default: the one in use)")
    arguments = parser.parse_args()
    with Catalog(arguments.db) as catalog, tempfile.TemporaryDirectory() as folder:
        by_shape(catalog, arguments.calls // len(SHAPES))
        block = "\n".join(
            line for shape in SHAPES for line in lines(shape, arguments.calls // len(SHAPES))
        )
        print("\n| whole process | time | calls | calls a second of CPU | peak |")
        print("|---|---|---|---|---|")
        for times in (1, 5):
            log = Path(folder) / f"calls-{times}.jsonl"
            with open(log, "w", encoding="utf-8") as stream:
                for _ in range(times):
                    stream.write(block + "\n")
            whole_process(log, arguments.calls * times, catalog.path)


if __name__ == "__main__":
    main()
