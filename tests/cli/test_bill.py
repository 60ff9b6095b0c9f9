"""llmcat bill: the calls of logs, priced."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmcat.cli import bill_processes
from llmcat.cli.bill import bars
from tests.cli.running import error_of, llmcat, process
from tests.conftest import MakeCatalog

LOGS = Path(__file__).parent.parent / "pricing" / "logs"
PRICES: dict[str, Any] = {
    "acme": {
        "models": [
            {"id": "swift", "name": "Swift", "cost": {"input": 2, "output": 8, "cache_read": 0.2}},
            {"id": "cheap", "name": "Cheap", "cost": {"input": 0.1, "output": 0.3}},
            {"id": "unpriced", "name": "Unpriced"},
        ]
    }
}
CALL = {"model": "acme:swift", "input_tokens": 1_000, "output_tokens": 100, "at": "2026-11-28"}


@pytest.fixture
def db(make_catalog: MakeCatalog) -> Path:
    """A catalogue of three models."""
    return make_catalog(PRICES)


def write(path: Path, *calls: Any) -> Path:
    """A log of JSON lines."""
    path.write_text("".join(json.dumps(call) + "\n" for call in calls), encoding="utf-8")
    return path


def test_the_logs_of_programs_are_billed(shipped: Path) -> None:
    """All formats in one run, from the shell to the sums, in a process of its own."""
    files = sorted(str(path) for path in LOGS.glob("*.json*"))
    ran = process("bill", *files, "--by", "provider,month", "--json", "--db", shipped)
    assert ran.status == 0, ran.err
    assert ran.json["calls"] == 9
    assert {row["provider"] for row in ran.json["rows"]} == {"anthropic", "openai", "google"}
    assert ran.json["unpriced"] == []
    assert ran.json["untimed"] == 1


def test_a_table_with_a_total(db: Path, tmp_path: Path) -> None:
    """A row for each group, what it would have cost elsewhere, and all of it below."""
    log = write(tmp_path / "calls.jsonl", CALL, CALL, {**CALL, "model": "acme:cheap"})
    ran = llmcat("bill", log, "--db", db, "--instead", "acme:cheap")
    assert ran.status == 0
    assert [line.split() for line in ran.lines] == [
        ["model", "calls", "input", "output", "USD", "acme:cheap"],
        ["acme:swift", "2", "2K", "200", "$0.0056", "$0.0003"],
        ["acme:cheap", "1", "1K", "100", "$0.0001", "$0.0001"],
        ["total", "3", "$0.0057", "$0.0004"],
    ]


def test_what_is_not_priced_is_listed_and_the_exit_status_says_so(db: Path, tmp_path: Path) -> None:
    """Counted by reason, with the place of the first."""
    log = write(tmp_path / "calls.jsonl", CALL, {**CALL, "model": "acme:unpriced"})
    ran = llmcat("bill", log, "--db", db)
    assert ran.status == 1
    assert "1 call not priced:" in ran.err
    assert f"1 no price acme:unpriced (first {log}:2)" in ran.err
    found = llmcat("bill", log, "--db", db, "--json")
    assert (found.status, found.json["calls"], found.json["unpriced_calls"]) == (1, 1, 1)


def test_csv_for_programs(db: Path, tmp_path: Path) -> None:
    """Amounts to the last digit; what is not in them is said beside."""
    log = write(tmp_path / "calls.jsonl", CALL, {"hello": 1})
    ran = llmcat("bill", log, "--db", db, "--by", "day", "--csv")
    [row] = ran.csv
    assert row["day"] == "2026-11-28"
    assert row["usd"] == "0.0028"
    assert "1 record is no call" in ran.err


def test_standard_input_and_mapped_columns(db: Path) -> None:
    """A table of somebody's own, from a pipe."""
    text = "deployment,in,out\nacme:swift,1000,100\n"
    words = ["--column", "model=deployment", "--column", "input_tokens=in"]
    ran = llmcat(
        "bill", "-", *words, "--column", "output_tokens=out", "--db", db, "--json", stdin=text
    )
    assert ran.json["usd"] == "0.0028"


