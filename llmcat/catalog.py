"""The reader: Catalog opens one catalogue and answers from it. Every public call stands here.

What a call needs beyond sqlite3 is imported when it is made, so that a program that only reads pays
for nothing else. No call waits, neither for another process, for a file is opened immutable and never
locked, nor for the network: async code calls it as it is.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from llmcat import choosing, lookup
from llmcat.errors import CatalogError, ModelDenied
from llmcat.instants import instant
from llmcat.lookup.model_by_name import read_model, with_prices
from llmcat.meters import NOT_COUNTED, STANDARD
from llmcat.spec import name_given
from llmcat.storage.checks.damage import calls_tell_damage
from llmcat.storage.current import Current
from llmcat.storage.info import Info, read_info
from llmcat.storage.open_catalog import opened
from llmcat.storage.rows import Models, Providers, Rows, select
from llmcat.storage.views.view import View, make_view

if TYPE_CHECKING:
    import os
    import sqlite3
    from collections.abc import Iterable, Mapping
    from datetime import date
    from decimal import Decimal

    from typing_extensions import Self, Unpack

    from llmcat.arguments import Names
    from llmcat.choosing import Comparison, Explanation, FindOptions, Offers
    from llmcat.history.changes import ChangeOptions, Changes, PriceIntervals
    from llmcat.lookup.resolve import Resolution
    from llmcat.pricing.bill import Bill
    from llmcat.pricing.cost_result import CallCost
    from llmcat.pricing.price_list import Prices
    from llmcat.records import Model, Provider
    from llmcat.storage.models import Reader
    from llmcat.storage.open_file import OpenFile
    from llmcat.storage.sandbox.sql import Parameters
    from llmcat.storage.views.filters import Globs


@calls_tell_damage("model", "cost")
class Catalog:
    """A catalogue of models, read from one SQLite file.

    `path` names the file; without it $LLMCAT_DB, then the newest one installed, then the one in the
    package. It goes on reading that file, whatever takes its place, until reload(); with `watch` a file
    that was replaced is taken up by itself (looked for once a second at most). Raises CatalogError when
    the file is missing or no catalogue; with `verify` also when it is not as it was written.

    `allow` and `deny` are globs of model ids by provider (`deny={"openai": ["gpt-3*"]}`), deny beats
    allow: what they leave out is in no answer, see allowed(). `prefer` orders providers for select().
    `age` (off, warn, error; days as in "warn:14", 30 without; else $LLMCAT_AGE) is for data too old.

    Safe to share between threads, and in forked processes, which open the file anew. A call that is
    under way ends on the file on which it began, and so do the details of a Model. A context manager.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        watch: bool = False,
        verify: bool = False,
        allow: Globs | None = None,
        deny: Globs | None = None,
        prefer: Names = None,
        age: str | None = None,
    ) -> None:
        self._view = make_view(allow, deny, prefer)
        file = opened(path, verify, age)
        self._current = Current(file, partial(with_prices, self._view), path, watch=watch)

    @classmethod
    def from_sources(
        cls, *sources: Any, provider_aliases: Mapping[str, str] = {}, strict: bool = True
    ) -> Self:
        """A catalogue in memory, through the pipeline of `llmcat build`; no file is made.

        A source is a mapping (`{"openai": {"models": [{"id": "gpt-4o", "cost": {"input": 0}}]}}`) or
        a pair of kind and path (`("yaml", "models.yml")`), lowest precedence first. Raises SourceError and
        EmptyCatalog, and Rejected for what cannot be taken, which strict=False puts into table rejects.
        """
        from llmcat.pipeline.in_memory import in_memory

        return cls._showing(View(), in_memory(sources, provider_aliases, strict))

    def with_overrides(self, *overrides: Any, strict: bool = True) -> Self:
        """A copy in memory with `overrides` (sources and `strict` as in from_sources) on top: the models
        that these speak of are built anew, others stay."""
        from llmcat.pipeline.in_memory import overridden

        if self.at is not None:
            raise CatalogError(f"the state of {self.at} is over; override the present catalogue")
        return self._showing(self._view, overridden(self._now(), overrides, strict))

    def as_of(self, at: str | date, *, clamp: bool = False) -> Self:
        """The catalogue as it was at an instant: the same calls, the user's SQL too, on that past.

        `at` is a day (its first second), a datetime, or text such as "2026-03-01T10:00Z". Models, and
        which providers there were, are those of then; facts of providers, aliases and what is derived
        are today's. Raises TooEarly before the first record, unless `clamp` takes that one.
        """
        from llmcat.history.as_of import PastView
        from llmcat.history.changes import clamp as clamped

        reader = self._now()
        at = clamped(reader.connection, instant(at), clamp)
        view = PastView(at, self._view.filters, self._view.prefer)
        return self._showing(view, reader.file.source, reader.file.path, self.epoch)

    @classmethod
    def _showing(cls, view: View, file: OpenFile, path: str | None = None, epoch: int = 1) -> Self:
        catalog = cls.__new__(cls)
        catalog._view = view
        catalog._current = Current(file, partial(with_prices, view), path, epoch=epoch)
        return catalog

    def reload(self) -> None:
        """Open the file again, or the one that is the newest now, and forget what was read. Raises
        CatalogError, and stays with the old file, when the new one is no catalogue."""
        self._current.reload()

    def close(self) -> None:
        """Let go of the file: it closes once no call is under way in other threads, and no Model is
        left that may be asked for its details. The next call opens it again."""
        self._current.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Catalog({self.path!r})"

    @property
    def at(self) -> str | None:
        """The instant that a catalogue from as_of() shows; None: the present."""
        return self._view.at

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
        Read-only. Raises QueryError for SQL that is wrong, would write, or goes over a limit."""
        return select(self._now().file, sql, parameters, max_seconds, max_rows)

    def info(self) -> Info:
        """The row of `catalog`, a dictionary, with `sources` in order of precedence; and its `.age`."""
        return read_info(self._now().file)

    def model(self, spec: str, *, fallback: bool = False) -> Model:
        """The model that `spec` (`provider:id`) names, or that resolve() finds, as in all calls that take a
        spec. With `fallback`, an unknown model of a local provider is answered by the marked defaults
        of llmcat.lookup.fallback. Raises ModelNotFound (and ModelDenied) and Ambiguous, LookupErrors."""
        if (kept := self._current.models.get(spec)) is not None:
            return kept
        return read_model(self._now(), spec, fallback)

    def __getitem__(self, spec: str) -> Model:
        """`cat["openai:gpt-4o"]`: what model() gives."""
        return self.model(spec)

    __iter__ = None  # else Python would ask for cat[0], cat[1], … where a loop wants models()

    def __contains__(self, spec: object) -> bool:
        """Whether a model answers to this spec: what the build's filters denied does not."""
        try:
            return isinstance(spec, str) and bool(self.model(spec))
        except (LookupError, ValueError):
            return False

    def allowed(self, spec: str) -> bool:
        """Whether the filters of the build and this catalogue let a model through; or ModelNotFound."""
        try:
            return bool(self.model(spec))
        except ModelDenied:
            return False

    def models(self, provider: str | None = None) -> Models:
        """All models, or those of one provider, ordered by spec. Raises ProviderNotFound."""
        reader = self._now()
        return reader.several(lookup.specs_of(reader.connection, provider))

    def resolve(
        self,
        name: str,
        *,
        scope: Names = None,
        strict: bool = False,
        base: bool = False,
        at: str | date | None = None,
    ) -> Resolution:
        """Which model `name` means, as gateways, SDKs and people write it: `.spec`, `.rule`, `.region`.

        `scope` restricts to a provider or several; with `strict` a bare id of several providers is
        ambiguous even where the model's lab is among them; with `base` a fine-tune is its base; `at` an
        instant also finds what is gone since. Never guesses: raises ModelNotFound or Ambiguous.
        """
        from llmcat.lookup.former_names import resolve_at

        return resolve_at(self._now().connection, name_given(name), at, scope, strict, base)

    def provider(self, id: str) -> Provider:
        """The provider with this id, or known by this other name; `-` and `_` count alike.
        Raises ProviderNotFound, a LookupError, with suggestions."""
        return lookup.provider(self._now().connection, id)

    def providers(self, features: str | Iterable[str] = ()) -> Providers:
        """All providers, or those that support this endpoint or feature or all of these, by id."""
        return lookup.providers_with(self._now().connection, features)

    def default_model(self, provider: str) -> Model | None:
        """The model to take at a provider when none is named; None where none is known."""
        reader = self._now()
        default = lookup.default_spec(reader.connection, provider)
        return None if default is None else read_model(reader, default)

    def find(self, **options: Unpack[FindOptions]) -> Models:
        """The models that fit all options, each of which llmcat.choosing.options explains.

        Deprecated and retired models stay out unless asked for. Unknown is neither true nor false, and
        fits no requirement. Ordered by spec, or by the column `order_by` (`-` before it: largest first),
        unknown last. Raises UnknownCapability, UnknownColumn, OptionError, ProviderNotFound.
        """
        return choosing.find_models(self._now(), **options)

    def select(
        self, *, prefer: Names = None, scope: Names = None, **options: Unpack[FindOptions]
    ) -> Model | None:
        """The best model that fits, None where none does; options and errors are those of find().

        `prefer` orders providers (None: as this catalogue prefers), `scope` restricts to some. Then the
        lowest blended price (3 parts input, 1 part output, or `blend`), the maker's own offer, the
        newest release; `order_by` replaces these three.
        """
        return choosing.select_model(self._now(), prefer, scope, **options)

    def explain(
        self, *, prefer: Names = None, scope: Names = None, **options: Unpack[FindOptions]
    ) -> Explanation:
        """How select() comes to its answer: `.model`, `.steps` with how many models each requirement
        left, `.emptied_by`."""
        return choosing.explain_model(self._now(), prefer, scope, **options)

    def offers(self, name: str, **options: Unpack[FindOptions]) -> Offers:
        """One model at every provider that serves it, the cheapest first: `.model`, `.same`, `.outlier`.

        `name` is a base model (lab/model, or its name alone), a spec, or what resolve() understands.
        `same` is "base_model" where upstream says so; then follow, as "id", offers with an equal id of
        which no base model is known. Outliers, prices that stand out, come last of their kind. Options
        and errors are those of find() and resolve().
        """
        return choosing.find_offers(self._now(), name, **options)

    def search(
        self, text: str, *, limit: int = 20, offset: int = 0, provider: str | None = None
    ) -> Models:
        """Models by words, ids or names, whole or begun, the best match first; any text is safe. Exact
        ids and names come first, a lab's own API before resellers. For what matches nothing, see correct()."""
        return choosing.search_models(self._now(), text, limit, offset, provider)

    def correct(self, text: str) -> str | None:
        """`text` with a typo or two mended so that search() finds something; None if it can't be."""
        return choosing.correct(self._now().connection, name_given(text))

    def compare(self, specs: str | Iterable[str]) -> Comparison:
        """Models side by side, in the order given; what does not exist is in `.unknown`."""
        return choosing.compare_specs(self._now(), specs)

    def cost(
        self,
        spec: str,
        input_tokens: int = NOT_COUNTED,
        output_tokens: int = NOT_COUNTED,
        *,
        at: str | date | None = None,
        mode: str = STANDARD,
        region: str = "",
        **counts: float | Decimal,
    ) -> CallCost:
        """What a call costs in US dollars, exactly: `.total`, `.breakdown`, `.tier`, `.assumed`, and
        `.unbilled`, the counts that have no price.

        `input_tokens` include cached, cache-written and audio ones, `output_tokens` reasoning and audio.
        `counts` are the others of llmcat.usage.Usage (cache_read_tokens, images, web_searches, …) and
        meters with a size class, such as image_1k. `at` is an instant, without it prices are today's;
        `region` such as "us-east-1". Raises UnknownPrice where a price that is needed is not known,
        ModelNotFound, UsageError (a ValueError) for counts that cannot be or none, TypeError for others.
        """
        current = self._current
        if current.watch:
            current.look_again()
        reader = current.reader or current.open()
        try:
            prices = reader.prices[spec, at]
        except (KeyError, TypeError):  # not read yet, or no spec or instant at all, as it says then
            prices = lookup.kept_prices(reader, spec, at)
        return prices.cost(input_tokens, output_tokens, mode, region, **counts)

    def cost_of(
        self,
        spec: Any,
        usage: Any = None,
        *,
        at: str | date | None = None,
        mode: str | None = None,
        region: str | None = None,
    ) -> CallCost:
        """What a call costs by what its API returned: `cost_of(response)`, the whole response with
        model, usage, time and tier in it (of a stream its last chunk), or `cost_of(spec, usage)`, each a
        dictionary or an SDK's object. Without `mode`, `region` and `at`, those of the response hold where
        that has prices; `assumed` says so where it has none. Numbers that nothing bills stand in
        `unbilled`. Raises what cost() raises, and UsageError where no count is known."""
        return lookup.cost_of_call(self._now(), spec, usage, at, mode, region)

    def costs(
        self, calls: Iterable[Mapping[str, Any]], *, at: str | date | None = None
    ) -> tuple[list[CallCost], Decimal]:
        """What many calls cost, each a mapping of `spec` and counts, and their exact sum."""
        from llmcat.pricing.cost import cost_many, total_cost

        reader = self._now()
        found = cost_many(lambda spec: lookup.kept_prices(reader, spec, at), calls)
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
        """What the calls of a log cost, each at the prices of its day: `.total`, `.rows`, `.unpriced`,
        where calls that cannot be priced are counted.

        `rows` are mappings, or lines of JSON, in any format that llmcat.pricing.logs knows, or the path
        of a file of them. `by` groups by model, provider, day, month (UTC), user, tag and mode;
        `columns` names columns that a log calls otherwise: {"model": "deployment"}. `instead` names
        models at which the same tokens are reckoned as well; with `cheapest`, `.elsewhere` has for each
        model the cheapest with all of its capabilities, or those of `require`. Raises SourceError for
        a file that cannot be read, OptionError, and ModelNotFound for `instead`.
        """
        from llmcat.pricing.bill import bill_of_log

        return bill_of_log(self, rows, by, columns, instead, cheapest, require)

    def price_list(self, spec: str, at: str | date | None = None) -> Prices:
        """All prices of a model, now or at an instant; what cost() reckons with, kept once read."""
        return lookup.kept_prices(self._now(), spec, at)

    def prices(self, spec: str) -> PriceIntervals:
        """Every price of a model, in USD per 1M tokens or per other unit, by mode, tier and meter, and
        when it was listed. For a model that is gone, too; ModelNotFound for one that was never recorded."""
        return lookup.prices_of(self._now().connection, spec)

    def rates_between(self, spec: str, start: str | date, end: str | date) -> PriceIntervals:
        """The prices listed at any time from `start` until before `end`, cut to that time."""
        return lookup.rates_of(self._now().connection, spec, start, end)

    def history(self, spec: str, field: str | None = None) -> Changes:
        """What changed of a model (or a provider), the oldest first; of one `field`, a column of models
        or a path in the details (`cost.input`). Raises UnknownField for one that is neither."""
        return lookup.changes_of(self._now().connection, spec, field)

    def changes(
        self,
        since: str | date | None = None,
        until: str | date | None = None,
        *,
        provider: str | None = None,
        **narrow: Unpack[ChangeOptions],
    ) -> Changes:
        """What changed from `since` until before `until`, the oldest first.

        `provider` may be one that is gone; what was recorded of it goes before today's other names.
        `kind` is added, removed or changed. `min_ratio` keeps numbers that moved by that part or more
        (0.2: a fifth), `direction` those that went "up" or "down". Values that merely became known stay
        out without `backfill`, suspect price moves without `suspect`. Raises OptionError, ProviderNotFound.
        """
        return lookup.changes_between(self._now().connection, since, until, provider, **narrow)

    def capability_history(self, spec: str | None = None) -> Rows:
        """Which model (or this one) gained or lost which capability, and when, the newest first: at,
        spec, capability, event (gained, lost, denied: it became known to be missing, unknown: nothing is
        said of it any more), backfill (1: it became known, 0: it changed) and source."""
        return lookup.capabilities_of(self._now(), spec)

    def deprecations(self, days: int = 90, *, today: str | date | None = None) -> Models:
        """Models in service that will be deprecated or retired within `days` days, the next first.
        Raises OptionError for days and a `today` that are none."""
        from llmcat.history.lifecycle import models_ending

        return models_ending(self._now(), days, today)

    def _now(self) -> Reader:
        """What the present call reads from, from its beginning to its end."""
        current = self._current
        if current.watch:
            current.look_again()
        return current.reader or current.open()


if "IPython" in sys.modules:  # it has imported inspect already
    choosing.complete_in_notebooks(Catalog)
