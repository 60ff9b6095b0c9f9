"""Damage is noticed: what is in a file is compared with what was written."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from llmcat import Catalog
from llmcat.errors import CatalogError
from llmcat.storage.checks.whole_file import CHECKS, check
from tests.cli.running import llmcat
from tests.pipeline.building import build_from

ONE = {"openai": {"models": {"gpt-5": {"cost": {"input": 1.25}}}}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A catalogue of one model."""
    return build_from(tmp_path / "catalog.db", ("mapping", ONE))


def changed(path: Path, sql: str) -> None:
    """Change the rows of a file by SQL, and take its sha256 away."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(sql)
    Path(f"{path}.sha256").unlink()


def test_nothing_is_wrong_with_what_a_build_writes(path: Path, shipped: Path) -> None:
    """The digest of the rows as they were merged is that of the rows as they are read, history included."""
    assert check(str(path)) == []
    assert check(str(shipped)) == []
    assert Catalog(path, verify=True).model("openai:gpt-5").cost_input == 1.25


def test_every_flipped_bit_is_noticed(path: Path) -> None:
    """None of them passes the sha256 that the build wrote beside the file."""
    whole = path.read_bytes()
    chance = random.Random(9)
    for _ in range(100):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        with pytest.raises(CatalogError):
            Catalog(path, verify=True)


def test_verify_names_all_that_is_wrong(path: Path) -> None:
    """Not only that something is: which rows and values, as far as they can be told."""
    changed(
        path,
        "UPDATE models SET cost_input = 3, aliases = '[1', limit_context = 'many';"
        "DELETE FROM providers",
    )
    with pytest.raises(CatalogError) as caught:
        Catalog(path, verify=True)
    for words in (
        "its rows are not those that were written",
        "it says 1 providers and holds 0",
        "models.aliases of openai:gpt-5 is no JSON",
        "models.limit_context of openai:gpt-5 is no number",
        "see `llmcat check",
    ):
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("sql", "name", "message"),
    [
        ("UPDATE models SET cost_input = 3", "content", "its rows are not those that were written"),
        ("DELETE FROM models", "counts", "it says 1 models and holds 0"),
        ("UPDATE models SET aliases = '[1'", "values", "models.aliases of openai:gpt-5 is no JSON"),
        (
            "UPDATE models SET cost_input = 'x'",
            "values",
            "models.cost_input of openai:gpt-5 is no number",
        ),
        (
            "DELETE FROM models_fts_data WHERE id > 10",
            "search",
            "does not fit its models|malformed",
        ),
    ],
)
def test_each_kind_of_damage_has_its_check(path: Path, sql: str, name: str, message: str) -> None:
    """Without a sha256 too, for that is a file of its own."""
    changed(path, sql)
    assert [f for f in check(str(path)) if f.check == name]
    done = llmcat("check", str(path))
    assert (done.status, done.out) == (1, "")
    assert any(line.startswith(f"{path}: {name}: ") for line in done.err.splitlines())


def test_the_check_of_the_command_line(path: Path) -> None:
    """Status 0 and one line, or status 1 and the findings, for programs as JSON."""
    done = llmcat("check", str(path))
    assert done.status == 0
    assert done.lines == [f"{path}: nothing is wrong ({', '.join(CHECKS)}, data)"]
    assert llmcat("check", "--json", str(path)).json == []
    with open(path, "r+b") as stream:
        stream.write(b"no SQLite")
    done = llmcat("check", "--json", str(path))
    assert done.status == 1
    [finding] = json.loads(done.out)
    assert finding["check"] == "file"


DAMAGE = {
    "no JSON": "UPDATE models SET modalities_input = '[1'",
    "another JSON": "UPDATE models SET modalities_input = '7'",
    "a price that is no number": "UPDATE price_log SET usd = 'abc'",
    "no JSON in the details": "UPDATE texts SET text = '{' WHERE number IN (SELECT provenance FROM detail_log)",
    "no JSON of a provider": "UPDATE providers SET env = '['",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_no_raw_error_reaches_a_caller(path: Path, damage: str) -> None:
    """Each call answers, or says that the file is damaged and how to get another."""
    changed(path, DAMAGE[damage])
    catalog = Catalog(path)
    calls: list[Callable[[], object]] = [
        lambda: catalog.model("openai:gpt-5").details,
        lambda: catalog.cost("openai:gpt-5", 1),
        lambda: catalog.find(),
        lambda: catalog.providers(),
        lambda: catalog.search("gpt"),
        lambda: catalog.prices("openai:gpt-5"),
        lambda: catalog.history("openai:gpt-5"),
        lambda: catalog.as_of("2030-01-01").models(),
    ]
    messages = []
    for call in calls:
        try:
            call()
        except CatalogError as error:
            messages.append(str(error))
    assert messages
    assert all("is damaged" in said and "llmcat check" in said for said in messages)


def test_pages_that_are_gone_are_told_as_damage(shipped: Path, tmp_path: Path) -> None:
    """Whatever is asked of a file without its second half, SQL too: CatalogError."""
    content = bytearray(shipped.read_bytes())
    half = len(content) // 8192 * 4096
    path = tmp_path / "holes.db"
    path.write_bytes(content[:half] + b"\xff" * (len(content) - half))
    try:
        catalog = Catalog(path)
    except CatalogError:
        return  # the schema itself lay there
    everything = (
        "SELECT count(*) FROM model_versions, changes, rejects WHERE description || place || new"
    )
    for call in (catalog.changes, lambda: catalog.sql(everything)):
        with pytest.raises(CatalogError, match="is damaged"):
            call()
