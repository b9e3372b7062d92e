"""What a copy says about itself: XMP, and of that the title in the old information dictionary too."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from xml.sax.saxutils import escape  # escapes, reads nothing  # nosec B406

from pikepdf import Dictionary, Name, Pdf, String

from pipeline.domain.ids import ContentHash

__all__ = ["ASSEMBLE_VERSION", "CopyDescription", "describe"]

ASSEMBLE_VERSION = "4"
"""raised whenever the same pages may give another copy"""

_PACKET_ID = "W5M0MpCehiHzreSzNTczkc9d"
"""fixed by the XMP specification, part 1, 7.3.2"""
_NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyDescription:
    """What the metadata of a copy say. Equal descriptions and pages give equal bytes."""

    title: str
    subject: str = ""
    dossier: str = ""
    """dossier code; stands as `dc:relation`"""
    created_at: dt.datetime | None = None
    """aware; left out where the copy shall depend on the paper alone"""
    source_digests: tuple[ContentHash, ...] = ()
    """of the files that the pages come from; stand as `dc:source`"""
    tool: str = f"sohoa (copies {ASSEMBLE_VERSION})"
    """name and version of the program"""
    language: str = "vi"
    """RFC 3066 tag of the text"""

    def __post_init__(self) -> None:
        if self.created_at is not None and self.created_at.tzinfo is None:
            raise ValueError("created_at must be aware")


def describe(pdf: Pdf, description: CopyDescription, *, conformance: str) -> None:
    """Write the XMP packet with the PDF/A-2 identification, and an information dictionary with the same title and no more.

    PDF/A readers go by XMP (ISO 19005-2, 6.6); browsers and file managers show the dictionary's title, else the file's name.

    Args:
        pdf: the copy.
        description: what to say.
        conformance: level, `U` or `B` (ISO 19005-2, 6.6.4).
    """
    pdf.trailer.Info = pdf.make_indirect(Dictionary(Title=String(_printable(description.title))))
    pdf.Root.Metadata = pdf.make_stream(
        _packet(description, conformance=conformance), Dictionary(Type=Name.Metadata, Subtype=Name.XML)
    )
    pdf.Root.Lang = description.language


def _packet(description: CopyDescription, *, conformance: str) -> bytes:
    properties = [
        _simple("dc:format", "application/pdf"),
        _items("dc:language", "Bag", description.language),
        _items("dc:title", "Alt", description.title, lang="x-default"),
        _items("dc:description", "Alt", description.subject, lang="x-default"),
        _items("dc:relation", "Bag", description.dossier),
        _simple("dc:source", " ".join(f"sha256:{digest}" for digest in description.source_digests)),
        _simple("xmp:CreatorTool", description.tool),
        _simple("pdf:Producer", description.tool),
        _simple("pdfaid:part", "2"),
        _simple("pdfaid:conformance", conformance),
    ]
    if description.created_at is not None:
        moment = description.created_at.isoformat(timespec="seconds")
        properties += [_simple(f"xmp:{name}", moment) for name in ("CreateDate", "ModifyDate", "MetadataDate")]
    namespaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items() if prefix != "rdf")
    body = "".join(properties)
    return (
        f'<?xpacket begin="\ufeff" id="{_PACKET_ID}"?>'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_NAMESPACES["rdf"]}">'
        f'<rdf:Description rdf:about="" {namespaces}>{body}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


def _simple(name: str, value: str) -> str:
    return f"<{name}>{_xml(value)}</{name}>" if value else ""


def _items(name: str, kind: str, value: str, *, lang: str = "") -> str:
    attribute = f' xml:lang="{lang}"' if lang else ""
    item = f"<rdf:{kind}><rdf:li{attribute}>{_xml(value)}</rdf:li></rdf:{kind}>"
    return f"<{name}>{item}</{name}>" if value else ""


def _xml(text: str) -> str:
    return escape(_printable(text))


def _printable(text: str) -> str:
    """Leave out what XML cannot hold at all (XML 1.0, 2.2)."""
    return "".join(char for char in text if char.isprintable())
