"""The review over HTTP, without a script: what a form says is written down, and nobody sees or changes what is not theirs."""

from __future__ import annotations

import io
import json
import re

import pytest
from PIL import Image

from pipeline.domain.account import Role
from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.document import DocumentState, FieldState
from pipeline.domain.ids import DocumentId
from pipeline.ports import Area
from tests.e2e.papers import keep_papers
from tests.storage.samples import field
from tests.web.conftest import SignIn
from tests.web.reviewed import BIRTH, NAME, NUMBER, keep_card, kept
from web.office import Office


@pytest.fixture
def card(office: Office) -> DocumentId:
    """A card whose number and birth date are in doubt."""
    return keep_card(office)


def looks(office: Office, document: DocumentId) -> int:
    entries = [each for each in office.services.trail.entries(limit=500) if isinstance(each, AuditEntry)]
    return sum(each.deed.action is Action.READ and each.deed.subject.id == document for each in entries)


def test_the_page_shows_fields_with_their_doubts_crops_and_origins(
    office: Office, card: DocumentId, sign_in: SignIn
) -> None:
    lan = sign_in(Role.CLERK)
    page = lan.browser.get(f"/documents/{card}/review").text
    assert 'data-doubts="2"' in page
    assert 'name="value.birth_date" value="02/01/1999"' in page, "dates are shown as offices write them"
    crop = re.search(r'<svg class="crop" viewBox="([\d. ]+)"', page)
    assert crop, "the source is cut out beside the field"
    left, top, width, height = map(float, crop[1].split())
    assert left < 90.1
    assert left + width > 160.4
    assert top < 96.0
    assert top + height > 108.2
    assert "Máy đọc chưa chắc" in page
    assert "nhận dạng, 50%" in page


