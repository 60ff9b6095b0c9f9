"""Opening the catalogue that a program asked for, with the checks that it asked for."""

from __future__ import annotations

import os

from llmcat.errors import CatalogError
from llmcat.storage.location import locate
from llmcat.storage.open_file import OpenFile, open_file
from llmcat.storage.user_layer.which_file import path_to_open, without_copy


def opened(path: str | os.PathLike[str] | None, verify: bool, age: str | None) -> OpenFile:
    """The file that locate() finds, under the user's own layer, whose copy is made anew where it is damaged;
    with `verify` only if the file is as it was written, with `age` (see age.py) held against that policy.
    Raises CatalogError, StaleCatalog among them, and OptionError."""
    if verify:
        from llmcat.storage.checks.whole_file import verify as verify_file

        verify_file(locate(path))
    place = path_to_open(path)
    try:
        file = open_file(place)
    except CatalogError:
        if not without_copy(place):
            raise
        file = open_file(path_to_open(path))
    if age is not None or os.environ.get("LLMCAT_AGE"):
        from llmcat.storage.age import check_age

        check_age(file.connection, age)
    return file
