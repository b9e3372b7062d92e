"""XML from anybody: bounded, without DTDs, entities or anything that would be fetched.

An XML parser that is left to its defaults reads files and addresses that a message names (XXE) and lets a few lines grow to
gigabytes (entity bombs); OWASP, XML External Entity Prevention. No format here needs a DTD, so one is refused before its first
entity.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from pipeline.domain.exchange_errors import ExchangeHostile, ExchangeMalformed

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""what XML 1.0 cannot hold (section 2.2)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlLimits:
    """How much of a message is taken."""

    bytes: int = 256 << 20
    """of the whole; attachments stand within it as text"""
    depth: int = 32
    """elements within each other; no format here has half as many"""
    elements: int = 100_000
    attributes: int = 64
    """of one element"""
    attribute: int = 64 << 10
    """characters of one attribute, and of a name"""


_LIMITS = XmlLimits()


def read_xml(data: bytes, *, format_: str, limits: XmlLimits = _LIMITS) -> etree._Element:
    """Return the root of a message.

    Raises:
        ExchangeHostile: a DTD, an entity, or more than `limits` allow.
        ExchangeMalformed: not well-formed.
    """
    if len(data) > limits.bytes:
        raise ExchangeHostile(format=format_, reason="bytes", found=len(data), allowed=limits.bytes)
    _look_through(data, format_, limits)
    parser = etree.XMLParser(**_PARSING, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise ExchangeMalformed(format=format_, place=f"line {error.lineno}", reason=str(error.msg)) from error


_PARSING: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    # attachments are one text of many megabytes; the bounds are ours, and are kept before a tree is built
    "huge_tree": True,
}


class _Bounds:
    """What a parser tells of a message while it is read; nothing of it is kept."""

    def __init__(self, format_: str, limits: XmlLimits) -> None:
        self._format, self._limits = format_, limits
        self._depth = self._elements = 0

    def doctype(self, *_: object) -> None:
        raise ExchangeHostile(format=self._format, reason="doctype")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        longest = max((len(text) for pair in attributes.items() for text in pair), default=0)
        for reason, found, allowed in (
            ("depth", self._depth, self._limits.depth),
            ("elements", self._elements, self._limits.elements),
            ("attributes", len(attributes), self._limits.attributes),
            ("attribute", max(longest, len(tag)), self._limits.attribute),
        ):
            if found > allowed:
                raise ExchangeHostile(format=self._format, reason=reason, found=found, allowed=allowed)

    def end(self, _tag: str) -> None:
        self._depth -= 1

    def close(self) -> None:
        return None


_FED = 64 << 10
"""bytes that the parser gets at a time: what is beyond the bounds is noticed before the rest is looked at"""
_DECLARED = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


def _look_through(data: bytes, format_: str, limits: XmlLimits) -> None:
    # a parser reads the whole of a DTD before it tells of one: in the encodings of ASCII it is found without a parser,
    # and others are not taken. `<` cannot stand in text or attributes, so only a comment or CDATA could say it innocently
    if b"\x00" in data[:_FED]:
        raise ExchangeHostile(format=format_, reason="encoding")
    if _DECLARED.search(data):
        raise ExchangeHostile(format=format_, reason="doctype")
    parser = etree.XMLParser(target=_Bounds(format_, limits), **_PARSING)
    stream = io.BytesIO(data)
    try:
        while piece := stream.read(_FED):
            parser.feed(piece)
        parser.close()
    except etree.XMLSyntaxError as error:
        raise ExchangeMalformed(format=format_, place=f"line {error.lineno}", reason=str(error.msg)) from error


def write_xml(root: etree._Element) -> bytes:
    """Return a message as UTF-8 with its declaration."""
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return data


def as_xml_text(text: str) -> str:
    """Return text without the characters that XML cannot hold."""
    return _NO_XML.sub("\ufffd", text)


def local_name(element: etree._Element) -> str:
    """Return an element's name without its namespace; comments and processing instructions have none."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
