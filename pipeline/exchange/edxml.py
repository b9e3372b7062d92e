"""edXML, the message in which agencies exchange documents (QCVN 102:2016/BTTTT, amended by TT 01/2022/TT-BTTTT).

What is written: the names and the order of the standard as agencies' systems use them. What is read: the same, and what those
systems do differently (`Bussiness`, attachments each in a ZIP of its own, content ids with or without `cid:`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lxml import etree

from pipeline.domain.audit_seal import OFFICE_TIME
from pipeline.domain.exchange_errors import ExchangeMalformed
from pipeline.exchange.edxml_attachments import NAME, Attachment, read_attachments, write_attachments
from pipeline.exchange.safe_xml import as_xml_text, local_name, read_xml, write_xml

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
_DAY, _MOMENT = "%Y/%m/%d", "%Y/%m/%d %H:%M:%S"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organ:
    """Who sends or gets a document."""

    id: str
    """OrganId: the organisation's code (QĐ 20/2020/QĐ-TTg)"""
    name: str
    in_charge: str = ""
    """the organisation above"""
    address: str = ""
    email: str = ""
    phone: str = ""
    fax: str = ""
    website: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """SignerInfo."""

    name: str = ""
    competence: str = ""
    """on whose behalf, such as `KT. CHỦ TỊCH`"""
    position: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A station on the way."""

    organ: str
    at: dt.datetime
    """to the second"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """ResponseFor: a document that this one answers."""

    organ: str = ""
    """OrganId of who sent it"""
    code: str = ""
    """number and notation"""
    issued_on: dt.date | None = None
    id: str = ""
    """DocumentId"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edxml:
    """A message: a document, from whom to whom, with its files."""

    sender: Organ
    receivers: tuple[Organ, ...]
    id: str
    """DocumentId"""
    number: str = ""
    notation: str = ""
    place: str = ""
    issued_on: dt.date | None = None
    type: str = ""
    type_name: str = ""
    subject: str = ""
    content: str = ""
    signer: Signer = Signer()
    due_on: dt.date | None = None
    to_places: tuple[str, ...] = ()
    priority: str = ""
    sphere: str = ""
    typist: str = ""
    """TyperNotation: signs of who typed it"""
    copies: str = ""
    """PromulgationAmount"""
    pages: str = ""
    appendixes: tuple[str, ...] = ()
    direction: str = ""
    steering: str = ""
    answers: tuple[Answered, ...] = ()
    traces: tuple[Trace, ...] = ()
    business: str = ""
    """BusinessDocType"""
    attachments: tuple[Attachment, ...] = ()


def write_edxml(message: Edxml) -> bytes:
    """Return a message with its attachments within it.

    Raises:
        ExchangeMalformed: no receiver, or two attachments under one content id.
    """
    root = envelope(message)
    write_attachments(root, message.attachments, namespace=NAMESPACE)
    return write_xml(root)


def read_edxml(data: bytes) -> Edxml:
    """Return a message with its attachments.

    Raises:
        ExchangeMalformed, ExchangeHostile
    """
    root = read_xml(data, format_=NAME)
    return replace(read_envelope(root), attachments=read_attachments(root))


def envelope(message: Edxml) -> etree._Element:
    """Return a message's XML without its attachments' bytes; its manifest names them.

    Raises:
        ExchangeMalformed
    """
    ids = [each.id for each in message.attachments]
    if len(set(ids)) < len(ids):
        raise ExchangeMalformed(format=NAME, place="ContentId", reason="twice")
    if not message.receivers:
        raise ExchangeMalformed(format=NAME, place="To", reason="missing")
    root = etree.Element(_tag("edXML"), nsmap={"edXML": NAMESPACE})
    inner = _sub(root, "edXMLEnvelope")
    header = _sub(inner, "edXMLHeader")
    _write_header(_sub(header, "MessageHeader"), message)
    traces = _sub(header, "TraceHeaderList")
    for trace in message.traces:
        _texts(_sub(traces, "TraceHeader"), OrganId=trace.organ, Timestamp=_moment_text(trace.at))
    if message.business:
        _texts(_sub(traces, "Business"), BusinessDocType=message.business)
    manifest = _sub(_sub(inner, "edXMLBody"), "edXMLManifest")
    manifest.set("version", "1.0")
    for each in message.attachments:
        _texts(
            _sub(manifest, "Reference"),
            ContentId=f"cid:{each.id}",
            ContentType=each.media_type,
            AttachmentName=each.name,
        )
    return root


