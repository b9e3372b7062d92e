"""Results from code to signature, and what becomes of them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from app.language import say_error, speaker
from app.setting_groups import Language
from pipeline.domain.document import Field, FieldOrigin, FieldState
from pipeline.domain.errors import NotFound
from pipeline.domain.geometry import Box
from pipeline.domain.ids import DocumentId, FieldName
from pipeline.domain.result import ResultState
from pipeline.domain.signature import SignerRole, Verdict
from pipeline.domain.signing_errors import ResultNotInForce, ResultRefused
from pipeline.ports import Area
from pipeline.understand.catalogue import load_types
from pipeline.usecases.issue_result import (
    IssuedResult,
    convert_to_paper,
    issue_result,
    revoke_result,
    supersede_result,
)
from signing.issuing import Identity
from signing.signer_pkcs12 import open_pkcs12
from storage.objects_folder import FolderObjects
from storage.records import open_records
from tests.e2e.papers import DOSSIER, keep_papers
from tests.fakes.author import CLERK
from tests.signing.pki import NOW, Pki, policy
from tests.signing.signing_office import Office, SetClock, errors, order

POSITION_BOX, NAME_BOX = Box(390, 560, 460, 574), Box(370, 650, 480, 664)


def field(value: str, box: Box) -> Field:
    return Field(
        value=value, raw=value, confidence=0.99, page=1, box=box, origin=FieldOrigin.OCR, state=FieldState.READ
    )


FIELDS = {
    FieldName("signer_position"): field("CHỦ TỊCH", POSITION_BOX),
    FieldName("signer_name"): field("Nguyễn Thị Ví Dụ", NAME_BOX),
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    clock = SetClock()
    records = open_records(f"sqlite:///{tmp_path / 'sohoa.db'}", clock=clock, author=CLERK)
    yield Office(records, FolderObjects(tmp_path / "archive"), clock)
    records.close()


@pytest.fixture
def documents(office: Office) -> Sequence[DocumentId]:
    return keep_papers(office.records, office.objects, 2, fields=FIELDS)


@pytest.fixture
def issue(office: Office) -> Callable[..., IssuedResult]:
    def run(document: DocumentId, *, with_data: bool = True, any_type: bool = False) -> IssuedResult:
        return issue_result(
            document,
            address="https://tracuu.donglim.example/kq",
            with_data=with_data,
            results=office.records.results,
            library=office.records.library,
            versions=office.records.versions,
            objects=office.objects,
            clock=office.clock,
            catalogue=load_types(),
            any_type=any_type,
        )

    return run


def sign(office: Office, pki: Pki, official: Identity, document: DocumentId, role: SignerRole) -> None:
    with open_pkcs12(pki.key_file(official), b"", policy=policy(pki.trust())) as signer:
        assert errors(office.order(signer, replace(order([document]), role=role))) == [None]


@pytest.mark.tools
def test_a_result_is_signed_with_its_code_and_its_data(
    office: Office, documents: Sequence[DocumentId], issue: Callable[..., IssuedResult], pki: Pki, official: Identity
) -> None:
    issued = issue(documents[0])
    assert issued.result.code == f"{DOSSIER}-KQ1"
    assert issue(documents[0]) == issued
    sign(office, pki, official, documents[0], SignerRole.CLERK)
    sign(office, pki, official, documents[0], SignerRole.OFFICIAL)
    assert office.verdict(documents[0], pki)[0] is Verdict.VALID
    with office.objects.local(Area.ARCHIVE, office.newest(documents[0]).sha256) as file, pikepdf.open(file) as pdf:
        data = json.loads(pdf.attachments["result.json"].get_file().read_bytes())
        boxes = {str(each.T): [float(side) for side in each.Rect] for each in pdf.Root.AcroForm.Fields}
        told = subprocess.run(["pdftotext", "-bbox", file, "-"], check=True, capture_output=True, text=True).stdout
    assert (data["code"], data["fields"]["signer_name"]) == (f"{DOSSIER}-KQ1", "Nguyễn Thị Ví Dụ")
    # the clerk signs right of the code, the official between position and name, both in PDF coordinates of a page of 842 points
    assert boxes["SoHoa-Clerk"][0] >= 149
    left, bottom, right, top = boxes["SoHoa-Official"]
    assert 842 - NAME_BOX.top <= bottom < top <= 842 - POSITION_BOX.bottom
    assert (left + right) / 2 == pytest.approx(425, abs=1)
    assert "KQ1" in told


def test_what_is_signed_or_has_no_dossier_cannot_become_a_result(
    office: Office, documents: Sequence[DocumentId], issue: Callable[..., IssuedResult], pki: Pki, official: Identity
) -> None:
    sign(office, pki, official, documents[0], SignerRole.CLERK)
    with pytest.raises(ResultRefused) as raised:
        issue(documents[0])
    assert raised.value.details["reason"] == "signed"
    (nowhere,) = keep_papers(office.records, office.objects, 1, dossier=None)
    with pytest.raises(ResultRefused) as raised:
        issue(nowhere)
    assert raised.value.details["reason"] == "no_dossier"
    with pytest.raises(NotFound):
        issue(DocumentId("d-0"))
    assert office.records.results.of(DOSSIER) == ()


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("to_khai_khai_sinh", "Tờ khai đăng ký khai sinh"),
        ("can_cuoc", "Căn cước, CCCD, CMND"),
        ("khac", "Giấy tờ khác"),
        ("no_longer_declared", "no_longer_declared"),
    ],
)
def test_what_no_agency_issues_is_no_result_unless_a_person_says_so(
    office: Office, issue: Callable[..., IssuedResult], kind: str, title: str
) -> None:
    (paper,) = keep_papers(office.records, office.objects, 1, kind=kind)

    with pytest.raises(ResultRefused) as raised:
        issue(paper)

    assert raised.value.details == {"document": paper, "reason": "type_is_no_result", "type": title}
    assert say_error(raised.value, speaker(Language.VIETNAMESE)) == (
        f"Không thể phát hành kết quả từ giấy tờ {paper}: “{title}” không phải loại giấy tờ mà cơ quan trả làm kết quả; "
        "nếu đúng là kết quả, thêm --anyway."
    )
    assert office.records.results.of(DOSSIER) == ()
    assert issue(paper, any_type=True).result.code == f"{DOSSIER}-KQ1"
    assert issue(paper).result.code == f"{DOSSIER}-KQ1"


def test_a_result_ends_once_with_its_reason(
    office: Office, documents: Sequence[DocumentId], issue: Callable[..., IssuedResult]
) -> None:
    first, second = (issue(document, with_data=False).result.code for document in documents)
    results, clock = office.records.results, office.clock
    with pytest.raises(ResultRefused):
        supersede_result(first, first, "itself", results=results, clock=clock)
    superseded = supersede_result(first, second, "sai tên", results=results, clock=clock)
    assert results.find(first) == superseded
    assert (superseded.state, superseded.superseded_by, superseded.reason) == (
        ResultState.SUPERSEDED,
        second,
        "sai tên",
    )
    with pytest.raises(ResultNotInForce) as raised:
        revoke_result(first, "again", results=results, clock=clock)
    assert raised.value.details["state"] == "superseded"
    assert revoke_result(second, "cấp nhầm", results=results, clock=clock).changed_at == NOW
    with pytest.raises(NotFound):
        revoke_result(f"{DOSSIER}-KQ9", "none", results=results, clock=clock)


def test_paper_is_made_of_signed_results_in_force_only(
    office: Office,
    documents: Sequence[DocumentId],
    issue: Callable[..., IssuedResult],
    *,
    pki: Pki,
    official: Identity,
    tmp_path: Path,
) -> None:
    code = issue(documents[0]).result.code
    target = tmp_path / "print.pdf"

    def convert() -> None:
        convert_to_paper(
            code,
            target,
            system="Số hóa",
            converter="Trần Văn Mẫu",
            results=office.records.results,
            versions=office.records.versions,
            objects=office.objects,
            clock=office.clock,
        )

    with pytest.raises(ResultRefused):
        convert()
    sign(office, pki, official, documents[0], SignerRole.OFFICIAL)
    convert()
    with pikepdf.open(target) as pdf:
        assert "/AcroForm" not in pdf.Root
        assert "/Annots" not in pdf.pages[0] or len(pdf.pages[0].Annots) == 0
    target.unlink()
    revoke_result(code, "cấp nhầm", results=office.records.results, clock=office.clock)
    with pytest.raises(ResultNotInForce):
        convert()
    assert not target.exists()
