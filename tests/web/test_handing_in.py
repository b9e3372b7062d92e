"""Handing files in over HTTP: pieces, lost connections, other people's intakes, what uploads cannot do, and what is told of progress."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.intake_work import IntakeWork
from pipeline.domain.account import Role
from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.batch import ReceivedBatch
from pipeline.domain.ids import BatchId
from tests.fakes.workers import InlineWorkers
from tests.usecases.intake_office import picture
from tests.web.conftest import Person, SignIn
from web.application import create_app
from web.office import Office

DOSSIER = "H42.12-260131-0001"


@pytest.fixture(autouse=True)
def _looks_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The coach's thread does nothing by itself."""
    monkeypatch.setattr(IntakeWork, "_coach", lambda _: None)


@pytest.fixture(autouse=True)
def _digitizes_nothing(_looks_when_told: None, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What becomes of a batch is tested elsewhere."""
    monkeypatch.setattr(office.jobs, "digitize", lambda *_, **__: None)


def digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


@dataclass
class Sender:
    """What a page's script does."""

    browser: TestClient
    base: str
    csrf: str = ""

    def offer(self, *files: tuple[str, int], **more: object) -> Response:
        offered = [{"name": name, "size": size, "modified": 7, **more} for name, size in files]
        return self.browser.post(f"{self.base}/files", json={"files": offered}, headers=self._headers())

    def piece(self, number: int, data: bytes, *, at: int = 0, more: Mapping[str, str] | None = None) -> Response:
        given = {"Upload-Offset": str(at), "Content-Digest": digest(data), "Content-Type": "application/partial-upload"}
        return self.browser.patch(
            f"{self.base}/files/{number}", content=data, headers=self._headers() | given | dict(more or {})
        )

    def offset(self, number: int) -> int:
        return int(self.browser.head(f"{self.base}/files/{number}").headers["Upload-Offset"])

    def state(self, since: int = -1) -> dict[str, Any]:
        told: dict[str, Any] = self.browser.get(f"{self.base}/state?since={since}").json()
        return told

    def post(self, path: str, **form: str) -> Response:
        return self.browser.post(f"{self.base}{path}", data=form, headers=self._headers())

    def bring(self, name: str, data: bytes) -> int:
        number = int(self.offer((name, len(data))).json()["files"][0]["number"])
        assert self.piece(number, data).status_code == 204
        return number

    def _headers(self) -> dict[str, str]:
        return {"X-CSRF-Token": self.csrf, "Accept": "application/json"}


Begin = Callable[..., Sender]


@pytest.fixture
def begin(sign_in: SignIn) -> Begin:
    people: dict[str, Person] = {}

    def opened(login: str = "lan", agency: str = "H42.12", **form: str) -> Sender:
        if login not in people:
            people[login] = sign_in(Role.CLERK, login=login, agency=agency)
        person = people[login]
        answer = person.post("/intake", **({"lane": "counter"} | form))
        assert answer.status_code == 303, answer.text
        return Sender(person.browser, answer.headers["location"], person.csrf)

    return opened


def test_a_file_is_sent_in_pieces_and_becomes_a_batch(begin: Begin, office: Office) -> None:
    sender = begin(dossier=DOSSIER.lower())
    data = picture(1)
    (told,) = sender.offer(("Hồ sơ/ảnh.jpg", len(data))).json()["files"]
    assert (told["number"], told["state"], told["words"]) == (1, "coming", "đang gửi")
    first = sender.piece(1, data[:100])
    assert (first.status_code, first.headers["Upload-Offset"], first.headers["Upload-Complete"]) == (204, "100", "?0")
    last = sender.piece(1, data[100:], at=100, more={"Repr-Digest": digest(data)})
    assert (last.headers["Upload-Offset"], last.headers["Upload-Complete"]) == (str(len(data)), "?1")
    closed = sender.post("/close")
    assert closed.status_code == 303
    batch = office.services.batches.load(BatchId(closed.headers["location"].rpartition("/")[2]))
    assert isinstance(batch, ReceivedBatch)
    assert (batch.dossier, batch.agency) == (DOSSIER, "H42.12")
    assert [(each.name, each.size) for each in batch.sources] == [("Hồ sơ/ảnh.jpg", len(data))]
    entries = office.services.trail.entries(after=0, limit=99)
    received = [each for each in entries if isinstance(each, AuditEntry) and each.deed.action is Action.BATCH_RECEIVED]
    assert [each.author.name for each in received] == ["lan"]


def test_a_connection_lost_in_the_middle_costs_one_piece(begin: Begin) -> None:
    sender = begin()
    data = picture(1)
    sender.offer(("a.jpg", len(data)))
    sender.piece(1, data[:100])

    def broken() -> Iterator[bytes]:
        yield data[100:150]
        raise ConnectionError("the cable")

    with pytest.raises(ConnectionError):
        sender.browser.patch(
            f"{sender.base}/files/1",
            content=broken(),
            headers={"Upload-Offset": "100", "X-CSRF-Token": sender.csrf, "Content-Length": str(len(data) - 100)},
        )
    assert sender.offset(1) == 100
    assert sender.piece(1, data[100:], at=sender.offset(1)).status_code == 204
    assert sender.state()["files"][0]["state"] == "safe"


def test_a_wrong_place_and_wrong_digests_are_answered_with_what_is_right(begin: Begin) -> None:
    sender = begin()
    data = picture(1)
    sender.offer(("a.jpg", len(data)))
    sender.piece(1, data[:100])
    wrong = sender.piece(1, data[:100])
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["details"]["offset"]) == (
        409,
        "intake.offset_wrong",
        100,
    )
    spoilt = sender.piece(1, data[100:], at=100, more={"Content-Digest": digest(b"other")})
    assert (spoilt.status_code, spoilt.json()["code"]) == (503, "intake.digest_wrong")
    whole = sender.piece(1, data[100:], at=100, more={"Repr-Digest": digest(b"other")})
    assert (whole.status_code, whole.json()["code"]) == (503, "intake.digest_wrong")
    assert sender.offset(1) == 0
    for header in ({"Upload-Offset": "-1"}, {"Upload-Offset": "x"}, {"Content-Digest": "md5=:eA==:"}):
        assert sender.piece(1, data, more=header).status_code == 400


