"""Forms that add a model to the user's own layer and correct one, with what would change before it does.

Three steps: the form, the preview, the edit; each shows the next. An edit is a line of the same file that
`llmcat add`, `set` and `remove` write, so that these take it back as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from llmcat import display
from llmcat.arguments import token_count
from llmcat.capabilities import CANONICAL, COLUMNS
from llmcat.datasette_plugin.editing import Editing
from llmcat.errors import LlmcatError, OptionError, SpecError
from llmcat.spec import fold_provider

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.records import Model

TEXTS = {"name": "Name", "family": "Family", "description": "Description"}
TOKENS = {"limit_context": "Context window, tokens", "limit_output": "Longest output, tokens"}
PRICES = {
    "cost_input": "Input, USD per 1M",
    "cost_output": "Output, USD per 1M",
    "cost_cache_read": "Cache read, USD per 1M",
    "cost_cache_write": "Cache write, USD per 1M",
}
FLAGS = {
    "tools": "Tools",
    "vision": "Vision",
    "reasoning": "Reasoning",
    "structured_output": "JSON Schema",
    "open_weights": "Open weights",
}
WORDS = {"yes": True, "no": False}

PREVIEW, SAVE, TAKE_BACK = "preview", "save", "take_back"
STEPS = (PREVIEW, SAVE, TAKE_BACK)


class Change(NamedTuple):
    """A value that the edit changes, as people read it."""

    field: str
    old: str
    new: str


def facts(catalog: Catalog, editing: Editing, given: Mapping[str, str]) -> dict[str, Any]:
    """What the page shows for the values of the address or of a form that was sent; a step `save` or
    `take_back` writes. What is wrong with them is in `wrong`, and the form stays as it was filled in."""
    from llmcat.user.edits import edited, edits_file, read_edits

    if not editing.may(given.get("token", "")):
        return {"allowed": False, "wrong": "token" in given, "spec": given.get("spec", "")}
    page: dict[str, Any] = {"allowed": True, "token": editing.token, "given": dict(given)}
    page |= {"texts": TEXTS, "tokens": TOKENS, "prices": PRICES, "flags": FLAGS}
    page |= {"wrong": None, "step": None, "spec": "", "model": None, "changes": [], "own": None}
    try:
        page["file"] = str(edits_file())
        if not given.get("spec", "").strip():
            return page
        page["spec"] = spec = spec_of(catalog, given["spec"])
        model = catalog.model(spec) if spec in catalog else None
        page["model"] = model and model._asdict()
        page["own"] = edited(read_edits()).get(spec)
        if given.get("step") in STEPS:
            page |= _step(editing, spec, model, page["own"], given)
    except (LlmcatError, ValueError, OSError) as error:
        page["wrong"] = str(error)
    return page


def spec_of(catalog: Catalog, name: str) -> str:
    """The spec of a model that is there, as people write it, or of one to add: provider:id."""
    name = name.strip()
    provider, colon, id_ = name.partition(":")
    try:
        return catalog.resolve(name).spec
    except LookupError:
        if not (provider.strip() and colon and id_.strip()):
            raise SpecError(
                f"{name!r} is no spec; write provider:id, such as acme:my-model"
            ) from None
    return f"{fold_provider(provider.strip().lower())}:{id_.strip()}"


def _step(
    editing: Editing,
    spec: str,
    model: Model | None,
    own: Mapping[str, Any] | None,
    given: Mapping[str, str],
) -> dict[str, Any]:
    """What one step of the form gives: what it would change, or that it is written."""
    from llmcat.user.edits import facts_from, write_edit

    because = given.get("because", "").strip() or None
    if given["step"] == TAKE_BACK:
        if own is None:
            raise OptionError(f"{spec} was neither added nor set by hand")
        write_edit(spec, None, because)
        editing.renew()
        return {"step": SAVE, "taken_back": True}
    pairs = changed_pairs(given, model)
    if not pairs and model is not None:
        raise OptionError("nothing is different from what the catalogue says")
    new = facts_from(pairs)
    changes = [Change(name, _shown(model, name), _words(value)) for name, value in pairs.items()]
    page: dict[str, Any] = {
        "step": given["step"],
        "changes": [change._asdict() for change in changes],
        "line": json.dumps({"spec": spec, "facts": new, "because": because}, ensure_ascii=False),
    }
    if given["step"] == SAVE:
        write_edit(spec, new, because)
        editing.renew()
    return page


def changed_pairs(given: Mapping[str, str], model: Model | None) -> dict[str, Any]:
    """The keys and values of the form that differ from the model; an empty box leaves a value as it is.
    Raises OptionError for a value that is none of its kind."""
    pairs: dict[str, Any] = {}
    for name in (*TEXTS, *TOKENS, *PRICES, *FLAGS):
        if text := given.get(name, "").strip():
            pairs[name] = _value(name, text)
    if key := given.get("key", "").strip():
        pairs[key] = _any_value(given.get("value", "").strip())
    if tags := given.get("tags", "").strip():
        pairs["tags"] = [tag.strip() for tag in tags.split(",") if tag.strip()]
    return {
        name: value
        for name, value in pairs.items()
        if model is None or name not in model._fields or _differs(getattr(model, name), value)
    }


def _differs(old: Any, new: Any) -> bool:
    return bool(list(old) != new) if isinstance(new, list) else bool(old != new)


def _value(name: str, text: str) -> Any:
    if name in TEXTS:
        return text
    if name in FLAGS:
        if text not in WORDS:
            raise OptionError(f"{FLAGS[name]} is yes or no, not {text!r}")
        return WORDS[text]
    if name in TOKENS:
        if not isinstance(count := token_count(text.replace(",", "")), int) or count < 0:
            raise OptionError(f"{TOKENS[name]}: {text!r} is no number, such as 200000, 200k or 1M")
        return count
    try:
        price = float(text.lstrip("$ "))
    except ValueError:
        price = -1.0
    if not 0 <= price < float("inf"):
        raise OptionError(f"{PRICES[name]}: {text!r} is no price, such as 2.50; 0 is free")
    return price


def _any_value(text: str) -> Any:
    """A value as it is written on a command line: yes, no, JSON, or a text."""
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    try:
        return json.loads(text)
    except ValueError:
        return text


def _shown(model: Model | None, name: str) -> str:
    """What the catalogue says of a field now."""
    name = COLUMNS.get(CANONICAL.get(name, name), name)
    if model is None or name not in model._fields:
        return "unknown"
    return _words(getattr(model, name))


def _words(value: Any) -> str:
    if value is None or value == ():
        return "unknown"
    if isinstance(value, bool):
        return display.flag(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    return f"{value:,.10g}" if isinstance(value, (int, float)) else str(value)
