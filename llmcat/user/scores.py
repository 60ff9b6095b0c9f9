"""Learned scores: how well a model does tasks of a complexity, written by people and learning systems.

    from llmcat.user.scores import Scores

    Scores().set("openai:gpt-4o", simple=1.5, complex=4.2, because="eval of Monday")

They are in a file of their own beside the ledger, in WAL mode, so that several programs write and others
read meanwhile. A line is never changed: the last one counts, and the others are its history.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime, timezone
from typing import NamedTuple

from llmcat.choosing.measured import scores_file, scores_given
from llmcat.errors import LedgerError, OptionError
from llmcat.instants import utc_text

APPLICATION = 1280068947
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS scores (
    number INTEGER PRIMARY KEY, -- in the order of writing
    at TEXT NOT NULL, -- when, UTC
    spec TEXT NOT NULL, -- provider:id
    complexity TEXT NOT NULL, -- simple, medium, complex, or a word of yours
    score REAL, -- 0 to 5; NULL: taken back
    changed_by TEXT,
    reason TEXT
);
CREATE INDEX IF NOT EXISTS scores_spec ON scores (spec, complexity, number);
PRAGMA application_id = {APPLICATION};
"""


class Score(NamedTuple):
    """One score as it was written; `score` None: it was taken back."""

    at: str
    spec: str
    complexity: str
    score: float | None
    changed_by: str | None
    reason: str | None


class Scores:
    """The file of scores; without `path` the user's own. Raises LedgerError where it is another file, or
    cannot be written."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = os.fspath(path or scores_file())

    def set(
        self,
        spec: str,
        *,
        because: str | None = None,
        by: str | None = None,
        **scores: float | None,
    ) -> None:
        """Write scores of a model, `complex=4.2`, from 0 to 5; None takes one back. Raises OptionError."""
        given = {name: score for name, score in scores.items() if score is not None}
        if given:
            scores_given("score", given)
        if not scores:
            raise OptionError("no score is given; write such as complex=4.2")
        now = utc_text(datetime.now(timezone.utc))
        rows = [(now, spec, name, score, by, because) for name, score in scores.items()]
        try:
            with closing(self._open()) as connection, connection:
                connection.executemany(
                    "INSERT INTO scores (at, spec, complexity, score, changed_by, reason)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    rows,
                )
        except sqlite3.Error as error:
            raise LedgerError(f"{self.path}: cannot be written ({error})") from None

    def history(self, spec: str | None = None) -> list[Score]:
        """All that was written, of one model or of all, the oldest first."""
        if not os.path.isfile(self.path):
            return []
        query = (
            "SELECT at, spec, complexity, score, changed_by, reason FROM scores"
            " WHERE ?1 IS NULL OR spec = ?1 ORDER BY number"
        )
        try:
            with closing(self._open()) as connection:
                return [Score(*row) for row in connection.execute(query, (spec,))]
        except sqlite3.Error as error:
            raise LedgerError(f"{self.path}: cannot be read ({error})") from None

    def _open(self) -> sqlite3.Connection:
        try:
            os.makedirs(os.path.dirname(os.path.abspath(self.path)), exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=30)
        except (OSError, sqlite3.Error) as error:
            raise LedgerError(f"{self.path}: cannot be opened ({error})") from None
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if application != APPLICATION:
                if tables:
                    raise LedgerError(f"{self.path}: is no file of scores; name another")
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(SCHEMA)
        except BaseException:
            connection.close()
            raise
        return connection
