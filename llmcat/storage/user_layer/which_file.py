"""Which file to open where the user has a layer of their own: a patched copy of the catalogue.

Looked at for each Catalog() without a path, so it only lists two folders and compares what it finds with
a note of the last time; the copy is made by llmcat/user/layer.py, once for each state of both.
"""

from __future__ import annotations

import os

from llmcat.storage import location
from llmcat.storage.user_layer.layer_files import NOTE, Stamp, is_own, layer_files, layered_folder
from llmcat.version import __version__


def path_to_open(path: str | os.PathLike[str] | None) -> str:
    """The file that Catalog(path) opens: the one that is named; without a name the catalogue with the
    user's layer on top, where there is one. Raises CatalogError."""
    base = location.locate(path)
    if path is not None:
        return base
    stamps = layer_files()
    if not stamps:
        return base
    state = state_of(base, stamps)
    found = noted(state)
    if found is not None:
        return found
    from llmcat.user.layer import make_layer

    return make_layer(base, state)


def without_copy(path: str) -> bool:
    """Remove a copy with the user's layer, which is damaged and can be made again. Whether it was one."""
    if os.path.dirname(path) != layered_folder():
        return False
    try:
        os.unlink(path)
    except OSError:
        return False
    return True


def path_without_answers() -> str:
    """The file to look providers up in before endpoints are asked: what these answered last need not lie
    over it, so that nobody waits for that. Raises CatalogError."""
    base = location.locate(None)
    stamps = layer_files()
    if not any(is_own(stamp) for stamp in stamps):
        return base
    found = noted(state_of(base, stamps), but_answers=True)
    return found or path_to_open(None)


def state_of(base: str, stamps: list[Stamp]) -> str:
    """A text that differs once the catalogue, or a file of the layer, does: in its first line what was
    discovered, then the rest."""
    try:
        status = os.stat(base)
    except OSError:
        return ""
    answers = [stamp for stamp in stamps if not is_own(stamp)]
    own = [stamp for stamp in stamps if is_own(stamp)]
    rest = (__version__, base, status.st_mtime_ns, status.st_size, status.st_ino, own)
    return f"{answers!r}\n{rest!r}"


def noted(state: str, but_answers: bool = False) -> str | None:
    """The copy that was made for this state, or for one that differs in what was discovered alone; None
    where there is none."""
    folder = layered_folder()
    try:
        with open(os.path.join(folder, NOTE), encoding="utf-8") as stream:
            name, _, of = stream.read().partition("\n")
    except (OSError, ValueError):
        return None
    if but_answers:
        of, state = of.partition("\n")[2], state.partition("\n")[2]
    path = os.path.join(folder, name)
    return path if of == state and name and os.path.isfile(path) else None
