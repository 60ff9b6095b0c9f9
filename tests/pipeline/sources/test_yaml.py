"""ExLLM's YAML: every trait that real files have."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmcat.errors import SourceError
from tests.pipeline.building import (
    build_from,
    column,
    details,
    model,
    provider,
    reasons,
    rows,
    write_text,
)

ANTHROPIC = """
provider: anthropic
default_model: anthropic/claude-sonnet-4
models:
  claude-sonnet-4:
    name: Claude Sonnet 4
    description: A model for agents
    context_window: 200000
    max_output_tokens: 64000
    pricing: {input: 3.0, output: 15.0, reasoning: 15.0}
    capabilities: [function_calling, tool_choice, vision, tool-use, vision, pdf_input]
    mode: chat
    supported_endpoints: [/v1/messages, /v1/batch]
    supported_modalities: [text, image]
    supported_output_modalities: [text]
    deprecation_date: '2026-05-14'
    metadata: {source: https://docs.anthropic.com}
"""

ALIASES = {"gemini": "google", "bedrock_converse": "amazon-bedrock"}


def from_text(tmp_path: Path, text: str, name: str = "anthropic.yml") -> Path:
    """The catalogue of one YAML file."""
    file = write_text(tmp_path / "yaml" / name, text)
    return build_from(tmp_path / "catalog.db", ("yaml", file), provider_aliases=ALIASES)


def test_a_model_with_every_key(tmp_path: Path) -> None:
    """Every key of ExLLM's form has its column or its place in the details."""
    db = from_text(tmp_path, ANTHROPIC)
    found = model(db, "anthropic:claude-sonnet-4")
    wanted = {
        "name": "Claude Sonnet 4",
        "description": "A model for agents",
        "limit_context": 200_000,
        "limit_output": 64_000,
        "cost_input": 3.0,
        "cost_output": 15.0,
        "cost_reasoning": 15.0,
        "task": "chat",
        "chat": 1,
        "tools": 1,
        "tool_choice": 1,
        "vision": 1,
        "deprecated_on": "2026-05-14",
        "modalities_input": ["image", "text"],
        "modalities_output": ["text"],
    }
    assert {key: found[key] for key in wanted} == wanted
    wide = details(db, "anthropic:claude-sonnet-4")
    assert wide["serving"] == {"endpoints": ["/v1/messages", "/v1/batch"]}
    assert wide["metadata"] == {"source": "https://docs.anthropic.com"}


def test_the_default_model_loses_its_provider(tmp_path: Path) -> None:
    """default_model may carry a leading provider/."""
    assert (
        provider(from_text(tmp_path, ANTHROPIC), "anthropic")["default_model"] == "claude-sonnet-4"
    )


@pytest.mark.parametrize("first_line", ["", "provider:\n", "provider: ~\n"])
def test_a_missing_provider_is_the_name_of_the_file(tmp_path: Path, first_line: str) -> None:
    """lmstudio.yml names no provider."""
    db = from_text(tmp_path, f"{first_line}models:\n  local: {{}}\n", "lmstudio.yml")
    assert column(db, "SELECT spec FROM models") == ["lmstudio:local"]


def test_provider_names_follow_the_recipe(tmp_path: Path) -> None:
    """gemini is google, whatever dashes and underscores there are."""
    db = from_text(tmp_path, "provider: gemini\nmodels: {gemini-2.0-flash: {}}\n")
    assert column(db, "SELECT spec FROM models") == ["google:gemini-2.0-flash"]
    db = from_text(tmp_path, "provider: bedrock-Converse\nmodels: {amazon.nova-pro-v1:0: {}}\n")
    assert column(db, "SELECT spec FROM models") == ["amazon-bedrock:amazon.nova-pro-v1:0"]
    assert rows(db, "SELECT * FROM provider_aliases") == [
        {"alias": "bedrock-converse", "provider": "amazon-bedrock"}
    ]


def test_a_context_may_be_a_float(tmp_path: Path) -> None:
    """10000000.0 is a whole number of tokens; 0.5 is none."""
    db = from_text(
        tmp_path,
        "models:\n  scout: {context_window: 10000000.0}\n  half: {context_window: 0.5}\n",
        "meta_llama.yml",
    )
    assert model(db, "meta-llama:scout")["limit_context"] == 10_000_000
    assert reasons(db) == ["limit.context: input should be a valid integer, not 0.5"]


def test_missing_context_and_price_are_unknown(tmp_path: Path) -> None:
    """{} is a model of which nothing but its id is known."""
    db = from_text(tmp_path, "models: {default: {}, none: }\n", "fireworks_ai.yml")
    for spec in ("fireworks-ai:default", "fireworks-ai:none"):
        found = model(db, spec)
        assert (found["limit_context"], found["cost_input"], found["capabilities"]) == (
            None,
            None,
            [],
        )
        assert (found["chat"], found["task"]) == (None, None)


def test_an_id_loses_its_own_provider_and_keeps_it_as_an_alias(tmp_path: Path) -> None:
    """Only the provider's own prefix is taken off; the id as written still finds the model."""
    text = (
        "provider: azure\nmodels:\n  azure/gpt-4o: {}\n  azure/eu/gpt-4o: {}\n  openai/gpt-4: {}\n"
    )
    db = from_text(tmp_path, text)
    assert column(db, "SELECT spec FROM models") == [
        "azure:eu/gpt-4o",
        "azure:gpt-4o",
        "azure:openai/gpt-4",
    ]
    assert rows(db, "SELECT alias, spec FROM aliases ORDER BY alias") == [
        {"alias": "azure/eu/gpt-4o", "spec": "azure:eu/gpt-4o"},
        {"alias": "azure/gpt-4o", "spec": "azure:gpt-4o"},
    ]


def test_stripping_may_collide_without_conflict(tmp_path: Path) -> None:
    """Of two records that say the same one stays, and the other is reported."""
    text = "provider: azure\nmodels:\n  azure/computer-use: {mode: chat}\n  computer-use: {mode: chat}\n"
    db = from_text(tmp_path, text)
    assert column(db, "SELECT spec FROM models") == ["azure:computer-use"]
    assert column(db, "SELECT alias FROM aliases") == ["azure/computer-use"]
    assert reasons(db) == ["the same model as 'computer-use', which is kept; both say the same"]


@pytest.mark.parametrize("explicit_first", [True, False])
def test_stripping_may_collide_with_a_conflict(tmp_path: Path, explicit_first: bool) -> None:
    """The explicit id wins wherever it stands, and the report says on what the two disagree."""
    models = ["  grok-3: {pricing: {input: 3.0}}", "  xai/grok-3: {pricing: {input: 5.0}}"]
    text = "\n".join(["provider: xai", "models:", *(models if explicit_first else models[::-1])])
    db = from_text(tmp_path, text, "xai.yml")
    assert model(db, "xai:grok-3")["cost_input"] == 3.0
    [reject] = rows(db, "SELECT * FROM rejects")
    assert reject["place"] == f"xai.yml:{4 if explicit_first else 3}"
    assert reject["spec"] == "xai:grok-3"
    assert reject["reason"].endswith("they disagree on pricing")
    assert reject["record"] == '{"pricing": {"input": 5.0}}'


def test_a_key_that_stands_twice_costs_its_file_alone(tmp_path: Path) -> None:
    """A duplicate key is an error with file and line; the neighbours are read."""
    write_text(tmp_path / "yaml" / "xai.yml", "models:\n  grok-3: {}\n  grok-3: {}\n")
    write_text(tmp_path / "yaml" / "anthropic.yml", ANTHROPIC)
    db = build_from(tmp_path / "catalog.db", ("yaml", tmp_path / "yaml"))
    [reject] = rows(db, "SELECT place, kind, reason FROM rejects")
    assert reject == {
        "place": "xai.yml:3",
        "kind": "file",
        "reason": "the key 'grok-3' stands twice",
    }
    assert column(db, "SELECT count(*) FROM models") == [1]


def test_dates_are_days_however_they_are_written(tmp_path: Path) -> None:
    """Quoted or plain, date or timestamp: a day; the hour of a timestamp stays in extra."""
    text = (
        "models:\n"
        "  a: {deprecation_date: 2025-09-15}\n"
        "  b: {deprecation_date: '2025-09-15'}\n"
        "  c: {deprecation_date: 2025-09-15T08:30:00Z, release_date: 2024}\n"
    )
    db = from_text(tmp_path, text)
    assert column(db, "SELECT DISTINCT deprecated_on FROM models") == ["2025-09-15"]
    assert details(db, "anthropic:c")["extra"] == {"deprecated_on": "2025-09-15T08:30:00Z"}
    assert model(db, "anthropic:c")["release_date"] == "2024"


def test_date_objects_are_dates(tmp_path: Path) -> None:
    """A loader that makes date objects, such as PyYAML's, gives the same catalogue."""
    import datetime

    said = {"models": [{"id": "a", "deprecation_date": datetime.date(2025, 9, 15)}]}
    db = build_from(tmp_path / "c.db", ("mapping", {"openai": said}))
    assert model(db, "openai:a")["deprecated_on"] == "2025-09-15"


def test_words_of_yaml_1_1_are_booleans(tmp_path: Path) -> None:
    """`no` and `on` are values, yet a model may be called `no`."""
    text = "models:\n  no: {open_weights: no, capabilities: {vision: on, streaming: Off}}\n"
    found = model(from_text(tmp_path, text), "anthropic:no")
    assert (found["open_weights"], found["vision"], found["streaming"]) == (0, 1, 0)


def test_a_boolean_in_a_list_of_names_is_pointed_at(tmp_path: Path) -> None:
    """`- on` among capabilities is no name: that item goes to the rejects, its neighbour stays."""
    db = from_text(tmp_path, "models:\n  a: {capabilities: [vision, on]}\n  b: {}\n")
    assert reasons(db) == ["capabilities: True is no name of a capability; put it in quotes"]
    assert model(db, "anthropic:a")["capabilities"] == ["vision"]


def test_numbers_and_versions_are_ids(tmp_path: Path) -> None:
    """`4.5:` and `4:` are ids as written, and so are ids with :, @, * and /."""
    ids = ["4.5", "4", "0.10", "a:b", "claude@20251001", "*", "eu/*/x", "2024-01-01"]
    text = "models:\n" + "".join(f'  "{id_}": {{}}\n' for id_ in ids)
    text += "  1e3: {}\n  0x10: {}\n"
    db = from_text(tmp_path, text)
    assert sorted(column(db, "SELECT id FROM models")) == sorted([*ids, "1e3", "0x10"])


@pytest.mark.parametrize(
    ("mode", "task", "chats"),
    [
        ("chat", "chat", 1),
        ("responses", "chat", 1),
        ("embedding", "embedding", 0),
        ("embeddings", "embedding", 0),
        ("image_generation", "image", None),
        ("audio_transcription", "transcription", 0),
        ("STT", "transcription", 0),
        ("audio_speech", "speech", None),
        ("rerank", "rerank", 0),
        ("moderation", "moderation", 0),
        ("completion", "completion", None),
        ("of-tomorrow", "of_tomorrow", None),
    ],
)
def test_modes_are_tasks(tmp_path: Path, mode: str, task: str, chats: int | None) -> None:
    """A mode is what a model is called for, in one spelling; where that tells whether it takes a
    conversation, that is known."""
    found = model(from_text(tmp_path, f"models: {{m: {{mode: {mode}}}}}"), "anthropic:m")
    assert (found["task"], found["chat"]) == (task, chats)


def test_the_capabilities_form(tmp_path: Path) -> None:
    """<provider>_capabilities.yml: endpoints and features of the provider, models by id."""
    text = """
provider: gemini
discovered_at: '2025-06-06T14:31:23.159170'
endpoints: [chat, embeddings, count_tokens]
features: [tool_use, streaming, structured_outputs, streaming, cost_tracking]
model_capabilities:
  gemini-1.5-pro:
    context_window: 2000000
    max_output_tokens: 8192
    capabilities: [system_messages, vision, streaming, json_mode, function_calling, streaming]
"""
    db = from_text(tmp_path, text, "gemini_capabilities.yml")
    found = provider(db, "google")
    assert found["endpoints"] == ["chat", "embeddings", "count_tokens"]
    assert found["features"] == [
        "function_calling",
        "streaming",
        "structured_outputs",
        "cost_tracking",
    ]
    assert found["extra"] == {"discovered_at": "2025-06-06T14:31:23.159170"}
    assert model(db, "google:gemini-1.5-pro")["capabilities"] == [
        "chat",  # who calls functions converses
        "function_calling",
        "json_mode",
        "streaming",
        "system_messages",
        "vision",
    ]


def test_the_plain_file_outranks_the_capabilities_file(tmp_path: Path) -> None:
    """openai_capabilities.yml has placeholder contexts: openai.yml is right, the rest adds up."""
    write_text(
        tmp_path / "yaml" / "openai_capabilities.yml",
        "provider: openai\nfeatures: [streaming]\nmodel_capabilities:\n"
        "  gpt-4o: {context_window: 4096, capabilities: [streaming]}\n",
    )
    write_text(
        tmp_path / "yaml" / "openai.yml",
        "provider: openai\nmodels:\n  gpt-4o: {context_window: 128000, capabilities: [vision]}\n",
    )
    db = build_from(tmp_path / "catalog.db", ("yaml", tmp_path / "yaml"))
    found = model(db, "openai:gpt-4o")
    assert found["limit_context"] == 128_000
    assert found["capabilities"] == ["streaming", "vision"]
    assert details(db, "openai:gpt-4o")["provenance"] == {
        "*": "yaml/openai_capabilities.yml",
        "limit.context": "yaml/openai.yml",
        "capabilities.vision": "yaml/openai.yml",
    }
    assert provider(db, "openai")["features"] == ["streaming"]


def test_bad_files_cost_only_themselves(tmp_path: Path) -> None:
    """Skipped, counted, and kept in the report with file, line and reason."""
    folder = tmp_path / "yaml"
    write_text(folder / "good.yml", "models: {m: {}}\n")
    write_text(folder / "tab.yml", "models:\n\tm: {}\n")
    write_text(folder / "list.yml", "- a\n- b\n")
    write_text(folder / "empty.yml", "")
    write_text(folder / "two.yml", "a: 1\n---\nb: 2\n")
    (folder / "latin.yml").write_bytes("models: {é: {}}\n".encode("latin-1"))
    (folder / "dir.yml").mkdir()
    db = build_from(tmp_path / "catalog.db", ("yaml", folder))
    found = {row["place"]: row["reason"] for row in rows(db, "SELECT place, reason FROM rejects")}
    assert found["tab.yml:2"].startswith("no YAML: ")
    assert found["list.yml"] == "the top must be a mapping, such as `provider: openai`"
    assert found["empty.yml"] == "is empty"
    assert found["two.yml"] == "holds more than one document"
    assert found["latin.yml:1"] == "is not UTF-8 text"
    assert column(db, "SELECT rejected FROM sources") == [len(found)] == [5]
    assert column(db, "SELECT spec FROM models") == ["good:m"]


def test_a_file_of_another_shape_is_kept_among_the_rejects(tmp_path: Path) -> None:
    """What with_overrides takes, in a file: left out as a whole and said, never ignored."""
    folder = tmp_path / "yaml"
    write_text(folder / "good.yml", "models: {m: {}}\n")
    write_text(folder / "mine.yml", "openai: {models: [{id: gpt-4o, cost: {input: 2.0}}]}\n")
    db = build_from(tmp_path / "catalog.db", ("yaml", folder))
    [reject] = rows(db, "SELECT * FROM rejects")
    assert (reject["place"], reject["kind"]) == ("mine.yml:1", "file")
    assert "write `provider: openai`, and its models under `models`" in reject["reason"]
    assert '"gpt-4o"' in reject["record"]
    assert column(db, "SELECT id FROM providers") == ["good"]


def test_a_bad_model_costs_only_itself(tmp_path: Path) -> None:
    """A record of the wrong shape is rejected by name, at its line."""
    text = "models:\n  a: [1]\n  b: {pricing: cheap}\n  c: {}\n  d: {context_window: -1}\n"
    db = from_text(tmp_path, text)
    found = {
        row["spec"]: (row["place"], row["reason"]) for row in rows(db, "SELECT * FROM rejects")
    }
    assert found == {
        "anthropic:a": ("anthropic.yml:2", "a model must be a table"),
        "anthropic:b": ("anthropic.yml:3", "pricing: must be a table, not 'cheap'"),
        "anthropic:d": (
            "anthropic.yml:5",
            "limit.context: input should be greater than or equal to 0, not -1",
        ),
    }
    assert column(db, "SELECT records_read, records_accepted FROM catalog") == [4]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: &x [1]\nb: *x\n", r"aliases \(\*name\) are not allowed"),
        ("a: !!python/object:os.system x\n", "the tag .* is not allowed"),
        ("? [a, b]\n: 1\n", "a key must be plain text"),
        ("a: 'unfinished\n", "no YAML"),
        ("a: \x07\n", "no YAML"),
    ],
)
def test_what_no_overlay_may_hold(tmp_path: Path, text: str, reason: str) -> None:
    """Aliases, tags and keys that are no text are refused in one line."""
    with pytest.raises(SourceError, match=reason) as error:
        from_text(tmp_path, text)
    assert "\n" not in str(error.value)


def test_a_folder_without_yaml(tmp_path: Path) -> None:
    """A folder that holds none of the files asked for is an error, not an empty layer."""
    with pytest.raises(SourceError, match=r"holds no \.yml or \.yaml file"):
        build_from(tmp_path / "c.db", ("yaml", tmp_path))
