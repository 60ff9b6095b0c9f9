"""Specs: one model at one provider, as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcat.errors import SpecError
from llmcat.spec import Spec, fold_provider, format_spec, parse_spec, split_spec

PROVIDERS = {"openai", "anthropic", "google-vertex", "azure"}


def parse(text: str) -> Spec:
    return parse_spec(text, PROVIDERS.__contains__, PROVIDERS)


@pytest.mark.parametrize("text", ["openai:gpt-4o", "gpt-4o@openai", "  openai : gpt-4o "])
def test_both_forms_name_the_same_model(text: str) -> None:
    """The colon form, the at form and blanks around the parts mean the same."""
    assert parse(text) == Spec("openai", "gpt-4o")


def test_splits_at_the_first_colon() -> None:
    """Ids may hold colons."""
    assert parse("openai:model:with:colons") == ("openai", "model:with:colons")


def test_what_follows_an_at_counts_only_if_it_is_a_provider() -> None:
    """Vertex ids end in @20251001, which is no provider; in the at form ids may hold a colon."""
    assert parse("google-vertex:claude-haiku-4-5@20251001") == (
        "google-vertex",
        "claude-haiku-4-5@20251001",
    )
    assert parse("some:version@google-vertex") == ("google-vertex", "some:version")


def test_the_colon_form_is_meant_where_both_are_possible() -> None:
    """Whatever is behind the first colon is the id once a provider stands before it."""
    assert parse("openai:gpt-4o@azure") == ("openai", "gpt-4o@azure")


@pytest.mark.parametrize("text", ["google_vertex:m", "Google-Vertex:m", "m@GOOGLE_VERTEX"])
def test_providers_match_in_any_spelling(text: str) -> None:
    """Capitals, dashes and underscores of a provider count alike; those of an id do not."""
    assert parse(text) == ("google-vertex", "m")


@pytest.mark.parametrize("text", ["", "  ", ":m", "openai:", "openai: ", "m@", "@openai", ":"])
def test_an_empty_segment_is_an_error(text: str) -> None:
    """Both parts must be there."""
    with pytest.raises(SpecError, match="empty segment"):
        parse(text)


def test_a_bare_id_is_no_spec() -> None:
    """The parser does not search."""
    with pytest.raises(SpecError, match="write provider:id"):
        parse("gpt-4")
    assert split_spec("gpt-4", PROVIDERS.__contains__) is None


@pytest.mark.parametrize("text", ["opnai:gpt-4o", "gpt-4o@opnai"])
def test_an_unknown_provider_is_an_error_that_offers_near_names(text: str) -> None:
    """A typing error in the provider is answered with what was probably meant."""
    with pytest.raises(SpecError, match=r"unknown provider 'opnai'.*did you mean openai"):
        parse(text)


@pytest.mark.parametrize(
    ("provider", "id", "form"),
    [("", "m", "colon"), ("openai", " ", "colon"), ("a:b", "m", "colon"), ("openai", "m", "url")],
)
def test_what_no_spec_can_say_is_not_formatted(provider: str, id: str, form: str) -> None:
    """Empty parts, a separator inside the provider and unknown forms are errors."""
    with pytest.raises(SpecError):
        format_spec(provider, id, form)


IDS = st.text(min_size=1).map(str.strip).filter(bool)


@given(provider=st.sampled_from(sorted(PROVIDERS)), id=IDS)
def test_a_formatted_spec_reads_back(provider: str, id: str) -> None:
    """parse(format(x)) == x; in the at form unless the id itself begins with a provider."""
    assert parse(format_spec(provider, id)) == (provider, id)
    before, colon, after = id.partition(":")
    ends_are_empty = colon and not (before.strip() and after.strip())
    if not ends_are_empty and fold_provider(before) not in PROVIDERS:
        assert parse(format_spec(provider, id, "at")) == (provider, id)


@given(st.text())
def test_any_text_is_a_spec_or_a_spec_error(text: str) -> None:
    """No other error, and what comes out formats to a spec that means the same."""
    try:
        spec = parse(text)
    except SpecError:
        return
    assert parse(format_spec(*spec)) == spec