@pytest.mark.parametrize("number", [2**31, 2**63, 2**64, 10**30, -1, -(2**63), -(10**30)])
def test_no_number_is_too_large_to_be_answered(begin: Begin, number: int) -> None:
    sender = begin()
    sender.bring("a.jpg", picture(1))
    for answer in (
        sender.browser.head(f"{sender.base}/files/{number}"),
        sender.piece(number, b"x"),
        sender.post(f"/files/{number}/decision", decision="leave_out"),
        sender.offer(("b.jpg", number)) if not 0 <= number <= 2**53 else sender.piece(1, b"x", at=number),
        sender.offer(("b.jpg", 5), replaces=number),
        sender.offer(("b.jpg", 5), modified=number) if not 0 <= number <= 2**52 else sender.piece(1, b"x", at=number),
    ):
        assert 400 <= answer.status_code < 500, answer.text
    assert sender.browser.get(f"{sender.base}/state?since={number}").status_code in {200, 422}
    assert [each["name"] for each in sender.state()["files"]] == ["a.jpg"]


def test_a_piece_that_is_too_large_is_not_read(begin: Begin, office: Office) -> None:
    sender = begin()
    most = office.intake.policy.chunk_bytes
    sender.offer(("a.jpg", 10 * most))
    assert sender.piece(1, bytes(most + 1)).status_code == 413
    assert sender.offset(1) == 0


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.html", b"<!doctype html><script>fetch('/people')</script>"),
        ("x.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ('"><img src=x onerror=alert(1)>.pdf', b"<html>"),
    ],
)
def test_what_could_run_is_refused_and_its_name_is_only_text(begin: Begin, name: str, data: bytes) -> None:
    sender = begin()
    sender.bring(name, data)
    sender.bring("a.jpg", picture(1))
    refused = sender.state()["files"][0]
    assert (refused["state"], refused["kind"]) == ("refused", "blocking")
    batch = sender.post("/close").headers["location"]
    receipt = sender.browser.get(f"{batch}/receipt")
    assert "<script>" not in receipt.text
    assert "<img src=x" not in receipt.text
    assert "script-src 'self'" in receipt.headers["content-security-policy"]


