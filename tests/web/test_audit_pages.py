"""The audit trail on a page: words, filters, who may see whose entries, and a trail that was tampered with."""

from __future__ import annotations

import io
import re
import time
import zipfile

import pytest

from pipeline.audit_ports import TrailFilter
from pipeline.domain.account import Role
from pipeline.domain.audit import Action, AuditEntry
from tests.storage.audit_trails import tamper
from tests.web.conftest import Person, SignIn
from tests.web.shelved import OURS, THEIRS, shelve
from web.office import Office


def numbers(text: str) -> list[int]:
    return [int(each) for each in re.findall(r'<tr><td class="number">(\d+)</td>', text)]


def checked(person: Person) -> str:
    """Have the trail checked and return what is said when that has ended."""
    headers = {"HX-Request": "true", "X-CSRF-Token": person.csrf}
    assert person.browser.post("/audit/check", headers=headers).status_code == 200
    for _ in range(1200):  # a minute
        part = person.browser.get("/audit/check", headers={"HX-Request": "true"}).text
        if "hx-trigger" not in part:
            return part
        time.sleep(0.05)
    raise AssertionError("the check does not end")


def test_every_action_has_words_in_both_languages(office: Office) -> None:
    for words in office.words.values():
        missing = {each for each in Action if f"deed.{each.value.replace('.', '_')}" not in words.known}
        assert missing == set()


def test_entries_are_told_in_words_the_newest_first(office: Office, sign_in: SignIn) -> None:
    document = shelve(office)
    officer = sign_in(Role.RECORDS_OFFICER, login="luutru")
    officer.browser.get(f"/documents/{document}/files/text?purpose=inspection")
    text = officer.browser.get("/audit").text
    shown = numbers(text)
    assert shown == sorted(shown, reverse=True)
    for told in ("Nhận lô", "Số hóa xong", "Đăng nhập", "Thanh tra, kiểm tra", "văn bản", document):
        assert told in text, told


def test_entries_are_found_by_who_what_about_what_and_when(office: Office, sign_in: SignIn) -> None:
    document = shelve(office)
    officer = sign_in(Role.RECORDS_OFFICER, login="luutru")
    officer.browser.get(f"/documents/{document}/files/text")
    (look,) = numbers(officer.browser.get("/audit?who=luutru&action=read&subject=" + document).text)
    assert look in numbers(officer.browser.get("/audit?who=luutru").text)
    assert look in numbers(officer.browser.get(f"/audit?subject={document}").text)
    assert numbers(officer.browser.get("/audit?until=2020-01-01").text) == []
    assert numbers(officer.browser.get("/audit?who=nobody").text) == []
    assert officer.browser.get("/audit?action=nonsense").status_code == 422


def test_pages_go_on_below_the_last_number(office: Office, sign_in: SignIn) -> None:
    for _ in range(20):
        shelve(office)  # four entries each
    officer = sign_in(Role.RECORDS_OFFICER)
    first = officer.browser.get("/audit").text
    following = re.search(r'rel="next" href="[^"]*before=(\d+)"', first)
    assert following is not None
    assert int(following[1]) == numbers(first)[-1]
    assert numbers(officer.browser.get(f"/audit?before={following[1]}").text)[0] == numbers(first)[-1] - 1


def test_a_look_at_the_trail_stands_in_the_trail(office: Office, sign_in: SignIn) -> None:
    shelve(office)
    officer = sign_in(Role.RECORDS_OFFICER, login="luutru")
    officer.browser.get("/audit?who=scanner")
    (entry,) = office.services.officer.trail.newest(TrailFilter(action=Action.READ, limit=1))
    assert isinstance(entry, AuditEntry)
    assert entry.author.name == "luutru"
    assert {"part": "audit_trail", "author": "scanner"}.items() <= entry.deed.details.items()


@pytest.mark.parametrize("role", [Role.CLERK, Role.OFFICIAL])
def test_others_may_not_see_the_trail(sign_in: SignIn, role: Role) -> None:
    person = sign_in(role)
    assert person.browser.get("/audit").status_code == 403
    assert person.post("/audit/check").status_code == 403
    assert person.post("/audit/export").status_code == 403


def test_of_another_agencys_people_nothing_is_shown(office: Office, sign_in: SignIn) -> None:
    document = shelve(office, agency=OURS)
    sign_in(Role.CLERK, login="cua-ta", agency=OURS).browser.get(f"/documents/{document}")
    guest = sign_in(Role.RECORDS_OFFICER, login="khach", agency=THEIRS)
    text = guest.browser.get("/audit").text
    assert "cua-ta" not in text
    assert document not in text
    assert "khach" in text
    assert numbers(guest.browser.get(f"/audit?subject={document}").text) == []
    assert numbers(guest.browser.get("/audit?who=cua-ta").text) == []
    guest.post("/audit/check")
    assert "Chưa kiểm tra" in guest.browser.get("/audit/check").text
    assert guest.post("/audit/export").status_code == 303


def test_an_administrator_sees_the_trail_and_no_way_to_papers(office: Office, sign_in: SignIn) -> None:
    document = shelve(office)
    text = sign_in(Role.ADMINISTRATOR).browser.get("/audit").text
    assert document in text
    assert f'href="/documents/{document}"' not in text


def test_a_whole_trail_is_said_to_be_whole(office: Office, sign_in: SignIn) -> None:
    shelve(office)
    part = checked(sign_in(Role.RECORDS_OFFICER))
    assert "Nhật ký nguyên vẹn" in part
    assert 'class="notice good"' in part


def test_what_was_tampered_with_is_named_with_its_entry(office: Office, sign_in: SignIn) -> None:
    document = shelve(office)
    officer = sign_in(Role.RECORDS_OFFICER)
    tamper(office.services.records.engine, "UPDATE audit_entries SET author = 'nobody' WHERE number = 3")
    tamper(office.services.records.engine, "UPDATE documents SET type = 'khac' WHERE id = :id", id=document)
    part = checked(officer)
    assert 'class="notice blocking"' in part
    assert "Có 2 chỗ sai" in part
    assert 'href="/audit?before=4"' in part
    assert document in part


def test_the_trail_is_handed_out_with_all_its_entries(office: Office, sign_in: SignIn) -> None:
    shelve(office)
    answer = sign_in(Role.RECORDS_OFFICER).post("/audit/export")
    assert answer.headers["content-disposition"].startswith("attachment;")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert {"trail.jsonl", "seals.jsonl"} <= set(packed.namelist())
        lines = packed.read("trail.jsonl").decode().splitlines()
    assert len(lines) == office.services.trail.last().number
    assert '"exported"' in lines[-1]
