"""edXML: what is written is read again, what others write is read, and what nobody honest writes is refused."""

from __future__ import annotations

import base64
import datetime as dt
import io
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from pipeline.domain.audit_seal import OFFICE_TIME
from pipeline.domain.exchange_errors import ExchangeHostile, ExchangeMalformed
from pipeline.exchange.edxml import NAMESPACE, Answered, Edxml, Organ, Signer, Trace, read_edxml, write_edxml
from pipeline.exchange.edxml_attachments import Attachment
from pipeline.exchange.edxml_mime import read_mime, write_mime

texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=20).map(
    lambda text: " ".join(text.split())
)
needed = texts.filter(bool)
names = needed.filter(lambda text: not set("/\\") & set(text))
days = st.none() | st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31))
moments = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2999, 12, 31)).map(  # noqa: DTZ001 - put into a zone
    lambda at: at.replace(microsecond=0, tzinfo=OFFICE_TIME)
)
organs = st.builds(
    Organ, id=needed, name=texts, in_charge=texts, address=texts, email=texts, phone=texts, fax=texts, website=texts
)
# one member ZIPs are unpacked on the way in: bytes that begin like one are another test's
data = st.binary(max_size=300).filter(lambda found: not found.startswith(b"PK\x03\x04"))
files = st.builds(
    Attachment,
    id=st.from_regex(r"[a-z0-9.-]{1,20}@[a-z]{1,5}", fullmatch=True),
    name=names,
    media_type=st.sampled_from(["application/pdf", "text/plain", "application/zip", "image/png"]),
    data=data,
)
messages = st.builds(
    Edxml,
    sender=organs,
    receivers=st.lists(organs, min_size=1, max_size=3).map(tuple),
    id=texts,
    number=texts,
    notation=texts,
    place=texts,
    issued_on=days,
    type=texts,
    type_name=texts,
    subject=texts,
    content=texts,
    signer=st.builds(Signer, name=texts, competence=texts, position=texts),
    due_on=days,
    typist=texts,
    direction=texts,
    answers=st.lists(st.builds(Answered, organ=texts, code=texts, issued_on=days, id=texts), max_size=2).map(tuple),
    to_places=st.lists(needed, max_size=3).map(tuple),
    priority=texts,
    sphere=texts,
    copies=texts,
    pages=texts,
    appendixes=st.lists(needed, max_size=3).map(tuple),
    steering=texts,
    traces=st.lists(st.builds(Trace, organ=texts, at=moments), max_size=2).map(tuple),
    business=texts,
    attachments=st.lists(files, max_size=3, unique_by=lambda each: each.id).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(messages)
def test_a_message_comes_back_as_it_was(message: Edxml) -> None:
    assert read_edxml(write_edxml(message)) == message
    assert read_mime(write_mime(message)) == message


LETTER = Edxml(
    sender=Organ(id="H42.12", name="Ủy ban nhân dân xã Thanh Bình"),
    receivers=(Organ(id="H42", name="Ủy ban nhân dân tỉnh"),),
    id="2026-12",
    number="12",
    notation="QĐ-UBND",
    issued_on=dt.date(2026, 1, 31),
    subject="Về việc cấp <giấy phép> & phụ lục",
    traces=(Trace(organ="H42.12", at=dt.datetime(2026, 1, 31, 1, 30, tzinfo=dt.UTC)),),
    attachments=(Attachment(id="a1@h42", name="12.pdf", media_type="application/pdf", data=b"%PDF-1.7"),),
)


def find(root: etree._Element, path: str) -> str:
    """The text at a path, looked up without the code under test."""
    found = root.find("/".join(f"{{{NAMESPACE}}}{name}" for name in path.split("/")))
    assert found is not None, path
    return found.text or ""


def test_names_dates_and_content_ids_are_those_of_the_standard() -> None:
    root = etree.fromstring(write_edxml(LETTER))
    assert root.tag == "{http://www.mic.gov.vn/TBT/QCVN_102_2016}edXML"
    header = "edXMLEnvelope/edXMLHeader"
    assert find(root, f"{header}/MessageHeader/From/OrganId") == "H42.12"
    assert find(root, f"{header}/MessageHeader/To/OrganId") == "H42"
    assert find(root, f"{header}/MessageHeader/Code/CodeNotation") == "QĐ-UBND"
    assert find(root, f"{header}/MessageHeader/PromulgationInfo/PromulgationDate") == "2026/01/31"
    assert find(root, f"{header}/MessageHeader/Subject") == "Về việc cấp <giấy phép> & phụ lục"
    # 01:30 UTC is 08:30 in Vietnam
    assert find(root, f"{header}/TraceHeaderList/TraceHeader/Timestamp") == "2026/01/31 08:30:00"
    reference = "edXMLEnvelope/edXMLBody/edXMLManifest/Reference"
    assert find(root, f"{reference}/ContentId") == "cid:a1@h42"
    encoded = "AttachmentEncoded/Attachment"
    assert find(root, f"{encoded}/ContentId") == "cid:a1@h42"
    assert base64.b64decode(find(root, f"{encoded}/ContentTransferEncoded")) == b"%PDF-1.7"


def test_the_mime_form_names_its_parts_by_content_id() -> None:
    whole: Any = message_from_bytes(write_mime(LETTER))
    assert whole.get_content_type() == "multipart/related"
    root, file = whole.get_payload()
    assert whole.get_param("start") == root["Content-ID"]
    assert root.get_content_type() == "text/xml"
    assert file["Content-ID"] == "<a1@h42>"
    assert file.get_payload(decode=True) == b"%PDF-1.7"


def of_another_system(attachment: bytes) -> bytes:
    """A message as systems write that differ from the standard: prefixes, spelling, no namespace on what is within."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="{NAMESPACE}"><e:edXMLEnvelope xmlns:e="{NAMESPACE}"><e:edXMLHeader><e:MessageHeader>
<e:From><e:OrganId>H01</e:OrganId></e:From><e:To><e:OrganId>H02</e:OrganId></e:To><e:DocumentId>7</e:DocumentId>
</e:MessageHeader><e:TraceHeaderList><e:Bussiness><e:BussinessDocType>0</e:BussinessDocType></e:Bussiness>
</e:TraceHeaderList></e:edXMLHeader><e:edXMLBody><e:edXMLManifest version="1.0"><e:Reference>
<e:ContentId>cid:x</e:ContentId><e:ContentType>application/pdf</e:ContentType><e:AttachmentName>../../a.pdf</e:AttachmentName>
</e:Reference></e:edXMLManifest></e:edXMLBody></e:edXMLEnvelope><AttachmentEncoded><Attachment><ContentId>x</ContentId>
<AttachmentName>../../a.pdf</AttachmentName><ContentType>application/pdf</ContentType>
<e:ContentTransferEncoded xmlns:e="{NAMESPACE}">{base64.encodebytes(attachment).decode()}</e:ContentTransferEncoded>
</Attachment></AttachmentEncoded></edXML>""".encode()


def zipped(*members: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for number, member in enumerate(members):
            archive.writestr(f"{number}.pdf", member)
    return target.getvalue()


def test_what_other_systems_do_differently_is_read() -> None:
    message = read_edxml(of_another_system(zipped(b"%PDF-1.4")))
    assert message.business == "0"
    (file,) = message.attachments
    assert (file.id, file.data) == ("x", b"%PDF-1.4")
    assert file.name == "a.pdf"  # a name, and no path out of a folder


def test_an_archive_with_more_in_it_stays_one() -> None:
    two = zipped(b"1", b"2")
    assert read_edxml(of_another_system(two)).attachments[0].data == two


def test_a_file_that_unpacks_without_end_is_refused() -> None:
    with pytest.raises(ExchangeHostile):
        read_edxml(of_another_system(zipped(bytes((256 << 20) + 1))))


@pytest.mark.parametrize("write", [write_edxml, write_mime])
def test_files_that_only_together_unpack_without_end_are_refused(write: Callable[[Edxml], bytes]) -> None:
    half = zipped(bytes(129 << 20))
    (one,) = LETTER.attachments
    letter = replace(LETTER, attachments=tuple(replace(one, id=f"a{number}@h42", data=half) for number in range(2)))
    with pytest.raises(ExchangeHostile) as refusal:
        (read_edxml if write is write_edxml else read_mime)(write(letter))
    assert refusal.value.details["allowed"] == 256 << 20


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_file_that_cannot_be_unpacked_is_damaged_however_it_was_packed(method: int) -> None:
    packed = bytearray(zipped(bytes(range(256)) * 40, method=method))
    start = packed.index(b"0.pdf") + 5
    packed[start + 9 : start + 60] = b"\xff" * 51
    with pytest.raises(ExchangeMalformed):
        read_edxml(of_another_system(bytes(packed)))


BOMB = b"""<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><z>&c;</z>"""
XXE = b"""<?xml version="1.0"?><!DOCTYPE z [<!ENTITY x SYSTEM "file:///etc/passwd">]><z>&x;</z>"""
HOSTILE = {
    "entity bomb": BOMB,
    "external entity": XXE,
    "external DTD": b'<!DOCTYPE z SYSTEM "http://127.0.0.1:9/z.dtd"><z/>',
    "parameter entity": b'<!DOCTYPE z [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><z/>',
    "DTD in UTF-16": XXE.decode().replace('<?xml version="1.0"?>', "").encode("utf-16"),
    "DTD in UTF-7": b"<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE z+AD4-<z/>",
    "deep nesting": b"<a>" * 5_000_000,
    "huge attribute": b'<a x="' + b"y" * 20_000_000 + b'"/>',
    "many attributes": b"<a " + b" ".join(b'a%d=""' % number for number in range(200_000)) + b"/>",
    "many elements": b"<a>" + b"<b/>" * 200_000 + b"</a>",
    "huge name": b"<" + b"n" * 20_000_000 + b"/>",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_xml_is_refused_at_once(what: str) -> None:
    began = time.monotonic()
    with pytest.raises((ExchangeHostile, ExchangeMalformed)) as refusal:
        read_edxml(HOSTILE[what])
    assert time.monotonic() - began < 10  # no bomb went off; a busy machine may take its time
    assert "root:" not in str(refusal.value)


@pytest.mark.parametrize("what", ["entity bomb", "external entity", "external DTD", "deep nesting", "huge attribute"])
def test_hostile_xml_within_mime_is_refused(what: str) -> None:
    plain = write_mime(replace(LETTER, attachments=()))
    whole: Any = message_from_bytes(plain)
    (root,) = whole.get_payload()
    root.set_payload(base64.encodebytes(HOSTILE[what][: 4 << 20]).decode())
    with pytest.raises((ExchangeHostile, ExchangeMalformed)):
        read_mime(whole.as_bytes())


@pytest.mark.parametrize(
    "damage",
    [
        (b"cid:a1@h42", b"cid:other"),
        (b"<edXML:OrganId>H42</edXML:OrganId>", b""),
        (b"2026/01/31<", b"31/01/2026<"),
        (b"QCVN_102_2016", b"QCVN_102_2099"),
        (b"JVBERi0xLjc=", b"JVBERi0xLj*="),
        (b"</edXML:edXML>", b""),
    ],
)
def test_what_is_not_of_the_standard_is_refused(damage: tuple[bytes, bytes]) -> None:
    whole = write_edxml(LETTER)
    assert damage[0] in whole
    with pytest.raises(ExchangeMalformed):
        read_edxml(whole.replace(damage[0], damage[1], 1))


def test_two_files_have_two_content_ids() -> None:
    twice = replace(LETTER, attachments=LETTER.attachments * 2)
    for write in (write_edxml, write_mime):
        with pytest.raises(ExchangeMalformed):
            write(twice)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_anything_else_is_refused_by_name(garbage: bytes) -> None:
    for read in (read_edxml, read_mime):
        with pytest.raises((ExchangeMalformed, ExchangeHostile)):
            read(garbage)
