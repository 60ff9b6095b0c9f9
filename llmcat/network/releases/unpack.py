"""A packed catalogue is unpacked: within the memory and the size that it was announced to take."""

from __future__ import annotations

import lzma
import os
from hashlib import sha256
from pathlib import Path

from llmcat.errors import PullError
from llmcat.network.releases.manifest import Release

MEMORY = 128 * 2**20
"""Bytes that unpacking may take; what we pack needs 9 MB."""

BLOCK = 2**20


def unpack(packed: bytes, release: Release, target: Path) -> None:
    """Write the catalogue in `packed` to `target`, flushed to the disk.

    Raises PullError unless every byte of it is what the release says, and OSError.
    """
    if len(packed) != release.blob.size or sha256(packed).hexdigest() != release.blob.sha256:
        raise PullError("sends a file that is not the one in its manifest (cut short, or changed)")
    digest, left = sha256(), release.size
    reader = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=MEMORY)
    with open(target, "wb") as stream:
        try:
            block = reader.decompress(packed, min(BLOCK, left + 1))
            while block:
                left -= len(block)
                if left < 0:
                    raise PullError("sends a file that unpacks to more than its manifest says")
                digest.update(block)
                stream.write(block)
                block = b"" if reader.eof else reader.decompress(b"", min(BLOCK, left + 1))
        except (lzma.LZMAError, EOFError) as error:
            raise PullError(f"sends a file that cannot be unpacked ({error})") from None
        stream.flush()
        os.fsync(stream.fileno())
    if not reader.eof or reader.unused_data:
        raise PullError("sends a file with more than one catalogue in it, or a part of one")
    if left or digest.hexdigest() != release.sha256:
        raise PullError("sends a catalogue that is not the one in its manifest")
