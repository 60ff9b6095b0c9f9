"""Records as tables of HTML, for notebooks: prices, limits and chips, legible on light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from llmcat import display

MOST_ROWS = 50
"""Rows that a notebook shows; how many more there are stands below."""

MOST_CHIPS = 6
CHIPS_FIRST = (
    *("vision", "function_calling", "reasoning", "structured_outputs", "audio_input", "pdf_input"),
    *("web_search", "computer_use", "embeddings", "image_generation"),
)
"""What people choose by stands before what nearly every model has."""

LONGEST_TEXT = 120
LONGEST_WORD = 24
"""A date, an instant, a name of one word: these are not broken."""

HEADINGS = {
    "limit_context": "context",
    "limit_input": "max input",
    "limit_output": "max output",
    "release_date": "released",
    "usd": "price",
    "valid_from": "from",
    "valid_to": "until",
    "min_context": "over tokens",
}
"""Column -> its heading, where that is not the name with blanks and `$ ` for `cost_`."""

TOKENS = frozenset(("limit_context", "limit_input", "limit_output", "min_context"))
PLAIN_UNKNOWN = frozenset(("old", "new", "valid_to", "region", "hours", "min_context", "status"))
"""Columns in which None is nothing, and says more than that a value is not known."""

CHANGED = ("old", "new")
"""Columns of changes whose values are those of the field in the same row."""

NUMBER = '<td class="n">'
STYLE = """<style>
.llmcat-out table { border-collapse: collapse; font-size: 0.9em; font-variant-numeric: tabular-nums; }
.llmcat-out th, .llmcat-out td { padding: 0.25em 0.7em; text-align: left; vertical-align: top;
  border-bottom: 1px solid rgba(128, 128, 128, 0.25); background: none; color: inherit; }
.llmcat-out th { font-weight: 600; white-space: nowrap; opacity: 0.75; }
.llmcat-out .n { text-align: right; white-space: nowrap; }
.llmcat-out .w, .llmcat-out .k { white-space: nowrap; }
.llmcat-out .k { font-family: monospace; }
.llmcat-out .u { opacity: 0.5; }
.llmcat-out i.c { display: inline-block; font-style: normal; font-size: 0.85em; line-height: 1.5;
  padding: 0 0.5em; margin: 0 0.2em 0.15em 0; border: 1px solid rgba(128, 128, 128, 0.45); border-radius: 1em; }
</style>"""


def table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], count: int) -> str:
    """The first of `count` rows as a table of these columns."""
    heads = "".join(
        _right(heading(name), tag="th")
        if is_number(name, rows)
        else f"<th>{escape(heading(name))}</th>"
        for name in columns
    )
    body = "".join(f"<tr>{_cells(columns, row)}</tr>" for row in rows)
    more = f"<p>{len(rows):,} of {count:,}</p>" if count > len(rows) else ""
    empty = "" if count else "<p>nothing fits</p>"
    return _out(f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{more}{empty}")


def _cells(columns: Sequence[str], row: Mapping[str, Any]) -> str:
    """The cells of a row; what a field changed from and to is shown as that field is."""
    field = row.get("field") or ""
    kinds = [str(field) if name in CHANGED and field else name for name in columns]
    return "".join(
        cell(kind if row.get(name) is not None else name, row.get(name))
        for kind, name in zip(kinds, columns)
    )


def record_table(record: Mapping[str, Any]) -> str:
    """What is known of one record, a line for each field."""
    known = {name: value for name, value in record.items() if value not in (None, [])}
    lines = [_line(heading(n), cell(n, v).replace(NUMBER, "<td>")) for n, v in known.items()]
    return _out(f"<table>{''.join(lines)}</table>")


def cost_table(cost: Mapping[str, Any]) -> str:
    """What a call costs: a line for every meter, the total, and what was assumed."""
    lines = [
        (line["meter"], _count(line["quantity"]), display.price(float(line["price"])), line["usd"])
        for line in cost["breakdown"]
    ]
    head = f"<tr><th>meter</th>{_right('count', 'price', 'USD', tag='th')}</tr>"
    body = "".join(_line(meter, _right(*figures)) for meter, *figures in lines)
    total = _line("total", _right("", "", cost["usd"]))
    notes = "".join(f"<p>{escape(sentence)}</p>" for sentence in cost["assumed"])
    spec = f'<p class="k">{escape(cost["spec"])}</p>'
    return _out(f"{spec}<table>{head}{body}{total}</table>{notes}")


def text_table(lines: Sequence[Sequence[str]]) -> str:
    """Cells that are words already, the first line their headings; what ends in a star is bold."""
    head, *rest = lines
    heads = "".join(f"<th>{escape(text)}</th>" for text in head)
    body = "".join(_line(name, "".join(map(_starred, cells))) for name, *cells in rest)
    return _out(f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>")


def preformatted(text: str) -> str:
    """Lines that are laid out already."""
    return _out(f"<pre>{escape(text)}</pre>")


def heading(name: str) -> str:
    """The heading of a column: "$ cache read"."""
    return HEADINGS.get(name) or name.replace("cost_", "$ ").replace("_", " ")


def is_number(name: str, rows: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a column is of numbers, which stand to the right."""
    if name.startswith("cost_") or name in TOKENS or name == "usd":
        return True
    values = [row.get(name) for row in rows]
    numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    return bool(numbers) and len(numbers) == sum(value is not None for value in values)


def cell(name: str, value: Any) -> str:
    """A value in its cell, by the name of its column and its type."""
    if value is None:
        return "<td></td>" if name in PLAIN_UNKNOWN else f'<td class="u">{display.UNKNOWN}</td>'
    if isinstance(value, bool):
        return f"<td>{display.flag(value)}</td>"
    if isinstance(value, (int, float)):
        return f"{NUMBER}{escape(_number(name, value))}</td>"
    if isinstance(value, (list, tuple)):
        return f"<td>{_chips(list(map(str, value)))}</td>"
    text = display.text(str(value))
    if name in ("spec", "id"):
        return f'<td class="k">{escape(text)}</td>'
    if len(text) <= LONGEST_WORD and " " not in text:
        return f'<td class="w">{escape(text)}</td>'
    short = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
    return f"<td>{escape(short)}</td>"


def _number(name: str, value: float) -> str:
    if name.startswith("cost_") or name == "usd":
        return display.price(value)
    if name in TOKENS and isinstance(value, int):
        return display.tokens(value)
    return f"{value:,}"


def _count(quantity: int | str) -> str:
    """A count; one that is not whole is its exact text already."""
    return f"{quantity:,}" if isinstance(quantity, int) else quantity


def _chips(names: Sequence[str]) -> str:
    names = [*[n for n in CHIPS_FIRST if n in names], *[n for n in names if n not in CHIPS_FIRST]]
    shown = [f'<i class="c">{escape(display.text(name))}</i>' for name in names[:MOST_CHIPS]]
    if rest := names[MOST_CHIPS:]:
        shown.append(f'<i class="c" title="{escape(", ".join(rest))}">+{len(rest)}</i>')
    return "".join(shown)


def _starred(text: str) -> str:
    return f"<td><b>{escape(text)}</b></td>" if text.endswith("*") else f"<td>{escape(text)}</td>"


def _right(*texts: str, tag: str = "td") -> str:
    return "".join(f'<{tag} class="n">{escape(text)}</{tag}>' for text in texts)


def _line(head: str, cells: str) -> str:
    return f"<tr><th>{escape(head)}</th>{cells}</tr>"


def _out(content: str) -> str:
    return f'{STYLE}<div class="llmcat-out">{content}</div>'
