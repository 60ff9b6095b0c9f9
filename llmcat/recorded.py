"""What was recorded of models over time: the part of a catalogue that knows what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcat.named import Named
from llmcat.opened import MODEL_COLUMNS

if TYPE_CHECKING:
    from datetime import date

    from llmcat.history.changes import Change
    from llmcat.records import Model
    from llmcat.storage.rows import Rows


class Recorded(Named):
    """What a catalogue answers about time: what changed, and what will go soon."""

    def history(self, spec: str, field: str | None = None) -> list[Change]:
        """What changed of a model (or a provider), the oldest first; of one field, if named.

        `field` is a column of models or a path in the details: `cost_input` or `cost.input`. Raises
        UnknownField for one that is neither a column nor known to any change.
        """
        from llmcat.history.changes import changes

        spec = self._once(spec)
        return changes(self.connection, spec=spec, field=field, suspect=True)

    def changes(
        self,
        since: str | date | None = None,
        until: str | date | None = None,
        *,
        provider: str | None = None,
        field: str | None = None,
        kind: str | None = None,
        min_ratio: float | None = None,
        direction: str | None = None,
        backfill: bool = True,
        suspect: bool = False,
    ) -> list[Change]:
        """What changed from `since` until before `until`, the oldest first.

        `provider` may be one that is gone; what was recorded of it goes before today's other names.
        `kind` is added, removed or changed. `min_ratio` keeps numbers that moved by that part or more
        (0.2: a fifth), `direction` those that went "up" or "down". Without `backfill`, values that
        merely became known stay out; suspect price moves stay out unless asked for. Raises OptionError
        (a ValueError), of which UnknownField is one, and ProviderNotFound.
        """
        from llmcat.history.changes import changes
        from llmcat.instants import instant

        return changes(
            self.connection,
            since=None if since is None else instant(since),
            until=None if until is None else instant(until),
            provider=None if provider is None else self._recorded_provider(provider),
            field=field,
            kind=kind,
            min_ratio=min_ratio,
            direction=direction,
            backfill=backfill,
            suspect=suspect,
        )

    def capability_history(self, spec: str | None = None) -> Rows:
        """Which model (or this one) gained or lost which capability, and when, the newest first.

        Rows with at, spec, capability, event (gained, lost, denied: it became known to be missing, or
        unknown: nothing is said of it any more), backfill (1: it became known, 0: it changed) and source.
        """
        return self.sql(
            "SELECT * FROM capability_history WHERE :spec IS NULL OR spec = :spec",
            {"spec": None if spec is None else self._once(spec)},
        )

    def deprecations(self, days: int = 90, *, today: str | date | None = None) -> list[Model]:
        """Models in service that will be deprecated or retired within `days` days, the next first.

        Raises OptionError when `days` is negative or reaches beyond the calendar, or `today` is no day.
        """
        from llmcat import instants

        day = self.at[:10] if self.at else instants.today()
        if today is not None:
            day = instants.instant(today)[:10]
        rows = self.connection.execute(
            f"SELECT {MODEL_COLUMNS} FROM models WHERE retires_on BETWEEN ?1 AND ?2"
            " OR deprecated_on BETWEEN ?1 AND ?2"
            " ORDER BY CASE WHEN deprecated_on >= ?1 THEN min(deprecated_on,"
            " coalesce(retires_on, deprecated_on)) ELSE retires_on END, spec",
            (day, instants.days_from(day, days)),
        )
        return list(map(self._to_model, rows))

    def _recorded_provider(self, name: str) -> str:
        return self._provider_once(name) or self.provider(name).id
