"""The reader: Catalog opens one catalogue and answers from it. Every public call stands here.

Nothing here imports the pipeline, pydantic, httpx, click, yaml or sqlite_utils: a program that only
reads pays for sqlite3 alone. What a call needs beyond that is imported when it is made.

No call waits: not for another process, for a file is opened immutable and never locked, and not for the
network. There is nothing to await, and async code calls it as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmcat.errors import CatalogError, ModelDenied, ModelNotFound
from llmcat.instants import instant
from llmcat.instants import today as this_day
from llmcat.lookup import providers
from llmcat.lookup.named import kept_prices, read_model
from llmcat.meters import NOT_COUNTED
from llmcat.spec import name_given
from llmcat.storage.current import Current
from llmcat.storage.damage import calls_tell_damage
from llmcat.storage.info import Info
from llmcat.storage.location import locate
from llmcat.storage.models import Reader
from llmcat.storage.open_file import OpenFile, open_file
from llmcat.storage.rows import select

if TYPE_CHECKING:
    import os
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from typing_extensions import Self, Unpack

    from llmcat.choosing.compare import Comparison
    from llmcat.choosing.offers import Offer
    from llmcat.choosing.options import FindOptions
    from llmcat.choosing.select import Explanation
    from llmcat.history.changes import Change, ChangeOptions, PriceInterval
    from llmcat.lookup.resolve import Resolution
    from llmcat.pricing.bill import Bill
    from llmcat.pricing.call_cost import CallCost
    from llmcat.pricing.price_list import Prices
    from llmcat.records import Model, Provider
    from llmcat.storage.filters import Filters, Globs
    from llmcat.storage.rows import Rows
    from llmcat.storage.sandbox import Parameters


@calls_tell_damage("model", "cost")
class Catalog:
    """A catalogue of models, read from one SQLite file.

    `path` names the file; without it $LLMCAT_DB, then the newest one installed, then the one in the
    package. A catalogue goes on reading the file that it opened, whatever takes its place, until
    reload(); with `watch` a file that was replaced is taken up by itself (looked for once a second at
    most). `epoch` grows with every file taken up. Raises CatalogError when the file is missing or is
    no catalogue; with `verify` also when its bytes or rows are not those that were written.

    `allow` and `deny` are globs of model ids by provider (`deny={"openai": ["gpt-3*"]}`), deny beats
    allow: what they leave out is in no answer, see allowed(). `prefer` orders providers for select().

    Safe to share between threads, and in forked processes, which open the file anew. A call that is
    under way ends on the file on which it began, and so do the details of a Model; a file closes when
    the last of them is gone. A context manager; see close().
    """

    at: str | None = None
    """The instant that a catalogue from as_of() shows; None: the present."""

    _filters: Filters | None = None
    _prefer: tuple[str, ...] | None = None

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        watch: bool = False,
        verify: bool = False,
        allow: Globs | None = None,
        deny: Globs | None = None,
        prefer: str | Iterable[str] | None = None,
    ) -> None:
        if allow is not None or deny is not None or prefer is not None:
            self._filter(allow, deny, prefer)
        found = locate(path)
        if verify:
            from llmcat.storage.checks import verify as verify_file

            verify_file(found)
        self._current = Current(open_file(found), self._reader_maker(), path, watch=watch)

    @classmethod
    def from_sources(
        cls, *sources: Any, provider_aliases: Mapping[str, str] = {}, strict: bool = True
    ) -> Self:
        """A catalogue in memory, through the same pipeline as `llmcat build`; no file is made.

        A source is a mapping (`{"openai": {"models": [{"id": "gpt-4o", "cost": {"input": 0}}]}}`) or
        a pair of kind and path (`("yaml", "models.yml")`), lowest precedence first. Raises SourceError
        and EmptyCatalog as a build does, and Rejected for the first record or field that cannot be
        taken; with strict=False the catalogue goes without it, and has it in the table rejects.
        """
        from llmcat.pipeline.memory import in_memory

        catalog = cls.__new__(cls)
        file = in_memory(sources, provider_aliases, strict)
        catalog._current = Current(file, Reader, None)
        return catalog

    def with_overrides(self, *overrides: Any, strict: bool = True) -> Self:
        """This catalogue with `overrides` (sources and `strict` as in from_sources) on top, in memory."""
        reader = self._now()
        if self.at is not None:
            raise CatalogError(f"the state of {self.at} is over; override the present catalogue")
        if reader.file.stamp is None:
            raise CatalogError("a catalogue in memory has no file to build upon; use from_sources")
        aliases = dict(reader.connection.execute("SELECT alias, provider FROM provider_aliases"))
        with reader.file.readable_path() as path:
            new = self.from_sources(
                ("catalog", path), *overrides, provider_aliases=aliases, strict=strict
            )
        new._filters, new._prefer = self._filters, self._prefer
        new._current = Current(new._current.open().file, new._reader_maker(), None)
        return new

    def as_of(self, at: str | date, *, clamp: bool = False) -> Self:
        """The catalogue as it was at an instant: the same calls, the user's SQL too, on that past.

        `at` is a day (its first second), a datetime, or text such as "2026-03-01T10:00Z". What is
        recorded is what the sources said then, and which providers were there; what is said of these,
        aliases and what is derived are today's, and of a provider gone since only its id is known.
        Raises TooEarly before the first record, unless `clamp` takes that one.
        """
        from llmcat.history.changes import clamp as clamped

        reader = self._now()
        past = type(self).__new__(type(self))
        past.at = clamped(reader.connection, instant(at), clamp)
        past._filters, past._prefer = self._filters, self._prefer
        file = reader.file.source
        past._current = Current(file, past._reader_maker(), file.path, epoch=self.epoch)
        return past

    def reload(self) -> None:
        """Open the file again, or the one that is the newest now, and forget what was read.

        Calls that are under way in other threads end on the old file. Raises CatalogError, and stays
        with the old file, when the new one is no catalogue.
        """
        self._current.reload()

    def close(self) -> None:
        """Let go of the file. It closes once calls under way in other threads have ended, and no Model
        is left that may be asked for its details. The next call opens it again."""
        self._current.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Catalog({self.path!r})"

    @property
    def path(self) -> str:
        """The path of the file, as it was opened; `:memory:` where there is none."""
        return self._current.path

    @property
    def epoch(self) -> int:
        """How many files this catalogue has taken up: one to begin with."""
        return self._current.epoch

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's read-only connection to the file."""
        return self._now().connection

    @property
    def database(self) -> Any:
        """This thread's connection as a sqlite_utils.Database."""
        import sqlite_utils

        return sqlite_utils.Database(self.connection)

    def sql(
        self,
        sql: str,
        parameters: Parameters = (),
        *,
        max_seconds: float = 5.0,
        max_rows: int = 100_000,
    ) -> Rows:
        """The rows of a SELECT as dictionaries: `cat.sql("select … where id = :id", {"id": …})`.

        Runs read-only behind an authorizer. Raises QueryError for SQL that is wrong, that would
        write, or that goes over a limit.
        """
        return select(self._now().file, sql, parameters, max_seconds, max_rows)

    def info(self) -> Info:
        """The row of `catalog`, a dictionary, with `sources` in order of precedence; and its `.age`."""
        file = self._now().file
        facts = select(file, "SELECT * FROM catalog")[0]
        return Info(facts, sources=select(file, "SELECT * FROM sources ORDER BY position"))

    def model(self, spec: str, *, fallback: bool = False) -> Model:
        """The model that `spec` (`provider:id`) names, or that resolve() finds by another name: `.spec`
        says which it is, and so do all calls that take a spec.

        With `fallback`, an unknown model of a local provider is answered by the marked defaults of
        llmcat.lookup.fallback, never kept as facts. Raises ModelNotFound and Ambiguous, LookupErrors.
        """
        if (kept := self._current.models.get(spec)) is not None:
            return kept
        reader = self._now()
        try:
            return reader.models.get(spec) or read_model(reader, spec)
        except ModelNotFound:
            if not fallback:
                raise
            from llmcat.lookup.fallback import local_fallback

            if (model := local_fallback(reader.connection, spec)) is None:
                raise
            return model

    def __contains__(self, spec: object) -> bool:
        """Whether a model answers to this spec: what the build's filters denied does not."""
        try:
            return isinstance(spec, str) and bool(self.model(spec))
        except (LookupError, ValueError):
            return False

    def allowed(self, spec: str) -> bool:
        """Whether the filters, those of the build and of this catalogue, let a model through.

        False for one that they leave out; ModelNotFound for one that nobody knows. model() raises
        ModelDenied, a ModelNotFound, for the former.
        """
        try:
            return bool(self.model(spec))
        except ModelDenied:
            return False

    def models(self, provider: str | None = None) -> list[Model]:
        """All models, or those of one provider, ordered by spec.

        Raises ProviderNotFound, a LookupError, for a provider that does not exist.
        """
        reader = self._now()
        return reader.all(providers.rows_of(reader.connection, provider))

    def resolve(
        self,
        asked: str,
        *,
        scope: str | Sequence[str] | None = None,
        strict: bool = False,
        base: bool = False,
    ) -> Resolution:
        """Which model is meant by what gateways, SDKs and people write: `.spec`, `.rule`, `.region`.

        `scope` restricts to a provider or several; with `strict` a bare id of several providers is
        ambiguous even where the lab that made the model is among them; with `base` a fine-tune is its
        base. Never guesses: raises ModelNotFound with suggestions, or Ambiguous with the candidates.
        """
        from llmcat.lookup.resolve import resolve

        asked, connection = name_given(asked), self._now().connection
        return resolve(connection, asked, scope=scope, strict=strict, base=base)

    def provider(self, id: str) -> Provider:
        """The provider with this id, or known by this other name; `-` and `_` count alike.

        Raises ProviderNotFound, a LookupError, with suggestions.
        """
        return providers.provider(self._now().connection, id)

    def providers(self, features: str | Iterable[str] = ()) -> list[Provider]:
        """All providers, or those that support this endpoint or feature or all of these, by id."""
        return providers.providers(self._now().connection, _several(features))

    def default_model(self, provider: str) -> Model | None:
        """The model to take at a provider when none is named; None where nobody says one."""
        reader = self._now()
        found = providers.provider(reader.connection, provider)
        if found.default_model is None:
            return None
        return read_model(reader, f"{found.id}:{found.default_model}")

    def find(self, **options: Unpack[FindOptions]) -> list[Model]:
        """The models that fit all options; llmcat.choosing.options says what each option means.

        Deprecated and retired models stay out unless asked for. Unknown is neither true nor false: a
        required capability must be known to be there, an unknown price fails max_cost_input. Ordered
        by spec unless `order_by` names a column (`-` before it: largest first), unknown last.

        Raises UnknownCapability, UnknownColumn and OptionError (ValueErrors) and ProviderNotFound.
        """
        from llmcat.choosing.find import day_given, find_rows

        reader = self._now()
        wanted = self._then(options)
        return reader.all(find_rows(reader.connection, **wanted), day_given(wanted))

    def select(
        self,
        *,
        prefer: str | Iterable[str] | None = None,
        scope: str | Iterable[str] | None = None,
        **options: Unpack[FindOptions],
    ) -> Model | None:
        """The best model that fits, None where none does; options and errors are those of find().

        `prefer` orders providers (None: as this catalogue prefers), `scope` restricts to one or several. Then the lowest blended price
        (3 parts input, 1 part output, unless `blend` says otherwise), the maker's own offer, the
        newest release; `order_by` replaces these three.
        """
        from llmcat.choosing.find import day_given
        from llmcat.choosing.select import select_row

        reader = self._now()
        prefer = self._preferred(reader, prefer)
        wanted = self._then(options)
        row = select_row(reader.connection, prefer=prefer, scope=scope, **wanted)
        return reader.model(row, day_given(wanted)) if row else None

    def explain(
        self,
        *,
        prefer: str | Iterable[str] | None = None,
        scope: str | Iterable[str] | None = None,
        **options: Unpack[FindOptions],
    ) -> Explanation:
        """How select() comes to its answer: `.model`, `.steps` with how many models each requirement
        left, `.emptied_by`."""
        from llmcat.choosing.find import day_given
        from llmcat.choosing.select import explain_selection

        reader = self._now()
        prefer = self._preferred(reader, prefer)
        wanted = self._then(options)
        found = explain_selection(reader.connection, prefer=prefer, scope=scope, **wanted)
        return found._replace(model=found.model and reader.model(found.model, day_given(wanted)))

    def offers(self, asked: str, **options: Unpack[FindOptions]) -> list[Offer]:
        """One model at every provider that serves it, the cheapest first: `.model`, `.same`, `.outlier`.

        `asked` is a base model (lab/model, or its name alone), a spec, or what resolve() understands.
        `same` is "base_model" where upstream says so; offers of which nobody says a base model and whose
        id is equal follow behind as "id". Outliers, prices that stand out from those of the other
        offers, come last of their kind. Options and errors are those of find(), and of resolve().
        """
        from llmcat.choosing.find import day_given
        from llmcat.choosing.offers import Offer, offer_rows

        reader = self._now()
        wanted = self._then(options)
        found = offer_rows(reader.connection, name_given(asked), wanted)
        models = reader.all([row for row, _, _ in found], day_given(wanted))
        return [Offer(model, same, out) for model, (_, same, out) in zip(models, found)]

    def search(
        self, text: str, *, limit: int = 20, offset: int = 0, provider: str | None = None
    ) -> list[Model]:
        """Models by words, ids or names, the best match first; any text is safe.

        Exact ids and names come first, a lab's own API before resellers. Words may be begun only.
        Nothing is guessed: where nothing matches, correct() may know what was meant.
        """
        from llmcat.choosing.search import search

        reader = self._now()
        name_given(text)
        within = providers.provider(reader.connection, provider).id if provider else None
        options: Any = {"limit": limit, "offset": offset, "provider": within}
        return reader.all(search(reader.connection, text, today=self._day(), **options))

    def correct(self, text: str) -> str | None:
        """`text` with a typo or two mended so that search() finds something; None if it can't be."""
        from llmcat.choosing.search import correct

        return correct(self._now().connection, text)

    def compare(self, specs: str | Iterable[str]) -> Comparison:
        """Models side by side, in the order given; what does not exist is in `.unknown`."""
        from llmcat.choosing.compare import compare

        reader, found, unknown = self._now(), [], []
        for spec in _several(specs):
            try:
                found.append(reader.models.get(spec) or read_model(reader, spec))
            except LookupError:
                unknown.append(spec)
        outliers = reader.connection.execute("SELECT field, spec FROM outliers").fetchall()
        return compare(found, unknown, set(outliers))

    def cost(
        self,
        spec: str,
        input_tokens: int = NOT_COUNTED,
        output_tokens: int = NOT_COUNTED,
        cache_read_tokens: int = 0,
        cache_write_tokens: int = 0,
        input_audio_tokens: int = 0,
        output_audio_tokens: int = 0,
        reasoning_tokens: int = 0,
        cache_write_1h_tokens: int = 0,
        *,
        at: str | date | None = None,
        mode: str = "standard",
        region: str = "",
        **more: float | Decimal,
    ) -> CallCost:
        """What a call costs in US dollars, exactly: `.total`, `.breakdown`, `.tier`, `.assumed`, and
        `.unbilled`, the counts that have no price.

        `input_tokens` include cached, cache-written and audio ones, `output_tokens` include reasoning
        and audio ones. `more` are the other counts of llmcat.usage.Usage: images, seconds, characters,
        pages, requests, web_searches, …, and meters with a size class, such as image_1k. `at` is an
        instant (UTC text), without it the prices of now hold; `region` such as "eu" or "us-east-1".

        Raises UnknownPrice where a price that is needed is not known, ModelNotFound, and UsageError (a
        ValueError) for counts that cannot be, and where nothing is counted.
        """
        current = self._current
        if current.watch:
            current.look_again()
        reader = current.reader or current.open()
        try:
            prices = reader.prices[spec, at]
        except (KeyError, TypeError):  # not read yet, or no spec or instant at all, as it says then
            prices = self._price_list(reader, spec, at)
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
            region,
            **more,
        )

    def cost_of(
        self,
        spec: Any,
        usage: Any = None,
        *,
        at: str | date | None = None,
        mode: str | None = None,
        region: str | None = None,
    ) -> CallCost:
        """What a call costs by what its API returned: `cost_of(response)`, the whole response with model,
        usage, time and tier in it (of a stream its last chunk), or `cost_of(spec, usage)`, where either
        may be a dictionary or an SDK's object. Cached tokens are counted once.

        Without `mode`, `region` and `at`, what the response says of tier, region and time holds, where that
        has prices; `assumed` says so where it has none. Numbers that nothing bills stand in `unbilled`.
        Raises what cost() raises, and UsageError where no count is known.
        """
        from llmcat.lookup.named import cost_of_call

        moment = self.at if at is None else instant(at)
        return cost_of_call(self._now(), spec, usage, at, moment, mode=mode, region=region)

    def costs(
        self, calls: Iterable[Mapping[str, Any]], *, at: str | date | None = None
    ) -> tuple[list[CallCost], Decimal]:
        """What many calls cost, each a mapping of `spec` and counts, and their exact sum."""
        from llmcat.pricing.cost import cost_many, total_cost

        reader = self._now()
        found = cost_many(lambda spec: self._price_list(reader, spec, at), calls)
        return found, total_cost(found)

    def bill(
        self,
        rows: str | os.PathLike[str] | Iterable[Any],
        *,
        by: str | Iterable[str] = (),
        columns: Mapping[str, str] = {},
        instead: str | Iterable[str] = (),
        cheapest: bool = False,
        require: str | Iterable[str] = (),
    ) -> Bill:
        """What the calls of a log cost, each at the prices of its day: `.total`, `.rows`, `.unpriced`.

        `rows` are mappings, or lines of JSON, in any format that llmcat.pricing.logs knows, or the path
        of a file of them. `by` groups by model, provider, day, month (UTC), user, tag and mode;
        `columns` says which column holds what, where its name does not: {"model": "deployment"}.
        `instead` names models at which the same tokens are reckoned as well; with `cheapest`,
        `.elsewhere` has for each model the cheapest with all of its capabilities, or those of `require`.

        Raises SourceError for a file that cannot be read, OptionError, and ModelNotFound for `instead`.
        What cannot be priced is no error: it is counted in `.unpriced`.
        """
        from llmcat.pricing.bill import groups_of, make_bill
        from llmcat.pricing.logs.log_file import add_log
        from llmcat.pricing.tally import Tally

        tally = Tally(self, groups_of(by))
        add_log(tally, rows, columns)
        others, needed = _several(instead), _several(require)
        return make_bill(tally, self, instead=others, cheapest=cheapest, require=needed)

    def price_list(self, spec: str, at: str | date | None = None) -> Prices:
        """All prices of a model, now or at an instant; what cost() reckons with, kept once read."""
        return self._price_list(self._now(), spec, at)

    def prices(self, spec: str) -> list[PriceInterval]:
        """Every price of a model in USD per 1M tokens, by mode, tier and meter, and when it was
        listed. For a model that is gone, too; ModelNotFound for one that never was."""
        from llmcat.history.changes import price_intervals
        from llmcat.lookup.former import former_spec

        connection = self._now().connection
        return price_intervals(connection, former_spec(connection, spec))

    def rates_between(self, spec: str, start: str | date, end: str | date) -> list[PriceInterval]:
        """The prices listed at any time from `start` until before `end`, cut to that time."""
        from llmcat.history.changes import rates_between
        from llmcat.lookup.former import former_spec

        connection = self._now().connection
        named = former_spec(connection, spec)
        return rates_between(connection, named, instant(start), instant(end))

    def history(self, spec: str, field: str | None = None) -> list[Change]:
        """What changed of a model (or a provider), the oldest first; of one field, if named.

        `field` is a column of models or a path in the details: `cost_input` or `cost.input`. Raises
        UnknownField for one that is neither a column nor known to any change.
        """
        from llmcat.history.changes import changes
        from llmcat.lookup.former import former_spec

        connection = self._now().connection
        named = former_spec(connection, spec)
        return changes(connection, spec=named, field=field, suspect=True)

    def changes(
        self,
        since: str | date | None = None,
        until: str | date | None = None,
        *,
        provider: str | None = None,
        **narrow: Unpack[ChangeOptions],
    ) -> list[Change]:
        """What changed from `since` until before `until`, the oldest first.

        `provider` may be one that is gone; what was recorded of it goes before today's other names.
        `kind` is added, removed or changed. `min_ratio` keeps numbers that moved by that part or more
        (0.2: a fifth), `direction` those that went "up" or "down". Without `backfill`, values that
        merely became known stay out; suspect price moves stay out unless asked for. Raises OptionError
        (a ValueError), of which UnknownField is one, and ProviderNotFound.
        """
        from llmcat.history.changes import changes
        from llmcat.lookup.former import recorded_provider

        connection = self._now().connection
        return changes(
            connection,
            since=None if since is None else instant(since),
            until=None if until is None else instant(until),
            provider=None if provider is None else recorded_provider(connection, provider),
            **narrow,
        )

    def capability_history(self, spec: str | None = None) -> Rows:
        """Which model (or this one) gained or lost which capability, and when, the newest first.

        Rows with at, spec, capability, event (gained, lost, denied: it became known to be missing, or
        unknown: nothing is said of it any more), backfill (1: it became known, 0: it changed) and source.
        """
        from llmcat.lookup.former import former_spec

        file = self._now().file
        named = None if spec is None else former_spec(file.connection, spec)
        query = "SELECT * FROM capability_history WHERE :spec IS NULL OR spec = :spec"
        return select(file, query, {"spec": named})

    def deprecations(self, days: int = 90, *, today: str | date | None = None) -> list[Model]:
        """Models in service that will be deprecated or retired within `days` days, the next first.

        Raises OptionError when `days` is negative or reaches beyond the calendar, or `today` is no day.
        """
        from llmcat.history import lifecycle

        reader = self._now()
        day = self._day() or this_day() if today is None else instant(today)[:10]
        return reader.all(lifecycle.ending_soon(reader.connection, day, days), day)

    def _now(self) -> Reader:
        """What the present call reads from, from its beginning to its end."""
        current = self._current
        if current.watch:
            current.look_again()
        return current.reader or current.open()

    def _day(self) -> str | None:
        """The day of this catalogue's past; None in the present."""
        return self.at and self.at[:10]

    def _filter(
        self, allow: Globs | None, deny: Globs | None, prefer: str | Iterable[str] | None
    ) -> None:
        from llmcat.arguments import names
        from llmcat.storage.filters import read_filters

        self._filters = read_filters(allow, deny)
        self._prefer = None if prefer is None else tuple(names("prefer", prefer))

    def _reader_maker(self) -> Callable[[OpenFile], Reader]:
        """What makes the reader of an open file; it must not refer to this catalogue."""
        if self.at is None and self._filters is None:
            return Reader
        from functools import partial

        if self.at is None and self._filters is not None:
            from llmcat.storage.filters import filtered_reader

            return partial(filtered_reader, filters=self._filters)
        from llmcat.history.as_of import reader_of_the_past

        return partial(reader_of_the_past, at=str(self.at), filters=self._filters)

    def _preferred(self, reader: Reader, prefer: str | Iterable[str] | None) -> Any:
        """The providers to prefer: those of the call, of this catalogue, of the build."""
        if prefer is None and self._prefer is None:
            from llmcat.choosing.select import preferred_by_the_build

            return preferred_by_the_build(reader.connection)
        return self._prefer if prefer is None else prefer

    def _then(self, options: Any) -> Any:
        """Options of find, with the day of this catalogue's past where no other is given."""
        return options if self.at is None else {"today": self._day(), **options}

    def _price_list(self, reader: Reader, spec: str, at: str | date | None) -> Prices:
        return kept_prices(reader, spec, at, self.at if at is None else instant(at))


def _several(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)
