"""What visitors ask wrongly is told to them, and not to the log."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.browse.in_process import run, served

THROUGH = ("{}", "[]", "1", "x", '{"table": []}', '{"table": "prices", "column": 1, "value": 1}')
MISTAKES = (
    "cost_input__in=[",
    "_sort=nope",
    "_timelimit=x",
    "_size=x",
    *(f"_facet={quote(text)}" for text in ("{", "{}", '{"column": 1}', '{"a": []}')),
    "_facet_date={}",
    *(f"_through={quote(text)}" for text in THROUGH),
    "_through=" + "[" * 5000,
    "cost_input__in=" + "[" * 5000,
)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # Datasette's other facets
def test_a_mistake_is_told_to_who_made_it(
    shipped: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As JSON to a program, as a page to a browser; the log stays empty."""

    async def story() -> None:
        async with served(shipped, tmp_path) as server:
            for query in MISTAKES:
                answer = await server.get(f"/catalog/models.json?{query}")
                told = answer.json
                assert (answer.status, told["ok"], told["status"]) == (400, False, 400), query
                assert told["error"]
                page = await server.get(f"/catalog/models?{query}")
                assert (page.status, "</html>" in page.text) == (400, True), query
                assert page.headers["content-type"].startswith("text/html")
            right = "_facet=" + quote('{"column": "status"}') + "&_timelimit=900&_size=1"
            assert (await server.get(f"/catalog/models.json?{right}")).status == 200
            through = quote('{"table": "prices", "column": "spec", "value": "openai:gpt-4o"}')
            assert (await server.get(f"/catalog/models.json?_through={through}")).status in (
                200,
                400,
            )

    run(story)
    assert capfd.readouterr() == ("", "")


def test_what_is_our_fault_is_logged(
    shipped: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An error of the server is no mistake of the visitor's, whatever parameters he gave."""

    async def story() -> None:
        async with served(shipped, tmp_path) as server:

            async def broken(*arguments: object) -> None:
                raise KeyError("our fault")

            where = "llmcat.server.datasette_app.CatalogueServer.refresh_schemas"
            monkeypatch.setattr(where, broken)
            answer = await server.get("/catalog/models.json?_facet=status&_sort=name")
            assert (answer.status, answer.json["ok"]) == (500, False)

    run(story)
    assert "our fault" in capfd.readouterr().err
