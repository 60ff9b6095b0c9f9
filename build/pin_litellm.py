"""Pin LiteLLM's price map: `python build/pin_litellm.py MAP build/litellm/2026-11-20T000000Z.json.gz`.

MAP is model_prices_and_context_window.json (.gz too), as it is in the package litellm on PyPI; the target
is named by the instant of that release. Facts alone are written: prices, limits, flags, dates, addresses.
Comments, notes and other prose are left out, and so are the entries that speak of no model.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

NO_MODELS = {"sample_spec", "fallback_generalizations"}
PROSE = {"comment", "notes"}


def facts(value: Any) -> Any:
    """A part of the map without its prose, and without the tables that this empties."""
    if isinstance(value, dict):
        kept = {key: facts(item) for key, item in value.items() if key not in PROSE}
        return {key: item for key, item in kept.items() if item != {}}
    return [facts(item) for item in value] if isinstance(value, list) else value


def main(source: Path, target: Path) -> None:
    """Write the pinned file."""
    content = source.read_bytes()
    text = gzip.decompress(content) if source.suffix == ".gz" else content
    entries = {k: facts(v) for k, v in json.loads(text).items() if k not in NO_MODELS}
    body = json.dumps(entries, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    target.parent.mkdir(exist_ok=True)
    with open(target, "wb") as stream, gzip.GzipFile("", "wb", 9, stream, mtime=0) as packed:
        packed.write(body)
    print(f"{target}: {len(entries)} entries, {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
