"""Whether a file is what it says: a catalogue of this schema, whole, with nothing in it but our own.

A file may come from anywhere, and SQL that stands in it runs when it is read: a view in place of `models`
never ends, one over zeroblob() takes all memory. So before anything is read from a file

- its header must be that of a catalogue of this schema, in no WAL mode, as long as the header says;
- no program may have left changes beside it (`-wal`, a `-journal` that is still hot): they belong into
  the file, and reading past them reads half of a change;
- its tables, views and indexes must be those of catalog.db.template, no more and no fewer.

That costs a third of a millisecond for each open. It says nothing of the rows.
"""

from __future__ import annotations

import os
import sqlite3
import stat

from llmcat.errors import CatalogError
from llmcat.storage.template import APPLICATION_ID, schema_version, statements

MAX_BYTES = 4_000_000_000
"""A larger file is no catalogue: half a million models with their past take one."""

HEADER = 100
MAGIC = b"SQLite format 3\x00"
JOURNAL_MAGIC = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
"""How a rollback journal begins that still has something to roll back."""

FULL_TEXT = frozenset(
    (
        "CREATE TABLE 'models_fts_data'(id INTEGER PRIMARY KEY, block BLOB)",
        "CREATE TABLE 'models_fts_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID",
        "CREATE TABLE 'models_fts_docsize'(id INTEGER PRIMARY KEY, sz BLOB)",
        "CREATE TABLE 'models_fts_config'(k PRIMARY KEY, v) WITHOUT ROWID",
    )
)
STATISTICS = frozenset(
    (
        "CREATE TABLE sqlite_stat1(tbl,idx,stat)",
        "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)",
    )
)
"""The tables that SQLite keeps for the full-text index and for ANALYZE; the template spells out neither."""

AGAIN = "build it again (`llmcat build`), or take another copy"


class Untrusted(CatalogError):
    """A file that is not believed: `reason` says why and `way_out` what to do, both without its name."""

    def __init__(self, path: str, reason: str, way_out: str = AGAIN) -> None:
        self.reason = reason
        self.way_out = way_out
        super().__init__(f"{path}: {reason}; {way_out}")


