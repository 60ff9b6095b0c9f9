"""Hostile input: one line or a row in rejects, no traceback, and the old catalogue untouched."""

from __future__ import annotations

import gzip
import importlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmcat.pipeline.sources import size_limits
from tests.pipeline.building import (
    build_from,
    column,
    model,
    provider,
    rows,
    write_json,
    write_text,
)
from tests.pipeline.hostile import SUFFIX, api, file, refused, reject_of

DEEP = 100_000


@pytest.mark.parametrize("kind", SUFFIX)
@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe\x00", b"\x00" * 5000, b"\x80abc"])
def test_empty_and_binary_files(target: Path, tmp_path: Path, kind: str, content: bytes) -> None:
    """A file that holds nothing, or nothing of its kind."""
    assert "hostile" in refused(target, kind, file(tmp_path, kind, content))


@pytest.mark.parametrize("cut", [1, 2, 20, 999, 5000, 9000])
def test_truncated_json(target: Path, tmp_path: Path, cut: int) -> None:
    """A download that broke off is refused, with line and column."""
    content = (Path(__file__).parent / "fixtures" / "api.json").read_bytes()
    assert "no JSON: " in refused(target, "models.dev", file(tmp_path, "models.dev", content[:cut]))


@pytest.mark.parametrize("text", ["{}", "[]", "5", '"x"', "null", '{"a": {}}', '{"models": {}, "providers": 5}', '{"models": 5, "providers": {}}'])  # fmt: skip
def test_json_of_another_shape(target: Path, tmp_path: Path, text: str) -> None:
    """Valid JSON that is no api.json."""
    assert "is no models.dev" in refused(target, "models.dev", file(tmp_path, "models.dev", text))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000])
def test_numbers_that_are_none(target: Path, tmp_path: Path, number: str) -> None:
    """JSON has no NaN, and no number that has no end."""
    text = '{"p": {"models": {"m": {"cost": {"input": NUMBER}}}}}'.replace("NUMBER", number)
    refused(target, "models.dev", file(tmp_path, "models.dev", text))


@pytest.mark.parametrize(
    ("models", "field"),
    [
        ('"m": {"limit": {"context": 9223372036854775808}}', "limit.context"),
        ('"m": {"extra": 9223372036854775808}', "extra"),
        ('"m": {"cost": {"input": "2.50"}}', "cost.input"),
        ('"m": {"cost": {"input": -1}}', "cost.input"),
        ('"m": {"cost": {"tiers": [{"input": 1}]}}', "cost.tiers: is no object that names"),
        ('"m": {"cost": {"tiers": [{"tier": {"type": "time"}}]}}', "cost.tiers"),
        ('"m": {"name": "a\\u0000b"}', "name"),
        ('"m": {"name": "\\ud800"}', "name"),
        ('"m": {"news": {"\\udfff": 1}}', "extra"),
        ('"m": {"\\ud800": 1}', "extra"),
        ('"a\\u0000b": {}', "id"),
        ('"a\\ud800b": {}', "id"),
        ('"a\\nb": {}', "id"),
        ('"": {}', "id"),
        ('"m": 5', "is no object"),
        ('"m": {"experimental": {"modes": 5}}', "experimental.modes"),
        ('"m": {"modalities": "text"}', "modalities"),
        (
            '"m": {"x": ' + "[" * 60 + "]" * 60 + "}",
            "extra.x.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0: nested more",
        ),
    ],
)
def test_a_hostile_record_costs_only_itself(
    target: Path, tmp_path: Path, models: str, field: str
) -> None:
    """It is a row in rejects that names the field; its neighbour is in the catalogue."""
    assert reject_of(target, tmp_path, models)["reason"].startswith(field)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("models.dev", '{"p": {"models": {"m": ' + "[" * DEEP + "]" * DEEP + "}}}"),
        ("models.dev", '{"p": {"models": {"m": ' + '{"a":' * DEEP + "1" + "}" * DEEP + "}}}"),
        ("yaml", "models: " + "[" * DEEP + "]" * DEEP),
        ("yaml", "models: " + "{a: " * DEEP + "}" * DEEP),
        ("yaml", "\n".join(" " * n + "a:" for n in range(500))),
        ("toml", 'id = "m"\nx = ' + "[" * DEEP + "]" * DEEP),
        ("toml", 'id = "m"\nx = ' + "{a = " * DEEP + "1" + "}" * DEEP),
        ("toml", 'id = "m"\n[' + ".".join(["a"] * 3000) + "]"),
    ],
)
def test_an_abyss_of_brackets(target: Path, tmp_path: Path, kind: str, text: str) -> None:
    """A hundred thousand levels end in one line, not in a dead process."""
    assert "nested too deeply" in refused(target, kind, file(tmp_path, kind, text))


