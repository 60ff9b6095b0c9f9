"""The command that keeps everything fresh: watch."""

from __future__ import annotations

import signal
import threading
from typing import Any

import click

from llmcat.cli.output import say

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
def watch(every: float, no_pull: bool, no_discover: bool, once: bool) -> None:
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
    run(
        every,
        stop,
        lambda line: say(line, err=line.startswith("warning")),
        tasks,
        1 if once else None,
    )
