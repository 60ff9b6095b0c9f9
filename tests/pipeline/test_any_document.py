"""Whatever JSON can say as a source's document: built, or refused in our words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmcat.errors import SourceError
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec
from tests.examples import examples
from tests.pipeline.building import write_json

TEXT = st.text(max_size=6) | st.sampled_from(
    ["\ud800", "a\x00b", "a\nb", "a:b", "", "2025-02-30", "x" * 600]
)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.just(10**400)
JSON = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)


def tables(words: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Tables whose keys are mostly words that mean something."""
    return st.dictionaries(st.sampled_from(words.split()) | TEXT, values, max_size=4)


INNER = """
    input output context tiers tier size type context_over_200k field json tools strict schema text
    tool_calls enabled embeddings supported status deprecated_at currency components merge modes
    fast cost provider body min_context auth
"""
OF_A_MODEL = """
    id name family base_model status release_date knowledge open_weights links reasoning
    reasoning_options tool_call interleaved modalities provider limit limits cost pricing
    experimental aliases tags mode capabilities lifecycle deprecated deprecation_date extra metadata
    notes supported_modalities context_window replacement retires_on modes serving
"""
OF_A_PROVIDER = """
    id name api env doc features limitations default_model exclude_models extra runtime local
"""
TABLE = tables(INNER, JSON | tables(INNER, JSON))
MODEL = tables(OF_A_MODEL, JSON | TABLE | st.lists(TABLE, max_size=2))
MODELS = st.lists(MODEL, max_size=2) | tables("m n", MODEL | JSON) | JSON
PROVIDER = st.builds(
    lambda provider, models: {**provider, "models": models},
    tables(OF_A_PROVIDER, JSON | TABLE),
    MODELS,
)
SAID = tables("p P q:r providers models", PROVIDER | JSON)


@pytest.mark.parametrize("kind", ["models.dev", "mapping"])
def test_nothing_that_can_be_said_is_a_traceback(kind: str, tmp_path_factory: Any) -> None:
    """Whatever JSON holds, a build ends well or in one line."""
    folder = tmp_path_factory.mktemp("fuzz")
    one_line: list[str] = []

    @settings(
        max_examples=examples(60),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(SAID)
    def ends_well(said: dict[str, Any]) -> None:
        said = {**said, "good": {"models": {"m": {}}}}
        place = said if kind == "mapping" else write_json(folder / "api.json", said)
        (folder / "catalog.db").unlink(missing_ok=True)
        try:
            build(Recipe((SourceSpec(kind, "fuzz", place, "fuzz"),)), folder / "catalog.db")
        except SourceError as error:
            one_line.append(str(error))

    ends_well()
    assert not [line for line in one_line if "\n" in line]
