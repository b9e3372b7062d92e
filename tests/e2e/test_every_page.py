"""Every page: nothing that an accessibility engine finds wrong, nothing from elsewhere, no script error, no sideways scrolling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.people import DESKTOP, PHONE
from tests.e2e.tour import STOPS, Tour, furnished, seats, unseen_pages
from tests.servers.browser import violations

pytestmark = [pytest.mark.tools, pytest.mark.services, pytest.mark.slow, pytest.mark.enable_socket]
HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tour]:
    folder: Path = tmp_path_factory.mktemp("tour")
    with furnished(folder) as made:
        yield made


def test_nobody_forgot_a_page() -> None:
    assert unseen_pages() == set()


@pytest.mark.long
def test_every_page_is_open_to_everybody_and_keeps_to_itself(chromium: Browser, tour: Tour) -> None:
    told: list[str] = []
    followed: set[tuple[object, str]] = set()
    with seats(chromium, tour) as pages:
        for page in pages.values():
            _listen(page, told)
        for stop in STOPS:
            page = pages[stop.who]
            for size in (DESKTOP, PHONE):
                tour.stop(page, stop, size=size)
                told += [f"{stop.title} at {size['width']}: {each}" for each in _wrong(page)]
            for link in _links(page):
                kind = (stop.who, re.sub(r"[0-9a-f]{8,}[0-9a-f-]*", "…", link))
                if kind not in followed:
                    followed.add(kind)
                    status = page.request.get(tour.address + link).status
                    told += [f"{stop.title} leads to {link}: {status}"] if status >= 400 else []

    assert told == []


def _links(page: Page) -> list[str]:
    """Return where a page of ours leads to on our side, files apart."""
    found: list[str] = page.locator("a[href^='/']").evaluate_all(
        "links => links.map(each => each.getAttribute('href'))"
    )
    return [each.partition("#")[0] for each in dict.fromkeys(found) if not each.startswith("/sign-in/")]


def _wrong(page: Page) -> list[str]:
    """Return what is wrong with a page as it stands."""
    wrong = violations(page)
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wider > 0:
        wrong.append(f"{wider} pixels wider than the screen")
    if page.locator("h1").count() != 1:
        wrong.append(f"{page.locator('h1').count()} main headings")
    return wrong


def _listen(page: Page, told: list[str]) -> None:
    """Write down what pages complain about, and what they ask of others."""
    page.on("pageerror", lambda error: told.append(f"{page.url}: {error}"))
    page.on("console", lambda line: told.append(f"{page.url}: {line.text}") if line.type == "error" else None)
    page.on(
        "request",
        lambda asked: (
            told.append(f"{page.url} asks {asked.url}") if urlsplit(asked.url).hostname not in {HOST, None} else None
        ),
    )
