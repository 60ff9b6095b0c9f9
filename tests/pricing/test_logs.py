"""Logs of calls: every format is found by itself and read, whatever file it is in; what is damaged is said."""

from __future__ import annotations

import gzip
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcat import Catalog
from llmcat.errors import OptionError, SourceError
from llmcat.pricing.logs.call import UnreadCall, instant_of
from llmcat.pricing.logs.formats import FORMATS, FormatReader
from llmcat.pricing.logs.log_file import LogFile, calls_in, calls_of_block
from llmcat.pricing.logs.sessions import Seen
from llmcat.pricing.usage import Usage, read_usage
from tests.pricing.test_bill import row

LOGS = Path(__file__).parent / "logs"


def calls_of(path: Path) -> list[Any]:
    """The calls of a file, without what is none."""
    with LogFile(path) as log:
        return [call for _, call in calls_in(log, FormatReader({}, Seen())) if call is not None]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            "claude-code.jsonl",
            [("claude-opus-4-6", "anthropic", None, "2026-03-01T22:38:55Z")],
        ),
        (
            "codex.jsonl",
            [
                ("gpt-5.2-codex", "openai", None, "2026-04-20T10:01:05Z"),
                ("gpt-5.2-codex", "openai", None, "2026-04-20T10:02:00Z"),
            ],
        ),
        ("otlp.json", [("gpt-4o-2024-08-06", "openai", None, "2026-11-28T14:05:15Z")]),
        ("span.jsonl", [("gpt-4o-2024-08-06", "openai", None, "2026-11-28T14:05:15Z")]),
        (
            "services.jsonl",
            [
                ("gpt-4o-mini", None, "batch", "2026-01-21T12:53:20Z"),
                ("claude-sonnet-4-5-20250929", "anthropic", "batch", None),
                ("gemini/gemini-2.5-flash", "gemini", None, "2026-02-01T10:00:00Z"),
                ("claude-sonnet-4-5", None, None, "2026-03-03T10:00:00Z"),
            ],
        ),
    ],
)
def test_every_format_is_found_by_itself(file: str, expected: list[Any]) -> None:
    """Model, provider, mode and time stand where that format has them; what is no call is none."""
    found = calls_of(LOGS / file)
    assert [(c.model, c.provider, c.mode, instant_of(c.at)) for c in found] == expected


def test_an_answer_in_several_lines_is_one_call(shipped_catalog: Catalog) -> None:
    """Claude Code writes a line for each block of an answer, the last with all output tokens."""
    bill = shipped_catalog.bill(LOGS / "claude-code.jsonl")
    assert bill.calls == 1
    assert (bill.rows[0].input_tokens, bill.rows[0].output_tokens) == (17_003, 210)
    assert bill.skipped == 4


def test_a_resumed_session_is_not_billed_twice() -> None:
    """Its file begins with the lines of the old one."""
    seen = Seen()
    lines = (LOGS / "claude-code.jsonl").read_bytes()
    found = []
    for _ in range(2):
        reader = FormatReader({}, seen)
        found += [call for _, call in calls_of_block(lines, 1, reader) if call]
        found += list(reader.end())
    assert len(found) == 1


def test_codex_counts_once_what_it_says_twice() -> None:
    """A count that repeats the total is no call; where only the total is said, the rest is the call."""
    first, second = (read_usage(call.usage) for call in calls_of(LOGS / "codex.jsonl"))
    assert first == Usage(12_880, 328, cache_read_tokens=9_600, reasoning_tokens=29)
    assert second == Usage(13_120, 172, cache_read_tokens=11_400, reasoning_tokens=11)


def test_an_agent_is_not_billed_beside_its_calls() -> None:
    """The span of an agent repeats what the calls inside it counted."""
    [call] = calls_of(LOGS / "otlp.json")
    assert read_usage(call.usage) == Usage(1_500, 100, cache_read_tokens=1_024)
    assert (call.requested, call.user) == ("gpt-4o", "ann")


def test_langfuse_counts_the_cached_tokens_apart() -> None:
    """Its `input` leaves them out, and input_tokens of Usage hold them."""
    *_, call = calls_of(LOGS / "services.jsonl")
    assert read_usage(call.usage) == Usage(1_010, 20, cache_read_tokens=1_000)


@pytest.mark.parametrize("table", ["turns", "responses"])
def test_the_log_of_llm_is_read(tmp_path: Path, acme: Catalog, table: str) -> None:
    """`llm` writes turns, older versions responses; its details are the rest of the API's usage."""
    path = tmp_path / "logs.db"
    with sqlite3.connect(path) as connection:
        connection.execute(
            f"CREATE TABLE {table} (id TEXT PRIMARY KEY, model TEXT, resolved_model TEXT,"
            " input_tokens INTEGER, output_tokens INTEGER, token_details TEXT, duration_ms INTEGER,"
            " datetime_utc TEXT)"
        )
        details = json.dumps({"prompt_tokens_details": {"cached_tokens": 600}})
        connection.execute(
            f"INSERT INTO {table} VALUES ('1', 'acme/swift', 'swift', 1000, 200, ?, 5,"
            " '2026-11-28T14:05:14.787975+00:00')",
            (details,),
        )
    connection.close()
    before = path.read_bytes()
    bill = acme.bill(path, by="day")
    assert bill.total == acme.cost("acme:swift", 1_000, 200, cache_read_tokens=600).total
    assert [r.group for r in bill.rows] == [{"day": "2026-11-28"}]
    assert path.read_bytes() == before


