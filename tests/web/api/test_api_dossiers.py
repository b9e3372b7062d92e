"""Dossiers as other systems see them."""

from __future__ import annotations

import pytest

from pipeline.domain.client import ApiScope
from pipeline.domain.document import DocumentState
from pipeline.domain.ids import DossierCode
from tests.web.api.conftest import Api
from tests.web.api.test_api_batches import whole
from tests.web.shelved import OURS, THEIRS, shelve

ONE, TWO = "H42.12-260131-0001", "H42.12-260131-0002"


def test_a_dossier_is_told_with_its_results(api: Api) -> None:
    services = api.office.services
    shelve(api.office, dossier=ONE, state=DocumentState.NEEDS_REVIEW)
    paper = shelve(api.office, dossier=ONE)
    issued = services.results.issue(DossierCode(ONE), paper, at=services.clock.now())
    answer = api.client(ApiScope.DOSSIERS_READ).get(f"/dossiers/{ONE}")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["documents"], told["needs_review"], told["agencies"]) == (2, 1, [OURS])
    (result,) = told["results"]
    assert (result["code"], result["document"], result["state"]) == (f"{ONE}-KQ1", paper, "issued")
    assert issued.code == result["code"]


def test_dossiers_are_listed_by_code_in_parts(api: Api) -> None:
    codes = [f"H42.12-26013{day}-000{number}" for day in (0, 1) for number in (1, 2, 3)]
    for code in reversed(codes):
        shelve(api.office, dossier=code)
    asking = api.client(ApiScope.DOSSIERS_READ)
    assert [each["code"] for each in whole(asking, "/dossiers")] == codes
    assert [each["code"] for each in whole(asking, "/dossiers", begins="H42.12-260131-")] == codes[3:]


def test_dossiers_of_other_agencies_are_not_there(api: Api) -> None:
    shelve(api.office, dossier=ONE)
    shelve(api.office, dossier=ONE, agency=THEIRS, state=DocumentState.NEEDS_REVIEW)
    shelve(api.office, dossier=TWO, agency=THEIRS)
    asking = api.client(ApiScope.DOSSIERS_READ, agencies=frozenset({OURS}))
    (told,) = whole(asking, "/dossiers")
    assert (told["code"], told["documents"], told["needs_review"]) == (ONE, 1, 0)
    assert whole(asking, "/dossiers", state="needs_review") == []
    assert whole(asking, "/dossiers", agency=THEIRS) == []
    for code in (TWO, "H42.12-260131-9999"):
        answer = asking.get(f"/dossiers/{code}")
        assert (answer.status_code, answer.json()["code"]) == (404, "record.not_found")


@pytest.mark.parametrize("path", ["/dossiers/nobody", "/dossiers?begins=%25", "/dossiers?state=lost"])
def test_what_cannot_be_asked_is_refused(api: Api, path: str) -> None:
    answer = api.client(ApiScope.DOSSIERS_READ).get(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "api.request_refused")


def test_scopes_are_needed(api: Api) -> None:
    asking = api.client(ApiScope.BATCHES_READ)
    assert asking.get("/dossiers").status_code == 403
    assert asking.get(f"/dossiers/{ONE}").status_code == 403
