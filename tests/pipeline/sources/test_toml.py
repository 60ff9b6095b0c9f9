"""LLMModels' TOML: every trait that real files have."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from llmcat.errors import SourceError
from llmcat.pipeline.sources.overlays.toml import read_toml
from llmcat.pipeline.sources.overlays.translate import translate_model
from tests.pipeline.building import (
    build_from,
    column,
    details,
    model,
    provider,
    reasons,
    rows,
    sources_of,
    write_text,
)

MODEL = """
id = "gpt-5"
name = "GPT-5"
aliases = ["gpt-5-2025-08-07", "gpt-5"]
tags = ["flagship", "eu"]
family = "gpt"
provider_model_id = "gpt-5-2025-08-07"
release_date = 2025-08-07
last_updated = 2025-08-07T12:00:00Z
knowledge = "2024-09-30"
catalog_only = true
replacement = "openai:gpt-5.1"

[limits]
context = 400_000
output = 128000

[cost]
input = 1.25
output = 10
cache_read = 0.125
cache_write = 1.5
training = 25.0
reasoning = 10.0
image = 0.01
audio = 0.02
request = 0.001
input_audio = 32.0

[modalities]
input = ["text", "Image"]
output = ["text"]

[capabilities]
chat = true
embeddings = false

[capabilities.reasoning]
enabled = true
effort = ["low", "high"]
token_budget = 1024

[capabilities.tools]
enabled = true
streaming = true
strict = true
parallel = false
forced_choice = true

[capabilities.json]
native = true
schema = true
strict = true

[capabilities.streaming]
text = true
tool_calls = true

[extra]
wire = { protocol = "responses" }
temperature = false
open_weights = false
"""


def tree(tmp_path: Path, **files: str) -> Path:
    """A folder of overlays from `folder__name` to text."""
    for name, text in files.items():
        folder, _, file = name.partition("__")
        write_text(tmp_path / "toml" / folder / f"{file}.toml", text)
    return tmp_path / "toml"


def from_files(tmp_path: Path, **files: str) -> Path:
    """The catalogue of such a folder."""
    return build_from(tmp_path / "catalog.db", ("toml", tree(tmp_path, **files)))


def test_a_model_with_every_key(tmp_path: Path) -> None:
    """Every key of LLMModels' form has its column or its place in the details."""
    db = from_files(tmp_path, openai__gpt=MODEL)
    found = model(db, "openai:gpt-5")
    wanted = {
        "name": "GPT-5",
        "aliases": ["gpt-5", "gpt-5-2025-08-07"],
        "tags": ["eu", "flagship"],
        "family": "gpt",
        "provider_model_id": "gpt-5-2025-08-07",
        "release_date": "2025-08-07",
        "last_updated": "2025-08-07",
        "knowledge": "2024-09-30",
        "replacement": "gpt-5.1",
        "limit_context": 400_000,
        "limit_output": 128_000,
        "cost_input": 1.25,
        "cost_cache_write": 1.5,
        "cost_reasoning": 10.0,
        "cost_input_audio": 32.0,
        "modalities_input": ["image", "text"],
        "chat": 1,
        "embeddings": 0,
        "reasoning": 1,
        "tools": 1,
        "parallel_tools": 0,
        "tool_choice": 1,
        "json_mode": 1,
        "structured_output": 1,
        "streaming": 1,
        "temperature": 0,
        "open_weights": 0,
    }
    assert {key: found[key] for key in wanted} == wanted
    wide = details(db, "openai:gpt-5")
    assert wide["extra"] == {"catalog_only": True, "wire": {"protocol": "responses"}}
    assert wide["cost"]["request"] == 0.001
    assert wide["capabilities"]["reasoning"] == {
        "supported": True,
        "effort": ["low", "high"],
        "token_budget": 1024,
    }
    assert wide["capabilities"]["function_calling"] == {
        "supported": True,
        "streaming": True,
        "strict": True,
    }
    assert wide["capabilities"]["structured_outputs"] == {"supported": True, "strict": True}


def test_prices_per_piece_are_no_token_prices(tmp_path: Path) -> None:
    """image, audio and request are priced per piece: each keeps its unit."""
    db = from_files(tmp_path, openai__gpt=MODEL)
    prices = rows(db, "SELECT meter, unit, usd FROM prices")
    units = {row["meter"]: (row["unit"], row["usd"]) for row in prices}
    assert (units["input"], units["input_audio"]) == (("token", 1.25), ("token", 32.0))
    assert (units["image"], units["request"]) == (("image", 0.01), ("request", 0.001))
    assert units["audio"] == (None, 0.02)  # by the second or by the hour: the file does not say


