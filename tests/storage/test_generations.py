"""Swapped files, threads that come and go, forks: a call reads one file, and nothing stays open."""

from __future__ import annotations

import asyncio
import gc
import json
import multiprocessing
import os
import pickle
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from llmcat import Catalog, CatalogError, LlmcatError, Model, errors
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec

NAMES = [f"lab:m{number}" for number in range(20)]


def written(path: Path, price: int) -> Path:
    """A catalogue in which every number of every model is `price`."""
    models = [
        {
            "id": name.partition(":")[2],
            "cost": {"input": price, "output": price},
            "limits": {"context": price},
            "capabilities": {"tools": {"enabled": True}},
            "last_updated": "2026-01-01",
        }
        for name in NAMES
    ]
    mapping = {"lab": {"name": f"Lab {price}", "models": models}}
    build(Recipe((SourceSpec("mapping", "mapping", mapping, "mapping"),)), path)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two catalogues, one with the price 1 everywhere, one with 2."""
    folder = tmp_path_factory.mktemp("files")
    return written(folder / "one.db", 1), written(folder / "two.db", 2)


@pytest.fixture
def path(files: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of the first, to be replaced."""
    return Path(shutil.copy(files[0], tmp_path / "catalog.db"))


def replace(path: Path, by: Path) -> None:
    """Put another file in the place of `path`, as a build does."""
    shutil.copy(by, path.with_suffix(".new"))
    os.replace(path.with_suffix(".new"), path)


def in_a_thread(call: Callable[[], object]) -> object:
    """What a thread of its own gets."""
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(call()))
    thread.start()
    thread.join()
    return found[0]


def open_files() -> int:
    """How many file handles this process has."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        if os.path.isdir(folder):
            return len(os.listdir(folder))
    pytest.skip("this system does not tell its file handles")


@pytest.fixture
def no_garbage_collection() -> Iterator[None]:
    """What closes here closes because nobody uses it, and not when a collection comes round."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


KINDS = (
    *("model", "find", "sql", "connection", "cost", "past", "past sql", "compare", "prices"),
    *("search", "select"),
)


def numbers(catalog: Catalog, name: str) -> dict[str, set[object]]:
    """Calls of every kind, and the numbers that each answers with."""
    model = catalog.model(name)
    past = catalog.as_of("2027-01-01")
    return {
        "model": {model.cost_input, model.limit_context, model.details.cost["output"]},
        "find": {model.cost_input for model in catalog.find(require="tools")},
        "sql": {row["cost_input"] for row in catalog.sql("SELECT cost_input FROM models")},
        "connection": {p for (p,) in catalog.connection.execute("SELECT cost_input FROM models")},
        "cost": {catalog.cost(name, 1_000_000).total},
        "past": {model.cost_input for model in past.models()},
        "past sql": {row["n"] for row in past.sql("SELECT max(cost_output) AS n FROM models")},
        "compare": {model.limit_context for model in catalog.compare(NAMES[:3]).models},
        "prices": {price.usd for price in catalog.prices(name)},
        "search": {model.limit_context for model in catalog.search("m1")},
        "select": {getattr(catalog.select(require="tools"), "cost_output", None)},
    }


