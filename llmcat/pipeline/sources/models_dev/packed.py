"""The past of models.dev in one small file: what changed at each instant, a line of JSON each, in xz.

`llmcat history pack` makes it (see pack.py); the kind models.dev replays it before the snapshots beside it.

The first line says what the file is: `{"format": "llmcat steps 1", "left_out": ["description"]}`. Every
other line is a step, oldest first: `[at, revision, providers, models]`, where `providers` is
`{id: patch}` and `models` is `{provider: {id: patch}}`. A patch holds the keys of a record that changed;
null stands for a key, or a whole record, that is gone. Keys that are prose are left out: facts alone are
kept.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from llmcat.errors import SourceError
from llmcat.pipeline.entries import Moment
from llmcat.pipeline.sources.files import MAX_JSON, MAX_TEXT, parse_json, read_bytes
from llmcat.pipeline.sources.models_dev.git.published import PublishedStep

NAME = "past.jsonl.xz"
"""What the file is called in its folder."""

FORMAT = "llmcat steps 1"
PROSE = ("description",)
"""Keys of a record that are somebody's sentences: they are not packed."""

MAX_MEMORY = 128 * 2**20
"""What unpacking may take; a file that is packed with preset 9 takes 65 MiB."""

Record = dict[str, Any]


class State:
    """Every provider and model as of the last step, in the shape of api.json."""

    def __init__(self) -> None:
        self.providers: dict[str, Record] = {}
        self.models: dict[tuple[str, str], Record] = {}

    def apply(self, step: PublishedStep) -> None:
        """Take a step's records in."""
        _apply(step.providers, self.providers)
        _apply(step.models, self.models)

    def published(self) -> dict[str, Any]:
        """The state as an api.json, in the order of ids."""
        data = {id_: {**self.providers[id_], "models": {}} for id_ in sorted(self.providers)}
        for provider, id_ in sorted(self.models):
            if provider in data:
                data[provider]["models"][id_] = self.models[provider, id_]
        return data


def pack(steps: Iterable[PublishedStep]) -> bytes:
    """The file that holds these steps, oldest first. The same steps give the same bytes."""
    state = State()
    lines = [_line({"format": FORMAT, "left_out": list(PROSE)})]
    for step in map(facts_alone, steps):
        providers = _patches(step.providers, state.providers)
        models: dict[str, dict[str, Any]] = {}
        for (provider, id_), patch in _patches(step.models, state.models).items():
            models.setdefault(provider, {})[id_] = patch
        state.apply(step)
        if providers or models:
            lines.append(_line([step.at, step.revision, providers, models]))
    return lzma.compress(b"".join(lines), preset=9 | lzma.PRESET_EXTREME)


def facts_alone(step: PublishedStep) -> PublishedStep:
    """A step without prose; files that could not be read then are no part of it either."""
    return PublishedStep(
        step.at,
        step.revision,
        {key: _facts(record) for key, record in step.providers.items()},
        {key: _facts(record) for key, record in step.models.items()},
    )


def unpack(
    path: Path, after: Moment | None = None, state: State | None = None
) -> Iterator[tuple[PublishedStep, bool]]:
    """The steps of a packed file, oldest first, their records whole, and whether they are known.

    With `after`, a first step that is known holds all that was published at that instant, and only
    later ones follow. `state`, an empty one, is brought to the last step on the way.
    Raises SourceError for a file that is damaged, no such file, or too large.
    """
    state = State() if state is None else state
    known: Moment | None = None
    for at, revision, providers, models in _read(path):
        step = PublishedStep(
            at,
            revision,
            _restored(providers, state.providers),
            _restored(
                {(p, id_): patch for p, ids in models.items() for id_, patch in ids.items()},
                state.models,
            ),
        )
        if after is not None and at <= after.at:
            known = Moment(at, revision)
            state.apply(step)
            continue
        if known:
            yield _whole(known, state), True
            known = None
        state.apply(step)
        yield step, False
    if known:
        yield _whole(known, state), True


def _whole(at: Moment, state: State) -> PublishedStep:
    return PublishedStep(*at, dict(state.providers), dict(state.models))


def _facts(record: Record | None) -> Record | None:
    """A record without prose, and without nulls: a patch says with null that a key is gone."""
    if record is None:
        return None
    return {key: value for key, value in record.items() if key not in PROSE and value is not None}


def _patches(records: dict[Any, Record | None], state: dict[Any, Record]) -> dict[Any, Any]:
    """What changes of each record; nothing for a record that stays as it was."""
    patches: dict[Any, Record | None] = {}
    for key, record in records.items():
        before = state.get(key)
        if record is None:
            if before is not None:
                patches[key] = None
        elif before is None:
            patches[key] = record
        elif record != before:
            gone = dict.fromkeys(before.keys() - record.keys())
            patches[key] = {k: v for k, v in record.items() if before.get(k) != v} | gone
    return patches


def _restored(patches: dict[Any, Any], state: dict[Any, Record]) -> dict[Any, Record | None]:
    """The records that patches make of a state."""
    records: dict[Any, Record | None] = {}
    for key, patch in patches.items():
        if patch is None:
            records[key] = None
        else:
            merged = {**state.get(key, {}), **patch}
            records[key] = {k: v for k, v in merged.items() if v is not None}
    return records


def _apply(changed: dict[Any, Record | None], state: dict[Any, Record]) -> None:
    for key, record in changed.items():
        if record is None:
            state.pop(key, None)
        else:
            state[key] = record


def _line(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"


def _read(path: Path) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """The lines of a packed file behind its first, checked for their shape."""
    head = None
    for number, line in enumerate(_lines(path), start=1):
        value = parse_json(path, line)
        if head is None:
            head = value
            if not isinstance(head, dict) or head.get("format") != FORMAT:
                raise SourceError(
                    path, f"is no file of packed steps: its first line is not {FORMAT!r}"
                )
        elif _is_step(value):
            yield value[0], value[1], value[2], value[3]
        else:
            raise SourceError(f"{path}:{number}", "is no step [at, revision, providers, models]")


def _is_step(value: Any) -> bool:
    match value:
        case [str(), str(), dict() as providers, dict() as models]:
            patches = [*providers.values(), *models.values()]
            return all(patch is None or isinstance(patch, dict) for patch in patches)
    return False


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of an xz file; memory and output are capped."""
    packed = read_bytes(path, MAX_TEXT)
    unpacker = lzma.LZMADecompressor(memlimit=MAX_MEMORY)
    rest, size = b"", 0
    try:
        while not unpacker.eof:
            chunk = unpacker.decompress(packed, max_length=2**20)
            packed = b""
            size += len(chunk)
            if size > MAX_JSON:
                raise SourceError(
                    path, f"unpacks to more than {MAX_JSON / 2**20:,.0f} MiB, the limit"
                )
            if not chunk and unpacker.needs_input:
                raise SourceError(path, "the xz data is cut short")
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
    except lzma.LZMAError:
        raise SourceError(path, "is no valid xz file") from None
    if rest or unpacker.unused_data:
        raise SourceError(path, "does not end with its last step")
