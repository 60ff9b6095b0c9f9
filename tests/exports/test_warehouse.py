"""The SQL of docs/warehouse.md prices calls as cat.cost does, to the last digit."""

from __future__ import annotations

import random
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.exports.flat_tables import prices_as_csv, prices_as_parquet
from llmcat.meters import STAND_INS
from tests.pipeline.building import build_from

duckdb = pytest.importorskip("duckdb", reason="needs the extra warehouse")

PAGE = Path(__file__).parent.parent.parent / "docs" / "warehouse.md"
METERS = ("input", "output", "cache_read", "cache_write", "reasoning", "input_audio")


def query() -> str:
    """The query as the page has it."""
    [text] = re.findall(
        r"```sql\n(WITH counts AS \(\n    UNPIVOT.*?)```", PAGE.read_text(), re.DOTALL
    )
    return str(text)


def model(chance: random.Random, number: int, factor: float) -> dict[str, Any]:
    """A model with some prices, tiers, a mode and a region of its own; which has a price is the same at
    all times."""
    price = (number + 1) * factor
    kinds = random.Random(number)
    optional = [meter for meter in METERS[2:] if kinds.random() < 0.4]
    sizes = (32_000, 200_000)[: kinds.randrange(3)]

    def cost() -> dict[str, float]:
        others = {meter: round(chance.uniform(0, 3), 4) for meter in optional}
        return {"input": round(price * chance.uniform(0.8, 1.2), 4), "output": price * 4, **others}

    tiers = [{"min_context": size, **cost()} for size in sizes]
    return {
        "cost": {**cost(), "tiers": tiers},
        "modes": {"batch": {"cost": {"input": price / 2, "output": price * 2}}},
        "regions": {"eu": {"cost": {"input": price * 1.1, "output": price * 4.4}}},
        "aliases": [f"alias-{number}"],
    }


def calls_of(catalog: Catalog, chance: random.Random, number: int) -> list[tuple[Any, ...]]:
    """Calls of every kind with what llmcat says that they cost: id, at, name, mode, region, input, counts."""
    specs = [one.spec for one in catalog.models()]
    instants = ("2026-02-01T10:00:00Z", "2026-06-01T10:00:00Z")
    found = []
    for id_ in range(number):
        spec, mode = chance.choice(specs), chance.choice(("standard", "batch"))
        region, at = chance.choice(("", "eu")), chance.choice(instants)
        total, output = chance.choice((900, 40_000, 250_000)), chance.randrange(5_000)
        counts = {
            "cache_read_tokens": total // 3 if chance.random() < 0.5 else 0,
            "cache_write_tokens": total // 5 if chance.random() < 0.3 else 0,
            "reasoning_tokens": output // 2 if chance.random() < 0.5 else 0,
            "input_audio_tokens": total // 7 if chance.random() < 0.2 else 0,
        }
        cost = catalog.cost(spec, total, output, at=at, mode=mode, region=region, **counts)
        metered = {line.meter: line.quantity for line in cost.breakdown}
        name = chance.choice((spec, f"lab:{catalog.model(spec).aliases[0]}"))
        row = (id_, at.replace("T", " ").rstrip("Z"), name, mode, region, total)
        found.append((*row, *(metered.get(meter, 0) for meter in METERS), cost.total))
    return found


@pytest.mark.parametrize("write", [prices_as_csv, prices_as_parquet])
def test_the_query_gives_what_llmcat_gives(tmp_path: Path, write: Any) -> None:
    """Prices of two times, tiers, cache, reasoning, a mode, a region, aliases."""
    chance = random.Random(8)
    path = tmp_path / "catalog.db"
    for day, factor in (("2026-01-10", 1.0), ("2026-05-10", 1.3)):
        models = {f"m{n}": model(chance, n, factor) for n in range(6)}
        models["m0"]["last_updated"] = day
        build_from(path, ("mapping", {"lab": {"models": models}}))
    with Catalog(path) as catalog:
        prices = tmp_path / "prices"
        prices.write_bytes(write(catalog).content)
        calls = calls_of(catalog, chance, 400)
    read = "read_csv" if write is prices_as_csv else "read_parquet"
    types = ", types = {'usd_per_unit': 'DECIMAL(21, 18)', 'region': 'VARCHAR', 'hours': 'VARCHAR'}"
    options = f", header = true, nullstr = '', allow_quoted_nulls = false{types}"
    with duckdb.connect() as connection:
        given = options if read == "read_csv" else ""
        connection.execute(f"CREATE TABLE prices AS SELECT * FROM {read}('{prices}'{given})")
        meters = ", ".join(f"{meter} BIGINT" for meter in METERS)
        connection.execute(
            "CREATE TABLE calls (id BIGINT, called_at TIMESTAMP, name VARCHAR, mode VARCHAR, region VARCHAR,"
            f" input_total BIGINT, {meters})"
        )
        marks = ", ".join("?" * (6 + len(METERS)))
        connection.executemany(f"INSERT INTO calls VALUES ({marks})", [c[:-1] for c in calls])
        answer: dict[int, Decimal] = dict(connection.execute(query()).fetchall())
    different = [(c, answer.get(c[0])) for c in calls if answer.get(c[0], 0) != c[-1]]
    assert different == []


def test_the_ladder_is_that_of_the_meters() -> None:
    """Every stand-in of meters.py, and what stands in for that."""
    steps = re.findall(r"\('(\w+)', '(\w+)', (\d)\)", query())
    expected = set()
    for meter in STAND_INS:
        stand_in, step = STAND_INS.get(meter), 1
        while stand_in:
            expected.add((meter, stand_in, str(step)))
            stand_in, step = STAND_INS.get(stand_in), step + 1
    assert set(steps) == expected
