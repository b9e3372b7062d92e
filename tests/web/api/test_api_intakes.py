"""Another system hands files in: offered, sent in pieces, made a batch of; lost connections, other clients' intakes, odd names."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import pytest
from httpx2 import Response

from app.intake_work import IntakeWork
from pipeline.domain.client import ApiScope
from pipeline.domain.ids import BatchId
from tests.usecases.intake_office import picture
from tests.web.api.conftest import Api, Asking
from web.api.paging import cursor
from web.office import Office

DOSSIER = "H42.12-260131-0001"
AGENCY = frozenset({"H42.12"})


@pytest.fixture(autouse=True)
def _nothing_goes_on_beside(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the coach nor the reader does anything by itself."""
    monkeypatch.setattr(IntakeWork, "_coach", lambda _: None)
    monkeypatch.setattr(office.jobs, "digitize", lambda *_, **__: None)


def digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def opened(asking: Asking, **more: object) -> str:
    answer = asking.post("/intakes", json=more)
    assert answer.status_code == 201, answer.text
    intake = answer.json()
    assert answer.headers["location"] == f"/api/v1/intakes/{intake['id']}"
    assert intake["state"] == "open"
    return str(intake["id"])


def offered(asking: Asking, intake: str, *files: tuple[str, int]) -> list[dict[str, Any]]:
    answer = asking.post(
        f"/intakes/{intake}/files", json={"files": [{"name": name, "size": size} for name, size in files]}
    )
    assert answer.status_code == 201, answer.text
    found: list[dict[str, Any]] = answer.json()["files"]
    return found


def piece(
    asking: Asking, intake: str, number: int, data: bytes, *, at: int = 0, headers: Mapping[str, str] | None = None
) -> Response:
    told = {"Upload-Offset": str(at), "Content-Type": "application/octet-stream", **(headers or {})}
    return asking.request("PATCH", f"/intakes/{intake}/files/{number}", content=data, headers=told)


def test_a_file_sent_in_pieces_becomes_a_batch(api: Api) -> None:
    asking = api.client(ApiScope.BATCHES_WRITE, ApiScope.BATCHES_READ, agencies=AGENCY)
    data = picture(1)
    intake = opened(asking, dossier=DOSSIER, lane="bulk")
    (file,) = offered(asking, intake, ("Hồ sơ 1/đơn.png", len(data)))
    assert (file["number"], file["state"], file["received"]) == (1, "coming", 0)
    half = len(data) // 2
    first = piece(asking, intake, 1, data[:half], headers={"Content-Digest": digest(data[:half])})
    assert (first.status_code, first.headers["upload-offset"], first.headers["upload-complete"]) == (
        204,
        str(half),
        "?0",
    )
    lost = piece(asking, intake, 1, data[:half])
    assert lost.status_code == 409
    assert (lost.json()["code"], lost.json()["details"]["offset"]) == ("intake.offset_wrong", half)
    head = asking.request("HEAD", f"/intakes/{intake}/files/1")
    assert (head.status_code, head.headers["upload-offset"], head.content) == (200, str(half), b"")
    last = piece(asking, intake, 1, data[half:], at=half, headers={"Repr-Digest": digest(data)})
    assert last.headers["upload-complete"] == "?1"
    standing = asking.get(f"/intakes/{intake}").json()
    assert (standing["safe"], standing["coming"], standing["agency"]) == (1, 0, "H42.12")
    made = asking.post("/batches", json={"intake": intake})
    assert made.status_code == 201, made.text
    batch = made.json()
    assert made.headers["location"] == f"/api/v1/batches/{batch['id']}"
    assert (batch["dossier"], batch["lane"], batch["channel"], batch["state"]) == (DOSSIER, "bulk", "api", "received")
    assert batch["files"]["total"] == batch["files"]["received"] == 1
    kept = api.office.services.batches.load(BatchId(batch["id"]))
    assert kept is not None
    assert kept.sources[0].sha256 == hashlib.sha256(data).hexdigest()
    again = asking.post("/batches", json={"intake": intake})
    assert (again.status_code, again.json()["id"]) == (201, batch["id"])


