"""`llmcat serve --edit`: who may edit, and what is served after an edit.

Off unless the command switches it on, for one process, on a loopback address. A token that is new with
each start stands in the address that the command prints and in the forms; nothing is written without it.
"""

from __future__ import annotations

import hmac
import os
import secrets
import shutil
from pathlib import Path
from typing import NamedTuple

PATH = "/-/edit"
"""How the address of the forms ends."""


class Editing(NamedTuple):
    """That editing is on: the token of who may, and the file that is served, renewed after each edit."""

    token: str
    served: Path

    def may(self, token: str) -> bool:
        """Whether this is the token, compared in constant time."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    def renew(self) -> None:
        """Serve the catalogue with the user's layer as it is now. Raises CatalogError, OSError."""
        from llmcat.storage.user_layer.which_file import path_to_open

        draft = self.served.with_name(f".{self.served.name}")
        shutil.copyfile(path_to_open(None), draft)
        os.replace(draft, self.served)


_current: Editing | None = None


def switch_on(folder: str) -> Editing:
    """Let who has the token edit; the served file is made in `folder`."""
    global _current
    _current = Editing(secrets.token_urlsafe(18), Path(folder) / "catalog.db")
    _current.renew()
    return _current


def switch_off() -> None:
    """Let nobody edit."""
    global _current
    _current = None


def current() -> Editing | None:
    """Editing as it is switched on; None where it is off."""
    return _current


def is_form(path: str) -> bool:
    """Whether this address takes forms now."""
    return _current is not None and path.endswith(PATH)
