"""The user's edits: what `llmcat add`, `set` and `remove` changed, when, by whom and why.

A line of JSON an edit in edits.jsonl; what a model is, follows from its lines in their order. A line is
never changed: `remove` adds one, too, so that history knows what stood there.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from llmcat.errors import ConfigError, OptionError
from llmcat.instants import instant, utc_text
from llmcat.pipeline.entries import Document, Entry, Moment, Reject, Role, Step
from llmcat.pipeline.sources.combine import combined
from llmcat.storage.location import config_folder
from llmcat.storage.user_layer.layer_files import EDITS


class Edit(NamedTuple):
    """One edit: `facts` hold for the model from `at` on; None: all that edits said of it is
    taken back. `by` is who did it, `because` why, where they said it."""

    at: str
    spec: str
    facts: dict[str, Any] | None
    by: str | None = None
    because: str | None = None


def edits_file() -> Path:
    """Where the edits stand. Raises ConfigError where there is no config folder."""
    folder = config_folder()
    if folder is None:
        raise ConfigError("LLMCAT_CONFIG", "is empty, so that there is no folder for edits; set it")
    return Path(folder) / EDITS


def read_edits(path: Path | None = None) -> list[Edit]:
    """All edits in their order. Raises ConfigError with the line that cannot be read."""
    place = path or edits_file()
    try:
        lines = place.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(place, f"cannot be read ({error})") from None
    return [
        _edit(line, f"{place}:{number}") for number, line in enumerate(lines, 1) if line.strip()
    ]


def _edit(line: str, place: str) -> Edit:
    try:
        entry = json.loads(line)
        edit = Edit(
            instant(entry["at"]),
            entry["spec"],
            entry["facts"],
            entry.get("by"),
            entry.get("because"),
        )
        provider, colon, id_ = edit.spec.partition(":")
        texts = all(text is None or isinstance(text, str) for text in edit[3:])
        if not (
            provider and colon and id_ and texts and isinstance(edit.facts, (dict, type(None)))
        ):
            raise ValueError("no edit")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ConfigError(place, "is no edit; remove the line") from None
    return edit


def write_edit(
    spec: str, facts: dict[str, Any] | None, because: str | None = None, by: str | None = None
) -> Edit:
    """Add an edit at the present time. Raises ConfigError where it cannot be written."""
    place = edits_file()
    before = read_edits(place)
    now = utc_text(datetime.now(timezone.utc))
    at = max(now, before[-1].at) if before else now
    edit = Edit(at, spec, facts, by or user(), because)
    line = json.dumps(edit._asdict(), ensure_ascii=False) + "\n"
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with open(place, "a", encoding="utf-8") as stream:  # a whole line at once
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise ConfigError(place, f"cannot be written ({error.strerror})") from None
    return edit


def user() -> str | None:
    """Who runs this program, where the system tells."""
    import getpass

    with contextlib.suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return None


def edited(edits: list[Edit]) -> dict[str, dict[str, Any]]:
    """What edits say of each model at the end of them."""
    found: dict[str, dict[str, Any]] = {}
    for edit in edits:
        _apply(edit, found)
    return found


def _apply(edit: Edit, state: dict[str, dict[str, Any]]) -> None:
    if edit.facts is None:
        state.pop(edit.spec, None)
    else:
        state[edit.spec] = combined(edit.facts, state.get(edit.spec, {}))


class Edits:
    """The source of edits, with their past."""

    role: Role = "correction"
    own = True
    """It is the user's to mend: nothing of it is kept once it is gone."""

    def read(self, location: Path) -> Iterator[Document]:
        """The file."""
        from llmcat.pipeline.sources.files import sha256

        yield Document(EDITS, None, sha256(location.read_bytes()))

    def translate(self, document: Document) -> Iterator[Entry | Reject]:
        """What it says at its end."""
        for spec, facts in edited(read_edits()).items():
            yield _entry(spec, facts)

    def steps(self, location: Path, after: Moment | None, count: Any) -> Iterator[Step]:
        """A step for each instant at which something was edited."""
        [document] = self.read(location)
        edits = read_edits(location)
        state: dict[str, dict[str, Any]] = {}
        for number, edit in enumerate(edits):
            _apply(edit, state)
            at_once = edits[number + 1 : number + 2]
            if at_once and at_once[0].at == edit.at and at_once[0].spec == edit.spec:
                continue
            provider, _, id_ = edit.spec.partition(":")
            there = edit.spec in state
            entries = [_entry(edit.spec, state[edit.spec])] if there else []
            gone = () if there else ((provider, id_),)
            yield Step(edit.at, f"edit {number + 1}", entries, gone=gone, document=document)


