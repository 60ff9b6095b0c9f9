"""No traceback for what a user did: every command, every place for an argument, whatever stands there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click
import pytest

from llmcat.cli import MODULE_OF, main
from llmcat.cli.find_options import FindCommand
from tests.cli.running import Said, environment, llmcat
from tests.conftest import MakeCatalog

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files and signals")

HOSTILE = {
    "surrogate": "a\udcffb",
    "empty": "",
    "blank": " ",
    "colon": ":",
    "long": "x" * 5000,
    "negative": "-1",
    "huge": "9" * 25,
    "infinite": "1e400",
    "month 13": "2026-13-01",
    "quote": "\"'*%s",
    "lines": "a\nb",
}
"""What is no model, no number, no date, no name of anything."""

WRITES_OR_STAYS = ("build", "pull", "schema", "serve", "history import")
"""Commands that make files of their arguments, ask the network, or go on running."""


def commands(group: click.Group = main, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command by its full name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} ")
        elif command is not None:
            yield f"{before}{name}", command


def places(command: click.Command) -> Iterator[list[str]]:
    """The words that stand before a hostile one: an option of the command, or its arguments."""
    needed = ["openai:gpt-4o" for p in command.params if p.required and p.nargs in (1, -1)]
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.is_flag:
            yield [*needed, parameter.opts[0], *(["x"] if parameter.nargs == 2 else [])]
    yield [*needed[1:], "--"]


ALL = dict(commands())
CASES = [name for name in ALL if name not in WRITES_OR_STAYS]
SHARERS = [name for name in CASES if isinstance(ALL[name], FindCommand)]
"""Commands that take the options of find."""


def attacks(name: str) -> Iterator[list[str]]:
    """Every hostile word in every place of the command. What all SHARERS have in common they share out
    among them, for it is the same code in each."""
    common = set.intersection(*({place[-1] for place in places(ALL[n])} for n in SHARERS)) - {"--"}
    for place in places(ALL[name]):
        shared = name in SHARERS and place[-1] in common
        for turn, hostile in enumerate(HOSTILE.values(), start=len(place[-1])):
            if not shared or SHARERS[turn % len(SHARERS)] == name:
                yield [*name.split(), *place, hostile]


def in_order(said: Said) -> None:
    """What every command owes whoever called it."""
    assert said.status in (0, 1, 2), said
    assert "Traceback" not in said.err
    if said.status and said.err.startswith("Error: "):
        assert len(said.err.splitlines()) == 1, said


def test_every_command_is_attacked() -> None:
    """A new command is attacked by itself; those left out are named above."""
    assert {name.split()[0] for name in ALL} == set(MODULE_OF)
    assert set(WRITES_OR_STAYS) <= set(ALL)


@pytest.mark.parametrize("name", CASES)
def test_no_argument_brings_a_traceback(
    name: str, make_catalog: MakeCatalog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """llmcat() raises what is not meant for users, so that any such exception fails here."""
    monkeypatch.chdir(tmp_path)  # `bill --meters` writes the file that it is given
    models = [{"id": "gpt-4o", "cost": {"input": 2.5, "output": 10}, "limit": {"context": 128_000}}]
    db = make_catalog({"openai": {"models": models}})
    monkeypatch.setenv("LLMCAT_DB", str(db))
    for words in attacks(name):
        in_order(llmcat(*words))


def test_what_commands_share_is_attacked_whole() -> None:
    """One of those that take the options of find meets each hostile word in each of these."""
    met = {(words[-2], words[-1]) for name in SHARERS for words in attacks(name)}
    options = {place[-1] for name in SHARERS for place in places(ALL[name])}
    assert met == {(option, word) for option in options for word in HOSTILE.values()}


@posix
@pytest.mark.parametrize("option", ["--db", "FILE"])
def test_what_is_no_file_is_no_catalogue(option: str, tmp_path: Path) -> None:
    """A pipe, a folder, a loop of links, a text, nothing: one line, at once."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "text").write_text("no catalogue", encoding="utf-8")
    (tmp_path / "void").touch()
    for name in ("pipe", "folder", "loop", "text", "void", "missing", "no\udcffutf8"):
        path = tmp_path / name
        calls: tuple[tuple[str, ...], ...]
        if option == "--db":
            calls = (("info", "--db"), ("find", "--db"), ("disagreements", "--db"))
        else:
            calls = (
                ("diff", str(path)),
                ("validate",),
                ("build", "-o", str(tmp_path / "out.db"), "--recipe"),
                ("pull", "--no-install", "--recipe"),
                ("history", "import"),
            )
        for words in calls:
            said = llmcat(*words, path)
            in_order(said)
            assert said.status in (1, 2), said


