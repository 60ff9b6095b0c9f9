"""What visitors ask wrongly is told to them, and not to the log."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.datasette_plugin.in_process import Server, Shared

SITE = "http://localhost:8001"
THROUGH = ("{}", "[]", "1", "x", '{"table": []}', '{"table": "prices", "column": 1, "value": 1}')
MISTAKES = (
    "cost_input__in=[",
    "_sort=nope",
    "nope=1",
    "cost_imput__lte=2",
    "cost_input__lgte=2",
    "_nope__gt=1",
    "_next=zzz",
    "_next=1,2,3",
    "_sort=spec&_next=zzz",
    "_timelimit=x",
    "_size=x",
    *(f"_facet={quote(text)}" for text in ("{", "{}", '{"column": 1}', '{"a": []}')),
    "_facet_date={}",
    *(f"_through={quote(text)}" for text in THROUGH),
    "_through=" + "[" * 5000,
    "cost_input__in=" + "[" * 5000,
)


def test_what_was_meant_is_told(shared: Shared) -> None:
    """A misspelled column or comparison would find nothing, or everything, and say nothing."""

    async def story(server: Server) -> None:
        for query, words in (
            ("cost_imput__lte=2", "there is no column cost_imput; did you mean cost_input?"),
            (
                "spec__contain=x",
                "spec__contain: there is no comparison contain; did you mean contains?",
            ),
            ("_next=zzz", "_next is no place in this list"),
        ):
            answer = await server.get(f"/catalog/models.json?_shape=array&{query}")
            assert (answer.status, answer.json["error"]) == (400, words)

    shared.run(story)


def test_every_page_of_a_list_is_a_place(shared: Shared) -> None:
    """Of tables with and without an order, of views, and of what is sorted by an unknown value."""

    async def story(server: Server) -> None:
        for address in (
            "/catalog/models.json?_size=1000&_nofacet=1",
            "/catalog/models.json?_size=1000&_nofacet=1&_sort=retires_on",
            "/catalog/models.json?_size=20&_nofacet=1&_sort_desc=cost_input&provider=openai",
            "/catalog/catalog_columns.json?_size=100",
            "/catalog/deprecations.json?_size=100",
            "/catalog/models_fts.json?_size=1000",
            "/catalog/prices.json?_size=3&spec=openai:gpt-4o",
        ):
            answer = await server.get(address)
            while (following := answer.json["next_url"]) and answer.status == 200:
                answer = await server.get(following.removeprefix(SITE))
            assert answer.status == 200, (address, answer.text[:200])

    shared.run(story)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # Datasette's other facets
def test_a_mistake_is_told_to_who_made_it(
    shared: Shared, capfd: pytest.CaptureFixture[str]
) -> None:
    """As JSON to a program, as a page to a browser; the log stays empty."""

    async def story(server: Server) -> None:
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

    shared.run(story)
    assert capfd.readouterr() == ("", "")


def test_what_is_our_fault_is_logged(
    shared: Shared,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An error of the server is no mistake of the visitor's, whatever parameters he gave."""

    async def story(server: Server) -> None:

        async def broken(*arguments: object) -> None:
            raise KeyError("our fault")

        where = "llmcat.server.datasette_app.CatalogueServer.refresh_schemas"
        monkeypatch.setattr(where, broken)
        answer = await server.get("/catalog/models.json?_facet=status&_sort=name")
        assert (answer.status, answer.json["ok"]) == (500, False)

    shared.run(story)
    assert "our fault" in capfd.readouterr().err
