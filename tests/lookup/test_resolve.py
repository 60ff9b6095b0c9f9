"""Resolve: what people write in the wild, and the one spec that is meant."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcat.errors import Ambiguous, ModelNotFound, ProviderNotFound, SpecError
from llmcat.lookup.resolve import Resolution, resolve
from llmcat.lookup.spellings import version_spellings
from llmcat.lookup.variants import without
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec, embedded_recipe, read_recipe
from tests.lookup.wild_ids import BEDROCK_SONNET, MODELS, WILD


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A small catalogue with the shipped recipe's labs and provider aliases."""
    shipped = read_recipe(embedded_recipe())
    output: Path = tmp_path_factory.mktemp("resolve") / "catalog.db"
    source = SourceSpec("mapping", "mapping", MODELS, "mapping")
    build(Recipe((source,), shipped.provider_aliases, shipped.labs), output)
    connection = sqlite3.connect(output)
    yield connection
    connection.close()


@pytest.mark.parametrize("asked", WILD)
def test_wild_ids(connection: sqlite3.Connection, asked: str) -> None:
    """Each spelling means one model, is kept as it was asked, and says how it was found."""
    found = resolve(connection, asked)
    assert (found.spec, found.rule) == WILD[asked]
    assert found.name == asked
    assert found.rule == found.steps[-1]


NEVER_GUESSED = [
    "claude-opus-9",
    "gpt-4o-hd-imaginary",
    "gpt-5.4-mini",
    "openai:gpt-5.4-mini",
    "openai/gpt-4o-audio-preview",
    "gpt-4o-2024-05-13",  # a snapshot with prices of its own is not the undated model
    "mistral-large-2411",  # nor is any date but those of the table
    "claude-3-7",  # what is left out is more than a date
    "ft:gpt-4o-2099-01-01:acme::abc",
    "ft:gpt-4o-2024-08-06:acme::abc",  # a fine-tune has prices of its own
    "openai:ft:gpt-4o-2024-08-06:acme::abc",
    "gpt-4o-2024-08-06.ft-0123456789abcdef",  # so it is at Azure
    "kimi-k2-thinking",  # a model, and no way to call another
    "moonshotai/kimi-k2:extended",
    "gpt-4o-high",  # has no efforts
    "groq/gpt-4o",  # another provider's model is no answer once a provider is named
    "eu.gpt-4o",  # regions are Bedrock's
    "azure:us.gpt-4o",
    "gpt-4o:free",
    "TEE/gpt-4o",
    "gpt",
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3",
]


@pytest.mark.parametrize("asked", NEVER_GUESSED)
def test_nothing_is_found_by_likeness(connection: sqlite3.Connection, asked: str) -> None:
    """What is not in the catalogue is an error, never a sibling."""
    with pytest.raises(ModelNotFound):
        resolve(connection, asked)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (
            "arn:aws:bedrock:us-east-1:123:application-inference-profile/a1",
            "does not say its model",
        ),
        ("bedrock/arn:aws:bedrock:us-east-1:123:custom-model/x/y", "prices of its own"),
        ("arn:aws:sagemaker:us-east-1:123:endpoint/x", "does not say a model"),
        ("projects/acme/locations/us-east5/endpoints/123", "does not say its model"),
        ("tunedModels/mine", "does not say its base"),
        ("https://example.com/chat", "address"),
        (
            "ft:gpt-9:acme::abc",
            "a fine-tune has prices of its own, and none are known of this one$",
        ),
        ("ft:gpt-4o-mini-2024-07-18:acme::abc", "its base is openai:gpt-4o-mini$"),
    ],
)
def test_text_without_a_model_says_so(
    connection: sqlite3.Connection, asked: str, reason: str
) -> None:
    """The error says why there is no model in it, and of a fine-tune what its base is."""
    with pytest.raises(ModelNotFound, match=reason):
        resolve(connection, asked)


def test_who_asks_for_the_base_of_a_fine_tune_gets_it(connection: sqlite3.Connection) -> None:
    """It is another model, and the answer says so; one with prices of its own stays itself."""
    found = resolve(connection, "ft:gpt-4o-2024-08-06:acme::abc", base=True)
    assert (found.spec, found.rule) == ("openai:gpt-4o-2024-08-06", "fine-tune")
    assert found.assumed == (
        "ft:gpt-4o-2024-08-06:acme::abc is billed as its base model, openai:gpt-4o-2024-08-06",
    )
    assert resolve(connection, "ft:gpt-3.5-turbo:a::b", base=True).spec == "openai:ft:gpt-3.5-turbo"


