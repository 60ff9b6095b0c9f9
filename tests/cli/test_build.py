"""llmcat build: from sources to a file, and what it says of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from llmcat import Catalog
from tests.cli.running import api_json, error_of, llmcat, process, written
from tests.pipeline.series import FEBRUARY, JANUARY, MARCH, api, model, write_series

OVERLAY = "provider: acme\nmodels:\n  small:\n    cost: {input: 0.5}\n    tags: [house]\n"


def test_what_came_with_llmcat_is_built_into_an_empty_folder(tmp_path: Path) -> None:
    """`llmcat build` with nothing said makes catalog.db where one stands, and reports on it."""
    nowhere = {"LLMCAT_CACHE": str(tmp_path / "cache"), "XDG_DATA_HOME": str(tmp_path / "data")}
    said = process("build", cwd=tmp_path, **nowhere)
    assert (said.status, said.err) == (0, "")
    assert said.lines[0].startswith("catalog.db: ")
    assert any(line.startswith("  sources    models.dev (models-dev/") for line in said.lines)
    assert {path.name for path in tmp_path.iterdir()} == {"catalog.db", "catalog.db.sha256"}

    info = process("info", "--db", "catalog.db", "--json", cwd=tmp_path).json
    assert info["models"] > 4_000
    assert f"{info['models']:,} models" in said.lines[0]
    shown = process("show", "openai:gpt-4o", cwd=tmp_path, LLMCAT_DB="catalog.db")
    assert shown.lines[0] == "openai:gpt-4o  GPT-4o"


def test_building_again_changes_nothing(tmp_path: Path) -> None:
    """The same inputs: no model moved, and not a byte of the file."""
    api, db = api_json(tmp_path / "api.json", small=1, large=3), tmp_path / "catalog.db"
    first = llmcat("build", "-o", db, "--source", f"models.dev={api}")
    assert "  models     2 added, 0 changed, 0 removed" in first.lines
    content = db.read_bytes()
    again = llmcat("build", "-o", db, "--source", f"models.dev={api}")
    assert "  models     0 added, 0 changed, 0 removed" in again.lines
    assert db.read_bytes() == content


def test_where_no_source_tells_its_time_the_age_is_unknown(tmp_path: Path) -> None:
    """Not 1970: in the summary of the build, and of the file."""
    overlay, db = written(tmp_path / "acme.yml", OVERLAY), tmp_path / "catalog.db"
    built = llmcat("build", "-o", db, "--source", f"yaml={overlay}")
    for said in (built, llmcat("info", "--db", db)):
        assert "  as of      unknown: no source tells its time" in said.lines
        assert "1970" not in said.out


def test_a_changed_price_is_reported(tmp_path: Path) -> None:
    """A rebuild says how many models differ from those in the file before."""
    db = tmp_path / "catalog.db"
    api = api_json(tmp_path / "api.json", small=1, large=3)
    llmcat("build", "-o", db, "--source", f"models.dev={api}")
    api_json(api, small=1, large=2, huge=9)
    said = llmcat("build", "-o", db, "--source", f"models.dev={api}")
    assert "  models     1 added, 1 changed, 0 removed" in said.lines


def test_sources_on_the_command_line_stand_in_order_of_precedence(tmp_path: Path) -> None:
    """models.dev, then YAML, then TOML: the last one that says something wins."""
    api = api_json(tmp_path / "api.json", small=1)
    overlay = written(tmp_path / "acme.yml", OVERLAY)
    toml = written(
        tmp_path / "more/acme/small.toml", 'id = "small"\ntags = ["lab"]\n[cost]\noutput = 9\n'
    )
    sources = (f"models.dev={api}", f"yaml={overlay}", f"toml={toml.parent.parent}")
    db = tmp_path / "catalog.db"
    said = llmcat("build", "-o", db, *(word for s in sources for word in ("--source", s)))
    assert said.status == 0
    model = Catalog(db).model("acme:small")
    assert (model.cost_input, model.cost_output, model.tags) == (0.5, 9, ("house", "lab"))
    names = [row["name"] for row in llmcat("info", "--db", db, "--json").json["sources"]]
    assert names == ["models.dev", "yaml", "toml"]


def test_two_sources_of_one_kind_are_told_apart(tmp_path: Path) -> None:
    """`--source` twice with one kind: named by kind, number and file."""
    one = written(tmp_path / "one.yml", OVERLAY)
    two = written(tmp_path / "two.yml", OVERLAY.replace("0.5", "0.25"))
    db = tmp_path / "catalog.db"
    said = llmcat("build", "-o", db, "--source", f"yaml={one}", "--source", f"yaml={two}")
    assert said.status == 0
    assert Catalog(db).model("acme:small").cost_input == 0.25
    names = [row["name"] for row in llmcat("info", "--db", db, "--json").json["sources"]]
    assert names == ["yaml 1 one.yml", "yaml 2 two.yml"]


def test_a_catalogue_is_a_source_for_another(tmp_path: Path) -> None:
    """`--source catalog=… --source yaml=…`: one's own file on top of one that is there."""
    base, mine = tmp_path / "base.db", tmp_path / "mine.db"
    api = api_json(tmp_path / "api.json", small=1, large=3)
    llmcat("build", "-o", base, "--source", f"models.dev={api}")
    overlay = written(tmp_path / "acme.yml", OVERLAY)
    said = llmcat("build", "-o", mine, "--source", f"catalog={base}", "--source", f"yaml={overlay}")
    assert said.status == 0
    assert [m.cost_input for m in Catalog(mine).models("acme")] == [3, 0.5]
    assert Catalog(base).model("acme:small").cost_input == 1


