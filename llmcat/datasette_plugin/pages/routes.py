"""Our pages: which address is answered by which file, and the frame that all of them share.

A page is a function of a catalogue and what was asked. It returns facts, a plain dictionary that is
also the page's JSON; the template of the same name turns them into HTML. It runs in a thread, for
SQLite answers in the thread that asks.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from datasette.utils import tilde_decode
from datasette.utils.asgi import Forbidden, Response

from llmcat.datasette_plugin import editing
from llmcat.datasette_plugin.catalogues import catalogue, catalogue_names
from llmcat.datasette_plugin.changed_values import in_words
from llmcat.datasette_plugin.links import Links
from llmcat.datasette_plugin.pages import (
    capability,
    compare,
    edit,
    explorer,
    frontier,
    guess,
    home,
    list_models,
    list_providers,
    model,
    search,
    whats_new,
)
from llmcat.datasette_plugin.pages.api_json import api_json
from llmcat.datasette_plugin.pages.request import PageRequest
from llmcat.datasette_plugin.permissions import ensure_visible
from llmcat.errors import LlmcatError, ProviderNotFound, UnknownCapability

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request


PAGES: dict[str, ModuleType] = {
    "model": model,
    "capability": capability,
    "models": list_models,
    "providers": list_providers,
    "compare": compare,
    "explorer": explorer,
    "frontier": frontier,
    "new": whats_new,
    "search": search,
}
"""Name in the address -> the file that makes its facts; the template has the file's name."""

OF_SUBJECT = ("model", "capability")
"""Pages whose address goes on with what they are of."""

PLAIN = "|".join(name for name in PAGES if name not in OF_SUBJECT)

LONGEST, LONGEST_VALUE = 500, 10_000
"""Of what is asked, and of a value of a form, in characters: the longest id has 90."""


def routes(datasette: Datasette) -> list[tuple[str, Any]]:
    """Addresses and views, for the catalogues that are served when Datasette starts."""
    found: list[tuple[str, Any]] = []
    for database in catalogue_names(datasette):
        base = f"/{re.escape(datasette.get_database(database).route)}"
        found += [
            (rf"{base}/-/(?P<page>model)/(?P<subject>.+?)(?:\.(?P<form>json))?$", _view(database)),
            (
                rf"{base}/-/(?P<page>capability)(?:/(?P<subject>.+?))?(?:\.(?P<form>json))?$",
                _view(database),
            ),
            (rf"{base}/-/(?P<page>{PLAIN})(?:\.(?P<form>json))?$", _view(database)),
            (rf"{base}/-/(?P<page>new)\.(?P<form>atom)$", _view(database)),
            (rf"{base}/models/(?P<row>[^/.]+)$", _to_model_page(database)),
        ]
    names = catalogue_names(datasette)
    if names and editing.current() is not None:
        base = f"/{re.escape(datasette.get_database(names[0]).route)}"
        found.append((rf"{base}{editing.PATH}$", _edit(names[0])))
    if names and _own_site(datasette):
        found.append(("/$", _home(names[0])))
        found.append((r"/api\.json$", _api_json(names[0])))
        # whatever else is asked for beside our pages; on a host's Datasette it may be the host's
        base = f"/{re.escape(datasette.get_database(names[0]).route)}"
        found.append((rf"{base}/-(?:/.*)?$", _nothing(names[0])))
        found.append(
            (rf"/(?!-/|favicon|{base[1:]}(?:[./]|$))(?P<subject>[^.].*?)/?$", _guessed(names[0]))
        )
    return found


def _own_site(datasette: Datasette) -> bool:
    """Whether this is `llmcat serve`, which has a first page and a frame of its own."""
    return bool((datasette.plugin_config("llmcat") or {}).get("home"))


def _nothing(database: str) -> Any:
    async def view(request: Request, datasette: Datasette) -> Any:
        error = LookupError(f"there is no page {request.path}")
        return await _failed(datasette, request, database, None, error)

    return view


def _edit(database: str) -> Any:
    """The forms of `llmcat serve --edit`: values come by the address or by a form that was sent."""

    async def view(request: Request, datasette: Datasette) -> Any:
        await ensure_visible(datasette, request.actor, database)
        given = {name: request.args.get(name) for name in ("token", "spec") if name in request.args}
        if request.method == "POST":
            given = await request.post_vars()
        given = {name[:LONGEST]: value[:LONGEST_VALUE] for name, value in given.items()}
        allowed = editing.current()
        if allowed is None:
            raise Forbidden("editing is off")
        facts = await asyncio.to_thread(edit.facts, catalogue(datasette, database), allowed, given)
        status = 403 if not facts["allowed"] else 400 if facts["wrong"] else 200
        answer = await _page(datasette, request, database, "edit", facts, status)
        answer.headers["cache-control"] = "private, no-store"
        return answer

    return view


