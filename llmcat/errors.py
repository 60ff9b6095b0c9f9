"""Every error that llmcat raises on purpose.

LlmcatError                what a caller catches to catch them all
├── ModelNotFound          no such model (also a LookupError); carries suggestions
│   ├── ModelDenied        there is one, but the filters leave it out; carries their rule
│   └── ModelGone          there was one; carries until when, and what replaces it
├── ProviderNotFound       no such provider (also a LookupError); carries suggestions
├── Ambiguous              several models answer equally well (also a LookupError); carries them
├── SpecError              not a model spec: empty segment or wrong form (also a ValueError)
├── UnknownPrice           a call needs a price that is not known; carries spec and meter
├── UsageError             token counts that cannot be, or of unknown shape (also a ValueError)
├── OptionError            an option of a call that is wrong (also a ValueError)
│   ├── UnknownCapability  no capability has this name; carries suggestions
│   ├── UnknownColumn      no column to order by has this name; carries suggestions
│   └── UnknownField       no field has this name, and no change knows it; carries suggestions
├── TooEarly               an instant before the first that the catalogue knows of
├── CatalogError           the catalogue cannot be opened or is not one
│   └── StaleCatalog       its data are older than the policy for age allows (also a UserWarning)
├── QueryError             SQL that is wrong, not read-only or over a limit
├── SourceError            a source that cannot be read; names file, place and reason
│   ├── ConfigError        the user's own settings are wrong
│   ├── Rejected           what from_sources or with_overrides could not take; carries it
│   └── RecipeError        the recipe itself is wrong
├── EmptyCatalog           nothing left to write; the old file stays
├── WriteError             the new file cannot be written; the old file stays
├── LedgerError            the ledger cannot be opened, written or is none
├── ServeError             the catalogue cannot be served: something is not installed, the port is taken
├── BudgetPassed           a ledger's budget is spent; carries period, budget and spent
├── PullError              upstream cannot be fetched; what there is stays
├── PublishError           a catalogue cannot be published, or may not; what is published stays
└── SignatureError         a key or a signature that is not what it should be

The message of each is one line that says what is wrong and what to do about it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decimal import Decimal


LONGEST_MESSAGE = 2_000
"""Characters: a name that somebody asked for may be a book."""


class LlmcatError(Exception):
    """The base of all errors of llmcat. Each is pickled with its parts, suggestions among them, so
    that it comes out of a pool of processes as it was raised."""

    def __str__(self) -> str:
        words = super().__str__()
        if len(words) <= LONGEST_MESSAGE:
            return words
        return f"{words[: LONGEST_MESSAGE // 2]} … {words[-LONGEST_MESSAGE // 2 :]}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, self.__dict__)


def _restored(
    kind: type[LlmcatError], args: tuple[Any, ...], parts: Mapping[str, Any]
) -> LlmcatError:
    error = kind.__new__(kind, *args)  # not kind(*args): that takes the parts and words the message
    error.__dict__.update(parts)
    return error


class _NotFound(LlmcatError, LookupError):
    """Something that was asked for by name is not in the catalogue.

    `name` is the name as given, `suggestions` are near names that do exist.
    """

    what = "name"

    def __init__(self, name: str, suggestions: Sequence[str] = ()) -> None:
        self.name = name
        self.suggestions = tuple(suggestions)
        self.hint = f"; did you mean {', '.join(self.suggestions)}?" if suggestions else ""
        super().__init__(f"no {self.what} {name!r} in the catalogue{self.hint}")


class ModelNotFound(_NotFound):
    """No model answers to this spec, id or alias.

    `unknown_provider` is what stands before the colon (or behind the @) where it is no provider;
    `reason` says why text such as an ARN or a fine-tune names no model that has prices; `at_no_time` is
    True where an instant was given, and no other has such a model either.
    """

    what = "model"
    at_no_time = False

    def __init__(
        self,
        name: str,
        suggestions: Sequence[str] = (),
        unknown_provider: str | None = None,
        reason: str | None = None,
    ) -> None:
        super().__init__(name, suggestions)
        self.unknown_provider = unknown_provider
        self.reason = reason
        if reason is not None:
            self.args = (f"{name!r} is no model of the catalogue: {reason}",)
        if unknown_provider is not None:
            self.args = (f"unknown provider {unknown_provider!r} in {name!r}{self.hint}",)


class ModelDenied(ModelNotFound):
    """The filters leave this model out; `rule` says which: allow, deny or exclude_models."""

    def __init__(self, name: str, rule: str) -> None:
        super().__init__(name)
        self.rule = rule
        self.args = (f"the filters leave {name!r} out (by {rule})",)


class ModelGone(ModelNotFound):
    """The sources list this model no more. `spec` names it, `until` is the instant since when, and
    `replacement` the id that was recommended in its place, if any was."""

    def __init__(
        self,
        name: str,
        spec: str,
        until: str,
        replacement: str | None = None,
        suggestions: Sequence[str] = (),
    ) -> None:
        super().__init__(name, suggestions)
        self.spec = spec
        self.until = until
        self.replacement = replacement
        replaced = f", replaced by {replacement}" if replacement else ""
        self.args = (
            f"{spec} was listed until {until[:10]}{replaced}, and is no more; its last state is there"
            f" with --as-of {day_before(until)}{self.hint}",
        )


def day_before(instant: str) -> str:
    """The day before that of an instant: a day stands for its first second."""
    from datetime import date, timedelta

    return str(date.fromisoformat(instant[:10]) - timedelta(days=1))


class ProviderNotFound(_NotFound):
    """No provider has this id."""

    what = "provider"


class Ambiguous(LlmcatError, LookupError):
    """Several models answer to this name equally well.

    `name` is the name as given, `candidates` are the specs, of which the message lists a few.
    """

    listed = 8

    def __init__(self, name: str, candidates: Sequence[str]) -> None:
        self.name = name
        self.candidates = tuple(candidates)
        more = len(self.candidates) - self.listed
        names = ", ".join(self.candidates[: self.listed]) + (
            f" and {more} more" if more > 0 else ""
        )
        super().__init__(f"{name!r} is ambiguous: name one of {names}, or give a scope")


class SpecError(LlmcatError, ValueError):
    """The text is not a model spec such as `openai:gpt-4o`."""


class UnknownPrice(LlmcatError):
    """A price that a call needs is not known, and unknown is not free.

    `spec` names the model, `meter` what has no price (None: nothing has), `mode` the mode asked for.
    """

    def __init__(
        self,
        spec: str,
        meter: str | None = None,
        mode: str = "standard",
        hint: str = "an overlay can add it",
    ) -> None:
        self.spec = spec
        self.meter = meter
        self.mode = mode
        what = f"price for {meter}" if meter else "price"
        served = "" if mode == "standard" else f" in mode {mode!r}"
        super().__init__(f"{spec}: no {what}{served} is known; {hint}")


class UsageError(LlmcatError, ValueError):
    """Token counts that cannot be, or a usage of unknown shape."""


class OptionError(LlmcatError, ValueError):
    """An option of a call has an unknown name, the wrong type or a value out of range."""


class _UnknownName(OptionError):
    """`name` is the name as given, `suggestions` are near names that exist."""

    what = "name"

    def __init__(self, name: str, suggestions: Sequence[str] = ()) -> None:
        self.name = name
        self.suggestions = tuple(suggestions)
        hint = f"; did you mean {', '.join(self.suggestions)}?" if suggestions else ""
        super().__init__(f"no {self.what} {name!r}{hint}")


class UnknownCapability(_UnknownName):
    """Neither llmcat nor the catalogue knows a capability of this name."""

    what = "capability"


class UnknownFeature(_UnknownName):
    """Neither llmcat nor the provider knows an endpoint or a feature of this name."""

    what = "endpoint or feature"


class UnknownColumn(_UnknownName):
    """Models have no column of this name to order by."""

    what = "column to order by,"


class UnknownField(_UnknownName):
    """Neither a column of models or providers nor a path that any change knows has this name."""

    what = "field"


class TooEarly(LlmcatError, ValueError):
    """The instant `at` is before `first`, the first that the catalogue knows of."""

    def __init__(self, at: str, first: str) -> None:
        self.at = at
        self.first = first
        super().__init__(f"{at} is before the first record, {first}; ask for that instant or later")


class CatalogError(LlmcatError):
    """The file is missing, unreadable or no catalogue."""


class StaleCatalog(CatalogError, UserWarning):
    """The data of the catalogue are older than the policy for age allows: raised, or warned with."""


class QueryError(LlmcatError):
    """The query is wrong, would write, or went over a limit."""


class SourceError(LlmcatError):
    """A source cannot be read: `location` names it, `reason` says why."""

    def __init__(self, location: object, reason: str) -> None:
        self.location = str(location)
        self.reason = reason
        super().__init__(f"{self.location}: {reason}")


class Rejected(SourceError):
    """Files, records or fields of sources that could not be taken; `strict=False` goes on without them.

    `rejects` are their place, spec, field (None: all of the record) and reason.
    """

    def __init__(self, rejects: Sequence[tuple[str, str | None, str | None, str]]) -> None:
        self.rejects = tuple(rejects)
        place, spec, _, reason = self.rejects[0]
        more = len(self.rejects) - 1
        others = f" (and {more:,} more, see .rejects)" if more else ""
        about = f"{spec}: " if spec else ""
        super().__init__(place, f"{about}{reason}{others}; strict=False goes on without it")


class ConfigError(SourceError):
    """A file in the user's config folder is wrong."""


