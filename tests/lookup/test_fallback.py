"""Local: models that no catalogue lists get figures to reckon with, marked as no facts."""

from __future__ import annotations

import pytest

from llmcat import Catalog, ModelNotFound
from llmcat.lookup.fallback import FALLBACK, fallback, is_fallback


@pytest.mark.parametrize("provider", ["ollama", "lmstudio", "bumblebee"])
def test_a_local_model_that_nobody_lists_gets_the_documented_figures(
    shipped_catalog: Catalog, provider: str
) -> None:
    """4,096 tokens in and out, chat and streaming, free."""
    model = fallback(shipped_catalog.provider(provider), "mistral:7b-instruct")
    assert model.spec == f"{provider}:mistral:7b-instruct"
    assert (model.limit_context, model.limit_output) == (4096, 4096)
    assert (model.chat, model.streaming) == (True, True)
    assert (model.cost_input, model.cost_output) == (0.0, 0.0)


def test_a_fallback_is_marked_and_a_fact_is_not(shipped_catalog: Catalog) -> None:
    """The tag and the provenance say that nobody knows this."""
    model = fallback(shipped_catalog.provider("ollama"), "mistral")
    assert is_fallback(model)
    assert model.details.provenance == {"*": "fallback"}
    assert not any(is_fallback(known) for known in shipped_catalog.models())


def test_what_is_not_assumed_stays_unknown(shipped_catalog: Catalog) -> None:
    """A fallback says nothing of tools, vision or dates: unknown is not false."""
    model = fallback(shipped_catalog.provider("ollama"), "llava")
    said = {"spec", "provider", "id", "provider_model_id", *FALLBACK}
    assert all(getattr(model, name) is None for name in set(model._fields) - said)


def test_a_provider_elsewhere_has_no_fallback(shipped_catalog: Catalog) -> None:
    """A made-up price of an API that bills would be a lie."""
    with pytest.raises(ModelNotFound):
        fallback(shipped_catalog.provider("openai"), "gpt-9")


def test_a_model_without_a_name_is_none(shipped_catalog: Catalog) -> None:
    """Blanks name nothing."""
    with pytest.raises(ModelNotFound):
        fallback(shipped_catalog.provider("ollama"), "  ")


def test_no_query_meets_a_fallback(shipped_catalog: Catalog) -> None:
    """It is not in the file: neither find nor SQL can take it for a fact."""
    fallback(shipped_catalog.provider("ollama"), "a-model-of-mine")
    assert shipped_catalog.find(provider="ollama") == shipped_catalog.models("ollama")
    assert "ollama:a-model-of-mine" not in [
        model.spec for model in shipped_catalog.models("ollama")
    ]
