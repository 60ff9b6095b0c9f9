"""Pulling all sources of a recipe that have an address, side by side.

Each has a cache folder, a deadline and a cap of its own, and each is held against what was known of it
before (plausibility.py). One that is down leaves the others.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from llmcat.errors import PullError, SourceError, WriteError
from llmcat.network.fetch import DEADLINE
from llmcat.network.installed import fault, note, set_aside
from llmcat.network.plausibility import Offers, offers_in_installed, offers_in_pinned
from llmcat.network.pull import Pulled, choose_url, pull
from llmcat.network.snapshots import newest, pulled_folder
from llmcat.pipeline.recipe import PUBLISHED, SERIES, Recipe, SourceSpec, newest_pinned, with_pulled
from llmcat.pipeline.sources.models_dev.series import snapshot_time

if TYPE_CHECKING:
    from llmcat.pipeline.report import Report

SLACK = 10.0
"""Seconds over the deadline for reading and keeping what came in time."""


@dataclass(slots=True)
class SourcePull:
    """The result of the pull of one source: `pulled`, or the `error` that says what stays."""

    source: SourceSpec
    pulled: Pulled | None = None
    error: PullError | None = None

    @property
    def fatal(self) -> bool:
        """Whether the pull as a whole failed with it: a source that is not optional can neither be
        fetched nor was it before, or an answer was refused that only --force takes."""
        if self.error is None:
            return False
        return self.error.refused or not (self.error.kept or self.source.optional)


def pull_sources(
    recipe: Recipe,
    installed: Path,
    *,
    url: str | None = None,
    force: bool = False,
    deadline: float = DEADLINE,
) -> list[SourcePull]:
    """Fetch all sources that have an address, each on a thread of its own, in the order of the recipe.

    `url` is asked in place of that in [pull], for sources without one of their own; `installed` is the catalogue that new data are
    held against, beside what is pinned and what was pulled. Raises PullError where no source has one.
    """
    results = [SourcePull(source) for source in recipe.sources if source.pulled]
    if not results:
        raise PullError("no source of the recipe has an address; give one its url")
    threads = [
        Thread(
            target=_pull_one,
            args=(result, recipe, installed, url, force, deadline),
            name=f"llmcat pull {result.source.name}",
            daemon=True,
        )
        for result in results
    ]
    end = time.monotonic() + deadline + SLACK
    for thread in threads:
        thread.start()
    for thread, result in zip(threads, results):
        thread.join(max(0.0, end - time.monotonic()))
        if thread.is_alive():  # left to itself: it ends with the process
            result.error = PullError(f"{result.source.name} did not answer in time")
    return results


@dataclass(frozen=True, slots=True)
class PullReport:
    """The results of llmcat.pull(): one for each source, and the report of the build, which is None
    where nothing was new or nothing was to be installed."""

    sources: list[SourcePull]
    build: Report | None


def pull_and_install(
    recipe: str | os.PathLike[str] | None = None,
    *,
    url: str | None = None,
    force: bool = False,
    install: bool = True,
    tell: Callable[[SourcePull], None] = lambda result: None,
    progress: Callable[[str], None] = lambda step: None,
    warn: Callable[[str], None] = lambda words: None,
) -> PullReport:
    """Fetch all sources of a recipe (None: the shipped one) and install the catalogue that they give.

    What `llmcat pull` does, under the name llmcat.pull: Catalog() opens the result. `url` is asked in
    place of that in [pull], `force` asks although the copy is fresh and takes what is not
    plausible, without `install` nothing is built. `tell` is called with the result of each source,
    `progress` with the steps of the build, `warn` with what was wrong with the file that was installed: it
    is set aside, and built anew. A source that is down, and was pulled before, is no error:
    its result has one. Raises PullError where a source that is needed can neither be fetched nor was before, or an
    answer is refused, and what a build raises.
    """
    from llmcat.pipeline.recipe import embedded_recipe, read_recipe
    from llmcat.storage.location import installed

    given = read_recipe(Path(recipe) if recipe else embedded_recipe())
    target = Path(installed())
    results = pull_sources(given, target, url=url, force=force)
    for result in results:
        tell(result)
    if fatal := next((result.error for result in results if result.fatal), None):
        raise fatal
    if not install:
        return PullReport(results, None)
    if wrong := fault(target):
        warn(f"{target} {wrong}; it is now {set_aside(target).name}, and built anew")
    elif is_built(target, given, results):
        return PullReport(results, None)
    from llmcat.pipeline.build import build

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(
            f"{target.parent} cannot be made ({error.strerror}); --no-install only fetches"
        ) from None
    report = build(newest_upstream(given), target, progress)
    note(target)
    return PullReport(results, report)


def _pull_one(
    result: SourcePull,
    recipe: Recipe,
    installed: Path,
    url: str | None,
    force: bool,
    deadline: float,
) -> None:
    source = result.source
    try:
        if source.kind == PUBLISHED:
            result.pulled = _pull_published(source)
            return
        result.pulled = pull(
            _address(source, recipe, url),
            pulled_folder(source.name),
            kind=source.kind,
            hosts=recipe.pull_hosts,
            force=force,
            before=lambda: _known_offers(source, installed),
            deadline=deadline,
        )
    except PullError as error:
        result.error = error
    except SourceError as error:  # of what is pinned
        result.error = PullError(str(error))


def _pull_published(source: SourceSpec) -> Pulled:
    """Install a catalogue that others publish as a source of ours, with the three that are kept of it."""
    from llmcat.catalog import Catalog
    from llmcat.network.releases.install import install

    if source.url is None:
        raise PullError(f"the source {source.name!r} is pulled and has no url")
    target = published_file(source)
    done = install(source.url, target, keys=source.verify_keys)
    with Catalog(target) as catalog:
        info = catalog.info()
    return Pulled(
        action="fetched" if done.action == "installed" else "unchanged",
        snapshot=target,
        retrieved_at=info["built_at"],
        providers=info["providers"],
        models=info["models"],
        size=target.stat().st_size,
    )


def published_file(source: SourceSpec) -> Path:
    """Where the catalogue of a source lies that is published by others."""
    return pulled_folder(source.name) / "catalog.db"


def _address(source: SourceSpec, recipe: Recipe, given: str | None) -> str:
    return source.url or choose_url(given, recipe.pull_url)


def _known_offers(source: SourceSpec, installed: Path) -> Iterator[Offers]:
    """What a pull is held against beside earlier pulls: the installed catalogue, which says what the
    base said, and what is pinned."""
    if source.kind == SERIES and (offers := offers_in_installed(installed)):
        yield offers
    pinned = newest_pinned(source)
    if pinned is not None and snapshot_time(pinned.name):
        yield offers_in_pinned(source.kind, pinned)


def newest_upstream(recipe: Recipe) -> Recipe:
    """The recipe with what was pulled in place of what is pinned, where it is newer."""
    found = ((s.name, _newest_of(s)) for s in recipe.sources if s.pulled)
    return with_pulled(recipe, {name: path for name, path in found if path})


def _newest_of(source: SourceSpec) -> Path | None:
    """What was pulled last of a source; None where nothing was."""
    if source.kind != PUBLISHED:
        return newest(pulled_folder(source.name))
    path = published_file(source)
    return path if path.is_file() else None


def is_built(installed: Path, recipe: Recipe, results: list[SourcePull]) -> bool:
    """Whether the installed catalogue was made by this version from just these sources, so that
    building it again would give the same file."""
    from llmcat.catalog import Catalog
    from llmcat.errors import CatalogError
    from llmcat.version import __version__

    if any(result.pulled and result.pulled.action == "fetched" for result in results):
        return False
    try:
        with Catalog(installed) as catalog:
            info = catalog.info()
    except CatalogError:
        return False
    held: Mapping[str, str] = {row["name"]: row["sha256"] for row in info["sources"]}
    sources = [source for source in newest_upstream(recipe).sources if source.location is not None]
    if info["llmcat_version"] != __version__ or list(held) != [s.name for s in sources]:
        return False
    since = os.stat(installed).st_mtime
    return all(
        _digest(source) == held[source.name] if source.pulled else _changed_at(source) < since
        for source in sources
    )


def _digest(source: SourceSpec) -> str:
    from llmcat.pipeline.sources.files import file_sha256
    from llmcat.pipeline.sources.models_dev.series import snapshots

    if source.kind == PUBLISHED:
        return file_sha256(source.location)
    return file_sha256(snapshots(source.location)[-1])


def _changed_at(source: SourceSpec) -> float:
    """When the newest file of a source was changed, in seconds since 1970."""
    folders = [str(source.location), *(f for f, _, _ in os.walk(source.location))]
    files = [os.path.join(f, name) for f, _, names in os.walk(source.location) for name in names]
    return max(
        (os.stat(path).st_mtime for path in [*folders, *files] if os.path.exists(path)), default=0.0
    )