def test_embeddings_with_dimensions_are_embeddings(tmp_path: Path) -> None:
    """`embeddings = {default_dimensions = 1536}` says that the model embeds (behaviour 17)."""
    text = 'id = "e"\n[capabilities.embeddings]\ndefault_dimensions = 1536\n'
    db = from_files(tmp_path, openai__e=text)
    assert model(db, "openai:e")["embeddings"] == 1
    assert model(db, "openai:e")["capabilities"] == ["embeddings"]
    assert details(db, "openai:e")["capabilities"]["embeddings"] == {
        "supported": True,
        "default_dimensions": 1536,
    }


def test_an_overlay_of_json_schema_alone(tmp_path: Path) -> None:
    """A sparse capability table leaves tools and reasoning untouched (behaviour 8)."""
    db = from_files(
        tmp_path,
        openai__a='id = "m"\n[capabilities]\ntools = {enabled = true}\nreasoning = {enabled = true}\n',
        openai__b='id = "m"\n[capabilities.json]\nschema = true\n',
    )
    found = model(db, "openai:m")
    assert (found["tools"], found["reasoning"], found["structured_output"]) == (1, 1, 1)
    assert found["json_mode"] is None


@pytest.mark.parametrize(
    "said",
    [
        {"function_calling": True, "streaming": {"tool_calls": True}},
        {"streaming": {"tool_calls": True}, "function_calling": True},
        {"streaming": {"tool_calls": True}, "tools": True},
    ],
)
def test_the_order_of_capabilities_does_not_count(said: dict[str, Any]) -> None:
    """A fact that moves into another capability meets a plain yes there, before or after it."""
    from llmcat.pipeline.stages.normalize import normalize_model

    facts = normalize_model({**translate_model({"capabilities": said}), "id": "m"}, str)
    assert facts["capabilities"]["function_calling"] == {"supported": True, "streaming": True}


def test_a_lifecycle_alone_changes_nothing_else(tmp_path: Path) -> None:
    """Most files are `id` and [lifecycle]: what they do not say stays as it was."""
    text = """
id = "gpt-5"
[lifecycle]
status = "deprecated"
deprecated_at = "2026-04-22"
retires_at = 2026-10-23
replacement = "gpt-5.1"
"""
    db = from_files(tmp_path, openai__gpt=MODEL, openai__z=text)
    found = model(db, "openai:gpt-5")
    assert (found["status"], found["deprecated_on"]) == ("deprecated", "2026-04-22")
    assert (found["retires_on"], found["replacement"]) == ("2026-10-23", "gpt-5.1")
    assert (found["name"], found["cost_input"], found["tools"]) == ("GPT-5", 1.25, 1)
    assert sources_of(db, "openai:gpt-5") == {
        "*": "toml/openai/gpt.toml",
        "status": "toml/openai/z.toml",
        "deprecated_on": "toml/openai/z.toml",
        "retires_on": "toml/openai/z.toml",
        "replacement": "toml/openai/z.toml",
    }


@pytest.mark.parametrize(("said", "status"), [("true", "deprecated"), ("false", "active")])
def test_deprecated_true_and_false_both_say_something(
    tmp_path: Path, said: str, status: str
) -> None:
    """`deprecated = false` is an answer, not silence: it overrides an older yes."""
    db = from_files(
        tmp_path,
        openai__a='id = "m"\ndeprecated = true',
        openai__b=f'id = "m"\ndeprecated = {said}',
    )
    assert model(db, "openai:m")["status"] == status


def test_pricing_components(tmp_path: Path) -> None:
    """Prices that are not per token stay as they are written, beside the meters."""
    text = """
id = "grok-imagine-image"
[pricing]
currency = "USD"
merge = "merge_by_id"
[[pricing.components]]
id = "image.output.1k"
kind = "image"
unit = "image"
per = 1
rate = 0.05
size_class = "1K"
"""
    db = from_files(tmp_path, xai__i=text)
    found = details(db, "xai:grok-imagine-image")
    assert found["cost"]["components"][0]["size_class"] == "1K"
    assert found["extra"] == {"pricing": {"merge": "merge_by_id"}}
    assert column(db, "SELECT count(*) FROM prices") == [0]


def test_other_currencies_are_refused(tmp_path: Path) -> None:
    """A price in CNY is no price in USD: it costs the prices, not the model."""
    db = from_files(
        tmp_path,
        deepseek__a='id = "a"\n[pricing]\ncurrency = "CNY"\ninput = 2.0\n',
        deepseek__b='id = "b"\n',
    )
    assert reasons(db) == ["pricing: the prices are in 'CNY', and only USD is understood"]
    assert column(db, "SELECT id FROM models ORDER BY id") == ["a", "b"]
    assert model(db, "deepseek:a")["cost_input"] is None


