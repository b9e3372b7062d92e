"""What every request to the interface goes through, whatever it asks for."""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from pipeline.domain.client import ApiScope
from pipeline.domain.errors import NotFound
from tests.web.api.conftest import PURPOSE, Api
from web.api.application import create_api
from web.api.caller import CallerDep
from web.api.marks import needs
from web.api.paging import cursor, place_behind
from web.api.route import api_router
from web.rates import RateLimits


def test_without_a_token_there_is_no_answer(api: Api) -> None:
    answer = api.browser.get("/api/v1/client")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="sohoa"'
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "api.token_needed"
    assert problem["status"] == 401
    assert problem["detail"] == problem["messages"]["vi"]
    assert problem["instance"] == f"urn:sohoa:request:{answer.headers['x-request-id']}"


def test_a_token_that_nobody_gave_is_named_as_such(api: Api) -> None:
    answer = api.browser.get("/api/v1/client", headers={"Authorization": "Bearer nobody"})
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_token_that_is_over_is_none(api: Api) -> None:
    client = api.client(ApiScope.EVENTS_READ).client
    token = api.token(client, seconds=-1)
    answer = api.browser.get("/api/v1/client", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_a_client_sees_itself_with_all_that_answers_carry(api: Api) -> None:
    asking = api.client(ApiScope.EVENTS_READ, ApiScope.DOCUMENTS_READ, id_="mot-cua-tinh")
    answer = asking.get("/client")
    assert answer.status_code == 200
    assert answer.json() == {
        "id": "mot-cua-tinh",
        "name": "Hệ thống một cửa để thử",
        "agencies": ["", "H42.12"],
        "scopes": ["documents:read", "events:read"],
    }
    expected = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
    assert answer.headers["repr-digest"] == f"sha-256=:{expected}:"
    assert answer.headers["ratelimit-policy"] == '"client";q=6000;w=60'
    assert answer.headers["ratelimit"].startswith('"client";r=5999;')
    assert answer.headers["cache-control"] == "private, no-cache"


def test_what_the_caller_has_is_not_sent_again(api: Api) -> None:
    asking = api.client()
    tag = asking.get("/client").headers["etag"]
    again = asking.get("/client", headers={"If-None-Match": f'"other", W/{tag}'})
    assert again.status_code == 304
    assert not again.content
    assert again.headers["etag"] == tag
    assert asking.get("/client", headers={"If-None-Match": '"other"'}).status_code == 200


def test_words_are_english_where_that_is_wanted(api: Api) -> None:
    english = api.browser.get("/api/v1/client", headers={"Accept-Language": "vi;q=0.3, en-GB"}).json()
    assert english["detail"] == english["messages"]["en"] != english["messages"]["vi"]
    both = api.browser.get("/api/v1/client", headers={"Accept-Language": "en, vi"}).json()
    assert both["detail"] == both["messages"]["vi"]


def test_an_id_that_the_caller_gives_is_kept_unless_it_could_forge_a_log(api: Api) -> None:
    assert (
        api.browser.get("/api/v1/client", headers={"X-Request-Id": "mot-cua-0001"}).headers["x-request-id"]
        == "mot-cua-0001"
    )
    forged = api.browser.get("/api/v1/client", headers={"X-Request-Id": "a b c d e f g"})
    assert len(forged.headers["x-request-id"]) == 36


def test_an_unknown_address_and_a_wrong_method_are_problems_too(api: Api) -> None:
    unknown = api.browser.get("/api/v1/nothing")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "api.no_such_resource")
    wrong = api.browser.delete("/api/v1/client")
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["allow"]) == (405, "api.method_not_allowed", "GET")


def test_head_is_get_without_its_body(api: Api) -> None:
    asking = api.client()
    head, get = asking.request("HEAD", "/client"), asking.get("/client")
    assert head.status_code == 200
    assert head.headers["etag"] == get.headers["etag"]


def test_a_quota_is_used_up_and_fills_again() -> None:
    now = [0.0]
    limits = RateLimits(quota=60, seconds=lambda: now[0])
    assert [limits.take("a").left for _ in range(60)] == list(range(59, -1, -1))
    refused = limits.take("a")
    assert (refused.wait, refused.left, refused.reset) == (1, 0, 60)
    assert limits.take("b").wait == 0
    now[0] = 2.0
    assert [limits.take("a").wait for _ in range(3)] == [0, 0, 1]


def test_a_cursor_leads_back_to_its_place_and_to_no_other_list() -> None:
    place = ("0199", "Nguyễn|Văn")
    assert place_behind(cursor("documents", *place), of="documents", parts=2) == place
    assert place_behind(None, of="documents") is None
    hostile = [
        "",
        "AAAA",
        cursor("batches", *place),
        cursor("documents", "0199"),
        _encoded([["documents"], 1]),
        _encoded({"a": 1}),
    ]
    hostile += [
        _encoded(["documents", "a\0b", "c"]),
        base64.urlsafe_b64encode(b'["documents","\\ud800","b"]').decode().rstrip("="),
    ]
    for each in hostile:
        with pytest.raises(Exception, match=r"api\.cursor_refused"):
            place_behind(each, of="documents", parts=2)


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_the_schema_is_openapi_and_says_what_is_needed(api: Api) -> None:
    schema = api.browser.get("/api/v1/openapi.json").json()
    assert schema["openapi"] == "3.1.0"
    client = schema["paths"]["/client"]["get"]
    assert client["security"] == [{"client": []}]
    assert {"200", "400", "401", "403", "429", "503"} <= set(client["responses"])
    assert "422" not in client["responses"]


