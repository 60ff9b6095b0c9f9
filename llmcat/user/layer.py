"""The user's layer: what was discovered, overlays and edits, over the shipped catalogue.

make_layer() patches a copy of the catalogue with the models that the layer speaks of. The copy's name is
the digest of both; it is made again when either changes, and old ones go.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from llmcat.errors import CatalogError, LlmcatError
from llmcat.pipeline.patch.patch import Base, Patch, apply, base_of, make_patch
from llmcat.pipeline.patch.touched_models import Touched, touched_models
from llmcat.pipeline.recipe import Recipe, SourceSpec, embedded_tables
from llmcat.pipeline.sources.read_once import read_once
from llmcat.storage.checks import before_use
from llmcat.storage.user_layer.layer_files import EDITS, NOTE, layer_files, layered_folder
from llmcat.user.availability import Availability, put_availability
from llmcat.user.dated_overlay import DatedOverlay
from llmcat.user.edits import Edit, Edits, read_edits
from llmcat.user.fallback_source import Fallback

KEPT_COPIES = 2


def make_layer(base: str, state: str) -> str:
    """The path of the copy of the catalogue `base` with the layer on top; `state` is noted for it.

    Raises CatalogError where it cannot be made.
    """
    folder = Path(layered_folder())
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{_digest(base)}.db"
        if not path.is_file():
            _make(Path(base), path)
        note = folder / f".{NOTE}.{os.getpid()}-{threading.get_ident()}"
        note.write_text(f"{path.name}\n{state}", encoding="utf-8")
        os.replace(note, folder / NOTE)
        _clear(folder, path)
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CatalogError(
            f"{folder}: the layer over the catalogue cannot be made there ({reason}); set LLMCAT_DATA"
            " to a folder that can be written, or LLMCAT_CONFIG to nothing to go without"
        ) from None
    except CatalogError:
        raise
    except LlmcatError as error:
        raise CatalogError(
            f"the user's layer cannot be made: {error}; mend it, or set LLMCAT_CONFIG to nothing to"
            " go without"
        ) from None
    return str(path)


def _digest(base: str) -> str:
    """The digest of a catalogue's content and of the layer's files."""
    with closing(before_use.connect(base)) as connection:
        content = connection.execute(
            "SELECT content_digest, llmcat_version FROM catalog"
        ).fetchone()
    digest = hashlib.sha256(repr((content, os.path.realpath(base))).encode())
    for path, time, _ in layer_files():
        digest.update(f"{path} {time}\n".encode())
        with contextlib.suppress(OSError):
            digest.update(Path(path).read_bytes())
    return digest.hexdigest()[:32]


def sources(joins: Mapping[tuple[str, str], str], known: set[str]) -> list[SourceSpec]:
    """The sources of the layer, lowest precedence first; `joins` are the aliases of the catalogue, `known`
    its specs."""
    found = []
    for path, _, _ in layer_files():
        place = Path(path)
        if place.suffix == ".json":
            from llmcat.pipeline.sources.discovered.kept_answer import Discovered

            name = f"discovered {place.stem.rpartition('-')[0]}"
            reader: Any = Discovered(joins, known)
            found.append(SourceSpec("discovered", name, place, place.name, True, reader=reader))
        elif place.name == EDITS:
            found.append(SourceSpec("edits", "edits", place, EDITS, optional=True, reader=Edits()))
        else:
            reader = DatedOverlay(place)
            found.append(
                SourceSpec(reader.kind, place.name, place, place.name, True, reader=reader)
            )
    return sorted(found, key=lambda spec: not spec.name.startswith("discovered gguf"))


def _make(path: Path, output: Path) -> None:
    """Write the patched copy of the catalogue at `path`."""
    draft = output.with_name(f".{output.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        with closing(before_use.connect(str(path))) as connection:
            patch, available = _patch(base_of(path, connection))
        shutil.copyfile(path, draft)
        with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
            connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
            connection.execute("BEGIN")
            apply(patch, connection, output.stem)
            put_availability(connection, available)
            _note_edits(connection)
            connection.execute("COMMIT")
        os.chmod(draft, 0o600)
        os.replace(draft, output)
    finally:
        draft.unlink(missing_ok=True)


def _patch(base: Base) -> tuple[Patch, Availability]:
    """What the layer says on top of the catalogue. Answers that are older than it lie below."""
    connection, known = base.connection, base.known
    aliases = dict(connection.execute("SELECT alias, provider FROM provider_aliases"))
    joins = dict(_joins(connection))
    (built_at,) = connection.execute("SELECT built_at FROM catalog").fetchone()
    specs = [read_once(spec) for spec in sources(joins, known)]
    models, providers = touched_models(specs, aliases, known, connection)
    available = Availability.of(specs, aliases, known, joins)
    older = {name for name, at in available.answered.items() if at < built_at}
    local = available.local_specs & (models - known)
    fallback = Fallback(local, available.without_context, available.local_providers)
    below = [spec for spec in specs if spec.name in older]
    lowest = SourceSpec("fallback", "fallback", None, "fallback", reader=fallback)
    above = tuple(spec for spec in specs if spec.name not in older)
    embedded = embedded_tables()
    recipe = Recipe(above, aliases, embedded.labs, embedded.billing)
    touched = Touched(models, providers | available.providers)
    return make_patch(base, touched, recipe, (lowest, *below), dated=True), available


def _joins(connection: sqlite3.Connection) -> Iterator[tuple[tuple[str, str], str]]:
    """Provider and alias -> id, of aliases that mean one model and are none themselves."""
    query = (
        "SELECT provider, alias, min(spec) FROM aliases"
        " WHERE NOT EXISTS (SELECT 1 FROM models WHERE spec = aliases.provider || ':' || alias)"
        " GROUP BY provider, alias HAVING count(*) = 1"
    )
    for provider, alias, spec in connection.execute(query):
        yield (provider, alias), spec.partition(":")[2]


def _note_edits(connection: sqlite3.Connection) -> None:
    """Who changed what by hand and why, beside the changes that the edits made. Edits of one model in one
    second are one state of it, and together its reason."""
    together: dict[tuple[str, str], list[Edit]] = {}
    for edit in read_edits():
        together.setdefault((edit.spec, edit.at), []).append(edit)
    for (spec, at), edits in together.items():
        cursor = connection.execute(
            "INSERT INTO edits (changed_by, reason) VALUES (?, ?)",
            (_joined(edit.by for edit in edits), _joined(edit.because for edit in edits)),
        )
        connection.execute(
            "UPDATE change_log SET edit = ? WHERE model = (SELECT number FROM specs WHERE spec = ?)"
            " AND at = CAST(strftime('%s', ?) AS INTEGER)",
            (cursor.lastrowid, spec, at),
        )


def _joined(words: Iterable[str | None]) -> str | None:
    """The words, each once; None where nothing was written."""
    return "; ".join(dict.fromkeys(filter(None, words))) or None


def _clear(folder: Path, current: Path) -> None:
    """Let go of older copies; who reads one goes on reading it."""
    copies = sorted(folder.glob("*.db"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in [path for path in copies if path != current][KEPT_COPIES - 1 :]:
        with contextlib.suppress(OSError):
            path.unlink()
