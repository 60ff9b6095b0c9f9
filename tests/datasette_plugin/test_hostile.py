"""What strangers send: refused or limited in time and memory, and the server goes on answering.

The limits are generous, a machine under test being busy; benchmarks/browsing.py gives the figures.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from tests.server.test_process import ask, serving

SECONDS = 1.5
PATIENCE = 2.5
"""How much longer than SECONDS a busy machine may take."""

MEGABYTES = 200

ENDLESS = "with recursive n(i) as (select 1 union all select i+1 from n)"
WIDE = f"{ENDLESS}, w(s) as (select printf('%0240000d', i) from n limit 1000)"
QUERIES = {
    "a blob out of a number": "select hex(zeroblob(4e8))",
    "many of them": f"{ENDLESS} select hex(randomblob(1e8)) from n limit 1000",
    "text that doubles": "with recursive t(s) as (select 'aaaaaaaaaa' union all select s||s from t)"
    " select max(length(s)) from t",
    "a wide format": "select printf('%0400000000d', 1)",
    "a wide format in one step": "select printf('%.*c', 2000000000, 'x')",
    "endless recursion": f"{ENDLESS} select count(*) from n",
    "endless rows": f"{ENDLESS} select i from n",
    "an endless sort": f"{ENDLESS} select i from n order by -i",
    "a product": "select count(*) from models a, models b, models c where a.name || b.name < c.name",
    "a sorted product": "select a.spec from models a, models b, models c order by b.name || a.name",
    "concatenation": "select group_concat(a.spec || b.spec) from models a, models b",
    "json": "select json_group_array(a.spec || b.spec) from models a, models b",
    "megabytes of rows": f"{WIDE} select s from w",
    "megabytes in columns": f"{WIDE} select s, s, s, s, s, s, s, s, s, s from w",
    "many cells": f"{ENDLESS} select {','.join(['1'] * 1900)} from n limit 1000",
    "a slow function": f"{WIDE} select count(*) from w where instr(s, substr(s, 1, 120000) || 'x')",
    "a slow replacement": f"{WIDE} select sum(length(replace(s, substr(s,1,99000)||'x', ''))) from w",
    "a long pattern": f"select printf('%0200000d',1) like '{'%0' * 60}x'",
    "a product with patterns": "select count(*) from models a, models b"
    " where a.description || b.spec || a.aliases like '%e%e%e%e%e%e%e%x%'",
    "deep nesting": f"select {'(' * 3000}1{')' * 3000}",
    "deep json": "select json_valid(replace(printf('%0200000d', 0), '0', '['))",
    "attach": "attach '/tmp/attached.db' as other",
    "a pragma that writes": "pragma user_version = 7",
    "a journal": "pragma journal_mode = wal",
    "a pragma as a table": "select * from pragma_writable_schema",
    "a writable schema": "pragma writable_schema = 1",
    "a copy": "vacuum into '/tmp/vacuumed.db'",
    "an extension": "select load_extension('/tmp/extension')",
    "a tokenizer": "select fts3_tokenizer('simple')",
    "a change": "update models set name = ''",
    "a change in a cte": "with x as (select 1) insert into models (spec) select 'x' from x",
    "a table": "create table t (x)",
    "a second statement": "select 1; drop table models",
    "search syntax": "select * from models_fts where models_fts match 'AND ^( NEAR'",
    "search commands": "select models_fts(models_fts) from models_fts",
}
LARGE = (
    "a blob out of a number",
    "json",
    "megabytes of rows",
    "megabytes in columns",
    "many cells",
)
REFUSED = tuple(QUERIES)[-14:]
"""These get no answer but an error."""

WORDS = (
    *("'", '"', "''", "\\", ";", "--", "/*", "*/", "%", "_", "*", "(", ")", "((((", "^", "-", "+"),
    *("AND", "OR", "NOT", "NEAR", "NEAR(", "a AND", "OR b", "NOT NOT", "a NEAR/99999999999 b"),
    *(
        '"unclosed',
        "name:",
        "spec : *",
        "{name spec}: x",
        "a*b*c",
        "***",
        "a" * 5_000,
        "a " * 2_000,
    ),
    *("\x00", "a\x00b", "\x7f", "\ufeff", "\u202e", "\ud7ff", "💥" * 500, "é" * 1_000, "\n\r\t"),
    *(
        "' or 1=1 --",
        "'; drop table models; --",
        "1 union select 1",
        "{{7*7}}",
        "${7*7}",
        "<script>",
    ),
    *("../../etc/passwd", "%00", "%252e", "nan", "inf", "-inf", "1e999", "9" * 400, "-1", "0x10"),
)
PLACES = (
    "/catalog/models.json?_search={}",
    "/catalog/models.json?_search_name={}",
    "/catalog/models.json?limit_context__gt={}",
    "/catalog/models.json?capabilities__arraycontains={}",
    "/catalog/models.json?name__like={}",
    "/catalog/models.json?name__glob={}",
    "/catalog/models.json?_sort={}",
    "/catalog/models.json?_next={}",
    "/catalog/models.json?_size={}",
    "/catalog/models.json?_facet={}",
    "/catalog/models.json?_col={}",
    "/catalog/models.json?_where={}",
    "/catalog/models/{}.json",
    "/catalog/cheapest_vision.json?min_context={}",
    "/catalog/-/search.json?q={}",
    "/catalog/-/model/{}",
    "/catalog/-/compare.json?m={}",
)


class Place(NamedTuple):
    """A server that is asked, and its process."""

    url: str
    pid: int


@pytest.fixture(scope="module")
def place(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The shipped catalogue, served with everything that a stranger may get: SQL too."""
    options = ("--public", "--allow-sql")
    with serving(shipped, tmp_path_factory.mktemp("hostile"), *options) as (url, process):
        place = Place(url.rstrip("/"), process.pid)
        answer(place, "/catalog/models.json?_size=1")
        answer(place, "/catalog?sql=select+1")
        yield place


