"""A document's fields with their evidence as XML: the same as its `fields.json`, with the official metadata names on top.

`metadata` holds what Phụ lục VI of NĐ 30/2020/NĐ-CP names, in its order and within its lengths, and only what is sure: a value that
somebody has to look at first, or that is longer than the list allows, stands among `fields` alone. Nothing is cut and nothing is
invented. The schema is `document.xsd` beside this file.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from lxml import etree

from pipeline.domain.exchange_errors import ExchangeMalformed
from pipeline.exchange.safe_xml import as_xml_text, read_xml, write_xml

NAMESPACE = "urn:sohoa:document:1"
SCHEMA_NAME = "document.xsd"
_FORMAT = "document_fields"
_UNSURE = "needs_review"
_SIDES = ("left", "top", "right", "bottom")
_ENDS = ("kind", "since", "result", "successor_result")


@dataclass(frozen=True, slots=True)
class OfficialName:
    """A name of the official list."""

    name: str
    longest: int
    """characters"""
    field: str = ""
    """our field that says it; empty: it follows from the document itself"""


OFFICIAL_NAMES = (
    OfficialName("TypeName", 100, "type_name"),
    OfficialName("CodeNumber", 11, "code_number"),
    OfficialName("CodeNotation", 30, "code_notation"),
    OfficialName("IssuedDate", 10, "issued_date"),
    OfficialName("OrganName", 200, "organ_name"),
    OfficialName("Subject", 500, "subject"),
    OfficialName("PageAmount", 3),
    OfficialName("Position", 100, "signer_position"),
    OfficialName("FullName", 50, "signer_name"),
)
"""names, lengths and order of NĐ 30/2020/NĐ-CP, Phụ lục VI, as far as a digitized paper can say them; IssuedDate as 2026-01-31"""


def official_metadata(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return what a document's entry of `batch.json` says under the official names."""
    found = {each.name: _sure(entry["fields"].get(each.field)) for each in OFFICIAL_NAMES if each.field}
    found["PageAmount"] = str(len(entry["pages"]))
    return {each.name: text for each in OFFICIAL_NAMES if 0 < len(text := found[each.name]) <= each.longest}


def write_fields(entry: Mapping[str, Any]) -> bytes:
    """Return a document's entry of `batch.json` as XML, with `standing` where the entry has it.

    Characters that XML cannot hold become U+FFFD.
    """
    root = etree.Element(f"{{{NAMESPACE}}}document", nsmap={None: NAMESPACE})
    _put(root, entry, "id", "dossier", "type", "type_confidence", "state")
    metadata = _sub(root, "metadata")
    for name, text in official_metadata(entry).items():
        _sub(metadata, name, text)
    if "standing" in entry:
        _put_standing(root, entry["standing"])
    fields = _sub(root, "fields")
    for name, field in entry["fields"].items():
        _put_field(fields, name, field)
    pages = _sub(root, "pages")
    for page in entry["pages"]:
        _put(_sub(pages, "page"), page, "source", "number")
    _put(_sub(root, "copy"), entry["copy"], "path", "sha256", "bytes")
    return write_xml(root)


def read_fields(data: bytes) -> dict[str, Any]:
    """Return the entry that such XML tells; its official names follow from it and are not read.

    Raises:
        ExchangeMalformed: it is not of this form.
        ExchangeHostile
    """
    root = read_xml(data, format_=_FORMAT)
    schema = _schema()
    if not schema.validate(root):
        first = schema.error_log[0]
        raise ExchangeMalformed(format=_FORMAT, place=f"line {first.line}", reason=first.message)
    copy = _one(root, "copy")
    standing = root.find(_tag("standing"))
    return {
        "id": root.get("id"),
        "dossier": root.get("dossier"),
        "type": root.get("type"),
        "type_confidence": float(root.get("type_confidence")),
        "pages": [{"source": each.get("source"), "number": int(each.get("number"))} for each in _one(root, "pages")],
        "state": root.get("state"),
        "fields": {each.get("name"): _field(each) for each in _one(root, "fields")},
        "copy": {"path": copy.get("path"), "sha256": copy.get("sha256"), "bytes": int(copy.get("bytes"))},
    } | ({} if standing is None else {"standing": _standing(standing)})


def fields_schema() -> bytes:
    """Return the XML Schema."""
    return resources.files("pipeline.exchange").joinpath(SCHEMA_NAME).read_bytes()


@functools.cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(fields_schema()))


def _sure(field: Mapping[str, Any] | None) -> str:
    if field is None or field["state"] == _UNSURE:
        return ""
    value = field["value"]
    return value if isinstance(value, str) else ", ".join(value)


def _put_standing(root: etree._Element, standing: Mapping[str, Any]) -> None:
    element = _sub(root, "standing")
    _put(element, standing, *_ENDS)
    if standing["reason"]:
        _sub(element, "reason", standing["reason"])
    for each in standing["successors"]:
        _sub(element, "successor", each)


def _standing(element: etree._Element) -> dict[str, Any]:
    reason = element.find(_tag("reason"))
    return {name: element.get(name) for name in _ENDS} | {
        "reason": None if reason is None else reason.text,
        "successors": [each.text for each in element.findall(_tag("successor"))],
    }


def _put_field(fields: etree._Element, name: str, field: Mapping[str, Any]) -> None:
    value, box = field["value"], field["box"]
    element = _sub(fields, "field")
    element.set("name", as_xml_text(name))
    element.set("list", "false" if isinstance(value, str) else "true")
    _put(element, field, "confidence", "page", "origin", "state")
    for each in [value] if isinstance(value, str) else value:
        _sub(element, "value", each)
    _sub(element, "raw", field["raw"])
    if box is not None:
        _put(_sub(element, "box"), dict(zip(_SIDES, box, strict=True)), *_SIDES)
    for check, outcome in field["checks"].items():
        _put(_sub(element, "check"), {"name": check, "outcome": outcome}, "name", "outcome")


def _field(element: etree._Element) -> dict[str, Any]:
    values = [each.text or "" for each in element.findall(_tag("value"))]
    box = element.find(_tag("box"))
    return {
        "value": values if element.get("list") in {"true", "1"} else values[0],
        "raw": _one(element, "raw").text or "",
        "confidence": float(element.get("confidence")),
        "page": int(element.get("page")),
        "box": None if box is None else [float(box.get(side)) for side in _SIDES],
        "origin": element.get("origin"),
        "state": element.get("state"),
        "checks": {each.get("name"): each.get("outcome") for each in element.findall(_tag("check"))},
    }


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _one(parent: etree._Element, name: str) -> etree._Element:
    """Return a part that the schema says is there."""
    found: etree._Element = parent.find(_tag(name))
    return found


def _sub(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, _tag(name))
    element.text = None if text is None else as_xml_text(text)
    return element


def _put(element: etree._Element, values: Mapping[str, Any], *names: str) -> None:
    """Write values as attributes; what is not known is left out."""
    for name in names:
        if values[name] is not None:
            element.set(name, as_xml_text(str(values[name])))
