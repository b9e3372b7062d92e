"""Files of papers over HTTP: the very bytes, the look written before them, and nothing for whoever may not ask."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from lxml import etree
from PIL import Image

from app.settings import load_settings
from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.client import ApiScope
from pipeline.domain.geometry import Box
from pipeline.domain.ids import ContentHash, DocumentId, DossierCode
from pipeline.domain.signature import CopyVersion
from pipeline.exchange.fields_xml import fields_schema, read_fields
from pipeline.ports import Area
from pipeline.usecases.batch_json import batch_schema
from pipeline.usecases.issue_result import revoke_result, supersede_result
from tests.web.api.conftest import Api, Asking
from tests.web.shelved import THEIRS, shelve
from web.application import create_app
from web.main import open_office
from web.office import Office

DOSSIER = DossierCode("H42.12-260131-0001")
FILES = ("copy.pdf", "text.txt", "fields.json", "fields.xml", "validation.json", "versions/1.pdf", "pages/1.jpg")
TOLD = ("", "fields", "versions", "verdicts", "signatures")
EVERY = (*FILES, "signed.pdf", "twin.pdf", "fields/code_number/evidence.png", *TOLD)


@pytest.fixture
def asking(api: Api) -> Asking:
    return api.client(ApiScope.FILES_READ, ApiScope.DOCUMENTS_READ)


@pytest.fixture
def paper(office: Office) -> DocumentId:
    return shelve(office, fields={"code_number": "12", "subject": "Cấp phép"}, dossier=DOSSIER)


def path(document: str, part: str = "") -> str:
    return f"/documents/{document}" + (f"/{part}" if part else "")


def kept(office: Office, document: DocumentId) -> bytes:
    newest = office.services.versions.versions(document)[-1]
    with office.services.objects.open(Area.ARCHIVE, newest.sha256) as stream:
        return stream.read()


def digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def looks(office: Office, document: str) -> list[AuditEntry]:
    """What the trail says of a document, but for how it came in."""
    found = []
    after = 0
    while entries := office.services.trail.entries(limit=200, after=after):
        found += [each for each in entries if isinstance(each, AuditEntry)]
        after = entries[-1].number
    return [each for each in found if each.deed.subject.id == document and each.deed.action is Action.READ]


def test_a_copy_is_handed_out_as_it_is_kept(asking: Asking, office: Office, paper: DocumentId) -> None:
    answer = asking.get(path(paper, "copy.pdf"))
    assert (answer.status_code, answer.content) == (200, kept(office, paper))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["repr-digest"] == digest(answer.content)
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert answer.headers["sohoa-state"] == "in_force"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert int(answer.headers["content-length"]) == len(answer.content)
    part = asking.get(path(paper, "copy.pdf"), headers={"Range": "bytes=5-20"})
    assert (part.status_code, part.content) == (206, answer.content[5:21])
    assert part.headers["content-digest"] == digest(part.content)
    assert part.headers["repr-digest"] == digest(answer.content)
    same = asking.get(path(paper, "copy.pdf"), headers={"If-None-Match": answer.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    behind = asking.get(path(paper, "copy.pdf"), headers={"Range": "bytes=999999-"})
    assert (behind.status_code, behind.json()["code"]) == (416, "api.range_unsatisfiable")
    assert behind.headers["content-range"] == f"bytes */{len(answer.content)}"
    other = asking.get(path(paper, "copy.pdf"), headers={"If-Match": '"other"'})
    assert (other.status_code, other.json()["code"]) == (412, "api.precondition_failed")
    head = asking.request("HEAD", path(paper, "copy.pdf"))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(answer.content))


def test_every_look_says_why_and_for_whom_and_is_there_before_the_answer(
    asking: Asking, office: Office, paper: DocumentId
) -> None:
    assert asking.get(path(paper, "copy.pdf")).status_code == 200
    (look,) = looks(office, paper)
    assert (look.author.name, look.author.role, look.deed.reason) == (asking.client.id, "client", "Đăng ký khai sinh")
    about = dict(look.deed.details)
    assert about.pop("request")
    assert about == {"part": "copy", "basis": "dossier", "requester": "nguyen.van.thu", "dossier": DOSSIER}


def test_a_paper_of_another_agency_is_like_one_that_never_was(api: Api, office: Office, asking: Asking) -> None:
    theirs, nothing = shelve(office, agency=THEIRS, fields={"code_number": "12"}), "d-0000000000000000000000ff"
    before = office.services.trail.last()
    for part in EVERY:
        one, other = (asking.get(path(each, part)) for each in (theirs, nothing))
        assert one.status_code == other.status_code == 404, part
        assert alike(one, theirs) == alike(other, nothing)
    one, other = (asking.post(path(each, "links"), json={}) for each in (theirs, nothing))
    assert alike(one, theirs) == alike(other, nothing)
    assert one.status_code == 404
    assert office.services.trail.last() == before  # nobody looked at anything
    assert api.client(agencies=frozenset({THEIRS})).get(path(theirs)).status_code == 200


def alike(answer: Response, document: str) -> tuple[object, ...]:
    """What tells two answers apart, but for the paper that was asked for and the request's own number."""
    told = {name: value for name, value in answer.json().items() if name != "instance"}
    names = sorted(set(answer.headers) - {"x-request-id"})
    return answer.status_code, json.dumps(told).replace(document, "ID"), names