@pytest.mark.parametrize(
    ("kind", "text", "where"),
    [
        ("models.dev", '{"p": {"models": {"m": ' + "[" * 65 + "]" * 65 + "}}}", ""),
        ("models.dev", '{"p\\"": "[", "q": ' + "[" * 65 + "]" * 65 + "}", ""),
        ("yaml", "models: " + "[" * 65 + "]" * 65, ":1"),
        ("yaml", "models:\n" + "\n".join(" " * n + "a:" for n in range(1, 66)), ":66"),
        ("toml", 'id = "m"\nx = ' + "[" * 65 + "]" * 65, ":2"),
        ("toml", "x = " + "[\n" * 65 + "]" * 65, ":65"),
        ("toml", 'id = "m"\n' + ".".join(["a"] * 66) + " = 1", ":2"),
        ("toml", 'id = "m"\n[' + ".".join(['"a.b"'] * 66) + "]", ":2"),
    ],
)
def test_the_depth_of_a_file_is_ours(
    target: Path, tmp_path: Path, kind: str, text: str, where: str
) -> None:
    """One level beyond the limit, where no library would complain yet."""
    message = refused(target, kind, file(tmp_path, kind, text))
    assert f"hostile{SUFFIX[kind]}{where}: nested too deeply (more than 64 levels)" in message


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("models.dev", '{"p": {"id": "p", "models": {"m": {"notes": "' + "[{" * 99 + '"}}}}'),
        ("yaml", "models:\n  m:\n    notes: |\n" + "      [ (\n" * 99),
        ("toml", 'id = "m"\nnotes = "' + "[" * 99 + ".." * 99 + '" # ' + "[" * 99),
    ],
)
def test_brackets_in_a_text_are_no_levels(
    target: Path, tmp_path: Path, kind: str, text: str
) -> None:
    """A description may hold as many as it likes."""
    build_from(target, (kind, file(tmp_path, kind, text)))
    assert column(target, "SELECT id FROM models") == ["m"]


@pytest.mark.parametrize("kind", ["models.dev", "yaml", "toml"])
def test_more_values_than_any_file_has(
    target: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are counted before they are built; the limit of the suite is a small one."""
    few = size_limits.Caps(size=2**20, values=1_000)
    for module in ("size_limits", "overlays.yaml"):
        monkeypatch.setattr(f"llmcat.pipeline.sources.{module}.HAND", few)
    monkeypatch.setattr(size_limits, "MACHINE", few)
    items = ", ".join(["1"] * 1_001)
    text = {
        "models.dev": '{"p": {"models": {"m": {"x": [ITEMS]}}}}',
        "yaml": "models: {m: {x: [ITEMS]}}",
        "toml": 'id = "m"\nx = [ITEMS]',
    }[kind].replace("ITEMS", items)
    message = refused(target, kind, file(tmp_path, kind, text))
    assert "holds more than 1,000 values, the limit" in message


TEXTS = (
    '"""\n]]]]]]]]\n\\"""]]]]""""',
    "'''\n]]]]]]]]\n'''",
    '"]]]]\\"]]]]"',
    "']]]]'",
    "1 # ]]]]]]]]\n",
)


@pytest.mark.parametrize("text", TEXTS)
def test_brackets_in_a_text_of_toml_close_no_level(target: Path, tmp_path: Path, text: str) -> None:
    """Lists within lists, each beside a text that looks as if it ended some."""
    nested = "x = " + f"[{text}, \n".replace(",", "\n,") * 70 + "]" * 70
    message = refused(target, "toml", file(tmp_path, "toml", f'id = "m"\n{nested}\n'))
    assert "nested too deeply (more than 64 levels)" in message


