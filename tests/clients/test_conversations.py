"""What a client decides, without a network: tokens, attempts, problems, purposes, lists."""

from __future__ import annotations

import base64
import hashlib
import urllib.parse
from collections.abc import Sequence
from typing import Any

import pytest

import sohoa_client
from sohoa_client import (
    AnswerNotUnderstood,
    BadInput,
    Broken,
    DigestMismatch,
    Forbidden,
    NeedsPerson,
    NotFound,
    Problem,
    ProblemDetails,
    Purpose,
    Retry,
    TokenNeeded,
    TooManyRequests,
    TransientProblem,
    Unreachable,
)
from sohoa_client.calls import batches as calls
from sohoa_client.calls import events as event_calls
from sohoa_client.core import Core
from sohoa_client.problems import problem_of
from sohoa_client.steps import Answer, Lost, Request
from tests.clients.talking import NOW, OTHER_TOKEN, TOKEN, Seconds, Talk, core, problem, told

GET = Request(method="GET", path="/client")
POST = Request(method="POST", path="/intakes", body=b"{}")
CREATE = Request(method="POST", path="/intakes", body=b"{}", headers={"Idempotency-Key": "k"})


def test_a_token_is_got_first_and_used_until_shortly_before_its_end() -> None:
    seconds = Seconds()
    speaker = core(seconds=seconds)
    talk = Talk(TOKEN, told({}), told({}), OTHER_TOKEN, told({}))
    talk.have(speaker.ask(GET, None))
    asked = talk.asked[0]
    assert (asked.method, asked.path) == ("POST", "/oauth/token")
    assert urllib.parse.parse_qs((asked.body or b"").decode()) == {"grant_type": ["client_credentials"]}
    name, _, secret = base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode().partition(":")
    assert (urllib.parse.unquote_plus(name), urllib.parse.unquote_plus(secret)) == ("mot-cua", "mật khẩu:1")
    seconds.time += 569
    talk.have(speaker.ask(GET, None))
    seconds.time += 2
    talk.have(speaker.ask(GET, None))
    used = [each.headers["Authorization"] for each in talk.asked if each.path == "/client"]
    assert used == ["Bearer one", "Bearer one", "Bearer two"]


def test_a_token_that_was_ended_is_renewed_once() -> None:
    refused = problem("api.token_needed", 401, "forbidden")
    talk = Talk(TOKEN, refused, OTHER_TOKEN, told({"id": 1}))
    assert talk.have(core().ask(GET, None)).json() == {"id": 1}
    assert talk.asked[-1].headers["Authorization"] == "Bearer two"
    talk = Talk(TOKEN, refused, OTHER_TOKEN, refused)
    with pytest.raises(TokenNeeded):
        talk.have(core().ask(GET, None))
    talk = Talk(refused)
    with pytest.raises(TokenNeeded):
        talk.have(core(token="theirs").ask(GET, None))


def test_who_waited_for_a_new_token_takes_the_one_that_another_got() -> None:
    speaker = core()
    first, second = Talk(TOKEN, problem("api.token_needed", 401)), Talk(TOKEN)
    conversation = speaker.ask(GET, None)
    step = next(conversation)
    step = conversation.send(first.take(step))
    assert isinstance(step, Request)
    step = conversation.send(problem("api.token_needed", 401))  # wants to be alone now; meanwhile somebody else was
    renewed = Talk(problem("api.token_needed", 401), OTHER_TOKEN, told({}))
    renewed.have(speaker.ask(GET, None))
    step = conversation.send(second.take(step))
    assert second.asked == []
    assert isinstance(step, Request)
    assert step.headers["Authorization"] == "Bearer two"


@pytest.mark.parametrize("token", [{}, [], {"access_token": 1, "expires_in": 600}, {"access_token": "x"}])
def test_what_is_no_token_is_told(token: object) -> None:
    with pytest.raises(AnswerNotUnderstood):
        Talk(told(token)).have(core().ask(GET, None))


def test_a_refused_client_is_told_in_the_words_of_the_token_endpoint() -> None:
    refused = told({"error": "invalid_client", "error_description": "no", "code": "api.client_refused"}, 401)
    with pytest.raises(sohoa_client.ClientRefused, match=r"no \[api.client_refused\]"):
        Talk(refused).have(core().ask(GET, None))


LATER = told({}, 503)
CUT = Lost(reason="broke", sent=True)
UNSENT = Lost(reason="refused", sent=False)


