"""llmcat pull, against a server on this machine: fetch, install, and what stays when it fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llmcat import Catalog, pull
from tests.cli.running import api_json, error_of, llmcat, process, written
from tests.network.upstream_server import Upstream, Visit, api, running_upstream

__all__ = ["running_upstream"]

RECIPE = '[[source]]\nkind = "models.dev"\npath = "pinned"\npulled = true\n'
PINNED = "2026-01-13T000000Z.json"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upstream: Upstream) -> Path:
    """A user's folders, a recipe with a pinned snapshot of one model, and an upstream to ask."""
    monkeypatch.delenv("LLMCAT_DB", raising=False)
    monkeypatch.setenv("LLMCAT_URL", upstream.url)
    monkeypatch.setenv("LLMCAT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    written(tmp_path / "pinned" / PINNED, api(models=1).decode())
    written(tmp_path / "recipe.toml", RECIPE)
    return tmp_path


def installed(home: Path) -> Path:
    return home / "data/llmcat/catalog.db"


def test_pull_installs_what_catalog_then_opens(home: Path, upstream: Upstream) -> None:
    """Fetched, built, installed in the user's folder, found without naming a file."""
    upstream.sends(api(models=7), etag='"one"')
    said = process("pull", "--recipe", home / "recipe.toml", XDG_DATA_HOME=str(home / "data"))
    assert (said.status, said.err) == (0, "")
    assert said.lines[0].startswith("fetched: 7 models from 1 providers, less than a minute old")
    assert said.lines[1].startswith(f"{installed(home)}: 7 models")
    catalog = Catalog()
    assert catalog.path == str(installed(home))
    assert catalog.model("openai:gpt-6").cost_input == 2.5
    assert llmcat("show", "openai:gpt-6").lines[0] == "openai:gpt-6  GPT 6"


@pytest.mark.parametrize(
    ("junk", "words"),
    [
        (b"junk" * 500, "cannot be read as a catalogue (file is not a database)"),
        (b"", "is empty"),
        (None, "is damaged: its bytes are not those that were installed"),
    ],
    ids=["junk", "empty", "a bit"],
)
def test_pull_repairs_an_installed_file_that_is_damaged(
    home: Path, upstream: Upstream, junk: bytes | None, words: str
) -> None:
    """It says what is wrong, keeps the file under another name, and builds anew, with nothing fetched."""
    upstream.sends(api(models=7), etag='"one"')
    pull_it = ("pull", "--recipe", home / "recipe.toml")
    assert llmcat(*pull_it).status == 0
    good = bytearray(installed(home).read_bytes())
    if junk is None:
        junk = bytes(good).replace(b"GPT 6", b"GPT 7")
    installed(home).write_bytes(junk)
    Path(f"{installed(home)}-journal").write_bytes(b"a stranger")
    said = llmcat(*pull_it)
    assert said.status == 0
    aside = installed(home).with_name("catalog.db.set-aside-1")
    assert said.err.splitlines() == [
        f"warning: {installed(home)} {words}; it is now {aside.name}, and built anew"
    ]
    assert said.lines[1].startswith(f"{installed(home)}: 7 models")
    assert aside.read_bytes() == junk
    assert Path(f"{aside}-journal").read_bytes() == b"a stranger"
    assert installed(home).read_bytes() == good
    assert llmcat(*pull_it).lines[-1] == f"{installed(home)}: nothing is new"


def test_the_manifest_knows_what_was_installed(home: Path, upstream: Upstream) -> None:
    """Its sha256, which finds damage where the file beside the catalogue is gone."""
    upstream.sends(api(models=7))
    pull_it = ("pull", "--recipe", home / "recipe.toml")
    assert llmcat(*pull_it).status == 0
    listed = json.loads((home / "cache/installed.json").read_text())
    assert listed["path"] == str(installed(home))
    beside = Path(f"{installed(home)}.sha256")
    assert beside.read_text().split() == [listed["sha256"], "catalog.db"]
    beside.unlink()
    assert llmcat(*pull_it).lines[-1] == f"{installed(home)}: nothing is new"
    content = installed(home).read_bytes()
    installed(home).write_bytes(content.replace(b"GPT 6", b"GPT 7"))
    assert "is damaged: its bytes are not those that were installed" in llmcat(*pull_it).err


def test_a_pull_tells_programs_what_it_did(home: Path, upstream: Upstream) -> None:
    """One object: a row for each source, and the report of the build; without news there is none."""
    upstream.sends(api(models=7))
    done = llmcat("pull", "--recipe", home / "recipe.toml", "--json").json
    assert done["catalog"] == str(installed(home))
    assert [(row["action"], row["models"], row["error"]) for row in done["sources"]] == [
        ("fetched", 7, None)
    ]
    assert done["build"]["models"] == 7
    assert llmcat("pull", "--recipe", home / "recipe.toml", "--json").json["build"] is None


def test_pulling_again_asks_only_when_it_is_time(home: Path, upstream: Upstream) -> None:
    """Within the hour nobody is asked; --force asks, and hears that nothing changed."""
    upstream.sends(api(), etag='"one"')
    words = ("pull", "--no-install", "--recipe", home / "recipe.toml")
    assert [llmcat(*words).lines[0].partition(":")[0] for _ in range(2)] == ["fetched", "fresh"]
    assert llmcat(*words, "--force").lines[0].startswith("unchanged: 4 models")
    assert len(upstream.visits) == 2
    assert not installed(home).exists()


def test_upstream_that_is_down_leaves_what_there_is(home: Path, upstream: Upstream) -> None:
    """Nothing to use: an error. An older copy: a warning that says what stays, and no new build."""
    words = ("pull", "--recipe", home / "recipe.toml", "--force")
    line = error_of(llmcat(*words))
    assert f"{upstream.url} answered with status 404; nothing was pulled before" in line
    assert not installed(home).exists()

    upstream.sends(api(), etag='"one"')
    assert llmcat(*words).status == 0
    content = installed(home).read_bytes()
    upstream.answer = lambda visit: visit.reply(500)
    for more, reason in (
        ((), "answered with status 500; kept the snapshot of "),
        (("--url", "http://127.0.0.1:9/api.json"), "http://127.0.0.1:9/api.json cannot be fetched"),
    ):
        said = llmcat(*words, *more)
        assert said.status == 0
        assert said.err.startswith("warning: models.dev: ")
        assert reason in said.err
        assert said.lines == [f"{installed(home)}: nothing is new"]
    assert installed(home).read_bytes() == content


def test_an_answer_that_is_no_catalogue_is_refused(home: Path, upstream: Upstream) -> None:
    """A captive portal's page, JSON of another kind, far fewer models than before."""
    words = ("pull", "--recipe", home / "recipe.toml", "--force")
    for body in (b"<html>sign in</html>", b"[1]", b"{}"):
        upstream.sends(body)
        assert "no models.dev file" in error_of(llmcat(*words))
    upstream.sends(api(models=9), etag='"nine"')
    assert llmcat(*words).status == 0
    upstream.sends(api(models=2), etag='"two"')
    other = ("--url", f"{upstream.base}/other.json")
    line = error_of(llmcat(*words[:-1], *other))
    assert "lacks 7 of the 9 (78%, where 10% may be right) models of the snapshot pulled on" in line
    assert "if that is right, pull with --force; kept the snapshot of" in line


def test_a_first_pull_is_held_against_what_is_pinned(home: Path, upstream: Upstream) -> None:
    """A fresh machine has nothing pulled; one model in place of twenty is refused, and nothing built."""
    written(home / "pinned" / PINNED, api(models=20).decode())
    words = ("pull", "--recipe", home / "recipe.toml")
    upstream.sends(api(models=1))
    line = error_of(llmcat(*words))
    assert "lacks 19 of the 20 (95%, where 50% may be right)" in line
    assert (
        "models of the pinned snapshot of 2026-01-13; if that is right, pull with --force" in line
    )
    assert not installed(home).exists()
    assert llmcat(*words, "--force").status == 0
    assert len(Catalog(installed(home)).models()) == 1


def test_the_installed_catalogue_is_a_measure_too(home: Path, upstream: Upstream) -> None:
    """Where the cache was emptied, what is installed still knows how many models there were."""
    upstream.sends(api(models=30))
    words = ("pull", "--recipe", home / "recipe.toml")
    assert llmcat(*words).status == 0
    for path in (home / "cache/models-dev").iterdir():
        path.unlink()
    upstream.sends(api(models=20))
    line = error_of(llmcat(*words))
    assert f"models of the catalogue in {installed(home)}; if that is right" in line


def test_build_takes_the_pulled_snapshot_when_it_is_newer(home: Path, upstream: Upstream) -> None:
    """And says so; the pinned one is taken when nothing was pulled."""
    words = ("build", "-o", home / "mine.db", "--recipe", home / "recipe.toml")
    assert f"  sources    models.dev (pinned/{PINNED})" in llmcat(*words).lines
    upstream.sends(api(), etag='"one"')
    llmcat("pull", "--no-install", "--recipe", home / "recipe.toml")
    said = llmcat(*words)
    assert any(line.startswith("  sources    models.dev (pulled/") for line in said.lines)
    assert "less than a minute old" in said.out
    assert [model.spec for model in Catalog(home / "mine.db").models("openai")]


def test_build_takes_the_pinned_snapshot_when_that_is_newer(home: Path, upstream: Upstream) -> None:
    """A checkout that is ahead of what was pulled long ago."""
    upstream.sends(api(), etag='"one"')
    llmcat("pull", "--no-install", "--recipe", home / "recipe.toml")
    api_json(home / "pinned/2099-01-01T000000Z.json", small=1)
    said = llmcat("build", "-o", home / "mine.db", "--recipe", home / "recipe.toml")
    assert "  sources    models.dev (pinned/2099-01-01T000000Z.json)" in said.lines


def test_build_never_asks_upstream(home: Path, upstream: Upstream) -> None:
    """Not even where LLMCAT_URL names one."""
    llmcat("build", "-o", home / "mine.db", "--recipe", home / "recipe.toml")
    assert upstream.visits == []


def test_the_recipe_says_where_to_ask(
    home: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[pull] url, where neither --url nor LLMCAT_URL does."""
    monkeypatch.delenv("LLMCAT_URL")
    written(home / "recipe.toml", f"{RECIPE}[pull]\nurl = {json.dumps(upstream.url)}\n")
    upstream.sends(api())
    assert llmcat("pull", "--no-install", "--recipe", home / "recipe.toml").status == 0
    assert len(upstream.visits) == 1


WITNESS = """[[source]]
kind = "models.dev"
name = "second"
path = "second"
url = "{base}/second.json"
optional = true
"""


@pytest.fixture
def two_sources(home: Path, upstream: Upstream) -> Path:
    """A recipe with a second source that has an address of its own; the upstream answers by path."""
    written(home / "second" / PINNED, json.dumps(json.loads(api(models=2))))
    written(home / "recipe.toml", RECIPE + WITNESS.format(base=upstream.base))
    return home


def test_all_sources_with_an_address_are_pulled(two_sources: Path, upstream: Upstream) -> None:
    """Each has a folder of its own, and the build takes both."""
    upstream.sends(api(models=3), etag='"one"')
    said = llmcat("pull", "--recipe", two_sources / "recipe.toml")
    assert [line.rpartition("(")[2] for line in said.lines[:2]] == ["models.dev)", "second)"]
    assert {visit.path for visit in upstream.visits} == {"/api.json", "/second.json"}
    folders = (path.name for path in (two_sources / "cache").iterdir() if path.is_dir())
    assert sorted(folders) == ["models-dev", "second"]
    sources = Catalog(installed(two_sources)).info()["sources"]
    assert [source["location"].partition("/")[0] for source in sources] == ["pulled", "pulled"]


def test_a_source_that_is_down_leaves_the_others(two_sources: Path, upstream: Upstream) -> None:
    """A witness that cannot be fetched is a warning; the rest is fetched and installed."""

    def answer(visit: Visit) -> None:
        if visit.path == "/api.json":
            visit.reply(200, api(models=3))
        else:
            visit.reply(503)

    upstream.answer = answer
    said = llmcat("pull", "--recipe", two_sources / "recipe.toml")
    assert said.status == 0
    assert "warning: second: " in said.err
    assert len(Catalog(installed(two_sources)).models()) == 3


def test_nothing_new_is_not_built_again(two_sources: Path, upstream: Upstream) -> None:
    """Until a source, the recipe's own files among them, is another."""
    upstream.sends(api(models=3), etag='"one"')
    words = ("pull", "--recipe", two_sources / "recipe.toml")
    llmcat(*words)
    stamp = installed(two_sources).stat().st_mtime_ns
    assert llmcat(*words).lines[-1] == f"{installed(two_sources)}: nothing is new"
    assert installed(two_sources).stat().st_mtime_ns == stamp
    upstream.sends(api(models=4), etag='"two"')
    assert "4 models from 1 providers" in llmcat(*words, "--force").out
    assert installed(two_sources).stat().st_mtime_ns > stamp


def test_python_pulls_as_the_command_line_does(two_sources: Path, upstream: Upstream) -> None:
    """llmcat.pull() gives what each source came to, and the report of the build."""
    upstream.sends(api(models=3), etag='"one"')
    done = pull(two_sources / "recipe.toml")
    assert [result.pulled.models for result in done.sources if result.pulled] == [3, 3]
    assert done.build is not None
    assert done.build.models == 3
    assert pull(two_sources / "recipe.toml").build is None
    upstream.sends(b"{}")
    kept = pull(two_sources / "recipe.toml", force=True)
    assert all(result.error and result.error.kept for result in kept.sources)


EVERY_KIND = """
[[source]]
kind = "litellm"
url = "{base}/litellm.json"
role = "witness"
optional = true
[[source]]
kind = "genai-prices"
url = "{base}/genai.json"
role = "witness"
optional = true
[[source]]
kind = "openrouter"
url = "{base}/openrouter.json"
role = "witness"
optional = true
[[source]]
kind = "models.dev-labs"
url = "{base}/models.json"
role = "witness"
optional = true
"""
ANSWERS = {
    "/api.json": json.loads(api(models=2)),
    "/litellm.json": {
        "gpt-6": {"litellm_provider": "openai", "mode": "chat", "supports_web_search": True}
    },
    "/genai.json": [
        {
            "id": "openai",
            "api_pattern": "openai",
            "models": [
                {"id": "gpt-6", "match": {"equals": "gpt-6"}, "prices": {"web_searches_kcount": 10}}
            ],
        }
    ],
    "/openrouter.json": {
        "data": [
            {
                "id": "openai/gpt-6",
                "pricing": {"prompt": "0.0000025"},
                "supported_parameters": ["seed"],
            }
        ]
    },
    "/models.json": {
        "openai/gpt-6": {"name": "GPT 6", "benchmarks": [{"name": "arena", "score": 1500}]},
        "openai/gpt-9": {"name": "GPT 9"},
        "nobody": {"name": "Nobody"},
    },
}


def test_sources_of_every_kind_are_pulled_and_built(home: Path, upstream: Upstream) -> None:
    """Nothing is pinned of four of them: they count from the first pull on, each with its own word."""
    written(home / "recipe.toml", RECIPE + EVERY_KIND.format(base=upstream.base))
    words = ("--recipe", home / "recipe.toml")
    assert llmcat("build", "-o", home / "before.db", *words).status == 0
    assert len(Catalog(home / "before.db").info()["sources"]) == 1
    upstream.answer = lambda visit: visit.reply(
        200, json.dumps(ANSWERS[visit.path]).encode(), etag='"one"'
    )
    said = llmcat("pull", *words)
    assert (said.status, len(upstream.visits)) == (0, 5)
    with Catalog(installed(home)) as cat:
        locations = [source["location"].partition("/")[0] for source in cat.info()["sources"]]
        assert locations == ["pulled"] * 5
        details = cat.model("openai:gpt-6").details
        assert details.cost["web_search"] == 0.01
        assert details.benchmarks == [{"name": "arena", "score": 1500}]
        assert [m.spec for m in cat.find(parameters="seed")] == ["openrouter:openai/gpt-6"]
        assert cat.model("openai:gpt-6").web_search is True
        reasons = {row["reason"] for row in cat.sql("SELECT reason FROM rejects")}
        assert {"1 of 2 models are served by nobody", "is no model of a lab, lab/model"} <= reasons
    assert llmcat("pull", *words).lines[-1] == f"{installed(home)}: nothing is new"


def test_a_source_without_place_is_no_source(home: Path) -> None:
    """One line that names it."""
    written(home / "recipe.toml", '[[source]]\nkind = "litellm"\n')
    said = llmcat("build", "--recipe", home / "recipe.toml")
    assert "the source 'litellm' has neither a path nor a url" in error_of(said)
