"""Packages for an archive: the rules of E-ARK, held against them by a checker of its own; nothing that was changed goes unnoticed."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from pipeline.domain.exchange_errors import ExchangeHostile, ExchangeMalformed, PackageDamaged
from pipeline.domain.ids import content_hash
from pipeline.exchange.paper_description import (
    FIELDS,
    description_schema,
    missing_fields,
    read_description,
    write_description,
)
from pipeline.exchange.sip import Happening, Package, PackagedPaper, PackageFile, Representation, Submitter
from pipeline.exchange.sip_reading import FolderSource, ReadPackage, ZipSource, read_package
from pipeline.exchange.sip_writing import FolderSink, ZipSink, write_package
from tests.exchange.eark import broken_rules

AT = dt.datetime(2026, 1, 31, 8, 30, tzinfo=dt.UTC)
DATA = {"d-1": b"%PDF-1.7 one", "d-2": b"%PDF-1.7 two", "s-1": b"%PDF-1.4 as it came"}


def paper(document: str, name: str, **more: object) -> PackagedPaper:
    data = DATA[document]
    file = PackageFile(
        path=name, media_type="application/pdf", size=len(data), sha256=content_hash(data), created_at=AT
    )
    return PackagedPaper(code=name.partition(".pdf")[0], document=document, file=file, **more)  # type: ignore[arg-type]


PACKAGE = Package(
    id="sip-H42.12-0001",
    label="Hồ sơ <cấp phép> & kết quả",
    created_at=AT,
    software="Số hóa",
    software_version="0.1.0",
    submitter=Submitter(name="Ủy ban nhân dân xã Thanh Bình", code="H42.12"),
    agreement="BB-01/2026",
    representations=(
        Representation(
            name="copies",
            papers=(
                paper(
                    "d-1",
                    "H42.12_QĐ_000001_V2.pdf".replace("Đ", "D"),
                    conformance="2u",
                    description={"DocCode": "H42.12_QĐ_000001_V2", "TypeName": "Quyết định", "PageAmount": "1"},
                    history=(
                        Happening(kind="creation", at=AT),
                        Happening(kind="digital signature generation", at=AT, detail="B-LT", outcome="success"),
                    ),
                ),
                paper("d-2", "H42.12_GP_000002_V1.pdf"),
            ),
        ),
        Representation(name="received", papers=(paper("s-1", "00 1.pdf"),)),
    ),
)


@contextlib.contextmanager
def opened(wanted: PackagedPaper) -> Iterator[BinaryIO]:
    yield io.BytesIO(DATA[wanted.document])


def folder(at: Path, package: Package = PACKAGE) -> Path:
    write_package(package, opened=opened, sink=FolderSink(at), readme="Gói nộp lưu")
    return at / package.id


def zipped(package: Package = PACKAGE) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        write_package(package, opened=opened, sink=ZipSink(archive, package=package), readme="Gói nộp lưu")
    return out.getvalue()


def read_zip(data: bytes) -> ReadPackage:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return read_package(ZipSource(archive))


def test_the_rules_of_e_ark_hold(tmp_path: Path) -> None:
    assert broken_rules(folder(tmp_path)) == []


def test_a_package_without_papers_keeps_the_rules_too(tmp_path: Path) -> None:
    empty = Package(
        id="empty", label="e", created_at=AT, software="s", software_version="1", submitter=Submitter(name="n")
    )
    assert broken_rules(folder(tmp_path, empty)) == []


def test_the_checker_sees_what_is_broken(tmp_path: Path) -> None:
    home = folder(tmp_path)
    mets = home / "METS.xml"
    for damage in (
        (b'RECORDSTATUS="NEW" ', b"", []),
        (b'LABEL="CSIP"', b'LABEL="other"', ["CSIP82"]),
        (b"SOFTWARE VERSION", b"VERSION", ["CSIP16"]),
        (b'ID="id-1"', b'ID="id-2"', ["CSIP-ID", "CSIP-REF"]),
    ):
        whole = mets.read_bytes()
        assert damage[0] in whole
        mets.write_bytes(whole.replace(damage[0], damage[1], 1))
        assert [rule.partition(" ")[0] for rule in broken_rules(home)] == damage[2]
        mets.write_bytes(whole)


def test_a_package_is_read_back_whole_from_a_folder_and_from_a_zip(tmp_path: Path) -> None:
    home = folder(tmp_path)
    for found in (read_package(FolderSource(home)), read_zip(zipped())):
        assert found.is_whole
        assert found.id == "sip-H42.12-0001"
        there = {each.path: each.sha256 for each in found.files}
        assert there["representations/copies/data/H42.12_QD_000001_V2.pdf"] == content_hash(DATA["d-1"])
        assert there["representations/received/data/00 1.pdf"] == content_hash(DATA["s-1"])
        assert len(there) == len([each for each in home.rglob("*") if each.is_file()]) - 1


def test_the_same_package_is_the_same_bytes() -> None:
    assert zipped() == zipped()


def test_premis_says_what_the_files_are_and_what_was_done_to_them(tmp_path: Path) -> None:
    root = etree.parse(folder(tmp_path) / "representations/copies/metadata/preservation/premis.xml").getroot()
    space = {"p": "http://www.loc.gov/premis/v3"}
    digests = root.xpath("//p:object//p:messageDigest/text()", namespaces=space)
    assert digests == [hashlib.sha256(DATA[each]).hexdigest() for each in ("d-1", "d-2")]
    assert root.xpath("//p:formatVersion/text()", namespaces=space) == ["PDF/A-2u"]
    assert root.xpath("//p:event/p:eventType/text()", namespaces=space) == [
        "creation",
        "digital signature generation",
    ]
    linked = set(root.xpath("//p:linkingObjectIdentifierValue/text()", namespaces=space))
    assert linked <= set(root.xpath("//p:objectIdentifierValue/text()", namespaces=space))


def changed(data: bytes, path: str, change: bytes | None, *, more: dict[str, bytes] | None = None) -> bytes:
    """A ZIP with one member changed or left out, and others added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for member in source.infolist():
            if not member.filename.endswith(path):
                target.writestr(member.filename, source.read(member))
            elif change is not None:
                target.writestr(member.filename, change)
        for name, added in (more or {}).items():
            target.writestr(name, added)
    return out.getvalue()


