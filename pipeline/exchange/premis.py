"""PREMIS 3: what the files of a package are, and what was done to them (Library of Congress, PREMIS Data Dictionary 3.0)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from lxml import etree

from pipeline.exchange.safe_xml import as_xml_text, write_xml
from pipeline.exchange.sip import CHECKSUM, PackagedPaper

NAMESPACE = "http://www.loc.gov/premis/v3"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_LOCAL = "local"


def write_premis(papers: Sequence[PackagedPaper], *, software: str, version: str) -> bytes:
    """Return the objects, events and the agent of a representation."""
    root = etree.Element(_tag("premis"), nsmap={None: NAMESPACE, "xsi": _XSI}, version="3.0")
    agent = f"{software} {version}"
    for paper in papers:
        _write_object(root, paper)
    for paper in papers:
        for number, each in enumerate(paper.history, start=1):
            event = _sub(root, "event")
            _identifier(event, "event", f"{paper.code}-{number}")
            _texts(event, eventType=each.kind, eventDateTime=moment(each.at))
            if each.detail:
                _texts(_sub(event, "eventDetailInformation"), eventDetail=each.detail)
            if each.outcome:
                _texts(_sub(event, "eventOutcomeInformation"), eventOutcome=each.outcome)
            _linked(event, "Agent", agent)
            _linked(event, "Object", paper.code)
    holder = _sub(root, "agent")
    _identifier(holder, "agent", agent)
    _texts(holder, agentName=software, agentType="software", agentVersion=version)
    return write_xml(root)


def moment(at: dt.datetime) -> str:
    """Return a moment as METS and PREMIS have it (xsd:dateTime): UTC, seconds."""
    return at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _write_object(root: etree._Element, paper: PackagedPaper) -> None:
    element = _sub(root, "object")
    element.set(f"{{{_XSI}}}type", "file")
    _identifier(element, "object", paper.code)
    # the order of elements is the schema's
    characteristics = _sub(element, "objectCharacteristics")
    fixity = _sub(characteristics, "fixity")
    _texts(fixity, messageDigestAlgorithm=CHECKSUM, messageDigest=paper.file.sha256)
    _texts(characteristics, size=str(paper.file.size))
    designation = _sub(_sub(characteristics, "format"), "formatDesignation")
    version = f"PDF/A-{paper.conformance}" if paper.conformance else ""
    _texts(designation, formatName=paper.file.media_type, formatVersion=version)
    _texts(element, originalName=paper.document)


def _identifier(element: etree._Element, kind: str, value: str) -> None:
    inner = _sub(element, f"{kind}Identifier")
    _texts(inner, **{f"{kind}IdentifierType": _LOCAL, f"{kind}IdentifierValue": value})


def _linked(element: etree._Element, kind: str, value: str) -> None:
    inner = _sub(element, f"linking{kind}Identifier")
    _texts(inner, **{f"linking{kind}IdentifierType": _LOCAL, f"linking{kind}IdentifierValue": value})


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _sub(element: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(element, _tag(name))


def _texts(element: etree._Element, **texts: str) -> None:
    for name, text in texts.items():
        if text:
            _sub(element, name).text = as_xml_text(text)
