"""Pages of a sorted table: every row once, in either direction, whatever is filtered or unknown."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter

import pytest

from llmcat.datasette_plugin.metadata import metadata
from tests.datasette_plugin.in_process import Server, Shared

LISTS = (
    "models?_sort_desc=release_date&_size=400",
    "models?_sort=release_date&_size=400",
    "models?_sort_desc=cost_input&vision=1&_size=150",
    "models?_sort=cost_input&vision=1&_size=150",
    "models?_sort_desc=retires_on&provider=openai&_size=20",
    "models?_sort=retires_on&provider=openai&_size=20",
    "models?_sort_desc=spec&provider=openai&_size=30",
    "models?_search=claude&_sort_desc=limit_context&_size=25",
    "aliases?_sort_desc=provider&_size=200",
    "deprecations?_sort_desc=replacement&_size=20",
    "catalog_columns?_sort=unit&_size=50",
)


async def keys(server: Server, address: str, column: str) -> list[str]:
    """What all pages of a JSON list have in a column."""
    found: list[str] = []
    following: str | None = address
    while following:
        page = (await server.get(following)).json
        found += [json.dumps(row if not column else row[column]) for row in page["rows"]]
        following = page["next_url"]
        assert following is None or following.startswith("/catalog/")
    return found


@pytest.mark.parametrize("listed", LISTS)
def test_every_row_comes_once(shared: Shared, listed: str) -> None:
    """All pages together are the table: nothing is skipped, nothing told twice, the order holds."""

    async def story(server: Server) -> None:
        table, query = listed.split("?")
        address = f"/catalog/{table}.json?{query}&_shape=objects&_nofacet=1"
        found = await keys(server, address, "")
        whole = (await server.get(re.sub(r"&_size=\d+", "&_size=1000", address))).json
        assert len(found) == whole["filtered_table_rows_count"]
        assert max(Counter(found).values()) == 1
        if whole["next_url"] is None:
            assert found == [json.dumps(row) for row in whole["rows"]]

    shared.run(story)


def test_pages_and_csv_have_the_same_rows(shared: Shared) -> None:
    """In the order of the JSON: as HTML, page by page, and as CSV in one stream."""
    query = "_sort_desc=release_date&provider=openai&_size=30"

    async def story(server: Server) -> None:
        json_ = f"/catalog/models.json?{query}&_shape=objects&_nofacet=1"
        specs = [json.loads(key) for key in await keys(server, json_, "spec")]
        stream = await server.get(f"/catalog/models.csv?{query}&_stream=1")
        assert [row["spec"] for row in csv.DictReader(io.StringIO(stream.text))] == specs
        shown: list[str] = []
        following: str | None = f"/catalog/models?{query}&_nofacet=1"
        while following:
            page = (await server.get(following)).text
            shown += re.findall(r'name="m" value="([^"]+)"', page)
            link = re.search(r'class="next" href="([^"]+)"', page)
            following = link[1].replace("&amp;", "&") if link else None
        assert shown == specs

    shared.run(story)


def test_the_models_come_once_by_any_column_both_ways(shared: Shared) -> None:
    """Whatever the table can be sorted by, what is unknown of most models among it."""
    tables = metadata()["databases"]["catalog"]["tables"]

    async def story(server: Server) -> None:
        address = "/catalog/models.json?provider=openai&_size=60&_shape=objects&_nofacet=1"
        every = sorted(await keys(server, address, "spec"))
        assert len(every) > 120
        for column in tables["models"]["sortable_columns"]:
            for order in ("_sort", "_sort_desc"):
                found = await keys(server, f"{address}&{order}={column}&_col={column}", "spec")
                assert sorted(found) == every, (order, column)

    shared.run(story)
