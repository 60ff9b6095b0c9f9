"""Whether a model is still in service, as its page says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmcat.history.lifecycle import stages
from llmcat.storage.views.status_on import status_on

if TYPE_CHECKING:
    from llmcat.records import Model


class Banner(NamedTuple):
    """What stands on top of a model's page: how grave it is (retired, deprecated, notice), and words."""

    kind: str
    words: str


def banner(model: Model, today: str) -> Banner | None:
    """None for a model in service of which nothing else is said."""
    status = status_on(model.status, model.deprecated_on, model.retires_on, today)
    words = " ".join(f"{stage[0].upper()}{stage[1:]}." for stage in stages(model, today))
    if words:
        return Banner(status if status in ("retired", "deprecated") else "notice", words)
    if status in ("alpha", "beta"):
        return Banner("notice", f"This model is in {status}.")
    return None