def _entry(spec: str, facts: Mapping[str, Any]) -> Entry:
    provider, _, id_ = spec.partition(":")
    whole = {**facts, "provider": provider, "id": id_}
    return Entry("model", f"{EDITS}: {spec}", whole, dict(facts))


def facts_from(pairs: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that keys and values mean: keys are columns of models (cost_input, limit_context, tools),
    paths in the details (cost.cache_write_1h), capabilities, or speed (output tokens a second).

    Raises OptionError for a key that is none, or a value that does not fit.
    """
    from llmcat.capabilities import CANONICAL, COLUMNS
    from llmcat.meters import BY_NAME
    from llmcat.pipeline.facts import LimitFacts, ModelFacts
    from llmcat.suggestions import near

    able = {column: name for name, column in COLUMNS.items()}
    facts: dict[str, Any] = {}
    for key, value in pairs.items():
        path: tuple[str, ...]
        head, _, rest = key.partition("_")
        if key in ("speed", "tokens_per_second"):
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
                raise OptionError(f"{key}: output tokens a second must be above 0, not {value!r}")
            path = ("extra", "tokens_per_second")
        elif key in able or key in CANONICAL:
            path = ("capabilities", able.get(key) or CANONICAL[key], "supported")
        elif head in ("cost", "limit") and rest:
            path = (head, rest)
        elif key.startswith("modalities_"):
            path = ("modalities", key.partition("_")[2])
        else:
            path = tuple(key.split("."))
        inner = {"cost": BY_NAME, "limit": LimitFacts.__annotations__}.get(path[0])
        known = path[0] in ModelFacts.__annotations__ and path[0] not in ("id", "provider")
        if not known or (inner is not None and path[1:2] and path[1] not in inner):
            costs = [f"cost_{meter}" for meter in BY_NAME]
            limits = [f"limit_{name}" for name in LimitFacts.__annotations__]
            names = [*ModelFacts.__annotations__, *costs, *limits, *able]
            hint = [name for name in names if name.endswith(f"_{key}")] or near(key, names)
            raise OptionError(f"no field {key!r}{f'; did you mean {hint[0]}?' if hint else ''}")
        if path[0] == "capabilities" and len(path) == 2:
            path = (*path, "supported")
        table = facts
        for name in path[:-1]:
            table = table.setdefault(name, {})
        table[path[-1]] = value
    _check(facts)
    return facts


def _check(facts: dict[str, Any]) -> None:
    """Raise OptionError for a value that the pipeline would reject."""
    from llmcat.pipeline.entries import BadRecord
    from llmcat.pipeline.stages.validate import valid_facts

    try:
        _, faults = valid_facts("model", {"provider": "x", "id": "x", **facts})
    except BadRecord as bad:
        raise OptionError(str(bad)) from None
    if faults:
        raise OptionError(faults[0].reason)


def without(facts: dict[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """`facts` without what stands at the places of `other`."""
    rest: dict[str, Any] = {}
    for name, value in facts.items():
        inner = other.get(name)
        if name not in other:
            rest[name] = value
        elif (
            isinstance(value, dict) and isinstance(inner, dict) and (left := without(value, inner))
        ):
            rest[name] = left
    return rest
