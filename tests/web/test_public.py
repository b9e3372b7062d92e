"""What anybody may look up, and what they may not learn by it."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

import pypdfium2
import pytest
import zxingcpp
from fastapi.testclient import TestClient

from app.settings import load_settings
from pipeline.domain.audit import Action, AuditEntry, Subject, SubjectKind
from pipeline.domain.errors import ObjectMissing
from pipeline.domain.ids import ContentHash, DossierCode
from pipeline.domain.signature import SignerRole
from pipeline.usecases.issue_result import revoke_result, supersede_result
from pipeline.usecases.verify_publicly import fingerprint_in, result_code_in
from tests.e2e.papers import DOSSIER
from tests.web.issued import APPLICANT, SUBJECT, Issued, content, issue, sign
from web.application import create_app
from web.main import open_office
from web.office import Office
from web.public_door import JudgeQueue, RateLimit

_WAIT = 60.0
NOTHING = "Không tìm thấy kết quả nào đã được ký phát hành"
signing = pytest.mark.enable_socket


def told(page: str) -> str:
    """Return what a page says, without what its scripts may say later."""
    return re.sub(r'data-[a-z-]+="[^"]*"', "", page)


def judged(browser: TestClient, code: str) -> str:
    """Return the page of a result once its signatures are judged."""
    until = time.monotonic() + _WAIT
    while time.monotonic() < until:
        page = browser.get(f"/v/{code}")
        assert page.status_code == 200, page.text
        if "data-waiting" not in page.text:
            return page.text
        time.sleep(0.2)
    raise AssertionError("the signatures were not judged in time")


@dataclass(frozen=True)
class Town:
    """An office that has issued results of every kind."""

    office: Office
    browser: TestClient
    signed: Issued
    old: Issued
    new: Issued
    early: Issued
    """superseded by one that nobody has signed"""
    gone: Issued
    unsigned: Issued
    by_clerk: Issued
    altered: Issued
    forms: dict[str, Issued]
    """by dossier code"""


FORMS = ("000.00.15.H42-260131-0001", "G06.01.02.03-260131-000123", "T.H42.5-260131-00000001")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Open it once: signing and judging take longer than looking."""
    environment = {
        "SOHOA_HOME": str(tmp_path_factory.mktemp("town")),
        "SOHOA_READING__WORKERS": "1",
        "SOHOA_WEB__PUBLIC_LOOKS": "10000",
    }
    with (
        open_office(load_settings(environment), with_prefect=False) as office,
        TestClient(create_app(office), follow_redirects=False) as browser,
    ):
        papers = issue(office, 8)
        signed, old, new, early, gone, unsigned, by_clerk, altered = papers
        forms = {code: issue(office, dossier=DossierCode(code))[0] for code in FORMS}
        sign(office, [each.document for each in (signed, old, new, early, gone, altered, *forms.values())])
        sign(office, [by_clerk.document], SignerRole.CLERK)
        results, clock = office.services.results, office.services.clock
        supersede_result(old.code, new.code, f"sai tên bà {APPLICANT}", results=results, clock=clock)
        supersede_result(early.code, unsigned.code, "sai", results=results, clock=clock)
        revoke_result(gone.code, f"bà {APPLICANT} khai không đúng", results=results, clock=clock)
        yield Town(office, browser, signed, old, new, early, gone, unsigned, by_clerk, altered, forms)


@signing
def test_a_signed_result_is_shown_with_its_judged_signatures(town: Town) -> None:
    page = judged(town.browser, town.signed.code)

    newest = town.office.services.versions.versions(town.signed.document)[-1]
    assert "Kết quả đang có hiệu lực và chữ ký số hợp lệ." in page
    assert newest.sha256 in page
    assert newest.signer
    assert newest.signer in page
    assert "(có dấu thời gian chứng minh)" in page
    kept = town.office.services.verdicts.of(newest.sha256)
    assert [(each.verdict.value, each.by) for each in kept] == [("valid", "public")]


@signing
def test_nothing_of_whom_it_concerns_is_shown(town: Town) -> None:
    page = judged(town.browser, town.signed.code)

    for said in (APPLICANT, SUBJECT, "12/QĐ-UBND", town.signed.document, "quyet_dinh", "Quyết định"):
        assert said not in page
    assert "<img" not in page