def test_a_file_without_calls_is_told(db: Path, tmp_path: Path) -> None:
    """Nothing priced is no success."""
    empty = tmp_path / "empty.jsonl"
    empty.write_text("", encoding="utf-8")
    ran = llmcat("bill", empty, "--db", db)
    assert ran.status == 1
    assert "no call" in ran.err


def test_what_cannot_be_read_is_one_line(db: Path, tmp_path: Path) -> None:
    """The file, the option, and what to do."""
    assert "cannot be read" in error_of(llmcat("bill", tmp_path / "none.jsonl", "--db", db))
    assert "cannot be read" in error_of(llmcat("bill", tmp_path, "--db", db))
    log = write(tmp_path / "calls.jsonl", CALL)
    assert "a bill is by model" in error_of(llmcat("bill", log, "--by", "colour", "--db", db), 2)
    assert "NAME=COLUMN" in error_of(llmcat("bill", log, "--column", "model", "--db", db), 2)
    assert "--cheapest" in error_of(llmcat("bill", log, "--require", "tools", "--db", db), 2)


def test_what_the_log_says_that_it_cost_is_compared(db: Path, tmp_path: Path) -> None:
    """A line for people, and the amounts to their last digit for programs."""
    log = write(tmp_path / "calls.jsonl", {**CALL, "cost": 0.5})
    ran = llmcat("bill", log, "--db", db)
    assert "the log says what 1 call cost: $0.5000, " in ran.out
    [charged] = json.loads(llmcat("bill", log, "--db", db, "--json").out)["charged"]
    assert (charged["calls"], charged["charged"]) == (1, "0.5")


def test_calls_are_written_metered(db: Path, tmp_path: Path) -> None:
    """Each token at one meter, as it is billed."""
    message = {
        "input_tokens": 7,
        "output_tokens": 5,
        "cache_read_input_tokens": 0,
        "inference_geo": "us",
    }
    elsewhere = {"model": CALL["model"], "usage": {**message, "service_tier": "batch"}}
    log = write(tmp_path / "calls.jsonl", {**CALL, "cache_read_tokens": 400, "id": "a"}, elsewhere)
    out = tmp_path / "metered.csv"
    assert llmcat("bill", log, "--db", db, "--meters", out).status == 0
    header, line, second = out.read_text(encoding="utf-8").splitlines()
    of_geo = dict(zip(header.split(","), second.split(",")))
    assert (of_geo["mode"], of_geo["region"], of_geo["input"]) == ("batch", "us", "7")
    row = dict(zip(header.split(","), line.split(",")))
    assert row["id"] == "a"
    assert (row["called_at"], row["input_total"]) == ("2026-11-28 00:00:00", "1000")
    assert (row["input"], row["output"], row["cache_read"]) == ("600", "100", "400")


def test_several_processes_come_to_the_same_sums(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long log is read in blocks; here three lines are one."""
    calls = [{**CALL, "input_tokens": n, "user": f"u{n % 3}"} for n in range(1, 40)]
    log = write(tmp_path / "calls.jsonl", *calls, {"model": "nobody", "input_tokens": 1})
    alone = llmcat("bill", log, "--db", db, "--by", "user", "--json")
    monkeypatch.setattr(bill_processes, "WORTH_IT", 1)
    monkeypatch.setattr("llmcat.pricing.logs.log_file.BLOCK", 300)
    together = llmcat("bill", log, "--db", db, "--by", "user", "--json")
    assert together == alone
    assert together.json["calls"] == 39


def test_bars_are_in_proportion() -> None:
    """The largest is whole, and what is not 0 is seen."""
    from decimal import Decimal

    assert list(map(len, bars([Decimal(8), Decimal(4), Decimal("0.001")]))) == [24, 12, 1]
    assert bars([Decimal(0)]) == [""]
