"""Who may see a catalogue: Datasette's own rules, asked in the words of 0.65 and of 1.0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Forbidden

if TYPE_CHECKING:
    from datasette.app import Datasette


async def ensure_visible(datasette: Datasette, actor: dict[str, Any] | None, database: str) -> None:
    """Raises Forbidden, which Datasette answers, where this actor may not see the database."""
    if not hasattr(datasette, "allowed"):
        await datasette.ensure_permissions(actor, [("view-database", database), "view-instance"])
        return
    from datasette.resources import DatabaseResource  # 1.0

    resource = DatabaseResource(database=database)
    if not await datasette.allowed(action="view-database", resource=resource, actor=actor):
        raise Forbidden("view-database")