def test_whoever_may_not_read_files_gets_none(api: Api, paper: DocumentId) -> None:
    nobody, reader = api.client(ApiScope.EVENTS_READ), api.client(ApiScope.DOCUMENTS_READ)
    for part in EVERY:
        assert nobody.get(path(paper, part)).json()["code"] == "api.scope_needed", part
        assert reader.get(path(paper, part)).status_code == (200 if part in TOLD else 403), part
    assert reader.post(path(paper, "links"), json={}).status_code == 403


def test_nobody_looks_without_saying_why(asking: Asking, office: Office, paper: DocumentId) -> None:
    for part in EVERY:
        answer = asking.get(path(paper, part), headers={"Sohoa-Requester": None})
        assert (answer.status_code, answer.json()["code"]) == (400, "api.purpose_needed"), part
    assert looks(office, paper) == []


def test_text_comes_as_text(asking: Asking, paper: DocumentId) -> None:
    answer = asking.get(path(paper, "text.txt"))
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith("Quyết định về việc cấp giấy phép xây dựng")


def test_fields_come_as_json_and_xml_that_say_the_same(asking: Asking, paper: DocumentId) -> None:
    told = asking.get(path(paper, "fields.json"))
    entry = told.json()
    assert entry["standing"]["kind"] == "in_force"
    assert entry["fields"]["code_number"]["value"] == "12"
    of_batch = {name: value for name, value in entry.items() if name != "standing"}
    assert set(of_batch) == set(batch_schema()["$defs"]["document"]["properties"])
    written = asking.get(path(paper, "fields.xml"))
    assert written.headers["content-type"] == "application/xml"
    etree.XMLSchema(etree.fromstring(fields_schema())).assertValid(etree.fromstring(written.content))
    assert read_fields(written.content) == entry
    assert asking.get(path(paper, "fields")).json()["fields"] == entry["fields"]
    assert written.headers["repr-digest"] == digest(written.content)


def stored(office: Office, data: bytes) -> CopyVersion:
    kept = office.services.objects.put(Area.ARCHIVE, io.BytesIO(data))
    return CopyVersion(number=2, sha256=kept.sha256, size=kept.size, created_at=office.services.clock.now())


