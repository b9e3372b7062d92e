"""What `ApiClients`, `AccessTokens` and `GivenAnswers` promise, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from pipeline.client_ports import GivenAnswer
from pipeline.domain.api_errors import ClientTaken, IdempotencyKeyReused, RequestUnderWay
from pipeline.domain.audit import Action, AuditEntry, Subject, SubjectKind
from pipeline.domain.client import AccessToken, ApiClient, ApiScope, ClientId
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.errors import NotFound
from pipeline.usecases.prove_records import unproven_records
from storage.records import Records, open_records
from tests.fakes.author import CLERK
from tests.storage.conftest import SetClock

NOW = dt.datetime(2026, 2, 1, 8, 0, tzinfo=dt.UTC)
HOUR, SECOND = dt.timedelta(hours=1), dt.timedelta(seconds=1)
PROVINCE = ApiClient(
    id=ClientId("mot-cua-tinh"),
    name="Hệ thống một cửa tỉnh Hà Giang",
    agencies=frozenset({"", "H42.12"}),
    scopes=frozenset({ApiScope.DOCUMENTS_READ, ApiScope.FILES_READ}),
    secret_hash="5" * 64,
    certificate="c" * 64,
    subject="https://sso.example.vn mot-cua",
    created_at=NOW,
)
PORTAL = ApiClient(
    id=ClientId("cong-quoc-gia"),
    name="Cổng",
    agencies=frozenset({"H42.12"}),
    scopes=frozenset({ApiScope.EVENTS_READ}),
    created_at=NOW,
)


def token(word: str, *, client: ApiClient = PROVINCE, issued_at: dt.datetime = NOW) -> AccessToken:
    return AccessToken(
        digest=hashlib.sha256(word.encode()).hexdigest(),
        client=client.id,
        scopes=frozenset({ApiScope.FILES_READ}),
        issued_at=issued_at,
        expires_at=issued_at + HOUR,
    )


@pytest.fixture
def other(records: Records, database_url: str, clock: SetClock) -> Iterator[Records]:
    """The same database as another process has it open."""
    opened = open_records(database_url, clock=clock, author=CLERK)
    yield opened
    opened.close()


# --- clients ---------------------------------------------------------------------------------------------------------------


def test_clients_read_as_they_were_kept(records: Records, other: Records) -> None:
    records.clients.add(PROVINCE)
    records.clients.add(PORTAL)
    assert other.clients.every() == (PORTAL, PROVINCE)
    assert other.clients.find(PROVINCE.id) == PROVINCE
    for stranger in ("mot-cua", "", "mot-cua-tinh\0", "\udc80"):
        assert other.clients.find(ClientId(stranger)) is None
        assert other.clients.of_subject(stranger) is None


def test_a_client_is_found_by_its_name_at_the_provider_and_one_without_is_not(records: Records) -> None:
    records.clients.add(PROVINCE)
    records.clients.add(PORTAL)
    assert records.clients.of_subject("https://sso.example.vn mot-cua") == PROVINCE
    assert records.clients.of_subject("https://evil.example mot-cua") is None
    assert records.clients.of_subject("") is None


def test_ids_and_names_at_the_provider_are_one_clients(records: Records) -> None:
    records.clients.add(PROVINCE)
    with pytest.raises(ClientTaken):
        records.clients.add(replace(PORTAL, id=PROVINCE.id))
    with pytest.raises(ClientTaken):
        records.clients.add(replace(PORTAL, subject=PROVINCE.subject))
    records.clients.add(PORTAL)
    with pytest.raises(ClientTaken):
        records.clients.change(replace(PORTAL, subject=PROVINCE.subject))
    assert records.clients.find(PORTAL.id) == PORTAL
    assert records.clients.find(PROVINCE.id) == PROVINCE


def test_of_two_who_change_a_client_the_second_is_told(records: Records, other: Records) -> None:
    records.clients.add(PROVINCE)
    changed = records.clients.change(replace(PROVINCE, name="Một cửa"))
    assert (changed.version, changed.name) == (2, "Một cửa")
    assert records.clients.find(PROVINCE.id) == changed
    with pytest.raises(RecordChanged):
        other.clients.change(replace(PROVINCE, disabled=True))
    with pytest.raises(NotFound):
        records.clients.change(PORTAL)


def test_every_change_stands_in_the_trail_and_proves_the_record(records: Records) -> None:
    records.clients.add(PROVINCE)
    records.clients.change(replace(PROVINCE, disabled=True))
    entries = [each for each in records.trail.entries(limit=100) if isinstance(each, AuditEntry)]
    mine = [each.deed for each in entries if each.deed.subject == Subject(SubjectKind.CLIENT, PROVINCE.id)]
    assert [each.action for each in mine] == [Action.CLIENT_ADDED, Action.CLIENT_CHANGED]
    assert mine[0].after == mine[1].before != mine[1].after
    assert list(unproven_records(records.proofs)) == []
    with records.engine.begin() as connection:
        connection.execute(sa.text("UPDATE api_clients SET disabled = :no"), {"no": False})
    assert [each.subject.id for each in unproven_records(records.proofs)] == [PROVINCE.id]


# --- tokens ----------------------------------------------------------------------------------------------------------------


def test_a_token_is_good_until_its_end_in_every_process(records: Records, other: Records) -> None:
    records.clients.add(PROVINCE)
    bound = replace(token("x"), certificate="c" * 64)
    records.access_tokens.keep(bound)
    assert other.access_tokens.find(bound.digest, at=NOW) == (bound, PROVINCE)
    assert other.access_tokens.find(bound.digest, at=NOW + HOUR - SECOND) == (bound, PROVINCE)
    assert other.access_tokens.find(bound.digest, at=NOW + HOUR) is None
    assert other.access_tokens.find(token("y").digest, at=NOW) is None


def test_a_token_of_a_client_that_is_shut_is_no_good(records: Records) -> None:
    records.clients.add(PROVINCE)
    records.access_tokens.keep(token("x"))
    shut = records.clients.change(replace(PROVINCE, disabled=True))
    assert records.access_tokens.find(token("x").digest, at=NOW) is None
    open_again = records.clients.change(replace(shut, disabled=False))
    assert records.access_tokens.find(token("x").digest, at=NOW) == (token("x"), open_again)


def test_tokens_end_one_by_one_and_all_of_a_client(records: Records) -> None:
    records.clients.add(PROVINCE)
    records.clients.add(PORTAL)
    tokens = records.access_tokens
    for each in (token("x"), token("y"), token("z"), token("p", client=PORTAL)):
        tokens.keep(each)
    assert not tokens.end(token("x").digest, client=PORTAL.id)  # not its own
    assert tokens.end(token("x").digest, client=PROVINCE.id)
    assert not tokens.end(token("x").digest, client=PROVINCE.id)
    assert tokens.revoke(PROVINCE.id) == 2
    assert [tokens.find(token(each).digest, at=NOW) for each in "xyz"] == [None] * 3
    assert tokens.find(token("p", client=PORTAL).digest, at=NOW) is not None


def test_tokens_that_are_over_do_not_stay(records: Records) -> None:
    records.clients.add(PROVINCE)
    for word, hours in (("x", 0), ("y", 0.5), ("z", 1)):
        records.access_tokens.keep(token(word, issued_at=NOW + hours * HOUR))
    with records.engine.connect() as connection:
        kept = set(connection.scalars(sa.text("SELECT digest FROM access_tokens")))
    assert kept == {token("y").digest, token("z").digest}


# --- answers that are given again -----------------------------------------------------------------------------------------

ANSWER = GivenAnswer(status=201, headers=(("location", "/x"), ("etag", '"1"')), body=b'{"\xc4\x90": "\\u0000"}\0\xff')


def test_a_repeated_request_gets_the_same_answer_in_every_process(records: Records, other: Records) -> None:
    records.clients.add(PROVINCE)
    records.clients.add(PORTAL)
    assert records.given_answers.begin(PROVINCE.id, "key\0 \udc80", request="r", at=NOW, seconds=60) is None
    records.given_answers.finish(PROVINCE.id, "key\0 \udc80", ANSWER)
    again = other.given_answers.begin(PROVINCE.id, "key\0 \udc80", request="r", at=NOW + 23 * HOUR, seconds=60)
    assert again == ANSWER
    # another client's key is another key
    assert other.given_answers.begin(PORTAL.id, "key\0 \udc80", request="r", at=NOW, seconds=60) is None


def test_a_key_stands_for_one_request(records: Records) -> None:
    records.clients.add(PROVINCE)
    answers = records.given_answers
    answers.begin(PROVINCE.id, "key", request="r", at=NOW, seconds=60)
    for _ in ("under way", "answered"):
        with pytest.raises(IdempotencyKeyReused):
            answers.begin(PROVINCE.id, "key", request="another", at=NOW, seconds=60)
        answers.finish(PROVINCE.id, "key", ANSWER)


def test_who_asks_meanwhile_waits_and_a_dead_process_is_not_waited_for(records: Records) -> None:
    records.clients.add(PROVINCE)
    answers = records.given_answers
    answers.begin(PROVINCE.id, "key", request="r", at=NOW, seconds=60)
    with pytest.raises(RequestUnderWay):
        answers.begin(PROVINCE.id, "key", request="r", at=NOW + 59 * SECOND, seconds=60)
    assert answers.begin(PROVINCE.id, "key", request="r", at=NOW + 60 * SECOND, seconds=60) is None
    with pytest.raises(RequestUnderWay):  # taken anew
        answers.begin(PROVINCE.id, "key", request="r", at=NOW + 61 * SECOND, seconds=60)


def test_a_request_that_takes_long_is_not_taken_for_dead_while_its_process_holds_it(records: Records) -> None:
    records.clients.add(PROVINCE)
    answers = records.given_answers
    answers.begin(PROVINCE.id, "key", request="r", at=NOW, seconds=15)
    answers.hold(PROVINCE.id, "key", at=NOW + 10 * SECOND)
    with pytest.raises(RequestUnderWay):
        answers.begin(PROVINCE.id, "key", request="r", at=NOW + 24 * SECOND, seconds=15)
    assert answers.begin(PROVINCE.id, "key", request="r", at=NOW + 25 * SECOND, seconds=15) is None
    answers.finish(PROVINCE.id, "key", ANSWER)
    # a sign of life that comes late does not keep an answer longer
    answers.hold(PROVINCE.id, "key", at=NOW + HOUR)
    assert answers.begin(PROVINCE.id, "key", request="another", at=NOW + 25 * HOUR, seconds=15) is None


def test_a_key_that_made_nothing_is_free_and_one_that_was_answered_stays(records: Records) -> None:
    records.clients.add(PROVINCE)
    answers = records.given_answers
    answers.begin(PROVINCE.id, "key", request="r", at=NOW, seconds=60)
    answers.give_up(PROVINCE.id, "key")
    assert answers.begin(PROVINCE.id, "key", request="another", at=NOW, seconds=60) is None
    answers.finish(PROVINCE.id, "key", ANSWER)
    answers.give_up(PROVINCE.id, "key")
    assert answers.begin(PROVINCE.id, "key", request="another", at=NOW, seconds=60) == ANSWER


def test_of_many_at_the_same_moment_one_makes_it(records: Records) -> None:
    records.clients.add(PROVINCE)
    together = threading.Barrier(4)

    def ask(_: int) -> bool:
        together.wait(10)
        try:
            return records.given_answers.begin(PROVINCE.id, "key", request="r", at=NOW, seconds=60) is None
        except RequestUnderWay:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(ask, range(4))) == [False, False, False, True]


def test_keys_are_forgotten_after_a_day(records: Records) -> None:
    records.clients.add(PROVINCE)
    answers = records.given_answers
    for hours in (0, 1):
        answers.begin(PROVINCE.id, f"key {hours}", request="r", at=NOW + hours * HOUR, seconds=60)
        answers.finish(PROVINCE.id, f"key {hours}", ANSWER)
    assert answers.begin(PROVINCE.id, "key 0", request="r", at=NOW + 24 * HOUR - SECOND, seconds=60) == ANSWER
    assert answers.begin(PROVINCE.id, "key 0", request="another", at=NOW + 24 * HOUR, seconds=60) is None
    assert answers.begin(PROVINCE.id, "key 1", request="r", at=NOW + 24 * HOUR, seconds=60) == ANSWER
