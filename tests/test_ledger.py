"""A ledger: a program's own calls, what they cost, and what is left to spend."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.errors import BudgetPassed, LedgerError, OptionError
from llmcat.ledger import Ledger
from llmcat.pricing.usage import Usage

PRICES: dict[str, Any] = {
    "acme": {
        "models": [
            {"id": "swift", "name": "Swift", "cost": {"input": 2, "output": 8}},
            {"id": "unpriced", "name": "Unpriced"},
        ]
    }
}


@pytest.fixture(scope="module")
def acme() -> Catalog:
    """A catalogue of a model with prices and one without."""
    return Catalog.from_sources(PRICES)


def rows(path: Path, sql: str) -> list[Any]:
    """What any program reads in the file."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_a_call_is_written_with_its_cost_and_prices(tmp_path: Path, acme: Catalog) -> None:
    """Everything that a bill needs stands in the row."""
    with Ledger(tmp_path / "spend.db", acme) as ledger:
        usage = {"prompt_tokens": 1_000, "completion_tokens": 500}
        entry = ledger.record(
            "acme/swift", usage, at="2026-11-28T10:00Z", duration=2.5, user="ann", tags=["search"]
        )
        assert entry.cost is not None
        assert entry.cost.total == Decimal("0.006")
        assert ledger.speeds() == {"acme:swift": 200.0}
    [found] = rows(tmp_path / "spend.db", "SELECT at, spec, usd_exact, prices, tags FROM calls")
    assert found == (
        "2026-11-28T10:00:00Z",
        "acme:swift",
        "0.006",
        '[["input", "1000", "2", "0.002"], ["output", "500", "8", "0.004"]]',
        '["search"]',
    )


def test_an_unknown_price_is_written_as_unknown(tmp_path: Path, acme: Catalog) -> None:
    """Never as 0; the row says why."""
    with Ledger(tmp_path / "spend.db", acme) as ledger:
        entry = ledger.record("acme:unpriced", Usage(10, 1))
        assert entry.cost is None
        assert "no price" in str(entry.why)
        assert ledger.spent() == 0
    assert rows(tmp_path / "spend.db", "SELECT usd, usd_exact FROM calls") == [(None, None)]


def test_what_is_left_of_a_budget(tmp_path: Path, acme: Catalog) -> None:
    """Of today, of the month, of a user's or a tag's share; yesterday's calls are not today's."""
    with Ledger(tmp_path / "spend.db", acme, month=1) as ledger:
        ledger.record("acme:swift", Usage(100_000), user="ann", tags="search")
        ledger.record("acme:swift", Usage(50_000), user="bob", at="2020-02-29")
        assert ledger.left(day=5) == Decimal("4.8")
        assert ledger.left(day="0.1") == Decimal("-0.1")
        assert ledger.left() == Decimal("0.8")
        assert ledger.left(day=5, user="bob") == 5
        assert ledger.left(day=5, tag="search") == Decimal("4.8")
        assert ledger.spent(month="2020-02") == ledger.spent(day="2020-02-29") == Decimal("0.1")
        assert ledger.spent() == Decimal("0.3")


def test_a_passed_budget_is_told_once_the_call_is_written(tmp_path: Path, acme: Catalog) -> None:
    """By an exception, or to a function of the program's own."""
    ledger = Ledger(tmp_path / "spend.db", acme, day="0.3")
    ledger.record("acme:swift", Usage(100_000))
    with pytest.raises(BudgetPassed, match=r"\$0.3 for this day is spent: \$0.4"):
        ledger.record("acme:swift", Usage(100_000))
    assert ledger.spent() == Decimal("0.4")
    told: list[BudgetPassed] = []
    other = Ledger(tmp_path / "spend.db", acme, day="0.3", passed=told.append)
    other.record("acme:swift", Usage(1))
    assert [(error.period, error.budget) for error in told] == [("day", Decimal("0.3"))]
    ledger.close()
    other.close()


def test_threads_and_processes_share_a_ledger(tmp_path: Path) -> None:
    """None waits for ever, and no call is lost."""
    path, prices = tmp_path / "spend.db", repr(PRICES)
    program = (
        "import threading; from llmcat import Catalog; from llmcat.ledger import Ledger\n"
        f"ledger = Ledger({str(path)!r}, Catalog.from_sources({prices}))\n"
        "def write():\n"
        "    for _ in range(20): ledger.record('acme:swift', {'input_tokens': 1000})\n"
        "threads = [threading.Thread(target=write) for _ in range(2)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
    )
    root = str(Path(__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": root}
    running = [subprocess.Popen([sys.executable, "-c", program], env=environment) for _ in range(2)]
    assert [process.wait() for process in running] == [0, 0]
    assert rows(path, "SELECT count(*), round(sum(usd), 9) FROM calls") == [(80, 0.16)]


def test_a_thread_has_its_own_connection(tmp_path: Path, acme: Catalog) -> None:
    """SQLite's must not be shared."""
    ledger = Ledger(tmp_path / "spend.db", acme)

    def write() -> None:
        ledger.record("acme:swift", Usage(1_000))
        ledger.close()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()
    assert ledger.spent() == Decimal("0.002")
    ledger.close()


def test_another_file_is_left_alone(tmp_path: Path, acme: Catalog) -> None:
    """A database of something else is refused, and not a byte of it changes."""
    path = tmp_path / "other.db"
    rows(path, "CREATE TABLE things (id)")
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="is no ledger"):
        Ledger(path, acme)
    path2 = tmp_path / "text.db"
    path2.write_text("no database" * 100, encoding="utf-8")
    with pytest.raises(LedgerError, match="cannot be used as a ledger"):
        Ledger(path2, acme)
    assert path.read_bytes() == before
    with pytest.raises(LedgerError, match="cannot be opened"):
        Ledger(tmp_path / "no" / "folder.db", acme)


def test_an_amount_is_usd(tmp_path: Path, acme: Catalog) -> None:
    """What is no amount is refused in our words."""
    with pytest.raises(OptionError, match="amount of USD"):
        Ledger(tmp_path / "spend.db", acme, day="much")
    ledger = Ledger(tmp_path / "spend.db", acme)
    with pytest.raises(OptionError, match="no budget"):
        ledger.left()
    ledger.close()


def test_a_ledger_is_a_log(tmp_path: Path, acme: Catalog) -> None:
    """Its bill is the sum of what it wrote."""
    with Ledger(tmp_path / "spend.db", acme) as ledger:
        ledger.record("acme:swift", Usage(1_000, 10, reasoning_tokens=5), tags=["a"], user="ann")
        bill = acme.bill(tmp_path / "spend.db", by=["user", "tag"])
        assert bill.total == ledger.spent()
    assert [row.group for row in bill.rows] == [{"user": "ann", "tag": "a"}]
