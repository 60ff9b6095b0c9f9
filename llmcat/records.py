"""What the catalogue hands out: Model, Details, Provider.

Each is a row: its fields are the columns of the table that its docstring names, in that order, and
catalog.db.template says of each what it holds and in which unit. They are named tuples because a
named tuple is made from a row in C, and importing dataclasses alone would cost a third of the time
to the first answer.

Unknown is None: never 0, False or free.
"""

# no `from __future__ import annotations`: NamedTuple would compile each annotation, a hundred texts, and
# that takes longer than all else here

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

from llmcat.errors import LlmcatError, UnknownFeature
from llmcat.meters import NOT_COUNTED, STANDARD

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from llmcat.pricing.cost_result import CallCost
    from llmcat.pricing.price_list import Prices


Record = TypeVar("Record", bound=type)


def not_as_json(record: Record) -> Record:
    """A class decorator of named tuples: json.dumps, which writes any tuple as a list of values without
    their names, raises LlmcatError that says how to write it with them."""
    record.__iter__ = _values  # type: ignore[attr-defined]
    return record


def _values(row: tuple[Any, ...]) -> Iterator[Any]:
    if sys._getframe(1).f_globals.get("__name__") == "json.encoder":
        kind = type(row).__name__
        raise LlmcatError(
            f"json would write this {kind} without the names of its values; write its .as_dict(), or"
            " .to_dicts() of a list"
        )
    return tuple.__iter__(row)


class ModelRow(NamedTuple):
    """The columns of `models`: identity, lifecycle, limits, prices, then arrays, then flags."""

    spec: str
    provider: str
    id: str
    name: str | None
    family: str | None
    base_model: str | None
    provider_model_id: str | None
    task: str | None
    dimensions: int | None
    billing: str | None
    description: str | None
    status: str | None
    release_date: str | None
    release_month: str | None
    last_updated: str | None
    knowledge: str | None
    deprecated_on: str | None
    retires_on: str | None
    replacement: str | None
    license: str | None
    quality_tier: str | None
    source: str | None
    valid_from: str | None
    limit_context: int | None
    limit_input: int | None
    limit_output: int | None
    cost_input: float | None
    cost_output: float | None
    cost_cache_read: float | None
    cost_cache_write: float | None
    cost_reasoning: float | None
    cost_input_audio: float | None
    cost_output_audio: float | None
    cost_image: float | None
    cost_second: float | None
    cost_character: float | None
    cost_page: float | None
    cost_request: float | None
    cost_query: float | None
    modalities_input: tuple[str, ...]
    modalities_output: tuple[str, ...]
    capabilities: tuple[str, ...]
    tags: tuple[str, ...]
    aliases: tuple[str, ...]
    open_weights: bool | None
    first_party: bool | None
    contested: bool | None
    chat: bool | None
    streaming: bool | None
    tools: bool | None
    parallel_tools: bool | None
    tool_choice: bool | None
    structured_output: bool | None
    json_mode: bool | None
    reasoning: bool | None
    temperature: bool | None
    attachment: bool | None
    vision: bool | None
    audio_input: bool | None
    video_input: bool | None
    pdf_input: bool | None
    image_generation: bool | None
    audio_output: bool | None
    embeddings: bool | None
    prompt_caching: bool | None
    web_search: bool | None
    computer_use: bool | None
    code_execution: bool | None


ARRAY_FIELDS = ("modalities_input", "modalities_output", "capabilities", "tags", "aliases")
"""Fields of ModelRow that are JSON arrays in the file."""

FIRST_ARRAY = ModelRow._fields.index(ARRAY_FIELDS[0])
FIRST_FLAG = ModelRow._fields.index("open_weights")
FLAG_FIELDS = ModelRow._fields[FIRST_FLAG:]
"""Fields of ModelRow that are 1, 0 or NULL in the file."""


