"""Sync: bring a folder of ExLLM's YAML up to date with the catalogue, and leave all else as it is.

Owned are prices, limits, capabilities, availability and deprecation. Whatever else stands in a file
(task_complexity_score, notes, default_model, comments, order, quoting) stays to the byte: a file that
does not come out of the YAML library as it went in is refused before it is touched. What the catalogue
does not know changes nothing.
"""

from __future__ import annotations

import contextlib
import io
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from llmcat.capabilities import CANONICAL
from llmcat.catalog import Catalog
from llmcat.errors import SourceError
from llmcat.lookup.providers import provider as find_provider
from llmcat.meters import BY_NAME

SUFFIXES = (".yml", ".yaml")
TABLES = ("models", "model_capabilities")
LIMITS = {"context_window": "limit_context", "max_output_tokens": "limit_output"}
NAMES = frozenset(
    (
        *("streaming", "function_calling", "parallel_function_calling", "structured_outputs"),
        *("json_mode", "vision", "audio_input", "image_generation", "embeddings", "tool_choice"),
        *("computer_use", "prompt_caching", "system_messages", "reasoning", "code_execution"),
        *("web_search", "pdf_input", "speech_synthesis", "speech_recognition"),
    )
)
"""The capabilities that ExLLM's files name: others are not added to them."""

GONE = ("deprecated", "retired")
MODEL = "SELECT * FROM models WHERE spec = ?"
ALIAS = (
    "SELECT m.* FROM aliases AS a JOIN models AS m USING (spec) WHERE a.provider = ? AND alias = ?"
)
SERVED = """
SELECT * FROM models WHERE provider = ? AND (status IS NULL OR status NOT IN ('deprecated', 'retired'))
ORDER BY id"""
DENIED = """
SELECT key FROM model_details, json_each(capabilities) WHERE spec = ?
AND (value = 0 OR json_extract(value, '$.supported') = 0)"""


@dataclass(frozen=True, slots=True)
class Synced:
    """What became of one file: how many models `changed`, were `added` and are `unknown` to the catalogue;
    `before` and `after` are its texts; `error` says why it was left alone."""

    path: Path
    changed: int = 0
    added: int = 0
    unknown: int = 0
    before: str = ""
    after: str = ""
    error: str | None = None


def sync(
    folder: Path, catalog: Catalog, *, add: bool = False, dry_run: bool = False
) -> Iterator[Synced]:
    """Bring each YAML file of the folder up to date, one after the other; a failure leaves the others.

    With `add` models that a file does not have are added, with `dry_run` nothing is written. Raises
    SourceError where there is no folder, or no such file in it.
    """
    if not folder.is_dir():
        raise SourceError(folder, "is no folder")
    paths = sorted(p for p in folder.iterdir() if p.suffix in SUFFIXES and p.is_file())
    if not paths:
        raise SourceError(folder, "holds no .yml or .yaml file")
    for path in paths:
        try:
            done = _synced(path, catalog, add)
            if not dry_run and done.after != done.before:
                _write(path, done.after)
        except SourceError as error:
            yield Synced(path, error=error.reason)
        except OSError as error:
            yield Synced(path, error=f"cannot be written ({error.strerror})")
        else:
            yield done


def _synced(path: Path, catalog: Catalog, add: bool) -> Synced:
    from llmcat.pipeline.sources.files import MAX_TEXT, decode, read_bytes
    from llmcat.pipeline.sources.overlays.yaml import read_yaml

    read_yaml(path)  # refuses aliases, duplicate keys and what is nested too deeply
    content = read_bytes(path, MAX_TEXT)
    text = decode(path, content)
    yaml, data = _load(path, text)
    if _dump(yaml, data).encode() != content:
        raise SourceError(path, "would not come back as it is written; left alone")
    name = data.get("provider") or path.stem.removesuffix("_capabilities")
    provider = find_or_none(catalog, str(name))
    if provider is None:
        return Synced(path, before=text, after=text, unknown=_count(data))
    changed = unknown = added = 0
    for table in TABLES:
        models = data.get(table)
        if not isinstance(models, dict):
            continue
        known = set()
        for raw_id, record in models.items():
            row = _row(catalog, provider, str(raw_id).removeprefix(f"{name}/"))
            if row is None:
                unknown += 1
                continue
            known.add(row["spec"])
            if isinstance(record, dict):
                changed += update(record, row, _denied(catalog, row["spec"]), table == "models")
        if add and table == "models":
            added += _add(models, catalog, provider, known)
    after = _dump(yaml, data) if changed or added else text
    return Synced(path, changed, added, unknown, text, after)


def find_or_none(catalog: Catalog, name: str) -> str | None:
    """The id of the provider that a file names; None where the catalogue has none."""
    try:
        return find_provider(catalog.connection, name).id
    except (LookupError, ValueError):
        return None


def _count(data: Any) -> int:
    return sum(len(data[table]) for table in TABLES if isinstance(data.get(table), dict))


def _load(path: Path, text: str) -> tuple[Any, Any]:
    try:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError
    except ImportError:
        raise SourceError(path, "sync needs ruamel.yaml: pip install 'llmcat[sync]'") from None
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 2**20
    try:
        return yaml, yaml.load(text)
    except (YAMLError, ValueError) as error:
        raise SourceError(path, f"no YAML: {str(error).splitlines()[0]}") from None


def _dump(yaml: Any, data: Any) -> str:
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def _row(catalog: Catalog, provider: str, id_: str) -> dict[str, Any] | None:
    """The catalogue's row of a model, by its id or an alias of it."""
    connection = catalog.connection
    cursor = connection.execute(MODEL, (f"{provider}:{id_}",))
    rows = cursor.fetchall() or connection.execute(ALIAS, (provider, id_)).fetchall()
    names = [column[0] for column in cursor.description]
    return dict(zip(names, rows[0])) if len(rows) == 1 else None


