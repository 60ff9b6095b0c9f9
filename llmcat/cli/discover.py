"""The command that asks endpoints for their models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from llmcat.cli.output import output_options, print_rows, say

if TYPE_CHECKING:
    from llmcat.network.discover.discovery import EndpointStatus

NO_LIST = "none: it has no list, what the catalogue knows of it counts as available"


@click.command()
@click.argument("providers", nargs=-1, metavar="[PROVIDER]...")
@click.option("--status", is_flag=True, help="Show what is known of each endpoint; ask none.")
@click.option("--refresh", is_flag=True, help="Ask even where an answer is under an hour old.")
@click.option(
    "--deadline",
    type=click.FloatRange(0.1, 3_600),
    metavar="SECONDS",
    help="Leave an endpoint behind after so long; 10 unless config.toml says otherwise.",
)
@output_options
def discover(
    providers: tuple[str, ...],
    status: bool,
    refresh: bool,
    deadline: float | None,
    form: str | None,
) -> None:
    """Ask providers and local servers which models they have.

    \b
    llmcat discover
    llmcat discover openai ollama --refresh
    llmcat discover --status

    Without PROVIDER all whose keys are set, and local servers that run. What they answer is kept, and
    lies over the catalogue for every command. A key goes into a header of its own provider's endpoint,
    and nowhere else. The exit status is 1 where an endpoint did not answer.
    """
    from llmcat.network.discover import discovery

    if status:
        known = discovery.status()
        chosen = [one for one in known if not providers or one.name in providers]
        _print(chosen, form)
        if not chosen and form is None:
            say("nothing is discovered yet; run `llmcat discover`", err=True)
        return
    found = discovery.discover(*providers, refresh=refresh, deadline=deadline)
    _print([*found.endpoints], form)
    if not found.endpoints and form is None:
        say("no key is set and no local server answers; `llmcat doctor` says more", err=True)
    for line in found.errors:
        say(f"warning: {line}", err=True)
    if found.errors or not found.endpoints:
        raise click.exceptions.Exit(1)


def _print(found: list[EndpointStatus], form: str | None) -> None:
    from llmcat.network.discover.discovery import EndpointStatus

    if form:
        print_rows([one._asdict() for one in found], form, header=EndpointStatus._fields)
        return
    rows = [
        {
            "endpoint": one.name,
            "provider": one.provider,
            "models": one.models,
            "age": _age(one.age),
            "seconds": "" if one.latency is None else f"{one.latency:.2f}",
            "adapter": f"{'' if one.verified else 'un'}verified",
            "made from": one.made_from,
            "last error": one.error or (NO_LIST if one.kind == "no-list" else ""),
        }
        for one in found
    ]
    print_rows(rows, None, spare=("made from", "provider", "adapter", "seconds"))


def _age(seconds: Any) -> str:
    """An age in its largest unit."""
    if seconds is None:
        return "never"
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0, seconds):.0f} s"