def test_a_result_that_was_withdrawn_says_so_and_is_handed_out_to_who_asks_for_it_as_such(
    asking: Asking, office: Office, paper: DocumentId
) -> None:
    services = office.services
    old, new = paper, shelve(office, dossier=DOSSIER)
    codes = [services.results.issue(DOSSIER, each, at=services.clock.now()).code for each in (old, new)]
    supersede_result(codes[0], codes[1], "Cấp lại", results=services.results, clock=services.clock)
    answer = asking.get(path(old, "copy.pdf"))
    assert (answer.status_code, answer.json()["code"]) == (410, "paper.not_in_force")
    assert answer.json()["details"]["state"] == "superseded"
    assert answer.headers["sohoa-state"].startswith('superseded;since="20')
    assert f'by="{new}"' in answer.headers["sohoa-state"]
    assert answer.headers["link"] == f'</api/v1/documents/{new}>; rel="successor-version"'
    assert asking.get(path(old, "copy.pdf"), params={"even_if": "revoked"}).status_code == 410
    for part, query in (("copy.pdf", {"even_if": "superseded"}), ("versions/1.pdf", {})):
        file = asking.get(path(old, part), params=query)
        assert (file.status_code, file.content) == (200, kept(office, old))
        assert file.headers["sohoa-state"].startswith("superseded;")
        assert file.headers["link"] == answer.headers["link"]
    for part in ("text.txt", "fields.json", "fields.xml", "fields", "versions", "signatures", ""):
        told = asking.get(path(old, part))
        assert told.status_code == 200, part
        assert told.headers["sohoa-state"].startswith("superseded;"), part
    standing = asking.get(path(old)).json()["standing"]
    assert standing | {"since": ""} == {
        "kind": "superseded",
        "since": "",
        "reason": "Cấp lại",
        "result": codes[0],
        "successor_result": codes[1],
        "successors": [new],
    }
    shown = asking.get(f"/results/{codes[0]}")
    assert (shown.json()["state"], shown.json()["superseded_by"]) == ("superseded", codes[1])
    assert shown.headers["sohoa-state"].startswith("superseded;")
    revoke_result(codes[1], "Cấp sai thẩm quyền", results=services.results, clock=services.clock)
    assert asking.get(path(new, "copy.pdf")).headers["sohoa-state"].startswith("revoked;")
    listed = asking.get("/documents", params={"dossier": DOSSIER}).json()["items"]
    assert {each["id"]: each["standing"]["kind"] for each in listed} == {old: "superseded", new: "revoked"}


def test_only_a_paper_that_came_in_signed_has_an_original_and_a_twin(
    asking: Asking, office: Office, paper: DocumentId
) -> None:
    for part in ("signed.pdf", "twin.pdf"):
        assert asking.get(path(paper, part)).json()["code"] == "record.not_found"
    original = office.services.objects.put(Area.ARCHIVE, io.BytesIO(b"%PDF signed elsewhere"))
    came = shelve(office, signed=original.sha256)
    answer = asking.get(path(came, "signed.pdf"))
    assert (answer.status_code, answer.content) == (200, b"%PDF signed elsewhere")
    assert answer.headers["content-length"] == "21"
    assert asking.get(path(came, "twin.pdf")).content == kept(office, came)
    assert asking.get(path(came)).json()["signed_original"] == original.sha256


def test_a_newer_version_is_the_copy_and_the_older_ones_stay(asking: Asking, office: Office, paper: DocumentId) -> None:
    first = asking.get(path(paper, "copy.pdf"))
    office.services.versions.add(paper, stored(office, b"%PDF second state"))
    assert asking.get(path(paper, "copy.pdf")).content == b"%PDF second state"
    assert asking.get(path(paper, "versions/1.pdf")).content == first.content
    assert asking.get(path(paper, "versions/3.pdf")).status_code == 404
    part = {"Range": "bytes=0-3", "If-Range": first.headers["etag"]}
    assert asking.get(path(paper, "copy.pdf"), headers=part).status_code == 200  # not a part of another state
    assert [each["number"] for each in asking.get(path(paper, "versions")).json()["versions"]] == [1, 2]


def test_the_place_of_a_value_and_its_page_are_pictures(asking: Asking, office: Office, paper: DocumentId) -> None:
    page = asking.get(path(paper, "pages/1.jpg"))
    assert page.headers["content-type"] == "image/jpeg"
    across, down = Image.open(io.BytesIO(page.content)).size
    assert asking.get(path(paper, "pages/2.jpg")).status_code == 404
    assert asking.get(path(paper, "fields/code_number/evidence.png")).json()["details"]["what"] == "evidence"
    placed = shelve(office, fields={"code_number": "12"}, box=Box(100, 100, 200, 120))
    evidence = asking.get(path(placed, "fields/code_number/evidence.png"), params={"margin": 0, "dpi": 72})
    assert evidence.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(evidence.content)).size == (100, 20)
    assert across > 100
    assert down > 100
    for refused in ({"dpi": 1000}, {"dpi": 1}, {"margin": -1}, {"margin": "NaN"}, {"margin": 1e9}):
        answer = asking.get(path(placed, "fields/code_number/evidence.png"), params=refused)
        assert (answer.status_code, answer.json()["code"]) == (400, "api.request_refused")


