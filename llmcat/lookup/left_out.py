"""What the filters of the build, or of the catalogue, leave out is denied, not unknown."""

from __future__ import annotations

from llmcat.errors import SpecError
from llmcat.lookup.former_names import spec_as_recorded
from llmcat.lookup.resolve import resolve
from llmcat.storage.models import Reader

LEFT_OUT = "SELECT rule FROM filtered WHERE spec = ?"


def denying_rule(reader: Reader, spec: str) -> str | None:
    """Which rule leaves out the model that `spec` names: allow, deny or exclude_models; None: none does,
    or nobody knows of such a model."""
    whole = reader.file.source.connection
    row = whole.execute(LEFT_OUT, (spec_as_recorded(whole, spec),)).fetchone()
    if row is not None:
        return str(row[0])
    if reader.view.filters is None:
        return None
    try:
        return reader.view.filters.rule(whole, resolve(whole, spec).spec)
    except (LookupError, SpecError):
        return None