@pytest.mark.parametrize("kind", ["models.dev", "series", "yaml", "mapping", "catalog"])
def test_more_records_than_any_source_has(
    target: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all kinds alike, those that come little by little too; what is rejected counts as well."""
    mapping: Any = {"p": {"models": {f"m{n}": {} if n % 2 else 5 for n in range(30)}}}
    good: Any = {"p": {"id": "p", "models": {f"m{n}": {} for n in range(30)}}}
    series = tmp_path / "series"
    series.mkdir()
    for number in range(3):
        some = dict(list(good["p"]["models"].items())[: 10 + number * 10])
        write_json(series / f"2026-01-0{number + 1}T000000Z.json", api(some))
    places: dict[str, Callable[[], Any]] = {
        "models.dev": lambda: write_json(tmp_path / "api.json", mapping),
        "series": lambda: series,
        "yaml": lambda: write_text(tmp_path / "p.yml", json.dumps(mapping["p"])),
        "mapping": lambda: mapping,
        "catalog": lambda: build_from(tmp_path / "base.db", ("mapping", good)),
    }
    place = places[kind]()
    monkeypatch.setattr(size_limits, "MAX_RECORDS", 25)
    message = refused(target, "models.dev" if kind == "series" else kind, place)
    assert "holds more than 25 providers and models, the limit" in message


def test_a_mapping_of_more_values_than_any_file_has(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program may hand over what it read from elsewhere."""
    monkeypatch.setattr(size_limits, "MACHINE", size_limits.Caps(size=2**20, values=1_000))
    message = refused(target, "mapping", {"p": {"models": {"m": {"x": [1] * 1_001}}}})
    assert message == "mapping: holds more than 1,000 values, the limit"


def test_more_members_than_any_gzip_has(target: Path, tmp_path: Path) -> None:
    """Each costs a copy of what is behind it."""
    bomb = tmp_path / "api.json.gz"
    bomb.write_bytes(gzip.compress(b" ", mtime=0) * 10_001)
    assert "holds more than 10,000 gzip members" in refused(target, "models.dev", bomb)


def test_a_gzip_of_several_members(target: Path, tmp_path: Path) -> None:
    """Compressed in blocks, as some programs do, it is one file."""
    text = json.dumps(api({f"m{n}": {} for n in range(300)})).encode()
    blocks = [gzip.compress(text[at : at + 999], mtime=0) for at in range(0, len(text), 999)]
    (tmp_path / "api.json.gz").write_bytes(b"".join(blocks))
    build_from(target, ("models.dev", tmp_path / "api.json.gz"))
    assert len(column(target, "SELECT id FROM models")) == 300


def test_long_lists_take_time_in_proportion(target: Path, tmp_path: Path) -> None:
    """20,000 aliases, and as many variables; with the square of it this would take a minute."""
    names = [f"a{n}" for n in range(20_000)]
    said = {"env": names, "models": {"m": {"aliases": names}}}
    text = json.dumps({"p": {"id": "p", **said}})
    started = time.process_time()
    build_from(target, ("models.dev", file(tmp_path, "models.dev", text)), ("mapping", {"p": said}))
    assert time.process_time() - started < 15


def test_a_mapping_without_end(target: Path) -> None:
    """A mapping that holds itself."""
    endless: dict[str, Any] = {}
    endless["models"] = {"m": endless}
    assert "nested too deeply" in refused(target, "mapping", {"p": endless})


def test_a_bomb_of_yaml_aliases(target: Path, tmp_path: Path) -> None:
    """Seven lines that would be 254 MB are refused at the first alias."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi"):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    started = time.process_time()
    message = refused(target, "yaml", file(tmp_path, "yaml", "\n".join(lines)))
    assert "hostile.yml:2: aliases" in message
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("models.dev", '{"p": {"models": {"m": {}, "m": {}}}}', "'m' stands twice"),
        ("models.dev", '{"p": {"models": {}}, "p": {}}', "'p' stands twice"),
        ("yaml", "models:\n  m: {}\n  m: {}\n", "hostile.yml:3: the key 'm' stands twice"),
        ("toml", 'id = "m"\nid = "m"\n', "hostile.toml:2: no TOML: "),
        ("toml", 'id = "m"\n[cost]\n[cost]\n', "hostile.toml:3: no TOML: "),
    ],
)
def test_keys_that_stand_twice(
    target: Path, tmp_path: Path, kind: str, text: str, message: str
) -> None:
    """Which of the two is meant? Nobody knows, so nobody guesses."""
    assert message in refused(target, kind, file(tmp_path, kind, text))


def test_a_key_that_stands_twice_among_many(target: Path, tmp_path: Path) -> None:
    """Finding it takes time that grows with the file, not with its square."""
    keys = ", ".join(f'"k{n}": 1' for n in range(50_000))
    text = '{"p": {"models": {"m": {KEYS, "k49999": 1}}}}'.replace("KEYS", keys)
    started = time.process_time()
    assert "'k49999'" in refused(target, "models.dev", file(tmp_path, "models.dev", text))
    assert time.process_time() - started < 10


@pytest.mark.parametrize("kind", SUFFIX)
def test_a_file_of_a_gigabyte(target: Path, tmp_path: Path, kind: str) -> None:
    """It is refused by its size, without being read."""
    path = file(tmp_path, kind, b"")
    os.truncate(path, 2**30)
    started = time.process_time()
    message = refused(target, kind, path)
    assert time.process_time() - started < 0.5
    assert "too large (1,024 MiB" in message or kind == "catalog"


def test_a_bomb_of_gzip(target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that unpacks to a large one is stopped at the limit."""
    monkeypatch.setattr(
        importlib.import_module("llmcat.pipeline.sources.models_dev.series"), "MAX_JSON", 2**20
    )
    bomb = tmp_path / "api.json.gz"
    bomb.write_bytes(gzip.compress(b" " * 2**26))
    assert bomb.stat().st_size < 2**20
    assert "unpacks to more than 1 MiB" in refused(target, "models.dev", bomb)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no gzip", "is no valid gzip file"),
        (gzip.compress(b"{}" * 1000, mtime=0)[:-9], "cut short"),
        (gzip.compress(b"{}", mtime=0) + b"rubbish", "is no valid gzip file"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (b"", "is empty"),
    ],
)
def test_gzip_that_is_none(target: Path, tmp_path: Path, content: bytes, message: str) -> None:
    """Broken, cut short, empty, or with something behind it."""
    path = tmp_path / "api.json.gz"
    path.write_bytes(content)
    assert message in refused(target, "models.dev", path)


