"""From office to office: what one agency digitized is used by another one's system, by number, without a scan; or is not, and why."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from typing import Any

import pytest

from pipeline.domain.client import ApiScope
from pipeline.domain.holding import HoldingState, Validity
from pipeline.domain.ids import DossierCode
from pipeline.domain.owner import IdentifierKind
from pipeline.domain.signature import Verdict
from tests.web.api.city import (
    CCCD,
    CMND,
    CONFIRMATION,
    DOSSIER,
    EARLIER,
    STRANGER,
    City,
    link,
    new_person,
    open_city,
)
from tests.web.api.conftest import PURPOSE, Api
from tests.web.shelved import OURS, THEIRS, shelve

CONSENT = PURPOSE | {
    "Sohoa-Purpose": "%C4%90%C4%83ng%20k%C3%BD%20k%E1%BA%BFt%20h%C3%B4n",
    "Sohoa-Legal-Basis": "consent",
    "Sohoa-Dossier": None,
}
LAW = CONSENT | {"Sohoa-Legal-Basis": "law", "Sohoa-Purpose": "BLTTHS%20Dieu%2088"}


@pytest.fixture
def city(api: Api) -> City:
    return open_city(api)


def test_what_one_agency_digitized_under_the_old_number_another_one_uses_by_the_new_one(city: City) -> None:
    held = city.lay()
    # by name alone, or by a number that nobody has linked, nothing is found
    assert city.ask()["owner"] is None
    link(city)
    told = city.ask()
    assert (told["owner"]["name"], told["procedure"]) == ("Nguyễn Thị An", "1.000894")
    form, confirmation = told["components"]
    assert (form["usable"], form["stored"]) == (False, [])
    assert confirmation["usable"] is True
    (stored,) = confirmation["stored"]
    assert (stored["holding"], stored["agency"], stored["verdict"], stored["obstacles"]) == (
        held.id,
        THEIRS,
        "valid",
        [],
    )
    # the paper is another agency's: outside the depository it is not there
    assert city.asking.get(f"/documents/{held.document}").status_code == 404
    # nobody has scanned anything for this dossier yet: it becomes known by its procedure
    assert city.asking.get(f"/dossiers/{DOSSIER}/components").status_code == 404
    put = city.asking.put(f"/dossiers/{DOSSIER}/procedure", json={"procedure": "1.000894.000.00.00.H42"})
    assert (put.status_code, put.json()["procedure"]) == (200, "1.000894")
    before = city.asking.get(f"/dossiers/{DOSSIER}/components?owner_kind=cccd&owner_number={CCCD}").json()
    assert [each["standing"] for each in before["components"]] == ["missing", "reusable"]
    attached = city.attach(held.id)
    assert attached.status_code == 201, attached.text
    assert (attached.json()["document"], attached.json()["agency"]) == (held.document, OURS)
    after = city.asking.get(f"/dossiers/{DOSSIER}/components").json()
    assert [each["standing"] for each in after["components"]] == ["missing", "attached"]
    assert (after["is_complete"], after["counts"]["missing"]) == (False, 1)
    why = city.asking.put(
        f"/dossiers/{DOSSIER}/components/to_khai/not-digitized", json={"reason": "born_digital", "note": "nộp qua cổng"}
    )
    assert (why.status_code, why.json()["reason"]) == (200, "born_digital")
    complete = city.asking.get(f"/dossiers/{DOSSIER}/components").json()
    assert (complete["is_complete"], complete["counts"]["not_digitized"]) == (True, 1)
    # and taken back, both
    assert city.asking.delete(f"/dossiers/{DOSSIER}/components/to_khai/not-digitized").status_code == 204
    gone = city.asking.delete(f"/dossiers/{DOSSIER}/components/{attached.json()['id']}")
    assert (gone.status_code, gone.json()["detached_by"]) == (200, city.asking.client.id)
    assert [each["standing"] for each in city.asking.get(f"/dossiers/{DOSSIER}/components").json()["components"]] == [
        "missing",
        "missing",
    ]


def test_the_paper_itself_is_handed_out_for_the_dossier_and_its_digest_fits(city: City) -> None:
    held = city.lay()
    address = f"/owners/cmnd/{CMND}/depository/{held.id}/file"
    answer = city.asking.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content == city.bytes_of(held)
    digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
    assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"
    part = city.asking.get(address, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"%PDF")
    assert city.asking.get(f"/owners/cccd/{STRANGER}/depository/{held.id}/file").status_code == 404


def test_every_paper_that_is_shown_stands_in_its_owners_log_and_the_trail_before_the_answer(city: City) -> None:
    held = city.lay()
    over = city.lay(validity=Validity(until=dt.date(2020, 1, 1)))
    number = city.office.services.trail.last().number
    city.ask(CMND, "cmnd")
    services = city.office.services
    looks = services.access_book.accesses(city.owner.id)
    assert {each.holding for each in looks} == {held.id, over.id}
    for each in looks:
        assert each.who == f"{city.asking.client.id}/nguyen.van.thu"
        assert (each.agency, each.purpose, each.dossier, each.basis.value) == (
            OURS,
            "Đăng ký khai sinh",
            DOSSIER,
            "dossier",
        )
    entries = [each.deed for each in services.trail.entries(limit=50, after=number)]  # type: ignore[union-attr] # all readable
    assert [each.action.value for each in entries] == ["read", "read", "read"]
    asked = entries[0]
    assert (asked.subject.id, asked.reason) == (city.owner.id, "Đăng ký khai sinh")
    assert asked.details["part"] == "reusable"
    assert asked.details["requester"] == "nguyen.van.thu"
    assert {held.document, over.document} == set(asked.details["documents"].split())


def test_an_answer_whose_look_cannot_be_written_does_not_leave(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.domain.errors import RecordsUnavailable  # noqa: PLC0415 - of this test alone
    from storage.access_sql import SqlAccessBook  # noqa: PLC0415

    city.lay()

    def fails(*_: object, **__: object) -> None:
        raise RecordsUnavailable(reason="full")

    monkeypatch.setattr(SqlAccessBook, "note", fails)
    answer = city.asking.get(f"/owners/cmnd/{CMND}/reusable?procedure=1.000894")
    assert (answer.status_code, answer.json()["code"]) == (503, "records.unavailable")
    assert "Nguyễn" not in answer.text


YESTERDAY = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=2)
TOMORROW = YESTERDAY + dt.timedelta(days=4)


UNFIT: dict[str, dict[str, Any]] = {
    "expired": {"validity": Validity(until=YESTERDAY)},
    "not_yet_valid": {"validity": Validity(since=TOMORROW)},
    "other_purpose": {"validity": Validity(purpose="Vay vốn ngân hàng")},
    "out_of_scope": {"validity": Validity(scope="Chỉ dùng tại tỉnh Lào Cai")},
    "revoked": {"state": HoldingState.REVOKED},
    "superseded": {"state": HoldingState.SUPERSEDED},
    "signature_invalid": {"verdict": Verdict.INVALID},
    "signature_unproven": {"verdict": Verdict.INDETERMINATE},
    "not_signed": {"signed": False},
}


def test_what_does_not_qualify_is_told_with_its_reason_and_not_attached(city: City) -> None:
    link(city)
    laid = {city.lay(**changes).id: obstacle for obstacle, changes in UNFIT.items()}
    assert {each["holding"]: each["obstacles"] for each in city.stored()} == {
        holding: [obstacle] for holding, obstacle in laid.items()
    }
    city.asking.put(f"/dossiers/{DOSSIER}/procedure", json={"procedure": "1.000894"})
    for holding, obstacle in laid.items():
        refused = city.attach(holding)
        assert (refused.status_code, refused.json()["code"]) == (409, "dossier.attachment_refused")
        assert refused.json()["details"]["obstacles"] == obstacle
    assert city.office.services.dossiers.attached(DossierCode(DOSSIER)) == ()


def test_a_scope_that_covers_the_case_lets_a_limited_paper_be_used(city: City) -> None:
    link(city)
    city.lay(validity=Validity(scope="Chỉ dùng tại tỉnh Lào Cai"))
    assert city.stored(scope="chỉ dùng tại  tỉnh Lào Cai")[0]["obstacles"] == []


def test_bytes_that_were_altered_stop_the_use_at_the_latest_when_the_paper_is_used(city: City) -> None:
    link(city)
    held = city.lay()
    services = city.office.services
    newest = services.versions.versions(held.document)[-1].sha256
    (file,) = [each for each in services.settings.archive_folder.rglob("*") if each.name.startswith(newest)]
    file.chmod(0o600)
    file.write_bytes(b"%PDF-1.7 something else")
    city.asking.put(f"/dossiers/{DOSSIER}/procedure", json={"procedure": "1.000894"})
    refused = city.attach(held.id)
    assert refused.status_code == 409
    assert refused.json()["details"]["obstacles"] == "altered signature_unproven"
    assert city.stored()[0]["obstacles"] == ["altered", "signature_unproven"]


def test_signatures_that_nobody_has_judged_are_judged_when_they_are_asked_for(city: City) -> None:
    link(city)
    held = city.lay(verdict=None)  # its records say that it is signed; its bytes bear no signature
    assert city.stored()[0]["obstacles"] == ["signature_unproven"]
    services = city.office.services
    (kept,) = services.verdicts.of(services.versions.versions(held.document)[-1].sha256)
    assert (kept.reason, kept.verdict, kept.signatures, kept.by) == (
        "NO_SIGNATURE",
        Verdict.INDETERMINATE,
        0,
        city.asking.client.id,
    )


def test_another_persons_paper_is_neither_shown_nor_attached(city: City) -> None:
    link(city)
    stranger = new_person(city.office.services, "Nguyễn Thị An", IdentifierKind.CCCD, STRANGER)
    held = city.lay(owner=stranger)
    assert city.stored() == []  # of the same name, and not the same number
    city.asking.put(f"/dossiers/{DOSSIER}/procedure", json={"procedure": "1.000894"})
    refused = city.attach(held.id)
    assert (refused.status_code, refused.json()["details"]["obstacles"]) == (409, "other_owner")
    assert held.document not in refused.text
    assert city.office.services.access_book.accesses(stranger.id) == ()


def test_without_a_ground_nothing_is_shown_and_nobody_learns_who_is_known(city: City) -> None:
    city.lay()
    for number in (CMND, "019876543"):
        answer = city.asking.get(f"/owners/cmnd/{number}/reusable?procedure=1.000894", headers=CONSENT)
        assert (answer.status_code, answer.json()["code"]) == (403, "depository.access_refused")
        assert city.owner.id not in answer.text
        for path in ("depository", "accesses"):
            assert city.asking.get(f"/owners/cmnd/{number}/{path}", headers=CONSENT).status_code == 403
        assert city.asking.get(f"/owners/cmnd/{number}/consents").json() == []
    assert city.office.services.access_book.accesses(city.owner.id) == ()


def test_consent_opens_what_it_names_until_it_is_withdrawn(city: City, api: Api) -> None:
    held = city.lay()
    portal = api.client(ApiScope.CONSENTS_WRITE, ApiScope.DEPOSITORY_READ, agencies=frozenset({OURS}))
    until = (dt.datetime.now(dt.UTC) + dt.timedelta(days=30)).isoformat()
    path = f"/owners/cmnd/{CMND}/consents"
    body = {"agency": OURS, "purpose": "Đăng ký kết hôn", "types": [CONFIRMATION], "until": until}
    assert city.asking.post(path, json=body | {"until": "2020-01-01T00:00:00Z"}).status_code == 400
    given = portal.post(path, json=body)
    assert given.status_code == 201, given.text
    told = city.asking.get(f"/owners/cmnd/{CMND}/reusable?procedure=1.000894", headers=CONSENT).json()
    assert [each["holding"] for each in told["components"][1]["stored"]] == [held.id]
    assert [each["consent_needed"] for each in told["components"]] == [True, False]
    (look,) = city.asking.get(f"/owners/cmnd/{CMND}/accesses", headers=CONSENT).json()["items"]
    assert (look["holding"], look["basis"], look["dossier"]) == (held.id, "consent", None)
    # for another purpose it opens nothing
    other = CONSENT | {"Sohoa-Purpose": "Vay%20von"}
    assert city.asking.get(f"/owners/cmnd/{CMND}/depository", headers=other).status_code == 403
    gone = portal.delete(f"{path}/{given.json()['id']}")
    assert (gone.status_code, gone.json()["withdrawn_at"] is None) == (200, False)
    assert city.asking.get(f"/owners/cmnd/{CMND}/depository", headers=CONSENT).status_code == 403
    assert [each["id"] for each in city.asking.get(path).json()] == [given.json()["id"]]


def test_only_a_portal_keeps_consents(city: City, api: Api) -> None:
    reader = api.client(ApiScope.DEPOSITORY_READ, agencies=frozenset({OURS}))
    body = {"agency": OURS, "purpose": "x", "until": "2030-01-01T00:00:00Z"}
    assert reader.post(f"/owners/cmnd/{CMND}/consents", json=body).status_code == 403


def test_a_dossier_of_somebody_else_or_another_agency_opens_nothing(city: City) -> None:
    city.lay()
    shelve(city.office, agency=OURS, dossier=DOSSIER, fields={"personal_id": STRANGER})
    path = f"/owners/cmnd/{CMND}/reusable?procedure=1.000894"
    assert city.asking.get(path).status_code == 403
    foreign = {"Sohoa-Dossier": EARLIER}  # of the agency that digitized it
    assert city.asking.get(path, headers=foreign).status_code == 403
    own = {"Sohoa-Dossier": "H42.12-260131-0002"}
    shelve(city.office, agency=OURS, dossier="H42.12-260131-0002", fields={"old_id": CMND})
    assert city.asking.get(path, headers=own).status_code == 200


def test_a_dossier_of_another_agency_cannot_be_spoken_of(city: City, api: Api) -> None:
    shelve(city.office, agency=THEIRS, dossier=DOSSIER)
    body = {"procedure": "1.000894"}
    assert city.asking.put(f"/dossiers/{DOSSIER}/procedure", json=body).status_code == 404
    other = "H42.12-260131-0009"
    assert city.asking.put(f"/dossiers/{other}/procedure", json=body).status_code == 200
    stranger = api.client(agencies=frozenset({THEIRS}))
    assert stranger.put(f"/dossiers/{other}/procedure", json=body).status_code == 404
    assert stranger.get(f"/dossiers/{other}/components", headers={"Sohoa-Dossier": other}).status_code == 404


def test_a_law_opens_depository_and_log_and_is_named_in_it(city: City) -> None:
    held = city.lay()
    (told,) = city.asking.get(f"/owners/cmnd/{CMND}/depository", headers=LAW).json()["items"]
    assert (told["holding"], told["description"]) == (held.id, {})
    (look,) = city.asking.get(f"/owners/cmnd/{CMND}/accesses", headers=LAW).json()["items"]
    assert (look["basis"], look["purpose"]) == ("law", "BLTTHS Dieu 88")


def test_a_depository_is_listed_in_parts_and_only_what_is_shown_is_logged(city: City) -> None:
    held = [city.lay().id for _ in range(3)]
    first = city.asking.get(f"/owners/cmnd/{CMND}/depository?limit=2").json()
    assert [each["holding"] for each in first["items"]] == held[:2]
    assert len(city.office.services.access_book.accesses(city.owner.id)) == 2
    rest = city.asking.get(f"/owners/cmnd/{CMND}/depository?limit=2&after={first['next']}").json()
    assert ([each["holding"] for each in rest["items"]], rest["next"]) == (held[2:], None)


@pytest.mark.parametrize(
    ("path", "headers", "name"),
    [
        (f"/owners/cccd/{CMND}/reusable?procedure=1.000894", {}, "path.number"),
        (f"/owners/cmnd/{CMND}/reusable?procedure=1.00089", {}, "query.procedure"),
        (f"/owners/cmnd/{CMND}/reusable?procedure=1.000894", {"Sohoa-Agency": "H99"}, "header.Sohoa-Agency"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(city: City, path: str, headers: dict[str, str], name: str) -> None:
    answer = city.asking.get(path, headers=headers)
    assert (answer.status_code, answer.json()["details"]["name"]) == (400, name)


def test_looking_into_a_dossier_is_for_that_dossier(city: City) -> None:
    answer = city.asking.get(f"/dossiers/{DOSSIER}/components", headers=CONSENT)
    assert (answer.status_code, answer.json()["details"]["header"]) == (400, "Sohoa-Legal-Basis")
    other = city.asking.get("/dossiers/H42.12-260131-0002/components")
    assert (other.status_code, other.json()["details"]["header"]) == (400, "Sohoa-Dossier")
