"""edXML as a MIME message: the XML first, each file a part of its own that the manifest names by content id.

multipart/related, RFC 2387; content ids, RFC 2392. Nothing is encoded twice and nothing is a third larger than it is, so this is
the form for large files; where a partner takes the XML alone, `write_edxml` gives it.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from email import errors, policy
from email.message import EmailMessage, Message
from email.parser import BytesParser

from pipeline.domain.exchange_errors import ExchangeHostile, ExchangeMalformed
from pipeline.exchange.edxml import Edxml, envelope, read_envelope
from pipeline.exchange.edxml_attachments import NAME, Attachment, Unpacking, as_named, content_id, manifest
from pipeline.exchange.safe_xml import XmlLimits, read_xml, write_xml

MEDIA_TYPE = "multipart/related"
_ROOT = "edxml"
_ENVELOPE = XmlLimits(bytes=16 << 20)
_MOST_PARTS = 1000
_LARGEST = 1 << 30
"""bytes of a message"""


def write_mime(message: Edxml) -> bytes:
    """Return a message and its files as MIME, header and all.

    Raises:
        ExchangeMalformed: no receiver, or two attachments under one content id.
    """
    whole = EmailMessage(policy=policy.SMTP)
    whole["MIME-Version"] = "1.0"
    xml = write_xml(envelope(message))
    # from the content: the same message is the same bytes, and no part can hold the line
    digest = hashlib.sha256(xml)
    for each in message.attachments:
        digest.update(each.data)
    whole["Content-Type"] = (
        f'multipart/related; type="text/xml"; start="<{_ROOT}>"; boundary="edxml-{digest.hexdigest()[:40]}"'
    )
    whole.attach(_part("text", "xml", xml, id_=_ROOT, name="document.edxml"))
    for each in message.attachments:
        main, _, sub = each.media_type.partition("/")
        whole.attach(_part(main, sub, each.data, id_=each.id, name=each.name))
    return whole.as_bytes()


def read_mime(data: bytes) -> Edxml:
    """Return a message that came as MIME, with its files.

    Raises:
        ExchangeMalformed, ExchangeHostile
    """
    if len(data) > _LARGEST:
        raise ExchangeHostile(format=NAME, reason="bytes", found=len(data), allowed=_LARGEST)
    try:
        whole = BytesParser(EmailMessage, policy=policy.SMTP).parsebytes(data)
        parts = list(whole.iter_parts())
    except (errors.MessageError, ValueError, LookupError, RecursionError) as error:
        raise ExchangeMalformed(format=NAME, place="MIME", reason=str(error)) from error
    if whole.get_content_type() != MEDIA_TYPE or not parts:
        raise ExchangeMalformed(format=NAME, place="Content-Type", reason="not_related")
    if len(parts) > _MOST_PARTS:
        raise ExchangeHostile(format=NAME, reason="parts", found=len(parts), allowed=_MOST_PARTS)
    start = content_id(str(whole.get_param("start", "") or ""))
    root = next((each for each in parts if start and _id(each) == start), parts[0])
    xml = read_xml(_bytes(root), format_=NAME, limits=_ENVELOPE)
    # the manifest's names: those of MIME are folded and encoded in many ways
    names = {each.id: each for each in manifest(xml)}
    found: dict[str, Attachment] = {}
    unpacking = Unpacking()
    for part in parts:
        if part is not root:
            named = names.get(_id(part))
            kind = named.media_type if named else part.get_content_type()
            found[_id(part)] = unpacking.attachment(_id(part), named.name if named else "", kind, _bytes(part))
    if len(found) < len(parts) - 1:
        raise ExchangeMalformed(format=NAME, place="Content-ID", reason="twice")
    return replace(read_envelope(xml), attachments=as_named(xml, found))


def _part(main: str, sub: str, data: bytes, *, id_: str, name: str) -> EmailMessage:
    part = EmailMessage(policy=policy.SMTP)
    part.set_content(data, main, sub, cte="base64", disposition="attachment", filename=name, cid=f"<{id_}>")
    return part


def _id(part: Message) -> str:
    return content_id(str(part.get("Content-ID", "")))


def _bytes(part: Message) -> bytes:
    """Return a part's bytes.

    Raises:
        ExchangeMalformed: it has parts itself, or its base64 is none.
    """
    if part.is_multipart():
        raise ExchangeMalformed(format=NAME, place="MIME", reason="nested")
    payload = part.get_payload(decode=True)
    if part.defects or not isinstance(payload, bytes):
        raise ExchangeMalformed(format=NAME, place="Content-Transfer-Encoding", reason="no_base64")
    return payload
