"""The list of papers and the page of each: who sees what, what the trail keeps, what is handed out."""

from __future__ import annotations

import datetime as dt
import html
import io
import re

import pytest
import sqlalchemy as sa

from app.services import Services
from pipeline.audit_ports import TrailFilter
from pipeline.domain.account import Role
from pipeline.domain.audit import Action, AuditEntry, SubjectKind
from pipeline.domain.correction import Correction
from pipeline.domain.document import DocumentState
from pipeline.domain.ids import ContentHash, DocumentId, FieldName, content_hash
from pipeline.domain.retention import HoldKind
from pipeline.domain.signature import SignerRole
from pipeline.ports import Area
from pipeline.usecases.correct_fields import correct_fields
from pipeline.usecases.place_hold import place_hold
from storage.rearrange_tables import replacement_successors, replacements
from storage.tables import documents
from tests.web.conftest import SignIn
from tests.web.issued import sign
from tests.web.markup import Elements
from tests.web.shelved import OURS, THEIRS, shelve
from web.office import Office

PAPER_ROLES = [Role.CLERK, Role.OFFICIAL, Role.RECORDS_OFFICER]


def looks(office: Office, document: DocumentId) -> list[AuditEntry]:
    wanted = TrailFilter(action=Action.READ, kind=SubjectKind.DOCUMENT, subject=document)
    return [each for each in office.services.officer.trail.newest(wanted) if isinstance(each, AuditEntry)]


