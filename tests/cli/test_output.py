"""What all commands have in common: tables for people, forms for programs, a terminal left in peace."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from llmcat.cli import MODULE_OF
from tests.cli.running import Said, environment, error_of, llmcat
from tests.conftest import MakeCatalog

if sys.platform != "win32":
    import pty

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a shell and a pseudo-terminal")

SOMETHING = {
    "info": "info",
    "show": "show openai:gpt-4o",
    "sql": "sql 'select spec, capabilities, vision from models limit 3'",
    "models": "models openai",
    "providers": "providers",
    "find": "find --require vision --limit 3",
    "select": "select --require vision",
    "search": "search claude sonnet --limit 3",
    "offers": "offers openai:gpt-4o",
    "compare": "compare openai:gpt-4o anthropic:claude-sonnet-4-5",
    "resolve": "resolve gpt-4o",
    "cost": "cost openai:gpt-4o --input 1000",
    "prices": "prices openai:gpt-4o",
    "history": "history openai:gpt-4o",
    "changes": "changes --provider openai",
    "deprecations": "deprecations --days 90",
    "disagreements": "disagreements",
}
"""A call of every command that prints rows."""

OTHERS = {
    *("build", "pull", "validate", "schema", "check", "diff", "bill", "mcp", "serve", "watch"),
    *("discover", "doctor", "add", "set", "remove", "sync", "score", "frontier"),
    *("export", "publish", "keygen"),
}
"""Commands that make something, take files of their own or the user's, or go on running."""

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]")
SLY = "sly\x9b31m\u202egpj"
EVIL = f"evil\x1b]0;owned\x07\x1b[2J{SLY}"