@not_as_json
class Model(ModelRow):
    """A model at a provider: a row of `models`, limits in tokens, prices in USD per 1M tokens or, where
    the name says so, per image, second, character, page, request or query.

    `details` is read from the file only when asked for. `as_dict()` is what becomes JSON.
    """

    def read_with(self, shared: "Mapping[str, Callable[..., Any]]") -> "Model":
        """This new model, its details read by `shared["_read_details"]`, its prices by `_read_prices`.

        All models of one file share the mapping: one of its own would cost each 200 bytes.
        """
        set_attributes(self, shared)
        return self

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a model does not change; use model._replace({name}=…)")

    def _read_details(self, spec: str) -> "Details":
        raise LlmcatError(f"this copy of {spec} has left its catalogue; ask cat.model({spec!r})")

    def _read_prices(self, spec: str, at: "str | date | None") -> "Prices":
        raise LlmcatError(f"{spec} is no model of an open catalogue; ask cat.cost({spec!r}, …)")

    def cost(
        self,
        input_tokens: int = NOT_COUNTED,
        output_tokens: int = NOT_COUNTED,
        *,
        at: "str | date | None" = None,
        mode: str = STANDARD,
        region: str = "",
        **counts: "float | Decimal",
    ) -> "CallCost":
        """What a call of this model costs in US dollars, by the prices of the file that it is from:
        `model.cost(1_000, 500).total`. Arguments and errors are those of Catalog.cost(), and LlmcatError
        for a model that was pickled or made by hand.
        """
        prices = self._read_prices(self.spec, at)
        return prices.cost(input_tokens, output_tokens, mode, region, **counts)

    @property
    def details(self) -> "Details":
        """Tiers, modes, capability facts, links and provenance: the row of `model_details`, of the very
        file that the model is from, though another stand in its place by now.

        Raises LlmcatError for a model that was pickled: it is only the row.
        """
        return self._read_details(self.spec)

    def as_dict(self) -> dict[str, Any]:
        """The columns by name, arrays as lists: `json.dumps(model.as_dict())`. Unknown is None."""
        return json_ready(self._asdict())

    def _repr_html_(self) -> str:
        """In a notebook: what is known of it; its flags stand among its capabilities."""
        from llmcat.rendering.table import record_table

        flags = FLAG_FIELDS[FLAG_FIELDS.index("chat") :]
        return record_table({k: v for k, v in self.as_dict().items() if k not in flags})

    def _replace(self, **values: Any) -> "Model":
        return super()._replace(**values).read_with(self.__dict__)

    def __reduce__(self) -> tuple[Any, ...]:
        return Model, tuple(self)

    def __copy__(self) -> "Model":
        return self

    def __deepcopy__(self, memo: object) -> "Model":
        return self

    def __repr__(self) -> str:
        known = ((k, v) for k, v in zip(self._fields, self) if v is not None and v != ())
        return f"Model({', '.join(f'{k}={v!r}' for k, v in known)})"


set_attributes = Model.__dict__["__dict__"].__set__
"""Sets the attributes of a model at once, past its __setattr__."""


@not_as_json
class Details(NamedTuple):
    """A row of `model_details`, its JSON decoded; an absent object is empty, an absent value None."""

    spec: str
    limits: Mapping[str, Any]
    cost: Mapping[str, Any]
    modes: Mapping[str, Any]
    regions: Mapping[str, Any]
    hours: Mapping[str, Any]
    dated_prices: Any
    capabilities: Mapping[str, Any]
    serving: Mapping[str, Any]
    links: Any
    weights: Any
    benchmarks: Any
    notes: Any
    task_complexity_score: Mapping[str, Any]
    metadata: Mapping[str, Any]
    extra: Mapping[str, Any]
    provenance: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The columns by name, ready for json.dumps."""
        return json_ready(self._asdict())


@not_as_json
class Provider(NamedTuple):
    """A row of `providers`, its JSON decoded."""

    id: str
    name: str | None
    api: str | None
    npm: str | None
    doc: str | None
    env: tuple[str, ...]
    endpoints: tuple[str, ...]
    authentication: tuple[str, ...]
    features: tuple[str, ...]
    limitations: Mapping[str, Any]
    default_model: str | None
    local: bool | None
    retires_on: str | None
    extra: Mapping[str, Any]
    provenance: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The columns by name, arrays as lists: ready for json.dumps. Unknown is None."""
        return json_ready(self._asdict())

    def supports(self, word: str) -> bool:
        """Whether `word`, in any spelling of capabilities, is an endpoint or a feature of its API.

        Raises UnknownFeature, with suggestions, for a word that neither llmcat nor this provider knows.
        """
        from llmcat.capabilities import KNOWN_WORDS, canonical

        if self.has(word):
            return True
        if canonical(word) not in KNOWN_WORDS:
            from llmcat.suggestions import near

            raise UnknownFeature(word, near(canonical(word), sorted(KNOWN_WORDS)))
        return False

    def has(self, word: str) -> bool:
        """What supports() answers, False for a word that nobody knows."""
        from llmcat.capabilities import canonical

        name = canonical(word)
        return word in self.endpoints or name in self.endpoints or name in self.features


JSON_PROVIDER_FIELDS: Sequence[str] = (
    "env",
    "endpoints",
    "authentication",
    "features",
    "limitations",
    "extra",
    "provenance",
)
"""Fields of Provider that are JSON in the file."""


def json_ready(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Tuples as lists, so that what is read back from JSON is equal."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in columns.items()}