def test_columns_are_mapped(acme: Catalog) -> None:
    """Also to a path into tables; a name that no bill needs is refused."""
    rows = [
        {"deployment": "acme:swift", "response": {"usage": {"input_tokens": 1, "output_tokens": 1}}}
    ]
    columns = {"model": "deployment", "usage": "response.usage"}
    assert acme.bill(rows, columns=columns).calls == 1
    with pytest.raises(OptionError, match="none that a bill needs"):
        acme.bill(rows, columns={"modell": "deployment"})
    with pytest.raises(OptionError, match="a bill is by model, provider"):
        acme.bill(rows, by="colour")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        '{"model": "acme:swift", "input_tokens": 1000, "output_tokens": 100}\n',
        '[{"model": "acme:swift", "input_tokens": 1000, "output_tokens": 100}]',
        '{"data": [\n{"model": "acme:swift", "input_tokens": 1000, "output_tokens": 100}]}',
        '{\n "model": "acme:swift",\n "usage": {"input_tokens": 1000, "output_tokens": 100}\n}\n',
        "\ufeffmodel,input_tokens,output_tokens\nacme:swift,1000,100\n",
        "model;prompt_tokens;completion_tokens\r\nacme:swift;1000;100.0\r\n",
    ],
)
def test_a_file_is_read_whatever_it_is(
    tmp_path: Path, acme: Catalog, text: str, packed: bool
) -> None:
    """JSON lines, a list, a page of an API, one object, CSV of Excel; packed or not."""
    content = text.encode()
    path = tmp_path / "calls"
    path.write_bytes(gzip.compress(content) if packed else content)
    assert acme.bill(path).total == acme.cost("acme:swift", 1_000, 100).total


def test_parquet_is_read_where_the_extra_is_there(tmp_path: Path, acme: Catalog) -> None:
    """A row is a mapping, as in CSV."""
    pa = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pa.Table.from_pylist([row(), row()]), tmp_path / "calls.parquet")
    assert acme.bill(tmp_path / "calls.parquet").calls == 2


@pytest.mark.parametrize(
    "content",
    [
        b"\x1f\x8bnot gzip at all",
        b"SQLite format 3\x00" + b"x" * 200,
        b'[{"model": ',
        b"[" * 100_000,
        b"[1" + b"," * 10 + b"}",
    ],
)
def test_a_damaged_file_is_one_clear_error(tmp_path: Path, acme: Catalog, content: bytes) -> None:
    """It names the file, and nothing of a library comes through."""
    path = tmp_path / "calls"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="calls"):
        acme.bill(path)


def test_hostile_lines_cost_only_themselves(tmp_path: Path, acme: Catalog) -> None:
    """Deep nesting, huge numbers, bytes that are no text, counts that are none."""
    good = json.dumps(row()).encode()
    bad = [
        b'{"a":' * 100_000,
        b'{"model": "acme:swift", "input_tokens": ' + b"9" * 5_000 + b"}",
        b'{"model": "\xff\xfe", "input_tokens": 1}',
        b'{"model": "acme:swift", "input_tokens": -1}',
        b'{"model": "acme:swift", "input_tokens": NaN}',
        b'{"model": "acme:swift", "input_tokens": 1, "at": "2026-13-45T00:00:00Z"}',
        b'{"model": {"x": 1}, "usage": [1]}',
        b"\x00\x00",
    ]
    path = tmp_path / "calls.jsonl"
    path.write_bytes(b"\n".join([good, *bad, good]))
    bill = acme.bill(path)
    assert bill.calls == 2
    assert bill.unpriced_calls + bill.skipped == len(bad)


def test_a_view_in_a_database_is_not_run(tmp_path: Path, acme: Catalog) -> None:
    """Only tables are read: a view may hold a query without end."""
    path = tmp_path / "logs.db"
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE VIEW turns AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
            " SELECT 'acme:swift' AS model, i AS input_tokens, 1 AS output_tokens, '' AS token_details,"
            " '' AS datetime_utc FROM n"
        )
    connection.close()
    with pytest.raises(SourceError, match="no table has columns"):
        acme.bill(path)


@given(st.integers(0, 4_000_000_000), st.sampled_from([1, 1_000, 1_000_000, 1_000_000_000]))
def test_a_time_in_any_unit_is_the_same_time(seconds: int, unit: int) -> None:
    """Seconds since 1970 and their thousandth parts are told apart by size, from 1978 on."""
    if seconds >= 253_402_301:
        assert instant_of(seconds * unit) == instant_of(str(seconds))


@given(st.one_of(st.text(max_size=30), st.floats(), st.booleans(), st.integers()))
def test_a_time_is_read_or_refused(at: Any) -> None:
    """Never an error of a library."""
    try:
        found = instant_of(at)
    except UnreadCall:
        return
    assert found is None or len(found) == 20


def test_every_format_names_its_origin() -> None:
    """A shape from memory alone would be marked."""
    assert all(format.origin and format.keys for format in FORMATS)
