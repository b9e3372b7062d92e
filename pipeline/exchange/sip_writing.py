"""Writing packages for hand-over, as a folder or as a ZIP that is streamed."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Protocol

from lxml import etree

from pipeline.domain.exchange_errors import PackageDamaged
from pipeline.domain.ids import content_hash
from pipeline.exchange.mets import CSIP_PROFILE, SIP_PROFILE, Contents, write_mets
from pipeline.exchange.paper_description import SCHEMA_NAME, description_schema, write_description
from pipeline.exchange.premis import moment, write_premis
from pipeline.exchange.safe_xml import as_xml_text, write_xml
from pipeline.exchange.sip import Package, PackagedPaper, PackageFile, Representation

XML = "application/xml"
DESCRIPTION = "CV7197"
"""OTHERMDTYPE of the papers' descriptions"""
_DC = "http://purl.org/dc/elements/1.1/"
_CHUNK = 1 << 20
"""bytes in memory"""

Opened = Callable[[PackagedPaper], AbstractContextManager[BinaryIO]]
"""opens a paper's file"""


class PackageSink(Protocol):
    """Takes the files of a package, one after the other."""

    def write(self, path: str, stream: Iterator[bytes]) -> None:
        """Write a file under its path."""
        ...


class FolderSink:
    """A folder that is not there yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, path: str, stream: Iterator[bytes]) -> None:
        """Write a file; the folder is made when the first one comes."""
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            for piece in stream:
                file.write(piece)


class ZipSink:
    """A ZIP that is written from beginning to end: it may go into a socket. Papers are packed already, XML is not."""

    def __init__(self, archive: zipfile.ZipFile, *, package: Package) -> None:
        self._archive = archive
        self._date = package.created_at.timetuple()[:6]

    def write(self, path: str, stream: Iterator[bytes]) -> None:
        """Write a member; any may be larger than 4 GiB."""
        about = zipfile.ZipInfo(path, self._date)
        about.compress_type = zipfile.ZIP_DEFLATED if path.endswith((".xml", ".xsd", ".txt")) else zipfile.ZIP_STORED
        about.external_attr = 0o644 << 16
        with self._archive.open(about, "w", force_zip64=True) as member:
            for piece in stream:
                member.write(piece)


def write_package(package: Package, *, opened: Opened, sink: PackageSink, readme: str) -> tuple[PackageFile, ...]:
    """Write a package below a folder of its own name and return all its files; METS.xml comes last.

    `readme` tells people what the package is; it goes along as its documentation.

    Raises:
        PackageDamaged: a paper's file is not what the package says.
        ExchangeMalformed: a description has something longer than it may be.
        Whatever `opened` and `sink` raise.
    """
    small = _Small(package, sink)
    schemas = [small.write(f"schemas/{SCHEMA_NAME}", description_schema(), XML)]
    documents = [small.write("documentation/README.txt", readme.encode(), "text/plain")]
    about = small.write("metadata/descriptive/dc.xml", _dublin_core(package), XML)
    written = [*schemas, *documents, about]
    pointers = []
    for representation in package.representations:
        files = _write_representation(representation, package, opened=opened, small=small)
        written += files
        pointers.append((f"Representations/{representation.name}", files[-1]))
    mets = write_mets(
        package,
        Contents(
            id=package.id,
            profile=SIP_PROFILE,
            descriptive=[(about, "DC")],
            groups={"Schemas": schemas, "Documentation": documents},
            pointers=pointers,
        ),
    )
    return (*written, small.write("METS.xml", mets, XML))


class _Small:
    """Writes files that are made here, and says what METS has to know of them."""

    def __init__(self, package: Package, sink: PackageSink) -> None:
        self.package, self.sink = package, sink

    def write(self, path: str, data: bytes, media_type: str) -> PackageFile:
        self.sink.write(f"{self.package.id}/{path}", iter([data]))
        return PackageFile(
            path=path,
            media_type=media_type,
            size=len(data),
            sha256=content_hash(data),
            created_at=self.package.created_at,
        )


def _write_representation(
    representation: Representation, package: Package, *, opened: Opened, small: _Small
) -> Sequence[PackageFile]:
    """Write a representation and return its files as the package names them, its METS.xml last."""
    home = f"representations/{representation.name}"
    described, files = [], []
    for paper in representation.papers:
        path = f"{home}/data/{paper.file.path}"
        with opened(paper) as stream:
            small.sink.write(f"{package.id}/{path}", _pieces(stream, paper.file))
        files.append(replace(paper.file, path=path))
        description = write_description(paper.description)
        described.append(small.write(f"{home}/metadata/descriptive/{paper.code}.xml", description, XML))
    premis = write_premis(representation.papers, software=package.software, version=package.software_version)
    kept = small.write(f"{home}/metadata/preservation/premis.xml", premis, XML)
    mets = write_mets(
        package,
        Contents(
            id=representation.name,
            profile=CSIP_PROFILE,
            descriptive=[(_within(each, home), DESCRIPTION) for each in described],
            preservation=[_within(kept, home)],
            groups={"Representations": [_within(each, home) for each in files]} if files else {},
        ),
    )
    return [*files, *described, kept, small.write(f"{home}/METS.xml", mets, XML)]


def _within(file: PackageFile, home: str) -> PackageFile:
    """Return a file as the METS.xml beside it names it."""
    return replace(file, path=file.path.removeprefix(f"{home}/"))


def _pieces(stream: BinaryIO, file: PackageFile) -> Iterator[bytes]:
    """Yield a file's bytes, and see at its end that they are what METS will say."""
    digest, size = hashlib.sha256(), 0
    while piece := stream.read(_CHUNK):
        digest.update(piece)
        size += len(piece)
        yield piece
    if (digest.hexdigest(), size) != (file.sha256, file.size):
        raise PackageDamaged(file=file.path, reason="altered")


def _dublin_core(package: Package) -> bytes:
    root = etree.Element("metadata", nsmap={"dc": _DC})
    for name, text in (
        ("identifier", package.id),
        ("title", package.label),
        ("creator", package.submitter.name),
        ("date", moment(package.created_at)),
        ("type", "Collection"),
        ("language", "vi"),
    ):
        etree.SubElement(root, f"{{{_DC}}}{name}").text = as_xml_text(text)
    return write_xml(root)
