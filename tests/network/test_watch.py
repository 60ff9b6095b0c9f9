"""Watch: rounds with jitter and back-off, one watcher at a time, a clean end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from llmcat.errors import PullError, WriteError
from llmcat.network.watch import JITTER, SOONER, only_watcher, pause, watch
from tests.cli.running import environment, error_of, llmcat


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder of its own."""
    monkeypatch.setenv("LLMCAT_DATA", str(tmp_path))


def test_a_round_does_all_and_a_failure_leaves_the_others() -> None:
    """It is told in a line."""
    told: list[str] = []
    done: list[str] = []

    def fails(tell: object) -> bool:
        raise PullError("is down")

    def works(tell: object) -> bool:
        done.append("layer")
        return True

    watch(60, threading.Event(), told.append, [fails, works], rounds=1)
    assert (told, done) == (["warning: is down"], ["layer"])


def test_programs_read_a_line_a_round() -> None:
    """When, whether all went well, what was done, and that no round follows."""
    done = llmcat("watch", "--once", "--no-pull", "--no-discover", "--json")
    [round_] = done.nl
    assert (round_["ok"], round_["next_in_seconds"]) == (True, None)
    assert round_["lines"][0].startswith("catalogue: ")


@pytest.mark.parametrize(("failures", "seconds"), [(0, 3600), (1, SOONER), (3, 240), (50, 3600)])
def test_pauses_have_jitter_and_grow_with_failures(failures: int, seconds: float) -> None:
    """Sooner after a failure, never later than the interval and its tenth."""
    assert pause(3600, failures, 0.5) == seconds
    assert pause(3600, failures, 0) == pytest.approx(seconds * (1 - JITTER))
    assert pause(3600, failures, 1) == pytest.approx(seconds * (1 + JITTER))


def test_there_is_one_watcher_at_a_time() -> None:
    """The second is told which process the first one is."""
    with only_watcher(), pytest.raises(WriteError, match=f"process {os.getpid()}"), only_watcher():
        pass
    with only_watcher():
        pass


def test_a_signal_ends_it_cleanly(tmp_path: Path) -> None:
    """Between two rounds, with status 0."""
    words = ("watch", "--no-pull", "--no-discover", "--every", "1h")
    env = environment(LLMCAT_DATA=str(tmp_path), LLMCAT_CONFIG="")
    running = subprocess.Popen(
        [sys.executable, "-m", "llmcat", *words], stdout=subprocess.PIPE, env=env, text=True
    )
    assert running.stdout is not None
    assert running.stdout.readline().startswith("catalogue: ")
    time.sleep(0.2)
    assert "another `llmcat watch`" in error_of(llmcat(*words))
    running.send_signal(signal.SIGTERM)
    assert running.wait(20) == 0
    running.stdout.close()


def test_an_interval_that_is_none_is_wrong_usage() -> None:
    """With what to write."""
    for text in ("soon", "-5m", "5", "1w", "²m"):
        assert "interval" in error_of(llmcat("watch", "--every", text), 2) or text == "5"