def test_confirming_writes_what_was_typed_and_goes_on(office: Office, card: DocumentId, sign_in: SignIn) -> None:
    lan = sign_in(Role.CLERK, login="lan")
    form = {
        "do": "confirm",
        "version": 1,
        "value.full_name": "Lê Văn Hải",
        "value.personal_id": "001199000011",
        "value.birth_date": "3/1/1999",
    }
    answer = lan.post(f"/documents/{card}/review", **form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/review?done")
    after = kept(office, card)
    assert after.understood.state is DocumentState.CONFIRMED
    assert after.understood.fields[BIRTH].value == "1999-01-03"
    assert {each.by for each in office.services.corrections.changes(card)} == {"lan"}


def test_saving_leaves_what_nobody_looked_at(office: Office, card: DocumentId, sign_in: SignIn) -> None:
    lan = sign_in(Role.CLERK)
    lan.browser.post(
        f"/documents/{card}/draft",
        data={"name": "full_name", "value": "Lê Văn Hai", "version": 1},
        headers={"X-CSRF-Token": lan.csrf, "Accept": "application/json"},
    )
    form = {"value.full_name": "Lê Văn Hai", "value.personal_id": "001199000011", "value.birth_date": "02/01/1999"}
    lan.post(f"/documents/{card}/review", do="save", version=1, **form, **{"accepted.personal_id": "1"})
    assert office.services.review.drafts.of(card, lan.account.login) == {}, "what is saved is no draft any more"
    after = kept(office, card).understood
    assert after.state is DocumentState.NEEDS_REVIEW
    assert [after.fields[name].state for name in (NAME, NUMBER, BIRTH)] == [
        FieldState.CONFIRMED,
        FieldState.CONFIRMED,
        FieldState.NEEDS_REVIEW,
    ]


def test_an_emptied_field_is_one_that_the_paper_does_not_have(
    office: Office, card: DocumentId, sign_in: SignIn
) -> None:
    lan = sign_in(Role.CLERK)
    form = {"value.full_name": "Lê Văn Hải", "value.personal_id": "001199000011", "value.birth_date": " "}
    lan.post(f"/documents/{card}/review", do="confirm", version=1, **form)
    assert BIRTH not in kept(office, card).understood.fields


@pytest.mark.parametrize(("name", "wrong"), [("birth_date", "31/02/1999"), ("personal_id", "12")])
def test_what_is_no_value_is_refused_and_kept_as_a_draft(
    office: Office, card: DocumentId, sign_in: SignIn, name: str, wrong: str
) -> None:
    lan = sign_in(Role.CLERK)
    form = {"value.full_name": "Lê Văn Hai", f"value.{name}": wrong}
    answer = lan.post(f"/documents/{card}/review", do="confirm", version=1, **form)
    assert answer.status_code == 400
    assert wrong in answer.text, "what was typed stands in the input"
    assert "Lê Văn Hai" in answer.text
    assert kept(office, card).version == 1
    assert wrong in lan.browser.get(f"/documents/{card}/review").text


def test_who_changes_an_older_version_is_told_so_and_loses_nothing(
    office: Office, card: DocumentId, sign_in: SignIn
) -> None:
    lan = sign_in(Role.CLERK)
    lan.post(f"/documents/{card}/review", do="save", version=1, **{"value.full_name": "Lê Văn Hài"})
    answer = lan.post(f"/documents/{card}/review", do="confirm", version=1, **{"value.full_name": "Lê Văn Hai"})
    assert answer.status_code == 409
    assert "Lê Văn Hai" in answer.text
    assert kept(office, card).understood.fields[NAME].value == "Lê Văn Hài"


def test_drafts_are_shown_to_who_typed_them_only(office: Office, card: DocumentId, sign_in: SignIn) -> None:
    lan, hoa = sign_in(Role.CLERK, login="lan"), sign_in(Role.CLERK, login="hoa")
    answer = lan.browser.post(
        f"/documents/{card}/draft",
        data={"name": "full_name", "value": "Lê Văn Hai", "version": 1},
        headers={"X-CSRF-Token": lan.csrf, "Accept": "application/json"},
    )
    assert answer.json() == {"version": 1, "verdict": "", "refused": False}
    assert "Lê Văn Hai" in lan.browser.get(f"/documents/{card}/review").text
    assert "Lê Văn Hai" not in hoa.browser.get(f"/documents/{card}/review").text
    assert kept(office, card).understood.fields[NAME].value == "Lê Văn Hải"


def test_two_people_on_one_paper(office: Office, card: DocumentId, sign_in: SignIn) -> None:
    lan = sign_in(Role.CLERK, login="lan", name="Nguyễn Thị Lan")
    hoa = sign_in(Role.CLERK, login="hoa", name="Trần Thị Hòa")
    lan.browser.get(f"/documents/{card}/review")
    seen = hoa.browser.get(f"/documents/{card}/review").text
    assert "Nguyễn Thị Lan đang xem giấy tờ này" in seen
    assert seen.count("readonly") >= 3
    refused = hoa.post(f"/documents/{card}/review", do="confirm", version=1)
    assert refused.status_code == 409
    assert kept(office, card).version == 1
    hoa.post(f"/documents/{card}/claim", instead_of="lan")
    assert "readonly" not in hoa.browser.get(f"/documents/{card}/review").text
    lost = lan.browser.post(
        f"/documents/{card}/claim", headers={"X-CSRF-Token": lan.csrf, "Accept": "application/json"}
    ).json()
    assert lost["mine"] is False
    assert "Trần Thị Hòa" in lost["message"]
    hoa.post(f"/documents/{card}/release")
    assert "readonly" not in lan.browser.get(f"/documents/{card}/review").text


def test_a_correction_is_undone_and_the_history_names_people(office: Office, card: DocumentId, sign_in: SignIn) -> None:
    lan = sign_in(Role.CLERK, login="lan", name="Nguyễn Thị Lan")
    lan.post(f"/documents/{card}/review", do="save", version=1, **{"value.full_name": "Lê Văn Hai"})
    page = lan.browser.get(f"/documents/{card}/review").text
    history = page.split("data-history")[1].split("</details>")[0]
    assert "Nguyễn Thị Lan" in history
    assert "<del>Lê Văn Hải</del>" in history
    lan.post(f"/documents/{card}/undo", version=2)
    assert kept(office, card).understood.fields[NAME].value == "Lê Văn Hải"
    assert kept(office, card).version == 3


# --- pictures, and whose they are -------------------------------------------------------------------------------------------


def test_a_picture_is_made_once_and_kept_by_the_browser(office: Office, card: DocumentId, sign_in: SignIn) -> None:
    lan = sign_in(Role.CLERK)
    answer = lan.browser.get(f"/documents/{card}/pages/1.jpg")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "private, max-age=1800, immutable"
    # A4 at two pixels a point
    assert Image.open(io.BytesIO(answer.content)).size == (1190, 1684)
    again = lan.browser.get(f"/documents/{card}/pages/1.jpg", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert lan.browser.get(f"/documents/{card}/pages/2.jpg").status_code == 404
    assert lan.browser.get(f"/documents/{card}/pages/0.jpg").status_code == 404


def test_the_trail_has_one_entry_of_a_look_and_none_is_without(
    office: Office, card: DocumentId, sign_in: SignIn
) -> None:
    lan, hoa = sign_in(Role.CLERK, login="lan"), sign_in(Role.CLERK, login="hoa")
    lan.browser.get(f"/documents/{card}/review")
    for _ in range(3):
        lan.browser.get(f"/documents/{card}/pages/1.jpg")
    assert looks(office, card) == 1
    hoa.browser.get(f"/documents/{card}/pages/1.jpg")
    assert looks(office, card) == 2, "a picture alone is a look as well"


@pytest.mark.parametrize("path", ["review", "pages/1.jpg"])
def test_another_agency_sees_nothing(office: Office, card: DocumentId, sign_in: SignIn, path: str) -> None:
    stranger = sign_in(Role.CLERK, login="xa", agency="H99.1")
    answer = stranger.browser.get(f"/documents/{card}/{path}")
    assert answer.status_code == 404
    assert looks(office, card) == 0
    assert str(card) not in stranger.browser.get("/review").text


@pytest.mark.parametrize("what", ["review", "draft", "claim", "undo", "release", "region"])
def test_another_agency_changes_nothing(office: Office, card: DocumentId, sign_in: SignIn, what: str) -> None:
    stranger = sign_in(Role.CLERK, login="xa", agency="H99.1")
    form = {"name": "full_name", "value": "x", "version": 1, "page": 1, "left": 1, "top": 1, "right": 50, "bottom": 50}
    answer = stranger.browser.post(
        f"/documents/{card}/{what}",
        data={**form, "do": "confirm"},
        headers={"X-CSRF-Token": stranger.csrf, "Accept": "application/json"},
    )
    assert answer.status_code == 404
    assert kept(office, card).version == 1
    assert office.services.review.claims.of(card) is None


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.RECORDS_OFFICER])
def test_only_clerks_review(card: DocumentId, sign_in: SignIn, role: Role) -> None:
    other = sign_in(role)
    assert other.browser.get(f"/documents/{card}/review").status_code == 403
    assert other.browser.get("/review").status_code == 403


