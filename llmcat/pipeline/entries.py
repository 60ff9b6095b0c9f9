"""What passes from stage to stage: entries and rejects in steps, the layers they add up to, merged records.

A source gives steps, oldest first; the last is what it claims now. What one source claims by a step is
its layer; what all layers come to there are the records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from llmcat.pipeline.evidence import Claim

if TYPE_CHECKING:
    from llmcat.pipeline.tables.values import PriceKey

Facts = dict[str, Any]
Kind = Literal["model", "provider"]
Role = Literal["base", "witness", "correction"]
"""What a source is for: its claims make the records; or they fill, confirm and dispute what others
claim; or they mend what others claim, and stand whoever disputes them."""
ModelKey = tuple[str, str]
Key = str | ModelKey
"""Of a provider its id, of a model provider and id."""

EVERYTHING_ELSE = "*"
"""The path in provenance that stands for all that are not named."""

REMOVED = "removed_upstream"
"""The key in `extra` of a model or provider that its source removed, and others speak of still: the day
on which it did."""


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
    facts.py); `raw` is the record as it was read, until it was validated. `origin` is the name that
    provenance uses: normalize fills in the name of the source where there is none. `provenance` is set
    where it is known who said what of it. An entry with `matches` is a rule: it speaks of every id of
    its provider, in lower case, for which that is true, and makes no model of its own; with of_base_model
    it speaks of every offer of its base model instead. One that is `only_of_known` makes no model of its
    own either: it speaks of a model that another source lists, if one does.
    """

    kind: Kind
    place: str
    facts: Facts
    raw: Any
    origin: str = ""
    provenance: dict[str, str] | None = None
    matches: Callable[[str], bool] | None = None
    only_of_known: bool = False

    @property
    def key(self) -> Key:
        """Whom it speaks of, once its ids are valid."""
        facts = self.facts
        return (facts["provider"], facts["id"]) if self.kind == "model" else facts["id"]


def of_base_model(id_: str) -> bool:
    """What an Entry has in `matches` that speaks of no ids, but of all offers of its base model."""
    return False


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

    @property
    def key(self) -> Key | None:
        """Whom it speaks of; None for a file, and where it cannot be told."""
        if self.spec is None or self.kind == "file":
            return None
        if self.kind == "provider":
            return self.spec
        provider, colon, id_ = self.spec.partition(":")
        return (provider, id_) if colon else None


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it was parsed: `name` as provenance shows it, `line_of` finds a path in the text."""

    name: str
    data: Any
    sha256: str
    retrieved_at: str | None = None
    licence: str | None = None
    content_digest: str | None = None
    line_of: Callable[[Sequence[str | int]], int | None] = lambda path: None

    def without_data(self) -> Document:
        """What is known of the file, and not what it holds."""
        return replace(self, data=None)

    def place(self, *path: str | int) -> str:
        """`file:line` where lines are known, else `file: a.b.c`."""
        line = self.line_of(path)
        return f"{self.name}:{line}" if line else f"{self.name}: {'.'.join(map(str, path))}"


class Moment(NamedTuple):
    """An instant (UTC) and what the source was then: a commit, the name of a snapshot."""

    at: str
    revision: str


class Step(NamedTuple):
    """What a source says from one instant on, where that differs from the instant before.

    `at` is None where no instant is known: it counts from the build on. `revision` names what was
    read: a commit, a snapshot. `gone` is what the source no longer speaks of, `mended` are the paths of
    files that were broken and can be read again, or are gone. `known` marks what is recorded already,
    from which the following steps go on. `document` is what was read, without its data.
    `layer` is the source's, which ingest fills in; the last step of a build has none: it is the present
    of all sources together.
    """

    at: str | None
    revision: str
    entries: list[Entry]
    gone: Sequence[Key] = ()
    rejects: Sequence[Reject] = ()
    mended: Sequence[str] = ()
    known: bool = False
    document: Document | None = None
    layer: Layer | None = None


@dataclass(slots=True)
class Layer:
    """What one source claims as of the step that was taken last, and what could not be taken from it.

    `entries` are its claims by key, `rules` those that speak of many ids, by provider, `of_base` those of
    all offers of a base model (`served` has those that there are). `family` names the
    data that it is a copy of: copies count once. It is `authoritative` at the providers whose own word
    it is. Of a record that is bad now, `last_good` is its last valid version,
    where `keeps_last_good` says that the source is not the user's own to mend; `removed` is what it said
    last of what it speaks of no more. The providers are named
    as llmcat names them where `canonical_ids` says so, and aliases do not apply. `rejects` stand now,
    `past_rejects` stood at some step. `untold` are the revisions that came too late: what was
    recorded by then stands.
    """

    name: str
    kind: str
    location: str
    canonical_ids: bool = False
    keeps_last_good: bool = False
    role: Role = "base"
    family: str = ""
    authoritative: frozenset[str] = frozenset()
    sha256: str | None = None
    retrieved_at: str | None = None
    licence: str | None = None
    content_digest: str | None = None
    revision: str | None = None
    entries: dict[Key, list[Entry]] = field(default_factory=dict)
    rules: dict[str, list[Entry]] = field(default_factory=dict)
    applied: dict[Key, Entry | None] = field(default_factory=dict)
    of_base: dict[str, Entry] = field(default_factory=dict)
    served: set[str] = field(default_factory=set)
    last_good: dict[Key, list[Entry]] = field(default_factory=dict)
    removed: dict[Key, Entry] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    past_rejects: list[Reject] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)

    def take(self, step: Step) -> None:
        """Let the layer be what it is from `step` on."""
        claims: dict[Key, list[Entry]] = {}
        for entry in step.entries:
            if entry.matches is of_base_model:
                self.of_base[entry.facts["base_model"]] = entry
            elif entry.matches is not None:
                self.rules.setdefault(entry.facts["provider"], []).append(entry)
            else:
                claims.setdefault(entry.key, []).append(entry)
        bad = {
            key
            for reject in step.rejects
            if reject.field is None and (key := reject.key) and key not in claims
        }
        for key in bad & self.entries.keys():
            self.last_good[key] = self.entries.pop(key)
        for key in step.gone:
            last = self.entries.pop(key, None)
            if last and self.keeps_last_good and step.at:
                self.removed[key] = removed_on(step.at, last[-1])
        for key in claims.keys() & self.removed.keys():
            del self.removed[key]
        if self.rejects:
            touched = {*claims, *step.gone, *bad}
            self.rejects = [
                reject
                for reject in self.rejects
                if reject.key not in touched and _path_of(reject) not in step.mended
            ]
        if self.last_good:
            for key in (*claims, *step.gone):
                self.last_good.pop(key, None)
        self.entries.update(claims)
        self.rejects += step.rejects

    def claim(self, key: Key) -> Entry | None:
        """The last entry that speaks of a provider or model; of several rules the first that holds."""
        if entries := self.entries.get(key):
            return entries[-1]
        if not self.rules or isinstance(key, str):
            return None
        if key not in self.applied:
            provider, id_ = key
            rule = first_match(self.rules.get(provider, ()), id_.lower())
            self.applied[key] = rule and rule._replace(
                facts={**rule.facts, "id": id_}, matches=None
            )
        return self.applied[key]

    def claim_of_base(self, facts: Facts) -> Entry | None:
        """The facts of the base model of an offer; the lab's own, lab:model, need not name it."""
        base = facts.get("base_model") or f"{facts['provider']}/{facts['id']}"
        if base not in self.of_base:
            return None
        self.served.add(base)
        return self.of_base[base]

    def unmatched(self) -> list[Reject]:
        """One reject for all the rules that hold for no id that other sources name, or for all base
        models that nobody serves: nothing is wrong with these, so that its record names them and no row
        each does."""
        if idle := sorted(self.of_base.keys() - self.served):
            reason = f"{len(idle):,} of {len(self.of_base):,} models are served by nobody"
            file = self.of_base[idle[0]].place.partition(": ")[0]
            return [Reject(self.name, file, "model", None, reason, idle)]
        rules = [rule for of_provider in self.rules.values() for rule in of_provider]
        used = {rule.place for rule in self.applied.values() if rule is not None}
        unused = [rule for rule in rules if rule.place not in used]
        if not unused:
            return []
        reason = f"{len(unused):,} of {len(rules):,} rules match no id that another source names"
        file = unused[0].place.partition(": ")[0]
        specs = sorted(filter(None, (spec_of(rule.facts) for rule in unused)))
        return [Reject(self.name, file, "model", None, reason, specs)]

    def forget(self) -> None:
        """Let the layer be empty, as that of a source that cannot be read."""
        self.sha256 = self.retrieved_at = self.licence = self.content_digest = self.revision = None
        self.rules.clear()
        self.applied.clear()
        self.of_base.clear()
        self.removed.clear()
        for held in (self.entries, self.last_good, self.rejects, self.past_rejects, self.untold):
            held.clear()


