"""llmcat validate and llmcat schema: overlays checked before they are built."""

from __future__ import annotations

import json
from pathlib import Path

from llmcat.pipeline.recipe import PACKAGE
from tests.cli.running import Said, error_of, llmcat, process, written

BUILD = PACKAGE.parent / "build"
GOOD = "provider: acme\nmodels:\n  small:\n    cost: {input: 0.5}\n    knowledge: 2025-03\n"


def findings(said: Said) -> list[str]:
    """What was found wrong, a line each, without the folder of the test."""
    return [line.rpartition("/")[2] for line in said.err.splitlines()]


def test_a_good_overlay_passes(tmp_path: Path) -> None:
    """Nothing to say but the count; exit status 0."""
    said = process("validate", written(tmp_path / "acme.yml", GOOD))
    assert said == Said("1 file checked, 0 errors, 0 warnings\n", "", 0)


def test_a_bad_overlay_says_file_line_field_and_reason(tmp_path: Path) -> None:
    """In the order of the lines, on standard error; exit status 1."""
    bad = GOOD + "  large:\n    cost:\n      input: cheap\n    limits: 3\n"
    said = process("validate", written(tmp_path / "acme.yml", bad))
    assert (said.status, said.out) == (1, "1 file checked, 2 errors, 0 warnings\n")
    first, second = findings(said)
    assert first.startswith("acme.yml:8: models.large.cost.input: ")
    assert first.endswith(", not 'cheap'")
    assert second.startswith("acme.yml:9: models.large.limits: ")


def test_a_bad_toml_overlay_says_so_too(tmp_path: Path) -> None:
    """A model's file, and one that is no TOML at all."""
    model = written(tmp_path / "acme/small.toml", 'id = "small"\n[cost]\ninput = -1\n')
    broken = written(tmp_path / "acme/large.toml", 'id = "large"\n[cost\n')
    said = llmcat("validate", model, broken)
    assert said.status == 1
    first, second = findings(said)
    assert first.startswith("small.toml:3: cost.input: ")
    assert second.startswith("large.toml:2: no TOML: ")


def test_a_near_miss_is_a_warning_and_does_not_fail(tmp_path: Path) -> None:
    """A key that looks like a known one is kept, and the known one suggested."""
    said = llmcat("validate", written(tmp_path / "acme.yml", GOOD.replace("knowledge", "knowlege")))
    assert (said.status, said.err) == (0, "")
    warning, count = said.lines
    assert "acme.yml:5: warning: models.small.knowlege: " in warning
    assert warning.endswith("did you mean knowledge?")
    assert count == "1 file checked, 0 errors, 1 warning"


def test_a_file_that_is_no_overlay_is_an_error_not_silence(tmp_path: Path) -> None:
    """Of nothing known, in the shape of with_overrides, misspelled, empty: one line, the way out."""
    written(tmp_path / "a.yml", "# mine\n\nfoo: bar\n")
    written(tmp_path / "b.yml", "openai: {models: [{id: gpt-4o, cost: {input: 2.0}}]}\n")
    written(tmp_path / "c.yml", "modells: {small: {}}\n")
    written(tmp_path / "d.yml", "{}\n")
    said = llmcat("validate", tmp_path)
    assert (said.status, said.out) == (1, "4 files checked, 4 errors, 0 warnings\n")
    way_out = (
        "says nothing of a provider; a file is one: write `provider: {}`, and its models under"
        " `models`, by id"
    )
    assert findings(said) == [
        f"a.yml:3: {way_out.format('a')}",
        f"b.yml:1: {way_out.format('openai')}",
        f"c.yml:1: {way_out.format('c')}; or is 'modells' meant to be models?",
        f"d.yml:1: {way_out.format('d')}",
    ]


def test_the_name_of_the_file_may_stand_for_the_provider(tmp_path: Path) -> None:
    """As in ExLLM's lmstudio.yml; one known key tells that it is an overlay."""
    written(tmp_path / "lmstudio.yml", "models: {small: {}}\n")
    written(tmp_path / "ollama.yml", "local: true\nmaker: somebody\n")
    written(tmp_path / "acme.yml", "provider: acme\n")
    assert llmcat("validate", tmp_path) == Said("3 files checked, 0 errors, 0 warnings\n", "", 0)


def test_a_folder_stands_for_all_overlays_in_it(tmp_path: Path) -> None:
    """Also a folder that is named like a file; other files are passed over."""
    written(tmp_path / "overlays.yml/acme.yaml", GOOD)
    written(tmp_path / "overlays.yml/acme/small.toml", 'id = "small"\n')
    written(tmp_path / "overlays.yml/README.md", "# overlays\n")
    said = llmcat("validate", tmp_path / "overlays.yml")
    assert said == Said("2 files checked, 0 errors, 0 warnings\n", "", 0)


def test_nothing_to_check_is_a_failure(tmp_path: Path) -> None:
    """A missing file, one of another kind, a folder without any: a slip, not a success."""
    assert "no .yml, .yaml or .toml file in" in error_of(llmcat("validate", tmp_path))
    said = llmcat("validate", tmp_path / "no.yml", written(tmp_path / "models.json", "{}"))
    assert said.status == 1
    assert findings(said) == [
        "no.yml: no such file",
        "models.json: is no overlay: the name must end in .yml or .toml",
    ]
    assert "Missing argument 'FILES...'" in error_of(llmcat("validate"), status=2)


def test_the_shipped_overlays_are_valid() -> None:
    """Those that the catalogue is made of."""
    said = llmcat("validate", BUILD / "overlays")
    assert (said.status, said.err) == (0, "")


def test_what_an_overlay_holds_cannot_steer_the_terminal(tmp_path: Path) -> None:
    """A key with an escape sequence is shown without it."""
    evil = '{"provider": "acme", "models": {"\\u001b]0;owned\\u0007": {"cost": 1}}}'
    said = llmcat("validate", written(tmp_path / "acme.yml", evil))
    assert said.status == 1
    assert said.err.isprintable() or said.err.replace("\n", "").isprintable()


def test_schemas_are_printed_and_written(tmp_path: Path) -> None:
    """Without a folder all are printed; with one each gets its file."""
    assert llmcat("schema").out.count('"$schema"') == 3
    assert llmcat("schema", tmp_path / "new/folder").status == 0
    names = sorted(path.name for path in (tmp_path / "new/folder").iterdir())
    assert names == [
        "overlay-model.schema.json",
        "overlay-provider.schema.json",
        "overlay.schema.json",
    ]
    assert json.loads((tmp_path / "new/folder" / names[2]).read_text())["title"]


def test_a_stale_schema_fails_the_check(tmp_path: Path) -> None:
    """--check writes nothing, names the stale file and the command that mends it."""
    llmcat("schema", tmp_path)
    assert llmcat("schema", tmp_path, "--check") == Said("", "", 0)
    stale = written(tmp_path / "overlay.schema.json", "{}")
    line = error_of(process("schema", tmp_path, "--check"))
    assert line == f"out of date: {stale}; run `llmcat schema {tmp_path}`"
    assert stale.read_text() == "{}"


def test_the_committed_schemas_are_current() -> None:
    """build/*.schema.json are what `llmcat schema build` writes."""
    assert llmcat("schema", BUILD, "--check").status == 0


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """A file where a folder is wanted."""
    blocked = written(tmp_path / "file", "")
    assert "is a file" in error_of(llmcat("schema", blocked), status=2)
    assert "cannot be written" in error_of(llmcat("schema", blocked / "below"))
