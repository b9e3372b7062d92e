"""What describes a document in an archive: the metadata of CV 7197/BKHCN-CĐSQG as XML, with a schema that goes along.

Seven of its fields are required there. Papers of citizens often have no number or issuing body: what a paper does not say is left out, and
`missing_fields` names it. Nothing is invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from pipeline.domain.exchange_errors import ExchangeMalformed
from pipeline.exchange.safe_xml import as_xml_text, local_name, read_xml, write_xml

NAMESPACE = "urn:sohoa:paper:1"
SCHEMA_NAME = "paper.xsd"
_NAME = "paper_description"
_XSD = "http://www.w3.org/2001/XMLSchema"


@dataclass(frozen=True, slots=True)
class DescribedField:
    """A field of the official list."""

    name: str
    longest: int
    required: bool = False


FIELDS = (
    DescribedField("DocCode", 30, required=True),
    DescribedField("TypeName", 100, required=True),
    DescribedField("CodeNumber", 11, required=True),
    DescribedField("CodeNotation", 30, required=True),
    DescribedField("IssuedDate", 10, required=True),
    DescribedField("OrganName", 200, required=True),
    DescribedField("Subject", 500, required=True),
    DescribedField("Language", 100),
    DescribedField("PageAmount", 4),
    DescribedField("Description", 500),
    DescribedField("InforSign", 30),
    DescribedField("Keyword", 100),
    DescribedField("Mode", 20),
    DescribedField("ConfidenceLevel", 30),
    DescribedField("Format", 50),
)
"""names, lengths in characters and order of CV 7197; IssuedDate is written as 2026-01-31"""


def missing_fields(description: Mapping[str, str]) -> tuple[str, ...]:
    """Return the required fields that a paper does not have."""
    return tuple(each.name for each in FIELDS if each.required and not description.get(each.name))


def too_long_fields(description: Mapping[str, str]) -> tuple[str, ...]:
    """Return the fields that are longer than the list allows."""
    return tuple(each.name for each in FIELDS if len(description.get(each.name, "")) > each.longest)


def write_description(description: Mapping[str, str]) -> bytes:
    """Return a description as XML.

    Raises:
        ExchangeMalformed: a field is unknown, or longer than it may be.
    """
    unknown = description.keys() - {each.name for each in FIELDS}
    if unknown:
        raise ExchangeMalformed(format=_NAME, place=", ".join(sorted(unknown)), reason="unknown")
    long = too_long_fields(description)
    if long:
        raise ExchangeMalformed(format=_NAME, place=", ".join(long), reason="too_long")
    root = etree.Element(f"{{{NAMESPACE}}}paper", nsmap={None: NAMESPACE})
    for each in FIELDS:
        if text := description.get(each.name, ""):
            etree.SubElement(root, f"{{{NAMESPACE}}}{each.name}").text = as_xml_text(text)
    return write_xml(root)


def read_description(data: bytes) -> dict[str, str]:
    """Return a description.

    Raises:
        ExchangeMalformed, ExchangeHostile
    """
    root = read_xml(data, format_=_NAME)
    known = {each.name for each in FIELDS}
    if root.tag != f"{{{NAMESPACE}}}paper" or any(local_name(each) not in known for each in root):
        raise ExchangeMalformed(format=_NAME, place=local_name(root), reason="unknown")
    return {local_name(each): each.text or "" for each in root}


def description_schema() -> bytes:
    """Return the XML Schema of a description, which every package brings along (CSIPSTR15)."""

    def sub(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
        return etree.SubElement(parent, f"{{{_XSD}}}{tag}", **attributes)

    root = etree.Element(
        f"{{{_XSD}}}schema", nsmap={"xs": _XSD}, targetNamespace=NAMESPACE, elementFormDefault="qualified"
    )
    sequence = sub(sub(sub(root, "element", name="paper"), "complexType"), "sequence")
    for each in FIELDS:
        restricted = sub(
            sub(sub(sequence, "element", name=each.name, minOccurs="0"), "simpleType"), "restriction", base="xs:string"
        )
        sub(restricted, "maxLength", value=str(each.longest))
    return write_xml(root)
