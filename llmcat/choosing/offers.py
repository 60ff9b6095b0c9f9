"""Offers: one model at every provider that serves it, the cheapest first.

Which offers are of one model, upstream says with base_model (lab/model); the lab's own offer, lab:model,
is of it without saying so. Any other offer of which no base model is known may have an equal bare id,
as its provider spells it: these follow behind all others, and are marked, for an equal name is no proof.
An offer that is said to be of another model is left out, whatever its id is.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from llmcat.choosing.conditions import Condition
from llmcat.choosing.find import as_of_reader, day_given, query_on
from llmcat.choosing.select import cheapest_first, weights_given
from llmcat.errors import Ambiguous, ModelNotFound
from llmcat.lookup.resolve import resolve
from llmcat.lookup.spellings import BEDROCK, DEFAULT_VERSION, WRAPPINGS
from llmcat.records import Model, not_as_json
from llmcat.spec import name_given
from llmcat.storage.models import Reader
from llmcat.storage.rows import Models, Table

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from llmcat.choosing.options import FindOptions

REGION = next(wrapping.pattern for wrapping in WRAPPINGS if wrapping.rule == "bedrock-region")
ON_BEDROCK = re.compile(r"[a-z\d]+\.(?P<id>.+?)(-v?\d+:\d+|-v\d+)?")
"""Bedrock writes the lab before an id and its own version behind it: anthropic.claude-opus-4-6-v1:0."""

SAME_WORDS = """
SELECT spec, provider, id FROM models WHERE base_model IS NULL
AND spec IN (SELECT provider || ':' || id FROM models_fts WHERE models_fts MATCH ?)"""
OUTLIERS = "SELECT spec FROM outliers WHERE field IN ('cost_input', 'cost_output')"

Same = Literal["base_model", "id"]


@not_as_json
class Offer(NamedTuple):
    """One offer of a model: `same` says by what it is known to be of it, upstream's base_model or an
    equal id alone; `outlier` that its price stands out from its siblings'."""

    model: Model
    same: Same
    outlier: bool

    def as_dict(self) -> dict[str, Any]:
        """The columns of the model, `same` and `outlier`: ready for json.dumps."""
        return {**self.model.as_dict(), "same": self.same, "outlier": self.outlier}


class Offers(Table[Offer]):
    """The offers of a model, the cheapest first."""

    columns = (*Models.columns, "same", "outlier")
    shown = (
        *("spec", "cost_input", "cost_output", "cost_cache_read", "limit_context", "limit_output"),
        *("same", "outlier", "status"),
    )


class Group(NamedTuple):
    """The specs that are of one model, those with an equal id alone apart."""

    of_base: frozenset[str]
    of_id: frozenset[str]


def find_offers(reader: Reader, name: str, **options: Unpack[FindOptions]) -> Offers:
    """The offers of the model that `name` means; options and errors are those of offer_specs."""
    given = as_of_reader(reader, **options)
    found = offer_specs(reader.connection, name_given(name), given)
    models = reader.several([spec for spec, _, _ in found], day_given(given))
    return Offers([Offer(model, same, out) for model, (_, same, out) in zip(models, found)])


def offer_specs(
    connection: sqlite3.Connection, name: str, options: Mapping[str, Any]
) -> list[tuple[str, Same, bool]]:
    """The specs of the models that are of the model that `name` means, with how that is known and whether the
    price is an outlier. Options and errors are those of find, and those of resolve."""
    group = group_of(connection, name)
    query = query_on(connection, options)
    limit, offset = query.limit, query.offset
    order = (
        query.order
        if options.get("order_by")
        else [*cheapest_first(weights_given(options)), *query.order]
    )
    strange = {spec for (spec,) in connection.execute(OUTLIERS)}
    found: list[tuple[str, Same, bool]] = []
    for same, specs in (("base_model", group.of_base), ("id", group.of_id)):
        marks = ", ".join("?" * len(specs))
        only = Condition("spec", name, f"spec IN ({marks})", tuple(sorted(specs)))
        narrowed = query._replace(
            conditions=[only, *query.conditions], order=order, limit=-1, offset=0
        )
        fitting = narrowed.specs(connection) if specs else []
        marked = [(spec, same, spec in strange) for spec in fitting]
        found += sorted(marked, key=lambda offer: offer[2])  # type: ignore[arg-type]
    return found[offset:] if limit < 0 else found[offset : offset + limit]


def group_of(connection: sqlite3.Connection, name: str) -> Group:
    """All offers of the model that `name` names: a base model, its name without the lab, a spec, or
    what else resolve() understands. Raises ModelNotFound, with suggestions."""
    bases = _base_models(connection, name)
    names = {base.rpartition("/")[2].lower() for base in bases}
    if not bases:
        try:
            spec = resolve(connection, name).spec
        except (ModelNotFound, Ambiguous):
            if not (bare_ones := _of_equal_id(connection, {bare("", name)})):
                raise
            return Group(frozenset(), bare_ones)
        row = connection.execute(
            "SELECT provider, id, base_model FROM models WHERE spec = ?", (spec,)
        ).fetchone()
        names = {bare(row[0], row[1])}
        bases = [row[2]] if row[2] else _bases_named(connection, *names)
    names |= {bare("", base) for base in bases}
    marks = ", ".join("?" * len(bases))
    of_base = connection.execute(f"SELECT spec FROM models WHERE base_model IN ({marks})", bases)
    specs = frozenset(spec for (spec,) in of_base) | _of_the_lab(connection, bases)
    return Group(specs, _of_equal_id(connection, {bare("", one) for one in names}) - specs)


def _base_models(connection: sqlite3.Connection, name: str) -> list[str]:
    """The base models of this name, with or without the lab before it."""
    name = name.strip()
    if ":" in name:
        return []
    sql = (
        "SELECT DISTINCT base_model FROM models WHERE base_model IS NOT NULL"
        " AND (base_model = ?1 COLLATE NOCASE OR base_model LIKE '%/' || ?2 ESCAPE '\\')"
    )
    pattern = re.sub(r"([%_\\])", r"\\\1", name)
    try:
        return [base for (base,) in connection.execute(sql, (name, pattern))]
    except UnicodeEncodeError:  # resolve() says what is wrong with it
        return []


def _bases_named(connection: sqlite3.Connection, name: str) -> list[str]:
    """The base models whose name, as bare() leaves it, is this one."""
    sql = "SELECT DISTINCT base_model FROM models WHERE base_model IS NOT NULL"
    return [base for (base,) in connection.execute(sql) if bare("", base) == name]


def _of_the_lab(connection: sqlite3.Connection, bases: list[str]) -> frozenset[str]:
    """The labs' own offers of the base models: upstream says a base model only of what others serve."""
    own = [base.replace("/", ":", 1) for base in bases]
    marks = ", ".join("?" * len(own))
    sql = f"SELECT spec FROM models WHERE base_model IS NULL AND spec IN ({marks})"
    return frozenset(spec for (spec,) in connection.execute(sql, own))


def _of_equal_id(connection: sqlite3.Connection, names: set[str]) -> frozenset[str]:
    """The offers without a base model whose id, as bare() leaves it, is one of the names."""
    found = set()
    for name in names:
        if words := re.findall(r"\w+", name):
            phrase = f'id : "{" ".join(words)}"'  # the index finds candidates; the ids decide
            rows = connection.execute(SAME_WORDS, (phrase,)).fetchall()
            found |= {spec for spec, provider, id in rows if bare(provider, id) == name}
    return frozenset(found)


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
