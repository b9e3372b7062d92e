"""What owners see of their own, and that they see nothing of anybody else."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from pipeline.domain.account import Account, AccountId, Role
from pipeline.domain.audit import AuditEntry
from pipeline.domain.holding import Holding, HoldingState
from pipeline.domain.ids import ContentHash, TypeCode
from pipeline.domain.owner import (
    AccessBasis,
    Consent,
    ConsentId,
    HoldingId,
    Identifier,
    IdentifierKind,
    IdentifierLink,
    LinkEvidence,
    Owner,
    OwnerId,
    OwnerKind,
)
from storage.database import writing
from storage.disposal_scrub import scrub_document
from tests.web.issued import content, keep
from tests.web.street import BINH, LAN, Citizen, Street, note_look, open_street, owner_session
from web.application import create_app
from web.office import Office
from web.pages.mine import router


@pytest.fixture
def street(office: Office) -> Street:
    return open_street(office)


def test_owners_see_their_papers_with_states(street: Street) -> None:
    page = street.lan.get("/mine")
    for name in ("mine", "common of lan", "over"):
        assert street.held[name].id in page
    for name in ("theirs", "common of binh", "of firm"):
        assert street.held[name].id not in page
    assert "Giấy phép xây dựng số 12/QĐ-UBND" in page
    assert "hết hạn" in page
    assert "ỦY BAN NHÂN DÂN XÃ THANH BÌNH" in page
    assert street.held["over"].id in street.lan.get("/mine?state=expired")
    assert street.held["mine"].id not in street.lan.get("/mine?state=expired")
    assert "Không có giấy tờ nào ở tình trạng này" in street.lan.get("/mine?state=revoked")


def every_address(held: Holding, consent: str) -> list[tuple[str, str]]:
    return [
        ("GET", f"/mine/papers/{held.id}"),
        ("GET", f"/mine/papers/{held.id}/copy"),
        ("GET", f"/mine/papers/{held.id}/original"),
        ("POST", f"/mine/consents/{consent}/withdraw"),
    ]


def test_nobody_reaches_what_is_anothers_by_any_address(street: Street) -> None:
    services, now = street.office.services, street.office.services.clock.now()
    consent = Consent(
        id=ConsentId(services.new_id()), owner=street.binh.owner.id, agency="H42.12", purpose="vay vốn", given_at=now
    )
    services.access_book.give(consent)
    routes = {
        (method, route.path)
        for route in router.routes
        if isinstance(route, APIRoute) and "{" in route.path
        for method in route.methods or ()
    }
    tried = every_address(street.held["theirs"], consent.id) + every_address(street.held["common of binh"], consent.id)
    assert {(method, re.sub(r"(papers|consents)/[^/]+", _named, path)) for method, path in tried} == routes

    for other in (street.lan, street.firm):
        for method, path in tried:
            answer = other.browser.request(method, path, data={"csrf": other.csrf} if method == "POST" else None)
            assert answer.status_code == 404, path
            missing = other.browser.request(
                method,
                re.sub(r"(papers|consents)/[^/]+", r"\1/none", path),
                data={"csrf": other.csrf} if method == "POST" else None,
            )
            assert missing.status_code == 404
    assert services.access_book.consents(street.binh.owner.id)[0].withdrawn_at is None


def _named(match: re.Match[str]) -> str:
    return f"{match[1]}/{{{'holding' if match[1] == 'papers' else 'consent'}}}"


def test_nobody_comes_in_who_is_no_owner(street: Street, browser: TestClient) -> None:
    for path in ("/mine", "/mine/log", "/mine/consents", "/mine/export", f"/mine/papers/{street.held['mine'].id}"):
        assert browser.get(path).headers["location"].startswith("/sign-in")


def test_staff_do_not_come_in_as_owners(street: Street, sign_in: Callable[..., object]) -> None:
    clerk = sign_in(Role.ADMINISTRATOR, Role.CLERK)
    assert clerk.browser.get("/mine").status_code == 403  # type: ignore[attr-defined]


def test_of_a_common_paper_each_sees_the_paper_and_not_the_other(street: Street) -> None:
    note_look(street.office, street.held["common of binh"], purpose="Mục đích riêng của anh Bình")
    note_look(street.office, street.held["common of lan"], purpose="Mục đích của chị Lan")

    pages = street.lan.get(f"/mine/papers/{street.held['common of lan'].id}") + street.lan.get("/mine/log")

    assert "Mục đích của chị Lan" in pages
    for said in ("Mục đích riêng của anh Bình", "Trần Văn Bình", BINH, street.held["common of binh"].id):
        assert said not in pages


def test_a_replaced_paper_leads_to_the_one_in_its_place_only_where_that_is_ones_own(street: Street) -> None:
    depository = street.office.services.depository
    for name, by in (("over", "mine"), ("common of lan", "theirs")):
        held = street.held[name]
        ended = replace(
            held,
            state=HoldingState.SUPERSEDED,
            superseded_by=street.held[by].document,
            reason="đã cấp lại",
            changed_at=street.office.services.clock.now(),
        )
        depository.change(ended, version=held.version)
    assert f"/mine/papers/{street.held['mine'].id}" in street.lan.get(f"/mine/papers/{street.held['over'].id}")
    common = street.lan.get(f"/mine/papers/{street.held['common of lan'].id}")
    assert "đã được thay thế" in common
    assert street.held["theirs"].document not in common
    assert street.held["theirs"].id not in common


def test_looks_name_agency_and_role_and_no_person(street: Street) -> None:
    services = street.office.services
    services.accounts.add(
        Account(
            id=AccountId(services.new_id()),
            login="canbo.mot",
            name="Phạm Thị Kín Đáo",
            agency="H42.12",
            roles=frozenset({Role.CLERK}),
            created_at=services.clock.now(),
        )
    )
    note_look(street.office, street.held["mine"])
    note_look(street.office, street.held["mine"], who="root", basis=AccessBasis.LAW, dossier=None, agency="")

    page = street.lan.get("/mine/log")

    assert "cán bộ một cửa" in page
    assert "người vận hành hệ thống" in page
    assert "Giải quyết hồ sơ của bạn" in page
    assert "H42.12-260131-0001" in page
    for said in ("Phạm Thị Kín Đáo", "canbo.mot", "root"):
        assert said not in page


def test_the_log_goes_on_behind_a_page(street: Street) -> None:
    looks = [note_look(street.office, street.held["mine"], purpose=f"lần {number:03}") for number in range(60)]
    first = street.lan.get("/mine/log")
    assert "lần 059" in first
    assert "lần 009" not in first
    older = street.lan.get(f"/mine/log?before={looks[10].id}")
    assert "lần 009" in older
    assert "lần 010" not in older


def test_downloads_are_files_with_their_names_and_digests(street: Street) -> None:
    answer = street.lan.browser.get(f"/mine/papers/{street.held['mine'].id}/copy")
    assert answer.status_code == 200
    assert answer.content == content(street.office, street.held["mine"].document)
    assert re.fullmatch(
        rf'attachment; filename="{LAN}-giay_phep_xay_dung-000001_20260131_GiayPhepXayDung\.pdf"; .*',
        answer.headers["content-disposition"],
    )
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert street.lan.browser.get(f"/mine/papers/{street.held['mine'].id}/original").status_code == 404


def test_everything_that_is_ones_own_is_one_file(street: Street) -> None:
    note_look(street.office, street.held["mine"])
    note_look(street.office, street.held["common of binh"], purpose="Mục đích riêng của anh Bình")
    with street.lan.browser.stream("GET", "/mine/export") as answer:
        assert answer.headers["content-type"] == "application/zip"
        assert "content-length" not in answer.headers
        data = b"".join(answer.iter_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        listed = json.loads(archive.read("danh-muc.json"))
        files = {name: archive.read(name) for name in archive.namelist()}
    assert len(files) == 4
    for paper in listed["papers"]:
        for each in paper["files"]:
            assert hashlib.sha256(files[each["name"]]).hexdigest() == each["sha256"]
            assert not each["missing"]
    assert {paper["code"] for paper in listed["papers"]} == {
        street.held[name].code.text for name in ("mine", "common of lan", "over")
    }
    assert [each["purpose"] for each in listed["accesses"]] == ["Cấp giấy phép xây dựng"]
    assert BINH not in json.dumps(listed)


def test_a_file_that_is_not_there_is_named_as_missing(street: Street) -> None:
    digest: ContentHash = street.office.services.versions.versions(street.held["mine"].document)[-1].sha256
    for file in street.office.settings.archive_folder.rglob(f"*{digest[4:]}*"):
        file.unlink()
    with zipfile.ZipFile(io.BytesIO(street.lan.browser.get("/mine/export").content)) as archive:
        listed = json.loads(archive.read("danh-muc.json"))
        names = archive.namelist()
    assert [each["missing"] for paper in listed["papers"] for each in paper["files"]].count(True) == 1
    assert len(names) == 3


def test_looks_at_ones_own_are_in_the_trail_under_the_owner(street: Street) -> None:
    street.lan.get("/mine")
    street.lan.browser.get(f"/mine/papers/{street.held['mine'].id}/copy")
    entries = [each for each in street.office.services.trail.entries(limit=1000) if isinstance(each, AuditEntry)]
    parts = [
        each.deed.details["part"]
        for each in entries
        if each.deed.subject.id == street.lan.owner.id and "part" in each.deed.details
    ]
    assert parts == ["own_depository", "own_copy"]
    # what owners look at themselves is no access by an agency
    assert street.office.services.access_book.accesses(street.lan.owner.id) == ()


def test_papers_of_an_old_number_are_there_after_the_link(street: Street) -> None:
    services = street.office.services
    before = services.owners.register(
        Owner(
            id=OwnerId(services.new_id()),
            kind=OwnerKind.PERSON,
            name="NGUYỄN THỊ LAN",
            identifiers=(Identifier(IdentifierKind.CMND, "012345678"),),
        )
    )
    (old,) = services.depository.place(
        [replace(street.held["theirs"], id=HoldingId(services.new_id()), owner=before.id)],
        template="{owner}-{type}-{serial}",
    )
    assert old.id not in street.lan.get("/mine")
    services.owners.link(
        IdentifierLink(
            old=before.identifiers[0],
            new=street.lan.owner.identifiers[0],
            evidence=LinkEvidence.AUTHORITY,
            reason="CA xã",
        ),
        at=services.clock.now(),
    )
    assert old.id in street.lan.get("/mine")


def test_a_firm_sees_its_papers_under_its_long_name(street: Street) -> None:
    page = street.firm.get("/mine")
    assert "Đăng ký doanh nghiệp" in page or "đăng ký doanh nghiệp" in page
    assert street.firm.owner.name in page
    assert street.held["of firm"].id in page
    assert street.held["mine"].id not in page


def test_an_owner_without_papers_gets_an_honest_page(street: Street, browser: TestClient) -> None:
    services = street.office.services
    new = services.owners.register(
        Owner(
            id=OwnerId(services.new_id()),
            kind=OwnerKind.PERSON,
            name="Lê Thị Mới",
            identifiers=(Identifier(IdentifierKind.CCCD, "001199000033"),),
        )
    )
    known = Citizen(new, *owner_session(street.office, new.id, create_app(street.office)))
    assert "Chưa có giấy tờ nào mang số của bạn" in known.get("/mine")
    for path in ("/mine/log", "/mine/consents", "/mine/rights"):
        known.get(path)
    assert "Chưa có giấy tờ nào mang số của bạn" in browser.get("/mine/none").text


def test_a_paper_that_says_little_and_one_that_was_disposed_of_are_shown(street: Street) -> None:
    services = street.office.services
    bare, gone = keep(street.office, 2, fields={}, kind="bien_ban")
    held = [
        replace(street.held["mine"], id=HoldingId(services.new_id()), document=each, type=TypeCode("bien_ban"))
        for each in (bare, gone)
    ]
    placed = services.depository.place(held, template="{owner}-{type}-{serial:06}")
    with writing(services.records.engine) as connection:
        batch = services.library.document(gone)
        assert batch is not None
        scrub_document(connection, batch[0], gone)
    assert "Biên bản" in street.lan.get("/mine")
    assert "Biên bản" in street.lan.get(f"/mine/papers/{placed[0].id}")
    page = street.lan.get(f"/mine/papers/{placed[1].id}")
    assert "đã được hủy theo danh mục" in page
    assert "/copy" not in page
    assert street.lan.browser.get(f"/mine/papers/{placed[1].id}/copy").status_code == 404
    with zipfile.ZipFile(io.BytesIO(street.lan.browser.get("/mine/export").content)) as archive:
        assert len(json.loads(archive.read("danh-muc.json"))["papers"]) == 5


def test_many_papers_go_on_behind_a_page(street: Street) -> None:
    services = street.office.services
    papers = keep(street.office, 56, kind="cong_van")
    for document in papers:
        held = replace(
            street.held["mine"], id=HoldingId(services.new_id()), document=document, type=TypeCode("cong_van")
        )
        services.depository.place([held], template="{owner}-{type}-{serial:06}")
    first, second = street.lan.get("/mine"), street.lan.get("/mine?first=50")
    shown = [set(re.findall(r'href="/mine/papers/([^"/]+)"', page)) for page in (first, second)]
    assert [len(each) for each in shown] == [50, 9]
    assert not shown[0] & shown[1]