@pytest.mark.parametrize("watch", [False, True])
def test_threads_read_while_files_are_swapped(
    files: tuple[Path, Path], path: Path, watch: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No crash, no error, and no answer that mixes two files."""
    monkeypatch.setattr("llmcat.storage.current.NOTICE_SECONDS", 0.001)
    catalog = Catalog(path, watch=watch)
    problems: list[object] = []
    done = threading.Event()

    def read(seed: int) -> None:
        choose = random.Random(seed).choice
        while not done.is_set():
            try:
                found = numbers(catalog, choose(NAMES))
                problems.extend(item for item in found.items() if len(item[1]) != 1)
            except Exception as error:  # noqa: BLE001  # whatever it is, the main thread shows it
                problems.append(error)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for swap in range(20):
        replace(path, files[swap % 2])
        (catalog.reload, catalog.close, lambda: done.wait(0.01))[swap % 3]()
    done.set()
    for thread in threads:
        thread.join()
    assert problems == []


def test_a_catalogue_reads_the_file_that_it_opened(files: tuple[Path, Path], path: Path) -> None:
    """After a swap every call answers from the old file, in threads that had not read yet, too."""
    catalog = Catalog(path)
    catalog.model(NAMES[0])
    replace(path, files[1])
    for answers in (numbers(catalog, NAMES[1]), in_a_thread(lambda: numbers(catalog, NAMES[2]))):
        assert answers == {kind: {1} for kind in KINDS}
    on_top = catalog.with_overrides({"lab": {"models": [{"id": "m0", "name": "Zero"}]}})
    assert on_top.model(NAMES[1]).cost_input == 1
    catalog.reload()
    assert numbers(catalog, NAMES[1]) == {kind: {2} for kind in KINDS}


def test_details_come_from_the_file_of_the_model(files: tuple[Path, Path], path: Path) -> None:
    """Whatever was taken up since; and the file closes with the last Model of it."""
    catalog = Catalog(path)
    model = catalog.model(NAMES[0])
    replace(path, files[1])
    catalog.reload()
    numbers(catalog, NAMES[0])
    before = open_files()
    assert model.details.cost["input"] == model._replace(name="x").details.cost["input"] == 1
    assert in_a_thread(partial(getattr, model, "details")) == model.details
    assert catalog.model(NAMES[0]).details.cost["input"] == 2
    del model
    assert open_files() < before


@pytest.mark.usefixtures("no_garbage_collection")
def test_nothing_stays_open(path: Path) -> None:
    """Threads, pasts, reloads and catalogues close what they opened when they end."""
    catalog = Catalog(path)
    numbers(catalog, NAMES[0])
    before = open_files()
    for _ in range(20):
        in_a_thread(lambda: numbers(catalog, NAMES[1]))
        catalog.as_of("2027-01-01").model(NAMES[0])
        Catalog(path).cost("m0@lab", 10)
        catalog.reload()
        numbers(catalog, NAMES[0])
    assert open_files() <= before


@pytest.mark.parametrize(("handles", "turns"), [(256, 25), (64, 3)])
def test_a_thousand_threads_and_pasts_need_few_file_handles(
    path: Path, handles: int, turns: int
) -> None:
    """Also where a process may have few: threads take turns, and pasts that nobody asks let go."""
    pytest.importorskip("resource")
    code = f"""
import resource, threading
resource.setrlimit(resource.RLIMIT_NOFILE, ({handles}, {handles}))
from llmcat import Catalog
catalog, wrong, together = Catalog({str(path)!r}), [], threading.Barrier(40, timeout=50)
def read():
    try:
        together.wait()
        wrong.extend(m for m in catalog.find() if m.cost_input != 1)
        wrong.extend(row for row in catalog.sql("select cost_input c from models") if row["c"] != 1)
        wrong.extend(m for m in past.find() if m.cost_input != 1)
    except BaseException as error:
        wrong.append(error)
for turn in range({turns}):
    past = catalog if turn else catalog.as_of("2027-01-01")
    threads = [threading.Thread(target=read) for _ in range(40)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
pasts = [catalog.as_of("2027-01-01") for _ in range(1000)]
wrong.extend(past for past in pasts[::10] if past.model("lab:m1").cost_input != 1)
wrong.extend(past for past in pasts[:9] if past.sql("select 1 as it") != [dict(it=1)])
print(wrong)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_a_process_without_file_handles_still_answers(path: Path) -> None:
    """Other parts of a program may have taken all: what is open goes on, for threads too."""
    pytest.importorskip("resource")
    code = f"""
import os, resource, threading
from llmcat import Catalog, CatalogError
catalog = Catalog({str(path)!r})
answers, past = [], catalog.as_of("2027-01-01")
catalog.find(), catalog.cost("lab:m1", 1), catalog.sql("select 1")
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
taken = []
try:
    while True: taken.append(os.open({str(path)!r}, os.O_RDONLY))
except OSError: pass
def read():
    answers.append(catalog.model("lab:m1").cost_input)
    answers.append(catalog.find()[0].cost_output)
    answers.append(catalog.sql("select 1 as it")[0]["it"])
    try: past.model("lab:m1")
    except CatalogError as error: answers.append("open" in str(error))
for _ in range(3):
    thread = threading.Thread(target=read); thread.start(); thread.join()
print(answers)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == (str([1.0, 1.0, 1, True] * 3), "")


def test_threads_share_a_catalogue_in_memory(path: Path) -> None:
    """While others close it: with one cache for all, one waited for the other with Python's lock held."""
    code = """
import threading
from llmcat import Catalog
models = [{"id": f"m{n}", "cost": {"input": 1}} for n in range(100)]
catalog, answers = Catalog.from_sources({"lab": {"models": models}}), set()
LONG = "select count(*) as n from models a, models b where a.id < b.id || 'x'"
def read():
    for _ in range(3):
        answers.add(catalog.sql(LONG)[0]["n"])
        answers.add(len(catalog.as_of("2027-01-01").find()))
for _ in range(4):
    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads: thread.start()
    while any(thread.is_alive() for thread in threads): catalog.close()
print(len(answers))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("2", "")


def test_a_catalogue_that_is_open_at_the_end_of_a_program_says_nothing(path: Path) -> None:
    """Wherever it is kept: the names of modules are gone before the last things are."""
    code = f"""
import builtins, functools, sys, threading
from llmcat import Catalog
catalog = Catalog({str(path)!r})
past, made = catalog.as_of("2027-01-01"), catalog.with_overrides({{"lab": {{"models": []}}}})
for one in (catalog, past, made):
    one.model("lab:m1"), one.sql("select 1")
class Own(threading.local): pass
threading.own, threading.catalog = Own(), catalog
threading.own.past = past
builtins.get = functools.lru_cache(lambda kept=(catalog, made): kept)
builtins.get()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_opens_the_file_for_itself(files: tuple[Path, Path], path: Path) -> None:
    """It uses no connection of its parent's, and begins with the file that is there then."""
    catalog = Catalog(path)
    numbers(catalog, NAMES[0])
    parents = id(catalog.connection)
    replace(path, files[1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other tests may have left threads
        receiver, sender = multiprocessing.Pipe(duplex=False)

        def child() -> None:
            own = id(catalog.connection) != parents
            sender.send((own, [v == {2} for v in numbers(catalog, NAMES[0]).values()]))

        process = multiprocessing.get_context("fork").Process(target=child)
        process.start()
    own, answers = receiver.recv()
    process.join()
    assert own
    assert all(answers)
    assert catalog.model(NAMES[0]).cost_input == 1


def test_async_code_calls_it_as_it_is(path: Path) -> None:
    """In the loop's own thread, and in those that it lends."""
    catalog = Catalog(path)

    async def read() -> list[float | None]:
        there = asyncio.to_thread(lambda: catalog.find()[0].cost_input)
        return [catalog.model(NAMES[0]).cost_input, *await asyncio.gather(there, there_too())]

    async def there_too() -> float | None:
        return await asyncio.to_thread(lambda: catalog.model(NAMES[1]).cost_output)

    assert asyncio.run(read()) == [1, 1, 1]


def test_rows_are_read_to_their_end_after_close(path: Path) -> None:
    """A cursor keeps its connection open, whatever becomes of the catalogue."""
    catalog = Catalog(path)
    rows = iter(catalog.connection.execute("SELECT cost_input FROM models"))
    assert next(rows) == (1,)
    catalog.close()
    assert list(rows) == [(1,)] * (len(NAMES) - 1)
    assert catalog.model(NAMES[0]).cost_input == 1  # and the next call opens the file again


def test_a_closed_catalogue_whose_file_is_gone_says_so(path: Path) -> None:
    """In our words."""
    catalog = Catalog(path)
    catalog.close()
    path.unlink()
    with pytest.raises(CatalogError, match="no such file"):
        catalog.model(NAMES[0])
    with pytest.raises(CatalogError, match="in memory"):
        Catalog.from_sources({"lab": {"models": [{"id": "a"}]}}).reload()


def test_what_is_returned_is_pickled(path: Path) -> None:
    """Answers go to other processes and come back equal."""
    catalog = Catalog(path)
    answers = [
        catalog.model(NAMES[0]),
        catalog.model(NAMES[0]).details,
        catalog.provider("lab"),
        catalog.find(),
        catalog.cost(NAMES[0], 10),
        catalog.prices(NAMES[0]),
        catalog.changes(),
        catalog.resolve("m0"),
        catalog.explain(require="tools"),
        catalog.compare(NAMES[:2]),
        catalog.sql("SELECT spec FROM models"),
        catalog.info(),
    ]
    for answer in answers:
        assert pickle.loads(pickle.dumps(answer)) == answer


@pytest.mark.parametrize(
    "error",
    [
        errors.ModelNotFound("openai:gpt-4oo", ["openai:gpt-4o"], "opnai"),
        errors.ModelDenied("openai:gpt-4o", "deny"),
        errors.ProviderNotFound("opnai", ["openai"]),
        errors.Ambiguous("gpt-4o", ["a:gpt-4o", "b:gpt-4o"]),
        errors.UnknownPrice("openai:gpt-4o", "input", "batch"),
        errors.UnknownColumn("prise", ["price"]),
        errors.TooEarly("2020", "2026"),
        errors.SourceError("models.yml", "is no YAML"),
        CatalogError("catalog.db: is damaged"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_are_pickled_with_their_parts(error: LlmcatError) -> None:
    """A pool of processes raises what was raised, suggestions and all."""
    received = pickle.loads(pickle.dumps(error))
    assert type(received) is type(error)
    assert (str(received), vars(received)) == (str(error), vars(error))


def test_a_model_becomes_json(path: Path) -> None:
    """Columns by name, arrays as lists; details and providers likewise."""
    catalog = Catalog(path)
    model = catalog.model(NAMES[0])
    for answer in (model, model.details, catalog.provider("lab")):
        assert json.loads(json.dumps(answer.as_dict())) == answer.as_dict()
    assert model.as_dict()["modalities_input"] == []
    assert list(model.as_dict()) == list(Model._fields)
    with pytest.raises(AttributeError, match="does not change"):
        model.note = "x"


def test_a_kept_connection_is_shared_in_turns(files: tuple[Path, Path], path: Path) -> None:
    """Threads that find the file replaced read the old one at the same time, each its own rows."""
    catalog = Catalog(path)
    replace(path, files[1])
    found: list[object] = []

    def read(name: str) -> None:
        for _ in range(30):
            found.append(catalog.model(name).spec == name)
            row = catalog.connection.execute("SELECT ? AS it", (name,)).fetchone()
            found.append(row == (name,))
            found.append(catalog.sql("SELECT :it AS it", {"it": name}) == [{"it": name}])

    threads = [threading.Thread(target=read, args=(name,)) for name in NAMES[:8]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 720
    assert isinstance(in_a_thread(lambda: catalog.connection), sqlite3.Connection)