def read_envelope(root: etree._Element) -> Edxml:
    """Return what a message's XML says, without attachments.

    Raises:
        ExchangeMalformed
    """
    if local_name(root) != "edXML" or etree.QName(root).namespace != NAMESPACE:
        raise ExchangeMalformed(format=NAME, place="edXML", reason="namespace")
    header = _needed(root, "edXMLEnvelope", "edXMLHeader")
    message = _needed(header, "MessageHeader")
    receivers = tuple(_organ(each) for each in _children(message, "To"))
    if not receivers:
        raise ExchangeMalformed(format=NAME, place="To", reason="missing")
    traces = next(_children(header, "TraceHeaderList"), None)
    other = next(_children(message, "OtherInfo"), None)
    return Edxml(
        sender=_organ(_needed(message, "From")),
        receivers=receivers,
        id=_text(message, "DocumentId"),
        number=_text(message, "Code", "CodeNumber"),
        notation=_text(message, "Code", "CodeNotation"),
        place=_text(message, "PromulgationInfo", "Place"),
        issued_on=_day(_text(message, "PromulgationInfo", "PromulgationDate"), "PromulgationDate"),
        type=_text(message, "DocumentType", "Type"),
        type_name=_text(message, "DocumentType", "TypeName"),
        subject=_text(message, "Subject"),
        content=_text(message, "Content"),
        signer=_signer(message),
        due_on=_day(_text(message, "DueDate"), "DueDate"),
        to_places=_all(message, "ToPlaces", "Place"),
        priority=_text(other, "Priority"),
        sphere=_text(other, "SphereOfPromulgation"),
        typist=_text(other, "TyperNotation"),
        copies=_text(other, "PromulgationAmount"),
        pages=_text(other, "PageAmount"),
        appendixes=_all(other, "Appendixes", "Appendix"),
        direction=_text(other, "Direction"),
        steering=_text(message, "SteeringType"),
        answers=tuple(_answered(each) for each in _children(message, "ResponseFor")),
        traces=tuple(_trace(each) for each in _children(traces, "TraceHeader")),
        business=_business(traces),
    )


def _write_header(header: etree._Element, message: Edxml) -> None:
    _write_organ(_sub(header, "From"), message.sender)
    for receiver in message.receivers:
        _write_organ(_sub(header, "To"), receiver)
    _texts(header, DocumentId=message.id)
    _texts(_sub(header, "Code"), CodeNumber=message.number, CodeNotation=message.notation)
    promulgated = _sub(header, "PromulgationInfo")
    _texts(promulgated, Place=message.place, PromulgationDate=_day_text(message.issued_on))
    _texts(_sub(header, "DocumentType"), Type=message.type, TypeName=message.type_name)
    _texts(header, Subject=message.subject, Content=message.content)
    signer = message.signer
    _texts(_sub(header, "SignerInfo"), FullName=signer.name, Competence=signer.competence, Position=signer.position)
    _texts(header, DueDate=_day_text(message.due_on))
    if message.to_places:
        _many(_sub(header, "ToPlaces"), "Place", message.to_places)
    other = _sub(header, "OtherInfo")
    _texts(
        other,
        Priority=message.priority,
        SphereOfPromulgation=message.sphere,
        TyperNotation=message.typist,
        PromulgationAmount=message.copies,
        PageAmount=message.pages,
        Direction=message.direction,
    )
    if message.appendixes:
        _many(_sub(other, "Appendixes"), "Appendix", message.appendixes)
    _texts(header, SteeringType=message.steering)
    for each in message.answers:
        day = _day_text(each.issued_on)
        _texts(
            _sub(header, "ResponseFor"), OrganId=each.organ, Code=each.code, PromulgationDate=day, DocumentId=each.id
        )