PROVIDER = """
id = "github_models"
name = "GitHub Models"
base_url = "https://models.github.ai"
env = ["GITHUB_TOKEN"]
doc = "https://docs.github.com/en/github-models"
exclude_models = ["*-preview", "o1"]

[[config_schema]]
name = "api_version"
type = "string"
required = false

[pricing_defaults]
currency = "USD"

[runtime.auth]
type = "bearer"
env = ["IGNORED"]

[extra]
lane = "azure"
"""


@pytest.mark.parametrize("name", ["provider", "github_models"])
def test_a_provider_file_has_two_names(tmp_path: Path, name: str) -> None:
    """provider.toml and <provider>/<provider>.toml both describe the provider."""
    db = from_files(
        tmp_path, **{f"github_models__{name}": PROVIDER, "github_models__m": 'id = "m"'}
    )
    found = provider(db, "github-models")
    assert found["name"] == "GitHub Models"
    assert found["api"] == "https://models.github.ai"
    assert found["env"] == ["GITHUB_TOKEN"]
    assert found["authentication"] == ["bearer_token"]
    assert found["extra"]["lane"] == "azure"
    assert found["extra"]["config_schema"][0]["name"] == "api_version"
    assert found["extra"]["exclude_models"] == ["*-preview", "o1"]
    assert column(db, "SELECT spec FROM models") == ["github-models:m"]


def test_a_provider_leaves_models_out(tmp_path: Path) -> None:
    """exclude_models are globs of whole ids; what they leave out is counted."""
    ids = ["gpt-5", "gpt-5-preview", "o1", "o1-mini"]
    models = {f"github_models__m{n}": f'id = "{id_}"\n' for n, id_ in enumerate(ids)}
    db = from_files(tmp_path, github_models__provider=PROVIDER, **models)
    assert column(db, "SELECT id FROM models") == ["gpt-5", "o1-mini"]
    assert column(db, "SELECT models_filtered FROM catalog") == [2]


def test_the_folder_is_the_provider(tmp_path: Path) -> None:
    """A file that names no provider belongs to its folder's; one that names one, to that."""
    db = from_files(
        tmp_path, google_vertex__a='id = "a"', google_vertex__b='id = "b"\nprovider = "x"'
    )
    assert column(db, "SELECT spec FROM models") == ["google-vertex:a", "x:b"]


def test_one_folder_and_one_file_are_sources_too(tmp_path: Path) -> None:
    """--source toml=overlays/openai and toml=overlays/openai/gpt.toml know their provider."""
    folder = tree(tmp_path, openai__gpt='id = "gpt-5"', openai__o='id = "o3"')
    db = build_from(tmp_path / "c.db", ("toml", folder / "openai"))
    assert column(db, "SELECT spec FROM models") == ["openai:gpt-5", "openai:o3"]
    db = build_from(tmp_path / "c.db", ("toml", folder / "openai" / "gpt.toml"))
    assert column(db, "SELECT spec FROM models") == ["openai:gpt-5"]


def test_a_link_belongs_to_the_folder_it_lies_in(tmp_path: Path) -> None:
    """The provider comes from the link, the content from its target."""
    folder = tree(tmp_path, openai__gpt='id = "gpt-5"', azure__o='id = "o3"')
    (folder / "azure" / "gpt.toml").symlink_to(folder / "openai" / "gpt.toml")
    db = build_from(tmp_path / "c.db", ("toml", folder))
    assert column(db, "SELECT spec FROM models") == ["azure:gpt-5", "azure:o3", "openai:gpt-5"]


def test_unknown_limits_are_kept(tmp_path: Path) -> None:
    """A limit that llmcat has no column for goes to extra, and the model stays."""
    db = from_files(
        tmp_path, groq__m='id = "m"\n[limits]\ncontext = 8192\nrequests_per_minute = 30\n'
    )
    assert model(db, "groq:m")["limit_context"] == 8192
    assert details(db, "groq:m")["extra"] == {"limits": {"requests_per_minute": 30}}


def test_unknown_sides_of_the_modalities_are_kept(tmp_path: Path) -> None:
    """Beside input and output there may be more one day; it goes to extra, and the model stays."""
    text = 'id = "m"\n[modalities]\ninput = ["audio"]\ncontrol = ["touch"]\n'
    db = from_files(tmp_path, groq__m=text)
    assert model(db, "groq:m")["modalities_input"] == ["audio"]
    assert details(db, "groq:m")["extra"] == {"modalities": {"control": ["touch"]}}


