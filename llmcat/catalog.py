"""The reader: Catalog opens one catalog.db and answers from it.

Nothing here imports the pipeline, pydantic, httpx, click, yaml or sqlite_utils: a program that only
reads pays for sqlite3 alone; what a question needs beyond that is imported when it is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmcat.errors import ModelNotFound, ProviderNotFound, UnknownPrice
from llmcat.opened import KEPT_MODELS, MODEL_COLUMNS, Opened
from llmcat.records import Model, Provider

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from typing_extensions import Unpack

    from llmcat.compare import Comparison
    from llmcat.cost import CallCost
    from llmcat.find_options import FindOptions
    from llmcat.prices import Prices
    from llmcat.resolve import Resolution
    from llmcat.rows import Rows
    from llmcat.select import Explanation
    from llmcat.timeline import Change, PriceInterval

ONCE = """
SELECT spec FROM model_versions WHERE spec = ?1
UNION ALL SELECT spec FROM changes WHERE spec = ?1 LIMIT 1"""
"""Whether a model or provider is there, or was once."""


class Catalog(Opened):
    """A catalogue of models, read from one SQLite file.

    `path` names the file; without it $LLMCAT_DB, then the newest one installed, then the one in the
    package. With `watch` a file that was swapped is taken up by itself (looked for once a second at
    most); `epoch` grows with every file taken up. Safe to share between threads: each gets a
    connection of its own. A context manager; `close()` closes the connections of all threads.

    Raises CatalogError when the file is missing or is no catalogue.
    """

    def model(self, spec: str, *, fallback: bool = False) -> Model:
        """The model that `spec` (`provider:id`) names, by id or alias.

        For what people and gateways write in its place see resolve(). With `fallback`, an unknown
        model of a local provider is answered by the marked defaults of llmcat.local, never kept as
        facts. Raises ModelNotFound, a LookupError, with suggestions.
        """
        if self._watch:
            self._notice_swap()
        try:
            return self._models.get(spec) or self._read_model(spec)
        except ModelNotFound:
            if fallback and (model := self._local_fallback(spec)) is not None:
                return model
            raise

    def _local_fallback(self, spec: str) -> Model | None:
        from llmcat.local import fallback
        from llmcat.readings import find_provider
        from llmcat.spec import split_spec

        parts = split_spec(spec, lambda name: find_provider(self.connection, name) is not None)
        provider = self.provider(parts.provider) if parts else None
        return fallback(provider, parts.id) if parts and provider and provider.local else None

    def __contains__(self, spec: object) -> bool:
        """Whether a model answers to this spec: what the build's filters denied does not."""
        try:
            return isinstance(spec, str) and bool(self.model(spec))
        except (LookupError, ValueError):
            return False

    def default_model(self, provider: str) -> Model | None:
        """The model to take at a provider when none is named; None where nobody says one."""
        found = self.provider(provider)
        return self.model(f"{found.id}:{found.default_model}") if found.default_model else None

    def _read_model(self, spec: str) -> Model:
        model = self._one(_text(spec)) or self._one(self._spec_of(spec))
        if model is None:
            raise ModelNotFound(spec)
        if len(self._models) >= KEPT_MODELS:
            self._models.clear()
        self._models[spec] = model
        return model

    def _spec_of(self, name: str) -> str:
        """The spec of a model that is named by alias, `id@provider` or a provider's other name."""
        from llmcat.resolve import resolve

        found = resolve(self.connection, name)
        if found.steps[0] != "spec" or found.steps[-1] not in ("spec", "alias"):
            raise ModelNotFound(name, [found.spec])
        return found.spec

    def resolve(
        self, asked: str, *, scope: str | Sequence[str] | None = None, strict: bool = False
    ) -> Resolution:
        """Which model is meant by what gateways, SDKs and people write: `.spec`, `.asked`, `.rule`.

        `scope` restricts to a provider or several; with `strict` a bare id of several providers is
        ambiguous even where the lab that made the model is among them. Never guesses: raises
        ModelNotFound with suggestions, or Ambiguous with the candidates.
        """
        from llmcat.resolve import resolve

        return resolve(self.connection, _text(asked), scope=scope, strict=strict)

    def models(self, provider: str | None = None) -> list[Model]:
        """All models, or those of one provider, ordered by spec.

        Raises ProviderNotFound, a LookupError, for a provider that does not exist.
        """
        query = f"SELECT {MODEL_COLUMNS} FROM models"
        if provider is None:
            rows = self.connection.execute(f"{query} ORDER BY spec")
        else:
            id = self.provider(provider).id
            rows = self.connection.execute(f"{query} WHERE provider = ? ORDER BY spec", (id,))
        return list(map(self._to_model, rows))

    def provider(self, id: str) -> Provider:
        """The provider with this id, or known by this other name; `-` and `_` count alike.

        Raises ProviderNotFound, a LookupError, with suggestions.
        """
        folded = _text(id).strip().lower().replace("_", "-")
        row = self.connection.execute(
            f"SELECT {', '.join(Provider._fields)} FROM providers"
            " WHERE id IN (?1, (SELECT provider FROM provider_aliases WHERE alias = ?1))"
            " ORDER BY id = ?1 DESC",
            (folded,),
        ).fetchone()
        if row is None:
            from difflib import get_close_matches

            ids = [id for (id,) in self.connection.execute("SELECT id FROM providers")]
            raise ProviderNotFound(id, get_close_matches(folded, ids))
        return self._to_provider(row)

    def providers(self, features: str | Iterable[str] = ()) -> list[Provider]:
        """All providers, or those that support this endpoint or feature or all of these, by id."""
        rows = self.connection.execute(
            f"SELECT {', '.join(Provider._fields)} FROM providers ORDER BY id"
        )
        wanted = _several(features)
        providers = map(self._to_provider, rows)
        return [p for p in providers if all(p.supports(word) for word in wanted)]

    def find(self, **options: Unpack[FindOptions]) -> list[Model]:
        """The models that fit all options; llmcat.find_options says what each option means.

        Deprecated and retired models stay out unless asked for. Unknown is neither true nor false: a
        required capability must be known to be there, an unknown price fails max_cost_input. Ordered
        by spec unless `order_by` names a column (`-` before it: largest first), unknown last.

        Raises UnknownCapability, UnknownColumn and OptionError (ValueErrors) and ProviderNotFound.
        """
        from llmcat.find import find_rows

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
        from llmcat.select import select_row

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
        from llmcat.select import explain_selection

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
        from llmcat.search import search

        _text(text)
        within = self.provider(provider).id if provider else None
        today = self.at[:10] if self.at else None
        rows = search(
            self.connection, text, limit=limit, offset=offset, provider=within, today=today
        )
        return list(map(self._to_model, rows))

    def correct(self, text: str) -> str | None:
        """`text` with a typo or two mended so that search() finds something; None if it can't be."""
        from llmcat.search import correct

        return correct(self.connection, text)

    def compare(self, specs: str | Iterable[str]) -> Comparison:
        """Models side by side, in the order asked; what does not exist is in `.unknown`."""
        from llmcat.compare import compare

        found, unknown = [], []
        for spec in _several(specs):
            try:
                found.append(self.model(spec))
            except LookupError:
                unknown.append(spec)
        return compare(found, unknown)

    def cost(
        self,
        spec: str,
        input_tokens: int = 0,
        output_tokens: int = 0,
        cache_read_tokens: int = 0,
        cache_write_tokens: int = 0,
        input_audio_tokens: int = 0,
        output_audio_tokens: int = 0,
        reasoning_tokens: int = 0,
        cache_write_1h_tokens: int = 0,
        *,
        at: str | date | None = None,
        mode: str = "standard",
    ) -> CallCost:
        """What a call costs in US dollars, exactly: `.total`, `.breakdown`, `.tier`, `.assumed`.

        `input_tokens` include cached, cache-written and audio ones, `output_tokens` include reasoning
        and audio ones. `at` is an instant (UTC text); without it the prices of now hold.

        Raises UnknownPrice where a price that is needed is not known, ModelNotFound, and UsageError (a
        ValueError) for counts that cannot be.
        """
        if self._watch:
            self._notice_swap()
        try:
            prices = self._prices[spec, at]
        except KeyError:
            prices = self.price_list(spec, at)
        return prices.cost(
            input_tokens,
            output_tokens,
            cache_read_tokens,
            cache_write_tokens,
            input_audio_tokens,
            output_audio_tokens,
            reasoning_tokens,
            cache_write_1h_tokens,
            mode,
        )

    def cost_of(
        self, spec: str, usage: Any, *, at: str | date | None = None, mode: str | None = None
    ) -> CallCost:
        """What a call costs by the `usage` that the API returned: OpenAI's, Anthropic's or Gemini's
        dictionary or object. Cached tokens are counted once. Without `mode`, the service tier that
        the usage names holds, where it has prices; `assumed` says so where it has none. Raises what
        cost() raises."""
        from llmcat.cost import cost_of

        return cost_of(self.price_list(spec, at), usage, mode)

    def costs(
        self, calls: Iterable[Mapping[str, Any]], *, at: str | date | None = None
    ) -> tuple[list[CallCost], Decimal]:
        """What many calls cost, each a mapping of `spec` and counts, and their exact sum."""
        from llmcat.cost import cost_many, total_cost

        found = cost_many(lambda spec: self.price_list(spec, at), calls)
        return found, total_cost(found)

    def price_list(self, spec: str, at: str | date | None = None) -> Prices:
        """All prices of a model, now or at an instant; what cost() reckons with, kept once read."""
        if self._watch:
            self._notice_swap()
        if (kept := self._prices.get((_text(spec), at))) is not None:
            return kept
        from llmcat.timeline import instant

        prices = self._read_prices(spec, instant(at) if at is not None else self.at)
        if len(self._prices) >= KEPT_MODELS:
            self._prices.clear()
        self._prices[spec, at] = prices
        return prices

    def prices(self, spec: str) -> list[PriceInterval]:
        """Every price of a model in USD per 1M tokens, by mode, tier and meter, and when it was
        listed. For a model that is gone, too; ModelNotFound for one that never was."""
        from llmcat.timeline import price_intervals

        return price_intervals(self.connection, self._once(spec))

    def rates_between(self, spec: str, start: str | date, end: str | date) -> list[PriceInterval]:
        """The prices listed at any time from `start` until before `end`, cut to that time."""
        from llmcat.timeline import instant, rates_between

        return rates_between(self.connection, self._once(spec), instant(start), instant(end))

    def history(self, spec: str, field: str | None = None) -> list[Change]:
        """What changed of a model (or a provider), the oldest first; of one field, if named.

        `field` is a column of models or a path in the details: `cost_input` or `cost.input`.
        """
        from llmcat.timeline import changes

        spec = self._once(spec)
        return list(changes(self.connection, spec=spec, field=field, suspect=True))

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

        `kind` is added, removed or changed. `min_ratio` keeps numbers that moved by that part or more
        (0.2: a fifth), `direction` those that went "up" or "down". Without `backfill`, values that
        merely became known stay out; suspect price moves stay out unless asked for.
        """
        from llmcat.timeline import changes, instant

        return list(
            changes(
                self.connection,
                since=None if since is None else instant(since),
                until=None if until is None else instant(until),
                provider=None if provider is None else self.provider(provider).id,
                field=field,
                kind=kind,
                min_ratio=min_ratio,
                direction=direction,
                backfill=backfill,
                suspect=suspect,
            )
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

    def deprecations(self, days: int = 90, *, today: str | None = None) -> list[Model]:
        """Models in service that will be deprecated or retired within `days` days, the next first.

        Raises OptionError when `days` is negative or reaches beyond the calendar.
        """
        from llmcat.find import _today
        from llmcat.timeline import days_from

        day = today or (self.at[:10] if self.at else _today())
        rows = self.connection.execute(
            f"SELECT {MODEL_COLUMNS} FROM models WHERE retires_on BETWEEN ?1 AND ?2"
            " OR deprecated_on BETWEEN ?1 AND ?2"
            " ORDER BY CASE WHEN deprecated_on >= ?1 THEN min(deprecated_on,"
            " coalesce(retires_on, deprecated_on)) ELSE retires_on END, spec",
            (day, days_from(day, days)),
        )
        return list(map(self._to_model, rows))

    def _once(self, spec: str) -> str:
        """The spec of a model (or id of a provider) that is in the catalogue, or was once."""
        named = self._then_named(spec)
        row = self.connection.execute(ONCE, (named,)).fetchone()
        return named if row else self._spec_of(spec)

    def _then_named(self, spec: str) -> str:
        """`spec` in the form of the tables. Aliases are today's: what is one now may have been a model."""
        from llmcat.readings import find_provider
        from llmcat.spec import split_spec

        parts = split_spec(
            _text(spec), lambda name: find_provider(self.connection, name) is not None
        )
        return f"{find_provider(self.connection, parts.provider)}:{parts.id}" if parts else spec

    def _read_prices(self, spec: str, moment: str | None) -> Prices:
        from llmcat.prices import price_list

        errors: list[ModelNotFound | UnknownPrice] = []
        for named in (str, self._then_named, self._spec_of):
            try:
                return price_list(self.connection, named(spec), moment)
            except (ModelNotFound, UnknownPrice) as error:
                errors.append(error)
        raise next((e for e in errors if isinstance(e, UnknownPrice)), errors[-1])

    def _then(self, options: Any) -> Any:
        """Options of find, with the day of this catalogue's past where no other is given."""
        return options if self.at is None else {"today": self.at[:10], **options}


def _text(name: str) -> str:
    """`name`, if it is text at all."""
    if not isinstance(name, str):
        raise TypeError(f"a name is text such as 'openai:gpt-4o', not {name!r}")
    return name


def _several(names: str | Iterable[str]) -> list[str]:
    """One name or several."""
    return [names] if isinstance(names, str) else list(names)
