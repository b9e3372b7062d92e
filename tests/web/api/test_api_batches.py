"""Batches as other systems see them: their own agencies', in parts, with files as they came and pages as they ended."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import Any

import pytest

from pipeline.domain.audit import Action, AuditEntry, SubjectKind
from pipeline.domain.batch import Stage, StageTime
from pipeline.domain.client import ApiScope
from pipeline.domain.errors import SecretPaper
from pipeline.domain.geometry import Box
from pipeline.domain.ids import BatchId, DocumentId, SourceName
from pipeline.domain.page import Code, CodeKind, PageOutcome, PageRef, PageState
from tests.storage.samples import PICTURE, SCAN, received_batch
from tests.web.api.conftest import Api, Asking
from tests.web.shelved import OURS, THEIRS, shelve
from web.office import Office

READS = (ApiScope.BATCHES_READ, ApiScope.FILES_READ)


def batch_of(office: Office, document: DocumentId) -> BatchId:
    found = office.services.library.document(document)
    assert found is not None
    return found[0]


def waiting_batch(office: Office) -> BatchId:
    """Return a batch of two files that is still being read."""
    batch = BatchId(f"b-{'1' * 24}")
    return office.services.batches.open(replace(received_batch(batch), agency=OURS)).id


def whole(asking: Asking, path: str, **query: str | int) -> list[dict[str, Any]]:
    """Return all items of a list, part by part."""
    items: list[dict[str, Any]] = []
    while True:
        answer = asking.get(path, params={"limit": 2, **query})
        assert answer.status_code == 200, answer.text
        part = answer.json()
        assert len(part["items"]) <= 2
        items += part["items"]
        if part["next"] is None:
            return items
        query["after"] = part["next"]


def test_a_batch_is_told_with_counts_that_add_up(api: Api) -> None:
    batch = batch_of(api.office, shelve(api.office))
    answer = api.client(*READS).get(f"/batches/{batch}")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["id"], told["agency"], told["state"]) == (batch, OURS, "digitized")
    for name in ("files", "pages"):
        counts = told[name]
        assert counts.pop("total") == sum(counts.values()) == 1
    assert told["documents"]["confirmed"] == told["documents"]["total"] == 1


def test_a_batch_tells_how_long_its_stages_took(api: Api) -> None:
    batch = waiting_batch(api.office)
    asking = api.client(*READS)
    assert asking.get(f"/batches/{batch}").json()["stages"] == []
    for seconds in (1.25, 2.0):
        api.office.services.stage_times.add(batch, [StageTime(Stage.READ, seconds, 3)])
    told = [{"stage": "read", "seconds": 3.25, "units": 3}]
    assert asking.get(f"/batches/{batch}").json()["stages"] == told
    assert [each["stages"] for each in whole(asking, "/batches")] == [told]


def test_batches_of_other_agencies_are_not_there(api: Api) -> None:
    mine, theirs = (batch_of(api.office, shelve(api.office, agency=each)) for each in (OURS, THEIRS))
    asking = api.client(*READS, agencies=frozenset({OURS}))
    assert [each["id"] for each in whole(asking, "/batches")] == [mine]
    never = f"b-{'0' * 24}"
    for path in ("", "/sources", "/pages", f"/sources/{'0' * 64}/content"):
        there, nowhere = (asking.get(f"/batches/{each}{path}") for each in (theirs, never))
        assert there.status_code == nowhere.status_code == 404
        assert there.json()["detail"].replace(theirs, never) == nowhere.json()["detail"]


def test_batches_are_listed_newest_first_and_narrowed(api: Api) -> None:
    batches = [batch_of(api.office, shelve(api.office, agency=each)) for each in (OURS, THEIRS, OURS)]
    about = batch_of(api.office, shelve(api.office, dossier="H42.12-260131-0007"))
    asking = api.client(*READS, agencies=frozenset({OURS, THEIRS}))
    assert [each["id"] for each in whole(asking, "/batches")] == [about, *reversed(batches)]
    assert [each["id"] for each in whole(asking, "/batches", agency=THEIRS)] == [batches[1]]
    assert [each["id"] for each in whole(asking, "/batches", dossier="H42.12-260131-0007")] == [about]
    assert whole(asking, "/batches", agency="H99") == []
    assert whole(asking, "/batches", state="received") == []


def test_a_file_comes_as_it_came_in(api: Api) -> None:
    batch = batch_of(api.office, shelve(api.office, source="Hồ sơ/bản quét.pdf"))
    asking = api.client(*READS)
    (source,) = whole(asking, f"/batches/{batch}/sources")
    assert (source["name"], source["state"], source["is_available"]) == ("Hồ sơ/bản quét.pdf", "digitized", True)
    path = f"/batches/{batch}/sources/{source['sha256']}/content"
    answer = asking.get(path)
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).hexdigest() == source["sha256"]
    assert len(answer.content) == source["size"]
    named = base64.b64decode(answer.headers["repr-digest"].removeprefix("sha-256=:").removesuffix(":"))
    assert named.hex() == source["sha256"]
    assert answer.headers["content-type"] == "application/pdf"
    part = asking.get(path, headers={"Range": "bytes=5-8"})
    assert (part.status_code, part.content) == (206, answer.content[5:9])
    assert asking.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_a_look_at_a_file_is_in_the_trail_with_why_and_for_whom(api: Api) -> None:
    batch = batch_of(api.office, shelve(api.office))
    asking = api.client(*READS, id_="mot-cua-tinh")
    (source,) = whole(asking, f"/batches/{batch}/sources")
    asking.get(f"/batches/{batch}/sources/{source['sha256']}/content")
    asking.get(f"/batches/{batch}/pages")
    looks = [
        each
        for each in api.office.services.trail.entries(limit=99)
        if isinstance(each, AuditEntry)
        if each.deed.action is Action.READ and each.deed.subject.kind is SubjectKind.BATCH
    ]
    assert sorted(each.deed.details["part"] for each in looks) == ["pages", "source"]
    for look in looks:
        assert (look.deed.subject.id, look.author.name, look.deed.reason) == (
            batch,
            "mot-cua-tinh",
            "Đăng ký khai sinh",
        )
        assert (look.deed.details["requester"], look.deed.details["basis"]) == ("nguyen.van.thu", "dossier")
        assert look.deed.details["dossier"] == "H42.12-260131-0001"


def test_without_a_purpose_no_page_is_shown(api: Api) -> None:
    batch = batch_of(api.office, shelve(api.office))
    asking = replace(api.client(*READS), purpose={})
    answer = asking.get(f"/batches/{batch}/pages")
    assert (answer.status_code, answer.json()["code"]) == (400, "api.purpose_needed")
    assert asking.get(f"/batches/{batch}").status_code == 200


def test_pages_are_told_as_they_ended(api: Api) -> None:
    batch = waiting_batch(api.office)
    odd = SourceName("phụ lục.pdf")
    outcomes = (
        PageOutcome(
            ref=PageRef(odd, 1),
            state=PageState.KEPT,
            reason="scan_again,orientation_unsure",
            codes=(Code(CodeKind.QR, "001199000011|Nguyễn", Box(1, 2, 3, 4)),),
        ),
        PageOutcome(ref=PageRef(odd, 2), state=PageState.BLANK, reason="no_ink"),
        PageOutcome(ref=PageRef(odd, 10), state=PageState.SEPARATOR),
    )
    api.office.services.batches.note(batch, pages=outcomes)
    asking = api.client(*READS)
    pages = whole(asking, f"/batches/{batch}/pages")
    assert [(each["source"], each["number"], each["state"]) for each in pages] == [
        (odd, 1, "kept"),
        (odd, 2, "blank"),
        (odd, 10, "separator"),
    ]
    assert (pages[0]["notes"], pages[0]["reason"]) == (["scan_again", "orientation_unsure"], None)
    assert pages[0]["codes"] == [{"kind": "qr", "text": "001199000011|Nguyễn"}]
    assert (pages[1]["notes"], pages[1]["reason"]) == ([], "no_ink")
    assert [each["number"] for each in whole(asking, f"/batches/{batch}/pages", state="blank")] == [2]
    assert len(whole(asking, f"/batches/{batch}/pages", source=odd)) == 3
    assert whole(asking, f"/batches/{batch}/pages", source=SCAN) == []


def test_a_page_names_its_paper(api: Api) -> None:
    document = shelve(api.office)
    (page,) = whole(api.client(*READS), f"/batches/{batch_of(api.office, document)}/pages")
    assert (page["document"], page["state"], page["reason"], page["notes"]) == (document, "kept", None, [])


def test_a_file_with_a_secret_page_is_not_handed_out(api: Api) -> None:
    batch = waiting_batch(api.office)
    secret = PageOutcome(ref=PageRef(SCAN, 2), state=PageState.FAILED, reason=SecretPaper.code)
    api.office.services.batches.note(batch, pages=(secret,))
    asking = api.client(*READS)
    sources = {each["name"]: each for each in whole(asking, f"/batches/{batch}/sources")}
    assert {name: each["is_available"] for name, each in sources.items()} == {SCAN: False, PICTURE: True}
    answer = asking.get(f"/batches/{batch}/sources/{sources[SCAN]['sha256']}/content")
    assert (answer.status_code, answer.json()["code"]) == (403, "paper.secret")


@pytest.mark.parametrize(
    "path",
    [
        "/batches?after=none",
        "/batches?limit=0",
        "/batches?limit=201",
        "/batches?state=lost",
        "/batches?dossier=%00",
        "/batches/x",
        f"/batches/b-{'0' * 24}/sources/xyz/content",
    ],
)
def test_what_cannot_be_asked_is_refused(api: Api, path: str) -> None:
    answer = api.client(*READS).get(path)
    assert answer.status_code == 400
    assert answer.json()["code"] in {"api.request_refused", "api.cursor_refused"}


@pytest.mark.parametrize("path", ["/batches/%0A", "/batches/%0A/sources", "/%0D%0Abatches", "/nothing%00"])
def test_whatever_is_asked_below_the_interface_it_answers_itself(api: Api, path: str) -> None:
    answer = api.client(*READS).get(path)
    assert answer.status_code in {400, 404}
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_cursor_of_another_list_is_none_of_this_one(api: Api) -> None:
    for _ in range(2):
        shelve(api.office, dossier="H42.12-260131-0007")
    shelve(api.office, dossier="H42.12-260131-0008")
    asking = api.client(*READS, ApiScope.DOSSIERS_READ)
    foreign = asking.get("/batches", params={"limit": 1}).json()["next"]
    assert foreign
    answer = asking.get("/dossiers", params={"after": foreign})
    assert (answer.status_code, answer.json()["code"]) == (400, "api.cursor_refused")
