"""Search over HTTP: what is found by whom, what the trail keeps, and that nothing typed becomes markup or an address."""

from __future__ import annotations

import html
import re

import pytest

from pipeline.audit_ports import TrailFilter
from pipeline.domain.account import Role
from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.ids import content_hash
from pipeline.domain.owner import Identifier, IdentifierKind, IdentifierLink, LinkEvidence, Owner, OwnerId, OwnerKind
from tests.web.conftest import Person, SignIn
from tests.web.markup import Elements
from tests.web.shelved import OURS, THEIRS, shelve
from web.office import Office

LAN = "Nguyễn Thị Hồng Lan"
NUMBER, OLD = "001185000123", "012345678"


def searches(office: Office) -> list[AuditEntry]:
    found = office.services.officer.trail.newest(TrailFilter(action=Action.SEARCHED))
    return [each for each in found if isinstance(each, AuditEntry)]


def ask(who: Person, **form: object) -> str:
    """Search as a script does and return the part of the page."""
    headers = {"HX-Request": "true", "X-CSRF-Token": who.csrf}
    answer = who.browser.post("/search", data=form, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


def hits(part: str) -> list[str]:
    return re.findall(r'href="/documents/(d-[0-9a-f]+)"', part)


def test_a_paper_is_found_without_diacritics_and_what_was_found_is_marked(office: Office, sign_in: SignIn) -> None:
    wanted = shelve(office, text="Quyết định hỗ trợ hộ nghèo", fields={"subject": "Hỗ trợ hộ nghèo"})
    shelve(office, text="Thông báo tuyển dụng")
    part = ask(sign_in(Role.RECORDS_OFFICER), words="ho ngheo")
    assert hits(part) == [wanted]
    assert "<mark>hộ</mark>" in part
    assert "<mark>nghèo</mark>" in part


def test_while_somebody_types_the_last_word_may_be_incomplete(office: Office, sign_in: SignIn) -> None:
    wanted = shelve(office, text="Quyết định hỗ trợ hộ nghèo")
    officer = sign_in(Role.RECORDS_OFFICER)
    assert hits(ask(officer, words="hỗ trợ hộ ngh", as_typed="1")) == [wanted]
    assert hits(ask(officer, words="hỗ trợ hộ ngh", as_typed="0")) == []


def test_a_person_is_found_by_name_and_by_each_number(office: Office, sign_in: SignIn) -> None:
    records = office.services
    new = shelve(office, text=f"Giấy khai sinh của {LAN}, số {NUMBER}")
    old = shelve(office, text=f"Chứng minh nhân dân số {OLD} của {LAN}")
    shelve(office, text="Nguyễn Văn Lan và Trần Thị Hồng")
    numbers = Identifier(IdentifierKind.CCCD, NUMBER), Identifier(IdentifierKind.CMND, OLD)
    records.owners.register(Owner(id=OwnerId("o"), kind=OwnerKind.PERSON, name=LAN, identifiers=numbers[:1]))
    link = IdentifierLink(old=numbers[1], new=numbers[0], evidence=LinkEvidence.AUTHORITY)
    records.owners.link(link, at=records.clock.now())
    officer = sign_in(Role.RECORDS_OFFICER)
    for typed in ("nguyen thi hong lan", LAN, NUMBER, "012 345 678"):
        assert sorted(hits(ask(officer, person=typed))) == sorted([new, old]), typed


def test_filters_and_facets_narrow(office: Office, sign_in: SignIn) -> None:
    decision = shelve(office, fields={"issued_date": "2025-05-01"}, dossier="H42.12-250501-0001")
    letter = shelve(office, kind="cong_van", fields={"issued_date": "2026-05-01"})
    officer = sign_in(Role.RECORDS_OFFICER)
    assert sorted(hits(ask(officer, words="cấp giấy phép"))) == sorted([decision, letter])
    for form, expected in (
        ({"type": "cong_van"}, [letter]),
        ({"dossier": "H42.12-250501-0001"}, [decision]),
        ({"issued_since": "2026-01-01", "issued_until": "2026-12-31"}, [letter]),
        ({"words": "cấp giấy phép", "narrow": "year:2025"}, [decision]),
        ({"words": "cấp giấy phép", "narrow": "type:cong_van"}, [letter]),
    ):
        assert hits(ask(officer, **form)) == expected, form


def test_days_the_wrong_way_round_are_said_and_not_searched(office: Office, sign_in: SignIn) -> None:
    shelve(office)
    part = ask(sign_in(Role.RECORDS_OFFICER), words="giấy", issued_since="2026-02-01", issued_until="2026-01-01")
    assert "Ngày đầu đứng sau ngày cuối" in part
    assert searches(office) == []


@pytest.mark.parametrize("role", [Role.CLERK, Role.OFFICIAL, Role.RECORDS_OFFICER])
def test_of_another_agency_nothing_is_found_nor_counted(office: Office, sign_in: SignIn, role: Role) -> None:
    ours = shelve(office, text="Hồ sơ đất đai", agency=OURS, kind="cong_van")
    shelve(office, text="Hồ sơ đất đai", agency=THEIRS, kind="quyet_dinh")
    part = ask(sign_in(role, agency=OURS), words="đất đai")
    assert hits(part) == [ours]
    assert "1 giấy tờ" in part
    assert "Quyết định" not in part
    assert THEIRS not in part
    assert hits(ask(sign_in(role, login="theirs", agency=THEIRS), words="đất đai", agency=OURS)) == []


def test_an_administrator_may_not_search(sign_in: SignIn) -> None:
    person = sign_in(Role.ADMINISTRATOR)
    assert person.browser.get("/search").status_code == 403
    assert person.post("/search", words="x").status_code == 403


def test_the_trail_has_the_purpose_and_a_digest_but_not_the_words(office: Office, sign_in: SignIn) -> None:
    shelve(office, text=f"Đơn của {LAN}")
    ask(sign_in(Role.CLERK, login="canbo"), words=LAN, purpose="inspection")
    (entry,) = searches(office)
    assert (entry.author.name, entry.deed.reason) == ("canbo", "Thanh tra, kiểm tra")
    assert entry.deed.details["words_sha256"] == content_hash(LAN.encode())
    assert LAN not in str(entry)


def test_words_are_never_taken_from_an_address(office: Office, sign_in: SignIn) -> None:
    shelve(office, text="Bí mật đời tư")
    answer = sign_in(Role.CLERK).browser.get("/search?words=bi+mat")
    assert "bi mat" not in answer.text
    assert answer.headers["referrer-policy"] in {"same-origin", "no-referrer", "strict-origin"}
    assert searches(office) == []


@pytest.mark.parametrize(
    "name",
    ['<script>alert("x")</script>', '"><img src=x onerror=alert(1)>', "Nguyễn\u202ethị\u202c Lan", "' onfocus='x"],
)
def test_what_a_paper_says_is_text_and_nothing_else(office: Office, sign_in: SignIn, name: str) -> None:
    shelve(office, text=f"Đơn đề nghị của {name} số 77", fields={"full_name": name}, source=f"{name[:40]}.pdf")
    part = ask(sign_in(Role.CLERK), words="đề nghị")
    assert Elements(part).harmful == []
    assert f"<bdi>{html.escape(name).replace('&#x27;', '&#39;').replace('&quot;', '&#34;')}</bdi>" in part


def test_what_was_typed_comes_back_as_text(sign_in: SignIn) -> None:
    answer = sign_in(Role.CLERK).post("/search", words='"><script>x</script>', person="' autofocus onfocus='x")
    assert Elements(answer.text).harmful == []
    assert "&#34;&gt;&lt;script&gt;" in answer.text


def test_pages_of_an_answer_go_on_where_the_one_before_ended(office: Office, sign_in: SignIn) -> None:
    shelved = {shelve(office, text="Biên bản họp thôn") for _ in range(23)}
    clerk = sign_in(Role.CLERK)
    first = ask(clerk, words="họp thôn")
    place = re.search(r'name="after" value="([^"]+)"', first)
    assert place is not None
    second = ask(clerk, words="họp thôn", after=place[1])
    assert len(hits(first)) == 20
    assert set(hits(first)) | set(hits(second)) == shelved
    assert 'name="after"' not in second


def test_a_place_that_is_none_is_a_404(office: Office, sign_in: SignIn) -> None:
    shelve(office)
    clerk = sign_in(Role.CLERK)
    headers = {"HX-Request": "true", "X-CSRF-Token": clerk.csrf}
    answer = clerk.browser.post("/search", data={"words": "giấy", "after": "nonsense"}, headers=headers)
    assert (answer.status_code, answer.headers["x-error-code"]) == (404, "record.not_found")
