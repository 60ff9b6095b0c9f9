"""Resolves all ids of LiteLLM's price map or of models.dev's api.json: by which rule, and which not, and why.

    python benchmarks/ids.py model_prices_and_context_window.json.gz api.json.gz

Of models.dev each id is asked for as `provider/id` and alone. The exit status is 1 where an id is not found and
no row of KEYS says why it is none.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from llmcat import Catalog
from llmcat.errors import Ambiguous, LlmcatError

KEYS = {
    "the price of one size or quality of an image": r"(?:.*/)?(?:[\w-]+/)?(?:\d+|max)-x-(?:\d+|max)/.+",
    "the price of a class of sizes": r"(?:fireworks|together)-ai-.*(?:b|default|\dm)",
    "the price of a commitment": r".*/\d-month-commitment/.+",
    "no model": r"fallback_generalizations",
    "a name for whatever is the latest of a cloud": r".+/.+-latest",
}
"""Why a key of LiteLLM's map is the id of no model -> what such keys look like."""


def main(*paths: str) -> int:
    catalog = Catalog()
    unexplained = 0
    for path in paths:
        data = read(Path(path))
        if any("models" in value for value in data.values()):
            pairs = [(provider, id) for provider, of in data.items() for id in of["models"]]
            unexplained += report(f"{path}, provider/id", map("/".join, pairs), catalog)
            unexplained += report(f"{path}, id", sorted({id for _, id in pairs}), catalog)
        else:
            unexplained += report(path, data.keys() - {"sample_spec"}, catalog)
    return int(unexplained > 0)


def read(path: Path) -> dict[str, Any]:
    packed = path.read_bytes()
    found: dict[str, Any] = json.loads(gzip.decompress(packed) if path.suffix == ".gz" else packed)
    return found


def report(name: str, ids: Iterable[str], catalog: Catalog) -> int:
    """Print how the ids were understood; how many are not found, and nobody has said why."""
    rules: Counter[str] = Counter()
    missing: list[str] = []
    for id in ids:
        try:
            rules[f"found by {catalog.resolve(id).rule}"] += 1
        except Ambiguous:
            rules["several, none of them its lab's own"] += 1
        except LlmcatError:
            why = next((why for why, shape in KEYS.items() if re.fullmatch(shape, id)), "")
            rules[why or "not found, nobody has said why"] += 1
            if not why:
                missing.append(id)
    print(f"{name}: {rules.total():,} ids")
    for rule, count in rules.most_common():
        print(f"{count:8,} {rule}")
    for id in sorted(missing):
        print(f"         {id}")
    return len(missing)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