def test_a_repeated_create_makes_one_thing(api: Api) -> None:
    asking = api.client(ApiScope.BATCHES_WRITE, agencies=AGENCY)
    key = {"Idempotency-Key": "mot-lan-thoi-1"}
    first, second = (asking.post("/intakes", json={}, headers=key) for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    other = asking.post("/intakes", json={"lane": "bulk"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "api.idempotency_key_reused")
    assert asking.post("/intakes", json={}, headers={"Idempotency-Key": None}).status_code == 400


def test_what_did_not_arrive_as_it_was_sent_does_not_count(api: Api) -> None:
    asking = api.client(ApiScope.BATCHES_WRITE, agencies=AGENCY)
    data = picture(2)
    intake = opened(asking)
    offered(asking, intake, ("a.png", len(data)))
    spoilt = piece(asking, intake, 1, data, headers={"Content-Digest": digest(b"other")})
    assert (spoilt.status_code, spoilt.json()["code"]) == (400, "intake.digest_wrong")
    assert asking.get(f"/intakes/{intake}/files/1").json()["received"] == 0
    assert piece(asking, intake, 1, data).status_code == 204


def test_bytes_that_are_here_already_need_a_word(api: Api) -> None:
    asking = api.client(ApiScope.BATCHES_WRITE, agencies=AGENCY)
    data = picture(3)
    intake = opened(asking)
    offered(asking, intake, ("a.png", len(data)), ("b.png", len(data)))
    for number in (1, 2):
        assert piece(asking, intake, number, data).status_code == 204
    refused = asking.post("/batches", json={"intake": intake})
    assert (refused.status_code, refused.json()["code"]) == (409, "intake.unready")
    assert refused.json()["details"]["undecided"] == 1
    twin = asking.get(f"/intakes/{intake}/files/2").json()["twin"]
    assert twin == {"name": "a.png", "batch": None}
    made = asking.post("/batches", json={"intake": intake, "duplicates": "leave_out"})
    assert (made.status_code, made.json()["files"]["total"]) == (201, 1)


def test_files_that_cannot_be_taken_are_refused_by_name(api: Api) -> None:
    asking = api.client(ApiScope.BATCHES_WRITE, agencies=AGENCY)
    intake = opened(asking)
    files = offered(asking, intake, ("trống.pdf", 0), ("Thumbs.db", 9), ("to.pdf", 1 << 49))
    assert [each and (each["state"], each["error"]) for each in files] == [
        ("refused", "source.empty"),
        None,
        ("refused", "source.too_large"),
    ]
    out = asking.post(f"/intakes/{intake}/files", json={"files": [{"name": "../../x.pdf", "size": 9}]})
    assert (out.status_code, out.json()["code"]) == (400, "intake.name_refused")
    assert asking.post("/batches", json={"intake": intake}).status_code == 409


def test_files_are_listed_in_parts(api: Api) -> None:
    asking = api.client(ApiScope.BATCHES_WRITE, agencies=AGENCY)
    intake = opened(asking)
    offered(asking, intake, *((f"{number}.pdf", 9) for number in range(5)))
    seen, after = [], None
    while True:
        query: dict[str, Any] = {"limit": 2} | ({"after": after} if after else {})
        part = asking.get(f"/intakes/{intake}/files", params=query).json()
        seen += [each["number"] for each in part["items"]]
        after = part["next"]
        if after is None:
            break
    assert seen == [1, 2, 3, 4, 5]
    for place in ("x", "-1", "9" * 10):
        answer = asking.get(f"/intakes/{intake}/files", params={"after": cursor("intake_files", place)})
        assert (answer.status_code, answer.json()["code"]) == (400, "api.cursor_refused")


def test_an_intake_is_of_the_client_that_opened_it(api: Api) -> None:
    asking = api.client(ApiScope.BATCHES_WRITE, agencies=AGENCY)
    intake = opened(asking)
    colleague = api.client(ApiScope.BATCHES_WRITE, agencies=AGENCY)
    stranger = api.client(ApiScope.BATCHES_WRITE, agencies=frozenset({"H99"}))
    assert colleague.get(f"/intakes/{intake}").status_code == 403
    assert colleague.post("/batches", json={"intake": intake}).status_code == 403
    for answer in (
        stranger.get(f"/intakes/{intake}"),
        stranger.post(f"/intakes/{intake}/files", json={"files": [{"name": "a.pdf", "size": 1}]}),
        piece(stranger, intake, 1, b"x"),
        stranger.post("/batches", json={"intake": intake}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "record.not_found")


def test_a_client_of_several_agencies_says_for_which(api: Api) -> None:
    asking = api.client(ApiScope.BATCHES_WRITE, agencies=frozenset({"H42.12", "H42.13"}))
    assert asking.post("/intakes", json={}).json()["details"]["name"] == "body.agency"
    assert asking.post("/intakes", json={"agency": "H99"}).status_code == 400
    assert asking.post("/intakes", json={"agency": "H42.13"}).json()["agency"] == "H42.13"


@pytest.mark.parametrize(
    "body",
    [
        {"dossier": "không phải mã"},
        {"lane": "fast"},
        {"lane": None},
        {"more": 1},
        [],
        {"dossier": "H42.12-260131-0001\x00"},
    ],
)
def test_what_is_no_intake_is_refused(api: Api, body: object) -> None:
    answer = api.client(ApiScope.BATCHES_WRITE, agencies=AGENCY).post("/intakes", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "api.request_refused")


def test_a_piece_without_its_place_or_too_large_is_refused(api: Api) -> None:
    asking = api.client(ApiScope.BATCHES_WRITE, agencies=AGENCY)
    intake = opened(asking)
    offered(asking, intake, ("a.png", 1 << 30))
    nowhere = asking.request("PATCH", f"/intakes/{intake}/files/1", content=b"x")
    assert nowhere.status_code == 400
    most = asking.get(f"/intakes/{intake}").json()["piece_bytes"]
    assert piece(asking, intake, 1, b"x" * (most + 1)).status_code == 413
    assert piece(asking, intake, 2, b"x").status_code == 404
