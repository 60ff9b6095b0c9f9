"""Readings: the ways to understand the text that names a model.

READINGS says them in order: as a spec, as LiteLLM's `provider/id`, as a gateway's `lab/id`, as it
stands, and without what is wrapped around it. Each gives the name to look for and where to look.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from llmcat.lookup.spellings import ALSO_AT, LAB_PREFIXES, ROUTED, unwrap
from llmcat.spec import fold_provider, split_spec


class Reading(NamedTuple):
    """One way to understand the text: look for `name` at `providers` (None: at all).

    `steps` are the rules that led here, `region` is where the text says that the model is served.
    With `base` a fine-tune may be read as the model that it is made from.
    """

    steps: tuple[str, ...]
    name: str
    providers: frozenset[str] | None
    region: str | None = None
    base: bool = False

    @property
    def settled(self) -> bool:
        """Whether there is one provider left to look at."""
        return self.providers is not None and len(self.providers) == 1

    def allows(self, provider: str) -> bool:
        """Whether to look at this provider."""
        return self.providers is None or provider in self.providers

    def inside(
        self, step: str, name: str, providers: Iterable[str] | None, region: str | None = None
    ) -> Reading | None:
        """The reading one step further; None where it would leave no name or no provider."""
        left = self.providers
        if providers is not None:
            left = frozenset(filter(self.allows, providers))
        name = name.strip()
        if not name or left == frozenset():
            return None
        return Reading((*self.steps, step), name, left, self.region or region, self.base)


def find_provider(connection: sqlite3.Connection, name: str) -> str | None:
    """The id of the provider with this id or other name, whatever the capitals, `-` or `_`."""
    folded = fold_provider(name)
    row = connection.execute(
        "SELECT id FROM providers WHERE id = ?"
        " UNION ALL SELECT provider FROM provider_aliases WHERE alias = ?",
        (folded, folded),
    ).fetchone()
    return row[0] if row else None


def as_spec(connection: sqlite3.Connection, reading: Reading) -> Iterator[Reading | None]:
    """openai:gpt-4o, gpt-4o@openai, google_genai:gemini-2.5-pro."""
    spec = split_spec(reading.name, lambda name: find_provider(connection, name) is not None)
    if spec and (provider := find_provider(connection, spec.provider)):
        yield reading.inside("spec", spec.id, (provider,))


def as_prefixed(connection: sqlite3.Connection, reading: Reading) -> Iterator[Reading | None]:
    """openai/gpt-4o, vertex_ai/gemini-2.5-pro, anthropic/claude-sonnet-4.5."""
    prefix, _, id = reading.name.partition("/")
    if id and (provider := find_provider(connection, prefix)):
        yield reading.inside("prefix", id, (provider,))
        if provider in ALSO_AT:
            yield reading.inside("prefix", id, (ALSO_AT[provider],))
        if not reading.settled:  # some write their own name into ids: openrouter/auto
            yield reading.inside("prefix", reading.name, (provider,))


def as_lab_prefixed(connection: sqlite3.Connection, reading: Reading) -> Iterator[Reading | None]:
    """zai-org/GLM-4.7, where the word before the slash is a lab but no provider."""
    prefix, _, id = reading.name.partition("/")
    if id and (lab := LAB_PREFIXES.get(fold_provider(prefix))):
        yield reading.inside("lab-prefix", id, (lab,))


def as_it_stands(connection: sqlite3.Connection, reading: Reading) -> Iterator[Reading | None]:
    """The whole text is the id: gpt-4o, deepseek/deepseek-r1:free."""
    yield reading


def as_wrapped(connection: sqlite3.Connection, reading: Reading) -> Iterator[Reading | None]:
    """models/gemini-2.5-pro, ft:gpt-4o:acme::abc, us.anthropic.claude-…, ARNs: the id inside."""
    for wrapping, id, region in unwrap(reading.name, reading.base):
        yield reading.inside(wrapping.rule, id, wrapping.providers, region)


def as_routed(connection: sqlite3.Connection, reading: Reading) -> Iterator[Reading | None]:
    """deepseek-ai/DeepSeek-R1:together, as Hugging Face's router writes: the id at that provider."""
    id, colon, name = reading.name.rpartition(":")
    if not colon or "/" not in id:
        return
    if provider := find_provider(connection, name):
        yield reading.inside("router", id, (provider,))
    elif name in ROUTED:
        yield reading.inside("router", id, ("huggingface",))


Read = Callable[[sqlite3.Connection, Reading], Iterator["Reading | None"]]

READINGS: tuple[Read, ...] = (
    as_spec,
    as_prefixed,
    as_lab_prefixed,
    as_it_stands,
    as_wrapped,
    as_routed,
)
"""While the provider is open: anthropic/claude-sonnet-4.5 is the lab's model before a gateway's."""

STRICT_READINGS: tuple[Read, ...] = (as_spec, as_prefixed, as_it_stands, as_wrapped, as_routed)
"""Strict prefers nobody: zai-org/GLM-4.7 does not mean the lab."""

SETTLED_READINGS: tuple[Read, ...] = (as_it_stands, as_spec, as_prefixed, as_wrapped)
"""Once the provider is settled: openrouter/openrouter/auto is its model `openrouter/auto`."""

MAX_STEPS = 5
"""bedrock/converse/arn:…/us.anthropic.claude-…[1m] takes them all."""


def readings(
    connection: sqlite3.Connection, reading: Reading, strict: bool = False
) -> Iterator[Reading]:
    """All readings of the text in order, each followed by those of what is inside it.

    Raises SpecError where a spec has an empty segment.
    """
    if len(reading.steps) >= MAX_STEPS:
        yield reading
        return
    ways = SETTLED_READINGS if reading.settled else STRICT_READINGS if strict else READINGS
    for read in ways:
        for inner in read(connection, reading):
            if inner is reading:
                yield reading
            elif inner:
                yield from readings(connection, inner, strict)
