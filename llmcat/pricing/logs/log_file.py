"""A file of calls, whatever it is: JSON lines, JSON, CSV, Parquet, SQLite; gzipped, from a pipe or `-`.

    for place, found in calls_in("calls.jsonl", FormatReader({}, Seen())):
        ...                                  # a Call, an UnreadCall, or None: no call at all

The first bytes tell which. A log is read from its beginning to its end and never held as a whole; what
is too long, too deep or no JSON costs only itself.
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

from llmcat.errors import SourceError, UsageError
from llmcat.pricing.logs.call import Call, UnreadCall
from llmcat.pricing.logs.formats import FormatReader
from llmcat.pricing.logs.sessions import Seen

if TYPE_CHECKING:
    from llmcat.pricing.tally import Tally

BLOCK = 4 * 2**20
LONGEST = 64 * 2**20
"""Bytes of one line or value of JSON, and of one row; the longest line of a session log is some 10 MB."""
CELL = 16 * 2**20

SQLITE, PARQUET, GZIP = b"SQLite format 3\x00", b"PAR1", b"\x1f\x8b"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SEPARATORS = ",;\t|"

Found = tuple[int, "Call | UnreadCall | None"]
"""The line or row, and what stands there; None: something that is no call."""

decode = json.JSONDecoder().decode
raw_decode = json.JSONDecoder().raw_decode


class LogFile:
    """A log that is open: `kind` is jsonl, json, csv, parquet or sqlite. A context manager.

    `name` names it in messages, `size` is its bytes on disk (None: nobody knows), `position` how many
    of them were read. Raises SourceError for what cannot be read.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self.name = "standard input" if self.path == "-" else self.path
        try:
            raw: Any = sys.stdin.buffer if self.path == "-" else open(self.path, "rb")  # noqa: SIM115
        except (OSError, ValueError) as error:
            raise SourceError(self.name, _why(error)) from None
        self._raw: Any = raw if hasattr(raw, "peek") else io.BufferedReader(raw)
        self._stream: IO[bytes] = self._raw
        try:
            with self.errors():
                self.kind = self._look()
        except SourceError:
            self.__exit__()
            raise

    def __enter__(self) -> LogFile:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.path != "-":
            self._raw.close()

    @property
    def position(self) -> int:
        """Bytes of the file that were read."""
        try:
            return int(self._raw.tell())
        except (OSError, ValueError):
            return 0

    def errors(self) -> _Errors:
        """Within it, what the system says of this file is a SourceError."""
        return _Errors(self.name)

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """Of JSON lines: pieces of whole lines, each after the number of its first line."""
        line, rest = 1, b""
        with self.errors():
            while block := self._stream.read(BLOCK):
                head, newline, tail = block.rpartition(b"\n")
                if not newline:
                    rest += block
                    if len(rest) > LONGEST:
                        rest = self._skip_line()
                    continue
                lines = rest + head
                rest = tail
                yield line, lines
                line += lines.count(b"\n") + 1
        if rest:
            yield line, rest

    def records(self) -> Iterator[tuple[int, Any]]:
        """Of JSON, CSV and Parquet: the number of each record, and the record."""
        return {"json": self._values, "csv": self._rows, "parquet": self._parquet}[self.kind]()

    def _look(self) -> str:
        """The kind of the file by its first bytes, which stay to be read."""
        self.size = None if self.path == "-" else os.fstat(self._raw.fileno()).st_size or None
        start = self._raw.peek(len(SQLITE))
        self.packed = start.startswith(GZIP)
        if self.packed:
            unpacked = io.BufferedReader(gzip.GzipFile(fileobj=self._raw))
            self._stream, start = unpacked, unpacked.peek(len(SQLITE))
        if start.startswith((SQLITE, PARQUET)):
            kind = "sqlite" if start.startswith(SQLITE) else "parquet"
            if self.packed or self.path == "-":
                raise SourceError(self.name, f"{kind} is read from a file, not packed and no pipe")
            return kind
        start = self._peek_line()
        text = start.removeprefix(BYTE_ORDER_MARK).lstrip()
        if text.startswith(b"{"):
            return "jsonl" if _is_json(text) else "json"
        return "json" if text.startswith(b"[") else "csv"

    def _peek_line(self) -> bytes:
        """The first line that is not empty, which stays to be read."""
        start = b""
        while len(start) <= LONGEST and (not start.strip() or not start.endswith(b"\n")):
            piece = self._stream.readline(BLOCK)
            if not piece:
                break
            start += piece
        self._stream = _Again(start, self._stream)  # type: ignore[assignment]
        return start

    def _skip_line(self) -> bytes:
        """Read on to the end of a line that is too long; what stands for it says so."""
        while piece := self._stream.read(BLOCK):
            _, newline, tail = piece.partition(b"\n")
            if newline:
                return TOO_LONG + b"\n" + tail
        return TOO_LONG

    def _values(self) -> Iterator[tuple[int, Any]]:
        """JSON values one after another, those of an outer list or of its `data` too."""
        for number, value in enumerate(self._stream_of_values(), 1):
            inner = value.get("data") if isinstance(value, Mapping) else None
            if isinstance(inner, list) and "model" not in value:
                yield from enumerate(inner, 1)
            else:
                yield number, value

    def _stream_of_values(self) -> Iterator[Any]:
        text, place, more = "", 0, True
        within: bool | None = None
        lines = io.TextIOWrapper(self._stream, "utf-8-sig", "replace")
        step = BLOCK // 4
        while True:
            while place < len(text) and (text[place] in ", \t\r\n" or text[place] == "\ufeff"):
                place += 1
            if within is None and place < len(text):
                within = text[place] == "["
                place += within
                continue
            if place < len(text) and within and text[place] == "]":
                return
            try:
                if place >= len(text):
                    raise ValueError
                value, end = raw_decode(text, place)
                if end == len(text) and more:  # a number may go on
                    raise ValueError
                place = end
                yield value
                continue
            except RecursionError:
                raise SourceError(self.name, "nested too deeply") from None
            except ValueError:
                pass
            with self.errors():
                piece = lines.read(max(step, len(text) - place))
            text, place = text[place:] + piece, 0
            if not piece:
                if not more and text.strip():
                    raise SourceError(self.name, f"no JSON: {text.strip()[:40]!r}")
                if not text.strip():
                    return
                more = False
            if len(text) > LONGEST:
                raise SourceError(self.name, f"holds a value of more than {LONGEST:,} characters")

    def _rows(self) -> Iterator[tuple[int, Any]]:
        csv.field_size_limit(max(csv.field_size_limit(), CELL))
        lines = io.TextIOWrapper(self._stream, "utf-8-sig", "replace", newline="")
        with self.errors():
            header = lines.readline(LONGEST)
            separator = max(SEPARATORS, key=header.count)
            rows = csv.DictReader(itertools.chain([header], lines), delimiter=separator)
            try:
                for row in rows:
                    row.pop(None, None)
                    yield rows.line_num, row
            except csv.Error as error:
                raise SourceError(f"{self.name}:{rows.line_num}", f"no CSV ({error})") from None

    def _parquet(self) -> Iterator[tuple[int, Any]]:
        try:
            import pyarrow.parquet as parquet  # type: ignore[import-not-found,import-untyped,unused-ignore]
        except ImportError:
            way = "pip install 'llmcat[parquet]'"
            raise SourceError(self.name, f"Parquet needs pyarrow: {way}") from None
        number = 0
        try:
            for batch in parquet.ParquetFile(self.path).iter_batches(batch_size=10_000):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
        except (OSError, ValueError, NotImplementedError) as error:  # ArrowInvalid is a ValueError
            raise SourceError(
                self.name, f"no Parquet ({str(error).splitlines()[0]:.100})"
            ) from None


