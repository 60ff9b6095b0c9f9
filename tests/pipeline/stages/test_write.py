"""Write: the same bytes for the same inputs, and the old file or the new one, never a part."""

from __future__ import annotations

import hashlib
import importlib
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.errors import WriteError
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec, command_line_sources
from llmcat.storage.template import schema_version
from tests.pipeline.building import build_from, column, rows, write_text
from tests.pipeline.child import in_a_child, needs_fork, open_to_all, spawn

API = Path(__file__).parent.parent / "fixtures" / "api.json"
ONE = {"openai": {"models": {"gpt-5": {"cost": {"input": 1.25}}}}}
FILES = ["catalog.db", "catalog.db.sha256"]
TWO = {"openai": {"models": {"gpt-5": {"cost": {"input": 1.5}}}}}


def sha256(path: Path) -> str:
    """The hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest(path: Path) -> Any:
    """The content digest that a catalogue names."""
    return column(path, "SELECT content_digest FROM catalog")[0]


def test_equal_inputs_give_equal_bytes(tmp_path: Path) -> None:
    """In another folder, at another time, by another process, under another hash seed."""
    made = []
    for number, place in enumerate(("here", "somewhere/else")):
        folder = tmp_path / place
        shutil.copytree(API.parent, folder / "models-dev")
        write_text(
            folder / "over" / "openai.yml", "models: {gpt-5.4: {capabilities: [b, a]}, x: [1]}"
        )
        write_text(folder / "over" / "openai" / "m.toml", 'id = "gpt-5.4"\ntags = ["z", "y"]')
        given = [
            ("models.dev", str(folder / "models-dev" / "api.json")),
            ("yaml", str(folder / "over")),
            ("toml", str(folder / "over")),
        ]
        program = (
            "import sys; from pathlib import Path; from llmcat.pipeline.build import build;"
            "from llmcat.pipeline.recipe import Recipe, command_line_sources;"
            f"build(Recipe(command_line_sources({given!r})), Path(sys.argv[1]))"
        )
        output = folder / "catalog.db"
        if number:
            python_path = os.pathsep.join(filter(None, sys.path))
            environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": python_path}
            subprocess.run(
                [sys.executable, "-c", program, str(output)], check=True, env=environment
            )
        else:
            build(Recipe(command_line_sources(given)), output)
        made.append(output)
    assert sha256(made[0]) == sha256(made[1])
    assert str(tmp_path).encode() not in made[0].read_bytes()


def test_a_price_changes_the_digest(tmp_path: Path) -> None:
    """One price more or less is another content; the same content has the same digest."""
    one = build_from(tmp_path / "1.db", ("mapping", ONE))
    two = build_from(tmp_path / "2.db", ("mapping", TWO))
    again = build_from(tmp_path / "3.db", ("mapping", ONE))
    assert digest(one) != digest(two)
    assert digest(one) == digest(again)


def test_the_mark_of_a_catalogue(tmp_path: Path) -> None:
    """application_id, user_version, a whole file, no journal that a reader would need."""
    db = build_from(tmp_path / "c.db", ("mapping", ONE))
    wanted = {
        "application_id": 1280068931,
        "user_version": schema_version(),
        "integrity_check": "ok",
        "journal_mode": "delete",
        "page_size": 4096,
        "encoding": "UTF-8",
    }
    assert {name: column(db, f"PRAGMA {name}")[0] for name in wanted} == wanted
    assert sorted(os.listdir(tmp_path)) == ["c.db", "c.db.sha256"]


def test_the_file_describes_itself(tmp_path: Path) -> None:
    """catalog_columns holds the template's words, counts stand in catalog."""
    db = build_from(tmp_path / "c.db", ("mapping", ONE))
    unit = 'SELECT unit FROM catalog_columns WHERE "table" = ? AND "column" = ?'
    assert column(db, unit, ["models", "cost_input"]) == ["USD per 1M tokens"]
    [facts] = rows(db, "SELECT * FROM catalog")
    assert (facts["providers"], facts["models"], facts["records_read"]) == (1, 1, 1)
    assert column(db, "SELECT rowid FROM models_fts WHERE models_fts MATCH 'gpt'") == [1]