@pytest.mark.parametrize(
    ("asked", "region"),
    [
        (f"us-gov.{BEDROCK_SONNET}", "us-gov"),
        (f"bedrock/us-gov-west-1/{BEDROCK_SONNET}", "us-gov-west-1"),
        (f"arn:aws:bedrock:eu-west-1::foundation-model/{BEDROCK_SONNET}", "eu-west-1"),
        (f"us.{BEDROCK_SONNET}", None),  # a row of its own, at its own price
        (f"arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.{BEDROCK_SONNET}", None),
        ("azure/eu/gpt-4o", "eu"),
        ("azure/us-gov/gpt-4o", "us-gov"),
        ("azure/global-standard/gpt-4o", None),
        ("projects/a/locations/us-east5/publishers/google/models/gemini-2.5-pro", "us-east5"),
        ("projects/a/locations/global/publishers/google/models/gemini-2.5-pro", None),
    ],
)
def test_the_region_is_kept(connection: sqlite3.Connection, asked: str, region: str | None) -> None:
    """Where a text says where the model is served, the answer says it, too."""
    assert resolve(connection, asked).region == region


SNAPSHOTS = {
    "openai": (
        "chatgpt-4o-latest computer-use-preview-2025-03-11 gpt-4-turbo-2024-04-09 gpt-4.1-2025-04-14"
        " gpt-4.1-mini-2025-04-14 gpt-4.1-nano-2025-04-14 gpt-4o-2024-08-06 gpt-4o-2024-11-20"
        " gpt-4o-audio-preview-2024-12-17 gpt-4o-audio-preview-2025-06-03 gpt-4o-mini-2024-07-18"
        " gpt-4o-mini-audio-preview-2024-12-17 gpt-4o-mini-realtime-preview-2024-12-17"
        " gpt-4o-mini-search-preview-2025-03-11 gpt-4o-mini-transcribe-2025-03-20"
        " gpt-4o-mini-transcribe-2025-12-15 gpt-4o-mini-tts-2025-03-20 gpt-4o-mini-tts-2025-12-15"
        " gpt-4o-search-preview-2025-03-11 gpt-5-2025-08-07 gpt-5-mini-2025-08-07"
        " gpt-5-nano-2025-08-07 gpt-5-pro-2025-10-06 gpt-5-search-api-2025-10-14 gpt-5.1-2025-11-13"
        " gpt-5.2-2025-12-11 gpt-5.2-pro-2025-12-11 gpt-5.4-2026-03-05 gpt-5.4-mini-2026-03-17"
        " gpt-5.4-nano-2026-03-17 gpt-5.4-pro-2026-03-05 gpt-5.5-2026-04-23 gpt-5.5-pro-2026-04-23"
        " gpt-audio-2025-08-28 gpt-audio-mini-2025-10-06 gpt-audio-mini-2025-12-15"
        " gpt-image-1.5-2025-12-16 gpt-image-2-2026-04-21 gpt-image-2.5-flare-2026-09-08"
        " gpt-image-2.5-sunburst-2026-09-08 gpt-realtime-2025-08-28 gpt-realtime-mini-2025-12-15"
        " o1-2024-12-17 o1-pro-2025-03-19 o3-2025-04-16 o3-deep-research-2025-06-26 o3-mini-2025-01-31"
        " o3-pro-2025-06-10 o4-mini-2025-04-16 o4-mini-deep-research-2025-06-26"
        " omni-moderation-2024-09-26"
    ),
    "other labs": (
        "gpt-3.5-turbo-1106 gpt-3.5-turbo-0125 gpt-4-0613 gpt-4o-2024-05-13 qwen-plus-2025-07-28"
        " mistral-large-2411 command-r-08-2024 gemini-2.5-flash-preview-09-2025 deepseek-v3-0324"
    ),
}


def test_the_rule_of_snapshots_holds_for_real_ids() -> None:
    """Of OpenAI's ids those with a whole date lose it, and no other id does. These are all that stand in its
    own list, in LiteLLM's map and in models.dev; both have each at the prices of its family, but
    gpt-4o-2024-05-13, which is none of it."""
    for id in SNAPSHOTS["openai"].split():
        family = [before for _, before in without("snapshot", id)]
        assert family == ([id[:-11]] if id[-11:-8] == "-20" else []), id
    for id in SNAPSHOTS["other labs"].split():
        assert list(without("snapshot", id)) == [], id


