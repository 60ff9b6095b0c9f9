"""Changes as an Atom feed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from llmcat.history.changes import Change

ENTRY = """\
  <entry>
    <id>urn:llmcat:{id}</id>
    <title>{title}</title>{link}
    <updated>{at}</updated>
    <content type="text">{content}</content>
  </entry>
"""

FEED = """\
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <id>urn:llmcat:changes</id>
  <title>What changed in the llmcat catalogue</title>{links}
  <updated>{updated}</updated>
  <author><name>llmcat</name></author>
{entries}</feed>
"""


LINKS = """
  <link rel="self" type="application/atom+xml" href={own}/>
  <link rel="alternate" type="text/html" href={page}/>"""


def atom_feed(
    changes: Sequence[Change],
    updated: str,
    address: str | None = None,
    page: str | None = None,
    page_of: Callable[[str], str] | None = None,
) -> str:
    """An Atom feed of `changes`, the newest first; `updated` is the catalogue's own time.

    Where it is served: `address` is the feed's own, `page` that of the page it belongs to, and
    `page_of` gives that of a spec.
    """
    links = LINKS.format(own=quoteattr(address), page=quoteattr(page or address)) if address else ""
    entries = "".join(_entry(change, page_of) for change in reversed(changes))
    return FEED.format(updated=_text(updated), links=links, entries=entries)


def _entry(change: Change, page_of: Callable[[str], str] | None) -> str:
    field = change.field or "model"
    title = f"{change.spec} {change.kind}"
    content = f"{change.spec} was {change.kind}, says {change.source}"
    if change.kind == "changed":
        title = f"{change.spec}: {field}"
        old, new = (json.dumps(v, ensure_ascii=False) for v in (change.old, change.new))
        content = f"{field}: {old} -> {new}, says {change.source}"
    href = quoteattr(page_of(change.spec)) if page_of else ""
    return ENTRY.format(
        id=quote(f"{change.at}:{change.spec}:{change.kind}:{field}", safe=":/"),
        title=_text(title),
        link=f"\n    <link href={href}/>" if href else "",
        at=_text(change.at),
        content=_text(content),
    )


def _text(text: str) -> str:
    """Text within an element, whatever a source wrote; XML 1.0 holds no control characters."""
    return escape("".join(c if c.isprintable() else " " for c in text))
