"""Whether a catalogue may go out: it is whole, what it says may be true, and it follows the last one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from llmcat.errors import CatalogError
from llmcat.history.doubtful import doubtful
from llmcat.network.plausibility import doubt, offers_in_catalog
from llmcat.storage.checks import before_use
from llmcat.storage.checks.whole_file import Finding, check


def release_findings(path: str, against: str | None = None) -> list[Finding]:
    """What is wrong with the catalogue at `path`, or may be; with `against`, an earlier catalogue, also
    what no release may do to it. In a damaged file nothing but the damage is looked for.

    Raises CatalogError when `against` cannot be read.
    """
    if damage := check(path):
        return damage
    with closing(before_use.connect(path)) as connection:
        found = doubtful(connection)
    return found if against is None else [*found, *_against(path, against)]


def _against(path: str, earlier: str) -> Iterator[Finding]:
    """The rule of plausibility that a pull has, and: time goes on."""
    from llmcat.catalog import Catalog

    try:
        old = Catalog(earlier)
    except before_use.Untrusted as error:
        raise CatalogError(f"{error}; --against needs a catalogue of this schema") from None
    with old, Catalog(path) as new:
        before = offers_in_catalog(old, f"the catalogue in {earlier}")
        after = offers_in_catalog(new, path)
    if after.at < before.at:
        yield Finding("against", f"it is of {after.at}, older than {earlier} of {before.at}")
    if words := doubt(after, [before]):
        yield Finding("against", f"it {words}")
