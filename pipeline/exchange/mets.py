"""METS.xml of packages and of their representations, as the profile E-ARK SIP 2.2.0 (over CSIP 2.2.0) has it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from lxml import etree

from pipeline.exchange.premis import moment
from pipeline.exchange.safe_xml import as_xml_text, write_xml
from pipeline.exchange.sip import CHECKSUM, Package, PackageFile

METS = "http://www.loc.gov/METS/"
XLINK = "http://www.w3.org/1999/xlink"
CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
SIP_PROFILE = "https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml"
CSIP_PROFILE = "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP-v2-2-0.xml"
CONTENT = "Textual works – Digital"
"""of the CSIP's list of content categories"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a METS.xml names."""

    id: str
    profile: str
    descriptive: Sequence[tuple[PackageFile, str]] = ()
    """files with their MDTYPE, such as `DC`; another type than METS knows is written as OTHER"""
    preservation: Sequence[PackageFile] = ()
    groups: Mapping[str, Sequence[PackageFile]] = field(default_factory=dict)
    """files by the use of their group, such as `Schemas`, `Documentation`, `Representations`"""
    pointers: Sequence[tuple[str, PackageFile]] = ()
    """METS.xml of representations, by the use of their group, such as `Representations/copies`"""


_KNOWN_TYPES = frozenset({"DC", "EAD", "MODS", "PREMIS"})


def write_mets(package: Package, contents: Contents) -> bytes:
    """Return METS.xml."""
    ids = (f"id-{number}" for number in itertools.count(1))
    root = etree.Element(_tag("mets"), nsmap={None: METS, "xlink": XLINK, "csip": CSIP})
    root.set("OBJID", contents.id)
    root.set("LABEL", as_xml_text(package.label))
    root.set("TYPE", CONTENT)
    root.set("PROFILE", contents.profile)
    root.set(f"{{{CSIP}}}CONTENTINFORMATIONTYPE", "MIXED")
    _write_header(_sub(root, "metsHdr"), package)
    described = [_write_described(root, file, kind, package, ids) for file, kind in contents.descriptive]
    administered = []
    if contents.preservation:
        section = _sub(root, "amdSec", ID=next(ids))
        for file in contents.preservation:
            provenance = _sub(section, "digiprovMD", ID=next(ids), STATUS="CURRENT")
            _reference(provenance, file, "PREMIS", ids)
            administered.append(provenance.get("ID"))
    groups = _write_files(root, contents, ids)
    _write_structure(root, contents, described=described, administered=administered, groups=groups, ids=ids)
    return write_xml(root)


def _write_header(header: etree._Element, package: Package) -> None:
    header.set("CREATEDATE", moment(package.created_at))
    header.set("RECORDSTATUS", "NEW")
    header.set(f"{{{CSIP}}}OAISPACKAGETYPE", "SIP")
    _agent(
        header,
        package.software,
        note=("SOFTWARE VERSION", package.software_version),
        ROLE="CREATOR",
        TYPE="OTHER",
        OTHERTYPE="SOFTWARE",
    )
    _agent(
        header,
        package.submitter.name,
        note=("IDENTIFICATIONCODE", package.submitter.code),
        ROLE="CREATOR",
        TYPE="ORGANIZATION",
    )
    if package.agreement:
        _sub(header, "altRecordID", TYPE="SUBMISSIONAGREEMENT").text = as_xml_text(package.agreement)


def _agent(header: etree._Element, name: str, *, note: tuple[str, str], **attributes: str) -> None:
    agent = _sub(header, "agent", **attributes)
    _sub(agent, "name").text = as_xml_text(name)
    kind, text = note
    if text:
        written = _sub(agent, "note")
        written.text = as_xml_text(text)
        written.set(f"{{{CSIP}}}NOTETYPE", kind)


def _write_described(root: etree._Element, file: PackageFile, kind: str, package: Package, ids: Iterator[str]) -> str:
    section = _sub(root, "dmdSec", ID=next(ids), CREATED=moment(package.created_at), STATUS="CURRENT")
    _reference(section, file, kind, ids)
    return str(section.get("ID"))


def _reference(parent: etree._Element, file: PackageFile, kind: str, ids: Iterator[str]) -> None:
    reference = _sub(parent, "mdRef", ID=next(ids), MDTYPE=kind if kind in _KNOWN_TYPES else "OTHER")
    if kind not in _KNOWN_TYPES:
        reference.set("OTHERMDTYPE", kind)
    _located(reference, file.path)
    _checked(reference, file)


def _write_files(root: etree._Element, contents: Contents, ids: Iterator[str]) -> dict[str, str]:
    """Write the file section and return the ids of its groups by their use."""
    groups: dict[str, Sequence[PackageFile]] = dict(contents.groups)
    groups |= {use: [file] for use, file in contents.pointers}
    if not groups:
        return {}
    section = _sub(root, "fileSec", ID=next(ids))
    found = {}
    for use, files in groups.items():
        group = _sub(section, "fileGrp", ID=next(ids), USE=use)
        found[use] = str(group.get("ID"))
        for file in files:
            element = _sub(group, "file", ID=next(ids))
            _checked(element, file)
            _located(_sub(element, "FLocat"), file.path)
    return found


def _write_structure(
    root: etree._Element,
    contents: Contents,
    *,
    described: Sequence[str],
    administered: Sequence[str],
    groups: Mapping[str, str],
    ids: Iterator[str],
) -> None:
    structure = _sub(root, "structMap", ID=next(ids), TYPE="PHYSICAL", LABEL="CSIP")
    whole = _sub(structure, "div", ID=next(ids), LABEL=contents.id)
    about = _sub(whole, "div", ID=next(ids), LABEL="Metadata")
    if described:
        about.set("DMDID", " ".join(described))
    if administered:
        about.set("ADMID", " ".join(administered))
    pointers = dict(contents.pointers)
    for use, group in groups.items():
        division = _sub(whole, "div", ID=next(ids), LABEL=use)
        if use in pointers:
            pointer = _sub(division, "mptr")
            _located(pointer, pointers[use].path)
            pointer.set(f"{{{XLINK}}}title", group)
        else:
            _sub(division, "fptr", FILEID=group)


def _located(element: etree._Element, path: str) -> None:
    element.set("LOCTYPE", "URL")
    element.set(f"{{{XLINK}}}type", "simple")
    element.set(f"{{{XLINK}}}href", quote(path))


def _checked(element: etree._Element, file: PackageFile) -> None:
    element.set("MIMETYPE", file.media_type)
    element.set("SIZE", str(file.size))
    element.set("CREATED", moment(file.created_at))
    element.set("CHECKSUM", file.sha256)
    element.set("CHECKSUMTYPE", CHECKSUM)


def _tag(name: str) -> str:
    return f"{{{METS}}}{name}"


def _sub(element: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(element, _tag(name), **attributes)
