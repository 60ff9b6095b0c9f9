"""The forms of `llmcat serve --edit`: on this machine alone, by a token, with a preview before the edit."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llmcat import Catalog
from llmcat.user.edits import read_edits
from tests.cli.running import error_of, llmcat
from tests.datasette_plugin.chromium import PHONE, SEVERE, WIDE, Profiles, opened, violations
from tests.datasette_plugin.in_process import Answer, Server, run, served
from tests.user.conftest import home

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

from llmcat.datasette_plugin import editing

__all__ = ["home"]

FORM = "/catalog/-/edit"
PATIENCE = 20.0
"""Seconds that a busy machine may take to serve what was edited."""


@pytest.fixture
def switched_on(home: Path) -> Iterator[editing.Editing]:
    """Editing for this process, over a small catalogue."""
    (home / "served").mkdir()
    yield editing.switch_on(str(home / "served"))
    editing.switch_off()


async def send(server: Server, **values: str) -> Answer:
    """What a form that is sent is answered."""
    from urllib.parse import urlencode

    headers = {"content-type": "application/x-www-form-urlencoded"}
    return await server.get(FORM, headers, "POST", urlencode(values).encode())


def test_a_value_is_previewed_then_written_then_taken_back(
    switched_on: editing.Editing, tmp_path: Path
) -> None:
    """The preview writes nothing; the edit is a line like those of `llmcat set`, with its reason."""
    token = switched_on.token
    asked = {"token": token, "spec": "openai:gpt-4o", "cost_input": "$2", "limit_context": "200k"}

    async def story() -> None:
        async with served(switched_on.served, tmp_path) as server:
            page = await server.get(f"{FORM}?token={token}&spec=gpt-4o")
            assert (page.status, "Correct openai:gpt-4o" in page.text) == (200, True)
            assert page.headers["cache-control"] == "private, no-store"
            preview = await send(server, **asked, because="our contract", step="preview")
            assert re.search(r"<del>2.5</del>.*<ins>2</ins>", preview.text)
            assert re.search(r"<del>128,000</del>.*<ins>200,000</ins>", preview.text)
            assert read_edits() == []
            saved = await send(server, **asked, because="our contract", step="save")
            assert "is written in" in saved.text
            [edit] = read_edits()
            assert (edit.spec, edit.because) == ("openai:gpt-4o", "our contract")
            assert Catalog().model("openai:gpt-4o").cost_input == 2
            assert Catalog(switched_on.served).model("openai:gpt-4o").limit_context == 200_000
            await send(server, token=token, spec="openai:gpt-4o", step="take_back")
            assert Catalog().model("openai:gpt-4o").cost_input == 2.5

    run(story)


def test_a_model_is_added(switched_on: editing.Editing, tmp_path: Path) -> None:
    """What the boxes leave open stays unknown."""
    token = switched_on.token
    boxes = {"cost_input": "0.4", "tools": "yes", "tags": "ours, fast", "key": "cost_image"}

    async def story() -> None:
        async with served(switched_on.served, tmp_path) as server:
            values = {"token": token, "spec": "acme:tuned", "value": "0.01", **boxes}
            assert "Add acme:tuned" in (await send(server, token=token, spec="acme:tuned")).text
            await send(server, **values, step="save")
            model = Catalog().model("acme:tuned")
            assert (model.cost_input, model.cost_output, model.cost_image) == (0.4, None, 0.01)
            assert (model.tools, model.vision, model.tags) == (True, None, ("fast", "ours"))

    run(story)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"cost_input": "cheap"}, "no price"),
        ({"cost_input": "-1"}, "no price"),
        ({"limit_context": "many"}, "no number"),
        ({"tools": "perhaps"}, "yes or no"),
        ({"key": "cost_inptu", "value": "1"}, "did you mean"),
        ({"key": "status", "value": "sleeping"}, "status"),
        ({"cost_input": "2.5"}, "nothing is different"),
        ({"spec": "my model"}, "no spec"),
    ],
)
def test_what_is_wrong_is_said_and_not_written(
    switched_on: editing.Editing, tmp_path: Path, values: dict[str, str], words: str
) -> None:
    """The form comes back as it was filled in."""

    async def story() -> None:
        async with served(switched_on.served, tmp_path) as server:
            whole = {"token": switched_on.token, "spec": "openai:gpt-4o", **values}
            for step in ("preview", "save"):
                answer = await send(server, **whole, step=step)
                assert (answer.status, words in answer.text) == (400, True), answer.text
            assert read_edits() == []

    run(story)


def test_nobody_edits_without_the_token_or_from_elsewhere(
    switched_on: editing.Editing, tmp_path: Path
) -> None:
    """Neither a wrong token nor another site's page by a name that points here, and nowhere else a POST."""
    values = {"spec": "openai:gpt-4o", "cost_input": "1", "step": "save"}

    async def story() -> None:
        async with served(switched_on.served, tmp_path) as server:
            for token in ("", "wrong", "ü"):
                assert (await send(server, token=token, **values)).status == 403
            assert switched_on.token not in (await server.get(FORM)).text
            body = f"token={switched_on.token}&spec=openai:gpt-4o&cost_input=1&step=save".encode()
            assert (await server.get(FORM, {"host": "evil.test"}, "POST", body)).status == 403
            assert (await server.get("/catalog/models", {}, "POST", body)).status == 405
            assert read_edits() == []

    run(story)


