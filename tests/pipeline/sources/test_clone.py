"""A clone of models.dev as a source of a build: its past, its present, and going on from there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.errors import SourceError
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec
from llmcat.pipeline.sources.models_dev.git.clone import Clone as Walked
from tests.pipeline.building import column, rows
from tests.pipeline.series import JANUARY, api, build_series, model, write_series
from tests.pipeline.sources.clones import OPENAI, Clone, final, model_path
from tests.pipeline.stages.test_record import everything

DATES = 'release_date = "2025-11-03"\nlast_updated = "2025-11-03"\n'


def toml(price: Any, more: str = "") -> str:
    """A model's file with this price of the prompt."""
    return f'name = "GPT"\n{DATES}{more}\n[cost]\ninput = {price}\noutput = 8\n'


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """Three commits: two models, a price that falls, a model that goes."""
    made = Clone(tmp_path / "clone")
    files = {"providers/openai/provider.toml": OPENAI, model_path("a"): toml(4)}
    made.commit({**files, model_path("b"): toml(1)})
    made.commit({model_path("a"): toml(2.5, "structured_output = true")})
    made.commit({model_path("b"): None})
    return made


def built(db: Path, location: Any) -> Path:
    """Build onto `db` from a clone."""
    build(Recipe((SourceSpec("models.dev", "models.dev", location, "clone"),)), db)
    return db


def test_a_commit_is_an_instant(clone: Clone, tmp_path: Path) -> None:
    """Every state stands with the time of its commit, and `moments` names the commit."""
    db = built(tmp_path / "c.db", clone.path)
    catalog = Catalog(db)
    steps = clone.steps()
    prices = [[m.cost_input for m in catalog.as_of(step.at).models()] for step in steps]
    assert prices == [[4, 1], [2.5, 1], [2.5]]
    assert column(db, "SELECT revision FROM moments ORDER BY at") == [s.revision for s in steps]
    assert [c.field for c in catalog.history("openai:a")] == ["cost_input", "structured_output"]


def test_the_end_is_what_api_json_gives(clone: Clone, tmp_path: Path) -> None:
    """The present built from the clone is that built from the api.json of its last commit."""
    models = {spec.partition(":")[2]: said for spec, said in final(clone.steps()).items()}
    provider = clone.steps()[0].providers["openai"] or {}
    published = {"openai": {**provider, "models": models}}
    path = tmp_path / "api.json"
    path.write_text(json.dumps(published), encoding="utf-8")
    one, other = (
        Catalog(built(tmp_path / f"{number}.db", location))
        for number, location in enumerate((clone.path, path))
    )
    assert everything(one) == everything(other)
    assert one.providers() == other.providers()


@pytest.mark.parametrize("between", [1, 2])
def test_a_second_import_goes_on_where_the_first_ended(
    between: int, clone: Clone, tmp_path: Path
) -> None:
    """With the new commits alone, to the same past as at once."""
    whole = clone.tip("dev")
    commits = clone.git("rev-list", "--reverse", "dev").split()
    clone.git("update-ref", "refs/heads/dev", commits[between - 1])
    stepwise = built(tmp_path / "stepwise.db", clone.path)
    clone.git("update-ref", "refs/heads/dev", whole)
    built(stepwise, clone.path)
    at_once = built(tmp_path / "once.db", clone.path)
    for view in ("model_versions", "prices", "changes", "moments", "model_details"):
        query = f"SELECT * FROM {view} ORDER BY 1, 2, 3"
        assert rows(stepwise, query) == rows(at_once, query), view


@pytest.mark.parametrize("price", [2, '"a lot"'])
def test_importing_the_same_again_changes_nothing(price: Any, clone: Clone, tmp_path: Path) -> None:
    """To the byte, what was rejected included."""
    clone.commit({model_path("a"): toml('"a lot"')})
    clone.commit({model_path("c"): toml(1)})
    clone.commit({model_path("a"): toml(price), model_path("d"): toml(1)})
    db = built(tmp_path / "c.db", clone.path)
    before = db.read_bytes()
    built(db, clone.path)
    assert db.read_bytes() == before


