"""What releases to a fleet cost: requests, bytes, staleness, and what a bad release reaches.

    python benchmarks/fleet.py [READERS]

A simulation of a day: each reader polls every hour, 20% earlier or later, as `llmcat pull --from` in a timer
does; four releases a day at random times, of which the second is bad and is revoked 20 minutes later. Each poll is a
conditional request for the manifest; a new serial is a download. Sizes are those of the catalogue in use.
"""

from __future__ import annotations

import lzma
import random
import sys
from bisect import bisect_right
from pathlib import Path
from statistics import median

from llmcat.storage.location import locate

POLL = 3600.0
JITTER = 0.2
RELEASES = 4
NOTICED = 20 * 60.0
DAY = 86_400.0
MANIFEST, NOT_MODIFIED = 4_500, 250
"""Bytes of a manifest with ten releases, and of an answer that says "not modified", headers included."""


def main(readers: int) -> None:
    """Print the figures of a day."""
    chance = random.Random(14)
    packed = len(lzma.compress(Path(locate()).read_bytes(), preset=6))
    good = sorted(chance.uniform(0, DAY) for _ in range(RELEASES))
    bad = good[1]
    releases = sorted([*good, bad + NOTICED])
    revocation = releases.index(bad + NOTICED) + 1  # a release too, of bytes that every reader has
    requests, bytes_sent, staleness, reached, back = 0, 0, [], 0, []
    minutes = [0] * int(DAY / 60 + 1)
    for _ in range(readers):
        at, seen, got_bad = chance.uniform(0, POLL), 0, False
        while at < DAY:
            requests += 1
            minutes[int(at / 60)] += 1
            serial = bisect_right(releases, at)
            if serial == seen:
                bytes_sent += NOT_MODIFIED
            else:
                bytes_sent += MANIFEST + (0 if serial == revocation else packed)
                staleness += [at - release for release in releases[seen:serial]]
                if bad <= at < bad + NOTICED:
                    reached, got_bad = reached + 1, True
                elif got_bad and at >= bad + NOTICED:
                    back.append(at - bad - NOTICED)
                    got_bad = False
            seen = serial
            at += POLL * chance.uniform(1 - JITTER, 1 + JITTER)
    staleness.sort()
    print(f"readers                      {readers:,}")
    print(f"packed catalogue             {packed / 1e6:.2f} MB")
    print(f"requests a day               {requests:,}, at most {max(minutes):,} in a minute")
    print(f"bytes a day                  {bytes_sent / 1e9:.1f} GB")
    print(
        f"staleness p50, p99, most     {_minutes(median(staleness))}, "
        f"{_minutes(staleness[int(len(staleness) * 0.99)])}, {_minutes(staleness[-1])}"
    )
    print(f"reached by the bad release   {reached:,} ({reached / readers:.0%})")
    print(f"back after the revocation    p50 {_minutes(median(back))}, last {_minutes(max(back))}")


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
