"""The past through every door: search, find by text, and all the views, as if built back then."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from llmcat import Catalog
from llmcat.errors import ModelNotFound, ProviderNotFound
from tests.examples import examples
from tests.pipeline.series import (
    APRIL,
    FEBRUARY,
    JANUARY,
    MARCH,
    api,
    build_series,
    model,
    write_series,
)
from tests.pipeline.stages.test_record import STATE

VIEWS = {
    "models": "SELECT * FROM models ORDER BY spec",
    "model_details": "SELECT spec, limits, cost, modes, capabilities, serving, links, weights,"
    " benchmarks, notes, task_complexity_score, metadata, extra FROM model_details ORDER BY spec",
    "model_versions": "SELECT * FROM model_versions ORDER BY spec, valid_from",
    "prices": "SELECT * FROM prices ORDER BY spec, mode, min_context, meter, valid_from",
    "changes": "SELECT * FROM changes ORDER BY at, spec, kind, field",
    "price_history": "SELECT * FROM price_history",
    "capability_history": "SELECT * FROM capability_history",
    "deprecations": "SELECT * FROM deprecations",
    "moments": "SELECT * FROM moments ORDER BY at",
    "providers": "SELECT id FROM providers ORDER BY id",
}


def acme(price: float, **said: Any) -> dict[str, Any]:
    """A model of acme at this input price."""
    return model(cost={"input": price, "output": 8}, **said)


STATES = {
    JANUARY: api(
        acme={
            "acme-1": acme(4, name="Acme One"),
            "zephyr-7b": acme(1, name="Zephyr", status="deprecated"),
            "glitch": acme(1),
        }
    ),
    FEBRUARY: api(
        acme={
            "acme-1": acme(3, name="Acme Grande"),
            "zephyr-7b": acme(0, name="Zephyr"),
            "glitch": acme(0),
        }
    ),
    MARCH: api(acme={"acme-1": acme(3, name="Acme Grande", tool_call=False), "glitch": acme(1)}),
    APRIL: api(acme={"acme-1": acme(200, name="Acme Grande"), "glitch": acme(1)}),
}


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four snapshots."""
    return write_series(tmp_path_factory.mktemp("travel"), STATES)


