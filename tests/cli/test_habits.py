"""What hands type by themselves: other names, short flags, bounds, lengths of time, counts without a flag."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.shell_completion import ShellComplete

from llmcat.cli import main
from tests.cli.running import error_of, llmcat
from tests.conftest import MakeCatalog

SHOP = {
    "acme": {
        "models": [
            {
                "id": "small-1",
                "cost": {"input": 1, "output": 4},
                "limits": {"context": 8_000},
                "capabilities": {"vision": False, "tools": True},
                "release_date": "2025-01",
            },
            {
                "id": "large-1",
                "cost": {"input": 3, "output": 12},
                "limits": {"context": 200_000},
                "capabilities": {"vision": True, "tools": True},
                "release_date": "2026-01",
            },
        ],
    },
    "borealis": {
        "models": [
            {
                "id": "aurora",
                "cost": {"input": 0.5, "output": 2},
                "limits": {"context": 32_000},
                "capabilities": {"vision": True, "tools": False},
            }
        ]
    },
}


@pytest.fixture
def db(make_catalog: MakeCatalog) -> Path:
    """A catalogue of three models."""
    return make_catalog(SHOP)


def found(*words: object, db: Path) -> list[str]:
    """The ids that a find gives, in its order."""
    ran = llmcat("find", *words, "--nl", "--db", db)
    assert ran.status == 0, ran
    return [row["id"] for row in ran.nl]


def test_a_capability_is_an_option(db: Path) -> None:
    """In any spelling; with no- before it, it is forbidden. An option of the command comes first."""
    assert found("--vision", db=db) == ["large-1", "aurora"]
    assert found("--vision", "--tool-use", db=db) == ["large-1"]
    assert found("--no-vision", db=db) == ["small-1"]
    assert "--visoin" in error_of(llmcat("find", "--visoin"), status=2)


def test_several_names_with_commas(db: Path) -> None:
    """As if the option had been repeated."""
    assert found("-r", "vision,tools", db=db) == ["large-1"]
    assert found("-p", "acme,borealis", db=db) == ["large-1", "small-1", "aurora"]


@pytest.mark.parametrize(
    ("bound", "ids"),
    [
        ("1", ["small-1", "aurora"]),
        ("<1", ["aurora"]),
        ("<=$1", ["small-1", "aurora"]),
        (">1", ["large-1"]),
        (">=1", ["large-1", "small-1"]),
        ("0.5..1", ["small-1", "aurora"]),
    ],
)
def test_a_price_with_its_sign(bound: str, ids: list[str], db: Path) -> None:
    """A price alone is the most that it may be."""
    assert found("--cost-input", bound, db=db) == ids


@pytest.mark.parametrize(
    ("bound", "ids"),
    [
        ("32k", ["large-1", "aurora"]),
        ("<32k", ["small-1"]),
        (">32k", ["large-1"]),
        ("8k..32k", ["small-1", "aurora"]),
    ],
)
def test_a_context_window_with_its_sign(bound: str, ids: list[str], db: Path) -> None:
    """A number of tokens alone is the least that it may be."""
    assert found("--context", bound, db=db) == ids


def test_a_bound_that_is_none(db: Path) -> None:
    """It is refused in one line that says what would do."""
    assert "'cheap' is no price" in error_of(llmcat("find", "--cost-input", "cheap"), status=2)
    assert "'-1' is no price" in error_of(llmcat("find", "--cost-input=-1"), status=2)
    assert "'nan' is no price" in error_of(llmcat("find", "--cost-input", "nan"), status=2)
    assert "'big' is no number of tokens" in error_of(llmcat("find", "--context", "big"), status=2)


def test_sorting_by_words(db: Path) -> None:
    """The words of the table's heads, and which way."""
    assert found("-s", "price", db=db) == ["aurora", "small-1", "large-1"]
    assert found("-s", "price", "--desc", db=db) == ["large-1", "small-1", "aurora"]
    assert found("--sort", "-context", "-n", 1, db=db) == ["large-1"]
    assert found("-s", "newest", db=db) == ["large-1", "small-1", "aurora"]
    assert "--sort COLUMN" in error_of(llmcat("find", "--desc", "--db", db), status=2)


