"""The command that writes a catalogue in another program's format: export."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from llmcat.catalog import Catalog
from llmcat.cli.common_options import database_option
from llmcat.cli.output import say
from llmcat.errors import LlmcatError, OptionError
from llmcat.suggestions import near

POSTGRESQL = ("postgresql://", "postgres://")

HELP = """Write the catalogue in another program's format, or into PostgreSQL.

    FORMAT is one of the list below, or postgresql://…. What a format has no word for is left out; a
    model without a value that the format demands is left out too, and counted.
"""


class ExportCommand(click.Command):
    """Its help lists the formats."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The formats, a line each."""
        from llmcat.exports.formats import FORMATS

        with formatter.section("Formats"):
            formatter.write_dl([(name, format_.what) for name, format_ in FORMATS.items()])


@click.command(cls=ExportCommand, help=HELP)
@click.argument("format_", metavar="FORMAT")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="File or folder to write; without it standard output.",
)
@click.option(
    "--base",
    type=click.Path(path_type=Path),
    help="The program's own file, of which everything stays that is not known here.",
)
@click.option(
    "--schema", default="llmcat", show_default=True, help="Where the tables stand in PostgreSQL."
)
@click.option(
    "--reader",
    metavar="ROLE",
    help="Role of PostgreSQL that may read them; made where it is not there.",
)
@click.option(
    "--with-layer",
    is_flag=True,
    help="With your own layer (overlays, edits, what was discovered) on top.",
)
@database_option
def export(
    format_: str,
    output: Path | None,
    base: Path | None,
    schema: str,
    reader: str | None,
    with_layer: bool,
    db: str | None,
) -> None:
    """Write the catalogue in another program's format."""
    from llmcat.storage.location import locate

    catalog = Catalog(db if with_layer else locate(db))
    if format_.startswith(POSTGRESQL):
        from llmcat.exports.postgresql import export as fill

        mirror = fill(catalog, format_, schema=schema, reader=reader)
        done_words = f"{mirror.rows:,} rows" if mirror.changed else "nothing is new"
        say(f"{schema}: {done_words}, content digest {mirror.digest[:16]}")
        return
    from llmcat.exports.formats import FORMATS

    if format_ not in FORMATS:
        suggestions = near(format_, sorted(FORMATS))
        hint = f"; did you mean {suggestions[0]}?" if suggestions else ""
        raise OptionError(f"no format {format_!r}{hint}; there are {', '.join(FORMATS)}")
    chosen = FORMATS[format_]
    if base is not None and not chosen.based:
        raise OptionError(f"{format_} is laid over nothing; leave --base out")
    if chosen.files is not None and (chosen.export is None or output is not None):
        if output is None:
            raise OptionError(f"{format_} is a folder of files; name it with -o")
        written = chosen.files(catalog)
        for path, content in written.items():
            write_file(output / path, content)
        say(f"{output}: {len(written):,} files")
        return
    assert chosen.export is not None
    done = chosen.export(catalog, base) if chosen.based else chosen.export(catalog)
    for reason, count in done.left_out.most_common():
        say(f"left out: {count:,} models: {reason}", err=True)
    if output is None:
        sys.stdout.buffer.write(done.content)
    else:
        write_file(output, done.content)
        say(f"{output}: {done.models:,} rows or models, {len(done.content) / 1e6:.2f} MB")


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all. Raises LlmcatError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_bytes(content)
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise LlmcatError(f"{path} cannot be written ({error.strerror or error})") from None
