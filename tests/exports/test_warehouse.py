"""The SQL of docs/warehouse.md prices calls as cat.cost does, to the last digit."""

from __future__ import annotations

import csv
import json
import random
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.exports.flat_tables import prices_as_csv, prices_as_parquet
from llmcat.meters import STAND_INS
from tests.cli.running import llmcat
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
    searches = {"web_search": 0.008, "web_search_low": 0.005} if number == 5 else {}
    return {
        "cost": {**cost(), **searches, "tiers": tiers},
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


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[Any, ...]]]:
    """A folder with prices.csv, prices.parquet and calls.csv, and the calls with what they cost: prices of
    two times, tiers, cache, reasoning, a mode, a region, aliases."""
    folder, chance = tmp_path_factory.mktemp("warehouse"), random.Random(8)
    path = folder / "catalog.db"
    for day, factor in (("2026-01-10", 1.0), ("2026-05-10", 1.3)):
        models = {f"m{n}": model(chance, n, factor) for n in range(6)}
        models["m0"]["last_updated"] = day
        build_from(path, ("mapping", {"lab": {"models": models}}))
    with Catalog(path) as catalog:
        (folder / "prices.csv").write_bytes(prices_as_csv(catalog).content)
        (folder / "prices.parquet").write_bytes(prices_as_parquet(catalog).content)
        calls = calls_of(catalog, chance, 400)
    with (folder / "calls.csv").open("w", newline="", encoding="utf-8") as stream:
        header = ("id", "called_at", "name", "mode", "region", "input_total", *METERS)
        csv.writer(stream).writerows([header, *(call[:-1] for call in calls)])
    return folder, calls


def different(calls: list[tuple[Any, ...]], answer: dict[int, Decimal]) -> list[Any]:
    """The calls that an engine prices otherwise than llmcat."""
    return [(call, answer.get(call[0])) for call in calls if answer.get(call[0]) != call[-1]]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_duckdb_gives_what_llmcat_gives(
    kind: str, priced: tuple[Path, list[tuple[Any, ...]]]
) -> None:
    """The query as it stands on the page."""
    folder, calls = priced
    types = "types = {'usd_per_unit': 'DECIMAL(21, 18)', 'region': 'VARCHAR', 'hours': 'VARCHAR'}"
    options = f", header = true, nullstr = '', allow_quoted_nulls = false, {types}"
    with duckdb.connect() as connection:
        given = options if kind == "csv" else ""
        source = f"read_{kind}('{folder}/prices.{kind}'{given})"
        connection.execute(f"CREATE TABLE prices AS SELECT * FROM {source}")
        connection.execute(
            f"CREATE TABLE calls AS SELECT * FROM read_csv('{folder}/calls.csv', nullstr = 'none',"
            " types = {'region': 'VARCHAR'})"
        )
        answer: dict[int, Decimal] = dict(connection.execute(query()).fetchall())
    assert different(calls, answer) == []


def test_duckdb_prices_a_log_as_its_bill(
    priced: tuple[Path, list[tuple[Any, ...]]], tmp_path: Path
) -> None:
    """What `llmcat bill --meters` writes, loaded as the page says: also what has no time, no id or the id of
    another call, a region that only has prices as a part of a wider one, and searches of which a usage says
    the size alone."""
    folder, _ = priced
    calls: list[dict[str, Any]] = [
        {"model": "lab:m1", "input_tokens": 900, "output_tokens": 50, "id": "a"},
        {"model": "lab:m2", "input_tokens": 250_000, "cache_read_tokens": 9_000, "id": "a"},
        {"model": "lab:m3", "input_tokens": 40_000, "reasoning_tokens": 3, "output_tokens": 7},
        {"model": "lab:m4", "input_tokens": 7, "region": "eu-west-1", "service_tier": "batch"},
    ]
    searching = {"prompt_tokens": 9, "completion_tokens": 70, "total_tokens": 79}
    calls += [
        {"model": "lab:m5", "usage": {**searching, "search_context_size": size}}
        for size in ("low", "high")
    ]
    june = "2026-06-01T10:00:00Z"
    days = ("2025-06-01T00:00:00Z", "2026-02-01T10:00:00Z", None, june, june, june)
    rows = [{**c, **({"created": d} if d else {})} for c, d in zip(calls, days)]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = llmcat(
        *("bill", tmp_path / "log.jsonl", "--meters", tmp_path / "calls.csv", "--json"),
        *("--db", folder / "catalog.db"),
    )
    assert done.status == 0, done.err
    [load] = re.findall(r"```sql\n(CREATE TABLE prices.*?)```", PAGE.read_text(), re.DOTALL)
    load = load.replace("'prices.", f"'{folder}/prices.").replace("'calls.", f"'{tmp_path}/calls.")
    with duckdb.connect() as connection:
        connection.execute(load)
        answer: dict[str, Decimal] = dict(connection.execute(query()).fetchall())
    assert sum(answer.values()) == Decimal(done.json["usd"])
    assert set(answer) == {"a", "a#2", "3", "4", "5", "6"}
    assert answer["6"] - answer["5"] == Decimal("0.003")


