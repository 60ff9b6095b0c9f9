"""Models and providers by their names: the part of a catalogue that knows who is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcat.errors import ModelNotFound, ProviderNotFound
from llmcat.opened import KEPT_MODELS, MODEL_COLUMNS, Opened
from llmcat.records import Model, Provider

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llmcat.lookup.resolve import Resolution

ONCE = """
SELECT spec FROM model_versions WHERE spec = ?1
UNION ALL SELECT spec FROM changes WHERE spec = ?1 LIMIT 1"""
"""Whether a model or provider is there, or was once."""

RECORDED = "SELECT 1 FROM changes WHERE spec = ? LIMIT 1"


class Named(Opened):
    """What a catalogue answers to a name: a model, a provider, or which of them is meant."""

    def model(self, spec: str, *, fallback: bool = False) -> Model:
        """The model that `spec` (`provider:id`) names, by id or alias.

        For what people and gateways write in its place see resolve(). With `fallback`, an unknown
        model of a local provider is answered by the marked defaults of llmcat.lookup.fallback, never kept as
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
        from llmcat.lookup.fallback import fallback
        from llmcat.lookup.readings import find_provider
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
        model = self._one(name_given(spec)) or self._one(self._spec_of(spec))
        if model is None:
            raise ModelNotFound(spec)
        if len(self._models) >= KEPT_MODELS:
            self._models.clear()
        self._models[spec] = model
        return model

    def _spec_of(self, name: str) -> str:
        """The spec of a model that is named by alias, `id@provider` or a provider's other name."""
        from llmcat.lookup.resolve import resolve

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
        from llmcat.lookup.resolve import resolve

        return resolve(self.connection, name_given(asked), scope=scope, strict=strict)

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
        from llmcat.spec import fold_provider

        folded = fold_provider(name_given(id))
        row = self.connection.execute(
            f"SELECT {', '.join(Provider._fields)} FROM providers"
            " WHERE id IN (?1, (SELECT provider FROM provider_aliases WHERE alias = ?1))"
            " ORDER BY id = ?1 DESC",
            (folded,),
        ).fetchone()
        if row is None:
            from llmcat.suggestions import near

            ids = [id for (id,) in self.connection.execute("SELECT id FROM providers")]
            raise ProviderNotFound(id, near(folded, ids))
        return self._to_provider(row)

    def providers(self, features: str | Iterable[str] = ()) -> list[Provider]:
        """All providers, or those that support this endpoint or feature or all of these, by id."""
        rows = self.connection.execute(
            f"SELECT {', '.join(Provider._fields)} FROM providers ORDER BY id"
        )
        wanted = several(features)
        providers = map(self._to_provider, rows)
        return [p for p in providers if all(p.supports(word) for word in wanted)]

    def _once(self, spec: str) -> str:
        """The spec of a model (or id of a provider) that is in the catalogue, or was once."""
        named = self._then_named(spec)
        row = self.connection.execute(ONCE, (named,)).fetchone()
        return named if row else self._spec_of(spec)

    def _then_named(self, spec: str) -> str:
        """`spec` in the form of the tables. Aliases are today's: what is one now may have been a model."""
        from llmcat.lookup.readings import find_provider
        from llmcat.spec import split_spec

        def provider_then(name: str) -> str | None:
            return find_provider(self.connection, name) or self._provider_once(name)

        parts = split_spec(name_given(spec), lambda name: provider_then(name) is not None)
        return f"{provider_then(parts.provider)}:{parts.id}" if parts else spec

    def _provider_once(self, name: str) -> str | None:
        """The id of a provider, if something was recorded of it, even if it is gone since."""
        from llmcat.spec import fold_provider

        id = fold_provider(name_given(name))
        known = ":" not in id and self.connection.execute(RECORDED, (id,)).fetchone()
        return id if known else None


def name_given(name: str) -> str:
    """`name`, if it is text at all."""
    if not isinstance(name, str):
        raise TypeError(f"a name is text such as 'openai:gpt-4o', not {name!r}")
    return name


def several(names: str | Iterable[str]) -> list[str]:
    """One name or several."""
    return [names] if isinstance(names, str) else list(names)