def answer(place: Place, url: str) -> tuple[int, float]:
    """Status and seconds of the answer."""
    started = time.monotonic()
    try:
        with urlopen(place.url + url, timeout=30) as response:
            response.read()
            status = response.status
    except HTTPError as error:
        error.read()
        error.close()
        status = error.code
    return status, time.monotonic() - started


def peak(pid: int) -> float:
    """The most memory that a process ever held, in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(kilobytes) / 1000


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
@pytest.mark.parametrize("form", ["catalog.json", "catalog"])
def test_hostile_sql_is_refused_or_limited(place: Place, form: str) -> None:
    """Nothing takes long, nothing takes much memory, nothing breaks the server."""
    before = peak(place.pid)
    for name, sql in QUERIES.items():
        if form == "catalog" and name not in (*LARGE, *REFUSED):
            continue  # what runs into the time limit does so in any form
        status, seconds = answer(place, f"/{form}?sql={quote(sql)}")
        assert seconds < SECONDS + PATIENCE, name
        assert status in (200, 400, 414), (name, status)
        if form == "catalog.json" and name in REFUSED:
            assert status == 400, name
    assert peak(place.pid) - before < MEGABYTES
    assert ask(f"{place.url}/catalog.json?sql=select+1+as+one&_shape=array") == [{"one": 1}]
    assert not any(os.path.exists(f"/tmp/{made}.db") for made in ("attached", "vacuumed"))


def test_hostile_words_are_only_words(place: Place) -> None:
    """Whatever stands in a search, a filter, a parameter or an address: no error of the server."""
    for index, word in enumerate(WORDS):
        for offset in range(3):  # each word in three places, each place with some ten words
            where = PLACES[(index * 3 + offset) % len(PLACES)]
            status, seconds = answer(place, where.format(quote(word, safe="")))
            assert seconds < SECONDS + PATIENCE, (where, word)
            assert status < 500, (where, word, status)
    for word in WORDS:
        status, _ = answer(place, f"/catalog/models.json?_search={quote(word, safe='')}&_size=1")
        assert status < 500, word


def test_slow_queries_do_not_stop_the_others(place: Place) -> None:
    """Once the slow ones are cut off, a page comes as fast as ever."""
    import threading

    url = f"/catalog.json?sql={quote(QUERIES['endless recursion'])}"
    slow = [threading.Thread(target=answer, args=(place, url)) for _ in range(6)]
    for thread in slow:
        thread.start()
    status, seconds = answer(place, "/catalog/models/openai~3Agpt-4o.json")
    assert status == 200
    assert seconds < 2 * (SECONDS + PATIENCE)
    for thread in slow:
        thread.join()
