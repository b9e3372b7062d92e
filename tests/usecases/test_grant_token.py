"""Programs prove who they are and get tokens, and are known by them, against the real records."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pipeline.domain.api_errors import (
    ClientRefused,
    ClientTaken,
    ClientUnproved,
    GrantRefused,
    TokenNeeded,
    TooManyRequests,
)
from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.client import AccessToken, ApiClient, ApiScope, ClientProof, VouchedToken, client_id, digest_of
from pipeline.usecases.grant_token import TokenServices, end_token, grant_token
from pipeline.usecases.keep_clients import add_client, change_client, give_secret, reached_agencies
from pipeline.usecases.know_client import ClientKnowledge, known_client, refuse_elsewhere
from storage.records import Records, open_records
from tests.fakes.author import CLERK
from tests.storage.conftest import SetClock

READ, FILES, EVENTS = ApiScope.DOCUMENTS_READ, ApiScope.FILES_READ, ApiScope.EVENTS_READ
HOUR = dt.timedelta(hours=1)
HERE = "api 10.0.0.7"
CARD, OTHER_CARD = "c" * 64, "d" * 64


@dataclass
class Gate:
    """Where programs come in."""

    records: Records
    clock: SetClock
    secrets: Iterator[str]
    provided: VouchedToken | None = None

    def vouched(self, token: str) -> VouchedToken | None:
        assert token.count(".") == 2
        return self.provided

    @property
    def services(self) -> TokenServices:
        return TokenServices(
            clients=self.records.clients,
            tokens=self.records.access_tokens,
            guard=self.records.sign_in_guard,
            trails=lambda author: self.records.acting(author).trail,
            clock=self.clock,
            secret=lambda: next(self.secrets),
        )

    def client(self, name: str = "mot-cua", *, with_secret: bool = True, **changes: object) -> tuple[ApiClient, str]:
        plain = ApiClient(
            id=client_id(name),
            name="Một cửa",
            agencies=frozenset({""}),
            scopes=frozenset({READ, FILES}),
            created_at=self.clock.now(),
        )
        client = replace(plain, **changes)  # type: ignore[arg-type]
        return add_client(
            client, with_secret=with_secret, clients=self.records.clients, secret=lambda: next(self.secrets)
        )

    def grant(
        self, secret: str, *, name: str = "mot-cua", certificate: str = "", scope: str = "", origin: str = HERE
    ) -> tuple[str, AccessToken]:
        proof = ClientProof(id=name, secret=secret, certificate=certificate)
        return grant_token(proof, scope=scope, origin=origin, lifetime=HOUR, services=self.services)

    def known(self, token: str) -> tuple[AccessToken, ApiClient]:
        knowledge = ClientKnowledge(
            clients=self.records.clients, tokens=self.records.access_tokens, provider=self, clock=self.clock
        )
        return known_client(token, knowledge=knowledge)

    def trail(self) -> list[AuditEntry]:
        return [each for each in self.records.trail.entries(limit=1000) if isinstance(each, AuditEntry)]


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    clock = SetClock()
    records = open_records(f"sqlite:///{tmp_path / 'sohoa.db'}", clock=clock, author=CLERK)
    yield Gate(records, clock, (f"secret-{number}" for number in itertools.count()))
    records.close()


# --- proof -----------------------------------------------------------------------------------------------------------------


def test_who_has_the_secret_gets_a_token_that_nobody_finds_in_the_records(gate: Gate, tmp_path: Path) -> None:
    client, secret = gate.client()
    word, token = gate.grant(secret)
    assert (token.client, token.scopes, token.certificate) == (client.id, client.scopes, "")
    assert token.expires_at - token.issued_at == HOUR
    assert gate.known(word) == (token, client)
    entry = gate.trail()[-1]
    assert (entry.author.name, entry.author.role, entry.author.origin) == ("mot-cua", "client", HERE)
    assert (entry.deed.action, entry.deed.subject.id) == (Action.TOKEN_GIVEN, "mot-cua")
    assert entry.deed.details == {
        "by": "secret",
        "scope": "documents:read files:read",
        "until": token.expires_at.isoformat(),
    }
    kept = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert secret.encode() not in kept
    assert word.encode() not in kept
    assert digest_of(word).encode() in kept


@pytest.mark.parametrize("name", ["mot-cua", "nobody", "", "x\0\udc80", "m" * 10_000])
def test_a_wrong_secret_an_unknown_client_and_a_shut_one_are_refused_alike(gate: Gate, name: str) -> None:
    gate.client()
    shut, secret = gate.client("shut")
    gate.records.clients.change(replace(shut, disabled=True))
    for who, word in ((name, "wrong"), (name, ""), ("shut", secret)):
        with pytest.raises(ClientRefused) as raised:
            gate.grant(word, name=who)
        assert raised.value.details == {}
    last = gate.trail()[-3:]
    assert [each.author.name for each in last] == ["nobody"] * 3
    known = name if name == "mot-cua" else ""
    assert [each.deed.subject.id for each in last] == [known, known, "shut"]
    assert {each.deed.action for each in last} == {Action.TOKEN_REFUSED}


def test_a_client_without_secret_and_certificate_proves_nothing_here(gate: Gate) -> None:
    gate.client(with_secret=False, subject="https://sso.example.vn mot-cua")
    for word in ("", "x"):
        with pytest.raises(ClientRefused):
            gate.grant(word)


@pytest.mark.parametrize(
    ("has_secret", "gives_secret", "presents", "is_let_in"),
    [
        (True, True, CARD, True),
        (True, True, "", False),
        (True, True, OTHER_CARD, False),
        (True, False, CARD, False),
        (False, False, CARD, True),
        (False, False, OTHER_CARD, False),
        (False, False, "", False),
    ],
)
def test_of_a_client_with_a_certificate_everything_has_to_be_proved(
    gate: Gate, *, has_secret: bool, gives_secret: bool, presents: str, is_let_in: bool
) -> None:
    client, secret = gate.client(with_secret=has_secret, certificate=CARD)
    if not is_let_in:
        with pytest.raises(ClientRefused):
            gate.grant(secret if gives_secret else "", certificate=presents)
        return
    word, token = gate.grant(secret if gives_secret else "", certificate=presents)
    assert token.certificate == CARD
    assert gate.known(word) == (token, client)
    refuse_elsewhere(token, client, certificate=CARD)
    for elsewhere in ("", OTHER_CARD):
        with pytest.raises(TokenNeeded):
            refuse_elsewhere(token, client, certificate=elsewhere)


def test_guessing_waits_and_fills_no_trail_and_keeps_nobody_out(gate: Gate) -> None:
    _, secret = gate.client()
    for _ in range(5):
        with pytest.raises(ClientRefused):
            gate.grant("wrong")
    before = len(gate.trail())
    assert "until" in gate.trail()[-1].deed.details
    for _ in range(3):
        with pytest.raises(TooManyRequests) as raised:
            gate.grant("wrong")
        assert raised.value.details == {"seconds": 30}
    assert len(gate.trail()) == before
    gate.grant(secret)  # neither from here
    with pytest.raises(ClientRefused):  # nor is another address kept waiting
        gate.grant("wrong", origin="api 10.0.0.8")
    # people at the same address sign in as before
    assert gate.records.sign_in_guard.admit("lan", "10.0.0.7", at=gate.clock.now()) is None
    gate.clock.time += dt.timedelta(seconds=30)
    with pytest.raises(ClientRefused):
        gate.grant("wrong")


def test_trying_many_names_from_one_address_waits_too(gate: Gate) -> None:
    refusals = []
    for number in range(52):
        with pytest.raises((ClientRefused, TooManyRequests)) as raised:
            gate.grant("wrong", name=f"client-{number}")
        refusals.append(type(raised.value))
    assert refusals == [ClientRefused] * 50 + [TooManyRequests] * 2


# --- what is granted -------------------------------------------------------------------------------------------------------


def test_a_token_has_what_was_asked_for_and_never_more_than_the_client(gate: Gate) -> None:
    client, secret = gate.client()
    assert gate.grant(secret, scope=" files:read ")[1].scopes == {FILES}
    assert gate.grant(secret, scope="files:read documents:read files:read")[1].scopes == client.scopes
    for wrong in ("events:read", "files:read events:read", "everything", "\0"):
        with pytest.raises(GrantRefused) as raised:
            gate.grant(secret, scope=wrong)
        assert raised.value.details == {"problem": "invalid_scope"}
    assert gate.trail()[-1].deed.details == {"problem": "invalid_scope"}
    assert gate.trail()[-1].author.name == "mot-cua"


def test_a_token_is_over_after_its_time_and_when_its_client_says_so(gate: Gate) -> None:
    _, secret = gate.client()
    _, stranger = gate.client("stranger")
    (first, _), (second, _) = gate.grant(secret), gate.grant(secret)
    proof = ClientProof(id="mot-cua", secret=secret)
    assert not end_token(first, ClientProof(id="stranger", secret=stranger), origin=HERE, services=gate.services)
    assert not end_token("never was", proof, origin=HERE, services=gate.services)
    gate.known(first)
    assert end_token(first, proof, origin=HERE, services=gate.services)
    assert gate.trail()[-1].deed.action is Action.TOKENS_ENDED
    with pytest.raises(TokenNeeded):
        gate.known(first)
    gate.known(second)
    with pytest.raises(ClientRefused):
        end_token(second, ClientProof(id="mot-cua", secret="wrong"), origin=HERE, services=gate.services)
    gate.clock.time += HOUR
    with pytest.raises(TokenNeeded):
        gate.known(second)


# --- tokens of a provider --------------------------------------------------------------------------------------------------


def test_a_providers_token_reaches_what_both_allow(gate: Gate) -> None:
    client, _ = gate.client(with_secret=False, subject="https://sso.example.vn mot-cua")
    now = gate.clock.now()
    gate.provided = VouchedToken(
        issuer="https://sso.example.vn",
        client="mot-cua",
        scopes=frozenset({READ, EVENTS}),
        certificate=CARD,
        issued_at=now,
        expires_at=now + HOUR,
    )
    token, known = gate.known("a.b.c")
    assert (known, token.client, token.certificate) == (client, client.id, CARD)
    assert token.scopes == {READ}
    with pytest.raises(TokenNeeded):
        refuse_elsewhere(token, known, certificate="")
    for other in (
        replace(gate.provided, issuer="https://evil.example"),
        replace(gate.provided, client="another"),
        None,
    ):
        gate.provided = other
        with pytest.raises(TokenNeeded):
            gate.known("a.b.c")


def test_a_providers_token_opens_nothing_for_a_client_that_is_shut(gate: Gate) -> None:
    client, _ = gate.client(with_secret=False, subject="https://sso.example.vn mot-cua")
    now = gate.clock.now()
    gate.provided = VouchedToken(
        issuer="https://sso.example.vn",
        client="mot-cua",
        scopes=frozenset({READ}),
        issued_at=now,
        expires_at=now + HOUR,
    )
    gate.known("a.b.c")
    gate.records.clients.change(replace(client, disabled=True))
    with pytest.raises(TokenNeeded):
        gate.known("a.b.c")


# --- keeping clients -------------------------------------------------------------------------------------------------------


def test_a_new_secret_ends_the_one_before_and_its_tokens(gate: Gate) -> None:
    client, secret = gate.client()
    word, _ = gate.grant(secret)
    records = gate.records
    kept, new = give_secret(
        client,
        clients=records.clients,
        tokens=records.access_tokens,
        trail=records.trail,
        secret=lambda: next(gate.secrets),
    )
    assert kept.version == 2
    assert [each.deed.action for each in gate.trail()[-2:]] == [Action.CLIENT_CHANGED, Action.TOKENS_ENDED]
    with pytest.raises(TokenNeeded):
        gate.known(word)
    with pytest.raises(ClientRefused):
        gate.grant(secret)
    gate.known(gate.grant(new)[0])


@pytest.mark.parametrize(
    ("changes", "is_ended"),
    [
        ({"name": "Một cửa mới"}, False),
        ({"scopes": frozenset({READ})}, True),
        ({"agencies": frozenset({"H42.12"})}, True),
        ({"certificate": CARD}, True),
        ({"disabled": True}, True),
    ],
)
def test_tokens_end_with_the_rights_they_stand_for(gate: Gate, changes: dict[str, object], *, is_ended: bool) -> None:
    client, secret = gate.client()
    word, _ = gate.grant(secret)
    records = gate.records
    changed = replace(client, **changes)  # type: ignore[arg-type]
    kept = change_client(client, changed, clients=records.clients, tokens=records.access_tokens, trail=records.trail)
    assert replace(kept, version=1) == changed
    assert (records.access_tokens.find(digest_of(word), at=gate.clock.now()) is None) is is_ended


def test_a_client_that_could_never_show_who_it_is_is_refused(gate: Gate) -> None:
    with pytest.raises(ClientUnproved):
        gate.client(with_secret=False)
    client, _ = gate.client()
    with pytest.raises(ClientUnproved):
        change_client(
            client,
            replace(client, secret_hash=""),
            clients=gate.records.clients,
            tokens=gate.records.access_tokens,
            trail=gate.records.trail,
        )
    with pytest.raises(ClientTaken):
        gate.client()


def test_the_installations_own_papers_may_name_no_agency() -> None:
    assert reached_agencies([], own="") == {""}
    assert reached_agencies([], own="H42") == {"H42", ""}
    assert reached_agencies(["H42", "H43"], own="H42") == {"H42", "H43", ""}
    assert reached_agencies(["H43"], own="H42") == {"H43"}
