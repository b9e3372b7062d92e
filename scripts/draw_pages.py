"""Take a picture of every page at the size of an office screen and of a phone, with long names: `make screenshots`.

They go to `.state/screenshots`; those that the README shows go to `docs/pictures` as well.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tests.e2e.people import DESKTOP, PHONE
from tests.e2e.tour import STOPS, furnished, seats
from tests.servers.browser import chromium_browser

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".state" / "screenshots"
SHOWN = {"documents-document-review": "page-review", "desk": "page-desk", "batches-batch": "page-batch"}
"""pictures of the README, by the name of the stop"""


def main() -> None:
    """Take them."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    with (
        tempfile.TemporaryDirectory(prefix="sohoa-tour-") as folder,
        furnished(Path(folder)) as tour,
        chromium_browser() as browser,
        seats(browser, tour) as pages,
    ):
        for number, stop in enumerate(STOPS, 1):
            for size in (DESKTOP, PHONE):
                target = FOLDER / f"{size['width']}x{size['height']}" / f"{number:02}-{stop.title}.png"
                target.parent.mkdir(parents=True, exist_ok=True)
                page = pages[stop.who]
                tour.stop(page, stop, size=size)
                page.screenshot(path=target, full_page=True)
                if size is DESKTOP and stop.title in SHOWN:
                    _keep(page.screenshot(), ROOT / "docs" / "pictures" / f"{SHOWN[stop.title]}.png")
            print(f"{number}/{len(STOPS)} {stop.title}", flush=True)


def _keep(picture: bytes, target: Path) -> None:
    """Write a picture for the README: in 256 colours it is a third as large and looks the same."""
    with Image.open(io.BytesIO(picture)) as whole:
        whole.convert("RGB").quantize(256).save(target, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
