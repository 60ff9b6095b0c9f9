"""The reader: Catalog opens one catalog.db and answers from it.

Here is how it chooses among models; what it answers to names, about money and about time is in named.py,
priced.py and recorded.py.

Nothing here imports the pipeline, pydantic, httpx, click, yaml or sqlite_utils: a program that only
reads pays for sqlite3 alone; what a question needs beyond that is imported when it is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmcat.named import name_given, several
from llmcat.priced import Priced
from llmcat.recorded import Recorded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Unpack

    from llmcat.choosing.compare import Comparison
    from llmcat.choosing.options import FindOptions
    from llmcat.choosing.select import Explanation
    from llmcat.records import Model


class Catalog(Priced, Recorded):
    """A catalogue of models, read from one SQLite file.

    `path` names the file; without it $LLMCAT_DB, then the newest one installed, then the one in the
    package. With `watch` a file that was swapped is taken up by itself (looked for once a second at
    most); `epoch` grows with every file taken up. Safe to share between threads: each gets a
    connection of its own. A context manager; `close()` closes the connections of all threads.

    Raises CatalogError when the file is missing or is no catalogue.
    """

    def find(self, **options: Unpack[FindOptions]) -> list[Model]:
        """The models that fit all options; llmcat.choosing.options says what each option means.

        Deprecated and retired models stay out unless asked for. Unknown is neither true nor false: a
        required capability must be known to be there, an unknown price fails max_cost_input. Ordered
        by spec unless `order_by` names a column (`-` before it: largest first), unknown last.

        Raises UnknownCapability, UnknownColumn and OptionError (ValueErrors) and ProviderNotFound.
        """
        from llmcat.choosing.find import find_rows

        return list(map(self._to_model, find_rows(self.connection, **self._then(options))))

    def select(
        self,
        *,
        prefer: str | Iterable[str] = (),
        scope: str | Iterable[str] | None = None,
        **options: Unpack[FindOptions],
    ) -> Model | None:
        """The best model that fits, None where none does; options and errors are those of find().

        `prefer` orders providers, `scope` restricts to one or several. Then the lowest blended price
        (3 parts prompt, 1 part answer, unless `blend` says otherwise), the maker's own offer, the
        newest release; `order_by` replaces these three.
        """
        from llmcat.choosing.select import select_row

        row = select_row(self.connection, prefer=prefer, scope=scope, **self._then(options))
        return self._to_model(row) if row else None

    def explain(
        self,
        *,
        prefer: str | Iterable[str] = (),
        scope: str | Iterable[str] | None = None,
        **options: Unpack[FindOptions],
    ) -> Explanation:
        """How select() comes to its answer: `.model`, `.steps` with how many models each requirement
        left, `.emptied_by`."""
        from llmcat.choosing.select import explain_selection

        found = explain_selection(
            self.connection, prefer=prefer, scope=scope, **self._then(options)
        )
        return found._replace(model=found.model and self._to_model(found.model))

    def search(
        self, text: str, *, limit: int = 20, offset: int = 0, provider: str | None = None
    ) -> list[Model]:
        """Models by words, ids or names, the best match first; any text is safe.

        Exact ids and names come first, a lab's own API before resellers. Words may be begun only.
        Nothing is guessed: where nothing matches, correct() may know what was meant.
        """
        from llmcat.choosing.search import search

        name_given(text)
        within = self.provider(provider).id if provider else None
        today = self.at[:10] if self.at else None
        rows = search(
            self.connection, text, limit=limit, offset=offset, provider=within, today=today
        )
        return list(map(self._to_model, rows))

    def correct(self, text: str) -> str | None:
        """`text` with a typo or two mended so that search() finds something; None if it can't be."""
        from llmcat.choosing.search import correct

        return correct(self.connection, text)

    def compare(self, specs: str | Iterable[str]) -> Comparison:
        """Models side by side, in the order asked; what does not exist is in `.unknown`."""
        from llmcat.choosing.compare import compare

        found, unknown = [], []
        for spec in several(specs):
            try:
                found.append(self.model(spec))
            except LookupError:
                unknown.append(spec)
        return compare(found, unknown)

    def _then(self, options: Any) -> Any:
        """Options of find, with the day of this catalogue's past where no other is given."""
        return options if self.at is None else {"today": self.at[:10], **options}