def removed_on(at: str, entry: Entry) -> Entry:
    """The entry, marked as one that its source removed at `at`."""
    day = at[: len("YYYY-MM-DD")]
    extra = {**entry.facts.get("extra", {}), REMOVED: day}
    return entry._replace(facts={**entry.facts, "extra": extra})


def first_match(rules: Sequence[Entry], id_: str) -> Entry | None:
    """The first rule that holds for an id in lower case."""
    return next((rule for rule in rules if rule.matches is not None and rule.matches(id_)), None)


def _path_of(reject: Reject) -> str | None:
    return reject.place.partition(": ")[2] if reject.kind == "file" else None


class Disagreement(NamedTuple):
    """A value on which sources differ: the claim that stands and by which rule, and one that does not.

    `score` is how probable it is that the other one is right.
    """

    spec: str
    field: str
    standing: Claim
    other: Claim
    rule: str
    contested: bool
    score: float


class Merged(NamedTuple):
    """A merged record. `provenance` maps a path to the source that said it; `*` is all other paths."""

    facts: Facts
    provenance: dict[str, str]


@dataclass(slots=True)
class Records:
    """What the layers come to at an instant: at present of everything, in a step of the past of what
    the step touches, `gone` being what no layer speaks of, or what the filters leave out.

    `filtered` are the specs that the filters leave out at present, with the rule that does.
    `confirmed` has by spec which families confirm which price, `disagreements` where witnesses differ.
    """

    at: str = ""
    present: bool = False
    providers: dict[str, Merged] = field(default_factory=dict)
    models: dict[tuple[str, str], Merged] = field(default_factory=dict)
    gone: list[Key] = field(default_factory=list)
    filtered: list[tuple[str, str]] = field(default_factory=list)
    confirmed: Mapping[str, Mapping[PriceKey, tuple[str, ...]]] = field(default_factory=dict)
    disagreements: Sequence[Disagreement] = ()


def spec_of(facts: Facts) -> str | None:
    """`provider:id` of a model's facts, the id of a provider's, None where neither can be told."""
    provider, id_ = facts.get("provider"), facts.get("id")
    if not isinstance(id_, str):
        return None
    return f"{provider}:{id_}" if isinstance(provider, str) else id_
