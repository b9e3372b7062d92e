"""An official at the desk: twenty results, each looked at, one taken out, the others signed with one passphrase."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from pipeline.domain.account import Role
from pipeline.domain.document import Field, FieldOrigin, FieldState
from pipeline.domain.geometry import Box
from pipeline.domain.ids import DocumentId, FieldName
from pipeline.understand.catalogue import load_types
from pipeline.usecases.issue_result import issue_result
from storage.objects_folder import FolderObjects
from storage.records import open_records
from tests.e2e.office import Office
from tests.e2e.papers import FixedClock, keep_papers
from tests.e2e.people import PHONE, Seat, Staff, hire, take_seat
from tests.fakes.author import CLERK
from tests.servers.browser import violations
from tests.signing.office_keys import OfficeKeys, office_keys

pytestmark = [pytest.mark.tools, pytest.mark.services, pytest.mark.slow, pytest.mark.enable_socket]
RESULTS = 20
PIN = "kho-doan-4711-khong-lo"
CHAIR = Staff("chu.tich", "Nguyễn Hoàng Thị Ngọc Phương", Role.OFFICIAL)
REASON = "Họ tên trên quyết định chưa đúng"


@dataclass(frozen=True)
class Served:
    """An office with results that wait for its official."""

    office: Office
    address: str
    documents: Sequence[DocumentId]
    keys: OfficeKeys


def _field(value: str, box: Box | None = None) -> Field:
    return Field(
        value=value, raw=value, confidence=0.99, page=1, box=box, origin=FieldOrigin.OCR, state=FieldState.CONFIRMED
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("desk")
    keys = office_keys(folder / "keys", name=CHAIR.name, pin=PIN)
    office = Office(home=folder / "home", settings=keys.settings(CHAIR.login))
    hire(office, CHAIR)
    fields = {
        FieldName("subject"): _field("Về việc trợ cấp cho gia đình ông Nguyễn Phước Bảo Quốc Thiên Vương"),
        FieldName("signer_position"): _field("CHỦ TỊCH", Box(380, 560, 450, 575)),
        FieldName("signer_name"): _field(CHAIR.name, Box(340, 660, 490, 675)),
    }
    records = open_records(f"sqlite:///{office.home / 'sohoa.db'}", clock=FixedClock(), author=CLERK)
    objects = FolderObjects(office.home / "archive")
    try:
        documents = keep_papers(records, objects, RESULTS, fields=fields)
        for each in documents:
            issue_result(
                each,
                address="https://sohoa.example.vn/v",
                with_data=True,
                results=records.results,
                library=records.library,
                versions=records.versions,
                objects=objects,
                clock=FixedClock(),
                catalogue=load_types(),
            )
    finally:
        records.close()
    with office.served() as address:
        yield Served(office, address, documents, keys)


@pytest.fixture(scope="module")
def chair(served: Served, chromium: Browser) -> Seat:
    """The official, signed in with a second factor."""
    return take_seat(chromium, served.address, CHAIR)


@pytest.fixture
def page(chair: Seat) -> Iterator[Page]:
    """A page of the official's browser."""
    page = chair.context.new_page()
    yield page
    page.close()


def _looked_at(page: Page, number: int) -> None:
    """Wait until the records have it that paper `number` was shown."""
    expect(page.locator(".desk-row").nth(number)).to_have_attribute("data-seen", "yes")


def test_twenty_results_with_one_passphrase(served: Served, page: Page, tmp_path: Path) -> None:
    told: list[str] = []
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto("/desk")
    rows = page.locator(".desk-row")
    expect(rows).to_have_count(RESULTS)
    assert violations(page) == []

    page.locator("#secret").fill(PIN)
    page.locator("#desk-sign").click()  # nothing is chosen: nothing is sent
    assert page.url.endswith("/desk")

    for number in range(RESULTS):
        _looked_at(page, number)
        expect(page.locator(".coming-look")).to_have_count(1)
        if number == 3:
            page.locator('[data-decide="refuse"]').click()
            page.keyboard.type(REASON)
            page.keyboard.press("Enter")
        else:
            page.locator('[data-decide="sign"]').focus()
            page.keyboard.press("Enter")
    page.reload()  # what was decided is not lost
    expect(page.locator("#desk-counts")).to_contain_text(str(RESULTS - 1))
    page.locator("#secret").fill(PIN)
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/*")
    order = page.url.rsplit("/", 1)[1]
    expect(page.locator('[data-count="signed"]')).to_have_text(str(RESULTS - 1), timeout=180_000)
    expect(page.locator('[data-count="vetoed"]')).to_have_text("1")
    expect(page.locator('[data-count="left"]')).to_have_text("0")
    expect(page.get_by_text(REASON)).to_be_visible()
    expect(page.locator("#order")).to_have_attribute("data-running", "", timeout=180_000)
    assert violations(page) == []
    assert told == []

    page.goto("/desk")
    expect(page.locator(".desk-row")).to_have_count(1)
    signed = [each for at, each in enumerate(served.documents) if at != 3]
    for document in signed[:3]:
        verdict = served.office.json("verify", document)
        assert verdict["verdict"] == "valid", verdict
    _is_valid_to_pyhanko(served, signed[0], tmp_path)
    shown = served.office.json("orders", order)[0]["documents"]
    assert len({each["shown"] for each in shown}) == RESULTS
    assert _holds_pin(served) == []


def _is_valid_to_pyhanko(served: Served, document: DocumentId, folder: Path) -> None:
    file = folder / "signed.pdf"
    assert served.office.run("get", document, "--part", "copy", "--out", file).returncode == 0
    context = ValidationContext(
        trust_roots=[load_cert_from_pemder(str(served.keys.root))], allow_fetching=False, moment=dt.datetime.now(dt.UTC)
    )

    def judged() -> bool:
        with file.open("rb") as stream:
            (embedded,) = PdfFileReader(stream).embedded_signatures
            return bool(validate_pdf_signature(embedded, context).bottom_line)

    # Playwright has a loop of its own in this thread, and so has pyHanko
    with ThreadPoolExecutor(1) as beside:
        assert beside.submit(judged).result()


def _holds_pin(served: Served) -> list[str]:
    """Return the files of the office, its log among them, in which the passphrase stands."""
    files = [each for each in served.office.home.parent.rglob("*") if each.is_file()]
    return [str(each) for each in files if PIN.encode() in each.read_bytes()]


def test_the_desk_on_a_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    for path in ("/desk", "/desk/delegations", "/orders"):
        page.goto(path)
        assert violations(page) == []
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], path


def test_a_picture_is_asked_for_when_its_paper_is_opened(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/desk")
    _looked_at(page, 0)
    assert len({url for url in asked if re.search(r"/versions/[0-9a-f]{64}/pages/1\.jpg$", url)}) == 1
