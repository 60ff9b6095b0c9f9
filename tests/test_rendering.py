"""Lists of records in a notebook: tables, charts and data frames."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest

from llmcat import Catalog, LlmcatError

GPT = "openai:gpt-4o"


def test_find_gives_a_list_that_is_a_table_in_a_notebook(shipped_catalog: Catalog) -> None:
    """Prices and limits as people read them, capabilities as chips, and how many more there are."""
    found = shipped_catalog.find(provider="openai", order_by="cost_input")
    html = found._repr_html_()

    assert isinstance(found, list)
    assert found == list(found)
    assert found[:2] == [found[0], found[1]]
    assert '<td class="k">openai:' in html
    assert "$ input" in html
    assert '<i class="c">vision</i>' in html
    assert f"50 of {len(found):,}" in html
    assert "10 of" not in found[:10]._repr_html_()
    assert "nothing fits" in shipped_catalog.find(text="nosuchmodel")._repr_html_()


def test_what_a_source_wrote_is_text_in_a_notebook() -> None:
    """Markup in a name stays on the page as it was written; unknown is a question mark, 0 is free."""
    catalog = Catalog.from_sources(
        {"acme": {"models": [{"id": "new", "name": "<script>x</script>", "cost": {"input": 0}}]}}
    )
    html = catalog.find()._repr_html_()

    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert '<td class="n">free</td>' in html
    assert '<td class="u">?</td>' in html


def test_every_call_that_gives_several_shows_them(shipped_catalog: Catalog) -> None:
    """Models, offers, prices, changes, providers, rows of SQL, a comparison; a model and a cost, too."""
    cat = shipped_catalog
    shown = [
        cat.models("openai"),
        cat.search("claude sonnet"),
        cat.deprecations(),
        cat.offers("gpt-4o"),
        cat.prices(GPT),
        cat.rates_between(GPT, "2026-01-01", "2026-02-01"),
        cat.changes(since="2026-05-01"),
        cat.history(GPT),
        cat.capability_history(GPT),
        cat.providers(),
        cat.sql("select spec, cost_input from models limit 3"),
        cat.compare([GPT, "anthropic:claude-sonnet-4-5"]),
        cat[GPT],
        cat.cost(GPT, 1_000, 500),
        cat.cost("openai:whisper-1", seconds=1.5),
        cat.explain(require="vision"),
    ]
    for several in shown:
        assert "<t" in several._repr_html_(), several  # type: ignore[attr-defined]


def test_a_change_is_shown_as_its_field_is(shipped_catalog: Catalog) -> None:
    """A price that moved is a price, a limit a number of tokens."""
    for field, sign in (("cost_input", '<td class="n">$'), ("limit_context", "K</td>")):
        moved = shipped_catalog.changes(since="2026-01-01", field=field, kind="changed")
        assert sign in moved[:20]._repr_html_()


def test_prices_have_a_chart(shipped_catalog: Catalog) -> None:
    """An SVG document by itself, with a line and a name for each meter and the day of each step."""
    prices = shipped_catalog.prices("deepseek:deepseek-v4-pro")
    drawing = ElementTree.fromstring(prices.svg())
    words = [text for element in drawing.iter() if (text := element.text)]

    assert any(word.startswith("input tokens $") for word in words)
    assert any(word.startswith("output tokens: $") and " from 2026-" in word for word in words)
    assert prices._repr_html_().startswith("<svg")
    unpriced = Catalog.from_sources({"acme": {"models": [{"id": "new"}]}}).prices("acme:new")
    assert unpriced.svg() == ""


def test_lists_become_frames_where_the_library_is_there(shipped_catalog: Catalog) -> None:
    """All columns, also those of mixed types; without the library the error says what to install."""
    cat = shipped_catalog
    for rows in (
        cat.find(provider="openai"),
        cat.find(text="nosuchmodel"),
        cat.offers("gpt-4o"),
        cat.prices(GPT),
        cat.changes(since="2026-05-01")[:500],
        cat.providers(),
        cat.compare([GPT, "anthropic:claude-sonnet-4-5"]).rows(),
    ):
        for library, convert in (
            ("pandas", rows.to_pandas),
            ("polars", rows.to_polars),
            ("pyarrow", rows.to_arrow),
        ):
            if find_spec(library):
                frame = convert()
                assert len(frame) == len(rows)
                names = frame.column_names if library == "pyarrow" else list(frame.columns)
                assert names == list(rows.columns)
            else:
                with pytest.raises(LlmcatError, match=f"pip install {library}"):
                    convert()


def test_a_list_imports_no_renderer_before_it_is_shown(shipped: Path) -> None:
    """A program that only reads pays for none of it."""
    code = (
        "import sys; from llmcat import Catalog; found = Catalog(sys.argv[1]).find(limit=3);"
        "print([name for name in sys.modules if name.startswith('llmcat.rendering')]);"
        "found._repr_html_(); print('html' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(shipped)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["[]", "True"]
