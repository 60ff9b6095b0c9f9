"""Which endpoints there are to ask on this machine: those whose key is set, and local servers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmcat.errors import PullError
from llmcat.network.discover.hosted_providers import HOSTED, WITHOUT_A_LIST
from llmcat.network.discover.local_servers import ASK, LOCAL
from llmcat.network.fetch import LOOPBACK
from llmcat.user.config import EndpointSettings, Settings, check_url

if TYPE_CHECKING:
    from llmcat.records import Provider

GENERIC = "openai-compatible"
FILES = "gguf"
"""The kind of a folder of model files, which is read and not asked."""

COMPATIBLE_PACKAGE = "@ai-sdk/openai-compatible"
KEYS = ("_KEY", "_TOKEN")
"""How the names of variables end that hold a key."""


class Secret:
    """A key, or the command that prints it. It shows itself nowhere."""

    __slots__ = ("_command", "_value")

    def __init__(self, value: str = "", command: Sequence[str] = ()) -> None:
        self._value = value
        self._command = tuple(command)

    def __repr__(self) -> str:
        return "Secret(…)"

    def __bool__(self) -> bool:
        return bool(self._value or self._command)

    @property
    def from_command(self) -> bool:
        """Whether a command of the user's prints it."""
        return bool(self._command)

    def reveal(self, seconds: float) -> str:
        """The key itself. Raises PullError where its command fails or no header can hold it."""
        value = self._run(seconds) if self._command else self._value
        value = value.strip()
        if not value:
            raise PullError("has an empty key")
        if not value.isascii() or not value.isprintable():
            raise PullError("has a key with characters that no header can hold")
        return value

    def _run(self, seconds: float) -> str:
        import subprocess

        name = self._command[0]
        try:
            done = subprocess.run(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise PullError(f"waits for its key_command, {name}, in vain") from None
        except OSError as error:
            raise PullError(f"cannot run its key_command, {name} ({error.strerror})") from None
        if done.returncode:
            raise PullError(f"has a key_command, {name}, that ends with status {done.returncode}")
        return done.stdout.decode("utf-8", "replace").partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place to ask. `name` tells it from others, `provider` is whose models it lists, `kind` how it
    is asked: a key of HOSTED or of ASK. `missing` says why it cannot be asked, `own` that the
    user's config alone says where it is, and with which key, `tried` that nobody named it: a local
    server that may run here, or not. `key_name` is the variable to set where it wants a key."""

    name: str
    provider: str
    kind: str
    base: str
    key: Secret
    local: bool = False
    verified: bool = False
    seen: str = ""
    missing: str | None = None
    own: bool = False
    tried: bool = False
    key_name: str = ""


def endpoints(
    names: Iterable[str],
    settings: Settings,
    providers: Sequence[Provider],
    environ: Mapping[str, str],
) -> list[Endpoint]:
    """All endpoints that are configured; with `names` those alone, configured or not.

    `providers` are the catalogue's. Raises PullError for a name that nothing has.
    """
    wanted = list(dict.fromkeys(names))
    known = {provider.id: provider for provider in providers}
    everything = {**dict.fromkeys((*HOSTED, *WITHOUT_A_LIST, *LOCAL)), **dict.fromkeys(known)}
    everything.update(dict.fromkeys(settings.endpoints))
    folders = _folders() if settings.local or FILES in wanted else []
    everything[FILES] = None
    for name in wanted:
        if name not in everything:
            from llmcat.suggestions import near

            hint = near(name, list(everything))
            raise PullError(
                f"no endpoint {name!r} to ask{f'; did you mean {hint[0]}?' if hint else ''}"
            )
    found = []
    for name in wanted or everything:
        if name == FILES:
            found += folders
            continue
        chosen = settings.endpoints.get(name, EndpointSettings())
        if not chosen.enabled:
            continue
        one = _endpoint(name, chosen, known, environ, name in wanted)
        if one is None or (one.local and not settings.local and not wanted and not chosen.url):
            continue
        is_chosen = wanted or chosen.url or one.key or one.kind not in HOSTED
        if wanted or (one.missing is None and is_chosen):
            found.append(replace(one, tried=False) if wanted else one)
    return found


def _endpoint(
    name: str,
    chosen: EndpointSettings,
    known: Mapping[str, Provider],
    environ: Mapping[str, str],
    is_wanted: bool,
) -> Endpoint | None:
    if name in HOSTED and chosen.kind is None:
        return _hosted(name, chosen, environ)
    if name in WITHOUT_A_LIST:
        variables = WITHOUT_A_LIST[name]
        missing = None if _key(chosen, variables, environ) else f"has no key: set {variables[0]}"
        return Endpoint(name, name, "no-list", "", Secret(), missing=missing)
    if name in LOCAL:
        return _local(name, chosen, known, environ, is_wanted)
    if chosen.url:
        kind = chosen.kind or GENERIC
        if kind not in ASK and kind not in HOSTED:
            kinds = ", ".join([*ASK, *HOSTED])
            raise PullError(f"endpoint {name!r} has the kind {kind!r}; there are {kinds}")
        key = _key(chosen, (), environ)
        return Endpoint(
            *(name, chosen.provider or name, kind, _root(chosen.url, kind), key),
            local=_is_near(chosen.url),
            own=True,
            key_name=_key_name(chosen),
        )
    return _of_the_catalogue(known[name], chosen, environ) if name in known else None


def _hosted(name: str, chosen: EndpointSettings, environ: Mapping[str, str]) -> Endpoint:
    row = HOSTED[name]
    key = _key(chosen, row.env, environ)
    base, missing = chosen.url or row.base, None
    while "{" in base:
        variable = base.partition("{")[2].partition("}")[0]
        value = environ.get(variable) or environ.get(ALSO_CALLED.get(variable, ""), "")
        if not value:
            missing = f"has no address: set {variable}"
            break
        if not value.replace("-", "").replace("_", "").isalnum():
            missing = f"has no address: {variable} is no plain name"
            break
        base = base.replace(f"{{{variable}}}", value)
    base = base.replace("//global-aiplatform.", "//aiplatform.")  # Vertex's one without a region
    if name == "amazon-bedrock" and not key and _may_sign(environ):
        pass  # signed with boto3's own credentials, see ask.py
    elif not key and not row.public:
        missing = missing or f"has no key: set {row.env[0]}, or key_command in config.toml"
    return Endpoint(
        *(name, chosen.provider or name, name, base.rstrip("/"), key),
        verified=row.verified,
        seen=row.seen,
        missing=missing,
        key_name=_key_name(chosen, row.env),
    )


def _folders() -> list[Endpoint]:
    """The folders in which programs on this machine keep their models."""
    from llmcat.pipeline.sources.gguf.folder import known_folders

    return [
        Endpoint(f"gguf {name}", name, FILES, str(folder), Secret(), local=True, verified=True)
        for name, folder in known_folders().items()
    ]


def _may_sign(environ: Mapping[str, str]) -> bool:
    """Whether boto3 may find credentials: in keys, a profile, a role, or its usual file."""
    named = any(environ.get(name) for name in AWS_CREDENTIALS)
    home = environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    return named or os.path.isfile(os.path.expanduser(home))


def _local(
    name: str,
    chosen: EndpointSettings,
    known: Mapping[str, Provider],
    environ: Mapping[str, str],
    is_wanted: bool,
) -> Endpoint:
    """A server on this machine. What listens at its usual port may be anything: unless the user named
    the server, it does not see a key that may be another provider's, as LLAMA_API_KEY may be Meta's."""
    row = LOCAL[name]
    named = next((environ[v] for v in row.env if environ.get(v)), None)
    base = chosen.url or (_address(named, row.base) if named else row.base)
    missing = None
    if named and not chosen.url:
        try:
            check_url(base, lambda reason: PullError(f"{row.env[0]} {reason}"))
        except PullError as error:
            missing, base = str(error), row.base
    is_tried = not named and not chosen.url
    shared = {v for provider in known.values() for v in provider.env or () if not provider.local}
    variables = [v for v in row.key_env if v not in shared or is_wanted or not is_tried]
    return Endpoint(
        *(name, chosen.provider or name, chosen.kind or row.kind, _root(base, row.kind)),
        _key(chosen, variables, environ),
        local=True,
        verified=row.verified,
        seen=row.seen,
        missing=missing,
        tried=is_tried,
        key_name=_key_name(chosen, row.key_env),
    )


def _of_the_catalogue(
    provider: Provider, chosen: EndpointSettings, environ: Mapping[str, str]
) -> Endpoint | None:
    """A provider that the catalogue calls OpenAI-compatible. A key that belongs to another provider is
    not sent to it, and none without TLS: the address is data that came from elsewhere."""
    if provider.npm != COMPATIBLE_PACKAGE or not provider.api or provider.local:
        return None
    if not provider.api.startswith("https://") or "$" in provider.api or "@" in provider.api:
        return None
    own = [v for v in provider.env or () if v.endswith(KEYS) and v not in _OTHERS]
    key = _key(chosen, own, environ)
    missing = None if key else f"has no key: set {own[0]}" if own else "has no key that is known"
    base = _root(provider.api, GENERIC)
    return Endpoint(provider.id, provider.id, GENERIC, base, key, missing=missing)


ALSO_CALLED = {"AWS_REGION": "AWS_DEFAULT_REGION"}
"""Variable in an address -> another that many set in its place."""

AWS_CREDENTIALS = (
    *("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    *("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
)

_OTHERS = {
    variable
    for rows in (HOSTED.values(), LOCAL.values())
    for row in rows
    for variable in (*row.env, *getattr(row, "key_env", ()))
}


def _key(chosen: EndpointSettings, variables: Iterable[str], environ: Mapping[str, str]) -> Secret:
    if chosen.key_command:
        return Secret(command=chosen.key_command)
    names = (chosen.key_env,) if chosen.key_env else variables
    return Secret(next((environ[name] for name in names if environ.get(name)), ""))


def _key_name(chosen: EndpointSettings, variables: Sequence[str] = ()) -> str:
    """What to set for a key."""
    return chosen.key_env or next(iter(variables), "key_env in config.toml")


def _address(text: str, default: str) -> str:
    """OLLAMA_HOST may be a host, host:port or a URL; 0.0.0.0 is where to listen, not where to ask."""
    if "://" not in text:
        host, colon, port = text.partition(":")
        text = f"http://{host}:{port if colon else default.rpartition(':')[2]}"
    return text.replace("//0.0.0.0", "//127.0.0.1").rstrip("/")


def _root(url: str, kind: str) -> str:
    """The address that paths are appended to: for OpenAI-compatible servers without /v1."""
    url = url.rstrip("/")
    return url.removesuffix("/v1") if kind in ASK else url


def _is_near(url: str) -> bool:
    from urllib.parse import urlsplit

    return urlsplit(url).hostname in LOOPBACK