def test_what_signatures_are_worth_is_kept_and_judged_anew_where_that_is_asked_for(
    asking: Asking, office: Office, paper: DocumentId
) -> None:
    first = asking.get(path(paper, "signatures")).json()
    assert (first["verdict"], first["reason"], first["signatures"]) == ("indeterminate", "NO_SIGNATURE", [])
    assert first["version"] == 1
    assert asking.get(path(paper, "validation.json")).json() == first
    assert len(asking.get(path(paper, "verdicts")).json()["verdicts"]) == 1
    fresh = asking.get(path(paper, "signatures"), params={"fresh": "true"}).json()
    assert fresh["judged_at"] > first["judged_at"]
    told = asking.get(path(paper), params={"include": "signatures,versions,pages,fields"}).json()
    assert [each["judged_at"] for each in told["verdicts"]] == [fresh["judged_at"], first["judged_at"]]
    assert told["versions"][0]["number"] == 1
    assert told["page_list"] == [{"source": "bản quét.pdf", "number": 1}]
    assert set(told["fields"]) == {"code_number", "subject"}


def test_fields_are_narrowed(asking: Asking, paper: DocumentId) -> None:
    told = asking.get(path(paper, "fields"), params={"fields": "subject,issued_date"}).json()
    assert list(told["fields"]) == ["subject"]
    assert asking.get(path(paper, "fields"), params={"fields": "Subject;"}).status_code == 400


def test_an_altered_small_file_is_not_handed_out_at_all(asking: Asking, office: Office, paper: DocumentId) -> None:
    newest = office.services.versions.versions(paper)[-1]
    alter(office, newest.sha256)
    answer = asking.get(path(paper, "copy.pdf"))
    assert (answer.status_code, answer.json()["code"]) == (500, "object.altered")


def alter(office: Office, sha256: ContentHash) -> None:
    """Change one byte on the disk."""
    (file,) = office.settings.archive_folder.rglob(sha256)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.chmod(0o600)
    file.write_bytes(data)


def test_the_portal_fetches_what_was_announced_at_an_address_that_stays_good(tmp_path: Path, empty_home: Path) -> None:
    environment = {
        "SOHOA_HOME": str(shutil.copytree(empty_home, tmp_path / "home")),
        "SOHOA_OFFICE__AGENCY": "H42.12",
        "SOHOA_READING__WORKERS": "1",
        "SOHOA_EXCHANGE__PORTAL_CLIENT": "cong-dvc-quoc-gia",
        "SOHOA_WEB__ADDRESS": "https://so.example.vn",
    }
    with (
        open_office(load_settings(environment), with_prefect=False) as office,
        TestClient(create_app(office)) as browser,
    ):
        api = Api(office, browser)
        paper, other = shelve(office, dossier=DOSSIER), shelve(office, dossier="H42.12-260131-0002")
        template = office.settings.file_address
        assert template == "https://so.example.vn/api/v1/announced/{dossier}/{document}.pdf"
        address = template.format(dossier=DOSSIER, document=paper).removeprefix("https://so.example.vn/api/v1")
        portal = replace(api.client(ApiScope.FILES_READ, id_="cong-dvc-quoc-gia"), purpose={})
        answer = portal.get(address)
        assert (answer.status_code, answer.content) == (200, kept(office, paper))
        (look,) = looks(office, paper)
        assert (look.author.name, look.deed.reason) == (
            "cong-dvc-quoc-gia",
            "Đồng bộ hồ sơ với Cổng dịch vụ công quốc gia",
        )
        assert (look.deed.details["basis"], look.deed.details["dossier"]) == ("dossier", DOSSIER)
        # a paper of another dossier, another client, nobody
        assert portal.get(f"/announced/{DOSSIER}/{other}.pdf").status_code == 404
        assert api.client().get(address).status_code == 404
        assert browser.get(f"/api/v1{address}").status_code == 401
        assert len(looks(office, paper)) == 1
