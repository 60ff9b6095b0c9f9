"""Specs: the text that names one model at one provider.

    openai:gpt-4o          the colon form, split at the first colon
    gpt-4o@openai          the at form, split at the last @

Where both are possible the colon form is meant, and what follows an @ counts only if it is a
provider: `google-vertex:claude-haiku-4-5@20251001` is a model of google-vertex.
"""

# no `from __future__ import annotations`: NamedTuple would compile each annotation, see records.py

from collections.abc import Callable, Iterable
from typing import NamedTuple

from llmcat.errors import SpecError

FORMS = {"colon": "{provider}:{id}", "at": "{id}@{provider}"}
"""How a spec may be written: the name of the form -> its layout."""

IsProvider = Callable[[str], bool]
"""Whether a folded name (see fold_provider) is a provider or another name of one."""


class Spec(NamedTuple):
    """A model's name in two parts: `provider` folded, `id` as it was written."""

    provider: str
    id: str


def name_given(name: str) -> str:
    """`name`, if it is text at all; TypeError if it is not, SpecError for half a surrogate pair."""
    if not isinstance(name, str):
        raise TypeError(f"a name is text such as 'openai:gpt-4o', not {name!r}")
    if not name.isascii():
        try:
            name.encode()
        except UnicodeEncodeError:
            raise SpecError(f"{name!a} is no text that could name anything") from None
    return name


def fold_provider(text: str) -> str:
    """A provider's name as ids spell it: lower case, `-` for `_`, no blanks around it."""
    return text.strip().lower().replace("_", "-")


def parse_spec(text: str, is_provider: IsProvider, known: Iterable[str] = ()) -> Spec:
    """The parts of a spec such as `openai:gpt-4o` or `gpt-4o@openai`.

    `is_provider` decides what is a provider, `known` are the names to offer where none is. Raises
    SpecError for an empty segment, for text that has neither form, and for an unknown provider.
    """
    if spec := split_spec(text, is_provider):
        return spec
    left, colon, _ = text.strip().partition(":")
    named = left if colon else text.strip().rpartition("@")[2]
    if not colon and "@" not in text:
        raise SpecError(f"{text!r} is no model spec; write provider:id, such as openai:gpt-4o")
    from llmcat.suggestions import near

    meant = near(fold_provider(named), known)
    hint = f"; did you mean {', '.join(meant)}?" if meant else ""
    raise SpecError(f"unknown provider {named.strip()!r} in {text!r}{hint}")


def split_spec(text: str, is_provider: IsProvider) -> Spec | None:
    """The parts of a spec, or None for text that names no provider, such as a bare id.

    Raises SpecError where one of the two parts is empty.
    """
    text = text.strip()
    left, colon, right = text.partition(":")
    if not text or (colon and not (left.strip() and right.strip())):
        raise _empty_segment(text)
    if colon and is_provider(fold_provider(left)):
        return Spec(fold_provider(left), right.strip())
    left, at, right = text.rpartition("@")
    if at and not right.strip():
        raise _empty_segment(text)
    if at and is_provider(fold_provider(right)):
        if not left.strip():
            raise _empty_segment(text)
        return Spec(fold_provider(right), left.strip())
    return None


def format_spec(provider: str, id: str, form: str = "colon") -> str:
    """The spec of a model: `provider:id`, or `id@provider` with form="at".

    parse_spec reads it back. The at form of an id that itself begins with `some-provider:` does not
    come back, so the colon form is the one to store. Raises SpecError for an empty part, a provider
    with `:` or `@` in it, and an unknown form.
    """
    if form not in FORMS:
        raise SpecError(f"unknown form {form!r} of a spec; one of {', '.join(FORMS)}")
    provider, id = fold_provider(provider), id.strip()
    if not provider or not id:
        raise _empty_segment(f"{provider}:{id}")
    if ":" in provider or "@" in provider:
        raise SpecError(f"the provider {provider!r} has a : or @ in it, so no spec can name it")
    return FORMS[form].format(provider=provider, id=id)


def _empty_segment(text: str) -> SpecError:
    return SpecError(f"empty segment in {text!r}; write provider:id, such as openai:gpt-4o")
