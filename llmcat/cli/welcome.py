"""What llmcat says to somebody who does not know its commands: the five things that people want, and
which command a word that is none of them may have meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import click

from llmcat import display
from llmcat.errors import LlmcatError
from llmcat.suggestions import near

WANTS = (
    ("the cheapest model that fits", "llmcat find --vision --tools -s price"),
    ("all that is known of a model", "llmcat show gpt-4o"),
    ("what a call costs", "llmcat cost claude-sonnet-4-5 12000 800"),
    ("what last month's log cost", "llmcat bill calls.jsonl --by model"),
    ("what changed lately", "llmcat changes anthropic --since 30d"),
)


def welcome() -> str:
    """What `llmcat` alone prints."""
    lines = [f"  {want:<31}{click.style(command, bold=True)}" for want, command in WANTS]
    return "\n".join(
        [
            "llmcat knows what LLM models cost, what they can do and what changed. Offline.",
            "",
            *lines,
            "",
            "Names need not be exact: gpt-4o and bedrock/us.anthropic.… are understood.",
            "Browse it with `llmcat serve --open`; `llmcat --help` lists all commands.",
            "",
        ]
    )


def unknown_command(word: str, commands: Iterable[str], meant: Mapping[str, str]) -> str:
    """The error for a word that is no command, with the one that it may have meant."""
    problem = f"no command {display.text(word)!r}"
    if command := meant.get(word):
        return f"{problem}; did you mean `llmcat {command}`?"
    if like := near(word, sorted(commands), most=1):
        return f"{problem}; did you mean `llmcat {like[0]}`?"
    if spec := _model(word):
        return f"{problem}; did you mean `llmcat show {spec}`?"
    return f"{problem}; `llmcat --help` lists all, `llmcat search {display.text(word)}` looks for models"


def _model(word: str) -> str | None:
    from llmcat.catalog import Catalog

    try:
        return Catalog().resolve(word).spec
    except (LlmcatError, LookupError, ValueError):
        return None
