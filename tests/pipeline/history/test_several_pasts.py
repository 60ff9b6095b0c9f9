"""Two sources that know their past: at each instant stands what both said last, merged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Filters, Recipe, SourceSpec
from tests.pipeline.building import column, rows
from tests.pipeline.series import (
    APRIL,
    FEBRUARY,
    JANUARY,
    MARCH,
    Api,
    api,
    build_series,
    model,
    write_series,
)
from tests.pipeline.stages.test_record import everything

MAY = "2026-05-01T00:00:00Z"


def priced(price: float, **said: Any) -> dict[str, Any]:
    """A model at this input price."""
    return model(cost={"input": price, "output": 8}, **said)


PUBLIC: dict[str, Api] = {
    JANUARY: api(acme={"a": priced(1), "b": priced(1)}),
    MARCH: api(acme={"a": priced(3)}),
    MAY: api(acme={"a": priced(3)}, borealis={"c": priced(4)}),
}
OURS: dict[str, Api] = {
    FEBRUARY: api(acme={"a": {"cost": {"cache_read": 0.5}}, "b": {"colour": "blue"}}),
    APRIL: api(acme={"a": {"cost": {"input": 2}}}, borealis={"c": {"colour": "red"}}),
}


def built(output: Path, *series: list[Path], **options: Any) -> Path:
    """A catalogue from several series, lowest precedence first."""
    sources = tuple(
        SourceSpec("models.dev", f"series {number}", paths, "snapshots")
        for number, paths in enumerate(series, start=1)
    )
    build(Recipe(sources, **options), output)
    return output


@pytest.fixture
def paths(tmp_path: Path) -> tuple[list[Path], list[Path]]:
    """The snapshots of both."""
    return write_series(tmp_path / "public", PUBLIC), write_series(tmp_path / "ours", OURS)


def test_each_instant_is_both_at_their_newest(
    paths: tuple[list[Path], list[Path]], tmp_path: Path
) -> None:
    """As of any instant it is as if built from the newest snapshot that each had by then."""
    both = Catalog(built(tmp_path / "both.db", *paths))
    for at in sorted(PUBLIC | OURS):
        newest = [
            [path for when, path in zip(states, of) if when <= at][-1:]
            for states, of in zip((PUBLIC, OURS), paths)
        ]
        alone = Catalog(built(tmp_path / f"{at[:10]}.db", *filter(None, newest)))
        assert everything(both.as_of(at)) == everything(alone)
    assert both.as_of(MARCH).model("acme:a").cost_cache_read == 0.5
    assert both.model("acme:a").cost_input == 2


def test_which_one_wins_is_a_matter_of_the_recipe(
    paths: tuple[list[Path], list[Path]], tmp_path: Path
) -> None:
    """Not of which one spoke last."""
    ours_first = Catalog(built(tmp_path / "c.db", paths[1], paths[0]))
    prices = [ours_first.as_of(at).model("acme:a").cost_input for at in (MARCH, APRIL, MAY)]
    assert prices == [3, 3, 3]


def test_what_a_source_holds_at_first_is_no_news(
    paths: tuple[list[Path], list[Path]], tmp_path: Path
) -> None:
    """Only what comes later was added: each source's first snapshot was there before."""
    db = built(tmp_path / "c.db", *paths)
    added = rows(db, "SELECT at, spec FROM changes WHERE kind = 'added' ORDER BY at, spec")
    assert [(row["at"], row["spec"]) for row in added] == [
        (APRIL, "borealis"),
        (APRIL, "borealis:c"),
    ]


def test_going_on_is_the_same_as_at_once(
    paths: tuple[list[Path], list[Path]], tmp_path: Path
) -> None:
    """Whoever builds in between, with what was there by then, has the same past."""
    at_once = built(tmp_path / "once.db", *paths)
    stepwise = tmp_path / "stepwise.db"
    built(stepwise, paths[0][:2], paths[1][:1])
    built(stepwise, paths[0][:2], paths[1])
    built(stepwise, *paths)
    for view in ("model_versions", "prices", "changes", "moments"):
        query = f"SELECT * FROM {view} ORDER BY 1, 2, 3"
        assert rows(stepwise, query) == rows(at_once, query), view


def test_a_lower_source_without_a_past_does_not_win_in_a_later_step(tmp_path: Path) -> None:
    """What lies beneath a series stays beneath it when the past goes on."""
    paths = write_series(tmp_path / "s", PUBLIC)
    beneath = SourceSpec(
        "mapping",
        "beneath",
        {"acme": {"models": [{"id": "a", "cost": {"input": 99, "cache_write": 7}}]}},
        "mapping",
    )
    for number in (1, 3):
        series = SourceSpec("models.dev", "models.dev", paths[:number], "snapshots")
        build(Recipe((beneath, series)), tmp_path / "c.db")
    then = Catalog(tmp_path / "c.db").as_of(MARCH).model("acme:a")
    assert (then.cost_input, then.cost_cache_write) == (3, 7)


def test_what_an_overlay_says_of_a_provider_does_not_flap(tmp_path: Path) -> None:
    """A step that speaks of a provider is told with the overlay upon it."""
    states = {at: api(acme={"a": priced(1)}) for at in (JANUARY, FEBRUARY, MARCH)}
    for at, state in states.items():
        state["acme"]["doc"] = f"https://acme.example/{at}"
    paths = write_series(tmp_path / "s", states)
    overlay = {"acme": {"default_model": "a", "models": []}}
    db = build_series(tmp_path / "c.db", paths[:1], overlay)
    build_series(db, paths, overlay)
    later = f"SELECT DISTINCT field FROM changes WHERE spec = 'acme' AND at > '{JANUARY}'"
    assert column(db, later) == ["doc"]


def test_what_the_recipe_denies_was_never_there(tmp_path: Path) -> None:
    """Filters hold for the past as well: nothing of it was removed, it was never let in."""
    paths = write_series(tmp_path / "s", PUBLIC)
    db = built(tmp_path / "c.db", paths, filters=Filters(deny={"acme": ["b"]}))
    assert column(db, "SELECT spec FROM model_versions WHERE spec = 'acme:b'") == []
    assert column(db, "SELECT spec FROM changes WHERE spec = 'acme:b'") == []
