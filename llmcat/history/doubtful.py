"""What in a catalogue cannot be true, or hardly is: one query for each kind of doubt.

    Doubt("negative", "SELECT spec, 'cost_input is ' || cost_input FROM models WHERE cost_input < 0", True)

A newcomer adds a row to DOUBTS. Each query gives rows of spec and message; `wrong` says that such a
value can never be right, where the others are worth a look: providers do have strange prices.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from llmcat.history.outliers import GLITCH
from llmcat.meters import COLUMN_METERS
from llmcat.records import ModelRow
from llmcat.storage.checks.whole_file import Finding

MOST_CONTESTED = 0.10
"""Share of the models on which sources may differ with no rule to decide."""

INPUT_TO_OUTPUT = 100
"""An input price is this many times the output price where the two columns were mixed up, or the unit."""

FIRST_RELEASE = "2018"
"""No model that is served is older."""

DAYS = ("release_date", "last_updated", "knowledge", "deprecated_on", "retires_on")

NUMBERS = [
    *(f"cost_{meter}" for meter in COLUMN_METERS),
    *(name for name in ModelRow._fields if name.startswith("limit_")),
]


class Doubt(NamedTuple):
    """A kind of doubt: its name, the query that finds it, and whether it can never be right."""

    name: str
    sql: str
    wrong: bool = False


def _each(names: list[str] | tuple[str, ...], sql: str) -> str:
    """The query for each column of models, together; {0} stands for the column."""
    return " UNION ALL ".join(sql.format(name) for name in names)


DOUBTS = (
    Doubt(
        "negative",
        _each(NUMBERS, "SELECT spec, '{0} is ' || {0} FROM models WHERE {0} < 0")
        + " UNION ALL SELECT spec, meter || ' has the price ' || usd FROM prices WHERE usd < 0",
        wrong=True,
    ),
    Doubt(
        "aliases",
        "SELECT spec, 'the alias ' || alias || ' leads to it, and it is no model of the catalogue'"
        " FROM aliases WHERE spec NOT IN (SELECT spec FROM models)",
        wrong=True,
    ),
    Doubt(
        "days",
        _each(
            DAYS,
            "SELECT spec, '{0} is ' || {0} || ', which is no day' FROM models WHERE date(substr({0}"
            " || '-01-01', 1, 10), '+0 days') IS NOT substr({0} || '-01-01', 1, 10) AND {0} IS NOT NULL",
        ),
        wrong=True,
    ),
    Doubt(
        "50x",
        "SELECT spec, field || ' is ' || value || ', ' || round(value / usual) || ' times what others ask'"
        f" FROM outliers WHERE value >= {GLITCH} * usual"
        " UNION ALL SELECT spec, meter || ' is ' || usd || ', which stands out from what it cost before'"
        " FROM prices WHERE suspect AND valid_to IS NULL",
    ),
    Doubt(
        "input dearer",
        "SELECT spec, 'input costs ' || cost_input || ', output ' || cost_output FROM models"
        f" WHERE cost_output > 0 AND cost_input >= {INPUT_TO_OUTPUT} * cost_output",
    ),
    Doubt(
        "cache dearer",
        "SELECT spec, 'input from the cache costs ' || cost_cache_read || ', other input ' || cost_input"
        " FROM models WHERE cost_cache_read > cost_input",
    ),
    Doubt(
        "free beside paid",
        "SELECT spec, 'input is free, and others ask for ' || base_model || ' up to ' ||"
        " (SELECT max(cost_input) FROM models s WHERE s.base_model = m.base_model)"
        " FROM models m WHERE cost_input = 0 AND billing IS NOT 'subscription' AND spec NOT LIKE '%free%'"
        " AND EXISTS (SELECT 1 FROM models s WHERE s.base_model = m.base_model AND s.cost_input > 0)",
    ),
    Doubt(
        "order of days",
        f"SELECT spec, 'it was released in ' || release_date FROM models WHERE release_date < '{FIRST_RELEASE}'"
        " UNION ALL SELECT spec, 'it retires on ' || retires_on || ', before its release on ' || release_date"
        " FROM models WHERE retires_on < release_date"
        " UNION ALL SELECT spec, 'it retires on ' || retires_on || ', before its deprecation on ' || deprecated_on"
        " FROM models WHERE retires_on < deprecated_on",
    ),
    Doubt(
        "replacements",
        "SELECT spec, 'its replacement ' || replacement || ' is no model of its provider' FROM models m"
        " WHERE replacement IS NOT NULL AND NOT EXISTS (SELECT 1 FROM models r WHERE r.provider = m.provider"
        " AND r.id = m.replacement) AND NOT EXISTS (SELECT 1 FROM aliases a WHERE a.provider = m.provider"
        " AND a.alias = m.replacement COLLATE NOCASE)",
    ),
    Doubt(
        "contested",
        "SELECT NULL, 'sources differ on ' || round(100.0 * count(nullif(contested, 0)) / count(*), 1)"
        " || '% of the models, and no rule decides' FROM models"
        f" HAVING count(nullif(contested, 0)) > {MOST_CONTESTED} * count(*)",
    ),
)


def doubtful(connection: sqlite3.Connection) -> list[Finding]:
    """Everything in a catalogue that cannot be true or hardly is, in the order of DOUBTS and by spec."""
    return [
        Finding(doubt.name, f"{spec}: {message}" if spec else message, warning=not doubt.wrong)
        for doubt in DOUBTS
        for spec, message in sorted(connection.execute(doubt.sql).fetchall())
    ]
