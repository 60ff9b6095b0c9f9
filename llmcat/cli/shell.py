"""What a command owes the shell that runs it: its streams, the signals that end it, its last words."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any, NoReturn

import click

from llmcat import display

STREAMS = {"stdin": "r", "stdout": "w", "stderr": "w"}

ENDING = ("SIGTERM", "SIGHUP")
"""Signals that end a command as Ctrl-C does: temporary files go first. Windows has no SIGHUP."""


def complete_streams() -> None:
    """Put the null device where a stream is closed (`>&-`), so that the work is done all the same.

    Else the next file that is opened gets the number of the stream, and output would be written to it.
    """
    for name, mode in STREAMS.items():
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - to the end


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Within it SIGTERM and SIGHUP raise SystemExit, so that whatever cleans up is run.

    A signal that is ignored (nohup) stays so, and so does a second one while the first is obeyed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {}
    for name in ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            before[number] = signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


@contextlib.contextmanager
def system_errors() -> Iterator[None]:
    """Turn what the system refuses into one line: a full disk, a folder that may not be searched.

    A reader who has seen enough (`| head`) is no error: the command ends with status 0.
    """
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            place = display.text(os.fsdecode(error.filename))
            raise click.ClickException(f"{place}: {_reason(error)}") from None
        # files are opened by name: what has none is the output
        _write_no_more()
        if isinstance(error, BrokenPipeError):
            raise click.exceptions.Exit(0) from None
        raise click.ClickException(_not_written(error)) from None


def ended_with(status: int) -> int:
    """The exit status of a command that ends with `status`, once all of its output is written."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _write_no_more()
        if not isinstance(error, BrokenPipeError):
            click.echo(f"Error: {_not_written(error)}", err=True)
            return 1
    return status


def _write_no_more() -> None:
    """Send the rest of the output nowhere: Python would try again as it ends, and fail aloud."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def _not_written(error: OSError) -> str:
    return f"standard output cannot be written ({_reason(error)})"


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


class Text(click.types.StringParamType):
    """Text that is UTF-8: what the catalogue cannot hold it cannot be asked for."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """`value`, if it is such text."""
        text = str(super().convert(value, param, ctx))
        if "\x00" in text or not _is_utf8(text):
            self.fail(f"{text!a} is not UTF-8 text", param, ctx)
        return text


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


TEXT = Text()


def takes_text(command: click.Command) -> click.Command:
    """The command, every text that it takes checked to be one. Paths need not be UTF-8."""
    for parameter in command.params:
        if parameter.type is click.STRING:
            parameter.type = TEXT
        elif isinstance(parameter.type, click.Tuple):
            parameter.type.types = [
                TEXT if kind is click.STRING else kind for kind in parameter.type.types
            ]
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            takes_text(inner)
    return command
