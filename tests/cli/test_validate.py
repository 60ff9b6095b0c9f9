"""llmcat validate and llmcat schema: overlays checked before they are built."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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


SLIPS = """
provider: acme
models:
  small:
    pricing: {inptu: 1}
    capabilities: [visoin, document_understanding]
    limits: {contxt: 4}
  large:
    capabilities:
      visoin: true
      tools: {enabeld: true, strict: true}
    cost: {input: 1, output_video: 3, tiers: [{min_context: 5, ouptut: 3}]}
    lifecycle: {staus: retired}
    modalities: {inptu: [text]}
  image:
    pricing:
      components: [{unit: image, ratte: 0.02, size_class: 1K}]
"""


def test_near_misses_are_pointed_out_wherever_they_stand(tmp_path: Path) -> None:
    """In every table that has known words, and what becomes of the word is said."""
    said = llmcat("validate", written(tmp_path / "acme.yml", SLIPS))
    assert (said.status, said.err) == (0, "")
    assert [line.partition("acme.yml:")[2] for line in said.lines[:-1]] == [
        "5: warning: models.small.pricing.inptu: is taken for a new meter; did you mean input?",
        "6: warning: models.small.capabilities.0: visoin is taken for a new capability; did you mean"
        " vision?",
        "7: warning: models.small.limits.contxt: is unknown and only kept in extra; did you mean"
        " context?",
        "10: warning: models.large.capabilities.visoin: is taken for a new capability; did you mean"
        " vision?",
        "11: warning: models.large.capabilities.tools.enabeld: is taken for another fact of the"
        " capability; did you mean enabled?",
        "12: warning: models.large.cost.tiers.0.ouptut: is taken for a new meter; did you mean output?",
        "13: warning: models.large.lifecycle.staus: is unknown and only kept in extra; did you mean"
        " status?",
        "14: warning: models.large.modalities.inptu: is unknown and only kept in extra; did you mean"
        " input?",
        "17: warning: models.image.pricing.components.0.ratte: is unknown and only kept as it is; did"
        " you mean rate?",
    ]


def test_words_that_are_understood_are_no_near_misses(tmp_path: Path) -> None:
    """`limit`, `modes` and `retires_on` are read too, though limits, mode and retires_at are like them."""
    model = (
        "small: {limit: {context: 5}, modes: {fast: {cost: {input: 3}}}, retires_on: 2027-01-01}"
    )
    said = llmcat(
        "validate", written(tmp_path / "acme.yml", f"provider: acme\nmodels: {{{model}}}")
    )
    assert said == Said("1 file checked, 0 errors, 0 warnings\n", "", 0)


@pytest.mark.parametrize("between", ["\n  ", " "], ids=["a line each", "one line"])
def test_every_model_is_checked_whatever_is_wrong_with_another(
    tmp_path: Path, between: str
) -> None:
    """What only the build's own rules find is not hidden by what the format finds."""
    models = [
        "a: {status: retird},",
        "b: {knowledge: 25-01-01},",
        "c: {lifecycle: {status: gone}},",
        "d: {deprecation_date: 2025-02},",
        "e: {release_date: soon},",
        "f: {status: Retired}",
    ]
    text = f"provider: acme\nmodels: {{{between}{between.join(models)}}}\n"
    said = llmcat("validate", written(tmp_path / "acme.yml", text))
    assert (said.status, said.out) == (1, "1 file checked, 5 errors, 0 warnings\n")
    fields = [line.split(": ")[1].partition(":")[0] for line in findings(said)]
    assert sorted(fields) == [
        *("models.a.status", "models.b.knowledge", "models.c.lifecycle.status"),
        *("models.d.deprecation_date", "models.e.release_date"),
    ]
    db = tmp_path / "c.db"
    built = llmcat("build", "-o", db, "--source", f"yaml={tmp_path / 'acme.yml'}")
    assert built.status == 0
    left_out = llmcat("sql", "select spec from rejects where field is not null", "--db", db, "--nl")
    assert [row["spec"] for row in left_out.nl] == [f"acme:{name}" for name in "abcde"]


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


def test_null_says_nothing(tmp_path: Path) -> None:
    """What the build takes, the format and the schema take: a key without a value is silence."""
    text = "models:\n  m:\n    name:\n    cost: {input: null}\n    aliases: ~\n    limits: null\n"
    said = llmcat("validate", written(tmp_path / "acme.yml", text))
    assert said == Said("1 file checked, 0 errors, 0 warnings\n", "", 0)
    schema = json.loads((BUILD / "overlay.schema.json").read_text())
    assert {"type": "null"} in schema["$defs"]["OverlayModel"]["properties"]["aliases"]["anyOf"]