def on_a_terminal(command: str, width: int = 80, **env: str) -> str:
    """What a command writes to a terminal of this width, escape sequences and all."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "llmcat", *shlex.split(command)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=environment(COLUMNS=str(width), TERM="xterm", **env),
    )
    os.close(theirs)
    written = bytearray()
    try:
        while part := os.read(ours, 65_536):
            written += part
    except OSError:  # what Linux says when the other side is closed
        pass
    finally:
        os.close(ours)
        process.wait()
    return written.decode().replace("\r\n", "\n")


def test_every_command_is_looked_at_here() -> None:
    """A new command belongs into one of the two tables."""
    assert set(MODULE_OF) <= SOMETHING.keys() | OTHERS


@pytest.mark.parametrize("command", SOMETHING.values(), ids=SOMETHING)
def test_programs_can_read_every_command(command: str, shipped: Path) -> None:
    """--json is JSON, --nl an object a line, --csv reads back; all three say the same."""
    words = (*shlex.split(command), "--db", shipped)
    said = llmcat(*words, "--json")
    assert said.status == 0
    assert said.err == "" or said.err.startswith("nothing is recorded after")
    rows = said.json if isinstance(said.json, list) else [said.json]
    assert llmcat(*words, "--nl").nl == rows
    if command.startswith("compare"):  # its CSV is a table, with a row a field
        return
    table = llmcat(*words, "--csv").csv
    assert len(table) == len(rows)
    for row, cells in zip(rows, table):
        assert list(cells) == list(row)
        assert {name for name, cell in cells.items() if cell == ""} == {
            name for name, value in row.items() if value in (None, "")
        }


@pytest.mark.parametrize("command", SOMETHING.values(), ids=SOMETHING)
def test_people_read_plain_text_in_a_file(command: str, shipped: Path) -> None:
    """Where the output is no terminal, there are no colours."""
    said = llmcat(*shlex.split(command), "--db", shipped)
    assert said.status == 0
    assert said.out
    assert not CONTROL.search(said.out)


@posix
@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("command", ["info", "models openai", "providers", "search claude sonnet"])
def test_tables_fit_the_terminal(command: str, width: int, shipped: Path) -> None:
    """No line is wider than the terminal; what there was no room for is named."""
    text = on_a_terminal(f"{command} --db {shipped}", width)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
    assert len(lines) > 3
    assert max(len(line) for line in lines if str(shipped) not in line) <= width


@posix
def test_a_narrow_terminal_leaves_columns_out_and_says_so(make_catalog: MakeCatalog) -> None:
    """Ids stay whole; the name goes first, then less."""
    id_ = "a-model-with-a-name-that-is-long"
    db = make_catalog(
        {"acme": {"models": [{"id": id_, "name": "Rather Long", "cost": {"input": 1}}]}}
    )
    wide = on_a_terminal(f"models --db {db}", 120)
    assert "Rather Long" in wide
    assert "no room" not in wide
    narrow = on_a_terminal(f"models --db {db}", 80)
    assert "Rather Long" not in narrow
    assert f"acme:{id_} " in narrow
    assert "no room for name; a wider terminal or --json has more" in narrow


@posix
def test_a_table_far_too_wide_becomes_blocks(shipped: Path) -> None:
    """All columns of models: a name and a value a line, what is unknown left out."""
    text = on_a_terminal(f"sql 'select * from models limit 2' --db {shipped}")
    assert text.count("\n  provider ") == 2
    assert "\n  cost_input " in text
    assert max(map(len, re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines())) <= 80


@posix
def test_colours_are_for_terminals_that_want_them(shipped: Path) -> None:
    """Bold and yellow on a terminal, nothing of it under NO_COLOR."""
    command = f"show openai:gpt-4o --db {shipped}"
    assert "\x1b[1m" in on_a_terminal(command)
    assert "\x1b" not in on_a_terminal(command, NO_COLOR="1")
    assert "\x1b[1m" in on_a_terminal(command, NO_COLOR="")  # empty counts as unset


@posix
@pytest.mark.parametrize(
    "command", ["models", "find", "search evil", "providers", "providers acme", "info"]
)
def test_what_a_catalogue_holds_cannot_steer_the_terminal(
    command: str, make_catalog: MakeCatalog
) -> None:
    """Escape sequences in names and descriptions are shown as blanks."""
    db = make_catalog(hostile())
    text = on_a_terminal(f"{command} --db {db}", 200, NO_COLOR="1")
    assert "acme" in text or command == "info"
    assert not CONTROL.search(text)


@pytest.mark.parametrize(
    "command",
    [
        "show acme:m",
        "compare acme:m acme:n",
        "history acme:m",
        "changes",
        "prices acme:m",
        "sql 'select * from models'",
        "sql 'select * from providers'",
        "select --explain",
        "deprecations --days 9000",
    ],
)
def test_nor_in_a_file(command: str, make_catalog: MakeCatalog) -> None:
    """A file is shown on a terminal sooner or later."""
    said = llmcat(*shlex.split(command), "--db", make_catalog(hostile()))
    assert said.status == 0
    assert not CONTROL.search(said.out + said.err)


def hostile() -> dict[str, object]:
    """A catalogue whose every text would like to be more than a text.

    Words with an escape character are not taken into a catalogue, other sequences are.
    """
    facts = {
        "task": "chat",
        "name": EVIL,
        "family": SLY,
        "description": EVIL,
        "tags": [SLY],
        "aliases": [SLY],
    }
    models = [{"id": id_, **facts, "cost": {"input": 1}} for id_ in ("m", "n")]
    going = {"id": "old", "retires_on": "2099-01-01", "replacement": SLY}
    return {"acme": {"name": EVIL, "env": [SLY], "api": SLY, "models": [*models, going]}}


def test_neither_can_what_a_user_asks_for(shipped: Path) -> None:
    """An error repeats the name as text, in one line."""
    for command in ("show", "resolve", "cost", "prices", "history", "models", "providers"):
        line = error_of(llmcat(command, f"{EVIL}\nsecond line", "--db", shipped))
        assert not CONTROL.search(line)
    line = error_of(llmcat("find", "--min-context", f"{EVIL}\nx"), status=2)
    assert not CONTROL.search(line)


@posix
@pytest.mark.parametrize("form", ["", "--nl", "--csv", "--json"])
def test_a_closed_pipe_is_no_error(form: str, shipped: Path) -> None:
    """`llmcat models | head -1`: the first line, and not a word on standard error."""
    llmcat_ = f"{shlex.quote(sys.executable)} -m llmcat"
    done = subprocess.run(
        f"{llmcat_} models {form} --db {shlex.quote(str(shipped))} | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
        env=environment(),
    )
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""


def test_a_terminal_without_the_character_is_no_error(shipped: Path) -> None:
    """A character that the encoding lacks is printed as its code."""
    done = subprocess.run(
        [sys.executable, "-m", "llmcat", "sql", "select 'a … b' as dots", "--db", str(shipped)],
        capture_output=True,
        env=environment(PYTHONIOENCODING="latin-1"),
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.split() == [b"dots", b"a", rb"\u2026", b"b"]


@pytest.mark.parametrize("command", sorted(MODULE_OF))
def test_help_fits_eighty_columns(command: str) -> None:
    """Every command explains itself, in a small terminal too."""
    said = llmcat(command, "--help", env={"COLUMNS": "80"})
    assert said.status == 0
    assert max(map(len, said.lines)) <= 80


def test_the_list_of_commands_is_whole_sentences() -> None:
    """No command's summary is cut off."""
    said = llmcat("--help", env={"COLUMNS": "80"})
    assert set(MODULE_OF) <= set(re.findall(r"^  ([a-z]+)  ", said.out, re.MULTILINE))
    assert "..." not in said.out.replace("[ARGS]...", "")


def test_nothing_said_is_answered_with_help() -> None:
    """`llmcat` alone says where its commands are listed."""
    said: Said = llmcat()
    assert "`llmcat --help`" in said.out