def test_what_is_rejected_is_counted_and_kept(tmp_path: Path) -> None:
    """A bad field costs only itself: the report gives the reason, the catalogue the place."""
    overlay = written(
        tmp_path / "acme.yml", OVERLAY + "  broken:\n    cost: {input: cheap}\n  fine: {}\n"
    )
    db = tmp_path / "catalog.db"
    said = llmcat("build", "-o", db, "--source", f"yaml={overlay}")
    assert said.status == 0
    assert any(line.startswith("  rejected   1 x ") for line in said.lines)
    assert "  fields     1 rejected field: the records stay without them" in said.lines
    assert said.lines[0].endswith("3 models from 1 providers")
    [reject] = llmcat("sql", "select spec, field, place from rejects", "--db", db, "--json").json
    assert (reject["spec"], reject["field"]) == ("acme:broken", "cost.input")
    assert reject["place"].startswith("acme.yml:")
    assert "acme.yml:" in llmcat("info", "--db", db).out


def test_a_file_that_is_left_out_is_named(tmp_path: Path) -> None:
    """What is no overlay changes nothing, and the summary says which file, why, and what to write."""
    base, mine = tmp_path / "base.db", tmp_path / "mine.db"
    llmcat("build", "-o", base, "--source", f"models.dev={api_json(tmp_path / 'a.json', small=1)}")
    overlay = written(tmp_path / "m.yml", "acme: {models: [{id: small, cost: {input: 2}}]}\n")
    said = llmcat("build", "-o", mine, "--source", f"catalog={base}", "--source", f"yaml={overlay}")
    assert said.status == 0
    [line] = [line for line in said.lines if line.startswith("  left out   ")]
    assert "m.yml:1: says nothing of a provider" in line
    assert "write `provider: acme`" in line
    assert Catalog(mine).model("acme:small").cost_input == 1
    for number in range(5):
        written(tmp_path / f"many/{number}.yml", "foo: bar\n")
    many = f"yaml={tmp_path / 'many'}"
    said = llmcat("build", "-o", mine, "--source", f"catalog={base}", "--source", many)
    assert said.lines.count("  left out   2 more files: see the table rejects") == 1


def test_nothing_left_is_an_error_and_the_old_file_stays(tmp_path: Path) -> None:
    """A source without a model does not replace a catalogue."""
    db, api = tmp_path / "catalog.db", api_json(tmp_path / "api.json", small=1)
    llmcat("build", "-o", db, "--source", f"models.dev={api}")
    content = db.read_bytes()
    empty = written(tmp_path / "empty.json", "{}")
    assert error_of(llmcat("build", "-o", tmp_path / "new.db", "--source", f"models.dev={empty}"))
    assert error_of(llmcat("build", "-o", db, "--source", f"models.dev={tmp_path / 'no.json'}"))
    assert db.read_bytes() == content
    assert not (tmp_path / "new.db").exists()


def test_errors_of_build_are_one_line(tmp_path: Path) -> None:
    """A source that is not there or not of a known kind, a folder that does not exist."""
    api = api_json(tmp_path / "api.json", small=1)
    out = ("build", "-o", tmp_path / "catalog.db", "--source")
    assert "no such file" in error_of(llmcat(*out, f"models.dev={tmp_path / 'nope.json'}"))
    assert "there are models.dev, " in error_of(llmcat(*out, f"csv={api}"))
    assert "is not KIND=PATH" in error_of(llmcat(*out, "models.dev"), status=2)
    folder = tmp_path / "missing"
    line = error_of(llmcat("build", "-o", folder / "c.db", "--source", f"models.dev={api}"))
    assert str(folder) in line


def test_a_file_that_is_no_catalogue_is_not_overwritten(tmp_path: Path) -> None:
    """`-o` on somebody else's database: refused, untouched."""
    foreign, api = tmp_path / "mail.db", api_json(tmp_path / "api.json", small=1)
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE mail (id)")
    connection.close()
    content = foreign.read_bytes()
    line = error_of(llmcat("build", "-o", foreign, "--source", f"models.dev={api}"))
    assert str(foreign) in line
    assert foreign.read_bytes() == content


def test_a_snapshot_that_comes_too_late_is_named(tmp_path: Path) -> None:
    """What is recorded stands; a new file tells all of it."""
    states = {at: api(acme={"a": model()}) for at in (JANUARY, FEBRUARY, MARCH)}
    paths = write_series(tmp_path / "s", states)
    late = paths[0].rename(tmp_path / paths[0].name)
    command = ("build", "--source", f"models.dev={tmp_path / 's'}", "-o")
    assert "not told" not in llmcat(*command, tmp_path / "c.db").out
    late.rename(paths[0])
    [line] = [line for line in llmcat(*command, tmp_path / "c.db").lines if "not told" in line]
    assert "2026-01-01T000000Z: older than what is recorded; build into a new file (-o)" in line
    assert "not told" not in llmcat(*command, tmp_path / "new.db").out
