"""The user's config folder, and the file of settings in it.

~/.config/llmcat/
    config.toml     settings: where to discover, with which key
    *.yml, *.toml   overlays of one's own
    edits.jsonl     what `llmcat add`, `set` and `remove` wrote down

[discover]
max_age = 3600              # seconds that an answer counts as fresh
deadline = 10               # seconds for each endpoint
local = true                # look for local servers

[endpoints.openai]          # a provider that llmcat knows: what differs
key_command = ["pass", "show", "openai"]

[endpoints.gpu-box]         # one of your own, OpenAI-compatible
url = "http://gpu-box:8000/v1"
key_env = "GPU_BOX_KEY"
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llmcat.errors import ConfigError, SourceError
from llmcat.storage.location import config_folder

SETTINGS = "config.toml"
MAX_AGE, DEADLINE = 3600.0, 10.0


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """What the config says of one endpoint; None: as llmcat knows it.

    `key_command` prints the key, `key_env` names the variable that holds it.
    """

    url: str | None = None
    kind: str | None = None
    provider: str | None = None
    key_env: str | None = None
    key_command: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings: seconds that an answer is fresh, seconds for each endpoint, whether local servers
    are looked for, and the settings of single endpoints, by name."""

    max_age: float = MAX_AGE
    deadline: float = DEADLINE
    local: bool = True
    endpoints: Mapping[str, EndpointSettings] = field(default_factory=dict)


def read_settings(folder: Path | None = None) -> Settings:
    """The settings in config.toml; the defaults where there is none.

    Raises ConfigError with file, line and reason.
    """
    place = Path(folder or config_folder() or os.devnull) / SETTINGS
    if not place.is_file():
        return Settings()
    from llmcat.pipeline.sources.overlays.toml import read_toml

    try:
        document = read_toml(place)
    except SourceError as error:
        raise ConfigError(error.location, error.reason) from None
    data = document.data

    def wrong(reason: str, *path: str) -> ConfigError:
        return ConfigError(f"{place}:{document.line_of(path) or 1}", f"{'.'.join(path)} {reason}")

    for table in data:
        if table not in ("discover", "endpoints"):
            raise wrong("is unknown; there are discover and endpoints", table)
    discover = data.get("discover", {})
    for key, value in discover.items():
        if key not in ("max_age", "deadline", "local"):
            raise wrong("is unknown; there are max_age, deadline and local", "discover", key)
        if key == "local" and not isinstance(value, bool):
            raise wrong("must be true or false", "discover", key)
        if key != "local" and (
            not isinstance(value, (int, float)) or isinstance(value, bool) or not value >= 0
        ):
            raise wrong("must be a number of seconds", "discover", key)
    endpoints = {}
    for name, settings in data.get("endpoints", {}).items():
        if not isinstance(settings, dict):
            raise wrong("must be a table", "endpoints", name)
        endpoints[name] = _endpoint(name, settings, wrong)
    return Settings(**discover, endpoints=endpoints)


def _endpoint(name: str, settings: Mapping[str, Any], wrong: Any) -> EndpointSettings:
    fields = EndpointSettings.__dataclass_fields__
    for key, value in settings.items():
        place = ("endpoints", name, key)
        if key not in fields:
            raise wrong(f"is unknown; there are {', '.join(fields)}", *place)
        if key == "key_command":
            whole = isinstance(value, str) or (
                isinstance(value, list) and value and all(isinstance(part, str) for part in value)
            )
            if not whole or not value:
                raise wrong("must be a command: text, or a list of its words", *place)
        elif key == "enabled":
            if not isinstance(value, bool):
                raise wrong("must be true or false", *place)
        elif not isinstance(value, str) or not value:
            raise wrong("must be text", *place)
    if url := settings.get("url"):
        check_url(url, lambda reason: wrong(reason, "endpoints", name, "url"))
    command = settings.get("key_command", ())
    if isinstance(command, str):
        import shlex

        try:
            command = shlex.split(command)
        except ValueError as error:
            raise wrong(f"cannot be split into words ({error})", "endpoints", name) from None
    return EndpointSettings(**{**settings, "key_command": tuple(command)})


def check_url(url: str, wrong: Any) -> None:
    """Raise what `wrong(reason)` makes for an address that holds a secret, or is none."""
    if not url.startswith(("http://", "https://")):
        raise wrong("must begin with http:// or https://")
    if "@" in url or "?" in url or "#" in url:
        raise wrong("must hold no user, password or query; use key_env or key_command for a key")