def _guessed(database: str) -> Any:
    """An address that people make up, /models, /openai or /gpt-4o, leads where it means."""

    async def view(request: Request, datasette: Datasette) -> Any:
        await ensure_visible(datasette, request.actor, database)
        catalog, page_request = (
            catalogue(datasette, database),
            _page_request(request, datasette, database),
        )
        try:
            address = await asyncio.to_thread(guess.address, catalog, page_request)
        except (LlmcatError, ValueError) as error:
            form = "json" if request.path.endswith(".json") else None
            return await _failed(datasette, request, database, form, error)
        return Response.redirect(address)

    return view


def _view(database: str) -> Any:
    async def view(request: Request, datasette: Datasette) -> Any:
        page = request.url_vars["page"]
        form = request.url_vars.get("form")
        await ensure_visible(datasette, request.actor, database)
        page_request = _page_request(request, datasette, database)
        try:
            facts = await asyncio.to_thread(
                PAGES[page].facts, catalogue(datasette, database), page_request
            )
        except (LlmcatError, ValueError) as error:
            return await _failed(datasette, request, database, form, error)
        if form == "json":
            return _json(facts)
        if form == "atom":
            return Response(_feed(page_request.links, facts), 200, {}, ATOM)
        template = PAGES[page].__name__.rpartition(".")[2]
        return await _page(datasette, request, database, template, facts)

    return view


ATOM = "application/atom+xml; charset=utf-8"


def _home(database: str) -> Any:
    async def view(request: Request, datasette: Datasette) -> Any:
        await ensure_visible(datasette, request.actor, database)
        page_request = _page_request(request, datasette, database)
        catalog = catalogue(datasette, database)
        facts = await asyncio.to_thread(home.facts, catalog, page_request)
        return await _page(datasette, request, database, "home", facts)

    return view


def _api_json(database: str) -> Any:
    async def view(request: Request, datasette: Datasette) -> Any:
        await ensure_visible(datasette, request.actor, database)
        body = await asyncio.to_thread(api_json, catalogue(datasette, database))
        return Response(body, 200, {}, "application/json; charset=utf-8")

    return view


def _to_model_page(database: str) -> Any:
    """Datasette's row page of a model is one very wide line: the model page stands in its place."""

    async def view(request: Request, datasette: Datasette) -> Any:
        spec = tilde_decode(request.url_vars["row"])
        return Response.redirect(Links(datasette, database).model(spec))

    return view


def _page_request(request: Request, datasette: Datasette, database: str) -> PageRequest:
    subject = unquote(request.url_vars.get("subject") or "")[:LONGEST]
    options = {
        name: [value[:LONGEST] for value in request.args.getlist(name)] for name in request.args
    }
    today = datetime.now(timezone.utc).date().isoformat()
    own = bool((datasette.plugin_config("llmcat") or {}).get("own"))
    form = request.url_vars.get("form")
    return PageRequest(subject, options, today, Links(datasette, database), own, form)


async def _page(
    datasette: Datasette,
    request: Request,
    database: str,
    name: str,
    facts: dict[str, Any],
    status: int = 200,
) -> Any:
    context = {
        **facts,
        "database": database,
        "page": name,
        "in_words": in_words,
        "links": Links(datasette, database),
        "own_site": _own_site(datasette),
        "can_edit": editing.current() is not None,
    }
    html = await datasette.render_template(
        f"llmcat/{name}.html", context, request=request, view_name=f"llmcat-{name}"
    )
    return Response.html(html, status=status)


async def _failed(
    datasette: Datasette, request: Request, database: str, form: str | None, error: Exception
) -> Any:
    """What was asked does not exist or cannot be: said in one line, with what may have been meant."""
    status = 404 if isinstance(error, LookupError) else 400
    meant = getattr(error, "suggestions", ()) or getattr(error, "candidates", ())
    suggestions = [str(name) for name in meant]
    links = Links(datasette, database)
    facts = {"error": str(error), "suggestions": suggestions, "status": status}
    if form == "json":
        return _json({"ok": False, **facts}, status)
    leads = {name: _leads_to(links, error, name) for name in suggestions}
    return await _page(datasette, request, database, "not_found", {**facts, "leads": leads}, status)


def _leads_to(links: Links, error: Exception, name: str) -> str:
    """The page of what may have been meant."""
    if isinstance(error, UnknownCapability):
        return links.page(f"capability/{name}")
    if isinstance(error, ProviderNotFound):
        return links.page("models", provider=name, kind="any")
    return links.subject(name)


def _json(facts: Mapping[str, Any], status: int = 200) -> Any:
    known = {name: value for name, value in facts.items() if not name.startswith("_")}
    body = json.dumps(known, ensure_ascii=False, default=str)
    return Response(body, status, {}, "application/json; charset=utf-8")


def _feed(links: Links, facts: dict[str, Any]) -> str:
    """The links are paths, which a feed reader joins to the feed's own address: a whole address would
    be made of the Host that was sent, and a cache would hand it to everybody."""
    own, page = (links.page("new", form, provider=facts["provider"]) for form in ("atom", ""))
    return whats_new.atom(facts, own, page, links.subject)
