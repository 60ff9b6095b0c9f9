"""Pin the data of genai-prices: `python build/pin_genai_prices.py build/genai-prices/prices.json.gz`.

The newest data is inside the package on PyPI, as Python objects: install genai-prices into an environment
of its own and run this with it. Facts alone are written (ids, matches, prices with their days and hours,
context windows); names of models, descriptions and comments are left out. A second argument names the JSON
Schema of its data files (.gz too), to check the result against; that needs the package jsonschema. Keys
that are newer than the schema are named, and left out of the check.
"""

from __future__ import annotations

import dataclasses
import gzip
import json
import sys
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

LEFT_OUT = {"name", "description", "price_comments", "extractors", "fallback_model_providers"}


def plain(value: Any) -> Any:
    """An object of genai_prices.types as the JSON of its data files: no None, no prose."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, time):
        return value.replace(tzinfo=None).isoformat() + "Z"  # they are all in UTC
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) or type(value).__name__ == "ModelPrice":
        fields = {key: item for key, item in vars(value).items() if not key.startswith("__")}
        return {
            key.rstrip("_"): plain(item)
            for key, item in fields.items()
            if item is not None and key not in LEFT_OUT
        }
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def check(data: list[dict[str, Any]], schema: Path) -> set[str]:
    """Validate against the schema; the keys of models that it does not know yet."""
    from jsonschema import validate  # type: ignore[import-untyped,unused-ignore]

    text = gzip.decompress(schema.read_bytes()) if schema.suffix == ".gz" else schema.read_bytes()
    rules = json.loads(text)
    known = rules["$defs"]["ModelInfo"]["properties"].keys()
    unknown: set[str] = {key for p in data for model in p["models"] for key in model} - known
    kept = [
        {**p, "models": [{k: v for k, v in m.items() if k in known} for m in p["models"]]}
        for p in data
    ]
    validate(kept, rules)
    return unknown


def main(target: Path, schema: Path | None) -> None:
    """Write the pinned file, and check it where a schema is given."""
    from genai_prices.data import providers  # type: ignore[import-not-found,unused-ignore]

    data = [{**plain(provider), "name": provider.name} for provider in providers]
    if schema is not None and (newer := check(data, schema)):
        print(f"newer than the schema: {', '.join(sorted(newer))}")
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    with open(target, "wb") as stream, gzip.GzipFile("", "wb", 9, stream, mtime=0) as packed:
        packed.write(body)
    models = sum(len(provider["models"]) for provider in data)
    print(f"{target}: {len(data)} providers, {models} models, {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