def test_a_change_without_the_token_is_refused(office: Office, card: DocumentId, sign_in: SignIn) -> None:
    lan = sign_in(Role.CLERK)
    answer = lan.browser.post(f"/documents/{card}/review", data={"do": "confirm", "version": 1})
    assert answer.status_code == 403
    assert kept(office, card).version == 1


def test_the_queue_names_batches_with_what_waits(office: Office, card: DocumentId, sign_in: SignIn) -> None:
    lan = sign_in(Role.CLERK)
    assert "1/1 giấy tờ" in lan.browser.get("/review").text
    assert lan.browser.get("/review/next").headers["location"] == f"/documents/{card}/review"
    lan.post(f"/documents/{card}/review", do="confirm", version=1, **{"value.full_name": "Lê Văn Hải"})
    assert "Không còn giấy tờ nào chờ kiểm tra" in lan.browser.get("/review").text


def test_the_next_paper_is_the_one_behind_also_when_others_were_skipped(office: Office, sign_in: SignIn) -> None:
    first, second, third = keep_papers(
        office.services.records,
        office.services.objects,
        3,
        fields={NAME: field("Lê Văn Hải", state=FieldState.NEEDS_REVIEW)},
        kind="can_cuoc",
        state=DocumentState.NEEDS_REVIEW,
    )
    lan = sign_in(Role.CLERK)
    answer = lan.post(f"/documents/{second}/review", do="confirm", version=1, **{"value.full_name": "Lê Văn Hải"})
    assert answer.headers["location"] == f"/documents/{third}/review"
    answer = lan.post(f"/documents/{third}/review", do="confirm", version=1, **{"value.full_name": "Lê Văn Hải"})
    assert answer.headers["location"] == f"/documents/{first}/review", "and then what was skipped"


def test_a_script_gets_the_next_paper_with_the_answer(office: Office, card: DocumentId, sign_in: SignIn) -> None:
    lan = sign_in(Role.CLERK)
    answer = lan.browser.post(
        f"/documents/{card}/review",
        data={"do": "confirm", "version": 1, "value.full_name": "Lê Văn Hải"},
        headers={"X-CSRF-Token": lan.csrf, "Accept": "application/json"},
    )
    assert answer.json() == {"document": card, "version": 2, "message": "", "next": None}
    assert office.services.objects.has(Area.ARCHIVE, kept(office, card).copy.sha256)


def test_a_drawn_place_is_kept_with_the_value(office: Office, card: DocumentId, sign_in: SignIn) -> None:
    lan = sign_in(Role.CLERK)
    place = {"page": 1, "box": [10, 20, 90, 40], "raw": "Lê Văn Hai"}
    lan.browser.post(
        f"/documents/{card}/draft",
        data={"name": "full_name", "value": "Lê Văn Hai", "version": 1, "place": json.dumps(place)},
        headers={"X-CSRF-Token": lan.csrf, "Accept": "application/json"},
    )
    lan.post(f"/documents/{card}/review", do="confirm", version=1, **{"value.full_name": "Lê Văn Hai"})
    said = kept(office, card).understood.fields[NAME]
    assert said.box is not None
    assert (said.box.left, said.box.bottom, said.raw) == (10, 40, "Lê Văn Hai")
    broken = lan.browser.post(
        f"/documents/{card}/draft",
        data={"name": "full_name", "value": "x", "version": 2, "place": '{"page": 1}'},
        headers={"X-CSRF-Token": lan.csrf, "Accept": "application/json"},
    )
    assert broken.status_code == 400
