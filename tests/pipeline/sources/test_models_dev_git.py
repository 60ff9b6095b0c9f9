"""A clone of models.dev: which commits count, what they published, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcat.pipeline.sources.models_dev.git.published import published_model
from llmcat.pipeline.sources.models_dev.git.tables import merge, omit
from tests.pipeline.sources.clones import GPT, JUNE, Clone, final, model_path


def last_model(clone: Clone, id_: str = "m", provider: str = "openai") -> dict[str, Any]:
    return final(clone.steps())[f"{provider}:{id_}"]


class TestWhatIsPublished:
    def test_a_commit_is_a_step_in_the_shape_of_api_json(self, clone: Clone) -> None:
        """The id comes from the path, unknown prices are dropped, the time is UTC."""
        [step] = clone.steps()
        assert step.at == "2025-12-01T12:01:00Z"
        assert step.revision == clone.tip("dev")
        assert step.providers == {
            "openai": {
                "id": "openai",
                "name": "OpenAI",
                "npm": "@ai-sdk/openai",
                "env": ["OPENAI_API_KEY"],
            }
        }
        assert step.models == {
            ("openai", "gpt-4o"): {
                "id": "gpt-4o",
                "name": "GPT-4o",
                "attachment": True,
                "cost": {"input": 2.5, "output": 10},
                "limit": {"context": 128000, "output": 16384},
            }
        }

    def test_whole_prices_are_integers_as_in_json(self, clone: Clone) -> None:
        """10.00 is published as 10."""
        assert repr(last_model(clone, "gpt-4o")["cost"]) == "{'input': 2.5, 'output': 10}"

    def test_a_commit_that_changes_nothing_published_is_no_step(self, clone: Clone) -> None:
        """A comment, a logo and a new spelling of the same number change nothing."""
        clone.commit({model_path("gpt-4o"): "# priced anew\n" + GPT.replace("2.50", "2.5")})
        clone.commit({"providers/openai/logo.svg": "<svg/>", "README.md": "hello"})
        assert len(clone.steps()) == 1

    def test_files_without_the_ending_are_no_models(self, clone: Clone) -> None:
        """No .toml, an invisible character after it, or a name that is no text."""
        clone.commit({"providers/openai/models/gpt-5": GPT, model_path("gpt-5") + "\u200e": GPT})
        clone.commit({'"providers/openai/models/\\377.toml"': GPT})
        assert list(final(clone.steps())) == ["openai:gpt-4o"]

    def test_models_wait_for_their_provider(self, clone: Clone) -> None:
        """A folder without provider.toml publishes nothing; with it, and without it again, all."""
        clone.commit({model_path("grok-4", "xai"): GPT})
        clone.commit({"providers/xai/provider.toml": 'name = "xAI"\n'})
        clone.commit({"providers/xai/provider.toml": None})
        came, went = clone.steps()[1:]
        assert came.models.keys() == went.models.keys() == {("xai", "grok-4")}
        assert went.models["xai", "grok-4"] is None
        assert went.providers == {"xai": None}

    def test_ids_keep_slashes_and_capitals(self, clone: Clone) -> None:
        """The id is the path under models/; until June 2025 a slash was spelled %2F."""
        clone.commit({model_path("hf:Qwen/Qwen3-32B"): GPT, model_path("z%2Fglm"): GPT})
        clone.commit({model_path("z%2Fglm"): None, model_path("z/glm"): GPT})
        steps = clone.steps()
        assert set(steps[1].models) == {("openai", "hf:Qwen/Qwen3-32B"), ("openai", "z/glm")}
        assert len(steps) == 2, "the rename of the file is none of the model"

    @pytest.mark.parametrize(
        ("text", "published"),
        [
            ("open = true", {"open_weights": True}),
            ("input_modalities = ['text']", {"modalities": {"input": ["text"]}}),
            ("beta = true", {"status": "beta"}),
            ("experimental = true", {}),
            ("interleaved = {name = 'reasoning_content'}", {"interleaved": {"field": "reasoning_content"}}),
            ("interleaved = true", {"interleaved": True}),
            ("cost = {inputCached = 0.5, outputCached = 1}", {"cost": {"cache_read": 0.5, "cache_write": 1}}),
            ("provider = {npm = 'a', colour = 'red'}", {"provider": {"npm": "a"}}),
            ("experimental.modes.fast = {cost = {input = 3, x = 1}, y = 2}", {"experimental": {"modes": {"fast": {"cost": {"input": 3}}}}}),
            ("description = 'new'", {"description": "new"}),
            ("release_date = 2025-12-01", {"release_date": "2025-12-01"}),
        ],
    )  # fmt: skip
    def test_spellings(self, clone: Clone, text: str, published: dict[str, Any]) -> None:
        """Older spellings get today's names; unknown keys of tables go, those of the model stay."""
        clone.commit({model_path("m"): text})
        assert last_model(clone) == {"id": "m", **published}

    def test_the_one_large_tier_is_published_twice(self, clone: Clone) -> None:
        """As a tier with its type, and as context_over_200k whatever its size."""
        tiers = "[[cost.tiers]]\ninput = 5\ntier = {size = 272_000}\n"
        small = "[[cost.tiers]]\ninput = 4\ntier = {size = 32_000}\n"
        clone.commit({model_path("m"): small + tiers, model_path("two"): tiers + tiers})
        assert last_model(clone)["cost"] == {
            "tiers": [
                {"input": 4, "tier": {"type": "context", "size": 32000}},
                {"input": 5, "tier": {"type": "context", "size": 272000}},
            ],
            "context_over_200k": {"input": 5},
        }
        assert "context_over_200k" not in last_model(clone, "two")["cost"]