def test_an_unknown_provider_is_named(connection: sqlite3.Connection) -> None:
    """It is the provider that is wrong, and the model may be there at one with a name like it."""
    with pytest.raises(ModelNotFound, match="unknown provider 'opnai'") as error:
        resolve(connection, "opnai:gpt-4o")
    assert error.value.unknown_provider == "opnai"
    assert error.value.suggestions[0] == "openai:gpt-4o"
    with pytest.raises(ModelNotFound, match=r"unknown provider 'nobody' in 'nobody:m'$"):
        resolve(connection, "nobody:m")


def test_not_found_suggests(connection: sqlite3.Connection) -> None:
    """The error names near ids: at the provider that was named, then the labs' own."""
    with pytest.raises(ModelNotFound, match="did you mean anthropic:claude-sonnet-4-5") as error:
        resolve(connection, "anthropic:claude-sonet-4-5")
    assert error.value.suggestions[0] == "anthropic:claude-sonnet-4-5"
    with pytest.raises(ModelNotFound) as error:
        resolve(connection, "opnai:gpt-4o")
    assert error.value.suggestions[0] == "openai:gpt-4o"


def test_a_bare_id_of_several_providers_is_taken_at_its_lab(connection: sqlite3.Connection) -> None:
    """gpt-4o is served by three; the lab's own API is the better answer, unless strict."""
    assert resolve(connection, "gpt-4o").spec == "openai:gpt-4o"
    with pytest.raises(Ambiguous) as error:
        resolve(connection, "gpt-4o", strict=True)
    assert error.value.candidates == ("openai:gpt-4o", "azure:gpt-4o", "github-copilot:gpt-4o")
    assert isinstance(error.value, LookupError)


def test_without_a_first_party_it_is_ambiguous(connection: sqlite3.Connection) -> None:
    """Two gateways have it and its lab does not: the caller must say which."""
    with pytest.raises(
        Ambiguous, match="openrouter:deepseek/deepseek-r1, vercel:deepseek"
    ) as error:
        resolve(connection, "deepseek/deepseek-r1")
    assert error.value.name == "deepseek/deepseek-r1"


def test_the_message_lists_at_most_eight() -> None:
    """All candidates are there, the message names a few."""
    error = Ambiguous("x", [f"p{number}:x" for number in range(12)])
    assert len(error.candidates) == 12
    assert "p7:x and 4 more" in str(error)


@pytest.mark.parametrize(
    ("asked", "scope", "spec"),
    [
        ("gpt-4o", "azure", "azure:gpt-4o"),
        ("gpt-4o", ["github_copilot"], "github-copilot:gpt-4o"),
        ("gpt-4o", ["azure", "openai"], "openai:gpt-4o"),
        ("openai/gpt-4o", "openrouter", "openrouter:openai/gpt-4o"),
        ("anthropic/claude-sonnet-4.5", "vercel", "vercel:anthropic/claude-sonnet-4.5"),
        ("openai:gpt-4o", "openai", "openai:gpt-4o"),
        ("claude-opus-4-6", "vertex_ai", "google-vertex:claude-opus-4-6@default"),
        ("claude-opus-4-6", "github-copilot", "github-copilot:claude-opus-4.6"),
        (f"us.{BEDROCK_SONNET}", "bedrock", f"amazon-bedrock:us.{BEDROCK_SONNET}"),
    ],
)
def test_with_a_scope_it_resolves_there(
    connection: sqlite3.Connection, asked: str, scope: str | list[str], spec: str
) -> None:
    """The scope names providers, by id or other name."""
    assert resolve(connection, asked, scope=scope).spec == spec


def test_a_scope_is_never_left(connection: sqlite3.Connection) -> None:
    """A spec of another provider is not found, nor is anything in an empty scope."""
    for asked, scope in (("openai:gpt-4o", "azure"), ("gpt-4o", "groq"), ("gpt-4o", [])):
        with pytest.raises(ModelNotFound):
            resolve(connection, asked, scope=scope)
    with pytest.raises(ProviderNotFound, match="did you mean azure"):
        resolve(connection, "gpt-4o", scope="azur")


