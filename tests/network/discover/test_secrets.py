"""Known secrets are looked for in all that is printed, logged, kept and passed on."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from llmcat import Catalog
from llmcat.network.discover.hosted_providers import HOSTED
from tests.cli.running import environment, llmcat, written
from tests.network.discover.servers import Provider, hang, raw, running_provider, status

__all__ = ["running_provider"]

SECRET = "sk-known-SECRET-4711"
COMMANDS = (
    ("discover",),
    ("discover", "--refresh", "--json"),
    ("discover", "--status"),
    ("doctor",),
    ("find", "--available", "--json"),
    ("info",),
    ("sql", "select * from rejects"),
    ("sql", "select * from sources"),
    ("providers", "openai"),
)


@pytest.fixture(name="home")
def keys_everywhere(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user whose every key is the secret, and endpoints that repeat it in all they say."""
    monkeypatch.setenv("LLMCAT_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("LLMCAT_DATA", str(tmp_path / "data"))
    lines = ["[discover]", "local = false", "deadline = 4"]
    said = SECRET.encode()
    answers = [
        raw(b'{"data": [{"id": "gpt-4o", "owned_by": "%s"}], "models": []}' % said),
        status(401, b"wrong key " + said),
        status(302, location=f"http://127.0.0.2:9/{SECRET}"),
        raw(b"<html>" + said),
        raw(b'{"data": [{"id": "%s"}], "models": [{"name": "%s"}]}' % (said, said)),
        status(500, said),
        hang,
    ]
    for number, (name, row) in enumerate(HOSTED.items()):
        for variable in row.env:
            monkeypatch.setenv(variable, SECRET)
        base = f"/{number}"
        for path in row.paths:
            provider.paths[base + path] = answers[number % len(answers)]
        lines += [f"[endpoints.{name}]", f'url = "{provider.base}{base}"']
    written(tmp_path / "command.py", f"print({SECRET!r})\n")
    command = [sys.executable, str(tmp_path / "command.py")]
    lines += ["[endpoints.mine]", f'url = "{provider.base}/0"', f"key_command = {command}"]
    written(tmp_path / "config" / "config.toml", "\n".join(lines))
    return tmp_path


def test_no_secret_is_printed_logged_or_kept(
    home: Path, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    """Not by any command, in any log, file, database or file name; and the server did get it."""
    caplog.set_level(logging.DEBUG)
    for words in COMMANDS:
        said = llmcat(*words)
        assert SECRET not in said.out + said.err, words
    with Catalog() as catalog:
        assert "openai:gpt-4o" in catalog
        assert SECRET not in repr(catalog.info())
    assert SECRET not in caplog.text
    (home / "command.py").unlink()
    files = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    for path in files:
        assert SECRET not in path.name
        assert SECRET.encode() not in path.read_bytes(), path
    assert any(SECRET in str(visit.headers) for visit in provider.visits)
    assert not [visit.path for visit in provider.visits if SECRET in visit.path]


PRINTED = "sk-printed-SECRET-4712"
SLOWLY = """
import os, pathlib, time
pathlib.Path({there!r}).touch()
while not os.path.exists({go_on!r}):
    time.sleep(0.01)
print(pathlib.Path({secret!r}).read_text())
"""


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="there is no list of processes")
def test_no_secret_stands_in_the_list_of_processes(home: Path, provider: Provider) -> None:
    """While a key_command runs and while endpoints are asked: no command line has a key, and no
    environment one that a command printed."""
    there, go_on = home / "there", home / "go-on"
    places = {"there": str(there), "go_on": str(go_on), "secret": str(home / "secret")}
    written(home / "secret", PRINTED)
    written(home / "command.py", SLOWLY.format(**places))
    provider.paths["/9/models"] = hang
    config = home / "config" / "config.toml"
    command = [sys.executable, str(home / "command.py")]
    slow = f'[endpoints.slow]\nurl = "{provider.base}/9"\nkey_command = {command}\n'
    written(config, f"[discover]\nlocal = false\ndeadline = 20\n{slow}")
    running = subprocess.Popen(
        [sys.executable, "-m", "llmcat", "discover", "slow", "openai"],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until(there.exists)
        during_command = _processes()
        go_on.touch()
        _wait_until(lambda: any(PRINTED in str(visit.headers) for visit in provider.visits))
        during_request = _processes()
    finally:
        running.kill()
        running.wait()
    assert any("command.py" in line for line, _ in during_command)
    for line, variables in (*during_command, *during_request):
        assert SECRET not in line
        assert PRINTED not in line
        assert PRINTED not in variables


def _wait_until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)


def _processes() -> list[tuple[str, str]]:
    """The command line and the environment of each process that may be looked at."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
            found.append((line.decode(errors="replace"), ""))
            variables = (folder / "environ").read_bytes()
            found.append((line.decode(errors="replace"), variables.decode(errors="replace")))
    return found


def test_no_secret_stands_in_a_traceback(home: Path) -> None:
    """Even where Python shows all local variables: the key shows itself as Secret(…)."""
    code = (
        "import sys, traceback\n"
        "from llmcat.network.discover import discovery\n"
        "def broken(*words): raise RuntimeError(repr(words))\n"
        "discovery.ask_all = broken\n"
        "try:\n    discovery.discover()\n"
        "except RuntimeError as error:\n"
        "    print(traceback.format_exc())\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment()
    )
    assert "Secret(…)" in done.stdout
    assert SECRET not in done.stdout + done.stderr
