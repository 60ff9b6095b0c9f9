"""From the names of a model in a log to the model that answered, each looked up once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmcat.errors import Ambiguous, LlmcatError, ModelNotFound, ProviderNotFound
from llmcat.pricing.logs.call import Call, UnreadCall, instant_of
from llmcat.pricing.periods import Periods

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.lookup.resolve import Resolution

MOST_NAMES = 100_000
"""Spellings of models, and periods of each, of which the meaning is remembered."""

RULES_BY_TIME = ("unique", "recorded")
"""By these a name may have meant another model before: see resolve_at()."""

Names = tuple["str | None", str, "str | None"]
"""The provider, the model that answered and the one that was asked for, as a log names them."""


class Named(NamedTuple):
    """The model that a name means, the region that the name says, what had to be assumed, and the first period
    with the same prices."""

    spec: str
    region: str | None
    assumed: tuple[str, ...]
    period: int


class Meaning(NamedTuple):
    """What names mean, and whether they mean it at any time."""

    found: Resolution | UnreadCall
    always: bool


class NamesInLogs:
    """The meanings of names, remembered: for a period, and for all where they depend on no time."""

    def __init__(self, catalog: Catalog, periods: Periods) -> None:
        self._catalog = catalog
        self._periods = periods
        self._named: dict[tuple[Names, int], Named | UnreadCall] = {}
        self._always: dict[Names, Meaning] = {}

    def model_of(self, call: Call, period: int) -> Named:
        """The model that answered a call. Raises UnreadCall where nobody knows it."""
        key = call.provider, call.model, call.requested
        named = self._named.get((key, period))
        if named is None:
            named = self._name(key, call, period)
        if isinstance(named, UnreadCall):
            raise named
        return named

    def _name(self, key: Names, call: Call, period: int) -> Named | UnreadCall:
        meaning = self._always.get(key) or self._meaning(call)
        if len(self._named) >= MOST_NAMES:
            self._named.clear()
            self._always.clear()
        if meaning.always:
            self._always[key] = meaning
        found = meaning.found
        named: Named | UnreadCall
        if isinstance(found, UnreadCall):
            found.__traceback__ = None
            named = found
        else:
            first_alike = self._periods.first_alike(found.spec, period)
            named = Named(found.spec, found.region, found.assumed, first_alike)
        self._named[key, period] = named
        return named

    def _meaning(self, call: Call) -> Meaning:
        """The model that answered: the one that the answer names, at the provider that
        the log, or else the name that was asked for, tells; where it is not known there, the model that
        was asked for."""
        try:
            return self._resolve(call)
        except ProviderNotFound:
            return self._anywhere(call)
        except (ModelNotFound, Ambiguous) as error:
            one_name = call.requested is None or call.requested == call.model
            return Meaning(_unread(call, error), one_name and getattr(error, "at_no_time", False))
        except LlmcatError as error:
            return Meaning(UnreadCall("unknown model", str(error)[:200], call.model), False)

    def _anywhere(self, call: Call) -> Meaning:
        """The model of a call at a provider that has a name of its own in the log, as those of Codex's
        configuration do."""
        found, always = self._meaning(call._replace(provider=None))
        if isinstance(found, UnreadCall):
            return Meaning(found, always)
        why = f"provider {call.provider!r} is none of the catalogue: billed as {found.spec}"
        return Meaning(found._replace(assumed=(why, *found.assumed)), always)

    def _resolve(self, call: Call) -> Meaning:
        """What the names mean, or meant when the call was made, if that is known."""
        at, scope = instant_of(call.at), call.provider
        always = True

        def resolve(name: str, scope: str | None) -> Resolution:
            nonlocal always
            before, always = always, False  # what fails may have been found at another time
            found = self._catalog.resolve(name, scope=scope, at=at)
            always = before and found.rule not in RULES_BY_TIME
            return found

        if call.requested is None or call.requested == call.model:
            return Meaning(resolve(call.model, scope), always)
        if scope is None:
            try:
                scope = resolve(call.requested, None).spec.partition(":")[0]
            except LlmcatError:
                return Meaning(resolve(call.model, None), always)
        try:
            return Meaning(resolve(call.model, scope), always)
        except LlmcatError:
            return Meaning(resolve(call.requested, scope), always)


def _unread(call: Call, error: ModelNotFound | Ambiguous) -> UnreadCall:
    if isinstance(error, Ambiguous):
        return UnreadCall("ambiguous model", str(error)[:200], call.model)
    near = f"did you mean {', '.join(error.suggestions)}?" if error.suggestions else ""
    return UnreadCall("unknown model", near, call.model)
