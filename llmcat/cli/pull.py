"""The command that brings news: pull, of the sources of a recipe or of a catalogue that others publish."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llmcat.cli.build import print_report, progress_line, recipe_option
from llmcat.cli.output import json_option, print_record, say

if TYPE_CHECKING:
    from llmcat.network.releases.install import Installed
    from llmcat.network.sources import SourcePull

FROM_VARIABLE = "LLMCAT_FROM"
KEY_VARIABLE = "LLMCAT_VERIFY_KEY"


@click.command()
@click.option("--url", help="Where to fetch from; without it $LLMCAT_URL, then the recipe's.")
@click.option(
    "--force",
    is_flag=True,
    help="Ask upstream even if the last time is under an hour ago, and take what it has even if too"
    " many models are gone or too many prices moved.",
)
@click.option("--no-install", is_flag=True, help="Only fetch; leave the installed catalogue alone.")
@recipe_option
@click.option(
    "--from",
    "address",
    metavar="URL",
    help="Install the catalogue that `llmcat publish` put there: https, a folder, s3://, gs://, az://."
    f" Without it ${FROM_VARIABLE}, then [pull] releases of the recipe.",
)
@click.option(
    "--verify-key",
    "keys",
    multiple=True,
    metavar="KEY",
    help="Public key that must have signed, or a file of it; repeat it for two. Remembered for the address."
    f" Without it ${KEY_VARIABLE}, then [pull] verify_keys of the recipe.",
)
@click.option(
    "--pin", metavar="SERIAL", help="Install this release and stay with it; `latest` ends that."
)
@click.option(
    "--rollback",
    is_flag=True,
    help="Back to the release before, which is kept here, and stay with it.",
)
@json_option
def pull(
    url: str | None,
    force: bool,
    no_install: bool,
    recipe: Path | None,
    address: str | None,
    keys: tuple[str, ...],
    pin: str | None,
    rollback: bool,
    form: str | None,
) -> None:
    """Fetch the sources of the recipe from their addresses, and install what they give.

    Or, with --from, install a catalogue that others publish, as it is. Catalog() opens it. The only
    command that uses the network, and only to these addresses, side by side. One that is down is a
    warning, and what was pulled of it before stays. An installed file that is damaged is set aside.

    More than a tenth of the models gone, or more than a twentieth of the prices moved by more than
    half, needs --force; as much again for each month since what is compared: pinned, installed, pulled.

    \b
    llmcat pull
    llmcat pull --from https://models.example.com/llmcat --verify-key llmcat.pub
    llmcat pull --rollback
    """
    from llmcat.storage.location import installed

    target = Path(installed())
    if rollback:
        _only(rollback, "--rollback", url, force, no_install, address, pin, keys)
        from llmcat.network.releases.install import roll_back

        return _print_release(roll_back(target), target, form)
    given = (
        address or os.environ.get(FROM_VARIABLE) or (None if url else _recipe_releases(recipe)[0])
    )
    if given is not None:
        _only(True, "--from", url, force, no_install)
        from llmcat.network.releases.install import install

        variable = os.environ.get(KEY_VARIABLE)
        accepted = keys or (variable.split() if variable else _recipe_releases(recipe)[1])
        return _print_release(install(given, target, keys=accepted, pin=pin), target, form)
    _only(bool(pin or keys), "--pin and --verify-key need --from", pin, keys)
    return _pull_sources(recipe, url, force, no_install, target, form)


def _only(wanted: bool, option: str, *others: object) -> None:
    """Refuse options that do not go together."""
    if wanted and any(others):
        raise click.UsageError(option if "need" in option else f"{option} goes alone")


def _recipe_releases(path: Path | None) -> tuple[str | None, tuple[str, ...]]:
    """Where a recipe has releases pulled from, and the keys that it accepts."""
    if path is None:
        return None, ()
    from llmcat.pipeline.recipe import read_recipe

    recipe = read_recipe(path)
    return recipe.releases, recipe.verify_keys


def _print_release(done: Installed, target: Path, form: str | None) -> None:
    if form:
        print_record({"catalog": str(target), **done._asdict()}, form)
        return
    word = "installed" if done.action == "installed" else "nothing is new, the catalogue is"
    say(f"{target}: {word} serial {done.serial}")
    for note in done.notes:
        say(f"note: {note}", err=True)


def _pull_sources(
    recipe: Path | None,
    url: str | None,
    force: bool,
    no_install: bool,
    target: Path,
    form: str | None,
) -> None:
    from llmcat.network.sources import pull_and_install

    pulled: list[dict[str, Any]] = []
    with progress_line() as progress:
        done = pull_and_install(
            recipe,
            url=url,
            force=force,
            install=not no_install,
            tell=_tell if form is None else lambda result: pulled.append(_row(result)),
            progress=progress,
            warn=lambda words: say(f"warning: {words}", err=True),
        )
    if form:
        build = done.build and done.build.as_dict()
        print_record({"catalog": str(target), "sources": pulled, "build": build}, form)
    elif done.build:
        print_report(done.build)
    elif not no_install:
        click.echo(f"{target}: nothing is new")


def _row(result: SourcePull) -> dict[str, Any]:
    """The pull of a source for programs."""
    got = result.pulled
    return {
        "source": result.source.name,
        "action": got and got.action,
        "providers": got and got.providers,
        "models": got and got.models,
        "retrieved_at": got and got.retrieved_at,
        "error": None if result.error is None else str(result.error),
    }


def _tell(result: SourcePull) -> None:
    """The result of the pull of a source in a line; a warning where it failed and the rest goes on."""
    from llmcat.instants import age_in_words

    if got := result.pulled:
        age = age_in_words(got.retrieved_at, datetime.now(timezone.utc))
        counts = f"{got.models:,} models from {got.providers:,} providers"
        click.echo(f"{got.action}: {counts}, {age} old ({result.source.name})")
    elif not result.fatal:
        say(f"warning: {result.source.name}: {result.error}", err=True)