def _write_organ(element: etree._Element, organ: Organ) -> None:
    _texts(
        element,
        OrganId=organ.id,
        OrganizationInCharge=organ.in_charge,
        OrganName=organ.name,
        OrganAdd=organ.address,
        Email=organ.email,
        Telephone=organ.phone,
        Fax=organ.fax,
        Website=organ.website,
    )


def _organ(element: etree._Element) -> Organ:
    organ = Organ(
        id=_text(element, "OrganId"),
        name=_text(element, "OrganName"),
        in_charge=_text(element, "OrganizationInCharge"),
        address=_text(element, "OrganAdd"),
        email=_text(element, "Email"),
        phone=_text(element, "Telephone"),
        fax=_text(element, "Fax"),
        website=_text(element, "Website"),
    )
    if not organ.id:
        raise ExchangeMalformed(format=NAME, place=f"{local_name(element)}/OrganId", reason="missing")
    return organ


def _signer(message: etree._Element) -> Signer:
    return Signer(
        name=_text(message, "SignerInfo", "FullName"),
        competence=_text(message, "SignerInfo", "Competence"),
        position=_text(message, "SignerInfo", "Position"),
    )


def _answered(element: etree._Element) -> Answered:
    return Answered(
        organ=_text(element, "OrganId"),
        code=_text(element, "Code"),
        issued_on=_day(_text(element, "PromulgationDate"), "ResponseFor/PromulgationDate"),
        id=_text(element, "DocumentId"),
    )


def _trace(element: etree._Element) -> Trace:
    typed = _text(element, "Timestamp")
    try:
        at = dt.datetime.strptime(typed, _MOMENT).replace(tzinfo=OFFICE_TIME)
    except ValueError as error:
        raise ExchangeMalformed(format=NAME, place="Timestamp", reason="no_moment") from error
    return Trace(organ=_text(element, "OrganId"), at=at)


def _business(traces: etree._Element | None) -> str:
    """Return the kind of business; the standard's spelling and the one that many systems write."""
    for name in ("Business", "Bussiness"):
        found = _text(traces, name, f"{name}DocType")
        if found:
            return found
    return ""


def _day(typed: str, place: str) -> dt.date | None:
    if not typed:
        return None
    try:
        return dt.datetime.strptime(typed, _DAY).replace(tzinfo=OFFICE_TIME).date()
    except ValueError as error:
        raise ExchangeMalformed(format=NAME, place=place, reason="no_day") from error


def _day_text(day: dt.date | None) -> str:
    return "" if day is None else f"{day.year:04}/{day.month:02}/{day.day:02}"


def _moment_text(at: dt.datetime) -> str:
    local = at.astimezone(OFFICE_TIME)
    return f"{_day_text(local.date())} {local:%H:%M:%S}"


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _sub(element: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(element, _tag(name))


def _texts(element: etree._Element, **texts: str) -> None:
    """Add what there is a text for; an element without one says nothing."""
    for name, text in texts.items():
        if text:
            _sub(element, name).text = as_xml_text(text)


def _many(element: etree._Element, name: str, texts: Iterable[str]) -> None:
    for text in texts:
        _sub(element, name).text = as_xml_text(text)


def _children(element: etree._Element | None, name: str) -> Iterator[etree._Element]:
    """Yield children by name: some systems forget the namespace of inner elements."""
    if element is not None:
        yield from (child for child in element if local_name(child) == name)


def _find(element: etree._Element | None, *path: str) -> etree._Element | None:
    for name in path:
        element = next(_children(element, name), None)
    return element


def _needed(element: etree._Element, *path: str) -> etree._Element:
    found = _find(element, *path)
    if found is None:
        raise ExchangeMalformed(format=NAME, place="/".join(path), reason="missing")
    return found


def _text(element: etree._Element | None, *path: str) -> str:
    found = _find(element, *path)
    return "" if found is None else (found.text or "").strip()


def _all(element: etree._Element | None, within: str, name: str) -> tuple[str, ...]:
    return tuple((each.text or "").strip() for each in _children(_find(element, within), name))
