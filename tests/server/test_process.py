"""`llmcat serve` as a process: its one line, its errors, its end."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from llmcat.cli import main
from tests.conftest import MakeCatalog
from tests.datasette_plugin import in_process as in_process  # skips where serve can't run

QUERY = "catalog.json?sql=select+count(*)+n,min(id)+a,max(id)+z+from+models&_shape=array"


@contextmanager
def serving(
    file: Path, tmp_path: Path, *options: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The URL and the process of `llmcat serve FILE` on a free port."""
    folder = tmp_path / "temporary"
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "llmcat", "serve", str(file), "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert " at http://127.0.0.1:" in line, line
        yield line.partition(" at ")[2].split()[0], process
    finally:
        process.kill()
        process.communicate()


def ask(url: str) -> Any:
    """The JSON at `url`."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def test_a_swap_under_load_never_mixes(make_catalog: MakeCatalog, tmp_path: Path) -> None:
    """Four clients ask without a pause while the file is swapped: every answer is wholly old or wholly
    new, old before new for each; on SIGTERM the process ends with all its files."""
    both = []
    for prefix, size in (("a", 40), ("b", 60)):
        ids = [{"id": f"{prefix}{number:02}"} for number in range(size)]
        shutil.move(make_catalog({"openai": {"models": ids}}), tmp_path / f"{prefix}.db")
        both.append({"n": size, "a": f"{prefix}00", "z": f"{prefix}{size - 1}"})
    old, new = both
    seen: list[list[Any]] = [[] for _ in range(4)]
    stop = threading.Event()
    with serving(tmp_path / "a.db", tmp_path, "--reload-on-swap") as (url, process):

        def client(answers: list[Any]) -> None:
            while not stop.is_set():
                (row,) = ask(url + QUERY)
                if not answers or answers[-1] != row:
                    answers.append(row)

        clients = [threading.Thread(target=client, args=(answers,)) for answers in seen]
        for thread in clients:
            thread.start()
        time.sleep(0.5)
        os.replace(tmp_path / "b.db", tmp_path / "a.db")
        end = time.monotonic() + 20
        while time.monotonic() < end and any(new not in answers for answers in seen):
            time.sleep(0.1)
        time.sleep(0.3)
        stop.set()
        for thread in clients:
            thread.join()
        assert seen == [[old, new]] * 4
        assert len(list((tmp_path / "temporary").glob("llmcat-serve-*/*"))) == 1
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=10)
        assert (process.returncode, said) == (0, "")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_head_is_get_without_a_body(make_catalog: MakeCatalog, tmp_path: Path) -> None:
    """Headers, and not a byte behind them; the connection goes on to the next request."""
    file = make_catalog({"acme": {"models": [{"id": "m"}]}})
    with serving(file, tmp_path) as (url, _):
        place = url.removeprefix("http://").rstrip("/").partition(":")
        with socket.create_connection((place[0], int(place[2])), timeout=20) as client:
            for page in ("/catalog/models/acme~3Am.json", "/robots.txt"):
                client.sendall(f"HEAD {page} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                answer = b""
                while not answer.endswith(b"\r\n\r\n"):
                    answer += client.recv(65_536)
                assert answer.startswith(b"HTTP/1.1 200 OK")
                assert answer.count(b"\r\n\r\n") == 1


def test_ctrl_c_ends_quietly(make_catalog: MakeCatalog, tmp_path: Path) -> None:
    """No traceback, no file left."""
    path = make_catalog({"openai": {"models": [{"id": "gpt-4o"}]}})
    with serving(path, tmp_path, "--public") as (url, process):
        with urllib.request.urlopen(url + "robots.txt") as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=10)
        assert (process.returncode, said) == (0, "")
    assert list((tmp_path / "temporary").iterdir()) == []


def one_line(*arguments: str) -> str:
    """What `llmcat serve` says when it cannot; always one line and exit status 1."""
    result = CliRunner().invoke(main, ["serve", *arguments])
    assert result.exit_code == 1, result.output
    assert result.output.count("\n") == 1
    return result.output


def test_a_taken_port_is_named_with_the_way_out(make_catalog: MakeCatalog) -> None:
    """Which port, and what to write instead."""
    path = make_catalog({"openai": {"models": [{"id": "gpt-4o"}]}})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = one_line(str(path), "--port", str(port))
    assert f"port {port} is taken" in said
    assert f"--port {port + 1}" in said


def test_an_address_that_cannot_be_is_said(make_catalog: MakeCatalog) -> None:
    """A host that does not exist; a port that does not is wrong usage."""
    path = make_catalog({"openai": {"models": [{"id": "gpt-4o"}]}})
    assert "no such host" in one_line(str(path), "--host", "no such host.invalid")
    assert "no name of a host" in one_line(str(path), "--host", "a" * 5_000)
    result = CliRunner().invoke(main, ["serve", "--port", "99999"])
    assert (result.exit_code, "65535" in result.output) == (2, True)


def test_what_is_no_catalogue_is_said(tmp_path: Path) -> None:
    """No file, a folder, some other file."""
    other = tmp_path / "notes.txt"
    other.write_text("not a database, but long enough to look at" * 100)
    assert "no such file" in one_line(str(tmp_path / "none.db"), "--port", "0")
    assert "folder" in one_line(str(tmp_path), "--port", "0")
    assert "cannot be read as a catalogue" in one_line(str(other), "--port", "0")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which command installs it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "pip install 'llmcat[browse]'" in one_line("catalog.db")


def test_another_datasette_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """1.0 serves the catalogue with the plugin, but not by this command; the line says how."""
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.0a41")
    said = one_line("catalog.db")
    assert "1.0a41" in said
    assert "datasette -i catalog.db -m" in said


def test_a_missing_mcp_is_named(make_catalog: MakeCatalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """--mcp without datasette-mcp."""
    path = make_catalog({"openai": {"models": [{"id": "gpt-4o"}]}})
    monkeypatch.setitem(sys.modules, "datasette_mcp", None)
    assert "pip install 'llmcat[mcp]'" in one_line(str(path), "--port", "0", "--mcp")
