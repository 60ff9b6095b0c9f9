"""Commands of learned scores: score, frontier."""

from __future__ import annotations

from typing import Any

import click

from llmcat import display
from llmcat.catalog import Catalog
from llmcat.cli.common_options import catalog_options, database_option
from llmcat.cli.find_options import FindCommand, find_options, given
from llmcat.cli.models_table import no_match
from llmcat.cli.output import output_options, plain, print_rows, say


@click.command()
@click.argument("spec", required=False)
@click.argument("scores", nargs=-1, metavar="[COMPLEXITY=SCORE]...")
@click.option("--because", metavar="WHY", help="Why; the history shows it.")
@click.option("--history", is_flag=True, help="Show all that was ever written.")
@database_option
@output_options
def score(
    spec: str | None,
    scores: tuple[str, ...],
    because: str | None,
    history: bool,
    db: str | None,
    form: str | None,
) -> None:
    """Write, or show, how well a model does tasks of a complexity, from 0 to 5.

    \b
    llmcat score openai:gpt-4o simple=1.5 complex=4.2 --because "eval of Monday"
    llmcat score openai:gpt-4o complex=
    llmcat find --min-score complex=3 --order-by cost_input

    An empty score takes it back. What is complex is yours to say: simple, medium and complex are ExLLM's
    words.
    """
    from llmcat.choosing.measured import measured
    from llmcat.errors import OptionError
    from llmcat.user.edits import user
    from llmcat.user.scores import Score, Scores

    with Catalog(db) as catalog:
        named = None if spec is None else catalog.resolve(spec).spec
        if named is not None and scores:
            pairs: dict[str, Any] = {}
            for text in scores:
                word, equals, value = text.partition("=")
                try:
                    pairs[word] = float(value) if value else None
                except ValueError:
                    raise OptionError(f"{text!r} is no score; write such as complex=4.2") from None
                if not (word and equals):
                    raise OptionError(f"{text!r} is no score; write such as complex=4.2")
            Scores().set(named, because=because, by=user(), **pairs)
        if history:
            rows = [one._asdict() for one in Scores().history(named)]
            print_rows(rows, form, header=Score._fields)
            return
        known = measured(catalog.connection).scores
    rows = [
        {"spec": one, "complexity": word, "score": value}
        for word, table in sorted(known.items())
        for one, value in sorted(table.items())
        if named in (None, one)
    ]
    if not rows and form is None:
        say("no scores are known", err=True)
    print_rows(rows, form, header=("spec", "complexity", "score"))


@click.command(cls=FindCommand)
@find_options
@catalog_options
@output_options
def frontier(catalog: Catalog, form: str | None, **options: Any) -> None:
    """Show price against score against speed; the best edge is marked.

    A model is on the edge where no other that fits is as cheap, as good and as fast, and better in one
    of these. Of models without a known price and score nothing can be said. The price is the blend.

    \b
    llmcat frontier --min-score complex=2 --require tools
    """
    from llmcat.choosing.frontier import FIELDS
    from llmcat.choosing.frontier import frontier as points_of

    requested = given(options)
    points = points_of(catalog.connection, requested)
    if not points:
        raise no_match(
            "no model that fits has a price and a score; see `llmcat score`", form, FIELDS
        )
    rows = [point._asdict() for point in points]
    if form:
        print_rows(rows, form, header=FIELDS)
        return

    def show(name: str, value: Any) -> str:
        if name == "best":
            return "*" if value else ""
        return display.price(value) if name == "price" else plain(value)

    print_rows(rows, None, show=show)
