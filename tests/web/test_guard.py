"""Who may call what: nobody anything, but where an endpoint says otherwise."""

from __future__ import annotations

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient

from pipeline.domain.account import Role
from tests.web.conftest import SignIn
from web.guard import allowed, refuse_unmarked


def test_a_page_that_does_not_say_who_may_call_it_stops_the_start() -> None:
    router = APIRouter()

    @router.get("/open")
    def open_to_all() -> None: ...

    with pytest.raises(RuntimeError, match="/open"):
        refuse_unmarked(router)

    marked = APIRouter()
    marked.get("/marked")(allowed(Role.CLERK)(open_to_all))
    refuse_unmarked(marked)


def test_who_has_not_signed_in_is_sent_to_where_one_does_and_back(browser: TestClient) -> None:
    answer = browser.get("/?a=1&b=2")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/%3Fa%3D1%26b%3D2")


def test_a_script_is_told_with_a_status(browser: TestClient) -> None:
    answer = browser.get("/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["x-error-code"]) == (401, "web.sign_in_needed")


def test_an_unknown_address_is_a_page_in_the_language_chosen(browser: TestClient) -> None:
    vietnamese = browser.get("/nowhere")
    browser.cookies.set("sohoa-language", "en")
    english = browser.get("/nowhere")

    assert (vietnamese.status_code, english.status_code) == (404, 404)
    assert '<html lang="vi">' in vietnamese.text
    assert "That could not be done" in english.text


def test_a_change_needs_the_token_of_the_session(sign_in: SignIn) -> None:
    clerk = sign_in(Role.CLERK)
    form = {"language": "en", "back": "/"}

    without = clerk.browser.post("/language", data=form)
    with_a_wrong_one = clerk.browser.post("/language", data={**form, "csrf": "0" * 43})
    by_form = clerk.browser.post("/language", data={**form, "csrf": clerk.csrf})
    by_header = clerk.browser.post("/language", data=form, headers={"X-CSRF-Token": clerk.csrf})

    assert [each.status_code for each in (without, with_a_wrong_one, by_form, by_header)] == [403, 403, 303, 303]


def test_a_change_does_not_come_from_another_site(browser: TestClient) -> None:
    answer = browser.post("/language", data={"language": "en"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.headers["x-error-code"]) == (403, "web.request_forged")


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "/\\evil.example/"])
def test_nobody_is_sent_elsewhere(browser: TestClient, back: str) -> None:
    answer = browser.post("/language", data={"language": "en", "back": back})
    assert answer.headers["location"] == "/"


def test_a_form_that_is_too_large_is_refused(browser: TestClient) -> None:
    answer = browser.post("/language", data={"language": "en", "back": "x" * (9 << 20)})
    assert answer.status_code == 413
