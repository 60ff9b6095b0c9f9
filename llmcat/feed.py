"""Changes as an Atom feed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from llmcat.timeline import Change

ENTRY = """\
  <entry>
    <id>urn:llmcat:{id}</id>
    <title>{title}</title>
    <updated>{at}</updated>
    <content type="text">{content}</content>
  </entry>
"""

FEED = """\
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <id>urn:llmcat:changes</id>
  <title>What changed in the llmcat catalogue</title>
  <updated>{updated}</updated>
  <author><name>llmcat</name></author>
{entries}</feed>
"""


def atom_feed(changes: Sequence[Change], updated: str) -> str:
    """An Atom feed of `changes`, the newest first; `updated` is the catalogue's own time."""
    return FEED.format(updated=updated, entries="".join(map(_entry, reversed(changes))))


def _entry(change: Change) -> str:
    field = change.field or "model"
    title = f"{change.spec} {change.kind}"
    content = f"{change.spec} was {change.kind}, says {change.source}"
    if change.kind == "changed":
        title = f"{change.spec}: {field}"
        old, new = (json.dumps(v, ensure_ascii=False) for v in (change.old, change.new))
        content = f"{field}: {old} -> {new}, says {change.source}"
    return ENTRY.format(
        id=quote(f"{change.at}:{change.spec}:{change.kind}:{field}", safe=":/"),
        title=escape(_printable(title)),
        at=change.at,
        content=escape(_printable(content)),
    )


def _printable(text: str) -> str:
    """XML 1.0 holds no control characters."""
    return "".join(c if c.isprintable() else " " for c in text)