@signing
def test_the_code_on_the_paper_opens_the_page(town: Town) -> None:
    with pypdfium2.PdfDocument(content(town.office, town.signed.document)) as pdf:
        picture = pdf[0].render(scale=300 / 72).to_pil()
    (found,) = zxingcpp.read_barcodes(picture)
    address = urlsplit(found.text)

    assert f"{address.scheme}://{address.netloc}" == town.office.address
    assert parse_qs(address.query) == {"code": [town.signed.code]}
    answer = town.browser.get(f"{address.path}?{address.query}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/v/{town.signed.code}")


@signing
@pytest.mark.parametrize("code", FORMS)
def test_codes_of_all_forms_lead_to_their_page(town: Town, code: str) -> None:
    result = town.forms[code].code
    for typed in (result, result.lower(), f" {result[:-1]}(1) ", f"https://x.example/v?code={result}"):
        answer = town.browser.get("/v", params={"code": typed})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/v/{result}")
    assert result in town.browser.get(f"/v/{result}").text


@signing
def test_a_result_that_ended_is_not_good_whatever_its_signatures_say(town: Town) -> None:
    superseded, revoked = judged(town.browser, town.old.code), judged(town.browser, town.gone.code)

    assert "KHÔNG còn hiệu lực: đã có kết quả khác thay thế" in superseded
    assert f'href="/v/{town.new.code}"' in superseded
    assert "KHÔNG còn hiệu lực: đã bị thu hồi" in revoked
    assert "đang có hiệu lực và chữ ký số hợp lệ" not in superseded + revoked
    assert APPLICANT not in superseded + revoked


@signing
def test_the_result_in_its_place_is_not_named_before_it_is_signed(town: Town) -> None:
    page = judged(town.browser, town.early.code)
    assert "đã có kết quả khác thay thế" in page
    assert town.unsigned.code not in page


@signing
def test_what_no_official_has_signed_is_answered_like_what_never_was(town: Town) -> None:
    codes = (town.unsigned.code, town.by_clerk.code, f"{DOSSIER}-KQ9")

    answers = {code: town.browser.get(f"/v/{code}") for code in codes}

    assert {each.status_code for each in answers.values()} == {200}
    assert all(NOTHING in each.text for each in answers.values())
    assert len({each.text.replace(code, "CODE") for code, each in answers.items()}) == 1
    assert len({tuple(sorted(each.headers)) for each in answers.values()}) == 1


@signing
def test_the_time_of_the_answer_does_not_tell_what_is_known(town: Town) -> None:
    def seconds(code: str) -> float:
        begun = time.perf_counter()
        assert NOTHING in town.browser.get(f"/v/{code}").text
        return time.perf_counter() - begun

    times = [[seconds(code) for code in (town.unsigned.code, f"{DOSSIER}-KQ9", "gì cũng được")] for _ in range(15)]

    # the quickest of each: what the machine does beside it comes on top
    known, unknown, nonsense = (min(each) for each in zip(*times, strict=True))
    assert known == pytest.approx(unknown, abs=0.01)
    assert nonsense == pytest.approx(unknown, abs=0.01)


@signing
def test_a_file_leads_to_its_result_whichever_state_it_is(town: Town) -> None:
    newest = hashlib.sha256(content(town.office, town.signed.document)).hexdigest()
    earlier = hashlib.sha256(content(town.office, town.signed.document, 0)).hexdigest()

    assert "trùng khớp hoàn toàn với bản mới nhất" in told(town.browser.get(f"/v?code={newest.upper()}").text)
    assert "Tệp là một bản trước đó" in told(town.browser.get(f"/v?code={earlier}").text)
    assert NOTHING in town.browser.get(f"/v?code={hashlib.sha256(b'other').hexdigest()}").text


@signing
def test_a_file_of_a_paper_that_is_no_result_leads_nowhere(town: Town) -> None:
    digest = hashlib.sha256(content(town.office, town.unsigned.document)).hexdigest()
    assert NOTHING in town.browser.get(f"/v?code={digest}").text


@signing
def test_altered_bytes_in_the_store_are_never_called_valid(town: Town) -> None:
    digest = town.office.services.versions.versions(town.altered.document)[-1].sha256
    (file,) = (each for each in town.office.settings.archive_folder.rglob(f"*{digest[4:]}*") if each.is_file())
    file.chmod(0o600)
    file.write_bytes(file.read_bytes().replace(b"%PDF", b"%PdF", 1))

    page = judged(town.browser, town.altered.code)

    assert "chữ ký số hợp lệ" not in page
    assert "Chưa kiểm tra được lúc này" in page
    assert town.office.services.verdicts.of(digest) == ()