@pytest.mark.parametrize(
    ("request_", "outcomes", "waits"),
    [
        (GET, [LATER, told({})], [0.5]),
        (GET, [LATER, CUT, told({}, 502), told({})], [0.5, 1.0, 2.0]),
        (GET, [told({}, 429, retry_after="7"), told({})], [7.0]),
        (GET, [told({}, 503, retry_after="Sat, 31 Jan 2026 01:31:00 GMT"), told({})], [60.0]),
        (GET, [told({}, 503, retry_after="soon"), told({})], [0.5]),
        (POST, [UNSENT, told({})], [0.5]),
        (POST, [told({}, 429), told({})], [0.5]),
        (CREATE, [CUT, LATER, told({})], [0.5, 1.0]),
        (CREATE, [problem("api.request_under_way", 409), told({})], [0.5]),
    ],
)
def test_what_may_pass_is_asked_again(request_: Request, outcomes: Sequence[Answer | Lost], waits: list[float]) -> None:
    talk = Talk(*outcomes)
    assert talk.have(core(token="t").ask(request_, None)).is_success
    assert talk.waited == waits
    assert len({each.headers["X-Request-Id"] for each in talk.asked}) == 1, "all attempts are one request in the logs"


@pytest.mark.parametrize(
    ("request_", "outcome", "error"),
    [
        (POST, CUT, Unreachable),
        (POST, LATER, TransientProblem),
        (CREATE, problem("intake.unready", 409, "needs_person"), NeedsPerson),
        (GET, told({}, 500), Broken),
        (GET, told({}, 503, retry_after="3600"), TransientProblem),
    ],
)
def test_what_may_have_been_done_or_will_not_pass_is_not_asked_again(
    request_: Request, outcome: Answer | Lost, error: type[Exception]
) -> None:
    talk = Talk(outcome)
    with pytest.raises(error):
        talk.have(core(token="t").ask(request_, None))
    assert talk.waited == []


def test_patience_ends() -> None:
    talk = Talk(*[CUT] * 4)
    with pytest.raises(Unreachable, match="GET /client: broke"):
        talk.have(core(token="t").ask(GET, None))
    assert talk.waited == [0.5, 1.0, 2.0]
    talk = Talk(*[LATER] * 3)
    with pytest.raises(TransientProblem):
        talk.have(core(token="t", retry=Retry(attempts=3, most_seconds=0.7)).ask(GET, None))
    assert talk.waited == [0.5, 0.7]


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        (ProblemDetails(status=404, code="record.not_found", kind="bad_input"), NotFound),
        (ProblemDetails(status=429, code="api.too_many_requests", kind="transient"), TooManyRequests),
        (ProblemDetails(status=400, code="new.code", kind="bad_input"), BadInput),
        (ProblemDetails(status=409, code="new.code", kind="needs_person"), NeedsPerson),
        (ProblemDetails(status=403, code="new.code", kind="forbidden"), Forbidden),
        (ProblemDetails(status=500, code="new.code", kind="broken"), Broken),
        (ProblemDetails(status=503, code="new.code", kind="transient"), TransientProblem),
        (ProblemDetails(status=404), NotFound),
        (ProblemDetails(status=502), TransientProblem),
        (ProblemDetails(status=500), Broken),
        (ProblemDetails(status=418), BadInput),
    ],
)
def test_a_problem_is_of_its_codes_class_else_of_its_kinds(about: ProblemDetails, expected: type[Problem]) -> None:
    assert type(problem_of(about)) is expected


def test_a_problem_says_what_the_office_can_find_it_by() -> None:
    values = {
        "code": "intake.unready",
        "kind": "needs_person",
        "detail": "Còn tệp chưa xong",
        "messages": {"vi": "Còn tệp chưa xong", "en": "Files are missing"},
        "details": {"coming": 2},
    }
    with pytest.raises(NeedsPerson) as raised:
        Talk(told(values, 409, x_request_id="0199-1", retry_after="5")).have(core(token="t").ask(POST, None))
    assert str(raised.value) == "Còn tệp chưa xong [intake.unready, request 0199-1]"
    about = raised.value.about
    assert (about.details, about.messages["en"], about.retry_after) == ({"coming": 2}, "Files are missing", 5.0)
    with pytest.raises(Broken, match="HTTP 500"):
        Talk(Answer(status=500, headers={}, body=b"<html>")).have(core(token="t").ask(POST, None))