@pytest.mark.parametrize(
    ("path", "change", "problem"),
    [
        ("data/H42.12_GP_000002_V1.pdf", None, "missing"),
        ("data/H42.12_GP_000002_V1.pdf", b"%PDF-1.7 twO", "altered"),
        ("data/H42.12_GP_000002_V1.pdf", b"%PDF-1.7 two and more", "size"),
        ("copies/metadata/preservation/premis.xml", b"<a/>", "size"),
        ("copies/METS.xml", None, "missing"),
        ("documentation/README.txt", b"G", "size"),
    ],
)
def test_whatever_is_changed_is_found(path: str, change: bytes | None, problem: str) -> None:
    found = read_zip(changed(zipped(), path, change))
    assert (problem in {each.reason for each in found.problems if each.path.endswith(path)}) is True
    assert not found.is_whole


def test_a_file_that_nothing_names_is_found() -> None:
    found = read_zip(changed(zipped(), "?", None, more={"sip-H42.12-0001/virus.exe": b"x"}))
    assert [(each.path, each.reason) for each in found.problems] == [("virus.exe", "unnamed")]


@pytest.mark.parametrize("name", ["../out.txt", "/etc/passwd", "sip-H42.12-0001/../../out", "other/METS.xml", "sip\\a"])
def test_names_that_lead_out_are_refused(name: str) -> None:
    with pytest.raises(PackageDamaged):
        read_zip(changed(zipped(), "?", None, more={name: b"x"}))


def test_links_in_a_folder_are_refused(tmp_path: Path) -> None:
    home = folder(tmp_path)
    (home / "documentation/link").symlink_to("/etc/passwd")
    with pytest.raises(PackageDamaged):
        read_package(FolderSource(home))


def test_a_package_is_refused_without_its_mets() -> None:
    with pytest.raises(PackageDamaged):
        read_zip(changed(changed(zipped(), "copies/METS.xml", None), "METS.xml", None))


@pytest.mark.parametrize(
    ("mets", "refusal"),
    [
        (b'<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]><m>&x;</m>', ExchangeHostile),
        (b"<other/>", ExchangeMalformed),
        (b"not xml", ExchangeMalformed),
        (
            (
                b'<mets xmlns="http://www.loc.gov/METS/" xmlns:x="http://www.w3.org/1999/xlink"><dmdSec><mdRef SIZE="1"'
                b' CHECKSUMTYPE="SHA-256" CHECKSUM="00" x:href="../../etc/passwd"/></dmdSec></mets>'
            ),
            ExchangeMalformed,
        ),
    ],
)
def test_a_mets_that_is_none_is_refused(mets: bytes, refusal: type[Exception]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("p/METS.xml", mets)
    with pytest.raises(refusal):
        read_zip(out.getvalue())


def test_a_file_that_is_not_what_the_records_say_stops_the_package(tmp_path: Path) -> None:
    @contextlib.contextmanager
    def other(_: PackagedPaper) -> Iterator[BinaryIO]:
        yield io.BytesIO(b"something else")

    with pytest.raises(PackageDamaged):
        write_package(PACKAGE, opened=other, sink=FolderSink(tmp_path), readme="")


descriptions = st.fixed_dictionaries(
    {},
    optional={
        each.name: st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=each.longest)
        for each in FIELDS
    },
)


@settings(max_examples=40, deadline=None)
@given(descriptions)
def test_a_description_comes_back_and_keeps_its_schema(description: dict[str, str]) -> None:
    written = write_description(description)
    assert read_description(written) == description
    etree.XMLSchema(etree.fromstring(description_schema())).assertValid(etree.fromstring(written))


def test_a_description_keeps_to_the_official_list() -> None:
    with pytest.raises(ExchangeMalformed):
        write_description({"Subject": "x" * 501})
    with pytest.raises(ExchangeMalformed):
        write_description({"Invented": "x"})
    lacking = missing_fields({"DocCode": "1", "TypeName": "Giấy khai sinh", "Subject": ""})
    assert lacking == ("CodeNumber", "CodeNotation", "IssuedDate", "OrganName", "Subject")