@signing
def test_looks_of_an_hour_leave_one_entry_without_an_address(town: Town) -> None:
    for _ in range(3):
        town.browser.get(f"/v/{town.new.code}")
    entries = [each for each in town.office.services.trail.entries(limit=1000) if isinstance(each, AuditEntry)]
    looks = [each for each in entries if each.deed.subject == Subject(SubjectKind.RESULT, town.new.document)]
    looks = [each for each in looks if each.deed.action is Action.READ]
    assert len(looks) == len({each.at.replace(minute=0, second=0, microsecond=0) for each in looks}) >= 1
    assert {(each.author.name, each.author.origin) for each in looks} == {("public", "web")}


def test_too_many_questions_are_told_when_to_come_back(office: Office) -> None:
    few = load_settings({"SOHOA_HOME": str(office.settings.home), "SOHOA_WEB__PUBLIC_LOOKS": "3"})
    with TestClient(create_app(replace(office, provenance=few)), follow_redirects=False) as browser:
        answers = [browser.get(f"/v/{DOSSIER}-KQ{number}") for number in range(1, 6)]
        assert [each.status_code for each in answers] == [200, 200, 200, 429, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 20
        # who only asks for the empty form asks the records nothing
        assert browser.get("/v").status_code == 200


def test_nobody_gets_a_session_by_looking(browser: TestClient) -> None:
    for path in ("/v", f"/v/{DOSSIER}-KQ1"):
        answer = browser.get(path)
        assert "set-cookie" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "code",
    [
        "<script>alert(1)</script>",
        "'\"><svg/onload=alert(1)>",
        "..",
        "%00",
        "x" * 2000,
        "H42.12-260131-0001-KQ99999999",
    ],
)
def test_whatever_is_typed_is_an_answer(browser: TestClient, code: str) -> None:
    answer = browser.get("/v/" + code.replace("/", "%2F").replace("<", "%3C"))
    assert answer.status_code in {200, 303, 404}
    assert "<script>alert" not in answer.text
    assert "<svg/onload" not in answer.text
    typed = browser.get("/v", params={"code": code[:300]})
    assert typed.status_code in {200, 303}
    assert "<script>alert" not in typed.text


def test_codes_and_fingerprints_are_told_apart() -> None:
    assert result_code_in("h42.12-260131-0001-kq(2)") == "H42.12-260131-0001-KQ2"
    assert result_code_in("H42.12–260131–0001–KQ2") == "H42.12-260131-0001-KQ2"
    assert result_code_in("H42.12-260131-0001") is None
    assert result_code_in("H42.12-261331-0001-KQ1") is None
    assert fingerprint_in("AB" * 32) == "ab" * 32
    assert fingerprint_in(" ".join(["ab:ab"] * 16)) == "ab" * 32
    assert fingerprint_in("ab" * 31) is None


def test_questions_are_counted_by_site() -> None:
    now = 0.0
    limit = RateLimit(2, now=lambda: now)
    assert [limit.wait("192.0.2.1") for _ in range(3)] == [0, 0, 30]
    assert limit.wait("192.0.2.2") == 0
    # a household chooses the second half of its IPv6 addresses as it likes
    assert [limit.wait(f"2001:db8::{number}") for number in range(3)] == [0, 0, 30]
    assert limit.wait("2001:db8:0:1::1") == 0
    # the same machine by either protocol
    assert limit.wait("::ffff:192.0.2.1") == 30
    now = 30.0
    assert [limit.wait("192.0.2.1") for _ in range(2)] == [0, 30]


class HeldJobs:
    """Keeps work until it is told to do it."""

    def __init__(self) -> None:
        self.works: list[object] = []

    def digitize(self, *_: object, **__: object) -> None:
        raise AssertionError("looking a result up digitizes nothing")

    def run(self, _name: str, work: object) -> Future[None]:
        self.works.append(work)
        return Future()


def test_a_file_is_judged_once_at_a_time_and_not_again_at_once_after_a_failure(office: Office) -> None:
    jobs = HeldJobs()
    asked: list[ContentHash] = []

    def judge(sha256: ContentHash) -> bool:
        asked.append(sha256)
        raise ObjectMissing(sha256=sha256)

    queue = JudgeQueue(jobs=jobs, judge=judge, now=office.services.clock.now)
    names = [ContentHash(f"{number:064x}") for number in range(25)]
    assert [queue.ask(names[0]), queue.ask(names[0])] == [True, True]
    assert len(jobs.works) == 1
    assert [queue.ask(each) for each in names[1:]].count(True) == 19
    jobs.works[0]()  # type: ignore[operator]
    assert asked == names[:1]
    assert not queue.ask(names[0])