def test_a_colleague_looks_and_a_stranger_sees_nothing(begin: Begin, sign_in: SignIn) -> None:
    sender = begin()
    sender.bring("a.jpg", picture(1))
    colleague, stranger = begin("hoa").browser, begin("xa", agency="H99").browser
    assert colleague.get(sender.base).status_code == 200
    assert colleague.get(f"{sender.base}/state").status_code == 200
    assert stranger.get(sender.base).status_code == 404
    assert stranger.get(f"{sender.base}/state").status_code == 404
    for browser, status in ((colleague, 403), (stranger, 404)):
        theirs = Sender(browser, sender.base, re.findall('name="csrf" content="([^"]+)"', browser.get("/").text)[0])
        assert theirs.offer(("b.jpg", 9)).status_code == status
        assert theirs.piece(1, b"x").status_code == status
        assert theirs.post("/close").status_code == status
        assert theirs.post("/files/1/decision", decision="leave_out").status_code == status
        assert theirs.post("/phone").status_code == status
    official = sign_in(Role.OFFICIAL, login="chu-tich").browser
    assert official.get(sender.base).status_code == 403
    assert len(sender.state()["files"]) == 1


def test_nothing_is_lost_when_somebody_signs_out_or_the_server_starts_again(
    begin: Begin, office: Office, sign_in: SignIn
) -> None:
    sender = begin()
    data = picture(1)
    sender.offer(("a.jpg", len(data)))
    sender.piece(1, data[:100])
    sender.browser.post("/sign-out", data={"csrf": sender.csrf})
    assert sender.piece(1, data[100:], at=100).status_code == 401
    again = TestClient(create_app(office), base_url="http://testserver", follow_redirects=False)
    again.post("/sign-in", data={"login": "lan", "password": "mat khau dung de thu 2026"})
    csrf = re.findall('name="csrf" content="([^"]+)"', again.get("/").text)[0]
    later = Sender(again, sender.base, csrf)
    assert sender.base in again.get("/intake").text
    (told,) = later.offer(("a.jpg", len(data))).json()["files"]
    assert (told["number"], told["received"]) == (1, 100)
    assert later.piece(1, data[100:], at=100).status_code == 204


def test_a_change_without_the_token_is_refused(begin: Begin) -> None:
    sender = begin()
    forged = Sender(sender.browser, sender.base, "forged")
    assert forged.offer(("a.jpg", 9)).status_code == 403
    assert sender.state()["files"] == []


def test_totals_add_up_and_duplicates_are_decided_together(begin: Begin, office: Office) -> None:
    sender = begin()
    sender.offer(("coming.jpg", 99), ("empty.jpg", 0), ("Thumbs.db", 9))
    sender.bring("a.jpg", picture(1))
    sender.bring("b.jpg", picture(1))
    sender.bring("c.jpg", picture(1))
    left = sender.bring("d.jpg", picture(2))
    sender.post(f"/files/{left}/decision", decision="leave_out")
    counts = sender.state()["counts"]
    states = {name: counts[name] for name in ("coming", "safe", "duplicate", "refused", "left_out")}
    assert states == {"coming": 1, "safe": 1, "duplicate": 2, "refused": 1, "left_out": 1}
    assert sum(states.values()) == counts["files"]
    refused = sender.browser.post(f"{sender.base}/close", headers={"X-CSRF-Token": sender.csrf})
    assert refused.status_code == 409
    assert "1 tệp đang gửi, 2 tệp trùng" in refused.text
    told = sender.post("/duplicates", decision="leave_out").json()
    assert told["counts"]["left_out"] == 3


