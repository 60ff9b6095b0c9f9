"""Folders of GGUF files: the kind `gguf`, and where programs keep their models.

A folder of Ollama's names its models in manifests, others by their files. Of a model in several shards
the first has the header, and stands for all; a projector (mmproj) lets the model beside it see.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from llmcat.errors import SourceError
from llmcat.pipeline.entries import Document, Entry, Facts, Reject, Role
from llmcat.pipeline.sources.files import read_bytes, sha256
from llmcat.pipeline.sources.gguf.header import read_header

SHARD = re.compile(r"-(\d{5})-of-(\d{5})$")
MAX_FILES, MAX_DEPTH = 10_000, 8
MODEL_LAYER = "application/vnd.ollama.image.model"
PROJECTOR_LAYER = "application/vnd.ollama.image.projector"
HF_CACHE = re.compile(r"models--([^/]+?)--([^/]+)")

PLAIN = "llamacpp"
"""The provider of files in a folder of no program's: llama.cpp serves them by their names."""

QUANTIZATIONS = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    19: "IQ2_XXS",
    20: "IQ2_XS",
    21: "Q2_K_S",
    22: "IQ3_XS",
    23: "IQ3_XXS",
    24: "IQ1_S",
    25: "IQ4_NL",
    26: "IQ3_S",
    27: "IQ3_M",
    28: "IQ2_S",
    29: "IQ2_M",
    30: "IQ4_XS",
    31: "IQ1_M",
    32: "BF16",
    36: "TQ1_0",
    37: "TQ2_0",
}
"""general.file_type -> its name in llama.cpp."""


class File(NamedTuple):
    """A model in a folder: who would serve it under which id, its header, whether a projector lies
    beside it, how many shards and bytes it has."""

    provider: str
    id: str
    header: dict[str, Any]
    projector: bool
    shards: int
    size: int


class Gguf:
    """The kind `gguf`: a file or a folder of them."""

    role: Role = "base"

    def read(self, location: Path) -> Iterator[Document | Reject]:
        """One document with all models; a Reject for each file that cannot be read."""
        if not location.exists():
            raise SourceError(location, "no such file or folder")
        found = []
        for item in read_folder(location):
            if isinstance(item, Reject):
                yield item
            else:
                found.append(item)
        if not found and location.is_file():
            return
        digest = sha256(json.dumps([item._asdict() for item in found], default=repr).encode())
        yield Document(location.name, found, digest)

    def translate(self, document: Document) -> Iterator[Entry | Reject]:
        """An entry a model."""
        for item in document.data:
            facts = facts_of_file(item)
            yield Entry("model", f"{document.name}: {item.id}", facts, None)


def read_folder(location: Path) -> Iterator[File | Reject]:
    """The models in a folder, or in a single file."""
    if location.is_file():
        yield from _read_files([location])
    elif (location / "manifests").is_dir():
        yield from _read_ollama(location)
    else:
        yield from _read_files(list(_walk(location)))


def _walk(folder: Path) -> Iterator[Path]:
    """The .gguf files below a folder, not too deep, not too many, and no folder twice."""
    count = 0
    for place, folders, names in os.walk(folder):
        depth = len(Path(place).relative_to(folder).parts)
        folders[:] = sorted(folders) if depth < MAX_DEPTH else []
        for name in sorted(names):
            if name.lower().endswith(".gguf"):
                count += 1
                if count > MAX_FILES:
                    return
                yield Path(place) / name


def _read_files(paths: list[Path]) -> Iterator[File | Reject]:
    projectors: set[Path] = set()
    models: list[tuple[Path, dict[str, Any]]] = []
    shards: dict[Path, tuple[int, int]] = {}
    for path in paths:
        stem = path.stem
        if shard := SHARD.search(stem):
            whole = path.with_name(stem[: shard.start()])
            number, size = shards.get(whole, (0, 0))
            shards[whole] = number + 1, size + _size(path)
            if int(shard[1]) != 1:
                continue
        try:
            header = read_header(path)
        except SourceError as error:
            yield Reject("", error.location, "file", None, error.reason, None)
            continue
        if is_projector(header, stem):
            projectors.add(path.parent)
        else:
            models.append((path, header))
    for path, header in models:
        provider, id_ = _named(path)
        whole = path.with_name(id_.rpartition("/")[2])
        count, size = shards.get(whole, (1, _size(path)))
        yield File(provider, id_, header, path.parent in projectors, count, size)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _named(path: Path) -> tuple[str, str]:
    """Who would serve a file, and under which id."""
    stem = SHARD.sub("", path.stem)
    parts = path.parts
    if ".lmstudio" in parts or "lm-studio" in parts:
        return "lmstudio", path.parent.name or stem
    if match := HF_CACHE.search(path.as_posix()):
        return PLAIN, f"{match[1]}/{match[2]}/{stem}"
    return PLAIN, stem


