"""Messages over HTTP: only what is signed with the channel's secret in time is looked at, and each is taken once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.settings import load_settings
from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.ids import BatchId
from tests.intake.test_mail import with_pictures
from tests.usecases.intake_office import picture
from web.application import create_app
from web.main import open_office
from web.office import Office

SECRET, NEXT = "s" * 32, "n" * 40


@pytest.fixture
def office(tmp_path: Path, empty_home: Path) -> Iterator[Office]:
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n{NEXT}\n")
    environment = {
        "SOHOA_HOME": str(shutil.copytree(empty_home, tmp_path / "home")),
        "SOHOA_OFFICE__AGENCY": "H42.12",
        "SOHOA_READING__WORKERS": "1",
        "SOHOA_CHANNELS__ZALO__SECRET_FILE": str(secret),
        "SOHOA_CHANNELS__ZALO__SENDERS": "lan lan@xa.example.vn",
        "SOHOA_CHANNELS__ZALO__MESSAGE_MIB": "1",
    }
    with open_office(load_settings(environment), with_prefect=False) as opened:
        yield opened


@pytest.fixture
def browser(office: Office) -> Iterator[TestClient]:
    with TestClient(create_app(office), base_url="http://testserver") as client:
        yield client


def body(*names: str, id_: str = "1", sender: str = "lan", **more: str) -> bytes:
    files = [{"name": name, "content": base64.b64encode(picture(n)).decode()} for n, name in enumerate(names)]
    return json.dumps({"id": id_, "sender": sender, "files": files, **more}).encode()


def post(
    browser: TestClient,
    data: bytes,
    *,
    channel: str = "zalo",
    secret: str = SECRET,
    seconds_off: float = 0,
    signed: bytes | None = None,
    kind: str = "application/json",
) -> Response:
    stamp = str(int(time.time() + seconds_off))
    mac = hmac.new(secret.encode(), f"{stamp}.{channel}.".encode() + (signed or data), hashlib.sha256).hexdigest()
    headers = {"Sohoa-Timestamp": stamp, "Sohoa-Signature": f"v1={mac}", "Content-Type": kind}
    return browser.post(f"/channels/{channel}/messages", content=data, headers=headers)


def test_a_message_becomes_a_batch_and_the_answer_says_so_in_words(office: Office, browser: TestClient) -> None:
    answer = post(browser, body("a.jpg", "b.txt", dossier="H42.12-260131-0001"))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["taken"] == 2
    assert told["text"].startswith("Đã nhận 2 trong 2 tệp.")
    (intake,) = office.services.intake.intakes.of_batch(BatchId(told["batch"]))
    assert (intake.agency, intake.dossier) == ("H42.12", "H42.12-260131-0001")
    assert post(browser, body("a.jpg", "b.txt", dossier="H42.12-260131-0001")).json() == told
    entries = [each for each in office.services.trail.entries(limit=200) if isinstance(each, AuditEntry)]
    mine = [each for each in entries if each.author.name == "zalo"]
    assert {each.author.role for each in mine} == {"channel"}
    assert [each.deed.action for each in mine] == [Action.MESSAGE_TAKEN, Action.BATCH_RECEIVED]


def test_a_mail_is_taken_as_its_server_hands_it_on(browser: TestClient) -> None:
    mail = with_pictures("Đơn.jpg", Subject="H42.12-260131-0001").as_bytes()
    answer = post(browser, mail, kind="message/rfc822")
    assert answer.status_code == 200, answer.text
    assert [(each["name"], each["state"]) for each in answer.json()["files"]] == [("Đơn.jpg", "refused")]
    assert "Đơn.jpg" in answer.json()["text"]  # bytes that only look like a picture: the first look says so


def test_a_hostile_mail_is_named_and_the_next_one_taken(browser: TestClient) -> None:
    hostile = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 3000
    answer = post(browser, hostile, kind="message/rfc822")
    assert (answer.status_code, answer.json()["code"]) == (400, "channel.message_malformed")
    assert post(browser, body("a.jpg")).status_code == 200


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"secret": "x" * 32}, "signature"),
        ({"channel": "khac"}, "signature"),
        ({"signed": b"another body"}, "signature"),
        ({"seconds_off": -600}, "time"),
        ({"seconds_off": 600}, "time"),
    ],
)
def test_what_is_not_signed_in_time_brings_nothing_in(
    office: Office, browser: TestClient, changed: dict[str, object], reason: str
) -> None:
    answer = post(browser, body("a.jpg"), **changed)  # type: ignore[arg-type]
    assert answer.status_code == 403
    assert answer.json()["code"] == "channel.refused"
    assert answer.json()["details"] == {"reason": reason}
    assert office.services.library.batches(limit=10) == ()


def test_a_signature_of_one_channel_is_none_of_another(office: Office, browser: TestClient) -> None:
    data, stamp = body("a.jpg"), str(int(time.time()))
    mac = hmac.new(SECRET.encode(), f"{stamp}.thu.".encode() + data, hashlib.sha256).hexdigest()
    headers = {"Sohoa-Timestamp": stamp, "Sohoa-Signature": f"v1={mac}", "Content-Type": "application/json"}
    assert browser.post("/channels/zalo/messages", content=data, headers=headers).status_code == 403
    assert browser.post("/channels/zalo/messages", content=data).status_code == 403
    odd = {"Sohoa-Timestamp": "٣" * 10, "Sohoa-Signature": "v1=" + "0" * 64}
    raw = {name.encode(): value.encode() for name, value in odd.items()}
    assert browser.post("/channels/zalo/messages", content=data, headers=raw).status_code == 403


def test_secrets_may_be_changed_while_both_hold(browser: TestClient) -> None:
    assert post(browser, body("a.jpg"), secret=NEXT).status_code == 200


def test_a_message_that_is_too_large_is_not_read(browser: TestClient) -> None:
    answer = post(browser, b"x" * ((1 << 20) + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "channel.message_too_large")

    def pieces() -> Iterator[bytes]:
        yield from [b"x" * (1 << 16)] * 17

    headers = {"Sohoa-Timestamp": str(int(time.time())), "Sohoa-Signature": "v1=" + "0" * 64}
    headers["Content-Type"] = "application/json"
    assert browser.post("/channels/zalo/messages", content=pieces(), headers=headers).status_code == 413


@pytest.mark.parametrize(
    ("data", "code", "status"),
    [
        (b"", "channel.message_malformed", 400),
        (b"[]", "channel.message_malformed", 400),
        (b'{"id": "1", "sender": "lan", "files": [{"name": "a", "content": "!"}]}', "channel.message_malformed", 400),
        (b'{"id": "1", "sender": "lan", "files": []}', "channel.message_malformed", 400),
        (body("a.jpg", dossier="H42"), "channel.message_malformed", 400),
        (body("a.jpg", sender="hoa"), "channel.sender_refused", 403),
        (body(*(f"{each}.jpg" for each in range(51))), "channel.message_too_large", 413),
    ],
)
def test_what_is_wrong_with_a_message_is_named(browser: TestClient, data: bytes, code: str, status: int) -> None:
    answer = post(browser, data)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"]


def test_another_message_of_the_same_id_is_refused(browser: TestClient) -> None:
    assert post(browser, body("a.jpg")).status_code == 200
    answer = post(browser, body("a.jpg", "b.jpg"))
    assert (answer.status_code, answer.json()["code"]) == (409, "channel.message_differs")


def test_other_content_is_not_guessed_at(browser: TestClient) -> None:
    assert post(browser, body("a.jpg"), kind="text/plain").json()["details"] == {"reason": "content_type"}