def test_the_schema_is_browsable_without_a_network(api: Api) -> None:
    page = api.browser.get("/api")
    assert page.status_code == 200
    assert "https://" not in page.text
    for address in (each.split('"')[0] for each in page.text.split('="/static')[1:]):
        assert api.browser.get(f"/static{address}").status_code == 200


@pytest.fixture
def made() -> list[str]:
    """Collect what the endpoint of the fixture `maker` has made."""
    return []


@pytest.fixture
def maker(api: Api, made: list[str]) -> TestClient:
    """Return the interface with an endpoint that makes something, and one that shows somebody's papers."""
    router = api_router("test")

    @router.post("/things", status_code=201)
    @needs(ApiScope.BATCHES_WRITE, creates=True)
    def make(caller: CallerDep, thing: dict[str, str]) -> dict[str, str]:
        made.append(thing["name"])
        if thing["name"] == "hỏng":
            raise NotFound(what="batch", id="–")
        return {"made": thing["name"], "by": caller.client.id}

    @router.get("/papers")
    @needs(ApiScope.DOCUMENTS_READ, personal=True)
    def papers(caller: CallerDep) -> dict[str, str | None]:
        stated = caller.stated
        return {"text": stated.text, "basis": stated.basis.value, "for": stated.requester, "dossier": stated.dossier}

    app = create_api(api.office)
    app.router.routes.extend(router.routes)
    return TestClient(app)


def test_a_repeated_create_makes_nothing_twice(api: Api, maker: TestClient, made: list[str]) -> None:
    headers = {"Authorization": f"Bearer {api.client().token}", "Idempotency-Key": "khoa-0000001"}
    first = maker.post("/things", json={"name": "lô"}, headers=headers)
    again = maker.post("/things", json={"name": "lô"}, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    assert made == ["lô"]
    other = maker.post("/things", json={"name": "khác"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "api.idempotency_key_reused")
    stranger = maker.post(
        "/things", json={"name": "lô"}, headers={**headers, "Authorization": f"Bearer {api.client().token}"}
    )
    assert (stranger.status_code, made) == (201, ["lô", "lô"])


def test_what_failed_may_be_tried_again_with_its_key(api: Api, maker: TestClient, made: list[str]) -> None:
    headers = {"Authorization": f"Bearer {api.client().token}", "Idempotency-Key": "khoa-0000002"}
    assert maker.post("/things", json={"name": "hỏng"}, headers=headers).status_code == 404
    assert maker.post("/things", json={"name": "hỏng"}, headers=headers).status_code == 404
    assert made == ["hỏng", "hỏng"]


def test_what_is_sent_without_an_end_is_not_held_in_memory(api: Api, maker: TestClient, made: list[str]) -> None:
    headers = {"Authorization": f"Bearer {api.client().token}", "Idempotency-Key": "khoa-0000009"}

    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * (1 << 20)

    answer = maker.post("/things", content=endless(), headers=headers)
    assert (answer.status_code, answer.json()["code"], made) == (413, "web.form_too_large", [])


@pytest.mark.parametrize("key", [None, "ngan", "x" * 129])
def test_nothing_is_made_without_a_key(api: Api, maker: TestClient, made: list[str], key: str | None) -> None:
    headers = {"Authorization": f"Bearer {api.client().token}"} | ({"Idempotency-Key": key} if key else {})
    answer = maker.post("/things", json={"name": "lô"}, headers=headers)
    assert (answer.status_code, answer.json()["code"], made) == (400, "api.idempotency_key_needed", [])


def test_why_somebody_looks_is_understood_however_it_is_encoded(api: Api, maker: TestClient) -> None:
    headers = {"Authorization": f"Bearer {api.client().token}", **PURPOSE}
    decomposed = quote(unicodedata.normalize("NFD", "Đăng ký khai sinh"))
    for purpose in (PURPOSE["Sohoa-Purpose"], decomposed):
        answer = maker.get("/papers", headers={**headers, "Sohoa-Purpose": purpose})
        assert answer.json() == {
            "text": "Đăng ký khai sinh",
            "basis": "dossier",
            "for": "nguyen.van.thu",
            "dossier": "H42.12-260131-0001",
        }


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Sohoa-Purpose", None),
        ("Sohoa-Purpose", "%20"),
        ("Sohoa-Purpose", "%FF"),
        ("Sohoa-Purpose", "a%0Ab"),
        ("Sohoa-Legal-Basis", "curiosity"),
        ("Sohoa-Requester", None),
        ("Sohoa-Dossier", None),
        ("Sohoa-Dossier", "hồ sơ".encode().decode("latin-1")),
    ],
)
def test_nobody_looks_without_saying_why(api: Api, maker: TestClient, header: str, value: str | None) -> None:
    given = {"Authorization": f"Bearer {api.client().token}", **PURPOSE, header: value}
    answer = maker.get(
        "/papers", headers=[(name.encode(), each.encode("latin-1")) for name, each in given.items() if each is not None]
    )
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["details"]) == ("api.purpose_needed", {"header": header})


def test_a_token_reaches_no_further_than_its_scopes(api: Api, maker: TestClient, made: list[str]) -> None:
    headers = {
        "Authorization": f"Bearer {api.client(ApiScope.DOCUMENTS_READ).token}",
        "Idempotency-Key": "khoa-0000003",
    }
    answer = maker.post("/things", json={"name": "lô"}, headers=headers)
    assert (answer.status_code, answer.json()["code"], made) == (403, "api.scope_needed", [])
    assert 'scope="batches:write"' in answer.headers["www-authenticate"]


def test_an_endpoint_without_a_mark_stops_the_start() -> None:
    def unmarked() -> dict[str, str]:
        return {}

    with pytest.raises(RuntimeError, match="nobody is said to be allowed"):
        api_router("test").get("/open")(unmarked)