def test_without_the_switch_there_is_no_form(home: Path, tmp_path: Path) -> None:
    """No page, no POST, no link."""

    async def story() -> None:
        async with served(Path(os.environ["LLMCAT_DB"]), tmp_path) as server:
            assert (await server.get(FORM)).status == 404
            assert (await send(server, token="", spec="openai:gpt-4o")).status == 405
            assert FORM not in (await server.get("/catalog/-/model/openai:gpt-4o")).text

    run(story)


@pytest.mark.parametrize(
    "flags", [("--public",), ("--host", "0.0.0.0"), ("catalog.db",), ("--reload-on-swap",)]
)
def test_editing_is_for_this_machine_and_ones_own_layer(home: Path, flags: tuple[str, ...]) -> None:
    """Whatever would let others in, or has no layer to write to, is refused."""
    assert "--edit" in error_of(llmcat("serve", "--edit", *flags), 2)


@contextmanager
def serving_forms() -> Iterator[str]:
    """The address of the forms of a real `llmcat serve --edit`, its token in it."""
    command = [sys.executable, "-m", "llmcat", "serve", "--edit", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert "/catalog/-/edit?token=" in line, line + process.stdout.read()
        yield line.rpartition(" at ")[2].strip()
    finally:
        process.terminate()
        process.communicate()


def test_a_person_corrects_a_price(home: Path, browser: Browser) -> None:
    """By keyboard, from the address that the command prints to the page that shows the new price."""
    with serving_forms() as address:
        site = address.partition("/catalog")[0]
        profiles = Profiles(browser, site)
        page = profiles.page(WIDE)
        opened(page, address)
        page.get_by_label("Model", exact=True).fill("openai:gpt-4o")
        page.keyboard.press("Enter")
        page.get_by_label("Input, USD").fill("2")
        page.get_by_label("Why").fill("our contract")
        assert severe(page) == []
        page.get_by_label("Why").press("Enter")
        assert page.get_by_role("row", name="cost input").inner_text().split("\t")[1:] == [
            "2.5",
            "2",
        ]
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        page.emulate_media(color_scheme="dark")
        assert severe(page) == []
        page.get_by_role("button", name="Save").click()
        page.get_by_role("status").get_by_role("link").click()
        end = time.monotonic() + PATIENCE
        while page.locator(".llmcat-tiles dd").first.inner_text() != "$2.00":
            assert time.monotonic() < end, "the page does not show the new price"
            time.sleep(0.3)
            page.reload()
        assert page.get_by_role("link", name="correct it").is_visible()
        profiles.close()
        assert profiles.faults == []


def severe(page: Page) -> list[str]:
    """The rules of axe that the page breaks badly."""
    return [found.rule for found in violations(page) if found.impact in SEVERE]
