"""Mails as their servers hand them on: files come out whole, and what is wrong with a mail is named."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from email.message import EmailMessage

import pytest

from pipeline.domain.channel_errors import MessageMalformed, MessageTooLarge, SenderRefused
from pipeline.domain.errors import SohoaError
from pipeline.intake.mail import MailPolicy, read_mail
from pipeline.values import to_json

POLICY = MailPolicy(most_files=5)
PICTURE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 100
ID = "<1@xa.example.vn>"


def mail(**headers: str) -> EmailMessage:
    made = EmailMessage()
    given = {"From": "Lan <lan@xa.example.vn>", "Message-ID": ID, "Subject": "Ảnh giấy tờ", **headers}
    for name, value in given.items():
        if value:
            made[name.replace("_", "-")] = value
    made.set_content("Kính gửi bộ phận một cửa")
    return made


def with_pictures(*names: str, **headers: str) -> EmailMessage:
    made = mail(**headers)
    for name in names:
        made.add_attachment(PICTURE, "image", "jpeg", filename=name)
    return made


def reason(data: bytes, policy: MailPolicy = POLICY) -> str:
    with pytest.raises(SohoaError) as raised:
        read_mail(data, policy=policy)
    assert isinstance(raised.value, MessageMalformed | SenderRefused)
    return str(raised.value.details["reason"])


def test_attachments_come_out_as_they_were_sent() -> None:
    data = with_pictures("Giấy khai sinh.jpg", "b.jpg").as_bytes()
    found = read_mail(data, policy=POLICY)
    assert (found.sender, found.id, found.sha256) == ("lan@xa.example.vn", ID, hashlib.sha256(data).hexdigest())
    assert [(each.name, each.data) for each in found.parts] == [("Giấy khai sinh.jpg", PICTURE), ("b.jpg", PICTURE)]


def test_names_in_encoded_words_and_with_folders_are_read() -> None:
    word = "=?utf-8?b?" + base64.b64encode("Đơn.pdf".encode()).decode() + "?="
    data = with_pictures("x.jpg").as_bytes().replace(b'filename="x.jpg"', f'filename="{word}"'.encode())
    assert [each.name for each in read_mail(data, policy=POLICY).parts] == ["Đơn.pdf"]
    data = with_pictures("x.jpg").as_bytes().replace(b'filename="x.jpg"', b'filename="..\\\\..\\\\etc/x.jpg"')
    assert [each.name for each in read_mail(data, policy=POLICY).parts] == ["x.jpg"]


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (b"filename*=unicode_escape''.%5Cud800.pdf", ".?.pdf"),
        (b"filename*=utf-7''a%2B2AA-.pdf", "a?.pdf"),
        (b'filename="=?unicode_escape?q?=5Cud800?="', "?"),
        (b"filename*=utf-8''a%00b%1B%5B2J.pdf", "a_b_[2J.pdf"),
        (b"filename*=utf-8''%E2%80%AEfdp.exe", "fdp.exe"),
    ],
)
def test_a_name_can_be_written_down_and_steers_nothing(told: bytes, name: str) -> None:
    data = with_pictures("x.jpg").as_bytes().replace(b'filename="x.jpg"', told)
    (part,) = read_mail(data, policy=POLICY).parts
    assert part.name == name
    assert json.loads(to_json(part.name)) == name


def test_a_mails_own_id_steers_nothing() -> None:
    data = with_pictures("x.jpg").as_bytes().replace(ID.encode(), b"<\x00\x1b[2J1@xa>")
    assert read_mail(data, policy=POLICY).id == "<__[2J1@xa>"


@pytest.mark.parametrize(
    ("subject", "dossier"),
    [
        ("Fwd: hồ sơ H42.12-260131-0001", "H42.12-260131-0001"),
        ("H42.12-260131-0001 và H42.12-260131-0002", None),
        ("giấy tờ", None),
    ],
)
def test_the_dossier_is_the_one_that_the_subject_names(subject: str, dossier: str | None) -> None:
    assert read_mail(with_pictures("a.jpg", Subject=subject).as_bytes(), policy=POLICY).dossier == dossier


def test_a_forwarded_mail_is_opened_and_a_logo_is_passed_over() -> None:
    inner = with_pictures("trong.jpg")
    outer = mail(**{"Message-ID": "<2@xa.example.vn>"})
    outer.add_attachment(inner)
    assert [each.name for each in read_mail(outer.as_bytes(), policy=POLICY).parts] == ["trong.jpg"]
    html = mail()
    html.add_alternative('<p>ký tên <img src="cid:logo"></p>', subtype="html")
    body = html.get_payload()[1]  # type: ignore[index]
    body.add_related(b"GIF89a" * 10, "image", "gif", cid="<logo>")  # type: ignore[union-attr]
    body.add_related(PICTURE, "image", "jpeg", cid="<page>")  # type: ignore[union-attr]
    assert [(each.name, each.data) for each in read_mail(html.as_bytes(), policy=POLICY).parts] == [("1.jpg", PICTURE)]


def test_a_mail_is_from_one_sender_and_has_an_id() -> None:
    assert reason(with_pictures("a.jpg", From="a@x.vn, b@x.vn").as_bytes()) == "sender"
    assert reason(with_pictures("a.jpg", From="").as_bytes()) == "sender"
    twice = b"From: khac@xa.example.vn\n" + with_pictures("a.jpg").as_bytes()
    assert reason(twice) == "header"
    without = with_pictures("a.jpg").as_bytes().replace(b"Message-ID", b"X-Nothing")
    assert reason(without) == "no_id"


def test_the_mail_server_has_to_vouch_where_that_is_asked() -> None:
    policy = MailPolicy(most_files=5, authority="mx.tinh.example.vn")
    data = with_pictures("a.jpg").as_bytes()
    good = b"Authentication-Results: mx.tinh.example.vn; spf=pass smtp.mailfrom=x;\n dmarc=pass (p=reject) header.from=xa.example.vn\n"
    assert read_mail(good + data, policy=policy).sender == "lan@xa.example.vn"
    assert reason(data, policy) == "not_vouched"
    assert reason(good.replace(b"dmarc=pass", b"dmarc=fail") + data, policy) == "not_vouched"
    # what a sender wrote stands below what the server wrote
    bad = b"Authentication-Results: mx.tinh.example.vn; dmarc=fail\n"
    assert reason(bad + good + data, policy) == "not_vouched"
    assert reason(good.replace(b"mx.tinh", b"mx.khac") + data, policy) == "not_vouched"


def test_a_mail_that_is_cut_off_or_spoilt_is_refused() -> None:
    data = with_pictures("a.jpg").as_bytes()
    assert reason(data[: len(data) * 2 // 3]) == "cut_off"
    line = base64.b64encode(PICTURE)[:60]
    assert reason(data.replace(line, b"!" * 4 + line[5:])) == "spoilt"


def test_too_many_files_are_refused() -> None:
    with pytest.raises(MessageTooLarge):
        read_mail(with_pictures(*(f"{each}.jpg" for each in range(6))).as_bytes(), policy=POLICY)


def nested(depth: int, kind: bytes = b"multipart/mixed") -> bytes:
    data = b"From: lan@xa.example.vn\nMessage-ID: <1@x>\n"
    for each in range(depth):
        data += b'Content-Type: %s; boundary="b%d"\n\n--b%d\n' % (kind, each, each)
    return data + b"Content-Type: image/jpeg\n\nx\n" + b"".join(b"--b%d--\n" % each for each in reversed(range(depth)))


@pytest.mark.parametrize(
    "data",
    [nested(5000), nested(5000).replace(b"Content-Type: ", b"content-type:\n \t"), nested(40, b"message/rfc822")],
    ids=["deep", "folded", "messages"],
)
def test_a_mail_that_is_nested_beyond_measure_is_not_opened(data: bytes) -> None:
    began = time.process_time()
    assert reason(data) == "nested"
    assert time.process_time() - began < 1


ODD = (
    b"",
    b"\x00" * 1000,
    b"From: " + b"a" * 100_000,
    b"From: =?utf-8?b?////?= <a@b>\nMessage-ID: <1>\nContent-Type: multipart/mixed\n\n",
    b"From: a@b\nMessage-ID: <1>\nSubject: =?no-such-charset?q?=FF?=\n\n",
    b"From: \xff\xfe@b\nMessage-ID: <1>\n\n",
    b'From: a@b\nMessage-ID: <1>\nContent-Type: image/jpeg; name*=bad\'\'%FF%FE; name="=?x?y?z?="\nContent-Transfer-Encoding: x-uuencode\n\nbegin 666 x\n"\nend\n',
    b"From: a@b\nMessage-ID: <1>\nContent-Type: image/jpeg; name*0*=utf-8''a; name*1=b; name*3=c\n\nx",
    b"From: a@b\nMessage-ID: <1>\nContent-Type: multipart/mixed; boundary=\n\n--\n\n----\n",
)


@pytest.mark.parametrize("data", ODD, ids=range(len(ODD)))
def test_odd_mails_end_as_a_name_or_as_a_message(data: bytes) -> None:
    said = ""
    try:
        said = read_mail(data, policy=POLICY).sender
    except SohoaError as error:
        said = error.code.partition(".")[0]
    assert said in {"a@b", "channel"}