@pytest.fixture(scope="module")
def cat(paths: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The catalogue of all four."""
    return Catalog(build_series(tmp_path_factory.mktemp("catalog") / "catalog.db", paths))


def specs(found: Any) -> list[str]:
    """What was found, by spec."""
    return [found.spec for found in found]


def test_a_model_that_is_gone_is_found_in_its_time(cat: Catalog) -> None:
    """By its name, by a word of it and by find, and a typo is mended; at present it is nowhere."""
    then = cat.as_of(JANUARY)
    for search in (then.search, lambda text: then.find(text=text, include_deprecated=True)):
        assert specs(search("zephyr 7b")) == ["acme:zephyr-7b"]
    assert then.correct("zepyr") == "zephyr"
    assert cat.search("zephyr") == cat.find(text="zephyr") == []
    assert cat.as_of(MARCH).search("zephyr") == []
    assert cat.as_of(MARCH).correct("zepyr") is None


def test_a_model_is_found_by_the_name_that_it_had(cat: Catalog) -> None:
    """And not by the name that it got later."""
    then = cat.as_of(JANUARY)
    assert (specs(then.search("one")), then.search("grande")) == (["acme:acme-1"], [])
    assert (cat.search("one"), specs(cat.search("grande"))) == ([], ["acme:acme-1"])


def test_threads_and_catalogues_in_memory_search_the_past_too(paths: list[Path]) -> None:
    """Each connection has an index of its own, also where nothing may be written."""
    then = Catalog.from_sources(("models.dev", paths[0].parent)).as_of(JANUARY)
    found: list[list[str]] = []

    def ask() -> None:
        found.append(specs(then.search("zephyr")))

    for thread in (threads := [threading.Thread(target=ask) for _ in range(2)]):
        thread.start()
    for thread in threads:
        thread.join()
    ask()
    assert found == [["acme:zephyr-7b"]] * 3
    with pytest.raises(Exception, match="readonly"):
        then.connection.execute("INSERT INTO main.aliases VALUES ('a', 'b', 'c')")


def test_a_price_ends_when_the_end_is_known(cat: Catalog) -> None:
    """What begins later is not there, and what ends later is still listed."""
    inputs = [p for p in cat.as_of(JANUARY).prices("acme:acme-1") if p.meter == "input"]
    assert [(p.usd, p.valid_from, p.valid_to) for p in inputs] == [(4.0, JANUARY, None)]
    inputs = [p for p in cat.as_of(FEBRUARY).prices("acme:acme-1") if p.meter == "input"]
    assert [p.valid_to for p in inputs] == [FEBRUARY, None]


def test_a_glitch_is_one_once_it_is_over(cat: Catalog) -> None:
    """On the day of a fall to 0 nobody can know that the price will be back."""

    def suspects(at: str) -> list[bool]:
        return [c.suspect for c in cat.as_of(at).history("acme:glitch", "cost_input")]

    assert suspects(FEBRUARY) == [False]
    assert suspects(MARCH) == [True, True]
    free = [p for p in cat.as_of(FEBRUARY).prices("acme:glitch") if p.usd == 0]
    assert [p.suspect for p in free] == [False]


def test_which_of_two_prices_stood_out_is_told_by_the_third(tmp_path: Path) -> None:
    """Until it comes, either may be the slip."""
    states = {
        at: api(acme={"a": acme(price)})
        for at, price in {JANUARY: 0.5, FEBRUARY: 500, MARCH: 0.5}.items()
    }
    cat = Catalog(build_series(tmp_path / "c.db", write_series(tmp_path / "s", states)))

    def suspects(at: str) -> list[bool]:
        return [p.suspect for p in cat.as_of(at).prices("acme:a") if p.meter == "input"]

    assert [suspects(at) for at in states] == [[False], [True, True], [False, True, False]]


def test_changes_go_up_to_the_instant_and_hold_it(cat: Catalog) -> None:
    """What changed at that very instant is known then."""
    then = cat.as_of(MARCH)
    assert {c.at for c in then.changes()} == {FEBRUARY, MARCH}
    assert {c.at for c in then.changes(until=MARCH)} == {FEBRUARY}
    assert [c.at for c in then.history("acme:acme-1", "tools")] == [MARCH]


def test_a_model_of_the_future_never_was(tmp_path: Path) -> None:
    """As of a day before it came, its prices and its history are those of an unknown model."""
    states = {JANUARY: api(acme={"a": acme(1)}), MARCH: api(acme={"a": acme(1), "b": acme(2)})}
    cat = Catalog(build_series(tmp_path / "c.db", write_series(tmp_path / "s", states)))
    assert cat.prices("acme:b")
    for ask in (cat.as_of(JANUARY).prices, cat.as_of(JANUARY).history):
        with pytest.raises(ModelNotFound):
            ask("acme:b")


@pytest.fixture(scope="module")
def comings(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """firmware is there in February alone, xai from March on; grok was an id before it was its alias."""
    acme_1 = {"acme-1": acme(4)}
    states = {
        JANUARY: api(acme=acme_1, grok={"grok-3": acme(3)}),
        FEBRUARY: api(acme=acme_1, firmware={"claude-opus-4-5": acme(0, name="Claude Opus 4.5")}),
        MARCH: api(acme=acme_1, xai={"grok-3": acme(3)}),
    }
    folder = tmp_path_factory.mktemp("comings")
    return Catalog(
        build_series(
            folder / "catalog.db",
            write_series(folder / "s", states),
            provider_aliases={"grok": "xai"},
        )
    )


def test_a_provider_that_is_gone_is_there_in_its_time(comings: Catalog) -> None:
    """Every question that names it is answered; of itself no more is known than its id."""
    then = comings.as_of(FEBRUARY)
    spec = "firmware:claude-opus-4-5"
    assert specs(then.models("firmware")) == [spec]
    assert specs(then.search("claude", provider="firmware")) == [spec]
    assert then.default_model("firmware") is None
    assert then.resolve("claude-opus-4-5", scope="firmware").spec == spec
    assert then.model("claude-opus-4-5@firmware").spec == spec
    firmware = then.provider("firmware")
    assert (firmware.id, firmware.name, firmware.local, firmware.env) == (
        "firmware",
        None,
        None,
        (),
    )
    with pytest.raises(ProviderNotFound):
        comings.as_of(MARCH).models("firmware")
    assert comings.prices("claude-opus-4-5@firmware") == comings.prices(spec) != []


def test_a_provider_that_came_later_is_not_there_yet(comings: Catalog) -> None:
    """Nor do its other names mean it; an id beats an alias."""
    there = [[p.id for p in comings.as_of(at).providers()] for at in (JANUARY, FEBRUARY, MARCH)]
    assert there == [["acme", "grok"], ["acme", "firmware"], ["acme", "xai"]]
    assert comings.as_of(JANUARY).model("grok:grok-3").provider == "grok"
    for name in ("xai", "grok"):
        with pytest.raises(ProviderNotFound):
            comings.as_of(FEBRUARY).provider(name)
    assert comings.as_of(MARCH).provider("grok").id == "xai"


def test_changes_of_a_provider_that_is_gone(comings: Catalog) -> None:
    """Its coming and going; what was recorded under an id goes before who has it as an alias today."""

    def told(provider: str) -> list[tuple[str, str, str]]:
        return [(c.at, c.spec, c.kind) for c in comings.changes(provider=provider)]

    assert told("Firmware") == [
        (FEBRUARY, "firmware", "added"),
        (FEBRUARY, "firmware:claude-opus-4-5", "added"),
        (MARCH, "firmware", "removed"),
        (MARCH, "firmware:claude-opus-4-5", "removed"),
    ]
    assert told("grok") == [
        (FEBRUARY, "grok", "removed"),
        (FEBRUARY, "grok:grok-3", "removed"),
    ]
    with pytest.raises(ProviderNotFound, match="nobody"):
        comings.changes(provider="nobody")


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_what_it_was(view: str, number: int, paths: list[Path], cat: Catalog) -> None:
    """As of a snapshot each view holds what a catalogue that ends there holds."""
    ended = Catalog(build_series(paths[0].parent / f"{number}.db", paths[: number + 1]))
    then = cat.as_of(list(STATES)[number])
    assert then.sql(VIEWS[view]) == ended.sql(VIEWS[view])


def _with_tools(models: Mapping[str, Any]) -> dict[str, Any]:
    return {id_: {**facts, "tool_call": True} for id_, facts in models.items()}


@settings(
    max_examples=examples(8),
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(series=st.lists(STATE, min_size=2, max_size=4))
def test_any_past_is_as_if_it_had_ended_there(
    tmp_path_factory: pytest.TempPathFactory, series: list[Mapping[str, Any]]
) -> None:
    """Whatever came later leaves no trace in what is asked as of an instant.

    Each model calls functions and so shows its task itself: one that is borrowed from other offers
    is, like a family, what the present knows of the name.
    """
    folder = tmp_path_factory.mktemp("series")
    states = {at: api(acme=_with_tools(said)) for at, said in zip(STATES, series)}
    paths = write_series(folder, states)
    whole = Catalog(build_series(folder / "whole.db", paths))
    for number, at in enumerate(states, start=1):
        then, ended = (
            whole.as_of(at),
            Catalog(build_series(folder / f"{number}.db", paths[:number])),
        )
        for query in VIEWS.values():
            assert then.sql(query) == ended.sql(query)
        for text in ("acme", "x free", "mini", "zürich", "acmee"):
            assert then.search(text) == ended.search(text)
            assert then.find(text=text) == ended.find(text=text)
            assert then.correct(text) == ended.correct(text)
        assert then.changes(suspect=True) == ended.changes(suspect=True)