def listed(text: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/documents/(d-[0-9a-f]+)"', text)


def test_the_newest_papers_come_first_and_pages_go_on(office: Office, sign_in: SignIn) -> None:
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    shelved = [shelve(office, received=begin + dt.timedelta(hours=number)) for number in range(53)]
    clerk = sign_in(Role.CLERK)
    first = clerk.browser.get("/documents").text
    assert listed(first) == shelved[:2:-1]
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = clerk.browser.get(html.unescape(following[1])).text
    assert listed(second) == shelved[2::-1]
    assert 'rel="next"' not in second


def test_the_list_is_narrowed_by_type_state_and_dossier(office: Office, sign_in: SignIn) -> None:
    letter = shelve(office, kind="cong_van")
    doubtful = shelve(office, state=DocumentState.NEEDS_REVIEW)
    of_dossier = shelve(office, dossier="H42.12-260101-0007")
    clerk = sign_in(Role.CLERK)
    for address, expected in (
        ("type=cong_van", [letter]),
        ("state=needs_review", [doubtful]),
        ("dossier=H42.12-260101-0007", [of_dossier]),
        ("type=khac", []),
    ):
        assert listed(clerk.browser.get(f"/documents?{address}").text) == expected, address


@pytest.mark.parametrize("role", PAPER_ROLES)
def test_a_foreign_agencys_paper_is_not_there_in_any_way(office: Office, sign_in: SignIn, role: Role) -> None:
    theirs = shelve(office, agency=THEIRS)
    person = sign_in(role, agency=OURS)
    before = office.services.trail.last()
    for path in (
        f"/documents/{theirs}",
        f"/documents/{theirs}/sheets/1",
        f"/documents/{theirs}/files/copy-1",
        f"/documents/{theirs}/files/source-1",
        f"/documents/{theirs}/files/text",
        f"/documents/{theirs}/files/fields",
        f"/documents/{theirs}/pages/1.jpg",
    ):
        assert person.browser.get(path).status_code == 404, path
    assert person.post(f"/documents/{theirs}/check").status_code == 404
    assert office.services.trail.last() == before
    assert listed(person.browser.get("/documents").text) == []
    assert person.browser.get(f"/documents?after={theirs}").status_code == 404


def test_an_administrator_sees_no_papers(office: Office, sign_in: SignIn) -> None:
    document = shelve(office)
    person = sign_in(Role.ADMINISTRATOR)
    for path in ("/documents", f"/documents/{document}", f"/documents/{document}/files/text"):
        assert person.browser.get(path).status_code == 403, path


def test_the_page_tells_all_that_is_known(office: Office, sign_in: SignIn) -> None:
    document = shelve(office, fields={"subject": "Cấp giấy phép", "issued_date": "2026-03-02"}, source="Lô 7/ảnh 1.pdf")
    services = office.services
    version = services.versions.versions(document)[0]
    place_hold(
        HoldKind.DOCUMENT,
        document,
        by="thanh-tra",
        reason="Khiếu nại số 5",
        holds=services.holds,
        clock=services.clock,
        random_bytes=bytes,
    )
    text = sign_in(Role.RECORDS_OFFICER).browser.get(f"/documents/{document}").text
    for told in ("Quyết định", "Cấp giấy phép", "02/03/2026", version.sha256, "Lô 7/ảnh 1.pdf", "Khiếu nại số 5"):
        assert told in text, told
    assert "Bảo quản vĩnh viễn" in text
    assert "Chưa ai ký số giấy tờ này." in text
    assert "Nhận lô" in text


def test_one_look_is_written_down_however_much_of_the_page_is_shown(office: Office, sign_in: SignIn) -> None:
    document = shelve(office)
    clerk = sign_in(Role.CLERK, login="canbo")
    for _ in range(2):
        assert clerk.browser.get(f"/documents/{document}").status_code == 200
    (look,) = looks(office, document)
    assert (look.author.name, look.deed.details) == ("canbo", {"part": "all"})


def test_corrections_are_told_with_who_made_them(office: Office, sign_in: SignIn) -> None:
    document = shelve(office, fields={"full_name": "Nguyen Thi Lan"})
    correction = Correction(values={FieldName("full_name"): "Nguyễn Thị Lan"}, reason="Đối chiếu bản gốc")
    services: Services = office.services
    correct_fields(
        document,
        correction,
        by="hoa",
        library=services.library,
        corrections=services.corrections,
        catalogue=services.catalogue,
        clock=services.clock,
    )
    text = sign_in(Role.CLERK).browser.get(f"/documents/{document}").text
    for told in ("Nguyen Thi Lan", "Nguyễn Thị Lan", "hoa", "Đối chiếu bản gốc"):
        assert told in text, told


def test_each_download_is_a_look_with_its_purpose_and_the_very_bytes(office: Office, sign_in: SignIn) -> None:
    document = shelve(office, source="Hồ sơ chị Hoa/1.pdf", text="Nội dung")
    objects, officer = office.services.objects, sign_in(Role.RECORDS_OFFICER)
    version = office.services.versions.versions(document)[0]
    (source,) = office.services.officer.files.sources(document)
    for part, sha256 in (("copy-1", version.sha256), ("source-1", source.sha256)):
        answer = officer.browser.get(f"/documents/{document}/files/{part}?purpose=inspection")
        assert answer.status_code == 200
        assert content_hash(answer.content) == sha256
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        with objects.open(Area.ARCHIVE, ContentHash(sha256)) as stream:
            assert answer.content == stream.read()
    text = officer.browser.get(f"/documents/{document}/files/text?purpose=request")
    assert text.text.startswith("Nội dung")
    fields = officer.browser.get(f"/documents/{document}/files/fields")
    assert fields.json()["id"] == document
    told = [(each.deed.details["part"], each.deed.reason) for each in reversed(looks(office, document))]
    assert told == [
        ("copy", "Thanh tra, kiểm tra"),
        ("source", "Thanh tra, kiểm tra"),
        ("text", "Theo yêu cầu của chủ giấy tờ"),
        ("fields", ""),
    ]


@pytest.mark.parametrize("part", ["copy-9", "copy-x", "source-2", "signed", "nonsense", "copy-1-2", "source-"])
def test_what_there_is_not_is_not_handed_out(office: Office, sign_in: SignIn, part: str) -> None:
    document = shelve(office)
    answer = sign_in(Role.CLERK).browser.get(f"/documents/{document}/files/{part}")
    assert (answer.status_code, answer.headers["x-error-code"]) == (404, "record.not_found")


@pytest.mark.parametrize("name", ['<script>alert("x")</script>', '"><img src=x onerror=y>', "\u202egnp.exe"])
def test_names_and_values_are_text_whatever_they_hold(office: Office, sign_in: SignIn, name: str) -> None:
    document = shelve(office, source=f"{name}.pdf", fields={"full_name": name, "subject": name}, text=name)
    clerk = sign_in(Role.CLERK)
    for path in (f"/documents/{document}", "/documents"):
        text = clerk.browser.get(path).text
        assert Elements(text).harmful == [], path
        assert f"<bdi>{html.escape(name).replace('&quot;', '&#34;')}</bdi>" in text


def test_a_paper_whose_pages_were_put_right_leads_to_those_in_its_place(office: Office, sign_in: SignIn) -> None:
    old, new = shelve(office), shelve(office)
    engine, now = office.services.records.engine, office.services.clock.now()
    with engine.begin() as connection:
        batch = connection.scalar(sa.select(documents.c.batch).where(documents.c.id == old))
        row = {"document": old, "batch": batch, "round": 1, "at": now, "by": "hoa", "reason": "Lẫn <b>trang</b>"}
        connection.execute(sa.insert(replacements), row)
        connection.execute(sa.insert(replacement_successors), {"document": old, "position": 0, "successor": new})
    text = sign_in(Role.CLERK).browser.get(f"/documents/{old}").text
    assert "hoa đã sắp xếp lại trang" in text
    assert "Lẫn &lt;b&gt;trang&lt;/b&gt;" in text
    assert f'href="/documents/{new}"' in text


@pytest.mark.enable_socket
def test_signatures_are_judged_on_the_spot_and_the_verdict_is_kept(office: Office, sign_in: SignIn) -> None:
    document = shelve(office)
    sign(office, [document], SignerRole.COPY)
    officer = sign_in(Role.RECORDS_OFFICER)
    assert "Chưa ai kiểm tra chữ ký" in officer.browser.get(f"/documents/{document}").text
    headers = {"HX-Request": "true", "X-CSRF-Token": officer.csrf}
    part = officer.browser.post(f"/documents/{document}/check", headers=headers)
    assert part.status_code == 200
    assert "HỢP LỆ" in part.text
    assert "toàn bộ tệp" in part.text
    newest = office.services.versions.versions(document)[-1]
    assert [each.verdict.value for each in office.services.verdicts.of(newest.sha256)] == ["valid"]
    assert "HỢP LỆ" in officer.browser.get(f"/documents/{document}").text


@pytest.mark.enable_socket
def test_a_signed_file_that_was_altered_in_the_store_gets_no_verdict(office: Office, sign_in: SignIn) -> None:
    document = shelve(office)
    sign(office, [document], SignerRole.COPY)
    newest = office.services.versions.versions(document)[-1]
    (file,) = office.settings.archive_folder.rglob(newest.sha256)
    file.chmod(0o600)
    file.write_bytes(io.BytesIO(file.read_bytes()).getvalue()[:-1] + b"x")
    answer = sign_in(Role.RECORDS_OFFICER).post(f"/documents/{document}/check")
    assert answer.headers["x-error-code"] == "object.altered"
    assert office.services.verdicts.of(newest.sha256) == ()
