"""How many examples a property is tried on: few in the suite, LLMCAT_EXAMPLES times as many in a long run."""

from __future__ import annotations

import os

TIMES = int(os.environ.get("LLMCAT_EXAMPLES", "1"))


def examples(number: int) -> int:
    """`number`, or as many times that as a long run wants."""
    return number * TIMES