@posix
@pytest.mark.parametrize("kind", ["models.dev", "yaml", "toml", "catalog"])
def test_what_is_no_file_is_no_source(kind: str, tmp_path: Path) -> None:
    """The same for every kind of source, and nothing is written."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("pipe", "loop", "missing", "no\udcffutf8", "2026-13-01T000000Z.json"):
        said = llmcat("build", "-o", tmp_path / "out.db", "--source", f"{kind}={tmp_path / name}")
        in_order(said)
        assert said.status == 1
    assert not (tmp_path / "out.db").exists()


PRINTING = (
    "info",
    "models",
    "find --limit 2",
    "providers",
    "cost openai:gpt-4o --input 1",
    "schema",
    "--help",
)


@pytest.fixture
def many(make_catalog: MakeCatalog) -> Path:
    """A catalogue whose list of models is more than a pipe holds."""
    models = [{"id": "gpt-4o", "cost": {"input": 2.5, "output": 10}}]
    models += [{"id": f"gpt-{number}-{'x' * 200}"} for number in range(400)]
    return make_catalog({"openai": {"models": models}})


def shell(command: str, db: Path) -> subprocess.CompletedProcess[str]:
    """Run `llmcat` in a shell, with whatever is done to its streams."""
    return subprocess.run(
        ["bash", "-c", command.replace("llmcat", f"{sys.executable} -m llmcat")],
        capture_output=True,
        text=True,
        env=environment(LLMCAT_DB=str(db)),
    )


@posix
@pytest.mark.parametrize("words", PRINTING)
def test_streams_that_are_closed_full_or_unread(words: str, many: Path) -> None:
    """Closed: the work is done. Full: one line, status 1. Unread (`| head`): no word, status 0."""
    closed = shell(f"llmcat {words} >&-", many)
    assert (closed.returncode, closed.stderr) == (0, "")
    unread = shell(f"llmcat {words} | head -c 0; exit ${{PIPESTATUS[0]}}", many)
    assert (unread.returncode, unread.stderr) == (0, "")
    if Path("/dev/full").exists():
        full = shell(f"llmcat {words} > /dev/full", many)
        assert full.returncode == 1
        assert full.stderr == (
            "Error: standard output cannot be written (No space left on device)\n"
        )
    assert shell(f"llmcat {words} 2>&- <&-", many).returncode == 0


@posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    """A build that is ended writes nothing, and takes its temporary files along."""
    output = tmp_path / "out.db"
    process = subprocess.Popen(
        [sys.executable, "-m", "llmcat", "build", "-o", str(output)],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # who runs the tests in the background, or by nohup, has switched a signal off for all that they start
        preexec_fn=partial(signal.signal, getattr(signal, name), signal.SIG_DFL),
    )
    time.sleep(1.5)
    process.send_signal(getattr(signal, name))
    _, error = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Traceback" not in error
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".llmcat")] == []


@posix
def test_folders_that_cannot_be_made(tmp_path: Path, make_catalog: MakeCatalog) -> None:
    """A file stands where the home, the cache or the data folder should be."""
    (tmp_path / "file").touch()
    place = str(tmp_path / "file" / "sub")
    env = {"LLMCAT_CACHE": place, "XDG_DATA_HOME": place, "HOME": place, "LLMCAT_DB": None}
    calls: tuple[tuple[str, ...], ...] = (
        ("pull", "--url", "http://127.0.0.1:9/"),
        ("build", "-o", f"{place}/out.db"),
        ("schema", place),
    )
    for words in calls:
        said = llmcat(*words, env=env)
        in_order(said)
        assert said.status == 1
