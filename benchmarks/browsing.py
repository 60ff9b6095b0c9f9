"""How fast `llmcat serve` answers beside plain Datasette, and what hostile queries cost it.

    python benchmarks/browsing.py [--sizes 1 105] [--seconds 4] [--db FILE]

Each server is a process of its own, and so is each of four connections that ask without a pause, by
raw sockets, because Python's HTTP clients are slower than the server. Pages are asked one at a time.
Larger catalogues are the shipped one with its providers repeated: 105 times are half a million models.
Plain Datasette gets the same metadata and no suggested facets; the pages of a model are the plug-in's.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from reading import enlarge

from llmcat import Catalog

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 4
LARGER = 10_000
ENOUGH = 15
"""Seconds after which a page has been asked often enough."""

WORDS = (
    *("claude sonnet", "gpt", "llama 70b", "gemini flash", "mistral", "qwen coder", "deepseek"),
    *("vision", "embedding", "whisper", "kimi", "grok", "command r", "phi", "nova", "opus"),
)


class Question(NamedTuple):
    """What is asked, at any of `urls`. The target is answers a second at least, or for a page
    milliseconds at most, in the shipped catalogue and in larger ones; None: nothing is promised."""

    urls: list[str]
    target: float | None = None
    larger: float | None = None


def questions(specs: list[str], providers: list[str]) -> tuple[dict[str, Question], ...]:
    """What programs ask, and what people ask."""
    rows = [f"/catalog/models/{tilde(spec)}.json?_shape=objects" for spec in specs]
    cheapest = "/catalog/cheapest_vision.json?_shape=objects&min_context="
    found = "/catalog/models.json?_shape=objects&_nofacet=1&_size=10&_search="
    programs = {
        "a row as JSON": Question(rows, 700),
        "a canned query as JSON": Question([f"{cheapest}{n}000" for n in range(100, 200)], 600),
        "a search as JSON": Question([found + quote(words) for words in WORDS], 300),
    }
    models = [f"/catalog/-/model/{spec}" for spec in specs]
    compared = [
        f"/catalog/-/compare?m={a}&m={b}&m={c}" for a, b, c in zip(specs, specs[1:], specs[2:])
    ]
    people = {
        "models folded": Question(["/catalog/-/models"]),
        "table with facets": Question(["/catalog/models"], 100, 800),
        "table with facets, of a provider": Question(
            [f"/catalog/models?provider={provider}" for provider in providers]
        ),
        "a search with facets": Question([f"/catalog/models?_search={quote(w)}" for w in WORDS]),
        "model page": Question(models, 20),
        "three models compared": Question(compared),
        "price explorer": Question(["/catalog/-/explorer"]),
        "what is new": Question(["/catalog/-/new"]),
        "home": Question(["/"]),
    }
    return programs, people


def tilde(spec: str) -> str:
    """A primary key as Datasette writes it in an address."""
    safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
    return "".join(c if c in safe else "".join(f"~{b:02X}" for b in c.encode()) for c in spec)


class Connection:
    """A connection that is kept alive."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)

    def ask(self, url: str, headers: str = "") -> bytes:
        """The answer, headers and all."""
        self.socket.sendall(f"GET {url} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())
        answer = b""
        while not (chunk_end(answer) or length_end(answer)):
            got = self.socket.recv(1 << 18)
            if not got:
                raise ConnectionError(f"{url}: cut off")
            answer += got
        return answer


def chunk_end(answer: bytes) -> bool:
    """Whether a chunked answer is whole."""
    return answer.endswith(b"\r\n0\r\n\r\n") or answer[9:12] == b"304"


def length_end(answer: bytes) -> bool:
    """Whether an answer that says its length is whole."""
    head, end, body = answer.partition(b"\r\n\r\n")
    _, said, rest = head.lower().partition(b"\r\ncontent-length:")
    return bool(end and said) and len(body) >= int(rest.split(b"\r\n")[0])


def load(port: int, seconds: float, urls: list[str], headers: str = "") -> None:
    """Ask without a pause for `seconds`; prints how many good answers came in a second, and how many
    questions were refused because they took too long: half a million models on a busy machine.

    A process a connection: threads of one would wait for each other, and the server for them.
    """
    orders = [
        (port, seconds, random.Random(n).sample(urls, len(urls)), headers)
        for n in range(CONNECTIONS)
    ]
    with multiprocessing.Pool(len(orders)) as pool:
        print(*map(sum, zip(*pool.starmap(answers_a_second, orders))))


def answers_a_second(port: int, seconds: float, urls: list[str], headers: str) -> tuple[float, int]:
    """What one connection gets, and how often it was told that the question took too long."""
    connection, count, refused, start = Connection(port), 0, 0, time.perf_counter()
    while (taken := time.perf_counter() - start) < seconds:
        url = urls[(count + refused) % len(urls)]
        answer = connection.ask(url, headers)
        too_long = answer[9:12] == b"400" and b"took too long" in answer
        assert too_long or answer[9:12] in (b"200", b"304"), (url, answer[:2000])
        count, refused = count + (not too_long), refused + too_long
    return count / taken, refused


def rate(port: int, seconds: float, urls: list[str], headers: str = "") -> tuple[float, str]:
    """Answers a second under load from another process, and the words for them."""
    order = json.dumps([port, seconds, urls, headers])
    command = [sys.executable, __file__, "--load"]
    # what stands on standard error says which answer was none, and is not to be caught
    run = subprocess.run(command, input=order, text=True, stdout=subprocess.PIPE, check=True)
    value, refused = map(float, run.stdout.split())
    return value, f"{value:,.0f}/s" + (f", {refused:.0f} took too long" if refused else "")


def page_times(port: int, urls: list[str], runs: int) -> list[float]:
    """Milliseconds of each of `runs` pages, one after the other; the first tells a cold server."""
    connection = Connection(port)
    taken = []
    for number in range(runs):
        started = time.perf_counter()
        answer = connection.ask(urls[number % len(urls)], "Accept-Encoding: gzip\r\n")
        taken.append((time.perf_counter() - started) * 1000)
        assert answer[9:12] == b"200", answer[:300]
        if sum(taken) > ENOUGH * 1000:
            break
    return taken


@contextlib.contextmanager
def running(*command: str) -> Iterator[tuple[int, int]]:
    """The port and the process id of a server: `{port}` in the command is a free one."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = [part.format(port=port) for part in command]
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            time.sleep(0.1)
            with contextlib.suppress(OSError):
                Connection(port).ask("/-/versions.json")
                break
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def ours(path: Path, *options: str) -> contextlib.AbstractContextManager[tuple[int, int]]:
    """`llmcat serve`."""
    return running("llmcat", "serve", str(path), "--port", "{port}", *options)


def plain(path: Path) -> contextlib.AbstractContextManager[tuple[int, int]]:
    """Datasette with our metadata and its own pages; our plugin is there, as it is installed."""
    metadata = str(ROOT / "datasette-metadata.yml")
    settings = ("--setting", "suggest_facets", "off", "--setting", "max_returned_rows", "1000")
    return running("datasette", "-i", str(path), "-m", metadata, "-p", "{port}", *settings)


def measure(path: Path, models: int, seconds: float) -> None:
    """Print the table of one catalogue."""
    with Catalog(path) as catalog:
        specs = [spec for (spec,) in catalog.connection.execute("SELECT spec FROM models")]
        providers = [provider.id for provider in catalog.providers()]
    draw = random.Random(models)
    programs, people = questions(draw.sample(specs, 300), draw.sample(providers, 60))
    figures: dict[str, list[str]] = {}
    verdicts: dict[str, str] = {}
    for number, serve in enumerate((ours, plain)):
        with serve(path) as (port, _):
            for name, question in programs.items():
                value, words = rate(port, seconds, question.urls)
                figures.setdefault(name, []).append(words)
                if not number and models < LARGER:
                    verdicts[name] = verdict(value >= (question.target or 0), question.target, "/s")
            for name, question in people.items():
                if number and ("/-/" in question.urls[0] or question.urls == ["/"]):
                    continue
                taken = page_times(port, question.urls, 60)
                shown = f"{statistics.median(taken):,.1f} ms (first {taken[0]:,.0f})"
                figures.setdefault(name, []).append(shown)
                most = question.larger if models >= LARGER else question.target
                if not number and most:
                    verdicts[name] = verdict(statistics.median(taken) <= most, most, " ms")
            if not number:
                figures["what is known already: 304"] = [known(port, seconds)]
    print("| question | llmcat serve | Datasette alone | target |\n|---|---|---|---|")
    for name, values in figures.items():
        print(
            f"| {name} | {' | '.join((*values, '')[:2])} | {verdicts.get(name, '')} |", flush=True
        )


def verdict(met: bool, target: float | None, unit: str) -> str:
    """The target and whether it is met."""
    return f"{target:g}{unit} {'met' if met else 'MISSED'}"


def known(port: int, seconds: float) -> str:
    """How many answers a second say that nothing has changed."""
    head = Connection(port).ask("/catalog/models").partition(b"\r\n\r\n")[0].decode().lower()
    etag = head.partition("etag: ")[2].split("\r\n")[0]
    return rate(port, seconds, ["/catalog/models"], f"If-None-Match: {etag}\r\n")[1]


def hostile(path: Path) -> None:
    """Print what the queries of tests/datasette_plugin/test_hostile.py cost."""
    sys.path.insert(0, str(ROOT))
    from tests.datasette_plugin.test_hostile import QUERIES, peak

    with ours(path, "--public", "--allow-sql") as (port, pid):
        page_times(port, ["/catalog?sql=select+1"], 5)
        before = peak(pid)
        slowest = (0.0, "")
        for name, sql in QUERIES.items():
            started = time.perf_counter()
            with contextlib.suppress(ConnectionError):
                Connection(port).ask(f"/catalog.json?sql={quote(sql)}")
            slowest = max(slowest, (time.perf_counter() - started, name))
        more = peak(pid) - before
        met = slowest[0] <= 1.5 and more <= 200
        print(
            f"\n{len(QUERIES)} hostile queries: the slowest, {slowest[1]}, took {slowest[0]:.2f} s,"
            f" memory grew by {more:.0f} MB ({'met' if met else 'MISSED'})"
        )


def main() -> None:
    """Measure at every size and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 105], help="times the shipped")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each load lasts")
    parser.add_argument(
        "--db", help="the catalogue to start from (default: the one in the package)"
    )
    parser.add_argument("--load", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.load:
        load(*json.load(sys.stdin))
        return
    with Catalog(arguments.db) as catalog:
        shipped = catalog.path
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalog.db"
        for times in arguments.sizes:
            path.unlink(missing_ok=True)
            enlarge(shipped, times, path)
            with Catalog(path) as catalog:
                (models,) = catalog.connection.execute("SELECT count(*) FROM models").fetchone()
            print(f"\n{models:,} models, {path.stat().st_size / 1e6:,.0f} MB\n")
            measure(path, models, arguments.seconds)
            if models < LARGER:
                hostile(path)


if __name__ == "__main__":
    main()
