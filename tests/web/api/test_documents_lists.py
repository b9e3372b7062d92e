"""Lists of papers, results and searches over HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from pipeline.domain.client import ApiScope
from pipeline.domain.document import DocumentState
from pipeline.domain.ids import DocumentId, DossierCode
from tests.web.api.conftest import Api, Asking
from tests.web.shelved import THEIRS, shelve
from web.office import Office

DOSSIER = DossierCode("H42.12-260131-0001")
OTHER = DossierCode("H42.12-260131-0002")


@pytest.fixture
def asking(api: Api) -> Asking:
    return api.client(ApiScope.DOCUMENTS_READ)


@pytest.fixture
def papers(office: Office) -> Sequence[DocumentId]:
    """Five of ours, oldest first, and one of another agency."""
    days = [dt.datetime(2026, 3, day, 2, tzinfo=dt.UTC) for day in range(1, 6)]
    ours = [
        shelve(
            office,
            dossier=DOSSIER if number < 3 else OTHER,
            kind="quyet_dinh" if number % 2 else "cong_van",
            fields={
                "code_number": str(number),
                "code_notation": "QĐ-UBND",
                "issued_date": f"2026-02-0{number}",
                "personal_id": "001199000011" if number == 2 else "001199000012",
            },
            text=f"Giấy tờ có số 3 trong nội dung, thứ {number}",
            state=DocumentState.CONFIRMED if number < 5 else DocumentState.NEEDS_REVIEW,
            received=day,
        )
        for number, day in enumerate(days, start=1)
    ]
    shelve(office, agency=THEIRS, dossier=DOSSIER, fields={"code_number": "3", "issued_date": "2026-02-03"})
    return ours


def listed(asking: Asking, path: str = "/documents", **query: object) -> list[Any]:
    """All items, part by part."""
    items: list[Any] = []
    after: dict[str, str] = {}
    for _ in range(20):
        answer = asking.get(path, params={**query, **after})
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        if answer.json()["next"] is None:
            return items
        after = {"after": answer.json()["next"]}
    raise AssertionError("the list has no end")


def ids(items: list[Any]) -> list[str]:
    return [each["id"] for each in items]


def test_papers_come_the_newest_first_in_parts_and_within_bounds(asking: Asking, papers: Sequence[DocumentId]) -> None:
    newest_first = list(reversed(papers))
    for limit in (1, 2, 5, 50):
        assert ids(listed(asking, limit=limit)) == newest_first
        assert ids(listed(asking, limit=limit, received_since="2000-01-01")) == newest_first


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"type": "cong_van"}, [4, 2]),
        ({"dossier": DOSSIER}, [2, 1]),
        ({"state": "needs_review"}, [5]),
        ({"agency": "H42.12"}, [5, 4, 3, 2, 1]),
        ({"agency": THEIRS}, []),
        ({"issued_since": "2026-02-02", "issued_until": "2026-02-03"}, [3, 2]),
        ({"received_until": "2026-03-02"}, [2, 1]),
        ({"code_number": "3"}, [3]),
        ({"code_notation": "QĐ-UBND", "type": "quyet_dinh"}, [5, 3, 1]),
        ({"code_number": "3", "code_notation": "TB-UBND"}, []),
        ({"owner_number": "001199000011"}, [2]),
        ({"owner_number": "001199000011", "dossier": OTHER}, []),
        ({"code_number": "3", "limit": 1}, [3]),
    ],
    ids=str,
)
def test_lists_are_narrowed(
    asking: Asking, papers: Sequence[DocumentId], query: dict[str, Any], numbers: list[int]
) -> None:
    assert ids(listed(asking, **query)) == [papers[number - 1] for number in numbers]


def test_items_tell_what_is_asked_for(asking: Asking, papers: Sequence[DocumentId]) -> None:
    (plain,) = listed(asking, type="quyet_dinh", state="needs_review")
    assert plain["fields"] is plain["page_list"] is None
    assert plain["standing"]["kind"] == "in_force"
    assert plain["copy"]["number"] == 1
    (told,) = listed(asking, type="quyet_dinh", state="needs_review", include="fields,pages")
    assert told["fields"]["code_number"]["value"] == "5"
    assert told["page_list"] == [{"source": "bản quét.pdf", "number": 1}]


@pytest.mark.parametrize(
    "query",
    [
        {"after": "bm90aGluZw"},
        {"after": "%%%"},
        {"limit": 0},
        {"limit": 201},
        {"type": "Quyết định"},
        {"state": "gone"},
        {"issued_since": "31/01/2026"},
        {"owner_number": "!"},
        {"owner_number": "abc"},
        {"include": "everything"},
        {"dossier": "\0"},
        {"code_number": "\ud7ff"},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(asking: Asking, query: dict[str, Any]) -> None:
    answer = asking.get("/documents", params=query)
    assert answer.status_code == 400
    assert answer.json()["code"] in {"api.request_refused", "api.cursor_refused"}


def test_a_cursor_of_another_list_is_refused(asking: Asking, papers: Sequence[DocumentId]) -> None:
    after = asking.get("/documents", params={"limit": 1}).json()["next"]
    found = asking.get("/documents", params={"limit": 1, "received_since": "2026-01-01"}).json()["next"]
    for path, query in (
        ("/documents", {"after": found}),
        ("/documents", {"after": after, "code_number": "3"}),
        ("/search", {"after": after, "q": "giấy"}),
        ("/results", {"after": after}),
    ):
        assert asking.get(path, params=query).json()["code"] == "api.cursor_refused"


def test_search_finds_within_bounds_and_says_where(asking: Asking, papers: Sequence[DocumentId]) -> None:
    answer = asking.get("/search", params={"q": "giay to", "limit": 2}).json()
    assert (answer["total"], len(answer["items"]), answer["is_more"]) == (5, 2, False)
    assert answer["facets"]["type"] == {"quyet_dinh": 3, "cong_van": 2}
    first = answer["items"][0]["snippet"]
    assert [first["text"][a:b] for a, b in first["marks"]] == ["Giấy", "tờ"]
    rest = asking.get("/search", params={"q": "giay to", "after": answer["next"]}).json()
    assert len(rest["items"]) == 3
    assert rest["next"] is None
    assert asking.get("/search", params={"q": "giay to", "agency": THEIRS}).json()["total"] == 0
    assert asking.get("/search", params={"q": "\0 …"}).json()["items"] == []
    assert asking.get("/search").status_code == 400


def test_results_are_listed_by_code_within_bounds(asking: Asking, office: Office, papers: Sequence[DocumentId]) -> None:
    services, now = office.services, dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    theirs = shelve(office, agency=THEIRS, dossier=DOSSIER)
    codes = [
        services.results.issue(dossier, each, at=now).code
        for dossier, each in ((OTHER, papers[3]), (DOSSIER, papers[0]), (DOSSIER, papers[1]))
    ]
    hidden = services.results.issue(DOSSIER, theirs, at=now).code
    expected = [codes[1], codes[2], codes[0]]
    for limit in (1, 2, 50):
        assert [each["code"] for each in listed(asking, "/results", limit=limit)] == expected
    assert [each["code"] for each in listed(asking, "/results", dossier=OTHER)] == [codes[0]]
    assert listed(asking, "/results", state="revoked") == []
    shown = asking.get(f"/results/{DOSSIER}-KQ(1)").json()
    assert (shown["code"], shown["document"], shown["state"]) == (codes[1], papers[0], "issued")
    unknown = f"{DOSSIER}-KQ99"
    one, other = (asking.get(f"/results/{each}") for each in (hidden, unknown))
    assert one.status_code == other.status_code == 404
    assert one.json()["detail"].replace(hidden, "") == other.json()["detail"].replace(unknown, "")
