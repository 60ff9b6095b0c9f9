"""Numbers of tokens as people write them on the command line."""

from __future__ import annotations

from typing import Any

import click

from llmcat.arguments import token_count


class Tokens(click.ParamType):  # type: ignore[type-arg] # no generic before click 8.4
    """200000, 200_000, 200k or 1M."""

    name = "tokens"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The whole number; what is none is refused, never read in part."""
        count = token_count(value)
        if not isinstance(count, int):
            self.fail(f"{value!r} is no number of tokens, such as 200000, 200k or 1M", param, ctx)
        return count


TOKENS = Tokens()
