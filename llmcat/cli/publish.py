"""Commands of those who publish catalogues: publish, keygen."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from llmcat.cli.output import json_option, print_record, say
from llmcat.errors import LlmcatError

KEY_VARIABLE = "LLMCAT_SIGN_KEY"


@click.command()
@click.argument("destination")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    help="Releases that stay there.",
)
@click.option(
    "--sign-key",
    envvar=KEY_VARIABLE,
    type=click.Path(path_type=Path),
    help=f"Secret key to sign with, from llmcat keygen; without it ${KEY_VARIABLE}.",
)
@click.option(
    "--next-update",
    "hours",
    type=click.FloatRange(0.1, 24 * 366),
    default=24.0,
    show_default=True,
    help="Hours until the next release is due.",
)
@click.option(
    "--revoke",
    type=int,
    multiple=True,
    metavar="SERIAL",
    help="A release that nobody may go on using. Without FILE the newest of the others is published again.",
)
@click.option(
    "--force", is_flag=True, help="Even if too many models are gone or prices moved since the last."
)
@click.option(
    "--dry-run", is_flag=True, help="Check all, write nothing, and say what would be published."
)
@click.option(
    "--with-layer",
    is_flag=True,
    help="Without FILE: with your own layer (overlays, edits, what was discovered) on top.",
)
@json_option
def publish(
    destination: str,
    file: Path | None,
    keep: int,
    sign_key: Path | None,
    hours: float,
    revoke: tuple[int, ...],
    force: bool,
    dry_run: bool,
    with_layer: bool,
    form: str | None,
) -> None:
    """Publish a catalogue, for llmcat pull --from.

    To DESTINATION, a folder that some web server serves, or s3://, gs:// or az:// (the extra `bucket`).
    FILE is checked first and held against the last release; without it, $LLMCAT_DB or the one installed.

    \b
    llmcat publish /srv/catalogues catalog.db
    llmcat publish s3://bucket/llmcat catalog.db --sign-key key
    llmcat publish s3://bucket/llmcat --revoke 12
    """
    from llmcat.network.releases.minisign import read_secret_key
    from llmcat.network.releases.publish import publish as publish_catalog
    from llmcat.storage.location import locate
    from llmcat.storage.user_layer.which_file import path_to_open
    from llmcat.user.publishable_copy import publishable

    if file is None and with_layer:
        file = click.get_current_context().with_resource(publishable(path_to_open(None)))
    elif file is None and not revoke:
        file = Path(locate())
    try:
        done = publish_catalog(
            file,
            destination,
            keep=keep,
            key=read_secret_key(sign_key) if sign_key else None,
            next_update=timedelta(hours=hours),
            revoke=revoke,
            force=force,
            dry_run=dry_run,
        )
    except OSError as error:
        raise LlmcatError(
            f"{destination}: {error.strerror or error}; nothing was published"
        ) from None
    release = done.manifest.current
    if form:
        record = {**release._asdict(), "blob": release.blob._asdict(), "removed": done.removed}
        print_record(record, form)
        return
    verb = "would be published as" if dry_run else "published as"
    say(
        f"{destination}: {verb} serial {release.serial}, {release.models:,} models of {release.built_at}"
    )
    say(f"  file       {release.blob.path}, {release.blob.size / 1e6:.2f} MB")
    say(f"  due        {done.manifest.next_update}")
    if done.manifest.revoked:
        say(f"  revoked    {', '.join(map(str, done.manifest.revoked))}")
    if done.removed:
        say(f"  removed    {', '.join(done.removed)}")
    if done.warnings:
        say(f"  warnings   {len(done.warnings):,}: see llmcat check")
    if sign_key is None:
        say("  not signed: readers cannot tell it from a forged one; see llmcat keygen")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def keygen(file: Path, form: str | None) -> None:
    """Make a key to sign releases with.

    The secret key goes to FILE, the public one to FILE.pub, in the format of minisign. Needs the extra
    `sign`.
    """
    from llmcat.network.releases.minisign import make_key

    key = make_key(file)
    if form:
        files = {"secret_file": str(file), "public_file": f"{file}.pub"}
        print_record({**files, "public_key": key.text}, form)
        return
    click.echo(f"{file}: the secret key; keep it where only the publisher reads it")
    click.echo(f"{file}.pub: the public key, for `llmcat pull --verify-key {key.text}`")
