"""Papers that are ready while their batch is read, as its page shows them: to clerks of its agency, and for the time being."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace

import pytest

from pipeline.domain.account import Role
from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.document import Copy, DocumentState
from pipeline.domain.early_paper import EarlyPaper, EarlyStretch
from pipeline.domain.ids import BatchId, DocumentId, TypeCode
from pipeline.domain.page import PageRef
from pipeline.ports import Area
from tests.storage.samples import SCAN, digest, digitized_batch, received_batch
from tests.web.conftest import SignIn
from web.office import Office

BATCH = BatchId("b-0123456789abcdef01234567")
PDF = b"%PDF-1.7 a copy"


def paper(place: int, copy: Copy) -> EarlyPaper:
    return EarlyPaper(
        id=DocumentId(f"d-{place:024x}"),
        place=place,
        first=PageRef(SCAN, place + 1),
        pages=2,
        type=TypeCode("quyet_dinh"),
        title=f"Quyết định số {place}/QĐ-UBND",
        copy=copy,
        state=DocumentState.NEEDS_REVIEW if place else DocumentState.DIGITIZED,
    )


@pytest.fixture
def copy(office: Office) -> Copy:
    kept = office.services.objects.put(Area.ARCHIVE, io.BytesIO(PDF))
    return Copy(sha256=kept.sha256, size=kept.size, conformance="2u")


def being_read(office: Office, *papers: EarlyPaper, agency: str = "H42.12") -> None:
    batches = office.services.batches
    batches.open(replace(received_batch(BATCH), agency=agency))
    batches.note(BATCH, early=EarlyStretch(start=0, end=1000, papers=papers))


def test_the_page_of_a_batch_lists_them_and_says_that_they_may_change(
    office: Office, sign_in: SignIn, copy: Copy
) -> None:
    being_read(office)
    clerk = sign_in(Role.CLERK)
    assert "Chưa có giấy tờ nào đọc xong" in clerk.browser.get(f"/batches/{BATCH}").text
    being_read(office, paper(0, copy), paper(2, copy))
    text = clerk.browser.get(f"/batches/{BATCH}").text
    assert "có thể đổi khi đọc hết lô" in text
    assert f'<a href="/batches/{BATCH}/early/{paper(2, copy).id}.pdf">Quyết định số 2/QĐ-UBND</a>' in text
    assert f"2 trang, từ trang 3 của {SCAN}" in text
    part = clerk.browser.get(f"/batches/{BATCH}/early", params={"after": 0}).text
    assert "Quyết định số 2/QĐ-UBND" in part
    assert "Quyết định số 0/QĐ-UBND" not in part
    told = clerk.browser.get(f"/batches/{BATCH}/state").json()
    assert (told["early"], told["documents"]) == (2, 0)


def test_a_long_list_comes_in_parts(office: Office, sign_in: SignIn, copy: Copy) -> None:
    being_read(office, *(paper(place, copy) for place in range(0, 300, 2)))
    clerk = sign_in(Role.CLERK)
    first = clerk.browser.get(f"/batches/{BATCH}").text
    assert first.count('class="early-paper"') == 100
    assert f"/batches/{BATCH}/early?after=198" in first
    rest = clerk.browser.get(f"/batches/{BATCH}/early?after=198").text
    assert (rest.count('class="early-paper"'), "early?after" in rest) == (50, False)


def test_a_copy_is_handed_out_as_what_it_is_and_each_look_is_written_down(
    office: Office, sign_in: SignIn, copy: Copy
) -> None:
    being_read(office, paper(0, copy))
    clerk = sign_in(Role.CLERK)
    answer = clerk.browser.get(f"/batches/{BATCH}/early/{paper(0, copy).id}.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert hashlib.sha256(answer.content).hexdigest() == copy.sha256
    assert "t%E1%BA%A1m%20th%E1%BB%9Di" in answer.headers["content-disposition"]
    entries = [each.deed for each in office.services.trail.entries(limit=100) if isinstance(each, AuditEntry)]
    looks = [(each.subject.id, each.details["part"]) for each in entries if each.action is Action.READ]
    assert looks == [(BATCH, "early")]


def test_they_are_nowhere_else(office: Office, sign_in: SignIn, copy: Copy) -> None:
    being_read(office, paper(0, copy))
    clerk, found = sign_in(Role.CLERK), paper(0, copy).id
    for path in (f"/documents/{found}", f"/documents/{found}/review", f"/documents/{found}/files/copy-1"):
        assert clerk.browser.get(path).status_code == 404
    assert paper(0, copy).title not in clerk.browser.get("/search", params={"q": "quyết định"}).text


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.CLERK])
def test_others_than_clerks_do_not_see_them(office: Office, sign_in: SignIn, copy: Copy, role: Role) -> None:
    being_read(office, paper(0, copy))
    other = sign_in(role)
    for path in ("early", f"early/{paper(0, copy).id}.pdf"):
        assert other.browser.get(f"/batches/{BATCH}/{path}").status_code == 403


def test_those_of_another_agency_are_not_there(office: Office, sign_in: SignIn, copy: Copy) -> None:
    being_read(office, paper(0, copy), agency="H42.13")
    clerk = sign_in(Role.CLERK)
    for path in ("early", f"early/{paper(0, copy).id}.pdf"):
        answer = clerk.browser.get(f"/batches/{BATCH}/{path}")
        assert (answer.status_code, "QĐ-UBND" in answer.text) == (404, False)


def test_what_is_through_or_gone_is_not_there(office: Office, sign_in: SignIn, copy: Copy) -> None:
    being_read(office, paper(0, copy), paper(2, replace(copy, sha256=digest("gone"))))
    clerk = sign_in(Role.CLERK)
    assert clerk.browser.get(f"/batches/{BATCH}/early/{paper(2, copy).id}.pdf").status_code == 404
    office.services.batches.complete(digitized_batch(BATCH), texts={})
    assert clerk.browser.get(f"/batches/{BATCH}/early/{paper(0, copy).id}.pdf").status_code == 404
    assert "early" not in clerk.browser.get(f"/batches/{BATCH}").text