def test_words_for_the_cheapest(db: Path) -> None:
    """--cheapest sorts, --max-price bounds the price of the input."""
    assert found("--cheapest", db=db) == ["aurora", "small-1", "large-1"]
    assert found("--max-price", 1, "--cheapest", db=db) == ["aurora", "small-1"]
    assert found("--max-cost=0.5", db=db) == ["aurora"]


def test_words_are_searched(db: Path) -> None:
    """What stands without an option is full text."""
    assert found("large", "--vision", db=db) == ["large-1"]


def test_counts_without_a_flag(db: Path) -> None:
    """Input, then output; each once."""
    assert llmcat("cost", "small-1", "1M", 500_000, "--json", "--db", db).json["usd"] == "3"
    line = error_of(llmcat("cost", "small-1", 1, "--input", 2, "--db", db), status=2)
    assert "--input and the argument say the same" in line


def test_other_names_of_commands(db: Path) -> None:
    """ls, model and price are what they are elsewhere."""
    assert llmcat("ls", "acme", "--db", db).out == llmcat("models", "acme", "--db", db).out
    assert llmcat("model", "large-1", "--db", db).out == llmcat("show", "large-1", "--db", db).out
    assert llmcat("price", "large-1", "--db", db).out == llmcat("prices", "large-1", "--db", db).out


