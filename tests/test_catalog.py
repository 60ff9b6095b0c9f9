"""The reader: opening, lookup, threads, swapped files, catalogues in memory."""

from __future__ import annotations

import copy
import os
import pickle
import shutil
import sqlite3
import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog, CatalogError, LlmcatError, ModelNotFound, ProviderNotFound
from tests.conftest import MakeCatalog

GPT = {
    "openai": {
        "name": "OpenAI",
        "env": ["OPENAI_API_KEY"],
        "features": ["tool_use", "streaming"],
        "endpoints": ["chat", "embeddings"],
        "models": [
            {
                "id": "gpt-4o",
                "name": "GPT-4o",
                "aliases": ["gpt-4o-latest"],
                "cost": {"input": 2.5, "output": 10},
                "limits": {"context": 128_000},
                "modalities": {"input": ["text", "image"], "output": ["text"]},
                "capabilities": {"tools": {"enabled": True}, "reasoning": {"enabled": False}},
            },
            {"id": "davinci-002"},
        ],
    }
}


@pytest.fixture
def path(make_catalog: MakeCatalog) -> Path:
    """A catalogue of two models."""
    return make_catalog(GPT)


def test_a_model_has_typed_columns(path: Path) -> None:
    """Prices are floats, flags are booleans, arrays are tuples."""
    model = Catalog(path).model("openai:gpt-4o")
    assert (model.cost_input, model.limit_context) == (2.5, 128_000)
    assert (model.vision, model.tools, model.reasoning) == (True, True, False)
    assert model.modalities_input == ("image", "text")
    assert model.details.provenance["*"] == "mapping"


def test_a_model_is_copied_with_its_details(path: Path) -> None:
    """A model is a fact and never changes: a copy is the same, a changed one knows its catalogue."""
    model = Catalog(path).model("openai:gpt-4o")
    assert copy.copy(model) is model
    assert copy.deepcopy({"best": model})["best"] is model
    free = model._replace(cost_input=0.0)
    assert (free.cost_input, model.cost_input) == (0.0, 2.5)
    assert free.details == model.details


def test_a_pickled_model_is_its_row(path: Path) -> None:
    """Other processes get the columns; for the rest they are told to ask a catalogue."""
    model = Catalog(path).model("openai:gpt-4o")
    received = pickle.loads(pickle.dumps(model))
    assert received == model
    assert repr(received) == repr(model)
    with pytest.raises(LlmcatError, match=r"ask cat\.model\('openai:gpt-4o'\)"):
        _ = received.details


def test_what_nobody_said_is_none(path: Path) -> None:
    """A model of which only the id is known claims nothing."""
    model = Catalog(path).model("openai:davinci-002")
    assert model.cost_input is None
    assert model.vision is None
    assert model.limit_context is None
    assert model.modalities_input == ()


def test_an_alias_leads_to_its_model(path: Path) -> None:
    """Aliases, other spellings of the provider and the at form name the same row."""
    catalog = Catalog(path)
    for spec in ("openai:gpt-4o-latest", "OpenAI:gpt-4o", "gpt-4o@openai", " openai:gpt-4o "):
        assert catalog.model(spec).spec == "openai:gpt-4o"


def test_every_call_takes_what_resolve_takes(path: Path) -> None:
    """A bare id, a prefix or a dated snapshot will do, and the answer names the spec that was taken."""
    catalog = Catalog(path)
    for name in ("gpt-4o", "openai/gpt-4o", "GPT-4o", "gpt-4o-2099-01-01"):
        assert catalog.model(name).spec == catalog.resolve(name).spec == "openai:gpt-4o"
        assert catalog.cost(name, 1_000, 500).spec == "openai:gpt-4o"
        assert catalog.costs([{"spec": name, "input_tokens": 1}])[0][0].spec == "openai:gpt-4o"
        assert catalog.compare([name]).models[0].spec == "openai:gpt-4o"
        assert catalog.prices(name) == catalog.prices("openai:gpt-4o")
        assert catalog.history(name) == catalog.history("openai:gpt-4o")
    assert catalog.cost("openai/gpt-4o", 1).assumed == ()
    assert catalog.cost("gpt-4o-2099-01-01", 1).assumed == (
        "gpt-4o-2099-01-01 has no prices of its own: billed as openai:gpt-4o",
    )


