"""A clerk puts pages right and looks at doubtful values by group, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from pipeline.domain.account import Role
from pipeline.specimens.batch import write_batch
from tests.e2e.office import Office
from tests.e2e.people import PHONE, Staff, hire, take_seat
from tests.servers.browser import violations

pytestmark = [pytest.mark.tools, pytest.mark.services, pytest.mark.slow, pytest.mark.enable_socket]
LAN = Staff("lan", "Nguyễn Hoàng Thị Ngọc Lan", Role.CLERK)
LONG = 60_000
"""milliseconds in which papers are made anew on a busy machine"""


@dataclass(frozen=True)
class Served:
    """An office with a batch."""

    address: str
    batch: str
    documents: list[dict[str, Any]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("arrange")
    specimens = write_batch(folder / "scans", seed=11, dossiers=1)
    office = Office(home=folder / "home")
    hire(office, LAN)
    batch = office.json("digitize", specimens.folder)
    with office.served() as address:
        yield Served(address, batch["id"], batch["documents"])


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def papers(page: Page) -> list[int]:
    """Return how many pages each paper on the sheet has."""
    shown = page.locator(".paper:not(.apart)")
    return [shown.nth(at).locator(".sheets > li").count() for at in range(shown.count())]


def test_pages_are_put_right_by_keyboard_and_back_again(chromium: Browser, served: Served) -> None:
    page = take_seat(chromium, served.address, LAN).page
    page.goto(f"/batches/{served.batch}/pages")
    before = papers(page)
    assert before == [len(each["pages"]) for each in served.documents]
    # the second paper's first page goes behind the first paper's last one
    page.locator(".paper").nth(1).locator(".sheets > li").first.focus()
    press(page, "Control+x", "ArrowLeft", "Control+v")
    moved = papers(page)
    assert moved[0] == before[0] + 1
    assert sum(moved) == sum(before)
    # a step back, and the same again by joining; then half a turn
    press(page, "Control+z")
    assert papers(page) == before
    page.locator(".paper").nth(1).locator(".sheets > li").first.focus()
    press(page, "Control+Backspace", "F9")
    joined = papers(page)
    assert joined == [before[0] + before[1], *before[2:]]
    expect(page.locator("#draft-state")).to_have_text("Đã lưu nháp.", timeout=LONG)
    page.reload()
    assert papers(page) == joined, "nothing is lost on reload"
    assert page.locator('li[data-turn="180"]').count() == 1
    assert violations(page) == []
    press(page, "F10")
    expect(page.locator("#apply")).to_be_focused(timeout=LONG)
    assert violations(page) == []
    press(page, "Enter")
    expect(page.locator(".notice")).to_have_text("Đã sắp xếp lại: 1 giấy tờ mới.", timeout=LONG)
    page.wait_for_load_state()
    assert papers(page) == joined
    assert page.locator("li[data-turn]:not([data-turn='0'])").count() == 0
    # and back: cut behind the first paper's pages, turned the right way round
    page.wait_for_load_state("networkidle")  # keys mean something once the script of the new page is there
    page.locator(".paper").first.locator(".sheets > li").nth(before[0]).focus()
    press(page, "Control+Enter", "F9", "F10")
    expect(page.locator("#apply")).to_be_focused(timeout=LONG)
    press(page, "Enter")
    expect(page.locator(".notice")).to_have_text("Đã sắp xếp lại: 2 giấy tờ mới.", timeout=LONG)
    page.wait_for_load_state()
    assert papers(page) == before


def test_doubtful_values_are_settled_with_enter(chromium: Browser, served: Served) -> None:
    page = take_seat(chromium, served.address, LAN).page
    page.goto(f"/batches/{served.batch}/group")
    count = page.locator(".group-row").count()
    assert count, "these papers have something in doubt"
    assert violations(page) == []
    for _ in range(count):
        press(page, "Enter")
    expect(page.locator("#save")).to_be_focused()
    expect(page.locator("#count")).to_have_text(f"{count}/{count} giá trị đã xem")
    press(page, "Enter")
    expect(page.locator(".notice").first).to_contain_text("Đã ghi", timeout=LONG)


@pytest.mark.parametrize("path", ["/batches/{batch}/pages", "/batches/{batch}/group", "/dossiers/{dossier}"])
def test_a_telephone_shows_all_of_it_without_scrolling_sideways(chromium: Browser, served: Served, path: str) -> None:
    page = take_seat(chromium, served.address, LAN, size=PHONE).page
    dossier = next(each["dossier"] for each in served.documents if each["dossier"])
    page.goto(path.format(batch=served.batch, dossier=dossier))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert violations(page) == []
