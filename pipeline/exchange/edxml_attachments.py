"""Files that go with an edXML message, by content id: within it as base64, or beside it as parts of a MIME message."""

from __future__ import annotations

import base64
import binascii
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from pipeline.domain.exchange_errors import ExchangeHostile, ExchangeMalformed
from pipeline.exchange.safe_xml import as_xml_text, local_name

NAME = "edxml"
_CID = "cid:"
_ID = re.compile(r"[!-;=?-~]{1,200}")
"""what a content id is made of: visible ASCII without angle brackets (RFC 2392, RFC 5322 section 3.6.4)"""
_NO_NAME = re.compile(r"[\x00-\x1f\x7f/\\]")
"""what no name of a file holds: it is a name, and never a path"""
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_ZIPPED = b"PK\x03\x04"
_ZIP = ("application/zip", "application/x-zip-compressed")
_LARGEST = 256 << 20
"""bytes to which the files of one message unpack together"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file and the id under which the manifest names it."""

    id: str
    """content id, without `cid:` and angle brackets"""
    name: str
    media_type: str
    data: bytes

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ExchangeMalformed(format=NAME, place="ContentId", reason="no_content_id")
        if not _MEDIA_TYPE.fullmatch(self.media_type):
            raise ExchangeMalformed(format=NAME, place="ContentType", reason="no_media_type")
        if _NO_NAME.search(self.name):
            raise ExchangeMalformed(format=NAME, place="AttachmentName", reason="no_file_name")


def content_id(text: str) -> str:
    """Return a content id without what stands around it."""
    plain = text.strip()
    if plain.lower().startswith(_CID):
        plain = plain[len(_CID) :]
    return plain.removeprefix("<").removesuffix(">")


def write_attachments(root: etree._Element, attachments: Sequence[Attachment], *, namespace: str) -> None:
    """Put files into a message."""
    if not attachments:
        return
    encoded = etree.SubElement(root, f"{{{namespace}}}AttachmentEncoded")
    for each in attachments:
        one = etree.SubElement(encoded, f"{{{namespace}}}Attachment")
        for name, text in (
            ("ContentId", f"{_CID}{each.id}"),
            ("AttachmentName", as_xml_text(each.name)),
            ("ContentType", each.media_type),
            ("ContentTransferEncoded", base64.b64encode(each.data).decode()),
        ):
            etree.SubElement(one, f"{{{namespace}}}{name}").text = text


def read_attachments(root: etree._Element) -> tuple[Attachment, ...]:
    """Return the files within a message: those that its manifest names, in that order.

    Raises:
        ExchangeMalformed: a file that is named is not there, or one is there that nothing names, or one is no base64.
        ExchangeHostile: a file unpacks to more than it may.
    """
    found: dict[str, Attachment] = {}
    unpacking = Unpacking()
    for element in root.iter("{*}Attachment"):
        texts = {local_name(child): (child.text or "") for child in element}
        each = unpacking.attachment(
            texts.get("ContentId", ""),
            texts.get("AttachmentName", ""),
            texts.get("ContentType", ""),
            _decoded(texts.get("ContentTransferEncoded", "")),
        )
        if each.id in found:
            raise ExchangeMalformed(format=NAME, place="ContentId", reason="twice")
        found[each.id] = each
    return as_named(root, found)


class Unpacking:
    """Takes the files of one message out of the ZIPs that many systems put each one in."""

    def __init__(self) -> None:
        self._left = _LARGEST

    def attachment(self, id_: str, name: str, media_type: str, data: bytes) -> Attachment:
        """Return a file as it came, or as it was before it was packed.

        Raises:
            ExchangeMalformed
            ExchangeHostile: it and those before it unpack to more than the files of a message may.
        """
        kind = media_type.strip().partition(";")[0].strip() or "application/octet-stream"
        plain = None if kind in _ZIP else _unpacked(data, most=self._left)
        if plain is not None:
            self._left -= len(plain)
        last = re.split(r"[/\\]", " ".join(name.split()))[-1]
        return Attachment(id=content_id(id_), name=last, media_type=kind, data=data if plain is None else plain)


@dataclass(frozen=True, slots=True)
class Reference:
    """A file as the manifest names it."""

    id: str
    name: str
    media_type: str


def manifest(root: etree._Element) -> tuple[Reference, ...]:
    """Return the files that a message's manifest names."""
    found = []
    for element in root.iter("{*}Reference"):
        texts = {local_name(child): (child.text or "") for child in element}
        named = (texts.get(name, "") for name in ("ContentId", "AttachmentName", "ContentType"))
        found.append(Reference(content_id(next(named)), *named))
    return tuple(found)


def as_named(root: etree._Element, found: dict[str, Attachment]) -> tuple[Attachment, ...]:
    """Return files in the order of the manifest.

    Raises:
        ExchangeMalformed: manifest and files are not the same.
    """
    named = [each.id for each in manifest(root)]
    if sorted(named) != sorted(found):
        raise ExchangeMalformed(format=NAME, place="edXMLManifest", reason="other_files")
    return tuple(found[each] for each in named)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ExchangeMalformed(format=NAME, place="ContentTransferEncoded", reason="no_base64") from error


def _unpacked(data: bytes, *, most: int) -> bytes | None:
    """Return the only member of a ZIP; None for what is no ZIP, or one with more in it (an office document)."""
    if not data.startswith(_ZIPPED):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) != 1 or members[0].is_dir() or members[0].flag_bits & 1:
                return None
            with archive.open(members[0]) as stream:
                plain = stream.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, EOFError, OSError) as error:
        raise ExchangeMalformed(format=NAME, place="ContentTransferEncoded", reason="damaged_zip") from error
    if len(plain) > most:
        raise ExchangeHostile(format=NAME, reason="bytes", found=_LARGEST - most + len(plain), allowed=_LARGEST)
    return plain
