"""The records officer's pages speak both languages, whatever state they show."""

from __future__ import annotations

import pytest

from app.setting_groups import Language
from pipeline.domain.account import Role
from pipeline.domain.document import DocumentState
from pipeline.domain.ids import DossierCode
from tests.web.conftest import SignIn
from tests.web.markup import Elements
from tests.web.shelved import shelve
from web.cookies import LANGUAGE_COOKIE
from web.office import Office


@pytest.mark.parametrize("language", list(Language))
def test_every_page_is_there_in_each_language(office: Office, sign_in: SignIn, language: Language) -> None:
    fields = {"subject": "Cấp phép", "issued_date": "2026-03-02", "due_at": "2026-03-09T17:00"}
    document = shelve(office, dossier="H42.12-260301-0001", fields=fields, state=DocumentState.NEEDS_REVIEW)
    office.services.results.issue(DossierCode("H42.12-260301-0001"), document, at=office.services.clock.now())
    officer = sign_in(Role.RECORDS_OFFICER)
    officer.browser.cookies.set(LANGUAGE_COOKIE, language.value)
    officer.post("/retention/holds", kind="document", subject=document, reason="Thanh tra")
    for path in (
        "/search",
        "/documents",
        "/documents?state=replaced",
        f"/documents/{document}",
        f"/documents/{document}/sheets/1",
        "/audit",
        "/audit/check",
        "/indices",
        "/indices/4.2?side=counted",
        "/indices/4.2?side=missed",
        "/indices/4.1?side=unknown",
        "/retention",
        "/retention/due",
        "/retention/holds",
    ):
        answer = officer.browser.get(path)
        assert answer.status_code == 200, (path, answer.text)
        assert Elements(answer.text).harmful == [], path
    found = officer.post("/search", words="cấp phép")
    assert document in found.text


def test_the_same_sentences_are_there_in_each_language(office: Office) -> None:
    vietnamese, english = (office.words[each].known for each in Language)
    assert vietnamese == english