def test_an_id_beats_an_alias_of_another_model(connection: sqlite3.Connection) -> None:
    """gpt-5 is a model and also an alias of gpt-5-pro; azure has what is an alias at openai."""
    assert resolve(connection, "openai:gpt-5").spec == "openai:gpt-5"
    assert resolve(connection, "openai/gpt-5").spec == "openai:gpt-5"
    assert resolve(connection, "gpt-5").spec == "openai:gpt-5"
    assert resolve(connection, "gpt-4-legacy").spec == "azure:gpt-4-legacy"
    with pytest.raises(Ambiguous):
        resolve(connection, "grok-code-fast-1")


def test_a_snapshots_name_is_its_labs(connection: sqlite3.Connection) -> None:
    """gpt-5-2025-08-07 is an id at one gateway and a name of gpt-5, the same model, at openai."""
    assert resolve(connection, "gpt-5-2025-08-07").spec == "openai:gpt-5"
    assert resolve(connection, "helicone/gpt-5-2025-08-07").spec == "helicone:gpt-5-2025-08-07"


def test_the_labs_spelling_goes_before_a_gateways(connection: sqlite3.Connection) -> None:
    """Only a subscription writes claude-opus-4.6, at a price of 0: the lab's model is meant."""
    assert resolve(connection, "claude-opus-4.6").spec == "anthropic:claude-opus-4-6"
    assert resolve(connection, "github-copilot:claude-opus-4.6").rule == "spec"
    assert (
        resolve(connection, "claude-opus-4.6", strict=True).spec == "github-copilot:claude-opus-4.6"
    )


def test_a_retired_model_still_resolves(connection: sqlite3.Connection) -> None:
    """Old logs name old models: status plays no part."""
    found = resolve(connection, "gpt-3.5-turbo")
    row = connection.execute("SELECT status FROM models WHERE spec = ?", (found.spec,)).fetchone()
    assert row == ("retired",)


def test_capitals_count_only_where_there_is_an_exact_id(connection: sqlite3.Connection) -> None:
    """Exact first; several that differ in capitals alone are ambiguous."""
    assert resolve(connection, "foo").spec == "302ai:foo"
    assert resolve(connection, "302ai:Foo").spec == "302ai:Foo"
    with pytest.raises(Ambiguous):
        resolve(connection, "FOO")


@pytest.mark.parametrize("asked", ["", " ", ":m", "openai:", "m@", "@openai", "\ud800"])
def test_what_can_be_no_name_is_a_spec_error(connection: sqlite3.Connection, asked: str) -> None:
    """Empty segments, and text that is not Unicode."""
    with pytest.raises(SpecError):
        resolve(connection, asked)


def test_versions_are_respelled_between_short_numbers_only() -> None:
    """Neither sizes nor dates are versions."""
    assert list(version_spellings("claude-sonnet-4.5")) == ["claude-sonnet-4-5"]
    assert list(version_spellings("claude-3-5-haiku-20241022")) == ["claude-3.5-haiku-20241022"]
    assert list(version_spellings("llama-3-8b")) == []
    assert list(version_spellings("gpt-4")) == []
    assert len(list(version_spellings("1.2.3.4.5.6.7"))) == 15


def test_every_shipped_spec_and_id_resolves(shipped: Path) -> None:
    """A spec means itself; with a slash, or as a bare id in a scope, it means the same."""
    connection = sqlite3.connect(shipped)
    rows = connection.execute("SELECT spec, provider, id FROM models ORDER BY spec").fetchall()
    for spec, _, _ in rows:
        assert resolve(connection, spec) == Resolution(spec, spec, "spec", ("spec",))
    for spec, provider, id in rows[::7]:
        assert resolve(connection, f"{provider}/{id}").spec == spec
        assert resolve(connection, id, scope=provider).spec == spec
    connection.close()


PIECES = [
    "openai",
    "gpt-4o",
    ":",
    "/",
    "@",
    "us.",
    "ft:",
    "models/",
    "[1m]",
    "4.5",
    "-",
    "arn:aws:",
]


@settings(deadline=None)
@given(asked=st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=8).map("".join)))
@pytest.mark.parametrize("options", [{}, {"strict": True}, {"scope": ["openai", "azure"]}])
def test_any_text_resolves_or_is_refused(
    connection: sqlite3.Connection, options: dict[str, Any], asked: str
) -> None:
    """Whatever comes in, out comes a spec that exists or one of three errors."""
    try:
        found = resolve(connection, asked, **options)
    except (ModelNotFound, Ambiguous, SpecError):
        return
    assert connection.execute("SELECT 1 FROM models WHERE spec = ?", (found.spec,)).fetchone()