def _denied(catalog: Catalog, spec: str) -> set[str]:
    """The capabilities that somebody says the model lacks."""
    with contextlib.suppress(sqlite3.Error):
        return {name for (name,) in catalog.connection.execute(DENIED, (spec,))}
    return set()


def update(record: Any, row: dict[str, Any], denied: set[str], whole: bool) -> bool:
    """Bring the owned keys of one model up to date; whether anything changed. Without `whole` the file
    has limits and capabilities alone."""
    changed = False
    for key, column in LIMITS.items():
        changed |= _put(record, key, row[column])
    if whole:
        changed |= _update_prices(record, row)
        changed |= _update_lifecycle(record, row)
    return changed | _update_capabilities(record, row, denied)


def _put(table: Any, key: str, value: Any) -> bool:
    """Let `key` be `value`; whether it was not. Equal values keep their spelling."""
    if value is None or (key in table and table[key] == value):
        return False
    if key in table:
        table[key] = value
    else:
        table.insert(_end_of(table), key, value)
    return True


def _end_of(table: Any) -> int:
    """Where something new stands in a table or list: at its end, but before the last item where a
    comment is behind that, which belongs to what comes after and would be led away from it."""
    return len(table) - 1 if _ends_with_comment(table) else len(table)


def _ends_with_comment(item: Any) -> bool:
    if not isinstance(item, (dict, list)) or not item:
        return False
    last: Any = list(item)[-1] if isinstance(item, dict) else len(item) - 1
    held = getattr(item, "ca", None)
    return (held is not None and last in held.items) or _ends_with_comment(item[last])


def _update_prices(record: Any, row: dict[str, Any]) -> bool:
    pricing = record.get("pricing")
    known = {meter: row.get(f"cost_{meter}") for meter in BY_NAME if f"cost_{meter}" in row}
    if pricing is None:
        prices = {m: usd for m in ("input", "output") if (usd := known[m]) is not None}
        if not prices:
            return False
        from ruamel.yaml.comments import CommentedMap

        table = CommentedMap((meter, _number(usd)) for meter, usd in prices.items())
        return _put(record, "pricing", table)
    if not isinstance(pricing, dict):
        return False
    changed = False
    for meter, usd in known.items():
        wanted = meter in pricing or meter in ("input", "output")
        if wanted and usd is not None and pricing.get(meter) != usd:
            changed |= _put(pricing, meter, _number(usd))
    return changed


def _number(usd: float) -> Any:
    """A price as people write it: 0.00001, not 1e-05, which is text in YAML 1.1."""
    from ruamel.yaml import YAML

    text = f"{Decimal(str(usd)):f}"
    return YAML().load(text if "." in text else f"{text}.0")


def _update_lifecycle(record: Any, row: dict[str, Any]) -> bool:
    """`deprecated` and `available` are added only where they say something; a day where it is known."""
    status = row["status"] or "active"
    changed = False
    if "deprecated" in record or status in GONE:
        changed |= _put(record, "deprecated", status in GONE)
    if "available" in record or status == "retired":
        changed |= _put(record, "available", status != "retired")
    day = row["retires_on"] or row["deprecated_on"]
    if day and str(record.get("deprecation_date")) != day:
        from ruamel.yaml.scalarstring import SingleQuotedScalarString

        changed |= _put(record, "deprecation_date", SingleQuotedScalarString(day))
    return changed


def _update_capabilities(record: Any, row: dict[str, Any], denied: set[str]) -> bool:
    """Add what the catalogue knows that the model can do, remove what it is known to lack; names that
    nobody speaks of stay."""
    import json

    able = {name for name in json.loads(row["capabilities"] or "[]") if name in NAMES}
    listed = record.get("capabilities")
    if listed is not None and not isinstance(listed, list):
        return False
    there = {_canonical(name) for name in listed or ()}
    wrong = [name for name in listed or () if _canonical(name) in denied - able]
    missing = sorted(able - there)
    if not missing and not wrong:
        return False
    if listed is None:
        return _put(record, "capabilities", missing) if missing else False
    for name in missing:
        listed.insert(_end_of(listed), name)
    if wrong and listed[-1] in wrong:
        _remove_last(listed)
    for place in [n for n, name in enumerate(listed) if name in wrong][::-1]:
        del listed[place]
    return True


def _remove_last(listed: Any) -> None:
    """Remove the last item, and let the comment behind it stand behind the one before."""
    comments = listed.ca.items
    comment = comments.pop(len(listed) - 1, None)
    del listed[-1]
    if comment is not None and listed:
        comments[len(listed) - 1] = comment


def _canonical(name: Any) -> str:
    word = str(name).lower().replace("-", "_")
    return CANONICAL.get(word, word)


def _add(models: Any, catalog: Catalog, provider: str, known: set[str]) -> int:
    """Add the models in service that the file does not have; how many."""
    from ruamel.yaml.comments import CommentedMap

    cursor = catalog.connection.execute(SERVED, (provider,))
    names = [column[0] for column in cursor.description]
    count = 0
    for values in cursor.fetchall():
        row = dict(zip(names, values))
        if row["spec"] not in known and row["id"] not in models:
            record = CommentedMap()
            if row["name"]:
                record["name"] = row["name"]
            update(record, row, set(), True)
            models.insert(_end_of(models), row["id"], record)
            count += 1
    return count


def _write(path: Path, text: str) -> None:
    """Write the file whole, or not at all, with the rights that it had."""
    target = Path(os.path.realpath(path))
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with open(draft, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(draft, target.stat().st_mode & 0o7777)
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
