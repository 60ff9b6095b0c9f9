"""Sources that are missing, closed, pipes, loops of links, or have names that are no text."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from llmcat.errors import SourceError
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec
from tests.pipeline.building import build_from, column, details, rows, write_text
from tests.pipeline.child import in_a_child, needs_fork, open_to_all
from tests.pipeline.hostile import OLD, SUFFIX, file, refused


@pytest.mark.parametrize("kind", SUFFIX)
def test_a_source_that_is_missing(target: Path, tmp_path: Path, kind: str) -> None:
    """One line names it."""
    message = refused(target, kind, tmp_path / "nowhere" / "x")
    assert message == f"{tmp_path / 'nowhere' / 'x'}: no such file"


@pytest.mark.parametrize("kind", SUFFIX)
def test_a_folder_that_holds_nothing(target: Path, tmp_path: Path, kind: str) -> None:
    """A directory where a file was meant, or a folder without what was meant."""
    folder = tmp_path / "empty"
    folder.mkdir()
    assert refused(target, kind, folder).startswith(f"{folder}: ")


@pytest.mark.parametrize("kind", SUFFIX)
def test_a_pipe_is_no_file(target: Path, tmp_path: Path, kind: str) -> None:
    """Nobody waits for a writer that never comes."""
    os.mkfifo(tmp_path / "pipe")
    assert "file" in refused(target, kind, tmp_path / "pipe")


@pytest.mark.parametrize("kind", SUFFIX)
def test_links_without_end_and_names_without_sense(target: Path, tmp_path: Path, kind: str) -> None:
    """A link to itself, a name that is too long, a NUL in it."""
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for place in (
        tmp_path / "loop",
        tmp_path / "loop" / "x",
        tmp_path / ("x" * 300),
        Path("a\x00b"),
    ):
        refused(target, kind, place)


@needs_fork
@pytest.mark.parametrize("kind", SUFFIX)
def test_no_permission(target: Path, tmp_path: Path, kind: str) -> None:
    """A file, or the folder that holds it, that may not be read."""
    closed = open_to_all(tmp_path) / "closed"
    closed.mkdir()
    secret = file(closed, kind, "x")
    secret.chmod(0)
    old = target.read_bytes()
    for mode, place in ((0o755, secret), (0, secret), (0, closed)):
        closed.chmod(mode)
        outcome = in_a_child(lambda place=place: refused(target, kind, place), unprivileged=True)  # type: ignore[misc]
        assert outcome == "ok"
    closed.chmod(0o755)
    assert target.read_bytes() == old


@needs_fork
def test_a_folder_of_overlays_that_is_closed_in_part(target: Path, tmp_path: Path) -> None:
    """What cannot be read is in the report; nothing vanishes in silence."""
    write_text(open_to_all(tmp_path) / "toml" / "open" / "m.toml", 'id = "m"')
    closed = write_text(tmp_path / "toml" / "closed" / "m.toml", 'id = "m"').parent
    closed.chmod(0)

    output = tmp_path / "output"
    output.mkdir()
    output.chmod(0o777)
    db = output / "catalog.db"
    outcome = in_a_child(lambda: build_from(db, ("toml", tmp_path / "toml")), unprivileged=True)
    closed.chmod(0o755)
    assert outcome == "ok"
    [reject] = rows(db, "SELECT place, reason FROM rejects")
    assert reject == {"place": "closed", "reason": "cannot be read (Permission denied)"}


def test_file_names_that_are_no_text(target: Path, tmp_path: Path) -> None:
    """A name that is not UTF-8 is shown as well as it can be; its file is read."""
    folder = tmp_path / os.fsdecode(b"over\xfflays")
    folder.mkdir()
    write_text(folder / os.fsdecode(b"p\xff.yml"), "provider: p\nmodels: {m: {}, n: [1]}\n")
    build_from(target, ("yaml", folder))
    assert column(target, "SELECT location FROM sources") == ["over\\udcfflays"]
    assert details(target, "p:m")["provenance"] == {"*": "yaml/p\\udcff.yml"}
    build_from(target, ("yaml", folder), ("yaml", folder))
    assert len(column(target, "SELECT name FROM sources")) == 2


def test_an_optional_source_may_be_missing(target: Path, tmp_path: Path) -> None:
    """The recipe calls it optional: a row in rejects, and the build goes on."""
    base = SourceSpec("mapping", "base", OLD, "base")
    mine = SourceSpec("yaml", "mine", tmp_path / "mine.yml", "mine.yml", optional=True)
    build(Recipe((base, mine)), target)
    [reject] = rows(target, "SELECT source, place, kind, reason FROM rejects")
    assert list(reject.values()) == ["mine", "mine.yml", "file", "no such file"]
    with pytest.raises(SourceError, match="no such file"):
        build(Recipe((base, replace(mine, optional=False))), target)
