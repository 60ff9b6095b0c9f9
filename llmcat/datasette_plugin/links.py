"""Addresses: of our pages and of Datasette's, for one catalogue under one Datasette."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, urlencode

from datasette.utils import tilde_encode

if TYPE_CHECKING:
    from datasette.app import Datasette

SPEC_SAFE = "/:@+,~=!$"
"""What a spec may hold in a path as it is: openrouter:anthropic/claude-sonnet-4.5 stays readable."""


class Links:
    """The addresses of one catalogue's pages; templates and cells ask it, nobody else builds a URL."""

    def __init__(self, datasette: Datasette, database: str) -> None:
        self._urls = datasette.urls
        self._name = database

    @property
    def home(self) -> str:
        """The site's first page."""
        return str(self._urls.path("/"))

    @cached_property
    def database(self) -> str:
        """Datasette's page of the catalogue: tables, queries."""
        return str(self._urls.database(self._name))

    def page(self, name: str, form: str = "", **options: object) -> str:
        """One of our pages: explorer, new, search, compare; `form` is json or atom."""
        suffix = f".{form}" if form else ""
        parameters = {name: value for name, value in options.items() if value not in (None, "", ())}
        query = f"?{urlencode(parameters, doseq=True)}" if parameters else ""
        return f"{self.database}/-/{name}{suffix}{query}"

    def model(self, spec: str, form: str = "") -> str:
        """The page of a model."""
        return f"{self.database}/-/model/{quote(spec, SPEC_SAFE)}{'.' + form if form else ''}"

    def provider(self, provider: str) -> str:
        """The row of a provider."""
        return str(self._urls.row(self._name, "providers", tilde_encode(provider)))

    def subject(self, name: str) -> str:
        """What a change speaks of: a model by its spec, or a provider by its id.

        A provider may be gone, and its row with it; what changed of it stays.
        """
        return self.model(name) if ":" in name else self.table("changes", spec=name)

    def compare(self, specs: Iterable[str] = (), form: str = "") -> str:
        """Models side by side."""
        query = "&".join(f"m={quote_plus(spec)}" for spec in specs)
        return f"{self.page('compare', form)}{'?' if query else ''}{query}"

    def table(self, table: str, **filters: object) -> str:
        """A table of Datasette's, filtered: `table("models", family="gpt")`."""
        query = f"?{urlencode(filters)}" if filters else ""
        return f"{self._urls.table(self._name, table)}{query}"

    def query(self, name: str, **values: object) -> str:
        """A canned query with its parameters."""
        return f"{self.database}/{name}{'?' + urlencode(values) if values else ''}"

    def static(self, name: str) -> str:
        """A file of the plugin."""
        return str(self._urls.path(f"/-/static-plugins/llmcat/{name}"))