KEYS = (
    *("id", "name", "cost", "input", "tiers", "tier", "size", "context_over_200k", "limit"),
    *("modalities", "input_modalities", "provider", "npm", "experimental", "modes", "interleaved"),
    *("open", "beta", "base_model", "extends", "new"),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(KEYS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
)
TABLES = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6)


class TestAnyTable:
    @given(TABLES)
    def test_whatever_a_table_holds_it_has_a_published_form(self, table: dict[str, Any]) -> None:
        """Values of wrong types pass as they are: the pipeline rejects them with their reason."""
        model = published_model(table, "m")
        assert model["id"] == "m"
        assert not model.keys() & {"extends", "base_model", "open"}

    @given(TABLES, TABLES, VALUES)
    def test_inheritance_leaves_what_it_reads_unchanged(
        self, base: dict[str, Any], table: dict[str, Any], paths: Any
    ) -> None:
        """The files are shared by all that follow from them."""
        before = repr((base, table))
        omit(merge(base, table), paths)
        omit(merge(base, table), ["cost.input", "cost.tiers", "limit", "provider.npm.name"])
        assert repr((base, table)) == before


class TestInheritance:
    def test_a_base_model_gives_its_facts(self, clone: Clone) -> None:
        """Tables are merged, lists replaced, facts of the lab left out; then the omits are applied."""
        lab = GPT + 'input = 9\n[modalities]\ninput = ["text", "image"]\n[[weights]]\nurl = "u"\n'
        offer = (
            'base_model = "openai/gpt-4o"\nbase_model_omit = ["limit.input", "cost.x", "cost.input",'
            ' "cost.output", "cost.cached_input"]\n[modalities]\ninput = ["text"]\n'
        )
        clone.commit({"models/openai/gpt-4o.toml": lab, model_path("m"): offer}, at=JUNE)
        assert last_model(clone) == {
            "id": "m",
            "name": "GPT-4o",
            "attachment": True,
            "limit": {"context": 128000, "output": 16384},
            "modalities": {"input": ["text"]},
            "canonical_model_id": "openai/gpt-4o",
        }

    def test_a_change_of_the_base_is_one_of_all_offers(self, clone: Clone) -> None:
        """The file of the offer itself stays as it is."""
        lab = "models/openai/gpt-4o.toml"
        clone.commit({lab: GPT, model_path("m"): 'base_model = "openai/gpt-4o"\nname = "Mine"\n'})
        clone.commit({lab: GPT.replace("true", "false")})
        changed = clone.steps()[-1].models
        assert changed.keys() == {("openai", "m")}
        assert last_model(clone)["attachment"] is False
        assert last_model(clone)["name"] == "Mine"

    def test_extends_takes_the_resolved_model_of_another_provider(self, clone: Clone) -> None:
        """Prices too, through several steps; a change at the root reaches the last of them."""
        azure = '[extends]\nfrom = "openai/gpt-4o"\nomit = ["attachment"]\n'
        clone.commit({"providers/azure/provider.toml": "", model_path("m", "azure"): azure})
        clone.commit({model_path("n"): '[extends]\nfrom = "azure/m"\n[cost]\noutput = 11\n'})
        clone.commit({model_path("gpt-4o"): GPT.replace("2.50", "2.00")})
        assert set(clone.steps()[-1].models) == {
            ("openai", "gpt-4o"),
            ("azure", "m"),
            ("openai", "n"),
        }
        assert last_model(clone, "n")["cost"] == {"input": 2, "output": 11}
        assert "attachment" not in last_model(clone, "n")

    def test_extends_stops_passing_reasoning_options(self, clone: Clone) -> None:
        """From 2026-06-02 on, for the models that were there before too."""
        clone.commit({model_path("base"): "reasoning_options = []\n"}, at=JUNE - 5 * 86_400)
        clone.commit({model_path("m"): '[extends]\nfrom = "openai/base"\n'})
        before = last_model(clone)
        clone.commit({model_path("other"): GPT}, at=JUNE)
        assert (before, last_model(clone)) == ({"id": "m", "reasoning_options": []}, {"id": "m"})

    def test_symbolic_links_are_followed(self, clone: Clone) -> None:
        """The id from the link, the content from the target; a dangling one is no model."""
        target = Path("../../openai/models/gpt-4o.toml")
        clone.commit({"providers/azure/provider.toml": "", model_path("m", "azure"): target})
        clone.commit({model_path("gpt-4o"): GPT.replace("2.50", "2.00")})
        assert last_model(clone, "m", "azure")["cost"]["input"] == 2
        assert last_model(clone, "m", "azure")["id"] == "m"
        clone.commit({model_path("gpt-4o"): None})
        assert final(clone.steps()) == {}

    def test_links_lead_nowhere_outside(self, clone: Clone, tmp_path: Path) -> None:
        """A link out of the tree, to itself or in a circle is dangling."""
        (tmp_path / "secret.toml").write_text(GPT)
        clone.commit({model_path("out"): tmp_path / "secret.toml"})
        clone.commit({model_path("up"): Path("../" * 9 + "secret.toml")})
        clone.commit({model_path("a"): Path("b.toml"), model_path("b"): Path("a.toml")})
        assert len(clone.steps()) == 1