TOO_LONG = b'"too long"'


class _Again(io.RawIOBase):
    """A stream that begins with what was looked at already."""

    def __init__(self, start: bytes, rest: Any) -> None:
        self._start = start
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def read(self, size: int = -1) -> bytes:
        if self._start:
            start, self._start = self._start, b""
            if 0 <= size < len(start):
                start, self._start = start[:size], start[size:]
            return start
        piece: bytes = self._rest.read(size)
        return piece


class _Errors:
    """Turns what the system, gzip and the decoder say of a file into SourceError."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, (OSError, EOFError, zlib.error)):
            raise SourceError(self.name, _why(error)) from None


def calls_of_block(block: bytes, line: int, reader: FormatReader) -> Iterator[Found]:
    """What stands in whole lines of JSON, the first of them line number `line`."""
    for number, one in enumerate(block.decode("utf-8", "replace").split("\n"), line):
        if one and not one.isspace():
            yield from calls_of_record(number, one, reader)


def calls_in(log: LogFile, reader: FormatReader) -> Iterator[Found]:
    """What stands in an open log, record by record."""
    if log.kind == "jsonl":
        for line, block in log.blocks():
            yield from calls_of_block(block, line, reader)
    elif log.kind == "sqlite":
        from llmcat.pricing.logs.databases import calls_of_database

        yield from calls_of_database(log.path, reader)
    else:
        for number, record in log.records():
            yield from calls_of_record(number, record, reader)
    yield from ((0, call) for call in reader.end())


def calls_of_records(records: Iterable[Any], reader: FormatReader) -> Iterator[Found]:
    """What stands in records that are there already: mappings, or lines of JSON."""
    for number, record in enumerate(records, 1):
        yield from calls_of_record(number, record, reader)
    yield from ((0, call) for call in reader.end())


def add_log(
    tally: Tally, rows: str | os.PathLike[str] | Iterable[Any], columns: Mapping[str, str] = {}
) -> None:
    """Add the calls of a file, or of records that are there already, to a tally."""
    reader = FormatReader(columns, Seen())
    if isinstance(rows, (str, os.PathLike)):
        with LogFile(rows) as log:
            tally.add_all(calls_in(log, reader), log.name)
    else:
        tally.add_all(calls_of_records(rows, reader), "row")


def calls_of_record(number: int, record: Any, reader: FormatReader) -> list[Found]:
    """The calls of one record, or None in their place."""
    found: list[Found] = []
    try:
        if isinstance(record, str):
            record = _decoded(record)
        if type(record) is not dict and not isinstance(record, Mapping):
            raise UnreadCall("no call", f"a table was expected, not {record!r:.40}")
        for call in reader.calls(record):
            found.append((number, call))
        return found or [(number, None)]
    except UnreadCall as error:
        unread = error
    except UsageError as error:
        unread = UnreadCall("no usage", str(error))
    except RecursionError:
        unread = UnreadCall("no JSON", "nested too deeply")
    except ValueError as error:
        unread = UnreadCall("no JSON", f"at character {getattr(error, 'pos', 0) + 1}")
    return [*found, (number, unread)]


def _decoded(line: str) -> Any:
    """The JSON of a line. json's own decode() takes as long again to look for blanks around it."""
    if line.startswith("{"):
        value, end = raw_decode(line)
        if end == len(line):
            return value
    return decode(line)


def _is_json(line: bytes) -> bool:
    try:
        decode(line.decode("utf-8", "replace").strip())
    except RecursionError:
        return True  # the line itself says so, when it is read
    except ValueError:
        return line.rstrip().endswith(b"}") and b'"' in line and b"\n" in line and len(line) > 2
    return True


def _why(error: BaseException) -> str:
    reason = getattr(error, "strerror", None) or "damaged, or not what it looks like"
    return f"cannot be read ({reason})"