def _read_ollama(folder: Path) -> Iterator[File | Reject]:
    """Ollama's folder: manifests/<registry>/<namespace>/<model>/<tag> name blobs by their digests."""
    manifests = folder / "manifests"
    for path in sorted(p for p in manifests.glob("*/*/*/*") if p.is_file())[:MAX_FILES]:
        registry, namespace, model, tag = path.relative_to(manifests).parts
        own = registry == "registry.ollama.ai"
        id_ = f"{model}:{tag}" if own and namespace == "library" else f"{namespace}/{model}:{tag}"
        id_ = id_ if own else f"{registry}/{id_}"
        try:
            layers = json.loads(read_bytes(path, 2**20))["layers"]
            kinds = {layer["mediaType"]: layer["digest"] for layer in layers}
            blob = folder / "blobs" / kinds[MODEL_LAYER].replace(":", "-").replace("/", "")
            header = read_header(blob)
        except SourceError as error:
            yield Reject("", error.location, "file", f"ollama:{id_}", error.reason, None)
            continue
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            yield Reject("", str(path), "file", f"ollama:{id_}", "is no manifest of a model", None)
            continue
        yield File("ollama", id_, header, PROJECTOR_LAYER in kinds, 1, _size(blob))


def is_projector(header: dict[str, Any], stem: str) -> bool:
    """Whether a file lets another model see or hear, and is none itself."""
    kind = header.get("general.type")
    return (
        kind == "mmproj"
        or header.get("general.architecture") == "clip"
        or header.get("clip.has_vision_encoder") is True
        or (kind is None and stem.lower().startswith("mmproj"))
    )


def facts_of_file(item: File) -> Facts:
    """The facts of a model by its header. What it was trained for is in weights: how much context a
    call gets, only the server that runs it knows."""
    get = item.header.get
    architecture = get("general.architecture")
    template = get("tokenizer.chat_template")
    embeds = f"{architecture}.pooling_type" in item.header
    width = get(f"{architecture}.embedding_length")
    able: Facts = {}
    if embeds:
        able["embeddings"] = {"supported": True}
    elif isinstance(template, str) and template:
        able["chat"] = {"supported": True}
        able["function_calling"] = {"supported": re.search(r"\btools\b", template) is not None}
    if item.projector:
        able["vision"] = {"supported": True}
    weights = {
        "format": "gguf",
        "architecture": architecture,
        "trained_context": get(f"{architecture}.context_length"),
        "parameters": get("general.parameter_count"),
        "size_label": get("general.size_label"),
        "quantization": QUANTIZATIONS.get(get("general.file_type", -1)),
        "experts": get(f"{architecture}.expert_count"),
        "shards": item.shards if item.shards > 1 else None,
        "bytes": item.size or None,
    }
    facts: Facts = {
        "provider": item.provider,
        "id": item.id,
        "open_weights": True,
        "weights": {key: value for key, value in weights.items() if value not in (None, "")},
        "capabilities": able,
    }
    for key, name in (("general.name", "name"), ("general.license", "license")):
        if isinstance(text := get(key), str) and text.strip():
            facts[name] = text.strip()[:500]
    if embeds and isinstance(width, int) and width > 0:
        facts["dimensions"] = width
    return facts


def known_folders() -> dict[str, Path]:
    """Where programs keep their models on this machine, by program; those that are there."""
    home = Path.home()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    hub = os.environ.get("HF_HUB_CACHE") or os.path.join(
        os.environ.get("HF_HOME") or str(cache / "huggingface"), "hub"
    )
    places = {
        "ollama": Path(os.environ.get("OLLAMA_MODELS") or home / ".ollama" / "models"),
        "lmstudio": home / ".lmstudio" / "models",
        "llamacpp": Path(os.environ.get("LLAMA_CACHE") or cache / "llama.cpp"),
        "huggingface": Path(hub),
    }
    return {name: place for name, place in places.items() if place.is_dir()}
