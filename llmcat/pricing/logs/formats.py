"""The formats of logs, found by themselves: FORMATS says which keys tell a record's format.

A record is read by the first format of which it has all keys. What no format claims is a row: columns
by their names (plain.py). Records of one file may differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from llmcat.pricing.logs import services, spans
from llmcat.pricing.logs.call import Call
from llmcat.pricing.logs.plain import Read, RowReader
from llmcat.pricing.logs.sessions import ClaudeCodeSession, CodexSession, Seen


class Format(NamedTuple):
    """One format: the keys that tell it, how it is read, and where its shape was seen.

    `reader` is a function from a record to its calls, or the name of a session: what has a state
    from line to line.
    """

    name: str
    keys: tuple[tuple[str, ...], ...]
    reader: Read | str
    origin: str


CODEX, CLAUDE_CODE = "codex", "claude-code"
SESSIONS: dict[str, Callable[[Seen], Any]] = {CODEX: CodexSession, CLAUDE_CODE: ClaudeCodeSession}

FORMATS: tuple[Format, ...] = (
    Format(
        "Codex session",
        (("type", "payload"),),
        CODEX,
        "public rollouts of codex-cli 0.58 to 0.156; ccusage's apps/codex/src/data-loader.ts",
    ),
    Format(
        "Claude Code session",
        (("type", "message", "sessionId"), ("type", "message", "requestId")),
        CLAUDE_CODE,
        "public sessions of Claude Code 2.0 to 2.1; ccusage's src/data-loader.ts",
    ),
    Format(
        "OpenTelemetry export",
        (("resourceSpans",), ("resource_spans",)),
        spans.read_export,
        "opentelemetry-sdk 1.45.2 by its OTLP encoder; the file exporter of the Collector",
    ),
    Format(
        "OpenTelemetry span",
        (("attributes", "start_time"), ("attributes", "startTimeUnixNano")),
        spans.read_span,
        "ReadableSpan.to_json() of opentelemetry-sdk 1.45.2; semantic conventions 0.66b2",
    ),
    Format(
        "OpenAI batch output",
        (("custom_id", "response"),),
        services.openai_batch,
        "OpenAI's Batch API reference, body made by openai 3.57's ChatCompletion",
    ),
    Format(
        "Anthropic batch results",
        (("custom_id", "result"),),
        services.anthropic_batch,
        "anthropic 2.14's MessageBatchIndividualResponse",
    ),
    Format(
        "LiteLLM spend log",
        (("spend", "startTime"), ("spend", "call_type")),
        services.litellm_spend,
        "LiteLLM_SpendLogs of litellm's schema.prisma and spend_tracking_utils.py",
    ),
    Format(
        "Langfuse export",
        (
            ("usageDetails",),
            ("usage_details", "provided_model_name"),
            ("traceId", "startTime", "model"),
        ),
        services.langfuse,
        "Langfuse's field reference of exports and its OpenAPI types; no export of a server was at hand",
    ),
)

MOST_SHAPES = 1_000
"""Sets of keys of which the format is remembered."""


class FormatReader:
    """From the records of one file to their calls; what was `seen` is shared by the files of a bill."""

    def __init__(self, columns: Mapping[str, str], seen: Seen) -> None:
        self._rows = RowReader(columns)
        self._seen = seen
        self._sessions: dict[str, Any] = {}
        self._known: dict[tuple[str, ...], Read] = {}
        self.columns = columns

    def calls(self, record: Mapping[str, Any]) -> Iterable[Call]:
        """The calls of a record, none for one that is something else. Raises UnreadCall and UsageError."""
        shape = tuple(record)
        read = self._known.get(shape)
        if read is None:
            if len(self._known) >= MOST_SHAPES:
                self._known.clear()
            read = self._known[shape] = self._reader(record)
        return read(record)

    @property
    def has_sessions(self) -> bool:
        """Whether a record belonged to a session, whose lines must be read one after another."""
        return bool(self._sessions)

    def end(self) -> Iterator[Call]:
        """The calls that waited for the end of the file."""
        for session in self._sessions.values():
            yield from session.end()

    def _reader(self, record: Mapping[str, Any]) -> Read:
        if self.columns:
            return self._rows.reader_of(record)
        for format in FORMATS:
            if any(all(key in record for key in keys) for keys in format.keys):
                if not isinstance(format.reader, str):
                    return format.reader
                if format.reader not in self._sessions:
                    self._sessions[format.reader] = SESSIONS[format.reader](self._seen)
                read: Read = self._sessions[format.reader].read
                return read
        return self._rows.reader_of(record)
