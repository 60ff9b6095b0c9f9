"""Commands for the user's own layer: add, set, remove, doctor."""

from __future__ import annotations

import json
from typing import Any

import click

from llmcat.catalog import Catalog
from llmcat.cli.option_types import Tokens
from llmcat.cli.output import json_option, output_options, plain, print_record, print_rows, say
from llmcat.errors import ModelNotFound, SpecError

because_option = click.option("--because", metavar="WHY", help="Why; history shows it.")


@click.command()
@click.argument("spec")
@click.option("--name", metavar="NAME", help="Display name.")
@click.option("--context", "limit_context", type=Tokens(), metavar="TOKENS", help="Context window.")
@click.option("--max-output", "limit_output", type=Tokens(), metavar="TOKENS", help="Most output.")
@click.option("--cost-input", type=float, metavar="USD", help="Price of 1M input tokens.")
@click.option("--cost-output", type=float, metavar="USD", help="Price of 1M output tokens.")
@click.option("--cost-cache-read", type=float, metavar="USD", help="Price of 1M cached tokens.")
@click.option("--cost-cache-write", type=float, metavar="USD", help="Price of 1M tokens cached.")
@click.option("--capability", "capabilities", multiple=True, help="What it can do; repeat it.")
@click.option("--tag", "tags", multiple=True, help="A label of yours; repeat it.")
@because_option
@json_option
def add(spec: str, because: str | None, form: str | None, **given: Any) -> None:
    """Add a model of your own to the catalogue that you see.

    \b
    llmcat add acme:llama-tuned --context 32k --cost-input 0.4 --cost-output 1.2
               --because "our tune"
    """
    from llmcat.user.edits import facts_from, write_edit

    provider, colon, id_ = spec.strip().partition(":")
    if not (provider.strip() and colon and id_.strip()):
        raise SpecError(f"{spec!r} is no spec; write provider:id, such as acme:my-model")
    named = f"{provider.strip().lower()}:{id_.strip()}"
    with Catalog() as catalog:
        if catalog.sql("SELECT 1 FROM models WHERE spec = :spec", {"spec": named}):
            raise click.ClickException(f"{named} is there already; change it with `llmcat set`")
    pairs = {name: value for name, value in given.items() if value not in (None, ())}
    pairs.update(dict.fromkeys(pairs.pop("capabilities", ()), True))
    if "tags" in pairs:
        pairs["tags"] = list(pairs["tags"])
    write_edit(named, facts_from(pairs), because)
    _show(named, form)


@click.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("spec")
@click.argument("key")
@click.argument("value")
@because_option
@json_option
def set_(spec: str, key: str, value: str, because: str | None, form: str | None) -> None:
    """Change one value of a model, over whatever the sources say.

    KEY is a column of models, a capability, a path in the details, or speed (output tokens a second);
    VALUE a number (of tokens also as 32k), yes, no, text or JSON. The sources' own value comes back with `llmcat remove SPEC KEY`.

    \b
    llmcat set openai:gpt-4o cost_input 2.0 --because "our contract"
    llmcat set ollama:qwen3:8b tools yes
    """
    from llmcat.user.edits import facts_from, write_edit

    with Catalog() as catalog:
        try:
            named = catalog.resolve(spec).spec
        except ModelNotFound as error:
            raise click.ClickException(f"{error}; a new one comes with `llmcat add`") from None
    given = _value(key, value)
    write_edit(named, facts_from({key: given}), because)
    _show(named, form, key, given)


@click.command()
@click.argument("spec")
@click.argument("key", required=False)
@because_option
@json_option
def remove(spec: str, key: str | None, because: str | None, form: str | None) -> None:
    """Take back what add and set said of a model, or of one KEY of it.

    A model that was added is gone, of others the sources' own values come back.
    """
    from llmcat.user.edits import edited, facts_from, read_edits, without, write_edit

    own = edited(read_edits())
    named = spec.strip()
    if named not in own:
        with Catalog() as catalog:
            named = catalog.resolve(spec).spec if spec in catalog else named
    if named not in own:
        raise click.ClickException(f"{named} was neither added nor set by hand")
    rest = without(own[named], facts_from({key: _any_of(own[named], key)})) if key else {}
    if key and rest == own[named]:
        raise click.ClickException(f"{key} of {named} was not set by hand")
    write_edit(named, None, because)
    if rest:
        write_edit(named, rest, because)
    _show(named, form, key, taken_back=True)


def _any_of(facts: dict[str, Any], key: str) -> Any:
    """A value that fits `key`, to know where it stands."""
    from llmcat.errors import OptionError
    from llmcat.user.edits import facts_from

    values: tuple[Any, ...] = (True, 1, "x", ["x"], "active", "2026-01-01", {})
    for value in values:
        try:
            facts_from({key: value})
        except OptionError as error:
            last = error
        else:
            return value
    raise last


def _value(key: str, text: str) -> Any:
    """A value as it is written on a command line."""
    if key.startswith("limit") and text[-1:] in "kKmM":
        return Tokens().convert(text, None, None)
    words = {"yes": True, "no": False}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return json.loads(text)
    except ValueError:
        return text


def _show(
    spec: str,
    form: str | None,
    key: str | None = None,
    given: Any = None,
    *,
    taken_back: bool = False,
) -> None:
    """What the catalogue says of a model now; for programs all of it, or null where it is gone."""
    with Catalog() as catalog:
        try:
            model = catalog.model(spec)
        except LookupError:
            if form:
                print_record({"spec": spec, "model": None}, form)
            else:
                say(f"{spec}: gone")
            return
    if form:
        print_record({"spec": spec, "model": model.as_dict()}, form)
    elif key is not None and key in model._fields:
        say(f"{spec}: {key} = {plain(getattr(model, key)) or 'unknown'}")
    elif given is not None:  # a path in the details, or speed
        say(f"{spec}: {key} = {plain(given)}")
    else:
        known = {n: v for n, v in model._asdict().items() if v not in (None, ()) and n in SHOWN}
        if taken_back:
            known.pop("source", None)
            spec += " is again as its sources have it"
        say(f"{spec}: " + ", ".join(f"{n} {plain(v)}" for n, v in known.items()))


SHOWN = ("limit_context", "limit_output", "cost_input", "cost_output", "capabilities", "source")


@click.command()
@output_options
def doctor(form: str | None) -> None:
    """Say what of your setup works: keys, endpoints, config, overlays, edits.

    Asks nobody: what endpoints answered, is that of the last `llmcat discover`. The exit status is 1
    where something needs mending.
    """
    from llmcat.user.doctor import findings

    found = findings()
    print_rows([one._asdict() for one in found], form, columns=("what", "name", "state", "hint"))
    if any(one.broken for one in found):
        raise click.exceptions.Exit(1)
