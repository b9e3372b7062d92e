"""Documents go to an archive as a package that is whole, and that says no more of them than they do."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from lxml import etree

from pipeline.domain.audit import AuditEntry
from pipeline.domain.codes import CodeTemplates
from pipeline.domain.document import DocumentState, FieldState
from pipeline.domain.errors import FolderTaken, NotFound, ObjectAltered
from pipeline.domain.ids import DocumentId, FieldName, content_hash
from pipeline.domain.signature import CopyVersion, FileVerdict, SignatureLevel, SignerRole, Verdict
from pipeline.exchange.sip import Submitter
from pipeline.exchange.sip_reading import FolderSource, read_package
from pipeline.ports import Area
from pipeline.understand.catalogue import load_types
from pipeline.usecases.hand_over_archive import HandedOver, HandOver, HandOverServices, hand_over
from storage.records import Records, open_records
from tests.e2e.papers import DOSSIER, WHEN, FixedClock, keep_papers
from tests.exchange.eark import broken_rules
from tests.fakes.author import CLERK
from tests.fakes.objects import MemoryObjects
from tests.storage.samples import field

ORDER = HandOver(
    submitter=Submitter(name="UBND xã Thanh Bình", code="H42.12"),
    software="Số hóa",
    software_version="0.1.0",
    templates=CodeTemplates(organ="H42.12"),
    agreement="BB-01/2026",
    purpose="Nộp lưu năm 2026",
)
DECISION = {
    "code_number": field("12"),
    "code_notation": field("QĐ-UBND"),
    "issued_date": field("2026-01-30"),
    "organ_name": field("ỦY BAN NHÂN DÂN XÃ THANH BÌNH"),
    "subject": field("Về việc cấp giấy phép"),
}


@dataclass
class Office:
    records: Records
    objects: MemoryObjects
    services: HandOverServices

    def keep(self, number: int = 1, **more: object) -> tuple[DocumentId, ...]:
        fields = {FieldName(name): each for name, each in more.pop("fields", DECISION).items()}  # type: ignore[attr-defined]
        return tuple(keep_papers(self.records, self.objects, number, fields=fields, **more))  # type: ignore[arg-type]

    def hand_over(self, target: Path, *documents: DocumentId, order: HandOver = ORDER) -> HandedOver:
        return hand_over(documents, target, order=order, services=self.services)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    records = open_records(f"sqlite:///{tmp_path / 'sohoa.db'}", clock=FixedClock(), author=CLERK)
    objects = MemoryObjects()
    services = HandOverServices(
        library=records.library,
        versions=records.versions,
        verdicts=records.verdicts,
        depository=records.depository,
        objects=objects,
        trail=records.trail,
        catalogue=load_types(),
        clock=FixedClock(),
    )
    yield Office(records, objects, services)
    records.close()


def test_a_package_keeps_the_rules_and_holds_the_papers(office: Office, tmp_path: Path) -> None:
    documents = office.keep(2)
    done = office.hand_over(tmp_path / "out", *documents)
    home = tmp_path / "out" / done.id
    assert broken_rules(home) == []
    assert (done.papers, done.left_out, done.incomplete) == (2, {}, {})
    files = sorted((home / "representations/copies/data").iterdir())
    assert [file.name for file in files] == [
        "H42.12_QD_000001_V1_20260130_QuyetDinh.pdf",
        "H42.12_QD_000002_V1_20260130_QuyetDinh.pdf",
    ]
    kept = [office.records.versions.versions(each)[-1].sha256 for each in documents]
    assert [content_hash(file.read_bytes()) for file in files] == kept


def test_a_zip_is_the_same_package(office: Office, tmp_path: Path) -> None:
    documents = office.keep(2)
    folder, zipped = office.hand_over(tmp_path / "f", *documents), office.hand_over(tmp_path / "p.zip", *documents)
    assert (folder.id, folder.files) == (zipped.id, zipped.files)
    assert list(tmp_path.glob(".*part")) == []


def description(home: Path) -> dict[str, str]:
    (file,) = home.glob("representations/copies/metadata/descriptive/*.xml")
    return {etree.QName(each).localname: each.text or "" for each in etree.parse(file).getroot()}


def test_the_official_metadata_are_those_of_the_paper(office: Office, tmp_path: Path) -> None:
    done = office.hand_over(tmp_path / "out", *office.keep())
    assert description(tmp_path / "out" / done.id) == {
        "DocCode": "H42.12_QĐ_000001_V1",
        "TypeName": "Quyết định",
        "CodeNumber": "12",
        "CodeNotation": "QĐ-UBND",
        "IssuedDate": "2026-01-30",
        "OrganName": "ỦY BAN NHÂN DÂN XÃ THANH BÌNH",
        "Subject": "Về việc cấp giấy phép",
        "Language": "Tiếng Việt",
        "PageAmount": "1",
        "Format": "PDF",
    }


def test_what_a_paper_does_not_say_for_sure_is_named_and_not_invented(office: Office, tmp_path: Path) -> None:
    doubtful = {"subject": field("Về việc cấp giấy phép"), "code_number": field("12", state=FieldState.NEEDS_REVIEW)}
    (document,) = office.keep(fields=doubtful)
    done = office.hand_over(tmp_path / "out", document)
    assert done.incomplete == {document: ("CodeNumber", "CodeNotation", "IssuedDate", "OrganName")}
    assert "CodeNumber" not in description(tmp_path / "out" / done.id)


def test_without_a_code_of_the_organisation_files_are_named_by_dossier(office: Office, tmp_path: Path) -> None:
    done = office.hand_over(tmp_path / "out", *office.keep(), order=replace(ORDER, templates=CodeTemplates()))
    (file,) = (tmp_path / "out" / done.id / "representations/copies/data").iterdir()
    assert file.name == f"{DOSSIER}.001.pdf"


def test_the_newest_version_goes_and_what_was_done_to_it_is_told(office: Office, tmp_path: Path) -> None:
    (document,) = office.keep()
    signed = office.objects.put(Area.ARCHIVE, io.BytesIO(b"%PDF signed"))
    version = CopyVersion(
        number=2,
        sha256=signed.sha256,
        size=signed.size,
        created_at=WHEN,
        role=SignerRole.OFFICIAL,
        level=SignatureLevel.B_LT,
    )
    office.records.versions.add(document, version)
    verdict = FileVerdict(verdict=Verdict.VALID, reason="", signatures=())
    office.records.verdicts.keep({signed.sha256: verdict}, as_of=WHEN)
    done = office.hand_over(tmp_path / "out", document)
    home = tmp_path / "out" / done.id / "representations/copies"
    (file,) = (home / "data").iterdir()
    assert (file.name.split("_")[3], file.read_bytes()) == ("V2", b"%PDF signed")
    premis = etree.parse(home / "metadata/preservation/premis.xml").getroot()
    space = {"p": "http://www.loc.gov/premis/v3"}
    assert premis.xpath("//p:eventType/text()", namespaces=space) == [
        "creation",
        "digital signature generation",
        "digital signature validation",
    ]
    assert premis.xpath("//p:eventOutcome/text()", namespaces=space) == ["valid"]
    assert premis.xpath("//p:formatVersion", namespaces=space) == []  # of the signed file it is not written down


def test_papers_that_are_not_there_any_more_are_left_out_by_name(office: Office, tmp_path: Path) -> None:
    (kept,) = office.keep()
    (replaced,) = office.keep(kind="cong_van", state=DocumentState.REPLACED)
    done = office.hand_over(tmp_path / "out", kept, replaced)
    assert (done.papers, done.left_out) == (1, {replaced: "replaced"})


def test_what_is_too_long_for_the_official_list_is_left_out_by_name(office: Office, tmp_path: Path) -> None:
    (document,) = office.keep(fields={"subject": field("x" * 501)})
    assert office.hand_over(tmp_path / "out", document).left_out == {document: "too_long: Subject"}


def test_that_papers_were_handed_over_stands_in_the_trail(office: Office, tmp_path: Path) -> None:
    documents = office.keep(2)
    done = office.hand_over(tmp_path / "out", *documents)
    found = office.records.trail.entries(limit=99)
    deeds = [each.deed for each in found if isinstance(each, AuditEntry)]
    entries = [each for each in deeds if each.action.value == "handed_over"]
    assert {each.subject.id for each in entries} == set(documents)
    assert {each.details["package"] for each in entries} == {done.id}
    assert {each.reason for each in entries} == {"Nộp lưu năm 2026"}


def test_nothing_is_left_of_a_package_whose_file_was_altered(office: Office, tmp_path: Path) -> None:
    (document,) = office.keep()
    for name, data in office.objects.kept.items():
        office.objects.kept[name] = data[:-1] + b"x"
    for target in (tmp_path / "out", tmp_path / "out.zip"):
        with pytest.raises(ObjectAltered):
            office.hand_over(target, document)
    assert [each.name for each in tmp_path.iterdir() if "out" in each.name] == []


def test_a_target_that_is_there_stays_as_it_is(office: Office, tmp_path: Path) -> None:
    (document,) = office.keep()
    (tmp_path / "out").mkdir()
    with pytest.raises(FolderTaken):
        office.hand_over(tmp_path / "out", document)
    with pytest.raises(NotFound):
        office.hand_over(tmp_path / "other", DocumentId("d-none"))


def test_the_package_is_read_back_whole(office: Office, tmp_path: Path) -> None:
    done = office.hand_over(tmp_path / "out", *office.keep(3))
    assert re.fullmatch(r"uuid-[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", done.id)
    found = read_package(FolderSource(tmp_path / "out" / done.id))
    assert found.is_whole
    assert len(found.files) == done.files - 1  # METS.xml names all but itself
