"""Session logs of coding agents: Codex (rollout-….jsonl) and Claude Code (projects/…/….jsonl).

Both write more than calls, and write some calls more than once: a resumed session copies the lines of
the old one, Claude Code writes a line for each block of an answer, Codex repeats its last count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from llmcat.pricing.logs.call import Call, UnreadCall, mapping_of, text_of

REMEMBERED = 250_000
"""Answers that are known again; twice as many are held at most, some 50 MB."""
PENDING = 32
"""Answers of Claude Code whose further blocks may still come."""


class Seen:
    """The ids that came before, the last REMEMBERED of them for certain: memory stays flat."""

    def __init__(self) -> None:
        self._new: set[int] = set()
        self._old: set[int] = set()

    def add(self, id: object) -> bool:
        """Whether this id is new."""
        number = hash(id)
        if number in self._new or number in self._old:
            return False
        if len(self._new) >= REMEMBERED:
            self._old, self._new = self._new, set()
        self._new.add(number)
        return True


class CodexSession:
    """Codex: the model stands in turn_context, the counts of the last call in token_count."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.model: str | None = None
        self.provider: str | None = "openai"
        self.session: str | None = None
        self.total: Mapping[str, Any] = {}

    def read(self, record: Mapping[str, Any]) -> Iterator[Call]:
        """The call that an event counts, none for other events."""
        payload = mapping_of(record.get("payload"))
        kind = record.get("type")
        if kind == "session_meta":
            self.session = self.session or text_of(payload.get("id"))
            self.provider = text_of(payload.get("model_provider")) or self.provider
        if kind in ("turn_context", "session_meta"):
            self.model = text_of(payload.get("model")) or self.model
        if kind != "event_msg" or payload.get("type") != "token_count":
            return
        info = mapping_of(payload.get("info"))
        usage = self._usage(info)
        if usage is None or not self.seen.add((record.get("timestamp"), str(info))):
            return
        model = text_of(info.get("model")) or text_of(info.get("model_name")) or self.model
        if model is None:
            raise UnreadCall("no model", "no turn_context of this session names one")
        yield Call(model, usage, record.get("timestamp"), self.provider, id=self.session)

    def _usage(self, info: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The usage of the last call; None where the event only repeats what was counted."""
        total, before = mapping_of(info.get("total_token_usage")), self.total
        last = info.get("last_token_usage")
        if total:
            self.total = total
            if total == before:
                return None
        if not isinstance(last, Mapping):
            last = {key: _number(total, key) - _number(before, key) for key in total}
            if min(last.values(), default=0) < 0:  # the context was compacted: it counts anew
                last = total
        return last if any(last.values()) else None

    def end(self) -> Iterator[Call]:
        """Nothing waits."""
        return iter(())


class ClaudeCodeSession:
    """Claude Code: each block of an answer is a line with the answer's id and its usage so far; the
    last of them has the whole."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.pending: dict[object, Call] = {}

    def read(self, record: Mapping[str, Any]) -> Iterator[Call]:
        """Answers of which no further block is awaited."""
        message = mapping_of(record.get("message"))
        usage = message.get("usage")
        model = text_of(message.get("model"))
        if record.get("type") != "assistant" or not isinstance(usage, Mapping):
            return
        if model == "<synthetic>":  # Claude Code's own words, no answer of a model
            return
        if model is None:
            raise UnreadCall("no model", "an answer without `message.model`")
        id = text_of(message.get("id"))
        call = Call(
            model,
            usage,
            record.get("timestamp"),
            "anthropic",
            id=id or text_of(record.get("uuid")),
            charged=record.get("costUSD"),  # of Claude Code before 1.0.9
        )
        if id is None:
            yield call
            return
        key = id, record.get("requestId")
        if key not in self.pending and not self.seen.add(key):
            return
        self.pending[key] = call
        if len(self.pending) > PENDING:
            yield self.pending.pop(next(iter(self.pending)))

    def end(self) -> Iterator[Call]:
        """The last answers of the file."""
        yield from self.pending.values()
        self.pending.clear()


def _number(counts: Mapping[str, Any], key: str) -> int:
    value = counts.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