def test_a_command_that_is_none(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told from its spelling, from other programs, or from a model of that name."""
    monkeypatch.setenv("LLMCAT_DB", str(db))
    assert "did you mean `llmcat compare`?" in error_of(llmcat("comapre"), status=2)
    assert "did you mean `llmcat pull`?" in error_of(llmcat("update"), status=2)
    assert "did you mean `llmcat show acme:large-1`?" in error_of(llmcat("large-1"), status=2)
    assert "`llmcat search zzzzz`" in error_of(llmcat("zzzzz"), status=2)


def test_llmcat_alone_says_what_people_want() -> None:
    """Five things, each a command that there is, within 80 columns; status 0."""
    said = llmcat()
    assert said.status == 0
    assert max(map(len, said.lines)) <= 80
    commands = [line.split("  llmcat ")[1].split()[0] for line in said.lines if "  llmcat " in line]
    assert len(commands) == 5
    for command in commands:
        assert llmcat(command, "--help").status == 0


def test_help_as_a_word() -> None:
    """`llmcat help find` is `llmcat find --help`."""
    assert llmcat("help", "find").out == llmcat("find", "--help").out
    assert llmcat("help").out == llmcat("--help").out


def test_every_option_of_find_stands_once_in_its_help() -> None:
    """The sections leave none out."""
    text = llmcat("find", "--help", env={"COLUMNS": "100"}).out
    for flag in ("--require", "--context", "--cost-input", "--sort", "--json", "--nl", "--csv"):
        assert text.count(f"{flag} ") >= 1, flag


def test_how_long_ago(db: Path) -> None:
    """30d, 2w, 1y: --since of changes and --as-of of any command."""
    for words in (
        ("changes", "--since", "30d"),
        ("changes", "--since", "yesterday"),
        ("changes", "--since", "today"),
        ("changes", "--days", 30),
        ("models", "--as-of", "1d"),
    ):
        assert llmcat(*words, "--db", db).status == 0
    line = error_of(llmcat("changes", "--since", "30d", "--days", 2, "--db", db), status=2)
    assert "--days and --since say the same" in line


def test_resolve_quietly(db: Path) -> None:
    """The spec alone, for scripts."""
    said = llmcat("resolve", "-q", "large-1", "--db", db)
    assert (said.out, said.err) == ("acme:large-1\n", "")


def test_a_query_from_standard_input(db: Path) -> None:
    """`sql -`."""
    said = llmcat("sql", "-", "--nl", "--db", db, stdin="select count(*) as n from models")
    assert said.nl == [{"n": 3}]


@pytest.mark.parametrize(
    ("word", "command"),
    [
        ("cheapest", "find --sort price"),
        ("new", "changes --kind added"),
        ("embeddings", "find --task embedding"),
    ],
)
def test_words_of_habit_lead_to_their_command(db: Path, word: str, command: str) -> None:
    """What hands type for it."""
    assert f"did you mean `llmcat {command}`?" in error_of(llmcat(word), status=2)
    assert llmcat(*command.split(), "--db", db).status in (0, 1)


def test_models_are_compared_and_capabilities_are_options(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`diff` of two models, `find vision`, and the short flags of cost."""
    monkeypatch.setenv("LLMCAT_DB", str(db))
    said = error_of(llmcat("diff", "small-1", "large-1"), status=2)
    assert "did you mean `llmcat compare acme:small-1 acme:large-1`?" in said
    assert "--vision finds what has it" in llmcat("find", "vision").err
    assert "--tools finds what has it" in llmcat("find", "tools").err
    words = ("cost", "acme:small-1", "-i", "1M", "-o", 0, "--json")
    assert llmcat(*words).json["usd"] == "1"


def completed(*words: str) -> list[str]:
    """What a shell offers for the last word."""
    shell = ShellComplete(main, {}, "llmcat", "_LLMCAT_COMPLETE")
    return [item.value for item in shell.get_completions(list(words[:-1]), words[-1])]


def test_a_shell_completes_names(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Specs (by their ids too), providers, columns, capabilities, also behind a comma."""
    monkeypatch.setenv("LLMCAT_DB", str(db))
    assert completed("show", "acme:s") == ["acme:small-1"]
    assert completed("show", "aur") == ["borealis:aurora"]
    assert completed("find", "-p", "bo") == ["borealis"]
    assert completed("find", "-p", "acme,bo") == ["acme,borealis"]
    assert "vision" in completed("find", "-r", "vis")
    assert "limit_context" in completed("find", "-s", "limit_c")
    assert completed("find", "-r", "vision,too")[0] == "vision,tools"
    monkeypatch.setenv("LLMCAT_DB", str(db.parent / "none.db"))
    assert completed("show", "acme:") == []


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("llmcat show acme:s", ["small-1"]),
        ("llmcat show aur", ["borealis:aurora"]),
        ("llmcat find -p acme,bo", ["acme,borealis"]),
    ],
)
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_replaces_what_is_behind_the_colon(db: Path, line: str, offered: list[str]) -> None:
    """It takes `acme:s` for three words, and puts what is offered in place of the last."""
    program = f"{Path(sys.executable).with_name('llmcat')}"
    script = f"""
        source <(_LLMCAT_COMPLETE=bash_source {program})
        COMP_LINE='{line}' COMP_POINT={len(line)} COMP_WORDS=(llmcat) COMP_CWORD=0
        _llmcat_completion {program}
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    run: dict[str, Any] = {
        "env": {**os.environ, "LLMCAT_DB": str(db)},
        "capture_output": True,
        "text": True,
    }
    done = subprocess.run(["bash", "-c", script], check=True, **run)
    assert done.stdout.split() == offered


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_fish_keeps_what_is_behind_the_comma(db: Path) -> None:
    """A list of providers."""
    program = f"{Path(sys.executable).with_name('llmcat')}"
    script = (
        f"_LLMCAT_COMPLETE=fish_source {program} | source; complete -C '{program} find -p acme,bo'"
    )
    run: dict[str, Any] = {
        "env": {
            **os.environ,
            "LLMCAT_DB": str(db),
            "PATH": f"{Path(program).parent}{os.pathsep}{os.environ['PATH']}",
        },
        "capture_output": True,
        "text": True,
    }
    done = subprocess.run(["fish", "-c", script], check=True, **run)
    assert "acme,borealis" in done.stdout.split()
