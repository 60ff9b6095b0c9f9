"""discover(): ask every endpoint that is configured here which models it has."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from llmcat.instants import moment
from llmcat.network.discover.ask import ask_all
from llmcat.network.discover.configured import Endpoint, endpoints
from llmcat.network.discover.hosted_providers import HOSTED
from llmcat.network.discover.kept_answers import Kept, read_all
from llmcat.network.discover.local_servers import LOCAL
from llmcat.user.config import Settings, read_settings


class EndpointStatus(NamedTuple):
    """The result of one endpoint. `answered_at` is when it last answered (None: never), `age` the seconds
    since, `models` how many it listed then, `latency` the seconds that it took, `error` why it did not
    answer when it was asked last (None: it did). `verified` says whether an answer of such an endpoint
    was ever seen by those who wrote the adapter, `made_from` what it was made from."""

    name: str
    provider: str
    kind: str
    endpoint: str
    local: bool
    verified: bool
    answered_at: str | None
    age: float | None
    models: int
    latency: float | None
    error: str | None
    made_from: str


class Discovery(NamedTuple):
    """What discovery found: the specs of all models that endpoints list, and each endpoint's status; a
    local server that nobody named and that never answered is none."""

    models: tuple[str, ...]
    endpoints: tuple[EndpointStatus, ...]

    @property
    def errors(self) -> tuple[str, ...]:
        """A line for each endpoint that did not answer."""
        return tuple(f"{one.name} {one.error}" for one in self.endpoints if one.error)


def discover(
    *names: str,
    refresh: bool = False,
    deadline: float | None = None,
    max_age: float | None = None,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Discovery:
    """Ask all endpoints at once for the models that they have; with `names` those alone.

    What they answer is kept, for an hour or `max_age` seconds unless `refresh` asks anew, and lies over
    the catalogue that Catalog() opens next. `deadline` are the seconds after which an endpoint that has
    not answered is left behind. An endpoint that fails keeps its last answer, and is an error in its
    status. Raises PullError for a name that is no endpoint, and ConfigError.
    """
    started = time.monotonic()
    settings = read_settings()
    found = _configured(names, settings, os.environ if environ is None else environ)
    age = settings.max_age if max_age is None else max_age
    seconds = settings.deadline if deadline is None else deadline
    # on a busy machine it took a while to come here: who waits for us counts from the call
    seconds = max(seconds / 2, seconds - (time.monotonic() - started))
    kept = ask_all(found, seconds, 0.0 if refresh else age, folder)
    return _discovery(kept, found)


async def adiscover(
    *names: str,
    refresh: bool = False,
    deadline: float | None = None,
    max_age: float | None = None,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Discovery:
    """The same for async code: it runs on a daemon thread, so that asyncio.run need not wait for a name
    lookup that hangs."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Discovery] = loop.create_future()

    def tell(result: Discovery | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        elif result is not None:
            future.set_result(result)

    def run() -> None:
        result, failure = None, None
        try:
            result = discover(
                *names,
                refresh=refresh,
                deadline=deadline,
                max_age=max_age,
                environ=environ,
                folder=folder,
            )
        except BaseException as error:  # noqa: BLE001 - the caller raises it
            failure = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, result, failure)

    threading.Thread(target=run, name="llmcat discover", daemon=True).start()
    return await future


def status(folder: Path | None = None) -> tuple[EndpointStatus, ...]:
    """What is kept of each endpoint, without asking any."""
    return tuple(_status(kept, None) for kept in read_all(folder))


def _configured(
    names: tuple[str, ...], settings: Settings, environ: Mapping[str, str]
) -> list[Endpoint]:
    from llmcat.catalog import Catalog
    from llmcat.errors import CatalogError
    from llmcat.storage.user_layer.which_file import path_without_answers

    try:
        with Catalog(path_without_answers()) as catalog:
            providers = [*catalog.providers()]
    except CatalogError:
        providers = []  # endpoints that llmcat itself knows can be asked without
    return endpoints(names, settings, providers, environ)


def _discovery(kept: list[Kept], requested: list[Endpoint]) -> Discovery:
    by_name = {endpoint.name: endpoint for endpoint in requested}
    kept = [one for one in kept if one.answered_at or not by_name[one.name].tried]
    models: set[str] = set()
    for one in kept:
        models.update(specs_of(one))
    return Discovery(
        tuple(sorted(models)), tuple(_status(one, by_name.get(one.name)) for one in kept)
    )


def specs_of(kept: Kept) -> list[str]:
    """The specs of the models that an endpoint listed when it last answered."""
    from dataclasses import asdict

    from llmcat.pipeline.entries import Reject
    from llmcat.pipeline.sources.discovered.kept_answer import read_answer

    return [
        f"{found.facts['provider']}:{found.facts['id']}"
        for found in read_answer(asdict(kept))
        if not isinstance(found, Reject)
    ]


def _status(kept: Kept, endpoint: Endpoint | None) -> EndpointStatus:
    age = None
    if kept.answered_at:
        age = (datetime.now(timezone.utc) - moment(kept.answered_at)).total_seconds()
    known = HOSTED.get(kept.name) or LOCAL.get(kept.name)
    return EndpointStatus(
        *(kept.name, kept.provider, kept.kind, kept.endpoint, kept.local),
        verified=endpoint.verified if endpoint else bool(known and known.verified),
        answered_at=kept.answered_at,
        age=age,
        models=len(set(specs_of(kept))),
        latency=kept.latency,
        error=kept.error,
        made_from=(endpoint.seen if endpoint else "") or getattr(known, "seen", ""),
    )