@pytest.mark.parametrize("late", [0, 3600])
def test_of_commits_of_one_second_the_last_wins(late: int, clone: Clone, tmp_path: Path) -> None:
    """A script commits twice in a second, or a clock goes back; and the next import goes on there."""
    db = built(tmp_path / "c.db", clone.path)
    at = clone.time
    for price in (2, 1.5):
        clone.commit({model_path("a"): toml(price)}, at=at - late)
    built(db, clone.path)
    assert Catalog(db).model("openai:a").cost_input == 1.5
    last = rows(db, "SELECT revision FROM moments ORDER BY at DESC LIMIT 1")
    assert last == [{"revision": clone.tip("dev")}]
    before = db.read_bytes()
    built(db, clone.path)
    assert db.read_bytes() == before
    once = built(tmp_path / "once.db", clone.path)
    for view in ("model_versions", "prices", "changes", "moments"):
        query = f"SELECT * FROM {view} ORDER BY 1, 2, 3"
        assert rows(db, query) == rows(once, query), view


@pytest.mark.parametrize("bad", ['"a lot"', "-1", "1 1"])
def test_a_broken_commit_at_the_end_keeps_the_last_good_version(
    bad: str, clone: Clone, tmp_path: Path
) -> None:
    """Whether it is no TOML or no price, it is rejected, once, and so it stays when it is mended."""
    clone.commit({model_path("a"): toml(bad)})
    db = built(tmp_path / "c.db", clone.path)
    assert Catalog(db).model("openai:a").cost_input == 2.5
    assert column(db, "SELECT spec FROM rejects") == ["openai:a"]
    assert column(db, "SELECT rejected + fields_rejected FROM sources") == [1]
    before = db.read_bytes()
    built(db, clone.path)
    assert db.read_bytes() == before
    clone.commit({model_path("a"): toml(2)})
    built(db, clone.path)
    assert Catalog(db).model("openai:a").cost_input == 2
    assert len(Catalog(db).history("openai:a", "cost_input")) == 2
    assert column(db, "SELECT spec FROM rejects") == ["openai:a"]
    assert column(db, "SELECT rejected FROM sources") == [0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [("broken = [", "document"), ('name = "GPT', "document"), (toml("nan"), "nan is no JSON")],
)
def test_a_file_that_breaks_is_told_with_its_commit(
    content: str, reason: str, clone: Clone, tmp_path: Path
) -> None:
    """Where, why, and which model; and when something else is said afterwards it stands still."""
    broke = clone.commit({model_path("a"): content})
    clone.commit({model_path("c"): toml(1)})
    db = built(tmp_path / "c.db", clone.path)
    [reject] = rows(db, "SELECT source, place, kind, spec, reason FROM rejects")
    assert reason in reject.pop("reason")
    assert reject == {
        "source": "models.dev",
        "place": f"{broke}: {model_path('a')}",
        "kind": "file",
        "spec": "openai:a",
    }
    assert Catalog(db).model("openai:a").cost_input == 2.5


def test_what_leans_on_a_broken_file_names_it(clone: Clone, tmp_path: Path) -> None:
    """The model that inherits stays as it was, and is told beside the one that broke."""
    heir = f'{DATES}[extends]\nfrom = "openai/a"\n'
    clone.commit({model_path("heir"): heir})
    clone.commit({model_path("a"): "broken = ["})
    db = built(tmp_path / "c.db", clone.path)
    assert Catalog(db).model("openai:heir").cost_input == 2.5
    [reason] = column(db, "SELECT reason FROM rejects WHERE spec = 'openai:heir'")
    assert reason.startswith(f"inherits from {model_path('a')}: ")


def test_a_walk_may_begin_before_it_is_asked_for(clone: Clone, tmp_path: Path) -> None:
    """And is left where a past turns out to be there, which it has to go on from."""
    db = built(tmp_path / "c.db", Walked(clone.path, begun=True))
    assert Catalog(db).model("openai:a").cost_input == 2.5
    clone.commit({model_path("a"): toml(2)})
    built(db, Walked(clone.path, begun=True))
    found = Catalog(db).history("openai:a", "cost_input")
    assert [(c.old, c.new) for c in found] == [(4, 2.5), (2.5, 2)]


def test_a_walk_that_began_may_fail(tmp_path: Path) -> None:
    """With the error that it would have had later."""
    with pytest.raises(SourceError, match="is no git repository"):
        built(tmp_path / "c.db", Walked(tmp_path, begun=True))


def test_a_past_of_snapshots_is_not_gone_on_with_from_commits(clone: Clone, tmp_path: Path) -> None:
    """It says what to do, and touches nothing."""
    paths = write_series(tmp_path / "s", {JANUARY: api(openai={"a": model()})})
    db = build_series(tmp_path / "c.db", paths)
    before = db.read_bytes()
    with pytest.raises(SourceError, match="name another file with -o"):
        built(db, clone.path)
    assert db.read_bytes() == before
