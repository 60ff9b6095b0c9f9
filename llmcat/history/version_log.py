"""How the logs hold the past: the columns of models in the log of versions, instants as seconds."""

from __future__ import annotations

from llmcat.records import FLAG_FIELDS, ModelRow

AS_LOGGED = {
    "spec": "s.spec",
    "provider": "substr(s.spec, 1, instr(s.spec, ':') - 1)",
    "id": "substr(s.spec, instr(s.spec, ':') + 1)",
    "provider_model_id": "coalesce(v.provider_model_id, substr(s.spec, instr(s.spec, ':') + 1))",
    "source": "o.name",
    "valid_from": "strftime('%Y-%m-%dT%H:%M:%SZ', v.since, 'unixepoch')",
    "release_month": "CASE WHEN length(v.release_date) >= 7 THEN substr(v.release_date, 1, 7) END",
    "description": "NULL",
    "contested": "NULL",
}
"""Columns of models that the log of versions holds in another form, or not at all."""

ABILITIES = (
    *("task", "billing", "modalities_input", "modalities_output", "capabilities"),
    *[flag for flag in FLAG_FIELDS if flag != "contested"],
)
"""Columns of models that the log of versions names together, by their number in abilities."""


def logged(column: str) -> str:
    """The SQL for a column of models over version_log AS v and what it names: specs AS s, abilities
    AS a and origins AS o."""
    return AS_LOGGED.get(column) or f"{'a' if column in ABILITIES else 'v'}.{column}"


LOGGED = ", ".join(map(logged, ModelRow._fields))

NAMED = """
JOIN main.specs AS s ON s.number = v.model
JOIN main.abilities AS a ON a.number = v.ability
JOIN main.origins AS o ON o.number = v.origin"""
"""What the log of versions names by number."""