def test_not_found_is_a_lookup_error_with_suggestions(path: Path) -> None:
    """What does not exist is never guessed."""
    catalog = Catalog(path)
    with pytest.raises(LookupError) as caught:
        catalog.model("openai:gpt-4oo")
    assert caught.value.suggestions == ("openai:gpt-4o",)  # type: ignore[attr-defined]
    with pytest.raises(ProviderNotFound, match="openai"):
        catalog.provider("opnai")
    with pytest.raises(TypeError, match="a name is text"):
        catalog.model(None)  # type: ignore[arg-type]


def test_models_of_a_provider_come_in_order(path: Path) -> None:
    """Ordered by spec; an unknown provider is an error, not an empty list."""
    catalog = Catalog(path)
    assert [m.id for m in catalog.models("openai")] == ["davinci-002", "gpt-4o"]
    assert len(catalog.models()) == 2
    with pytest.raises(ProviderNotFound):
        catalog.models("nobody")


def test_a_provider_supports_words_in_any_spelling(path: Path) -> None:
    """Features are canonical capability names; endpoints count too."""
    provider = Catalog(path).provider("OPENAI")
    assert provider.supports("tool_use")
    assert provider.supports("function-calling")
    assert provider.supports("embeddings")
    assert not provider.supports("assistants")
    assert [p.id for p in Catalog(path).providers(["streaming", "chat"])] == ["openai"]
    assert Catalog(path).providers(["streaming", "fine_tuning"]) == []


def test_a_file_that_is_no_catalogue_is_refused_in_one_line(tmp_path: Path) -> None:
    """Missing, foreign, empty, of another schema: each says what to do."""
    with pytest.raises(CatalogError, match="no such file"):
        Catalog(tmp_path / "none.db")
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(CatalogError, match="no llmcat catalogue"):
        Catalog(foreign)
    text = tmp_path / "text.db"
    text.write_text("not a database, but long enough to be taken for one" * 30)
    with pytest.raises(CatalogError, match="cannot be read"):
        Catalog(text)


def test_another_schema_is_refused(path: Path) -> None:
    """A file of a later llmcat is not misread."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(CatalogError, match="has schema 99"):
        Catalog(path)


def test_the_environment_names_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """$LLMCAT_DB comes before what is installed."""
    monkeypatch.setenv("LLMCAT_DB", str(path))
    assert Catalog().path == str(path)


def test_the_newer_of_installed_and_packaged_is_opened(
    make_catalog: MakeCatalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an upgrade the package may be newer than what was pulled long ago."""
    from llmcat.storage import location

    dated = {"id": "a", "last_updated": "2026-01-01"}
    old = shutil.copy(make_catalog({"lab": {"models": [dated]}}), tmp_path / "old.db")
    new = shutil.copy(
        make_catalog({"lab": {"models": [{**dated, "last_updated": "2026-02-01"}]}}),
        tmp_path / "new.db",
    )
    monkeypatch.delenv("LLMCAT_DB", raising=False)
    for installed, packaged in ((old, new), (new, old)):
        monkeypatch.setattr(location, "installed", lambda found=installed: str(found))
        monkeypatch.setattr(location, "PACKAGED", str(packaged))
        assert Catalog().path == str(new)
    monkeypatch.setattr(location, "PACKAGED", "/nowhere/catalog.db")
    monkeypatch.setattr(location, "installed", lambda: "/nowhere/catalog.db")
    with pytest.raises(CatalogError, match="llmcat build"):
        Catalog()


def test_names_with_special_characters_open(make_catalog: MakeCatalog, tmp_path: Path) -> None:
    """A folder may hold ?, # and % without becoming a part of the URI."""
    folder = tmp_path / "a?b#c%20d"
    folder.mkdir()
    target = shutil.copy(make_catalog(GPT), folder / "catalog.db")
    assert Catalog(target).model("openai:gpt-4o").id == "gpt-4o"


