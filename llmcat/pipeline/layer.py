"""What passes from stage to stage: entries, rejects, layers.

A source gives documents; a document gives entries; the entries of one source are a layer. The stages
up to merge work on each layer alone.
"""

from __future__ import annotations

import marshal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Facts = dict[str, Any]
Kind = Literal["model", "provider"]


class BadRecord(ValueError):
    """A record that cannot even be translated; the message is the reason, in one line."""


class Unreadable:
    """Stands in facts where a source says what cannot be read: validate rejects that field alone.

    `value` is what the source says, `reason` why it cannot be read, `field` its name there.
    """

    __slots__ = ("field", "reason", "value")

    def __init__(self, field: str, reason: str, value: Any) -> None:
        self.field, self.reason, self.value = field, reason, value

    def __repr__(self) -> str:
        return repr(self.value)


class Entry(NamedTuple):
    """What one place of a source says of one provider or model.

    `place` is where a person finds it: `file:line` or a path inside the file. `facts` are sparse (see
    facts.py); `raw` is the record as it was read. `origin` is the name that provenance uses: ingest
    fills it in. `said_by` is set by a source that itself knows who said what.
    """

    kind: Kind
    place: str
    facts: Facts
    raw: Any
    origin: str = ""
    said_by: dict[str, str] | None = None


class Reject(NamedTuple):
    """What could not be taken, and why: a file, a record (`kind` is model or provider), or with
    `field` that field of a record alone; `record` is then its value."""

    source: str
    place: str
    kind: str
    spec: str | None
    reason: str
    record: Any
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it was parsed: `name` as provenance shows it, `line_of` finds a path in the text.

    `as_told`: it says what the steps of its series came to, so that whoever took all of those need
    not read it once more.
    """

    name: str
    data: Any
    sha256: str
    retrieved_at: str | None = None
    licence: str | None = None
    content_digest: str | None = None
    line_of: Callable[[Sequence[str | int]], int | None] = lambda path: None
    as_told: bool = False

    def place(self, *path: str | int) -> str:
        """`file:line` where lines are known, else `file: a.b.c`."""
        line = self.line_of(path)
        return f"{self.name}:{line}" if line else f"{self.name}: {'.'.join(map(str, path))}"


class Moment(NamedTuple):
    """An instant (UTC) and what the source was then: a commit, the name of a snapshot."""

    at: str
    revision: str


class Step(NamedTuple):
    """What a source changed at one instant of its past, in the source's own words.

    `revision` names what was read: a commit, a snapshot. None in place of a record: it is gone.
    `broken` are files that cannot be read from now on: path, spec, and the reason; None in place of
    the reason: it is mended, or gone.
    """

    at: str
    revision: str
    providers: dict[str, dict[str, Any] | None]
    models: dict[tuple[str, str], dict[str, Any] | None]
    broken: tuple[tuple[str, str | None, str | None], ...] = ()


@dataclass(slots=True)
class Layer:
    """All that one source says, and what could not be taken from it.

    `steps` are its past, oldest first, where the source knows it; `series` is the kind that
    translates them; its providers are named as llmcat names them where `canonical_ids` says so, and
    aliases do not apply. `past_rejects` is what could not be taken from them. `told` is what they
    came to, normalized and valid, where they were replayed while they were read, and `standing` the
    rejects that nothing has mended since; entries that were taken from there are `checked`. `untold`
    are the revisions that came too late: what was recorded by then stands.
    """

    name: str
    kind: str
    location: str
    sha256: str | None = None
    retrieved_at: str | None = None
    licence: str | None = None
    content_digest: str | None = None
    entries: list[Entry] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    steps: deque[bytes] = field(default_factory=deque)
    series: Any = None
    canonical_ids: bool = False
    revision: str | None = None
    past_rejects: list[Reject] = field(default_factory=list)
    told: list[Entry] = field(default_factory=list)
    standing: list[Reject] = field(default_factory=list)
    checked: bool = False
    untold: list[str] = field(default_factory=list)

    def keep_steps(self, steps: Iterable[Step]) -> None:
        """Keep `steps` for their turn, packed: as objects they would be most of a build's memory."""
        self.steps = deque(marshal.dumps(tuple(step)) for step in steps)

    def take_steps(self) -> Iterator[Step]:
        """The steps, oldest first; each is let go once it was taken."""
        while self.steps:
            yield Step(*marshal.loads(self.steps.popleft()))

    def take_told(self) -> None:
        """Let what the steps came to be what this layer says now."""
        self.entries, self.rejects, self.checked = self.told, self.standing, True
        self.past_rejects = [r for r in self.past_rejects if r not in self.standing]

    def reject(self, entry: Entry, reason: str) -> None:
        """Keep `entry` among the rejects of this layer."""
        self.rejects.append(
            Reject(self.name, entry.place, entry.kind, spec_of(entry.facts), reason, entry.raw)
        )

    def reject_field(self, entry: Entry, field: str, reason: str, value: Any) -> None:
        """Keep one field of `entry` among the rejects; the record stays without it."""
        spec = spec_of(entry.facts)
        self.rejects.append(Reject(self.name, entry.place, entry.kind, spec, reason, value, field))


def spec_of(facts: Facts) -> str | None:
    """`provider:id` of a model's facts, the id of a provider's, None where neither can be told."""
    provider, id_ = facts.get("provider"), facts.get("id")
    if not isinstance(id_, str):
        return None
    return f"{provider}:{id_}" if isinstance(provider, str) else id_
