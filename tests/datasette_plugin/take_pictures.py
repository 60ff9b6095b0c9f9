"""Take the pictures of the pages anew: `python -m tests.datasette_plugin.take_pictures`.

By hand (`make pictures`), after the pages changed; it needs Chromium, Pillow and a catalogue, and writes docs/images/.
"""

from __future__ import annotations

import io
import sys
from importlib import import_module
from pathlib import Path

from llmcat.storage.location import locate
from tests.datasette_plugin import chromium

IMAGES = Path(__file__).parents[2] / "docs" / "images"

COMPARED = (
    "xai:grok-4.20-0309-reasoning",
    "mistral:mistral-medium-latest",
    "alibaba:qwen3.6-plus",
)
PICTURES = {
    "home": ("/", "light", 900),
    "model": ("/catalog/-/model/mistral:mistral-medium-latest", "light", 925),
    "compare": (f"/catalog/-/compare?{'&'.join(f'm={spec}' for spec in COMPARED)}", "dark", 900),
    "models": (
        "/catalog/-/models?require=vision&require=function_calling&min_context=200k",
        "light",
        900,
    ),
    "new": ("/catalog/-/new", "dark", 900),
    "explorer": ("/catalog/-/explorer?require=vision&require=function_calling", "light", 900),
}
"""Name of the picture -> address, colours and height; the models are some whose prices moved."""


def save(png: bytes, path: Path) -> None:
    """Write a picture in 256 colours: half the bytes. The means keep those that are rare or pale."""
    image = import_module("PIL.Image").open(io.BytesIO(png)).convert("RGB")
    image.quantize(256, kmeans=3, dither=0).save(path, optimize=True)


def main() -> None:
    """Write every picture; a catalogue may be named on the command line."""
    executable = chromium.found()
    if executable is None:
        sys.exit("there is no Chromium: install one or set LLMCAT_CHROMIUM")
    IMAGES.mkdir(exist_ok=True)
    catalogue = Path(locate(sys.argv[1] if len(sys.argv) > 1 else None))
    with chromium.serving(catalogue) as site, chromium.driven(executable) as browser:
        profiles = chromium.Profiles(browser, site)
        for name, (address, colours, height) in PICTURES.items():
            page = profiles.page((1280, height), color_scheme=colours)
            chromium.opened(page, address)
            save(page.screenshot(), IMAGES / f"{name}.png")
        profiles.close()


if __name__ == "__main__":
    main()