def test_threads_share_a_catalogue(path: Path) -> None:
    """Each thread gets a connection of its own; close() closes them all."""
    catalog = Catalog(path)
    seen: list[tuple[str, int]] = []

    def work() -> None:
        for _ in range(200):
            row = catalog.connection.execute("SELECT count(*) FROM models").fetchone()
            seen.append((catalog.model("openai:gpt-4o").id, row[0]))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [("gpt-4o", 2)] * 1_600
    catalog.close()


def test_a_swapped_file_is_taken_up_on_reload(path: Path, make_catalog: MakeCatalog) -> None:
    """Until then the old file answers; the epoch counts the files taken up."""
    catalog = Catalog(path)
    assert catalog.model("openai:gpt-4o").cost_input == 2.5
    make_catalog({"openai": {"models": [{"id": "gpt-4o", "cost": {"input": 1}}]}})
    assert catalog.model("openai:gpt-4o").cost_input == 2.5
    catalog.reload()
    assert catalog.model("openai:gpt-4o").cost_input == 1
    assert catalog.epoch == 2


def test_a_watching_catalogue_notices_a_swap(
    path: Path, make_catalog: MakeCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With watch=True the file is looked at now and then; a broken file is not taken up."""
    monkeypatch.setattr("llmcat.storage.current.NOTICE_SECONDS", 0.0)
    catalog = Catalog(path, watch=True)
    assert catalog.model("openai:gpt-4o").cost_input == 2.5
    make_catalog({"openai": {"models": [{"id": "gpt-4o", "cost": {"input": 1}}]}})
    assert catalog.model("openai:gpt-4o").cost_input == 1
    assert catalog.epoch == 2
    path.write_text("half a file")
    for _ in range(2):
        assert catalog.model("openai:gpt-4o").cost_input == 1
        assert len(catalog.find()) == 1
    os.unlink(path)
    assert catalog.model("openai:gpt-4o").cost_input == 1


def test_a_watching_catalogue_charges_the_new_prices(
    path: Path, make_catalog: MakeCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Price lists that were read of the old file are forgotten with it."""
    monkeypatch.setattr("llmcat.storage.current.NOTICE_SECONDS", 0.0)
    catalog = Catalog(path, watch=True)
    assert catalog.cost("openai:gpt-4o", 1_000_000).total == Decimal("2.5")
    make_catalog({"openai": {"models": [{"id": "gpt-4o", "cost": {"input": 1}}]}})
    assert catalog.cost("openai:gpt-4o", 1_000_000).total == 1
    make_catalog({"openai": {"models": [{"id": "gpt-4o", "cost": {"input": 3}}]}})
    assert catalog.cost_of("openai:gpt-4o", {"prompt_tokens": 1_000_000}).total == 3


def test_reload_stays_with_the_old_file_when_the_new_one_is_broken(path: Path) -> None:
    """An error leaves a catalogue that still answers."""
    catalog = Catalog(path)
    catalog.model("openai:gpt-4o")
    broken = path.with_suffix(".new")
    broken.write_text("garbage" * 1000)
    os.replace(broken, path)
    with pytest.raises(CatalogError):
        catalog.reload()
    assert catalog.model("openai:davinci-002").id == "davinci-002"
    assert catalog.epoch == 1


def test_a_catalogue_in_memory_goes_through_the_same_pipeline() -> None:
    """from_sources needs no file, and other threads read it too."""
    catalog = Catalog.from_sources(GPT)
    assert catalog.model("openai:gpt-4o").vision is True
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(catalog.model("openai:gpt-4o").id))
    thread.start()
    thread.join()
    assert found == ["gpt-4o"]
    with pytest.raises(sqlite3.OperationalError):
        catalog.connection.execute("DELETE FROM models")


