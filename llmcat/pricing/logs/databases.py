"""Logs in SQLite: those of `llm` (turns, and responses of older versions), a ledger of llmcat, and any
table with columns for the model and its tokens.

The file is somebody else's: it is opened read-only, nothing in its schema is trusted, and only tables
are read, no views.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from llmcat.errors import SourceError, UsageError
from llmcat.pricing.logs.call import Call, UnreadCall, mapping_of, text_of
from llmcat.pricing.logs.formats import FormatReader
from llmcat.pricing.logs.plain import COLUMNS, COUNTS

if TYPE_CHECKING:
    from llmcat.pricing.logs.log_file import Found

TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
SETTINGS = ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON", "mmap_size = 0")
LONGEST = 64 * 2**20
LIMIT_LENGTH = 0
"""SQLITE_LIMIT_LENGTH: the bytes of a text or a row."""
LLM = {"model", "input_tokens", "output_tokens", "token_details", "datetime_utc"}
"""The columns of turns and responses of llm since 0.20; before it counted no tokens."""


def calls_of_database(path: str, reader: FormatReader) -> Iterator[Found]:
    """What stands in the tables of a database, row by row. Raises SourceError where none holds calls."""
    connection = _open(path)
    try:
        found = False
        for table in [name for (name,) in connection.execute(TABLES)]:
            columns = [
                row[1] for row in connection.execute("SELECT * FROM pragma_table_info(?)", (table,))
            ]
            read = llm_call if set(columns) >= LLM else None
            if read is None and not _has_calls(columns, reader):
                continue
            found = True
            quoted = table.replace('"', '""')
            wanted = ", ".join(f'"{c}"' for c in LLM & {*columns}) if read else "*"
            if read and "resolved_model" in columns:
                wanted += ", resolved_model"
            rows = connection.execute(f'SELECT rowid, {wanted} FROM "{quoted}"')
            names = [column[0] for column in rows.description][1:]
            for number, *cells in rows:
                yield number, _call(dict(zip(names, cells)), read, reader)
        if not found:
            raise SourceError(path, "no table has columns for a model and its tokens")
    except sqlite3.Error as error:
        raise SourceError(path, f"cannot be read as SQLite ({error})") from None
    finally:
        connection.close()


def _open(path: str) -> sqlite3.Connection:
    """Read-only; where a log in WAL mode cannot be shared (a read-only folder), as it stands."""
    for mode in ("mode=ro", "immutable=1"):
        try:
            connection = sqlite3.connect(f"file:{quote(path)}?{mode}", uri=True)
        except sqlite3.Error as error:
            raise SourceError(path, f"cannot be opened ({error})") from None
        try:
            if hasattr(connection, "setlimit"):  # Python 3.11
                connection.setlimit(LIMIT_LENGTH, LONGEST)
            for setting in SETTINGS:
                connection.execute(f"PRAGMA {setting}")
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
            return connection
        except sqlite3.OperationalError:
            connection.close()
        except sqlite3.Error as error:
            connection.close()
            raise SourceError(path, f"cannot be read as SQLite ({error})") from None
    raise SourceError(path, "cannot be opened: it is locked, or its folder cannot be written")


def _has_calls(columns: list[str], reader: FormatReader) -> bool:
    mapped = reader.columns
    models = {mapped["model"]} if "model" in mapped else {*COLUMNS["model"]}
    counts = {*COUNTS, *COLUMNS["usage"], *mapped.values()}.union(*COUNTS.values())
    return not models.isdisjoint(columns) and not counts.isdisjoint(columns)


def _call(row: Mapping[str, Any], read: Any, reader: FormatReader) -> Any:
    try:
        return read(row) if read else next(iter(reader.calls(row)), None)
    except UnreadCall as error:
        return error
    except UsageError as error:
        return UnreadCall("no usage", str(error))


def llm_call(row: Mapping[str, Any]) -> Call:
    """A row of llm's turns or responses: input, output, and of the API's usage what is left."""
    model, answered = text_of(row["model"]), text_of(row.get("resolved_model"))
    if model is None:
        raise UnreadCall("no model", "a row without `model`")
    details = mapping_of(row["token_details"])
    input, output = row["input_tokens"], row["output_tokens"]
    if input is None and output is None:
        raise UnreadCall("no usage", "the model counted no tokens", model)
    usage = {**details, **_llm_counts(details, input, output)}
    return Call(answered or model, usage, row["datetime_utc"], requested=model, id=None)


def _llm_counts(details: Mapping[str, Any], input: Any, output: Any) -> dict[str, Any]:
    """The two counts by the names of the API whose details these are."""
    if "thoughtsTokenCount" in details or "promptTokensDetails" in details:
        of_tools = details.get("toolUsePromptTokenCount") or 0  # llm-gemini adds them to its input
        answer = details.get("candidatesTokenCount", output)  # and thoughts to its output
        return {"promptTokenCount": (input or 0) - of_tools, "candidatesTokenCount": answer}
    if "prompt_tokens_details" in details or "completion_tokens_details" in details:
        return {"prompt_tokens": input, "completion_tokens": output}
    return {"input_tokens": input, "output_tokens": output}
