"""How the logs hold the past: the columns of models in the log of versions, instants as seconds."""

from __future__ import annotations

from llmcat.records import ModelRow

AS_LOGGED = {
    "spec": "s.spec",
    "provider": "substr(s.spec, 1, instr(s.spec, ':') - 1)",
    "id": "substr(s.spec, instr(s.spec, ':') + 1)",
    "provider_model_id": "coalesce(v.provider_model_id, substr(s.spec, instr(s.spec, ':') + 1))",
    "source": "o.name",
    "valid_from": "strftime('%Y-%m-%dT%H:%M:%SZ', v.since, 'unixepoch')",
}
"""Columns of models that the log of versions holds in another form."""


def logged(column: str) -> str:
    """The SQL for a column of models over version_log AS v, specs AS s and origins AS o."""
    return AS_LOGGED.get(column, f"v.{column}")


LOGGED = ", ".join(map(logged, ModelRow._fields))