def test_overrides_lie_on_top_of_the_file(path: Path) -> None:
    """Only what is overridden changes, and provenance says by what; the file stays as it was."""
    catalog = Catalog(path)
    before = path.read_bytes()
    changed = catalog.with_overrides(
        {"openai": {"models": [{"id": "gpt-4o", "cost": {"input": 1}}]}}
    )
    model = changed.model("openai:gpt-4o")
    assert (model.cost_input, model.cost_output) == (1, 10)
    assert model.details.provenance["cost.input"] == "overrides 2"
    assert changed.model("openai:gpt-4o-latest").spec == "openai:gpt-4o"
    assert catalog.model("openai:gpt-4o").cost_input == 2.5
    assert path.read_bytes() == before


def test_one_feature_may_be_named_as_text(path: Path) -> None:
    """Not taken for its letters."""
    catalog = Catalog(path)
    assert [p.id for p in catalog.providers("streaming")] == ["openai"]
    assert catalog.providers(["streaming", "guardrails"]) == []


def test_a_name_that_is_no_text_is_a_type_error(path: Path) -> None:
    """Said in a line, wherever a name is taken."""
    catalog: Any = Catalog(path)
    calls = (catalog.resolve, catalog.provider, catalog.search, catalog.prices, catalog.cost)
    for call in (*calls, catalog.correct, lambda name: catalog.resolve("gpt-4o", scope=[name])):
        for no_text in (None, b"gpt", 5):
            with pytest.raises(TypeError, match="a name is text"):
                call(no_text)


def test_a_catalogue_knows_its_age() -> None:
    """Beside what stands in its row; of one whose sources tell no time it is unknown."""
    dated = {"id": "m", "last_updated": "2026-01-01"}
    age = Catalog.from_sources({"acme": {"models": [dated]}}).info().age
    assert age is not None
    assert age.days > 200
    assert Catalog.from_sources({"acme": {"models": [{"id": "m"}]}}).info().age is None


@pytest.mark.parametrize("name", ["gpt\udcff", "openai:\ud800"])
def test_half_a_character_names_nothing(path: Path, name: str) -> None:
    """What a terminal or a file name may hand over ends in one line that SQLite had no part in."""
    catalog = Catalog(path)
    calls: list[Callable[[Catalog], object]] = [
        lambda view: view.model(name),
        lambda view: view.cost(name, 1),
        lambda view: view.prices(name),
        lambda view: view.history(name),
        lambda view: view.resolve(name),
        lambda view: view.provider(name),
        lambda view: view.models(name),
        lambda view: view.find(provider=name),
        lambda view: view.find(text=name),
        lambda view: view.compare([name]),
        lambda view: view.changes(name),
        lambda view: view.sql("SELECT ?", [name]),
        lambda view: view.sql(f"SELECT '{name}'"),
        lambda view: Catalog(path, deny={"openai": name}),
    ]
    for view in (catalog, catalog.as_of("2027-01-01")):
        for call in calls:
            with pytest.raises(LlmcatError) as caught:
                call(view)
            assert str(caught.value).isprintable()
        assert name not in view


def test_an_error_does_not_repeat_a_book(path: Path) -> None:
    """A name of 100,000 characters is shown by its ends; the error still knows all of it."""
    with pytest.raises(ModelNotFound) as caught:
        Catalog(path).model("x" * 100_000)
    assert len(str(caught.value)) < 2_100
    assert str(caught.value).endswith("in the catalogue")
    assert len(caught.value.name) == 100_000


def test_what_a_name_means_is_kept_with_the_file(make_catalog: MakeCatalog) -> None:
    """The same answer as before from one file, and another's from another that takes its place."""
    cat = Catalog(make_catalog(GPT))
    assert cat.resolve("gpt-4o-latest") is cat.resolve("gpt-4o-latest")
    with pytest.raises(ModelNotFound) as missed:
        cat.resolve("gpt-4p")
    assert missed.value.suggestions == ("openai:gpt-4o",)
    make_catalog({"azure": {"models": [{"id": "gpt-4p"}]}})
    cat.reload()
    assert cat.resolve("gpt-4p").spec == "azure:gpt-4p"
    with pytest.raises(ModelNotFound):
        cat.resolve("gpt-4o-latest")