@pytest.mark.parametrize("id_", ["../../x", "/etc/passwd", "..", "a b", "'; DROP TABLE models; --", "%00", "$.a.b", "C:\\x", "\u202egpt"])  # fmt: skip
def test_ids_are_text_and_nothing_else(target: Path, tmp_path: Path, id_: str) -> None:
    """An id is never a path, a pattern or a statement: it comes out as it went in."""
    build_from(target, ("models.dev", write_json(tmp_path / "api.json", api({id_: {}}))))
    assert column(target, "SELECT id FROM models") == [id_]
    assert model(target, f"p:{id_}")["provider_model_id"] == id_


def test_a_path_in_an_overlay_is_an_id_too(target: Path, tmp_path: Path) -> None:
    """The same through TOML and YAML."""
    build_from(target, ("toml", file(tmp_path, "toml", 'id = "../../x"\nprovider = "../p"')))
    assert column(target, "SELECT spec FROM models") == ["../p:../../x"]
    build_from(target, ("yaml", file(tmp_path, "yaml", "models: {../../y: {}}")))
    assert column(target, "SELECT id FROM models") == ["../../y"]


def test_a_provider_that_would_break_specs(target: Path, tmp_path: Path) -> None:
    """A colon in a provider's id could make two models one spec: provider and models are rejects."""
    said = {**api({"b:c": {}}), "p:b": {"id": "p:b", "models": {"c": {}}}}
    build_from(target, ("models.dev", write_json(tmp_path / "api.json", said)))
    assert column(target, "SELECT spec FROM models") == ["p:b:c"]
    assert column(target, "SELECT kind FROM rejects ORDER BY kind") == ["model", "provider"]


def test_a_provider_without_models(target: Path, tmp_path: Path) -> None:
    """It stays a provider; where there are no others, there is no catalogue."""
    empty = {"id": "e", "name": "E", "models": {}}
    path = write_json(tmp_path / "api.json", {**api({"m": {}}), "e": empty})
    build_from(target, ("models.dev", path))
    assert column(target, "SELECT id FROM providers") == ["e", "p"]
    assert provider(target, "e")["name"] == "E"
    message = refused(target, "models.dev", write_json(tmp_path / "b.json", {"e": empty}))
    assert "hold no provider with a model" in message


@pytest.mark.parametrize("models", [None, [], 5, "x"])
def test_a_provider_whose_models_are_none(target: Path, tmp_path: Path, models: Any) -> None:
    """It is a reject, and the others are built."""
    said = {**api({"m": {}}), "q": {"id": "q", "models": models}, "r": 5}
    build_from(target, ("models.dev", write_json(tmp_path / "api.json", said)))
    assert column(target, "SELECT spec FROM models") == ["p:m"]
    assert sorted(column(target, "SELECT reason FROM rejects")) == [
        "is no object",
        "models is no object",
    ]


def test_two_providers_that_differ_by_case(target: Path, tmp_path: Path) -> None:
    """They are one, the later record counts, and what it replaced is reported."""
    said = {
        "OpenAI": {
            "id": "OpenAI",
            "name": "Old",
            "models": {"gpt-4": {"name": "4"}, "gpt-5": {"name": "a"}},
        },
        "openai": {"id": "openai", "name": "New", "models": {"gpt-5": {"name": "b"}}},
    }
    build_from(target, ("models.dev", write_json(tmp_path / "api.json", said)))
    assert provider(target, "openai")["name"] == "New"
    assert model(target, "openai:gpt-5")["name"] == "b"
    assert model(target, "openai:gpt-4")["name"] == "4"
    assert column(target, "SELECT spec FROM rejects") == ["openai", "openai:gpt-5"]
    [facts] = rows(target, "SELECT records_read, records_accepted, records_rejected FROM catalog")
    assert list(facts.values()) == [3, 2, 1]


def test_a_record_as_large_as_a_book(target: Path, tmp_path: Path) -> None:
    """The report keeps its first 10,000 characters."""
    reject = reject_of(target, tmp_path, json.dumps({"m": {"name": "x" * 50_000}})[1:-1])
    assert len(reject["record"]) == 10_000
