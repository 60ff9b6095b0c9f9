"""Take the pictures of the terminal anew: `python docs/take_terminal_pictures.py [catalog.db]`.

Each is what a command prints on a terminal of 100 columns, as SVG. By hand, after the command line or the data
changed; it needs rich, and writes docs/images/.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from llmcat.storage.location import locate

IMAGES = Path(__file__).parent / "images"
COLUMNS = 100

PICTURES = {
    "terminal": (
        "llmcat find -p anthropic,openai,google,xai --vision --context 200k --cost-input '<1' -s price -n 6",
        "llmcat cost claude-sonnet-5-5 --input 12000 --output 800 --cache-read 9000",
    ),
}
"""Name of the picture -> the commands in it."""

WITHOUT_FONTS = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
"""rich's picture names fonts at another host; the reader's own monospace will do."""


def printed(command: str, catalogue: str) -> str:
    """What the command prints on a terminal, colours included."""
    reader, writer = pty.openpty()
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    environment = {**os.environ, "LLMCAT_DB": catalogue, "TERM": "xterm-256color"}
    environment.pop("COLUMNS", None)
    words = [sys.executable, "-m", *shlex.split(command)]
    with subprocess.Popen(words, stdout=writer, stderr=writer, env=environment) as process:
        os.close(writer)
        parts = []
        try:
            while part := os.read(reader, 65_536):
                parts.append(part)
        except OSError:  # the other end is closed
            pass
        os.close(reader)
        if process.wait():
            sys.exit(f"{command}: status {process.returncode}")
    return b"".join(parts).decode().replace("\r\n", "\n").rstrip()


def main() -> None:
    """Write every picture; a catalogue may be named on the command line."""
    catalogue = str(locate(sys.argv[1] if len(sys.argv) > 1 else None))
    for name, commands in PICTURES.items():
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
            for number, command in enumerate(commands):
                console.print(Text.from_ansi("\n" * bool(number) + f"\033[1m$ {command}\033[0m"))
                console.print(Text.from_ansi(printed(command, catalogue)))
            picture = console.export_svg(
                title="llmcat", code_format=WITHOUT_FONTS, unique_id=f"llmcat-{name}"
            )
        (IMAGES / f"{name}.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