def test_the_report_compares_with_what_was_there(tmp_path: Path) -> None:
    """added, removed and changed count models against the old file."""
    before: dict[str, Any] = {"openai": {"models": {"a": {}, "b": {}, "c": {}}}}
    build_from(tmp_path / "c.db", ("mapping", before))
    now = {"openai": {"models": {"b": {}, "c": {"name": "C"}, "d": {}, "bad": 5}}}
    done = build(Recipe((SourceSpec("mapping", "m", now, "m"),)), tmp_path / "c.db")
    assert (done.added, done.removed, done.changed) == (1, 1, 1)
    assert (done.read, done.accepted, done.rejected) == (4, 3, 1)
    assert done.rejects == (("is no mapping", 1),)
    assert done.size == (tmp_path / "c.db").stat().st_size


def test_progress_names_the_steps(tmp_path: Path) -> None:
    """A caller that shows what is going on hears of every source."""
    steps: list[str] = []
    build(Recipe(command_line_sources([("models.dev", str(API))])), tmp_path / "c.db", steps.append)
    assert steps[:2] == ["reading models.dev", "merging"]
    assert steps[-1] == "writing"


@needs_fork
def test_kill_9_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    """Whenever a build dies, the file is whole and one of the two; its rubbish goes with the next."""
    folder = tmp_path / "target"
    folder.mkdir()
    target = build_from(folder / "catalog.db", ("mapping", ONE))

    def build_for_ever() -> None:
        while True:
            build_from(target, ("mapping", TWO))
            build_from(target, ("mapping", ONE))

    moments = random.Random(9)
    for _ in range(15):
        pid = spawn(build_for_ever)
        time.sleep(moments.uniform(0.005, 0.08))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        assert column(target, "PRAGMA integrity_check") == ["ok"]
        assert column(target, "SELECT cost_input FROM models") in ([1.25], [1.5])
        assert column(target, "SELECT models FROM catalog") == [1]
    build_from(target, ("mapping", ONE))
    assert sorted(os.listdir(folder)) == FILES


HOLD = """
import sys, time
from pathlib import Path
from llmcat.storage.files.build_folder import workplace
with workplace(Path(sys.argv[1])) as folder:
    (folder / "draft.db").touch()
    print(folder.name, flush=True)
    sys.stdin.read()
"""


