"""Which of a Datasette's databases are catalogues, and how to ask them.

Everything that the plugin does, it does to these; whatever else is served stays as Datasette shows it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from llmcat.catalog import Catalog
from llmcat.datasette_plugin.once_a_file import once_a_file
from llmcat.storage.checks import before_use

if TYPE_CHECKING:
    from datasette.app import Datasette

    Outliers = dict[tuple[str, str], "Outlier"]

_opened: dict[str, Catalog] = {}

OUTLIERS = "SELECT spec, field, value, usual FROM outliers"


class Outlier(NamedTuple):
    """A value that stands out, and what is usual; None: above what any model has."""

    value: float
    usual: float | None


def is_catalogue(datasette: Datasette, database: str | None) -> bool:
    """Whether the database of this name is a catalogue that this llmcat reads."""
    return path_of(datasette, database) is not None


def path_of(datasette: Datasette, database: str | None) -> str | None:
    """The file of the catalogue of this name; None where it is none."""
    served = datasette.databases.get(database) if database else None
    path = getattr(served, "path", None)
    return str(path) if path is not None and _is_catalogue_file(str(path)) else None


def catalogue_names(datasette: Datasette) -> list[str]:
    """The names of all databases that are catalogues, in the order in which they are served."""
    return [name for name in datasette.databases if is_catalogue(datasette, name)]


def catalogue(datasette: Datasette, database: str) -> Catalog:
    """The reader of a served catalogue, opened once; it takes up a swapped file by itself.

    Raises LookupError for a database that is no catalogue.
    """
    path = path_of(datasette, database)
    if path is None:
        raise LookupError(f"{database} is no llmcat catalogue")
    if path not in _opened:
        _opened[path] = Catalog(path, watch=True)
    return _opened[path]


@once_a_file
def outliers(catalog: Catalog) -> Outliers:
    """What stands out in a catalogue, by spec and column of models."""
    rows = catalog.connection.execute(OUTLIERS)
    return {(spec, field): Outlier(value, usual) for spec, field, value, usual in rows}


@once_a_file
def provider_names(catalog: Catalog) -> list[tuple[str, str]]:
    """The providers to choose from: id and name."""
    return [(provider.id, provider.name or provider.id) for provider in catalog.providers()]


def forget(path: str) -> None:
    """Close the reader of a file that is served no more."""
    if (catalog := _opened.pop(path, None)) is not None:
        catalog.close()


@lru_cache(maxsize=100)  # asked for every cell of every page
def _is_catalogue_file(path: str) -> bool:
    return before_use.refusal(path) is None