def test_clickhouse_gives_what_llmcat_gives(priced: tuple[Path, list[tuple[Any, ...]]]) -> None:
    """With the beginning that the page has for it, its meters and ladder written out."""
    session = pytest.importorskip("chdb.session", reason="needs chdb, of the extra interop").Session
    folder, calls = priced
    steps = re.findall(r"\('\w+', '\w+', \d\)", query())
    text = beginning("ARRAY JOIN") + ", " + query()[query().index("found AS (") :]
    text = text.replace("CAST(quantity AS DECIMAL(16, 3))", "toDecimal64(quantity, 3)")
    text = re.sub(
        r"ARRAY JOIN \[.*?\]",
        f"ARRAY JOIN [{', '.join(f'{m!r}, {m}'.join('()') for m in METERS)}]",
        text,
    )
    text = re.sub(r"arrayJoin\(\[.*?\]\)", f"arrayJoin([{', '.join(steps)}])", text)
    prices = PRICE_COLUMNS + ", usd_per_unit Decimal(21, 18), valid_from DateTime('UTC'), valid_to"
    prices += " Nullable(DateTime('UTC')), known_from DateTime('UTC'), suspect Int64"
    columns = "id Int64, called_at DateTime('UTC'), name String, mode String, region String, input_total Int64, "
    columns += ", ".join(f"{meter} Int64" for meter in METERS)
    clickhouse = session()
    for table, made_of in (("prices", prices), ("calls", columns)):
        clickhouse.query(f"CREATE TABLE {table} ({made_of}) ENGINE = Memory")
        clickhouse.query(
            f"INSERT INTO {table} SELECT * FROM file('{folder}/{table}.csv', CSVWithNames)"
        )
    lines = [line.split("\t") for line in str(clickhouse.query(text, "TSV")).splitlines()]
    assert different(calls, {int(id_): Decimal(usd) for id_, usd in lines}) == []


def test_spark_gives_what_llmcat_gives(priced: tuple[Path, list[tuple[Any, ...]]]) -> None:
    """With UNPIVOT as Spark writes it."""
    sql = pytest.importorskip("pyspark.sql", reason="needs pyspark, of the extra interop")
    folder, calls = priced
    settings = {"spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC"}
    settings["spark.sql.shuffle.partitions"] = "1"  # 200 of them would wait for one another
    spark = sql.SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
    try:
        for table in ("prices", "calls"):
            rows = spark.read.csv(f"{folder}/{table}.csv", header=True, inferSchema=True)
            rows = rows.fillna(
                "", [column for column in ("region", "hours") if column in rows.columns]
            )
            rows.createOrReplaceTempView(table)
        rest = query()[query().index("), ladder") :]
        rest = rest.replace("UNION ALL VALUES", "UNION ALL SELECT * FROM VALUES")
        rest = rest.replace("* usd_per_unit", "* CAST(usd_per_unit AS DECIMAL(21, 18))")
        meters = f"IN ({', '.join(METERS)})"
        text = (
            re.sub(r"IN \(.*?\)", meters, beginning("UNPIVOT (quantity")).removesuffix(")") + rest
        )
        answer = {row[0]: row[1] for row in spark.sql(text).collect()}
    finally:
        spark.stop()
    assert different(calls, answer) == []


PRICE_COLUMNS = (
    "name String, spec String, mode String, region String, hours String, min_context Int64, meter String,"
    " unit String, usd Float64, per Int64"
)


def beginning(word: str) -> str:
    """The first part of the query for another engine: the block of the page that holds this word."""
    blocks = re.findall(r"```sql\n(WITH counts.*?)\n```", PAGE.read_text(), re.DOTALL)
    [text] = [block for block in blocks if word in block]
    return str(text)


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