def test_the_coach_speaks_of_pages_within_a_look(begin: Begin, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = begin()
    sender.bring("mờ.jpg", picture(1, dpi=100))
    before = sender.state()
    while office.intake.coach_once(InlineWorkers()):
        pass
    told = sender.state(before["changes"])
    (file,) = told["files"] or sender.state()["files"]
    assert (file["pages"], file["looking"]) == (1, False)
    assert file["notes"]


def test_events_tell_what_changes_and_end(begin: Begin) -> None:
    sender = begin()
    sender.bring("a.jpg", picture(1))
    location = sender.post("/close").headers["location"]
    answer = sender.browser.get(f"{sender.base}/events?since=-1")
    assert answer.headers["content-type"].startswith("text/event-stream")
    event = re.findall(r"event: done\ndata: (.*)", answer.text)
    assert json.loads(event[0])["location"] == location


def test_batches_are_listed_and_tell_their_counts(begin: Begin) -> None:
    sender = begin(dossier=DOSSIER)
    sender.bring("a.jpg", picture(1))
    sender.bring("x.txt", b"no picture")
    batch = sender.post("/close").headers["location"]
    stranger = begin("xa", agency="H99").browser
    listed = sender.browser.get("/batches")
    assert batch in listed.text
    assert batch in sender.browser.get("/batches?whose=mine").text
    assert batch not in stranger.get("/batches").text
    for path in ("", "/state", "/files", "/receipt", "/progress", "/files/0/pages"):
        assert stranger.get(batch + path).status_code == 404
    state = sender.browser.get(f"{batch}/state").json()
    assert (state["files"], state["files_received"], state["complete"]) == (1, 1, False)
    receipt = sender.browser.get(f"{batch}/receipt").text
    sums = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", receipt))
    assert re.search(r": 2 = 1 vào lô \+ 1 bị từ chối khi nhận \+ 0 người nhận bỏ ra", sums), sums
    assert "x.txt" in receipt


def test_a_phone_hands_in_pictures_and_sees_nothing_else(begin: Begin, office: Office) -> None:
    sender = begin()
    sender.bring("tệp của cán bộ.jpg", picture(1))
    shown = sender.post("/phone").text
    path = re.findall(r"<code>[^<]*(/phone/[\w-]+)</code>", shown)[0]
    visitor = TestClient(create_app(office), base_url="http://testserver", follow_redirects=False)
    page = visitor.get(path)
    assert page.status_code == 200
    assert page.headers["permissions-policy"].startswith("camera=(self)")
    assert "tệp của cán bộ" not in page.text
    phone = Sender(visitor, path)
    number = phone.bring("Ảnh chụp 1.jpg", picture(2))
    assert [each["number"] for each in phone.state()["files"]] == [number]
    assert phone.piece(1, b"x").status_code == 404, "files that came another way are not the phone's"
    assert phone.offer(("b.jpg", 9), replaces=1).status_code == 404
    assert phone.offer(("Ảnh chụp 2.jpg", len(picture(3))), replaces=number).status_code == 200
    assert visitor.get(sender.base).status_code == 303, "nobody is signed in by a ticket"
    assert visitor.get("/phone/khong-co", headers={"Accept": "application/json"}).status_code == 403
    sender.post("/phone/end")
    assert visitor.get(path, headers={"Accept": "application/json"}).json()["code"] == "intake.phone_ticket_refused"


def test_other_pages_do_not_get_the_camera(begin: Begin) -> None:
    assert begin().browser.get("/intake").headers["permissions-policy"].startswith("camera=()")


def test_separator_sheets_are_a_download(begin: Begin) -> None:
    sender = begin()
    made = sender.browser.post("/separators", data={"csrf": sender.csrf, "codes": f"{DOSSIER}\nh42.12-260131-0002"})
    assert made.status_code == 200
    assert made.content.startswith(b"%PDF-")
    assert made.headers["content-disposition"].startswith("attachment")
    wrong = sender.browser.post("/separators", data={"csrf": sender.csrf, "codes": "17"})
    assert wrong.status_code == 422
    assert "17" in wrong.text


def test_a_file_is_handed_in_again_without_the_rest(
    begin: Begin, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[str] = []
    monkeypatch.setattr(office.jobs, "digitize", lambda batch, **_: handed.append(batch))
    sender = begin(dossier=DOSSIER)
    sender.bring("a.jpg", picture(1))
    sender.bring("b.jpg", picture(2))
    batch = sender.post("/close").headers["location"]
    again = sender.browser.post(f"{batch}/retry", data={"csrf": sender.csrf, "name": "b.jpg"})
    assert again.headers["location"] == f"/batches/{handed[-1]}"
    assert sender.browser.get(f"{again.headers['location']}/state").json()["files"] == 1
    other = sender.browser.post(f"{batch}/replace", data={"csrf": sender.csrf, "name": "b.jpg"})
    assert DOSSIER in sender.browser.get(other.headers["location"]).text


def test_a_thousand_changes_cost_a_page_one_question(begin: Begin) -> None:
    sender = begin()
    sender.offer(*((f"{number}.jpg", 9) for number in range(500)))
    began = time.perf_counter()
    told = sender.state(sender.state()["changes"])
    assert told["files"] == []
    assert time.perf_counter() - began < 20
