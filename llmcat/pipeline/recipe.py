"""The recipe: which sources a catalogue is made from, and in which order (build/catalog.toml)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError
from typing_extensions import Required, TypedDict

from llmcat.errors import RecipeError, SourceError
from llmcat.pipeline.entries import Role
from llmcat.pipeline.sources.overlays.toml import read_toml
from llmcat.pipeline.sources.size_limits import MAX_SOURCES

PACKAGE = Path(__file__).resolve().parent.parent
EMBEDDED = (PACKAGE / "build" / "catalog.toml", PACKAGE.parent / "build" / "catalog.toml")
"""Where the recipe lies: in an installed package, in a checkout."""

UNKNOWN_KEY = "extra_forbidden"
"""What pydantic calls a key that a table does not know."""

SERIES = "models.dev"
"""The kind that has a past, and whose address $LLMCAT_URL and --url replace."""

PUBLISHED = "catalog"
"""The kind whose address is that of a catalogue which others publish (`llmcat publish`)."""

DEFAULT_URL = "https://models.dev/api.json"


class _Source(TypedDict, total=False, closed=True):
    kind: Required[str]
    path: str
    name: str
    optional: bool
    pulled: bool
    role: Role
    family: str
    authoritative: list[str]
    url: str
    verify_keys: list[str]


class _Pull(TypedDict, total=False, closed=True):
    url: str
    hosts: list[str]
    releases: str
    verify_keys: list[str]


class _Filters(TypedDict, total=False, closed=True):
    allow: Literal["all"] | dict[str, list[str]]
    deny: dict[str, list[str]]
    prefer: list[str]


class _File(TypedDict, total=False, closed=True):
    source: Required[list[_Source]]
    provider_aliases: dict[str, str]
    labs: dict[str, list[str]]
    billing: dict[Literal["subscription", "free", "unknown"], list[str]]
    filters: _Filters
    pull: _Pull
    accuracy: dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One source of a recipe: `location` is a path, or the mapping itself; None where nothing is pinned
    and nothing was pulled yet: then it is left out.

    Its role and family are those of its kind where it names none. `authoritative` are the providers
    whose own word the source is.
    With `pulled`, what `llmcat pull` fetched from `url` (None: that of [pull]) takes its place once that
    is newer. `reader` is the source itself where it was handed over as an object; else `kind` names it.
    """

    kind: str
    name: str
    location: Any
    shown: str
    optional: bool = False
    pulled: bool = False
    role: Role | None = None
    family: str | None = None
    authoritative: frozenset[str] = frozenset()
    url: str | None = None
    reader: Any = None
    verify_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filters:
    """Globs of model ids by provider: `allow` None is everything, deny beats allow. `prefer` names
    providers, the first choice first: the build only keeps it, for those who choose."""

    allow: Mapping[str, Sequence[str]] | None = None
    deny: Mapping[str, Sequence[str]] = field(default_factory=dict)
    prefer: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a build is told. `accuracy`: by provider and family, the share of right prices.

    Where `releases` is an address, `llmcat pull` installs what is published there, signed by one of
    `verify_keys`, in place of a build.
    """

    sources: tuple[SourceSpec, ...]
    provider_aliases: Mapping[str, str] = field(default_factory=dict)
    labs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    billing: Mapping[str, Sequence[str]] = field(default_factory=dict)
    filters: Filters = Filters()
    pull_url: str = DEFAULT_URL
    pull_hosts: tuple[str, ...] = ()
    releases: str | None = None
    verify_keys: tuple[str, ...] = ()
    accuracy: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def embedded_recipe() -> Path:
    """The recipe that came with llmcat. Raises RecipeError when the installation is broken."""
    for path in EMBEDDED:
        if path.is_file():
            return path
    raise RecipeError(EMBEDDED[0], "is missing; install llmcat again, or pass --recipe FILE")


def embedded_tables() -> Recipe:
    """The recipe that came with llmcat without its sources: what it knows of providers' names, labs and
    billing. It was checked when it was built with, so that a patch need not wait for that."""
    data = read_toml(embedded_recipe()).data
    return Recipe((), *(data.get(table, {}) for table in ("provider_aliases", "labs", "billing")))


def read_recipe(path: Path) -> Recipe:
    """The recipe in a TOML file; the paths in it are relative to the file.

    Raises RecipeError with file, line and reason.
    """
    try:
        document = read_toml(path)
    except SourceError as error:
        raise RecipeError(error.location, error.reason) from None
    try:
        content: _File = TypeAdapter(_File).validate_python(document.data)
    except ValidationError as error:
        # a key that is misspelled explains one that is missing
        first = min(error.errors(include_url=False), key=lambda e: e["type"] != UNKNOWN_KEY)
        reason = "is unknown" if first["type"] == UNKNOWN_KEY else first["msg"]
        where = ".".join(map(str, first["loc"]))
        raise RecipeError(
            f"{path}:{document.line_of(first['loc'])}", f"{where}: {reason}"
        ) from None
    sources = tuple(
        SourceSpec(
            kind=source["kind"],
            name=source.get("name", source["kind"]),
            location=path.parent / source["path"] if "path" in source else None,
            shown=shown_path(source.get("path", source.get("url", ""))),
            optional=source.get("optional", False),
            pulled=source.get("pulled", "url" in source),
            role=source.get("role"),
            family=source.get("family"),
            authoritative=frozenset(source.get("authoritative", ())),
            url=source.get("url"),
            verify_keys=tuple(source.get("verify_keys", ())),
        )
        for source in content["source"]
    )
    if nowhere := [s.name for s in sources if s.location is None and s.url is None]:
        raise RecipeError(path, f"the source {nowhere[0]!r} has neither a path nor a url")
    if len(sources) > MAX_SOURCES:
        raise RecipeError(path, f"names more than {MAX_SOURCES} sources, the limit")
    for source in sources:
        if source.location and os.path.realpath(source.location) == os.path.realpath(path):
            raise RecipeError(path, f"the source {source.name!r} is the recipe itself")
    names = [source.name for source in sources]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise RecipeError(path, f"two sources are named {twice[0]!r}; give one a name of its own")
    filters, pull = content.get("filters", {}), content.get("pull", {})
    allow = filters.get("allow", "all")
    return Recipe(
        sources=sources,
        provider_aliases=content.get("provider_aliases", {}),
        labs=content.get("labs", {}),
        billing=content.get("billing", {}),  # type: ignore[arg-type]
        filters=Filters(
            None if allow in ("all", {}) else allow,  # type: ignore[arg-type]
            filters.get("deny", {}),
            filters.get("prefer", ()),
        ),
        pull_url=pull.get("url", DEFAULT_URL),
        pull_hosts=tuple(pull.get("hosts", ())),
        releases=pull.get("releases"),
        verify_keys=tuple(pull.get("verify_keys", ())),
        accuracy=content.get("accuracy", {}),
    )


def shown_path(path: str) -> str:
    """A source's path or address as everybody who gets the file may read it: of an absolute path its
    name, of an address neither user, password nor query."""
    if "://" in path:
        scheme, _, rest = path.partition("://")
        place, slash, page = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
        return f"{scheme}://{place.rpartition('@')[2]}{slash}{page}"
    absolute = os.path.isabs(path) or path.startswith("~")
    return os.path.basename(os.path.normpath(path)) if absolute else path


def command_line_sources(given: Sequence[tuple[str, str]]) -> tuple[SourceSpec, ...]:
    """Sources from `--source KIND=PATH`, named by kind, or by kind and file where a kind repeats."""
    kinds = [kind for kind, _ in given]
    sources = []
    for number, (kind, path) in enumerate(given, start=1):
        file = os.path.basename(os.path.normpath(path))
        name = kind if kinds.count(kind) == 1 else f"{kind} {number} {file}"
        sources.append(SourceSpec(kind, name, Path(path), shown=file))
    return tuple(sources)


def with_pulled(recipe: Recipe, pulled: Mapping[str, Path]) -> Recipe:
    """The recipe with what was pulled, by the name of the source, where it is newer than what is
    pinned: behind the pinned past of models.dev, in place of any other."""
    sources = []
    for source in recipe.sources:
        path = pulled.get(source.name)
        if path is not None and _is_newer(path, newest_pinned(source)):
            location = [source.location, path] if source.kind == SERIES else path
            source = replace(source, location=location, shown="pulled")
        sources.append(source)
    return replace(recipe, sources=tuple(sources))


def _is_newer(pulled: Path, pinned: Path | None) -> bool:
    return pinned is None or pulled.name > pinned.name


def newest_pinned(source: SourceSpec) -> Path | None:
    """The newest file of a pulled source that came with the recipe; None where none is pinned. Raises
    SourceError where it should be, and is not."""
    if source.location is None or source.kind == PUBLISHED:
        return None
    from llmcat.pipeline.sources.models_dev.series import snapshots

    return snapshots(source.location)[-1]
