"""GGUF files: their headers are read without the arrays, and whatever is broken costs only itself."""

from __future__ import annotations

import contextlib
import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmcat.errors import SourceError
from llmcat.pipeline.entries import Reject
from llmcat.pipeline.sources.gguf.folder import File, facts_of_file, read_folder
from llmcat.pipeline.sources.gguf.header import read_header
from tests.cli.running import llmcat
from tests.examples import examples

gguf = pytest.importorskip("gguf")

TEMPLATE = "{% if tools %}{{ tools }}{% endif %}{{ messages }}"


def write(path: Path, architecture: str = "llama", words: int = 300, **pairs: Any) -> Path:
    """A file with the header of a small model and no tensors."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name("Tiny Test")
    writer.add_context_length(2048)
    writer.add_embedding_length(64)
    writer.add_file_type(15)
    writer.add_license("mit")
    writer.add_token_list([f"word{n}" for n in range(words)])
    writer.add_token_scores([0.5] * words)
    for key, value in pairs.items():
        getattr(writer, key)(value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


def facts(folder: Path) -> dict[str, dict[str, Any]]:
    return {item.id: facts_of_file(item) for item in read_folder(folder) if isinstance(item, File)}


def test_a_header_says_what_the_model_is(tmp_path: Path) -> None:
    """Trained context, quantization, template: what it can do."""
    write(tmp_path / "tiny.gguf", add_chat_template=TEMPLATE)
    found = facts(tmp_path)["tiny"]
    assert found["provider"] == "llamacpp"
    assert (found["name"], found["license"]) == ("Tiny Test", "mit")
    assert found["weights"]["trained_context"] == 2048
    assert found["weights"]["quantization"] == "Q4_K_M"
    assert found["capabilities"] == {
        "chat": {"supported": True},
        "function_calling": {"supported": True},
    }
    assert "limit" not in found


def test_a_model_that_pools_gives_embeddings(tmp_path: Path) -> None:
    """Its width is their dimensions."""
    write(tmp_path / "e.gguf", "bert", add_pooling_type=gguf.PoolingType.MEAN)
    assert facts(tmp_path)["e"]["dimensions"] == 64


def test_shards_are_one_model_and_a_projector_lets_its_neighbour_see(tmp_path: Path) -> None:
    """The other shards have no header of their own worth reading."""
    write(tmp_path / "big-00001-of-00002.gguf", add_chat_template=TEMPLATE)
    write(tmp_path / "big-00002-of-00002.gguf")
    write(tmp_path / "mmproj-big.gguf", "clip", add_type="mmproj")
    found = facts(tmp_path)
    assert found.keys() == {"big"}
    assert found["big"]["weights"]["shards"] == 2
    assert found["big"]["capabilities"]["vision"] == {"supported": True}


def test_ollamas_folder_names_its_models(tmp_path: Path) -> None:
    """By manifests; a broken one and a missing blob are rejects."""
    write(tmp_path / "blobs" / "sha256-aa", add_chat_template="{{ messages }}")

    def manifest(place: str, text: str) -> None:
        path = tmp_path / "manifests" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:aa"}
    manifest("registry.ollama.ai/library/qwen3/8b", json.dumps({"layers": [layer]}))
    gone = {**layer, "digest": "sha256:bb"}
    manifest("registry.ollama.ai/library/gone/1b", json.dumps({"layers": [gone]}))
    manifest("registry.ollama.ai/library/broken/1b", "{")
    found = list(read_folder(tmp_path))
    assert [(f.provider, f.id) for f in found if isinstance(f, File)] == [("ollama", "qwen3:8b")]
    assert {f.spec for f in found if isinstance(f, Reject)} == {
        "ollama:gone:1b",
        "ollama:broken:1b",
    }


BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "cut short"),
    "another format": (b"PK\x03\x04" + b"\0" * 60, "is no GGUF file"),
    "version 1": (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "has GGUF version 1"),
    "many pairs": (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**60), "more than 100,000"),
    "a long key": (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**62), "more than 65,535"),
    "cut in a pair": (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 9) + b"abc", "cut short"),
    "an endless array": (
        b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IIQ", 9, 4, 2**27),
        "cut short",
    ),
    "an array of arrays": (
        b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IIQ", 9, 9, 1),
        "array in an array",
    ),
    "an unknown type": (
        b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<I", 99),
        "unknown type 99",
    ),
}


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_broken_is_one_line(tmp_path: Path, case: tuple[bytes, str]) -> None:
    """With the file's name."""
    path = tmp_path / "bad.gguf"
    path.write_bytes(case[0])
    with pytest.raises(SourceError, match=case[1]):
        read_header(path)


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 700), value=st.integers(0, 255), cut=st.integers(0, 900))
def test_no_byte_of_a_header_can_do_harm(tmp_path: Path, place: int, value: int, cut: int) -> None:
    """A flipped byte or a cut is read or is a SourceError."""
    path = tmp_path / "tiny.gguf"
    if not path.exists():
        write(path, words=5)
    content = bytearray(path.read_bytes())
    content[place % len(content)] = value
    other = tmp_path / "flipped.gguf"
    other.write_bytes(content[: cut or None])
    with contextlib.suppress(SourceError):
        facts_of_file(File("x", "x", read_header(other), False, 1, 1))


def test_big_endian_files_are_read(tmp_path: Path) -> None:
    """The version's low half-word is zero then."""
    path = tmp_path / "big.gguf"
    writer = gguf.GGUFWriter(path, "llama", endianess=gguf.GGUFEndian.BIG)
    writer.add_context_length(4096)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    assert read_header(path)["llama.context_length"] == 4096


def test_a_folder_builds_a_catalogue_with_its_broken_files_in_rejects(tmp_path: Path) -> None:
    """From the command line."""
    write(tmp_path / "models" / "tiny.gguf", add_chat_template=TEMPLATE)
    (tmp_path / "models" / "bad.gguf").write_bytes(b"GGUF")
    output = tmp_path / "c.db"
    said = llmcat("build", "-o", output, "--source", f"gguf={tmp_path / 'models'}")
    assert said.status == 0, said
    [model] = llmcat("models", "--db", output, "--nl").nl
    assert (model["spec"], model["tools"]) == ("llamacpp:tiny", True)
    [reject] = llmcat("sql", "select place, reason from rejects", "--db", output, "--nl").nl
    assert reject == {"place": "bad.gguf", "reason": "is cut short in its header"}
