"""What a catalogue says of itself: the row of `catalog` as a dictionary that knows its age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmcat.instants import UNKNOWN_TIME, moment
from llmcat.storage.rows import select

if TYPE_CHECKING:
    from datetime import timedelta

    from llmcat.storage.open_file import OpenFile


class Info(dict[str, Any]):
    """The columns of `catalog` by name, `sources`, and `recorded_until`: when a base source was last
    read, UTC; None where no source tells its time."""

    @property
    def age(self) -> timedelta | None:
        """How long ago the newest of its inputs was read; None where no source tells its time."""
        from datetime import datetime, timezone

        built_at = self["built_at"]
        return None if built_at == UNKNOWN_TIME else datetime.now(timezone.utc) - moment(built_at)


def read_info(file: OpenFile) -> Info:
    """What the file says of itself."""
    from llmcat.storage.age import recorded_until

    facts = select(file, "SELECT * FROM catalog")[0]
    sources = select(file, "SELECT * FROM sources ORDER BY position")
    return Info(facts, sources=sources, recorded_until=recorded_until(file.connection))