def connect(path: str) -> sqlite3.Connection:
    """A connection that reads `path`, once that has shown that it is a catalogue of this schema.

    Raises Untrusted.
    """
    check_header(path)
    try:
        connection = sqlite3.connect(uri(path), uri=True)
    except sqlite3.Error as error:
        raise unreadable(path, error) from None
    try:
        check_schema(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def refusal(path: str) -> Untrusted | None:
    """Why the file at `path` is not believed; None where it is."""
    try:
        connect(path).close()
    except Untrusted as error:
        return error
    return None


def unreadable(path: str, error: Exception) -> Untrusted:
    """What to raise when SQLite, or what decodes a value, stumbles over a catalogue's content."""
    return Untrusted(path, f"cannot be read as a catalogue ({error})")


def check_header(path: str) -> None:
    """Raise Untrusted unless the file's first bytes, its length and its neighbours are a catalogue's."""
    size, header = _begin(path)
    if size == 0:
        raise Untrusted(path, "is empty")
    if len(header) < HEADER or not header.startswith(MAGIC):
        raise Untrusted(path, "cannot be read as a catalogue (file is not a database)")
    check_neighbours(path)
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise Untrusted(path, "is a SQLite file but no llmcat catalogue", "name another file")
    _check_version(path, int.from_bytes(header[60:64], "big"))
    if header[18:20] != b"\x01\x01":
        raise Untrusted(
            path, "is in WAL mode", f"run: {_sqlite3(path, 'PRAGMA journal_mode = DELETE')}"
        )
    page_size = int.from_bytes(header[16:18], "big")
    expected = int.from_bytes(header[28:32], "big") * (65536 if page_size == 1 else page_size)
    if expected != size:
        raise Untrusted(path, f"is damaged: {size:,} bytes long, {expected:,} by its header")


def _begin(path: str) -> tuple[int, bytes]:
    """The size of a file and its header."""
    try:
        status = os.stat(path)  # before it is opened: to open a pipe waits for its writer
        if stat.S_ISDIR(status.st_mode):
            raise Untrusted(path, "is a folder", "name a file in it, such as catalog.db")
        if not stat.S_ISREG(status.st_mode):
            raise Untrusted(path, "is no regular file", "name a catalogue")
        if status.st_size > MAX_BYTES:
            raise Untrusted(path, f"is larger than any catalogue ({status.st_size / 1e9:.1f} GB)")
        with open(path, "rb", buffering=0) as stream:
            return status.st_size, stream.read(HEADER) or b""
    except FileNotFoundError:
        raise Untrusted(path, "no such file", f"make it with `llmcat build -o {path}`") from None
    except OSError as error:
        reason = f"cannot be read ({error.strerror or error})"
        raise Untrusted(path, reason, "look at its place and its rights") from None
    except ValueError:  # a NUL in the path, or half a surrogate
        raise Untrusted(ascii(path), "is no path", "name a file") from None


def _check_version(path: str, version: int) -> None:
    ours = schema_version()
    if version > ours:
        reason = f"has schema {version}, which a newer llmcat wrote; this one reads schema {ours}"
        raise Untrusted(path, reason, "upgrade llmcat, or build it again with this one")
    if version < ours:
        reason = f"has schema {version}, which an older llmcat wrote; this one reads schema {ours}"
        raise Untrusted(path, reason, "build it again with this one")


def check_neighbours(path: str) -> None:
    """Raise Untrusted when changes lie beside the file that are not in it."""
    if _size(wal := f"{path}-wal"):
        raise Untrusted(
            path,
            f"has changes in {wal} that are not in the file itself",
            "end the program that writes it and run: "
            f"{_sqlite3(path, 'PRAGMA journal_mode = DELETE')} (if the file was put there later, remove"
            f" {wal})",
        )
    if _size(journal := f"{path}-journal") and _begins(journal, JOURNAL_MAGIC):
        raise Untrusted(
            path,
            f"holds half of a change, which {journal} would undo",
            f"end the program that writes it and run: {_sqlite3(path, '.tables')} (if the file was put"
            f" there later, remove {journal})",
        )


def _sqlite3(path: str, command: str) -> str:
    return f"sqlite3 {path} '{command}'"


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        return 0


def _begins(path: str, magic: bytes) -> bool:
    try:
        with open(path, "rb", buffering=0) as stream:
            return stream.read(len(magic)) == magic
    except OSError:
        return True


def check_schema(connection: sqlite3.Connection, path: str) -> None:
    """Raise Untrusted unless the file holds the tables, views and indexes of the template alone."""
    try:
        guard(connection)
        rows = connection.execute("SELECT name, sql FROM main.sqlite_master").fetchall()
    except sqlite3.Error as error:
        raise unreadable(path, error) from None
    found = {sql for _, sql in rows if sql is not None}
    own = found - FULL_TEXT - STATISTICS
    if own != statements() and {*map(_bare, own)} != {*map(_bare, statements())}:
        raise Untrusted(path, _difference({_bare(sql): str(name) for name, sql in rows if sql}))
    if not found >= FULL_TEXT:
        raise Untrusted(path, "is no whole catalogue: its full-text index is not")


def guard(connection: sqlite3.Connection) -> None:
    """No function that reaches outside may be called by a schema, and pages are checked as they come."""
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")


def _bare(sql: object) -> str:
    """A statement without its comments and line breaks: another llmcat of this schema may word them
    otherwise.

    Where a line has an odd number of quotes before its comment, the comment may be the inside of a text
    that hides SQL: such a statement is left as it is, and then is none of ours.
    """
    lines = [line.partition("--")[0] for line in str(sql).splitlines()]
    if any(line.count("'") % 2 or line.count('"') % 2 for line in lines):
        return str(sql)
    return " ".join(" ".join(lines).split())


def _difference(found: dict[str, str]) -> str:
    """What is wrong with a schema: names by their statements. The first object that is none of ours, or
    else the first that is missing."""
    import re

    ours = {_bare(sql): re.split(r"[ (]", sql.replace("VIRTUAL ", ""))[2] for sql in statements()}
    known = {*ours, *map(_bare, FULL_TEXT | STATISTICS)}
    strange = sorted(name for sql, name in found.items() if sql not in known)
    if changed := [name for name in strange if name in ours.values()]:
        return f"is not to be trusted: its {changed[0]} is not llmcat's own"
    if strange:
        return f"is not to be trusted: {strange[0][:60]!a} in it is none of llmcat's"
    return f"is no whole catalogue: {min(ours[sql] for sql in ours if sql not in found)} is missing"


def uri(path: str) -> str:
    """The SQLite URI that opens `path` read-only and immutable: no lock, no journal, no -wal."""
    absolute = os.path.abspath(path)
    if os.sep != "/":
        absolute = "/" + absolute.replace(os.sep, "/")
    for character in "%?#":  # % first; pathlib's as_uri does as much, and costs 3 ms to import
        absolute = absolute.replace(character, f"%{ord(character):02x}")
    return f"file://{absolute}?mode=ro&immutable=1"