class RecipeError(SourceError):
    """The recipe (catalog.toml) is wrong."""


class EmptyCatalog(LlmcatError):
    """No provider or no model is left, so nothing was written."""


class WriteError(LlmcatError):
    """The new catalogue cannot be written; what was there is untouched."""


class PullError(LlmcatError):
    """Upstream could not be fetched; what was fetched before is untouched.

    `kept` says that something was, and can be used; `refused` that the answer was not plausible.
    `status` is that of the HTTP response, `retry_after` its header, where there was one.
    """

    status: int | None = None
    retry_after: str | None = None

    def __init__(self, reason: str, *, kept: bool = False, refused: bool = False) -> None:
        self.kept, self.refused = kept, refused
        super().__init__(reason)


class PublishError(LlmcatError):
    """A catalogue cannot be published, or may not be; what is published already is untouched."""


class SignatureError(LlmcatError):
    """A key cannot be read or made, or a signature is not by an accepted key over this file."""


class LedgerError(LlmcatError):
    """The file is no ledger, or cannot be opened or written."""


class ServeError(LlmcatError):
    """The catalogue cannot be served: something is not installed, or the port is taken."""


class BudgetPassed(LlmcatError):
    """A ledger's budget is spent: `period` is day or month, `budget` and `spent` are USD (Decimals).

    The call that passed it stands in the ledger: it was made.
    """

    def __init__(self, period: str, budget: Decimal, spent: Decimal) -> None:
        self.period = period
        self.budget = budget
        self.spent = spent
        super().__init__(f"the budget of ${budget} for this {period} is spent: ${spent:f}")
