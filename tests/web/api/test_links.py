"""Signed addresses over HTTP: whoever has one fetches one file for a while, in the name of the client that asked for it."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from httpx2 import Response

from app.clock import SystemClock
from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.client import ApiScope
from pipeline.domain.ids import DocumentId, DossierCode
from pipeline.domain.signature import CopyVersion
from pipeline.ports import Area
from pipeline.usecases.issue_result import revoke_result
from tests.web.api.conftest import Api, Asking
from tests.web.shelved import shelve
from web.office import Office

DOSSIER = DossierCode("H42.12-260131-0001")


@pytest.fixture
def asking(api: Api) -> Asking:
    return api.client(ApiScope.FILES_READ)


@pytest.fixture
def paper(office: Office) -> DocumentId:
    return shelve(office, dossier=DOSSIER)


def made(asking: Asking, paper: DocumentId, **wanted: object) -> str:
    """The path of a new address."""
    answer = asking.post(f"/documents/{paper}/links", json=wanted)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == answer.json()["url"]
    return urlsplit(str(answer.json()["url"])).path


def fetched(api: Api, path: str, **headers: str) -> Response:
    return api.browser.get(path, headers=headers)


def reads(office: Office, document: str) -> list[AuditEntry]:
    entries = office.services.trail.entries(limit=1000)
    found = [each for each in entries if isinstance(each, AuditEntry)]
    return [each for each in found if each.deed.subject.id == document and each.deed.action is Action.READ]


def test_whoever_has_an_address_fetches_the_file_for_the_purpose_that_was_stated(
    api: Api, asking: Asking, office: Office, paper: DocumentId
) -> None:
    answer = asking.post(f"/documents/{paper}/links", json={"seconds": 60})
    told = answer.json()
    assert told["url"].startswith(f"{office.address}/api/v1/links/")
    file = fetched(api, urlsplit(told["url"]).path)
    assert file.status_code == 200
    assert len(file.content) == told["size"]
    assert file.headers["etag"] == f'"{told["sha256"]}"'
    assert fetched(api, urlsplit(told["url"]).path, Range="bytes=0-3").content == file.content[:4]
    asked, used, again = reads(office, paper)
    for each in (asked, used, again):
        details = each.deed.details
        assert (each.author.name, each.deed.reason) == (asking.client.id, "Đăng ký khai sinh")
        assert (details["link"], details["part"]) == (told["id"], "copy")
        assert (details["basis"], details["requester"]) == ("dossier", "nguyen.van.thu")
    assert asked.author.origin.startswith("api ")
    assert used.author.origin.startswith("link ")


def test_the_same_request_makes_the_same_address(asking: Asking, paper: DocumentId) -> None:
    key = {"Idempotency-Key": "made-once-1"}
    one, other = (asking.post(f"/documents/{paper}/links", json={}, headers=key) for _ in range(2))
    assert one.json() == other.json()
    assert other.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    "wanted",
    [
        {"seconds": 9},
        {"seconds": 3601},
        {"part": "source"},
        {"part": "version"},
        {"part": "copy", "version": 1},
        {"more": 1},
        {"seconds": "NaN"},
        {"version": -1},
    ],
)
def test_what_cannot_be_is_refused(asking: Asking, paper: DocumentId, wanted: dict[str, object]) -> None:
    answer = asking.post(f"/documents/{paper}/links", json=wanted)
    assert (answer.status_code, answer.json()["code"]) == (400, "api.request_refused")


def test_an_address_that_is_over_forged_or_changed_opens_nothing(
    api: Api, asking: Asking, office: Office, paper: DocumentId, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(asking, paper, seconds=60)
    before = len(reads(office, paper))
    token = path.rpartition("/")[2]
    changed = token[:40] + ("A" if token[40] != "A" else "B") + token[41:]
    for forged in (
        "nothing",
        changed,
        token[:-20],
        token.partition(".")[2],
        "k-0000000000000000." + token.partition(".")[2],
    ):
        answer = fetched(api, f"/api/v1/links/{forged}")
        assert (answer.status_code, answer.json()["code"]) == (403, "api.link_refused")
    later = office.services.clock.now() + dt.timedelta(seconds=61)
    monkeypatch.setattr(SystemClock, "now", lambda _: later)
    assert fetched(api, path).json()["code"] == "api.link_refused"
    assert len(reads(office, paper)) == before


def test_another_client_is_refused_and_the_own_one_is_not(api: Api, asking: Asking, paper: DocumentId) -> None:
    path, other = made(asking, paper), api.client(ApiScope.FILES_READ)
    assert fetched(api, path, Authorization=f"Bearer {asking.token}").status_code == 200
    for token in (other.token, "nobodys"):
        answer = fetched(api, path, Authorization=f"Bearer {token}")
        assert (answer.status_code, answer.json()["code"]) == (403, "api.link_refused")


@pytest.mark.parametrize(
    "change",
    [
        {"disabled": True},
        {"scopes": frozenset({ApiScope.DOCUMENTS_READ})},
        {"certificate": "ab" * 32},
    ],
)
def test_a_client_that_may_not_ask_any_more_ends_its_addresses(
    api: Api, asking: Asking, office: Office, paper: DocumentId, change: dict[str, object]
) -> None:
    path = made(asking, paper)
    office.services.clients.change(replace(asking.client, **change))  # type: ignore[arg-type]
    assert fetched(api, path).json()["code"] == "api.link_refused"


def test_a_client_that_lost_the_agency_fetches_nothing(
    api: Api, asking: Asking, office: Office, paper: DocumentId
) -> None:
    path = made(asking, paper)
    office.services.clients.change(replace(asking.client, agencies=frozenset({"H42.13"})))
    assert fetched(api, path).status_code == 404


def test_an_address_is_of_the_very_file_that_it_was_made_for(
    api: Api, asking: Asking, office: Office, paper: DocumentId
) -> None:
    path = made(asking, paper)
    first = fetched(api, path).content
    kept = office.services.objects.put(Area.ARCHIVE, io.BytesIO(b"%PDF signed since"))
    newer = CopyVersion(number=2, sha256=kept.sha256, size=kept.size, created_at=office.services.clock.now())
    office.services.versions.add(paper, newer)
    assert fetched(api, path).content == first
    assert fetched(api, made(asking, paper)).content == b"%PDF signed since"
    assert fetched(api, made(asking, paper, part="version", version=1)).content == first
    assert fetched(api, made(asking, paper, part="text")).headers["content-type"] == "text/plain; charset=utf-8"


def test_what_is_withdrawn_meanwhile_is_not_handed_out_but_to_who_asked_for_it_as_such(
    api: Api, asking: Asking, office: Office, paper: DocumentId
) -> None:
    services = office.services
    path, knowing = made(asking, paper), made(asking, paper, even_if="revoked")
    assert fetched(api, knowing).headers["sohoa-state"] == "in_force"
    code = services.results.issue(DOSSIER, paper, at=services.clock.now()).code
    revoke_result(code, "Cấp sai", results=services.results, clock=services.clock)
    assert fetched(api, path).json()["code"] == "paper.not_in_force"
    assert fetched(api, knowing).headers["sohoa-state"].startswith("revoked;")


def test_a_paper_of_another_agency_gets_no_address(asking: Asking, office: Office) -> None:
    theirs = shelve(office, agency="H42.13")
    assert asking.post(f"/documents/{theirs}/links", json={}).status_code == 404
