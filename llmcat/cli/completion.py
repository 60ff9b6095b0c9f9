"""Completion in bash and fish, whose scripts by click cut a value at its colon or its comma.

bash takes `openai:gpt` for three words, and replaces only the last of them; fish gets type and value with a
comma between, which a list of providers has as well.
"""

from __future__ import annotations

import os

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    add_completion_class,
    split_arg_string,
)


class Bash(BashComplete):
    """Reads the line as it was typed, and answers with what is behind the last colon."""

    name = "bash"
    source_template = BashComplete.source_template.replace(
        "env COMP_WORDS=", 'env COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDS='
    )
    typed = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is completed, and that word."""
        if "COMP_LINE" not in os.environ:  # the script of an older llmcat
            return super().get_completion_args()
        line = os.environ["COMP_LINE"]
        words = split_arg_string(line)[1:]
        self.typed = words.pop() if words and not line[-1:].isspace() else ""
        return words, self.typed

    def format_completion(self, item: CompletionItem) -> str:
        """Type and value."""
        typed = self.typed[: self.typed.rfind(":") + 1]
        return f"{item.type},{str(item.value).removeprefix(typed)}"


class Fish(FishComplete):
    """Cuts at the first comma alone."""

    name = "fish"
    source_template = FishComplete.source_template.replace(
        'string split ","', 'string split --max 1 ","'
    )


def register() -> None:
    """Complete by these from here on."""
    add_completion_class(Bash)
    add_completion_class(Fish)
