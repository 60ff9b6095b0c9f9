"""What was measured of models and stands in no catalogue: learned scores, and speed.

Scores say how well a model does tasks of a complexity, 0 to 5. They are in a file of the user's that
`llmcat score` and learning systems write (llmcat/user/scores.py), and in overlays, under
task_complexity_score; the file's go before. Speed, in output tokens a second, is that of the calls in the
ledger, else what an overlay says under tokens_per_second.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any, NamedTuple

from llmcat.errors import OptionError
from llmcat.storage.location import data_folder

SUFFICES = 3.0
"""The score from which on a model does tasks of a complexity well enough, unless min_score says more."""

COMPLEXITIES = ("simple", "medium", "complex")
LEDGER_VARIABLE = "LLMCAT_LEDGER"

SAID_SCORES = (
    "SELECT spec, task_complexity_score FROM model_details WHERE task_complexity_score IS NOT NULL"
)
SAID_SPEEDS = "SELECT spec, extra FROM model_details WHERE extra LIKE '%tokens_per_second%'"
LEARNED = """
SELECT spec, complexity, score FROM scores AS s
WHERE number = (
    SELECT max(number) FROM scores WHERE spec = s.spec AND complexity = s.complexity
)"""
SPEEDS = "SELECT spec, tokens_per_second FROM speeds"


class Measured(NamedTuple):
    """Complexity -> spec -> score, and spec -> output tokens a second."""

    scores: Mapping[str, Mapping[str, float]]
    speeds: Mapping[str, float]

    def order(self, name: str, complexity: str) -> str:
        """JSON of spec -> value, to order by."""
        values = self.speeds if name == "speed" else self.scores.get(complexity, {})
        return json.dumps(values)


NOTHING = Measured({}, {})


def scores_file() -> str:
    """Where learned scores stand; the file need not be there."""
    return os.path.join(data_folder(), "scores.db")


def ledger_file() -> str:
    """The ledger whose calls are timed: $LLMCAT_LEDGER, else ledger.db in the user's data folder."""
    return os.environ.get(LEDGER_VARIABLE) or os.path.join(data_folder(), "ledger.db")


def measured(connection: sqlite3.Connection, own: bool = True) -> Measured:
    """All scores and speeds that are known of the models of a catalogue; without `own` those that it says
    itself. Raises OptionError where a file of the user's cannot be read."""
    scores: dict[str, dict[str, float]] = {}
    for spec, text in connection.execute(SAID_SCORES):
        claimed = json.loads(text)
        for complexity, score in claimed.items() if isinstance(claimed, dict) else ():
            if isinstance(score, (int, float)) and not isinstance(score, bool):
                scores.setdefault(complexity, {})[spec] = float(score)
    speeds: dict[str, float] = {}
    for spec, text in connection.execute(SAID_SPEEDS):
        speed = json.loads(text).get("tokens_per_second")
        if isinstance(speed, (int, float)) and not isinstance(speed, bool) and speed > 0:
            speeds[spec] = float(speed)
    in_file = Measured(scores, speeds)
    return with_own(in_file) if own else in_file


def with_own(known: Measured) -> Measured:
    """`known` and what the user's own files say, which goes before. Raises OptionError where one cannot be
    read."""
    scores = {complexity: dict(table) for complexity, table in known.scores.items()}
    for spec, complexity, score in rows(scores_file(), LEARNED):
        table = scores.setdefault(complexity, {})
        if score is None:
            table.pop(spec, None)
        else:
            table[spec] = score
    return Measured(scores, {**known.speeds, **dict(rows(ledger_file(), SPEEDS))})


def rows(path: str, query: str) -> Iterator[Any]:
    """The rows of a file of the user's; none where there is no file. Raises OptionError where it cannot
    be read."""
    if not os.path.isfile(path):
        return
    from pathlib import Path

    try:
        uri = f"{Path(path).absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=30)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            yield from connection.execute(query).fetchall()
    except sqlite3.Error as error:
        raise OptionError(f"{path} cannot be read ({error})") from None


def scores_given(name: str, value: Any) -> dict[str, float]:
    """Complexity -> least score, from a mapping or texts such as complex=3."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, Mapping):
        try:
            value = dict(str(item).split("=", 1) for item in value)
        except (TypeError, ValueError):
            given = " ".join(map(str, value)) if isinstance(value, (list, tuple)) else value
            raise OptionError(f"{name} must be such as complex=3, not {given!r}") from None
    found = {}
    for complexity, score in value.items():
        try:
            found[str(complexity)] = least = float(score)
        except (TypeError, ValueError):
            raise OptionError(f"{name}: {score!r} is no score; give 0 to 5") from None
        if isinstance(score, bool) or not 0 <= least <= 5 or not str(complexity).strip():
            raise OptionError(f"{name}: {score!r} is no score; give 0 to 5")
    if not found:
        raise OptionError(f"{name} names no complexity; give such as complex=3")
    return found
