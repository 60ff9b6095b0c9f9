"""Signatures in minisign's format: who signs, what is signed, and that nothing else passes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from llmcat.errors import SignatureError
from llmcat.network.releases import minisign
from llmcat.network.releases.minisign import make_key, read_public_key, read_secret_key
from tests.cli.running import llmcat
from tests.network.releases.publishing import Shop

pytest.importorskip("cryptography", reason="signatures need the extra sign")

MESSAGE = b'{"serial": 1}\n'

# What minisign 0.11 wrote over MESSAGE
KEY = "RWRTg86Jda4M6pdnZN0jONeS0bB5ABfef7xU56YP8Mu54ss/jibTBPia"
SIGNATURE = b"""untrusted comment: signature from minisign secret key
RURTg86Jda4M6g4sHUgpyby/WsA5cmN/ZguCvOp0Mx0PUAgvwnjTKKCwAZm1SzPe67ozw6rxmP3NZiht4sdMekaMVHLBeJTUOgQ=
trusted comment: serial:1
+WE5pxL0goRFgFFDhwcrkZUHAdVLP43GswXnbkzTmkVwBGzdFqP9+sNH6a020W2zGIcF/xXmnFWram+aVg6GDA==
"""


def test_what_minisign_writes_is_verified() -> None:
    """The trusted comment comes out; any other message, comment or key does not pass."""
    key = read_public_key(KEY)
    assert minisign.verified_comment(MESSAGE, SIGNATURE, [key]) == "serial:1"
    for message, signature in (
        (b"other", SIGNATURE),
        (MESSAGE, SIGNATURE.replace(b"serial:1", b"serial:2")),
        (MESSAGE, SIGNATURE[:-30]),
        (MESSAGE, b""),
    ):
        with pytest.raises(SignatureError, match="signature"):
            minisign.verified_comment(message, signature, [key])
    with pytest.raises(SignatureError, match="which is not accepted"):
        minisign.verified_comment(MESSAGE, SIGNATURE, [key._replace(id=b"12345678")])


@pytest.mark.skipif(shutil.which("minisign") is None, reason="needs minisign")
def test_minisign_verifies_what_we_sign(tmp_path: Path) -> None:
    """With the real program, and its own keys sign for us."""
    make_key(tmp_path / "key")
    (tmp_path / "m").write_bytes(MESSAGE)
    signature = read_secret_key(tmp_path / "key").sign(MESSAGE, "llmcat serial:1")
    (tmp_path / "m.minisig").write_bytes(signature)
    done = subprocess.run(
        ["minisign", "-Vm", "m", "-p", "key.pub"], cwd=tmp_path, capture_output=True, text=True
    )
    assert "Trusted comment: llmcat serial:1" in done.stdout
    subprocess.run(["minisign", "-GW", "-p", "g.pub", "-s", "g"], cwd=tmp_path, capture_output=True)
    signature = read_secret_key(tmp_path / "g").sign(MESSAGE, "x")
    assert minisign.verified_comment(MESSAGE, signature, [read_public_key(str(tmp_path / "g.pub"))])


def test_keys_that_are_none(tmp_path: Path) -> None:
    """One line names the file, and a key is never written over another."""
    (tmp_path / "key").write_text("not a key\n")
    with pytest.raises(SignatureError, match=r"key is no secret key"):
        read_secret_key(tmp_path / "key")
    with pytest.raises(SignatureError, match="cannot be read"):
        read_secret_key(tmp_path / "none")
    with pytest.raises(SignatureError, match="neither a public key"):
        read_public_key("hello")
    done = llmcat("keygen", str(tmp_path / "key"))
    assert (done.status, done.err) == (
        1,
        f"Error: {tmp_path / 'key'} is there already; name another file\n",
    )
    assert llmcat("keygen", str(tmp_path / "new")).status == 0
    assert (tmp_path / "new").stat().st_mode & 0o77 == 0


def test_only_what_the_publisher_signed_is_installed(shop: Shop) -> None:
    """One of two accepted keys; remembered for the address, so that a later unsigned manifest is refused."""
    old, new = make_key(shop.folder / "old"), make_key(shop.folder / "new")
    shop.publish(1.0, key=read_secret_key(shop.folder / "old"))
    assert shop.pull(keys=[old.text, new.text]).serial == 1
    shop.publish(1.1, key=read_secret_key(shop.folder / "new"))
    assert shop.pull().serial == 2
    other = make_key(shop.folder / "other")
    assert "which is not accepted" in shop.refused(keys=[other.text])
    shop.publish(1.2)
    assert "is not signed" in shop.refused()


def test_a_signature_is_of_one_manifest(shop: Shop) -> None:
    """A manifest that was changed has another signature's name, and one moved there does not fit."""
    key = make_key(shop.folder / "key")
    shop.publish(1.0, key=read_secret_key(shop.folder / "key"))
    [signature] = shop.published.glob("*.minisig")
    shop.forge({"next_update": "2099-01-01"})
    assert "is not signed" in shop.refused(keys=[key.text])
    from llmcat.network.releases.manifest import signature_path

    body = (shop.published / "latest.json").read_bytes()
    signature.rename(shop.published / signature_path(body, 1))
    assert "does not fit" in shop.refused(keys=[key.text])
