"""The command that opens a catalogue in the browser: serve."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from llmcat.server import Options

PACKAGES = ("datasette", "asgi_gzip", "uvicorn")
SERVED_BY = ("0", "65")
"""Datasette's major and minor version: 1.0 has other templates and another JSON API."""


@click.command()
@click.argument("file", required=False, type=click.Path())
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8001,
    show_default=True,
    help="Port to listen on; 0 takes any.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--open", "open_browser", is_flag=True, help="Open a browser.")
@click.option("--reload-on-swap", is_flag=True, help="Take up the file when it is swapped.")
@click.option("--public", is_flag=True, help="For strangers: no SQL of theirs, no downloads.")
@click.option("--allow-sql", is_flag=True, help="SQL of theirs all the same, limited.")
@click.option("--allow-download", is_flag=True, help="Downloads all the same.")
@click.option("--cors", is_flag=True, help="Let other sites' scripts read it; --public does.")
@click.option(
    "--with-layer", is_flag=True, help="With --public: your own layer, too, for strangers to read."
)
@click.option(
    "--edit", is_flag=True, help="Forms that add and correct models in your own layer, by a token."
)
@click.option("--mcp", is_flag=True, help="Answer agents at /-/mcp; needs llmcat[mcp].")
def serve(
    file: str | None,
    port: int,
    host: str,
    open_browser: bool,
    reload_on_swap: bool,
    public: bool,
    allow_sql: bool,
    allow_download: bool,
    cors: bool,
    with_layer: bool,
    edit: bool,
    mcp: bool,
) -> None:
    """Browse the catalogue. Pages, search, comparisons and JSON, by Datasette.

    Serves a copy of FILE; without it $LLMCAT_DB, then the catalogue installed, with your own layer on top
    unless --public or --reload-on-swap leave it out.

    \b
    llmcat serve --open
    llmcat serve --edit
    llmcat serve catalog.db --host 0.0.0.0 --public --reload-on-swap
    """
    from llmcat.storage.location import locate
    from llmcat.storage.user_layer.which_file import path_to_open

    check_installed()
    own = with_layer or not (public or reload_on_swap)
    if edit:
        check_private(file, host, public, reload_on_swap)
    source = path_to_open(file) if own else locate(file)
    from llmcat.server import Options
    from llmcat.server.process import serve as run

    options = Options(public, allow_sql, allow_download, mcp, cors)

    def announce(port: int, forms: str = "") -> None:
        url = address(host, port) + forms
        click.echo(f"{source} at {url}{switched_on(options)}")
        if open_browser:
            import threading
            import webbrowser

            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

    if not edit:
        run(source, host, port, options, watch=reload_on_swap, announce=announce)
        return
    from llmcat.datasette_plugin import editing
    from llmcat.storage.files.temporary_folder import temporary_folder

    with temporary_folder() as folder:
        on = editing.switch_on(folder)
        forms = f"catalog{editing.PATH}?token={on.token}"
        announced = partial(announce, forms=forms)
        run(str(on.served), host, port, options, watch=True, announce=announced)


def check_private(file: str | None, host: str, public: bool, reload_on_swap: bool) -> None:
    """Raise UsageError where editing would be for others, or have no layer to write to."""
    from llmcat.server.gate import LOOPBACK

    if public or host not in LOOPBACK:
        raise click.UsageError("--edit is for this machine alone: without --public and --host")
    if file is not None or reload_on_swap:
        raise click.UsageError(
            "--edit writes to your own layer, which lies on the catalogue that Catalog() opens:"
            " without FILE and --reload-on-swap"
        )


def address(host: str, port: int) -> str:
    """The URL that a browser on this machine opens."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}/"


def switched_on(options: Options) -> str:
    """What is on beside the pages, for the line at the start."""
    words = [
        options.public and "public",
        options.public and options.sql and "SQL allowed",
        options.public and options.download and "downloads allowed",
        options.cors and not options.public and "open to other sites",
        options.mcp and "MCP at /-/mcp",
    ]
    shown = ", ".join(word for word in words if word)
    return f" ({shown})" if shown else ""


def check_installed() -> None:
    """Raise a ClickException unless the extra `browse` is there, with the Datasette that serve knows."""
    from importlib.metadata import PackageNotFoundError, version
    from importlib.util import find_spec

    if any(find_spec(package) is None for package in PACKAGES):
        raise click.ClickException("serve needs Datasette: pip install 'llmcat[browse]'")
    try:
        found = version("datasette")
    except PackageNotFoundError:
        return
    if tuple(found.split(".")[:2]) != SERVED_BY:
        raise click.ClickException(
            f"serve needs Datasette 0.65 and {found} is installed: pip install 'llmcat[browse]', or"
            " serve with Datasette itself: datasette -i catalog.db"
            " -m datasette-metadata.yml -c datasette-metadata.yml"
        )
