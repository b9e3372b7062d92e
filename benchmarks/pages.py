"""How quick the pages are in a real browser: `make benchmark-pages`.

The first page's weight, the moment from which a paper can be reviewed, and how long the next paper takes once this one is
confirmed. What is measured are the page's own marks (`review-ready`, `review-switch`), on loopback, one browser.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from benchmarks.machine import describe_machine, slug
from pipeline.domain.account import Role
from pipeline.specimens.batch import write_batch
from tests.e2e.office import Office
from tests.e2e.people import Staff, hire, take_seat
from tests.servers.browser import chromium_browser

RESULTS = Path(__file__).parent / "results"
CLERK = Staff("clerk", "Nguyễn Thị Thử", Role.CLERK)
TARGETS = {"first page, KiB": 100.0, "review ready, ms": 1000.0, "next paper, ms": 200.0}
_READY = "performance.getEntriesByName('review-ready').length > 0"
_AHEAD = """() => {
    const next = document.getElementById("sheet").dataset.next;
    return !next || performance.getEntriesByName("review-ahead").some((mark) => mark.detail === next);
}"""


def main() -> None:
    """Measure, print, and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=11)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sohoa-pages-") as folder:
        office = Office(home=Path(folder) / "home")
        hire(office, CLERK)
        office.json(
            "digitize", write_batch(Path(folder) / "scans", seed=arguments.seed, dossiers=arguments.dossiers).folder
        )
        with office.served() as address, chromium_browser() as browser:
            weight = first_page(browser.new_context(base_url=address).new_page())
            page = take_seat(browser, address, CLERK).page
            ready = [opened(page) for _ in range(10)]
            switches = reviewed(page)
    found = {"first page, KiB": [weight], "review ready, ms": ready, "next paper, ms": switches}
    machine = describe_machine()
    lines = ["| what | asked | median | worst | measured |", "|---|---|---|---|---|"]
    lines += [
        f"| {what} | {TARGETS[what]:.0f} | {statistics.median(values):.0f} | {max(values):.0f} | {len(values)} |"
        for what, values in found.items()
    ]
    told = "\n".join([f"{machine['processor']}, {machine['cores']} cores, {machine['commit']}", "", *lines, ""])
    print(told)
    (RESULTS / f"pages-{slug(machine)}.md").write_text(f"# Pages in a browser\n\n{told}", encoding="utf-8")


def first_page(page: Page) -> float:
    """Return what a browser fetches for the first page, pictures apart, in KiB as it comes over the line."""
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())) if answer.ok else None)
    page.goto("/sign-in")
    page.wait_for_load_state("networkidle")
    return sum(sizes) / 1024


def opened(page: Page) -> float:
    """Open the next paper to be reviewed, and return after how many milliseconds it can be."""
    page.goto("/review/next", wait_until="domcontentloaded")
    page.wait_for_function(_READY)
    return float(page.evaluate("performance.getEntriesByName('review-ready')[0].startTime"))


def reviewed(page: Page) -> list[float]:
    """Confirm papers one after the other as long as there are any; return how long each next one took."""
    while page.locator("#sheet").get_attribute("data-next"):
        page.wait_for_function(_AHEAD)
        before = page.locator("#sheet").get_attribute("data-document")
        page.keyboard.press("Control+Enter")
        page.wait_for_function("seen => document.getElementById('sheet')?.dataset.document !== seen", arg=before)
    marks: list[float] = page.evaluate("performance.getEntriesByName('review-switch').map(each => each.duration)")
    return marks


if __name__ == "__main__":
    main()
