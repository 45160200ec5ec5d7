"""Takes the README's picture from the demo itself: its contact sheet, at a width that a page can show.

python tools/demo_pictures.py docs/pictures
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from PIL import Image

from studio.demo import run_demo

WIDTH = 1600


def main() -> None:
    """Run the demo in a temporary folder and keep its sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        sheet = Image.open(run_demo(Path(place) / "demo-film").sheet)
        small = sheet.resize((WIDTH, round(sheet.height * WIDTH / sheet.width)), Image.Resampling.LANCZOS)
        small.quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(
            folder / "contact-sheet.png", optimize=True
        )


if __name__ == "__main__":
    main()
