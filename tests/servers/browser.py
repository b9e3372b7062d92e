"""The machine's own Chromium, without a window, driven by Playwright; and axe-core, which judges accessibility."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.servers.process import ServersMissing

ROOT = Path(__file__).parents[2]
AXE_FOLDER = ROOT / ".state" / "vendor"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_OBSCURED = "partially obscured"
"""what a bar that stays in sight covers for the moment comes out when the page is scrolled"""
_PATIENCE_MS = 30_000
"""that something expected may take to be seen: tests share the cores; what has to be quick is measured where it has to be"""
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextlib.contextmanager
def chromium_browser() -> Iterator[Browser]:
    """Run a browser.

    Raises:
        ServersMissing: none is installed.
    """
    expect.set_options(timeout=_PATIENCE_MS)
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        raise ServersMissing("chromium is not installed: scripts/setup.sh test")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong with a page as it stands, one line for each element."""
    script = next(AXE_FOLDER.glob("axe-*.js"), None)
    if script is None:
        raise ServersMissing(f"no axe-core in {AXE_FOLDER}: scripts/setup.sh test")
    # evaluated by the debugger and not added to the page, whose policy lets no foreign script in
    page.evaluate(script.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
    )
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node.get('failureSummary', '')}"
        for rule in found["violations"]
        for node in rule["nodes"]
        if _OBSCURED not in node.get("failureSummary", "")
    ]
