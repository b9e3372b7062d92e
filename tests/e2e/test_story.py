"""The whole way of a batch in the browser: handed in, read, reviewed by keyboard, signed twice, checked by anybody, found again."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pipeline.domain.account import Role
from pipeline.domain.ids import FieldName
from pipeline.specimens.batch import SpecimenBatch, write_batch
from tests.e2e.office import Office
from tests.e2e.people import PASSWORD, Staff, give_password, hire, take_seat

pytestmark = [pytest.mark.tools, pytest.mark.services, pytest.mark.slow, pytest.mark.enable_socket]

AGENCY = "H42.12"
CLERK = Staff("thu", "Nguyễn Thị Thu", Role.CLERK)
OFFICIAL = Staff("hai", "Trần Văn Hải", Role.OFFICIAL)
RECORDS = Staff("luu", "Lê Văn Lưu", Role.RECORDS_OFFICER)
STRANGER = Staff("xa", "Phạm Thị Xa", Role.CLERK, agency="H42.99")
PATIENCE = 120_000
"""milliseconds for the slowest steps on a machine that is busy with other tests"""


@dataclass(frozen=True, slots=True)
class Town:
    """An office that is served, and what it is going to be given."""

    office: Office
    address: str
    specimens: SpecimenBatch


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    specimens = write_batch(folder / "scans", seed=5, dossiers=1)
    office = Office(home=folder / "home", settings={"SOHOA_OFFICE__AGENCY": AGENCY})
    hire(office, CLERK, OFFICIAL, RECORDS, STRANGER)
    with office.served() as address:
        yield Town(office, address, specimens)


def hand_in(page: Page, folder: Path) -> str:
    """Hand all files of a folder in as one batch; return its id."""
    page.goto("/intake")
    page.get_by_role("button", name="Bắt đầu nhận").click()
    page.wait_for_url("**/intake/*")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    page.locator("input[type=file]").first.set_input_files(files)
    close = page.get_by_role("button", name="Chốt lô")
    expect(close).to_be_enabled(timeout=PATIENCE)
    close.click()
    page.wait_for_url("**/batches/b-*", timeout=PATIENCE)
    return page.url.rpartition("/")[2]


def wait_until_read(page: Page) -> dict[str, int]:
    """Wait on the page of a batch until every page is accounted for, without loading it again; return its counts."""
    expect(page.locator("#batch dd[data-count=documents]")).not_to_have_text("0", timeout=PATIENCE)
    return {
        each.get_attribute("data-count") or "": int(each.text_content() or "-1")
        for each in page.locator("#batch dd[data-count]").all()
    }


def review_all(page: Page, batch: str) -> int:
    """Review a batch with Enter alone; return how often it was pressed."""
    page.goto(f"/review/next?batch={batch}")
    pressed = 0
    while "/review" in page.url and page.locator("#sheet").count():
        sheet = page.locator("#sheet").get_attribute("data-document")
        doubts = page.locator("[data-row][data-doubt=yes]:not([data-accepted])").count()
        assert pressed < 200, "it does not end"
        if doubts:
            page.keyboard.press("Enter")
            expect(page.locator("[data-row][data-doubt=yes]:not([data-accepted])")).not_to_have_count(doubts)
        else:
            page.keyboard.press("Control+Enter")
            page.wait_for_function(
                "seen => document.querySelector('#sheet')?.dataset.document !== seen", arg=sheet, timeout=PATIENCE
            )
        pressed += 1
    return pressed


def test_the_whole_story(chromium: Browser, town: Town) -> None:
    clerk = take_seat(chromium, town.address, CLERK).page

    batch = hand_in(clerk, town.specimens.folder)
    counts = wait_until_read(clerk)

    assert counts["pages"] == len(town.specimens.pages)
    assert counts["pages"] == sum(counts[f"pages_{each}"] for each in ("kept", "blank", "separator", "failed"))
    assert counts["files"] == sum(
        counts[f"files_{each}"] for each in ("digitized", "kept_signed", "refused", "received")
    )
    assert counts["documents"] == len(town.specimens.papers)

    review_all(clerk, batch)
    clerk.goto(f"/batches/{batch}")
    expect(clerk.locator("dd[data-count=documents_needs_review]")).to_have_text("0")

    code = put_up_as_result(clerk)
    sign_copies(clerk, batch)
    sign_results(chromium, town)
    check_in_public(chromium, town, code)
    found_without_marks(chromium, town)


def sign_copies(page: Page, batch: str) -> None:
    """Sign the copies of a whole batch at once."""
    page.goto(f"/batches/{batch}/sign")
    papers = page.locator("input[name=documents]:checked").count()
    assert papers > 0
    page.get_by_role("button", name=re.compile("Ký .*đã chọn")).click()
    page.wait_for_url("**/orders/o-*")
    expect(page.locator("[data-count=signed]")).to_have_text(str(papers), timeout=PATIENCE)
    expect(page.locator("[data-count=left]")).to_have_text("0")


def put_up_as_result(page: Page) -> str:
    """Give the first paper that may be a result its code."""
    page.goto("/documents?type=cong_van")
    page.locator("main tbody a[href^='/documents/d-']").first.click()
    page.get_by_role("link", name="Đưa thành kết quả").click()
    anyway = page.locator("input[name=anyway]")
    if anyway.count():
        anyway.check()
    page.get_by_role("button", name="Đưa thành kết quả").click()
    told = page.get_by_text(re.compile(r"-KQ\d+")).first
    expect(told).to_be_visible(timeout=PATIENCE)
    found = re.search(r"[A-Z0-9.]+-\d{6}-\d+-KQ\d+", told.text_content() or "")
    assert found is not None
    return found.group()


def sign_results(browser: Browser, town: Town) -> None:
    """Look at everything on the desk, and sign it with one authorisation."""
    page = take_seat(browser, town.address, OFFICIAL).page
    page.goto("/desk")
    rows = page.locator(".desk-row").count()
    for number in range(rows):
        expect(page.locator(".desk-row").nth(number)).to_have_attribute("data-seen", "yes", timeout=PATIENCE)
        page.locator('[data-decide="sign"]').click()
    page.locator("#desk-sign").click()
    page.wait_for_url("**/orders/o-*")
    expect(page.locator("[data-count=signed]")).to_have_text(str(rows), timeout=PATIENCE)


def check_in_public(browser: Browser, town: Town, code: str) -> None:
    """Anybody who has the code learns that the result is in force and its signature is right."""
    page = browser.new_context(base_url=town.address).new_page()
    answer = page.goto(f"/v/{code}")
    assert answer is not None
    assert answer.ok
    expect(page.locator(".answer.good")).to_be_visible(timeout=PATIENCE)


def found_without_marks(browser: Browser, town: Town) -> None:
    """The records officer finds the applicant's papers by a name that is typed without diacritics."""
    page = take_seat(browser, town.address, RECORDS).page
    field = FieldName("full_name")
    name = next(str(paper.fields[field]) for paper in town.specimens.papers if field in paper.fields)
    page.goto("/search")
    page.get_by_label("Từ, số hoặc ký hiệu cần tìm").fill(without_marks(name))
    expect(page.locator("ol.hits li.hit").first).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/documents/d-[0-9a-f]+$"))
    expect(page.locator("main")).to_contain_text(name)


