"""The public page in a real browser: it waits for the judgement, and compares files without sending them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.servers.browser import violations
from tests.web.issued import content, issue, sign
from tests.web.test_inert import served
from web.office import Office

pytestmark = [pytest.mark.tools, pytest.mark.services, pytest.mark.slow, pytest.mark.enable_socket]


@dataclass(frozen=True)
class Counter:
    """A served office, the code of a signed result, and files of which somebody wants to know what they are."""

    address: str
    code: str
    newest: Path
    earlier: Path
    other: Path


@pytest.fixture
def counter(office: Office, tmp_path: Path) -> Iterator[Counter]:
    (result,) = issue(office)
    with ThreadPoolExecutor(1) as aside:  # the browser's driver has the event loop of this thread
        aside.submit(sign, office, [result.document]).result()
    files = {
        "newest": content(office, result.document),
        "earlier": content(office, result.document, 0),
        "other": b"%PDF",
    }
    for name, data in files.items():
        (tmp_path / f"{name}.pdf").write_bytes(data)
    with served(office) as address:
        yield Counter(address, result.code, *(tmp_path / f"{name}.pdf" for name in files))


def asked_by(page: Page) -> list[str]:
    """Write down what a page asks of anybody."""
    asked: list[str] = []
    page.on(
        "request", lambda request: asked.append(f"{request.method} {request.url} {request.post_data or ''}".strip())
    )
    return asked


def test_the_page_waits_for_the_judgement_and_compares_files_that_stay_where_they_are(
    chromium: Browser, counter: Counter
) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(f"{counter.address}/v/{counter.code}")
        expect(page.locator(".answer.good")).to_be_visible(timeout=90_000)
        assert violations(page) == []
        asked = asked_by(page)
        outcome = page.locator("[data-outcome]")
        for file, said in (
            (counter.newest, "trùng khớp hoàn toàn với bản mới nhất"),
            (counter.earlier, "một bản trước đó"),
            (counter.other, "KHÔNG phải là bản nào"),
        ):
            page.set_input_files("#compare-file", file)
            expect(outcome).to_contain_text(said)
        assert asked == []
        assert context.cookies() == []


def test_a_file_finds_its_result_by_its_fingerprint_alone(chromium: Browser, counter: Counter) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(f"{counter.address}/v")
        asked = asked_by(page)
        page.set_input_files("#compare-file", counter.newest)
        expect(page.get_by_role("heading", level=1)).to_contain_text(counter.code)
        (question,) = (each for each in asked if "/static/" not in each)
        assert question == f"GET {counter.address}/v?code={hashlib.sha256(counter.newest.read_bytes()).hexdigest()}"
