"""`llmcat export postgresql://…` on a real PostgreSQL: the same rows, and what users have lives on.

Needs initdb and postgres of PostgreSQL 15 or newer, and psycopg; skipped where they are not.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from glob import glob
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.errors import LlmcatError
from llmcat.exports.postgresql import TABLES, export
from tests.cli.running import llmcat
from tests.exports.test_exports import GPT, SOURCE, UNKNOWN
from tests.pipeline.building import build_from

psycopg = pytest.importorskip("psycopg", reason="PostgreSQL needs the extra postgresql")
PROGRAMS = sorted(glob("/usr/lib/postgresql/*/bin"))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server of this module's own, that listens on a socket in a folder."""
    if not PROGRAMS:
        pytest.skip("needs PostgreSQL's initdb")
    folder = tempfile.mkdtemp(
        prefix="llmcat-pg-"
    )  # not pytest's: their owner alone may enter those
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "nobody")
        as_user = {"user": "nobody", "cwd": folder}
    run: dict[str, Any] = {"capture_output": True, "check": True, **as_user}
    data, programs = f"{folder}/data", PROGRAMS[-1]
    subprocess.run([f"{programs}/initdb", "-D", data, "-U", "llm", "-A", "trust", "-N"], **run)
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    control = [f"{programs}/pg_ctl", "-D", data, "-w", "-l", f"{folder}/log"]
    subprocess.run([*control, "-o", options, "start"], **run)
    yield f"postgresql://llm@/postgres?host={folder}"
    subprocess.run([*control, "-m", "immediate", "stop"], **run)
    shutil.rmtree(folder)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A catalogue of two models."""
    return build_from(tmp_path / "catalog.db", ("mapping", SOURCE))


def rows(address: str, sql: str, role: str | None = None) -> list[Any]:
    """The rows of a query, as this role."""
    with psycopg.connect(address) as connection:
        if role:
            connection.execute(f"SET ROLE {role}")
        found: list[Any] = connection.execute(sql).fetchall()
        return found


def plain(value: Any) -> Any:
    """A value in the words that SQLite and PostgreSQL share."""
    if isinstance(value, (dict, list)):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, str) and value[:1] in '[{"':
        return json.dumps(json.loads(value), sort_keys=True)
    if isinstance(value, (bool, int, float, Decimal)):
        return Decimal(str(float(value)))
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if hasattr(value, "strftime") else value


@pytest.mark.parametrize("table", TABLES)
def test_every_row_is_there(address: str, path: Path, table: str) -> None:
    """Value by value as SQLite has them, unknown as unknown."""
    with Catalog(path) as catalog:
        export(catalog, address, schema="same")
        ours = catalog.connection.execute(f"SELECT * FROM {table}").fetchall()
    with psycopg.connect(address) as connection:
        connection.execute("SET timezone TO 'UTC'")
        theirs = connection.execute(f"SELECT * FROM same.{table}").fetchall()
    key = repr
    assert sorted([[*map(plain, row)] for row in theirs], key=key) == sorted(
        [[*map(plain, row)] for row in ours], key=key
    )


def test_what_users_have_lives_on(address: str, path: Path) -> None:
    """A reader's rights and a user's view read the new rows after a refresh; NOTIFY says the digest."""
    with psycopg.connect(address, autocommit=True) as listener:
        listener.execute("LISTEN llmcat")
        with Catalog(path) as catalog:
            assert export(catalog, address, reader="analyst").changed
            assert not export(catalog, address, reader="analyst").changed
        rows_before = rows(address, "SELECT count(*) FROM llmcat.models", "analyst")
        with psycopg.connect(address) as connection:
            connection.execute("CREATE VIEW public.mine AS SELECT spec FROM llmcat.models")
            connection.execute("GRANT SELECT ON public.mine TO analyst")
        more = {"openai": {"models": {"gpt-5.4": GPT, "new": UNKNOWN, "gpt-6": {}}}}
        build_from(path, ("mapping", more))
        with Catalog(path) as catalog:
            done = export(catalog, address)
        assert rows_before == [(2,)]
        assert rows(address, "SELECT count(*) FROM llmcat.models", "analyst") == [(3,)]
        assert ("openai:gpt-6",) in rows(address, "SELECT spec FROM public.mine", "analyst")
        *_, last = listener.notifies(timeout=2, stop_after=2)
        assert last.payload == done.digest


def test_the_views_answer(address: str, path: Path) -> None:
    """Those of the mirror, and those in the columns of the first design."""
    with Catalog(path) as catalog:
        export(catalog, address)
    found = rows(
        address,
        "SELECT p.pricing_input, p.pricing_output FROM llmcat.llm_pricing_history p JOIN llmcat.llm_models m"
        " ON m.id = p.model_id WHERE m.model_id = 'gpt-5.4' AND m.capabilities @> '[\"vision\"]'",
    )
    assert found == [(Decimal("2.5"), Decimal(15))]
    for view in (
        *("current_models", "current_prices", "price_history", "capability_history", "offers"),
        *("deprecations", "llm_model_capabilities_history", "llm_provider_capabilities"),
    ):
        rows(address, f"SELECT * FROM llmcat.{view}")
    comments = rows(
        address,
        "SELECT col_description('llmcat.models'::regclass, attnum) FROM pg_attribute"
        " WHERE attrelid = 'llmcat.models'::regclass AND attname = 'limit_context'",
    )
    assert "context window" in comments[0][0]


def test_what_goes_wrong_is_one_line(address: str, path: Path) -> None:
    """No server, a name that is none, and a layout on which a user's view depends: nothing is lost."""
    with Catalog(path) as catalog:
        for bad in ({"schema": 'x"; DROP'}, {"reader": "A B"}):
            with pytest.raises(LlmcatError, match="is no name"):
                export(catalog, address, **bad)
        export(catalog, address, schema="old")
        with psycopg.connect(address) as connection:
            connection.execute("CREATE VIEW public.theirs AS SELECT spec FROM old.models")
            connection.execute("COMMENT ON SCHEMA old IS 'Layout of another llmcat'")
        with pytest.raises(LlmcatError, match="depend"):
            export(catalog, address, schema="old")
    assert rows(address, "SELECT count(*) FROM public.theirs") == [(2,)]
    done = llmcat("export", "postgresql://u:secret@127.0.0.1:1/x", "--db", str(path))
    assert (done.status, done.err.count("\n"), "secret" in done.err) == (1, 1, False)