def without_marks(name: str) -> str:
    """Return a name as it is typed on a keyboard without Vietnamese letters."""
    letters = unicodedata.normalize("NFD", name.replace("Đ", "D").replace("đ", "d"))
    return "".join(each for each in letters if not unicodedata.combining(each))


def test_a_wrong_password_is_told_and_lets_nobody_in(chromium: Browser, town: Town) -> None:
    page = chromium.new_context(base_url=town.address).new_page()
    page.goto("/sign-in")
    give_password(page, CLERK.login, PASSWORD + "?")

    expect(page.get_by_role("alert")).to_be_visible()
    assert page.goto("/batches") is not None
    assert "/sign-in" in page.url


def test_papers_of_another_agency_are_not_there(chromium: Browser, town: Town, tmp_path: Path) -> None:
    """For the clerk of another agency a paper is as unknown as one that never was."""
    own = take_seat(chromium, town.address, CLERK).page
    batch = hand_in(own, write_batch(tmp_path / "scans", seed=8, dossiers=1).folder)
    wait_until_read(own)
    own.goto("/documents")
    document = (own.locator("a[href*='/documents/d-']").first.get_attribute("href") or "").rpartition("/")[2]
    foreign = take_seat(chromium, town.address, STRANGER).page

    told = {}
    for path in (
        f"/documents/{document}",
        f"/documents/{document}/review",
        f"/batches/{batch}",
        f"/batches/{batch}/receipt",
    ):
        never = path.replace(document, "d-" + "0" * 24).replace(batch, "b-" + "0" * 24)
        answers = [foreign.goto(each) for each in (path, never)]
        told[path] = [answer.status if answer else 0 for answer in answers]
    foreign.goto("/documents")

    assert set(map(tuple, told.values())) == {(404, 404)}
    assert foreign.locator("a[href*='/documents/d-']").count() == 0


def test_a_connection_that_is_lost_while_files_come_in_loses_nothing(
    chromium: Browser, town: Town, tmp_path: Path
) -> None:
    scans = write_batch(tmp_path / "scans", seed=6, dossiers=1)
    seat = take_seat(chromium, town.address, CLERK)
    page = seat.page
    page.goto("/intake")
    page.get_by_role("button", name="Bắt đầu nhận").click()
    page.wait_for_url("**/intake/*")
    begun = 0

    def cut(route: object) -> None:
        """Let the first piece through, then cut the line."""
        nonlocal begun
        begun += 1
        if begun == 1:
            route.continue_()  # type: ignore[attr-defined]
        else:
            seat.context.set_offline(True)
            route.abort("internetdisconnected")  # type: ignore[attr-defined]

    page.route("**/intake/*/files/*", cut)
    files = sorted(path for path in scans.folder.rglob("*") if path.is_file())
    page.locator("input[type=file]").first.set_input_files(files)
    deadline = time.monotonic() + 60
    while begun < 2 and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    page.wait_for_timeout(1000)
    page.unroute("**/intake/*/files/*")
    seat.context.set_offline(False)

    close = page.get_by_role("button", name="Chốt lô")
    expect(close).to_be_enabled(timeout=PATIENCE)
    close.click()
    page.wait_for_url("**/batches/b-*", timeout=PATIENCE)
    counts = wait_until_read(page)
    assert counts["files"] == len(files)
    assert counts["pages"] == len(scans.pages)
    assert begun > 1
