"""What models cost: the part of a catalogue that knows prices, now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmcat.errors import ModelNotFound, UnknownPrice
from llmcat.named import Named, name_given
from llmcat.opened import KEPT_MODELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from decimal import Decimal

    from llmcat.history.changes import PriceInterval
    from llmcat.pricing.cost import CallCost
    from llmcat.pricing.price_list import Prices


class Priced(Named):
    """What a catalogue answers about money: calls reckoned, prices listed, since when."""

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
        except (KeyError, TypeError):  # not read yet, or no spec or instant at all, as it says then
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
        from llmcat.pricing.cost import cost_of

        return cost_of(self.price_list(spec, at), usage, mode)

    def costs(
        self, calls: Iterable[Mapping[str, Any]], *, at: str | date | None = None
    ) -> tuple[list[CallCost], Decimal]:
        """What many calls cost, each a mapping of `spec` and counts, and their exact sum."""
        from llmcat.pricing.cost import cost_many, total_cost

        found = cost_many(lambda spec: self.price_list(spec, at), calls)
        return found, total_cost(found)

    def price_list(self, spec: str, at: str | date | None = None) -> Prices:
        """All prices of a model, now or at an instant; what cost() reckons with, kept once read."""
        if self._watch:
            self._notice_swap()
        name_given(spec)
        moment = self.at
        if at is not None:
            from llmcat.instants import instant

            moment = instant(at)
        if (kept := self._prices.get((spec, at))) is not None:
            return kept
        prices = self._read_prices(spec, moment)
        if len(self._prices) >= KEPT_MODELS:
            self._prices.clear()
        self._prices[spec, at] = prices
        return prices

    def prices(self, spec: str) -> list[PriceInterval]:
        """Every price of a model in USD per 1M tokens, by mode, tier and meter, and when it was
        listed. For a model that is gone, too; ModelNotFound for one that never was."""
        from llmcat.history.changes import price_intervals

        return price_intervals(self.connection, self._once(spec))

    def rates_between(self, spec: str, start: str | date, end: str | date) -> list[PriceInterval]:
        """The prices listed at any time from `start` until before `end`, cut to that time."""
        from llmcat.history.changes import rates_between
        from llmcat.instants import instant

        return rates_between(self.connection, self._once(spec), instant(start), instant(end))

    def _read_prices(self, spec: str, moment: str | None) -> Prices:
        from llmcat.pricing.price_list import price_list

        errors: list[ModelNotFound | UnknownPrice] = []
        for named in (str, self._then_named, self._spec_of):
            try:
                return price_list(self.connection, named(spec), moment)
            except (ModelNotFound, UnknownPrice) as error:
                errors.append(error)
        raise next((e for e in errors if isinstance(e, UnknownPrice)), errors[-1])
