"""The command that keeps everything fresh: watch."""

from __future__ import annotations

import json
import signal
import threading
from datetime import datetime, timezone
from functools import partial
from typing import Any

import click

from llmcat.cli.output import say
from llmcat.instants import utc_text

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LEAST = 60


class Interval(click.ParamType):  # type: ignore[type-arg] # no generic before click 8.4
    """A number of seconds, or one with a unit: 90, 30m, 6h, 1d."""

    name = "interval"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """The interval in seconds."""
        text = str(value).strip().lower()
        unit = UNITS.get(text[-1:], 0)
        digits = text[:-1] if unit else text
        if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
            self.fail(f"{value!r} is no interval; write such as 30m, 6h or 1d", param, ctx)
        seconds = float(int(digits) * (unit or 1))
        if seconds < LEAST:
            self.fail(f"{value!r} is under a minute", param, ctx)
        return seconds


@click.command()
@click.option(
    "--every",
    type=Interval(),
    default="6h",
    show_default=True,
    metavar="INTERVAL",
    help="Time between two rounds: 30m, 6h, 1d; give or take a tenth.",
)
@click.option("--no-pull", is_flag=True, help="Leave the sources alone.")
@click.option("--no-discover", is_flag=True, help="Ask no endpoints.")
@click.option("--once", is_flag=True, help="One round, as from cron.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="A line of JSON a round: at, ok, lines, next_in_seconds.",
)
def watch(every: float, no_pull: bool, no_discover: bool, once: bool, as_json: bool) -> None:
    """Keep catalogue, discovered models and your layer fresh.

    \b
    llmcat watch --every 6h
    llmcat watch --once

    A round pulls, discovers and makes the layer. What fails is a warning, and is tried again after a
    minute, then two, four, … One watcher a user: a second one ends with status 1. SIGTERM and ^C end it
    after the step that it is at, with status 0; a second one at once.
    """
    from llmcat.network.watch import discover_task, layer_task, pull_task
    from llmcat.network.watch import watch as run

    stop = threading.Event()

    def end(number: int, frame: Any) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    tasks = [pull_task] * (not no_pull) + [discover_task] * (not no_discover) + [layer_task]
    rounds = 1 if once else None
    if as_json:
        lines: list[str] = []
        run(every, stop, lines.append, tasks, rounds, partial(_print_round, lines))
    else:
        run(every, stop, lambda line: say(line, err=line.startswith("warning")), tasks, rounds)


def _print_round(lines: list[str], well: bool, seconds: float | None) -> None:
    """A round as a line of JSON, written at once for whoever reads along."""
    at = utc_text(datetime.now(timezone.utc))
    left = None if seconds is None else round(seconds)
    click.echo(json.dumps({"at": at, "ok": well, "lines": lines, "next_in_seconds": left}))
    lines.clear()
