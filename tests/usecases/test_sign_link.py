"""Signed addresses: nobody makes, changes or reads one, none outlives its time, and its client has to be one that may ask."""

from __future__ import annotations

import base64
import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.secret_box import KeyedBox
from pipeline.domain.client import ApiClient, ApiScope, ClientId, Purpose
from pipeline.domain.download_errors import LinkRefused
from pipeline.domain.ids import DocumentId, DossierCode, content_hash
from pipeline.domain.owner import AccessBasis
from pipeline.domain.paper_standing import StandingKind
from pipeline.domain.signed_link import FilePart, LinkGrant
from pipeline.usecases.sign_link import LONGEST_TOKEN, link_client, link_token, open_link
from storage.master_keys import MasterKeys, add_master_key, key_id, read_master_keys

NOW = dt.datetime(2026, 11, 22, 8, 0, tzinfo=dt.UTC)
GRANT = LinkGrant(
    id="0199a7c2-6f0e-7000-8000-000000000001",
    client=ClientId("one-stop"),
    document=DocumentId("d-0123456789abcdef01234567"),
    part=FilePart.VERSION,
    version=2,
    sha256=content_hash(b"copy"),
    even_if=StandingKind.REVOKED,
    purpose=Purpose(
        text="Giải quyết hồ sơ cấp phép",
        basis=AccessBasis.DOSSIER,
        requester="Trần Thị Bưởi",
        dossier=DossierCode("H42.12-220801-0001"),
    ),
    expires_at=NOW + dt.timedelta(minutes=5),
)
CLIENT = ApiClient(
    id=ClientId("one-stop"),
    name="Một cửa",
    agencies=frozenset({"H42.12"}),
    scopes=frozenset({ApiScope.FILES_READ}),
    created_at=NOW,
)


def box(key: bytes = b"k" * 32) -> KeyedBox:
    keys = MasterKeys(keys={key_id(key): key}, current=key_id(key))
    return KeyedBox(lambda: keys, file=Path("test.keys"), random_bytes=os.urandom)


class Clients:
    """Implements `pipeline.client_ports.ApiClients`, as far as it is asked."""

    def __init__(self, *clients: ApiClient) -> None:
        self._clients = {each.id: each for each in clients}

    def find(self, client: ClientId) -> ApiClient | None:
        return self._clients.get(client)

    def add(self, client: ApiClient) -> None:
        raise NotImplementedError

    def change(self, client: ApiClient) -> ApiClient:
        raise NotImplementedError

    def of_subject(self, subject: str) -> ApiClient | None:
        raise NotImplementedError

    def every(self) -> Sequence[ApiClient]:
        raise NotImplementedError


def test_an_address_says_to_its_maker_what_it_grants_and_to_nobody_else() -> None:
    token = link_token(GRANT, box=box())
    assert open_link(token, box=box(), at=NOW) == GRANT
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    shown = base64.urlsafe_b64decode(token.rpartition(".")[2] + "==")
    assert b"one-stop" not in shown
    assert "Bưởi".encode() not in shown


def test_the_longest_purpose_still_fits_into_an_address() -> None:
    widest = replace(GRANT.purpose, text="\U0001f4dc" * 300, requester="\U0001f4dc" * 300)
    assert len(link_token(replace(GRANT, purpose=widest), box=box())) <= LONGEST_TOKEN


@pytest.mark.parametrize(("seconds", "is_good"), [(0, True), (299, True), (300, False), (10**6, False)])
def test_it_is_good_until_its_end(seconds: int, is_good: bool) -> None:  # noqa: FBT001 - a row of the table
    token, at = link_token(GRANT, box=box()), NOW + dt.timedelta(seconds=seconds)
    if is_good:
        assert open_link(token, box=box(), at=at) == GRANT
    else:
        with pytest.raises(LinkRefused):
            open_link(token, box=box(), at=at)


TOKEN = link_token(GRANT, box=box())


@given(st.integers(0, len(TOKEN) - 1), st.characters())
def test_a_changed_address_grants_nothing_else(at: int, letter: str) -> None:
    changed = TOKEN[:at] + letter + TOKEN[at + 1 :]
    try:
        assert open_link(changed, box=box(), at=NOW) == GRANT
    except LinkRefused:
        return
    # the last letter of Base64 has bits that say nothing
    assert changed == TOKEN or at == len(TOKEN) - 1


@given(st.text(max_size=200) | st.from_regex(r"k-[0-9a-f]{16}\.[A-Za-z0-9_-]{0,80}", fullmatch=True))
def test_nothing_that_was_not_made_here_is_one(typed: str) -> None:
    with pytest.raises(LinkRefused):
        open_link(typed, box=box(), at=NOW)


def test_another_installation_cannot_make_one() -> None:
    with pytest.raises(LinkRefused):
        open_link(link_token(GRANT, box=box(b"x" * 32)), box=box(), at=NOW)


def test_what_is_sealed_for_another_use_is_none() -> None:
    sealed = box().seal(b"{}", about="account")
    with pytest.raises(LinkRefused):
        open_link(sealed.replace(":", ".").translate(str.maketrans("+/", "-_")).rstrip("="), box=box(), at=NOW)


def test_a_new_key_does_not_end_the_addresses_of_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "secrets.keys"
    keys = KeyedBox(lambda: read_master_keys(file), file=file, random_bytes=os.urandom)
    add_master_key(file, random_bytes=os.urandom, at=NOW)
    before = link_token(GRANT, box=keys)
    add_master_key(file, random_bytes=os.urandom, at=NOW)
    after = link_token(GRANT, box=keys)
    assert before.partition(".")[0] != after.partition(".")[0]
    assert open_link(before, box=keys, at=NOW) == open_link(after, box=keys, at=NOW) == GRANT
    file.unlink()  # both keys are given up
    add_master_key(file, random_bytes=os.urandom, at=NOW)
    with pytest.raises(LinkRefused):
        open_link(before, box=keys, at=NOW)


def test_its_client_is_looked_up_as_it_is_now() -> None:
    assert link_client(GRANT, clients=Clients(CLIENT)) == CLIENT
    assert link_client(GRANT, clients=Clients(CLIENT), caller=CLIENT.id) == CLIENT


@pytest.mark.parametrize(
    "clients",
    [
        Clients(),
        Clients(replace(CLIENT, disabled=True)),
        Clients(replace(CLIENT, scopes=frozenset({ApiScope.DOCUMENTS_READ}))),
        Clients(replace(CLIENT, certificate="ab" * 32)),
    ],
    ids=["removed", "disabled", "scope taken away", "bound to a certificate"],
)
def test_a_client_that_may_not_ask_any_more_fetches_nothing(clients: Clients) -> None:
    with pytest.raises(LinkRefused):
        link_client(GRANT, clients=clients)


def test_another_client_fetches_nothing_by_it() -> None:
    with pytest.raises(LinkRefused):
        link_client(GRANT, clients=Clients(CLIENT), caller=ClientId("somebody-else"))


def test_a_client_that_is_bound_to_a_certificate_fetches_by_that_alone() -> None:
    bound = Clients(replace(CLIENT, certificate="ab" * 32))
    assert link_client(GRANT, clients=bound, certificate="ab" * 32).id == CLIENT.id
    with pytest.raises(LinkRefused):
        link_client(GRANT, clients=bound, certificate="cd" * 32)
