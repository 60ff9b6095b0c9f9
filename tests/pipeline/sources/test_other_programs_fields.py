"""Words of other programs in an overlay: rejected with what to write, never read as what they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmcat import Catalog
from llmcat.errors import Rejected
from tests.cli.running import llmcat
from tests.pipeline.building import build_from, column, model, rows, write_text

WORDS = [
    ("input_cost_per_token: 0.0000005", "pricing: {input: 0.5}"),
    ("cache_read_input_token_cost: 5e-08", "pricing: {cache_read: 0.05}"),
    ("input_cost_per_token_batches: 2.5e-07", "modes: {batch: {cost: {input: 0.25}}}"),
    (
        "input_cost_per_token_above_200k_tokens: 1e-06",
        "pricing: {tiers: [{min_context: 200000, input: 1}]}",
    ),
    ("supports_vision: true", "capabilities: [vision]"),
    ("supports_function_calling: false", "capabilities: {function_calling: false}"),
    ("max_tokens: 8192", "max_output_tokens: 8192"),
    ("context_length: 131072", "context_window: 131072"),
    ("pricing: {input_cost_per_token: 5e-07}", "pricing: {input: 0.5}"),
    ("pricing: {prompt: '0.0000005'}", "pricing: {input: 0.5}"),
    ("prices: {input_mtok: 0.5, output_mtok: 1.5}", "pricing: {input: 0.5, output: 1.5}"),
    (
        "prices: {input_mtok: {base: 1.25, tiers: [{start: 200000, price: 2.5}]}}",
        "pricing: {input: 1.25, tiers: [{min_context: 200000, input: 2.5}]}",
    ),
    (
        "cost: {tiers: [{tier: {type: context, size: 200000}, input: 2.5}]}",
        "tiers: [{min_context: 200000, input: 2.5}]",
    ),
    ("cost: {context_over_200k: {input: 2.5}}", "tiers: [{min_context: 200000, input: 2.5}]"),
    (
        "experimental: {modes: {fast: {cost: {input: 2.5}}}}",
        "modes: {fast: {cost: {input: 2.5}}}",
    ),
    ("pricing: {input: 0.0000005}", "input: 0.5"),
    ("pricing: {input: 0.00013}", "input: 130"),
]


@pytest.mark.parametrize(("said", "ours"), WORDS)
def test_a_foreign_word_is_rejected_with_the_words_to_write(
    said: str, ours: str, tmp_path: Path
) -> None:
    """The model stays, the field is in rejects, no meter has a foreign name, and validate warns."""
    overlay = write_text(
        tmp_path / "acme.yml", f"provider: acme\nmodels:\n  m:\n    name: M\n    {said}\n"
    )
    db = build_from(tmp_path / "c.db", ("yaml", overlay))
    assert model(db, "acme:m")["name"] == "M"
    [reject] = rows(db, "SELECT field, reason FROM rejects")
    assert reject["reason"].endswith(f"write `{ours}`")
    assert column(db, "SELECT meter FROM prices") == []
    checked = llmcat("validate", overlay)
    assert (checked.status, checked.lines[-1]) == (0, "1 file checked, 0 errors, 1 warning")
    assert f"acme.yml:5: warning: models.m.{reject['field']}: " in checked.lines[0]
    assert checked.lines[0].endswith(f"write `{ours}`")


@pytest.mark.parametrize(("said", "ours"), WORDS)
def test_what_is_to_be_written_is_taken(said: str, ours: str, tmp_path: Path) -> None:
    """The advice, written down as it stands, is an overlay that nobody finds fault with."""
    key = said.partition(":")[0]
    line = ours if not ours.startswith(("tiers", "input")) else f"{key}: {{{ours}}}"
    overlay = write_text(tmp_path / "acme.yml", f"provider: acme\nmodels:\n  m:\n    {line}\n")
    db = build_from(tmp_path / "c.db", ("yaml", overlay))
    assert rows(db, "SELECT * FROM rejects") == []
    assert llmcat("validate", overlay).lines == ["1 file checked, 0 errors, 0 warnings"]


def test_a_real_price_is_none_per_token(tmp_path: Path) -> None:
    """The cheapest that anybody lists is above a tenth of a cent per 1M tokens."""
    overlay = write_text(
        tmp_path / "acme.yml", "models: {m: {pricing: {input: 0.0013, output: 0}}}\n"
    )
    db = build_from(tmp_path / "c.db", ("yaml", overlay))
    assert model(db, "acme:m")["cost_input"] == 0.0013
    assert rows(db, "SELECT * FROM rejects") == []


def test_overrides_that_cannot_be_taken_are_an_error(tmp_path: Path) -> None:
    """with_overrides and from_sources name what they rejected; strict=False goes on without it."""
    db = build_from(tmp_path / "c.db", ("mapping", {"openai": {"models": {"m": {}}}}))
    wrong = {"openai": {"models": [{"id": "m", "name": "M", "cost": {"input": "2.0"}}]}}
    with pytest.raises(Rejected, match=r"openai:m: cost\.input: .*not '2\.0'") as error:
        Catalog(db).with_overrides(wrong)
    assert error.value.rejects[0][2] == "cost.input"
    with pytest.raises(Rejected, match=r"cost\.input"):
        Catalog.from_sources(wrong)
    found = Catalog(db).with_overrides(wrong, strict=False)
    assert (found.model("openai:m").name, found.model("openai:m").cost_input) == ("M", None)
    assert found.sql("SELECT field FROM rejects") == [{"field": "cost.input"}]


def test_a_catalogue_that_is_empty_says_what_was_rejected(tmp_path: Path) -> None:
    """The only record is bad: the error has its place and the reason."""
    overlay = write_text(tmp_path / "acme.yml", "models:\n  m: 5\n")
    said = llmcat("build", "-o", tmp_path / "c.db", "--source", f"yaml={overlay}")
    assert said.status == 1
    assert "rejected: acme.yml:2: acme:m: a model must be a table" in said.err