def test_a_purpose_is_stated_in_its_context_only_and_by_its_client_only() -> None:
    one, other = core(token="t"), core(token="t")
    registering = Purpose(text="Đăng ký 100%", requester="thư", dossier="H42.12-260131-0001")
    checking = Purpose(text="Kiểm tra", basis="law", requester="lan")
    with one.stating(registering):
        assert (one.purpose(), other.purpose()) == (registering, None)
        with one.stating(checking), other.stating(registering):
            assert (one.purpose(), other.purpose()) == (checking, registering)
        assert one.purpose() == registering
    assert one.purpose() is None
    talk = Talk(told({}))
    talk.have(one.ask(GET, registering))
    headers = talk.asked[0].headers
    assert {name: urllib.parse.unquote(headers[name], errors="strict") for name in headers if name[:5] == "Sohoa"} == {
        "Sohoa-Purpose": "Đăng ký 100%",
        "Sohoa-Legal-Basis": "dossier",
        "Sohoa-Requester": "thư",
        "Sohoa-Dossier": "H42.12-260131-0001",
    }
    assert all(value.isascii() and value.isprintable() for value in headers.values())


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": " ", "requester": "lan", "basis": "law"},
        {"text": "x", "requester": "", "basis": "law"},
        {"text": "x", "requester": "lan", "basis": "curiosity"},
        {"text": "x", "requester": "lan"},
    ],
)
def test_what_the_office_would_refuse_is_no_purpose(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        Purpose(**wrong)


def test_an_answer_that_is_not_what_was_sent_is_refused() -> None:
    right = base64.b64encode(hashlib.sha256(b"{}").digest()).decode()
    for named in (f"sha-256=:{right}:", f"sha-512=:x:, sha-256=:{right}:"):
        Talk(told({}, repr_digest=named)).have(core(token="t").ask(GET, None))
    wrong = base64.b64encode(bytes(32)).decode()
    for named in (f"sha-256=:{wrong}:", "sha-256=:AAAA:"):
        with pytest.raises(DigestMismatch):
            Talk(told({}, repr_digest=named)).have(core(token="t").ask(GET, None))


def test_parts_of_a_list_are_asked_for_until_the_last() -> None:
    speaker = core(token="t")
    summary = {
        "code": "H42.12-260131-0001",
        "agencies": ["H42.12"],
        "documents": 2,
        "needs_review": 0,
        "first_received_at": "2026-01-31T01:30:00Z",
        "last_received_at": "2026-01-31T01:30:00.123456789Z",
        "a_later_property": {},
    }
    talk = Talk(told({"items": [summary], "next": "abc"}), told({"items": [], "next": None}))
    listing = calls.dossiers(begins="H42.12-", limit=1)
    part = talk.have(listing.part(speaker, None, None))
    assert (part.items[0].first_received_at, part.next) == (NOW, "abc")
    assert part.items[0].last_received_at.microsecond == 123456
    assert talk.have(listing.part(speaker, None, part.next)).next is None
    assert [each.query for each in talk.asked] == [
        (("begins", "H42.12-"), ("limit", "1")),
        (("begins", "H42.12-"), ("limit", "1"), ("after", "abc")),
    ]


@pytest.mark.parametrize("answer", [[], {"items": {}}, {"items": [], "next": 1}, {"items": [{}], "next": None}])
def test_what_is_no_list_is_told(answer: object) -> None:
    with pytest.raises(AnswerNotUnderstood):
        Talk(told(answer)).have(calls.dossiers().part(core(token="t"), None, None))


def test_a_list_that_never_goes_on_is_noticed() -> None:
    with pytest.raises(AnswerNotUnderstood):
        Talk(told({"items": [], "next": "abc"})).have(calls.dossiers().part(core(token="t"), None, "abc"))


def test_what_is_asked_for_stands_in_the_path_whatever_its_letters() -> None:
    assert calls.batch("a/../b?ồ").path == "/batches/a%2F..%2Fb%3F%E1%BB%93"


def test_a_client_needs_one_way_to_say_who_it_is() -> None:
    wrong: tuple[dict[str, Any], ...] = ({}, {"client_id": "x"}, {"client_id": "x", "client_secret": "y", "token": "z"})
    for given in wrong:
        with pytest.raises(ValueError):  # noqa: PT011 - any of them
            sohoa_client.Sohoa("https://sohoa.example.gov.vn", **given)
    with pytest.raises(ValueError, match="address"):
        sohoa_client.Sohoa("sohoa.example.gov.vn", token="x")


def test_secrets_are_not_shown() -> None:
    speaker: Core = core()
    assert "mật khẩu" not in repr(speaker._credentials)


def test_events_are_asked_for_behind_the_last_one() -> None:
    speaker = core(token="t")
    event = {"id": "e-7", "number": 7, "kind": "copy.added", "at": "2026-01-31T01:30:00Z", "document": "d-1"}
    talk = Talk(told({"items": [event], "last": 9}), told({"items": [], "last": 12}), told({"items": [], "last": 12}))
    listing = event_calls.events(after=3, kinds=("copy.added", "result.issued"))
    first = talk.have(listing.part(speaker, None, listing.after))
    assert (first.items[0].number, first.items[0].at, first.next) == (7, NOW, "9")
    assert talk.have(listing.part(speaker, None, first.next)).next is None, "there is nothing more"
    asked = talk.asked[0].query
    assert asked == (("kind", "copy.added"), ("kind", "result.issued"), ("after", "3"))
    following = event_calls.follow_events(after=9)
    assert talk.have(following.part(speaker, None, following.after)).next == "12", "it waits for what happens"
    assert dict(talk.asked[2].query) == {"wait": "20", "after": "9"}
    with pytest.raises(AnswerNotUnderstood):
        Talk(told({"items": []})).have(listing.part(speaker, None, None))


def test_what_nothing_comes_of_is_read_as_nothing() -> None:
    talk = Talk(Answer(status=204, headers={}))
    assert talk.have(event_calls.delete_webhook("w-1").conversation(core(token="t"), None)) is None
    assert (talk.asked[0].method, talk.asked[0].path) == ("DELETE", "/webhooks/w-1")