def test_a_status_that_is_none_is_refused(tmp_path: Path) -> None:
    """A slip in the status costs the status, and is said; case does not count."""
    db = from_files(
        tmp_path,
        groq__a='id = "a"\n[lifecycle]\nstatus = "retird"\n',
        groq__b='id = "b"\n[lifecycle]\nstatus = "Retired"\n',
    )
    assert reasons(db) == [
        "status: input should be 'alpha', 'beta', 'active', 'deprecated' or 'retired', not 'retird'"
    ]
    assert column(db, "SELECT status FROM models ORDER BY id") == [None, "retired"]


def test_bad_files_cost_only_themselves(tmp_path: Path) -> None:
    """Each is a reject with file, line and reason."""
    db = from_files(
        tmp_path,
        groq__good='id = "good"',
        groq__twice='id = "a"\nname = "x"\nname = "y"\n',
        groq__cut='id = "a',
        groq__noid="[lifecycle]\nstatus = 'retired'\n",
        groq__shape='id = "a"\nlimits = 5\n',
        groq__nan='id = "nan"\n[cost]\ninput = nan\n',
        groq__inf='id = "inf"\n[cost]\ninput = inf\n',
        bad__provider='id = "bad"\nextra = 5\n',
    )
    found = {row["place"]: row["reason"] for row in rows(db, "SELECT place, reason FROM rejects")}
    assert found["groq/twice.toml:3"].startswith("no TOML: ")
    assert found["groq/cut.toml"].startswith("no TOML: ")
    assert found["groq/noid.toml:1"] == 'the id is missing; add id = "…"'
    assert found["groq/shape.toml:1"] == "limits: must be a table, not 5"
    assert found["groq/nan.toml:1"] == "cost.input: input should be a finite number, not nan"
    assert found["groq/inf.toml:1"] == "cost.input: input should be a finite number, not inf"
    assert found["bad/provider.toml:1"] == "extra: must be a table, not 5"
    assert len(found) == 7
    assert column(db, "SELECT id FROM models ORDER BY id") == ["a", "good", "inf", "nan"]
    [fields] = rows(db, "SELECT rejected, fields_rejected FROM sources")
    assert fields == {"rejected": 3, "fields_rejected": 4}


def test_a_number_that_has_no_text(tmp_path: Path) -> None:
    """A hexadecimal number of thousands of digits cannot even be quoted: one reject, no more."""
    huge = "0x1" + "0" * 6000
    db = from_files(
        tmp_path,
        groq__a=f'id = "a"\nrelease_date = {huge}\n',
        groq__b=f"id = {huge}\n",
        groq__c=f'id = "c"\nlimits = {huge}\n',
        groq__d=f'id = "d"\n[limits]\ncontext = {huge}\n',
        groq__e=f'id = "e"\n[capabilities]\nx = [{huge}]\n',
        groq__f=f'id = "f"\ncapabilities = [{huge}]\n',
        groq__good='id = "good"',
        bad__provider=f"id = {huge}\nextra = 5\n",
    )
    assert column(db, "SELECT id FROM models ORDER BY id") == ["a", "c", "d", "e", "f", "good"]
    assert len(reasons(db)) == 7


def test_a_line_of_blanks_costs_no_time(tmp_path: Path) -> None:
    """Finding the line of a record is linear, whatever stands in its text."""
    text = 'notes = """\n[' + " " * 100_000 + '\n"""\nid = "a"\n'
    file = write_text(tmp_path / "groq" / "a.toml", text)
    started = time.process_time()
    assert read_toml(file).place("id") == "groq/a.toml:4"
    assert time.process_time() - started < 5


def test_lines_are_found_below_tables(tmp_path: Path) -> None:
    """A place names the line of the key, or of the nearest table above it."""
    text = '# a comment\nid = "a"\n\n[limits] # tokens\ncontext = 5\n\n[[pricing.components]]\nid = "x"\n'
    document = read_toml(write_text(tmp_path / "groq" / "a.toml", text))
    assert document.place("id") == "groq/a.toml:2"
    assert document.place("limits", "context") == "groq/a.toml:5"
    assert document.place("limits", "output") == "groq/a.toml:4"
    assert document.place("pricing", "components") == "groq/a.toml:7"


def test_a_folder_without_toml(tmp_path: Path) -> None:
    """A folder that holds none of the files asked for is an error, not an empty layer."""
    (tmp_path / "openai").mkdir()
    with pytest.raises(SourceError, match=r"holds no <provider>/\*\.toml"):
        build_from(tmp_path / "c.db", ("toml", tmp_path))
