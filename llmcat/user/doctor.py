"""What of the user's setup works, and what to do about the rest."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from llmcat.errors import CatalogError, ConfigError, LlmcatError
from llmcat.storage import location
from llmcat.storage.user_layer.layer_files import EDITS, layer_files

KEY = re.compile(r"(_API_KEY|_TOKEN|_KEY)$")
MODEL_VARIABLES = re.compile(r"^(?!.*(KEY|TOKEN|SECRET)).*_MODEL(_NAME|_ID)?$")
"""Environment variables that name a model, such as OPENAI_MODEL or ANTHROPIC_MODEL."""


class Finding(NamedTuple):
    """One thing that was looked at: `what` kind of thing, its `name`, its `state`, and a `hint` of what
    to do where it is `broken`."""

    what: str
    name: str
    state: str
    hint: str = ""
    broken: bool = False


def findings() -> list[Finding]:
    """All that was looked at; raises nothing."""
    return [*_config(), *_layer(), *_scores(), *_keys(), *_endpoints(), *_models()]


def _config() -> Iterator[Finding]:
    from llmcat.user.config import read_settings

    folder = location.config_folder()
    if folder is None:
        yield Finding("config", "LLMCAT_CONFIG", "empty: no layer of your own")
        return
    try:
        read_settings()
    except ConfigError as error:
        yield Finding("config", str(error.location), "broken", error.reason, True)
    else:
        yield Finding("config", folder, "read" if os.path.isdir(folder) else "not there")


def _layer() -> Iterator[Finding]:
    from llmcat.catalog import Catalog

    names = {os.path.basename(path) for path, _, _ in layer_files()}
    try:
        with Catalog() as catalog:
            yield Finding("catalogue", catalog.path, f"{len(catalog.models()):,} models")
            rejects = catalog.sql(
                "SELECT source, place, field, reason FROM rejects ORDER BY source, place"
            )
    except LlmcatError as error:
        yield Finding("catalogue", "", "broken", str(error), True)
        return
    bad = [row for row in rejects if row["source"] in names | {EDITS.partition(".")[0]}]
    for row in bad:
        place = f"{row['place']}{' ' + row['field'] if row['field'] else ''}"
        yield Finding("overlay", place, "left out", row["reason"], True)
    for name in sorted(name for name in names if not name.endswith(".json")):
        if not any(row["source"] == name for row in bad):
            yield Finding("overlay", name, "read")


def _scores() -> Iterator[Finding]:
    """Whether the user's scores and ledger can be read."""
    from llmcat.choosing import measured

    files = ((measured.scores_file(), measured.LEARNED), (measured.ledger_file(), measured.SPEEDS))
    for path, query in files:
        if not os.path.isfile(path):
            continue
        try:
            rows = len([*measured.rows(path, query)])
        except LlmcatError as error:
            yield Finding("measured", path, "broken", f"{error}; move it away", True)
        else:
            yield Finding("measured", path, f"read, {rows:,} rows")


def _keys() -> Iterator[Finding]:
    """Which keys are set; their values are shown nowhere."""
    from llmcat.catalog import Catalog

    try:
        with Catalog() as catalog:
            providers = catalog.providers()
    except CatalogError:
        return
    for provider in providers:
        for variable in provider.env or ():
            if KEY.search(variable) and os.environ.get(variable):
                yield Finding("key", variable, "set", f"for {provider.id}")


def _endpoints() -> Iterator[Finding]:
    """What endpoints answered when they were asked last."""
    folder = Path(location.discovered_folder())
    if not folder.is_dir():
        yield Finding("endpoint", "", "none asked yet", "run `llmcat discover`")
        return
    for path in sorted(folder.glob("*.json")):
        try:
            kept = json.loads(path.read_bytes())
            name, error, at = kept["name"], kept["error"], kept["answered_at"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            yield Finding("endpoint", path.name, "damaged", "run `llmcat discover --refresh`", True)
            continue
        if error:
            yield Finding("endpoint", name, error, f"last answered: {at or 'never'}", True)
        else:
            yield Finding("endpoint", name, f"answered {at}")


def _models() -> Iterator[Finding]:
    """Whether the models that environment variables name exist."""
    from llmcat.catalog import Catalog

    named = {n: v for n, v in sorted(os.environ.items()) if MODEL_VARIABLES.match(n) and v}
    if not named:
        return
    try:
        with closing(Catalog()) as catalog:
            for variable, value in named.items():
                try:
                    spec = catalog.resolve(value[:500]).spec
                except (LookupError, ValueError) as error:
                    yield Finding("model", variable, f"{value[:80]}: not found", str(error), True)
                else:
                    yield Finding("model", variable, spec)
    except CatalogError:
        return