def hold_a_workplace(beside: Path) -> tuple[subprocess.Popen[str], str]:
    """A process that builds for as long as it is let, and the name of its folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(beside)], stdin=-1, stdout=-1, text=True
    )
    assert process.stdout
    return process, process.stdout.readline().strip()


def test_rubbish_of_the_dead_goes_and_that_of_the_living_stays(tmp_path: Path) -> None:
    """A folder is held by a lock: its process may be in another container, or its number be 1."""
    dead, goes = hold_a_workplace(tmp_path)
    dead.kill()
    dead.communicate()
    assert os.listdir(tmp_path) == [goes]
    living, stays = hold_a_workplace(tmp_path)
    try:
        assert os.listdir(tmp_path) == [stays]
        (tmp_path / ".llmcat-0123456789abcdef.tmp").mkdir()  # died before it had a lock
        (tmp_path / ".llmcat-0123456789abcdee.txt").mkdir()
        build_from(tmp_path / "catalog.db", ("mapping", ONE))
        assert sorted(os.listdir(tmp_path)) == sorted(
            [*FILES, stays, ".llmcat-0123456789abcdee.txt"]
        )
        assert sorted(os.listdir(tmp_path / stays)) == ["draft.db", "lock"]
    finally:
        living.communicate("")
    assert stays not in os.listdir(tmp_path)


def test_builds_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    """Each cleans up when it begins, and takes nothing from the others."""
    with ThreadPoolExecutor(8) as pool:
        for turn in range(3):
            sources: list[Any] = [{"openai": {"models": {f"m{turn}-{n}": {}}}} for n in range(8)]
            list(pool.map(lambda one: build_from(tmp_path / "c.db", ("mapping", one)), sources))
            assert len(Catalog(tmp_path / "c.db").models()) == 1
    assert sorted(os.listdir(tmp_path)) == ["c.db", "c.db.sha256"]


def test_the_mode_of_the_old_file_is_kept(tmp_path: Path) -> None:
    """A catalogue with private models that only its owner may read stays so."""
    target = build_from(tmp_path / "catalog.db", ("mapping", ONE))
    usual = target.stat().st_mode
    for mode in (0o600, 0o640, 0o444):
        target.chmod(mode)
        build_from(target, ("mapping", TWO))
        assert target.stat().st_mode & 0o777 == mode
    assert build_from(tmp_path / "new.db", ("mapping", ONE)).stat().st_mode == usual


def test_the_sha256_stands_beside_the_file(tmp_path: Path) -> None:
    """In the form of sha256sum; a build that replaces the file replaces it."""
    for models in (ONE, TWO):
        target = build_from(tmp_path / "catalog.db", ("mapping", models))
        beside = (tmp_path / "catalog.db.sha256").read_text()
        assert beside == f"{sha256(target)}  catalog.db\n"


def test_a_file_that_vanishes_is_no_success(tmp_path: Path, monkeypatch: Any) -> None:
    """Whoever takes the new file away, the build says so and the old one stays."""
    write = importlib.import_module("llmcat.pipeline.stages.write")
    target = build_from(tmp_path / "catalog.db", ("mapping", ONE))
    old = target.read_bytes()
    for step in ("_check", "put_in_place"):
        do = getattr(write, step)

        def vanish(path: Path, *rest: Any, do: Any = do) -> None:
            path.unlink()
            do(path, *rest)

        with monkeypatch.context() as patched:
            patched.setattr(write, step, vanish)
            with pytest.raises(WriteError, match=r"no such file|No such file"):
                build_from(target, ("mapping", TWO))
        assert target.read_bytes() == old
        assert sorted(os.listdir(tmp_path)) == FILES


@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
def test_a_strangers_journal_is_not_left_beside_a_new_file(tmp_path: Path, suffix: str) -> None:
    """The next program that writes would roll it into the file: refused, in one line that names it."""
    stranger = tmp_path / f"catalog.db{suffix}"
    stranger.write_bytes(bytes.fromhex("d9d505f920a163d7") + b"x" * 504)
    with pytest.raises(WriteError, match=rf"not written: it h.*remove .*catalog\.db{suffix}"):
        build_from(tmp_path / "catalog.db", ("mapping", ONE))
    assert os.listdir(tmp_path) == [stranger.name]
    stranger.unlink()
    build_from(tmp_path / "catalog.db", ("mapping", ONE))


def test_nothing_is_left_behind_by_a_build_that_fails(tmp_path: Path, monkeypatch: Any) -> None:
    """Where the new file does not pass SQLite's check the old one stays, alone."""
    write = importlib.import_module("llmcat.pipeline.stages.write")
    old = build_from(tmp_path / "catalog.db", ("mapping", ONE)).read_bytes()

    def damage(path: Path, models: int) -> None:
        with open(path, "r+b") as stream:
            stream.seek(300_000)
            stream.write(b"\xff" * 20_000)
        check(path, models)

    check = write._check
    monkeypatch.setattr(write, "_check", damage)
    with pytest.raises(WriteError):
        build_from(tmp_path / "catalog.db", ("mapping", TWO))
    assert (tmp_path / "catalog.db").read_bytes() == old
    assert sorted(os.listdir(tmp_path)) == FILES


def test_a_link_is_followed(tmp_path: Path) -> None:
    """The link stays a link; the file that it names is replaced, beside itself."""
    (tmp_path / "data").mkdir()
    target = build_from(tmp_path / "data" / "catalog.db", ("mapping", ONE))
    link = tmp_path / "catalog.db"
    link.symlink_to(Path("data") / "catalog.db")
    build_from(link, ("mapping", TWO))
    assert link.is_symlink()
    assert column(target, "SELECT cost_input FROM models") == [1.5]
    assert sorted(os.listdir(tmp_path / "data")) == FILES


def test_a_link_to_nothing_makes_its_target(tmp_path: Path) -> None:
    """A dangling link says where the file shall be."""
    link = tmp_path / "catalog.db"
    link.symlink_to(tmp_path / "target.db")
    build_from(link, ("mapping", ONE))
    assert link.is_symlink()
    assert (tmp_path / "target.db").is_file()


def test_readers_of_the_old_file_keep_it(tmp_path: Path) -> None:
    """An open catalogue answers on from the file that it opened."""
    path = build_from(tmp_path / "catalog.db", ("mapping", ONE))
    with Catalog(path) as before:
        assert before.model("openai:gpt-5").cost_input == 1.25
        build_from(path, ("mapping", TWO))
        assert before.model("openai:gpt-5").cost_input == 1.25
        with Catalog(path) as after:
            assert after.model("openai:gpt-5").cost_input == 1.5


