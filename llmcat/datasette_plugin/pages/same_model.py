"""The same model at other providers, by how each of them spells its id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llmcat.lookup.spellings import BEDROCK, DEFAULT_VERSION, WRAPPINGS

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.records import Model

MOST = 60

SAME_ID = """
SELECT spec, provider, id FROM models
WHERE rowid IN (SELECT rowid FROM models_fts WHERE models_fts MATCH :phrase)"""
SAME_BASE = "SELECT spec FROM models WHERE base_model = :base_model"

REGION = next(wrapping.pattern for wrapping in WRAPPINGS if wrapping.rule == "bedrock-region")
ON_BEDROCK = re.compile(r"[a-z\d]+\.(?P<id>.+?)(-v?\d+:\d+|-v\d+)?")
"""Bedrock writes the lab before an id and its own version behind it: anthropic.claude-opus-4-6-v1:0."""


def elsewhere(catalog: Catalog, model: Model) -> list[Model]:
    """The same model at other providers, the cheapest first.

    By base_model where upstream names it, else by the id as bare() leaves it: a name that is equal,
    which the page says.
    """
    name = bare(model.provider, model.id)
    words = re.findall(r"\w+", name)
    phrase = f'id : "{" ".join(words)}"'  # the index finds candidates; the ids decide
    query = catalog.connection.execute
    rows = query(SAME_ID, {"phrase": phrase}).fetchall() if words else []
    specs = {spec for spec, provider, id in rows if bare(provider, id) == name}
    if model.base_model:
        specs |= {spec for (spec,) in query(SAME_BASE, {"base_model": model.base_model})}
    found = [catalog.model(spec) for spec in specs - {model.spec}]
    found.sort(key=lambda m: (m.cost_input is None, m.cost_input, m.cost_output or 0, m.spec))
    return found[:MOST]


def bare(provider: str, id: str) -> str:
    """An id without what is its provider's: the path before its last slash, Vertex's @ and Bedrock's
    region, lab and version. Dots and dashes are alike, as gateways write 4.6 for 4-6."""
    name = id.lower().rpartition("/")[2]
    if provider in BEDROCK:
        if regional := re.fullmatch(REGION, name):
            name = regional["id"]
        if named := ON_BEDROCK.fullmatch(name):
            name = named["id"]
    return name.removesuffix(DEFAULT_VERSION).replace("@", "-").replace(".", "-")
