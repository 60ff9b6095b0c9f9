"""Signatures in minisign's format, so that anybody can check them by hand.

    minisign -Vm latest.json -x manifest-12-0123456789abcdef.json.minisig -p llmcat.pub

A key without a password is what `llmcat keygen` and `minisign -GW` write; both are read. Needs the package
cryptography, the extra `sign`.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from llmcat.errors import SignatureError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALGORITHM, HASHED, NO_PASSWORD, CHECKSUM = b"Ed", b"ED", b"\0\0", b"B2"
KEY_ID, KEY, SIGNATURE = 8, 32, 64
"""Lengths in bytes."""

SALT_AND_COSTS = bytes(48)
"""Of the password, where there is none."""

LONGEST = 10_000
"""Bytes of a key or a signature."""

PUBLIC, SECRET, SIGNED = "minisign public key", "minisign secret key", "signature of llmcat"
UNTRUSTED, TRUSTED = "untrusted comment: ", "trusted comment: "


class PublicKey(NamedTuple):
    """Whose signatures are accepted: `text` is the line in base64 by which keys are passed on."""

    id: bytes
    key: bytes

    @property
    def text(self) -> str:
        """The key in a line."""
        return base64.b64encode(ALGORITHM + self.id + self.key).decode()


class SecretKey(NamedTuple):
    """What signs."""

    id: bytes
    key: Ed25519PrivateKey

    def sign(self, message: bytes, comment: str) -> bytes:
        """The signature file over `message`; the comment is signed too."""
        signature = self.key.sign(_hashed(message))
        over_comment = self.key.sign(signature + comment.encode())
        lines = (
            f"{UNTRUSTED}{SIGNED}",
            base64.b64encode(HASHED + self.id + signature).decode(),
            f"{TRUSTED}{comment}",
            base64.b64encode(over_comment).decode(),
        )
        return "".join(f"{line}\n" for line in lines).encode()


def make_key(path: Path) -> PublicKey:
    """Write a new secret key to `path`, which must not be there, and the public one beside it as `.pub`.

    Raises SignatureError.
    """
    private = _ed25519().Ed25519PrivateKey.generate()
    public = PublicKey(secrets.token_bytes(KEY_ID), private.public_key().public_bytes_raw())
    pair = private.private_bytes_raw() + public.key
    check = blake2b(ALGORITHM + public.id + pair, digest_size=32).digest()
    body = ALGORITHM + NO_PASSWORD + CHECKSUM + SALT_AND_COSTS + public.id + pair + check
    name = public.id[::-1].hex().upper()
    _write(path, f"{SECRET} {name}", base64.b64encode(body).decode(), 0o600)
    _write(path.with_name(f"{path.name}.pub"), f"{PUBLIC} {name}", public.text, 0o644)
    return public


def _write(path: Path, comment: str, line: str, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise SignatureError(f"{path} is there already; name another file") from None
    except OSError as error:
        raise SignatureError(f"{path} cannot be written ({error.strerror})") from None
    with open(descriptor, "w", encoding="ascii", newline="\n") as stream:
        stream.write(f"{UNTRUSTED}{comment}\n{line}\n")


def read_secret_key(path: Path) -> SecretKey:
    """The key in a file of minisign's, without a password. Raises SignatureError."""
    body = _decoded(_lines(path)[-1:], f"{path} is no secret key of minisign's")
    if len(body) != 54 + KEY_ID + 3 * KEY or body[:2] != ALGORITHM:
        raise SignatureError(f"{path} is no secret key of minisign's")
    if body[2:4] != NO_PASSWORD:
        raise SignatureError(f"{path} has a password; make a key without one: llmcat keygen")
    keys = body[6 + len(SALT_AND_COSTS) :]
    id_, pair, check = keys[:KEY_ID], keys[KEY_ID : KEY_ID + 2 * KEY], keys[KEY_ID + 2 * KEY :]
    computed = blake2b(body[:2] + id_ + pair, digest_size=32).digest()
    if check not in (computed, bytes(32)):  # minisign -GW leaves it out
        raise SignatureError(f"{path} is no secret key of minisign's, or is damaged")
    return SecretKey(id_, _ed25519().Ed25519PrivateKey.from_private_bytes(pair[:KEY]))


def read_public_key(given: str) -> PublicKey:
    """A key from its line, or from a file that ends with it. Raises SignatureError."""
    lines = _lines(Path(given)) if os.path.isfile(given) else [given]
    body = _decoded(lines[-1:], f"{given} is neither a public key of minisign's nor a file of one")
    if len(body) != 2 + KEY_ID + KEY or body[:2] != ALGORITHM:
        raise SignatureError(f"{given} is no public key of minisign's")
    return PublicKey(body[2 : 2 + KEY_ID], body[2 + KEY_ID :])


def verified_comment(message: bytes, signature: bytes, keys: list[PublicKey]) -> str:
    """The trusted comment of a signature by one of the keys. Raises SignatureError."""
    lines = signature[:LONGEST].decode("utf-8", "replace").splitlines()
    if len(lines) != 4 or not lines[2].startswith(TRUSTED):
        raise SignatureError("its signature is none of minisign's")
    body = _decoded(lines[1:2], "its signature is none of minisign's")
    over_comment = _decoded(lines[3:4], "its signature is none of minisign's")
    algorithm, id_, over_message = body[:2], body[2 : 2 + KEY_ID], body[2 + KEY_ID :]
    key = next((key for key in keys if key.id == id_), None)
    if key is None:
        name = id_[::-1].hex().upper()
        raise SignatureError(f"its signature is by the key {name}, which is not accepted")
    comment = lines[2].removeprefix(TRUSTED)
    public = _ed25519().Ed25519PublicKey.from_public_bytes(key.key)
    from cryptography.exceptions import InvalidSignature

    try:
        public.verify(over_message, _hashed(message) if algorithm == HASHED else message)
        public.verify(over_comment, over_message + comment.encode())
    except (InvalidSignature, ValueError):
        raise SignatureError("its signature does not fit") from None
    return comment


def _hashed(message: bytes) -> bytes:
    return blake2b(message).digest()


def _lines(path: Path) -> list[str]:
    try:
        with open(path, "rb") as stream:
            return stream.read(LONGEST).decode("utf-8", "replace").split("\n")[:2]
    except OSError as error:
        raise SignatureError(f"{path} cannot be read ({error.strerror})") from None


def _decoded(lines: list[str], otherwise: str) -> bytes:
    try:
        return base64.b64decode(lines[0].strip(), validate=True)
    except (IndexError, binascii.Error, ValueError):
        raise SignatureError(otherwise) from None


def _ed25519() -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise SignatureError(
            "signatures need the package cryptography: pip install 'llmcat[sign]'"
        ) from None
    return ed25519