@pytest.mark.parametrize("content", [b"not SQLite", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_catalogue_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    """Whatever it was to its owner, a build does not write over it."""
    output = tmp_path / "notes.txt"
    output.write_bytes(content)
    with pytest.raises(WriteError, match=r"cannot be read as a catalogue|is a SQLite file but"):
        build_from(output, ("mapping", ONE))
    assert output.read_bytes() == content


def test_another_database_is_not_replaced(tmp_path: Path) -> None:
    """Nor is a SQLite file of somebody else's."""
    output = tmp_path / "mine.db"
    connection = sqlite3.connect(output)
    connection.execute("CREATE TABLE mine (a)")
    connection.close()
    content = output.read_bytes()
    with pytest.raises(WriteError, match="is a SQLite file but no llmcat catalogue"):
        build_from(output, ("mapping", ONE))
    assert output.read_bytes() == content


def test_an_empty_file_is_replaced(tmp_path: Path) -> None:
    """It has no past that could be lost."""
    (tmp_path / "c.db").touch()
    db = build_from(tmp_path / "c.db", ("mapping", ONE))
    assert column(db, "SELECT count(*) FROM models") == [1]


def test_building_again_over_the_same_file_changes_nothing(tmp_path: Path) -> None:
    """Equal inputs onto what they gave: no event, the same bytes."""
    db = build_from(tmp_path / "c.db", ("models.dev", API), ("mapping", ONE))
    before = sha256(db)
    assert sha256(build_from(db, ("models.dev", API), ("mapping", ONE))) == before


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("", r"is a directory; name a file, such as .*catalog\.db"),
        ("missing/catalog.db", "there is no such folder"),
        ("pipe", "is no regular file"),
        ("file/catalog.db", "Not a directory|no such folder"),
    ],
)
def test_where_nothing_can_be_written(tmp_path: Path, place: str, reason: str) -> None:
    """One line says what is wrong with the place, and nothing has changed there."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(WriteError, match=reason) as error:
        build_from(tmp_path / place, ("mapping", ONE))
    assert "\n" not in str(error.value)
    assert sorted(os.listdir(tmp_path)) == before


@needs_fork
def test_a_full_disk(tmp_path: Path) -> None:
    """The disk ends in the middle of the file: one line, and the old file is untouched."""
    target = build_from(tmp_path / "catalog.db", ("mapping", ONE))
    old = target.read_bytes()
    for size in (0, 4096, 100_000, len(old) - 1):
        outcome = in_a_child(lambda: build_from(target, ("mapping", TWO)), max_file=size)
        assert re.fullmatch(r"WriteError: .* was not written: .*", outcome), outcome
        assert target.read_bytes() == old
        assert sorted(os.listdir(tmp_path)) == FILES


@needs_fork
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    """A read-only folder: one line; the catalogue in it is untouched."""
    folder = open_to_all(tmp_path) / "target"
    folder.mkdir()
    target = build_from(folder / "catalog.db", ("mapping", ONE))
    old = target.read_bytes()
    folder.chmod(0o555)
    outcome = in_a_child(lambda: build_from(target, ("mapping", TWO)), unprivileged=True)
    folder.chmod(0o755)
    assert (
        outcome == f"WriteError: nothing can be written to {folder}: no permission to write there"
    )
    assert target.read_bytes() == old


@needs_fork
def test_a_folder_that_may_not_be_searched(tmp_path: Path) -> None:
    """Where even looking is forbidden, it is one line too."""
    folder = open_to_all(tmp_path) / "target"
    folder.mkdir(mode=0o700)
    folder.chmod(0o600)
    outcome = in_a_child(lambda: build_from(folder / "c.db", ("mapping", ONE)), unprivileged=True)
    folder.chmod(0o700)
    assert outcome.startswith("WriteError: "), outcome
    assert "\n" not in outcome


@needs_fork
def test_an_old_file_that_may_not_be_read(tmp_path: Path) -> None:
    """Its past cannot be taken over, so it is not replaced: one line."""
    folder = open_to_all(tmp_path) / "target"
    folder.mkdir()
    folder.chmod(0o777)
    target = build_from(folder / "catalog.db", ("mapping", ONE))
    old = target.read_bytes()
    target.chmod(0)
    outcome = in_a_child(lambda: build_from(target, ("mapping", TWO)), unprivileged=True)
    target.chmod(0o644)
    assert outcome.startswith("WriteError: "), outcome
    assert "\n" not in outcome
    assert target.read_bytes() == old


def test_a_catalogue_is_no_wal_file(tmp_path: Path) -> None:
    """It can be opened on a read-only disk."""
    db = build_from(tmp_path / "c.db", ("mapping", ONE))
    assert db.read_bytes()[18:20] == b"\x01\x01"
    connection = sqlite3.connect(f"{db.as_uri()}?mode=ro&immutable=1", uri=True)
    assert connection.execute("SELECT count(*) FROM models").fetchone() == (1,)
    connection.close()
