"""Orders with real keys: what was shown is what is signed, and whatever breaks has a name and loses nothing."""

from __future__ import annotations

import datetime as dt
import json
import resource
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.domain.errors import MachineExhausted, NotFound, SohoaError
from pipeline.domain.ids import DocumentId
from pipeline.domain.signature import SignatureLevel, SignerRole, Verdict
from pipeline.domain.signing_errors import (
    AlreadySigned,
    AwaitingEvidence,
    AwaitingTimestamp,
    ClockWrong,
    KeyUnusable,
    ShownDiffers,
    SignerUnavailable,
    SigningStopped,
    SigningVetoed,
    TimestampUnavailable,
)
from pipeline.domain.signing_order import ItemState, OrderState
from pipeline.ports import Area
from pipeline.signing_ports import Signer
from pipeline.usecases.sign_documents import left_to_do, sign_documents, stop_order, veto_document
from pipeline.usecases.sign_keeping import SigningOutcome
from signing.csc_version import CscVersion
from signing.issuing import Identity, Validity, revocation_list
from signing.policy import SigningPolicy
from signing.signer_csc import RemoteCredential, open_csc
from signing.signer_pkcs11 import TokenPlace, open_pkcs11
from signing.signer_pkcs12 import open_pkcs12
from signing.timestamp_server import serve_timestamps
from storage.objects_folder import FolderObjects
from storage.records import open_records
from tests.e2e.papers import keep_papers
from tests.fakes.author import CLERK
from tests.signing import csc_service, softhsm
from tests.signing.pki import DAY, NOW, Pki, policy
from tests.signing.signing_office import Office, SetClock, errors, order

pytestmark = pytest.mark.enable_socket
NOBODY = "http://127.0.0.1:9/"
"""the discard port: nothing answers there"""
OPENSSL = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-out", "/dev/null"]
Open = Callable[..., AbstractContextManager[Signer]]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    clock = SetClock()
    records = open_records(f"sqlite:///{tmp_path / 'sohoa.db'}", clock=clock, author=CLERK)
    yield Office(records, FolderObjects(tmp_path / "archive"), clock)
    records.close()


@pytest.fixture
def documents(office: Office) -> Sequence[DocumentId]:
    return keep_papers(office.records, office.objects, 4)


@pytest.fixture
def key(pki: Pki, official: Identity) -> Open:
    """Give a function that opens the official's key, by default without time stamps."""

    def run(how: SigningPolicy | None = None) -> AbstractContextManager[Signer]:
        return open_pkcs12(pki.key_file(official), b"", policy=how or policy(pki.trust()))

    return run


def test_an_order_signs_all_and_keeps_a_signed_manifest(
    office: Office, documents: Sequence[DocumentId], key: Open, pki: Pki, tmp_path: Path
) -> None:
    shown = {document: office.newest(document).sha256 for document in documents}
    with key() as signer:
        outcomes = office.order(signer, replace(order(documents), shown=shown))
    assert [outcome.document for outcome in outcomes] == list(documents)
    assert errors(outcomes) == [None] * 4
    assert [office.verdict(document, pki) for document in documents] == [(Verdict.VALID, False)] * 4
    assert office.records.orders.pending() == ()
    kept = office.last_order()
    assert kept.manifest
    assert kept.manifest_signature
    with (
        office.objects.local(Area.ARCHIVE, kept.manifest) as listed,
        office.objects.local(Area.ARCHIVE, kept.manifest_signature) as beside,
    ):
        told = json.loads(listed.read_text())["documents"]
        root = tmp_path / "root.pem"
        root.write_bytes(pki.root.pem + pki.issuing.pem)
        checked = subprocess.run(
            [*OPENSSL, "-in", beside, "-content", listed, "-CAfile", root],
            capture_output=True,
            check=False,
        )
    assert checked.returncode == 0, checked.stderr
    assert [(each["document"], each["shown"], each["signed"], each["signer"]) for each in told] == [
        (document, shown[document], office.newest(document).sha256, "Nguyễn Thị Ví Dụ") for document in documents
    ]
    assert {each["at"] for each in told} == {NOW.isoformat()}


def test_what_changed_since_it_was_shown_is_refused_by_name(
    office: Office, documents: Sequence[DocumentId], key: Open
) -> None:
    shown = {document: office.newest(document).sha256 for document in documents}
    with key() as signer:
        office.order(signer, replace(order(documents[1:2]), role=SignerRole.CLERK))
        outcomes = office.order(signer, replace(order(documents), shown=shown))
    assert errors(outcomes) == [ShownDiffers, None, None, None]  # refused first, before any key is used
    assert outcomes[0].document == documents[1]
    assert {version.role for version in office.records.versions.versions(documents[1])} == {None, SignerRole.CLERK}


def test_a_veto_with_its_reason_and_a_document_that_is_not_there(
    office: Office, documents: Sequence[DocumentId], key: Open
) -> None:
    vetoed = replace(order((*documents, DocumentId("d-0"))), vetoes={documents[2]: "sai họ tên"})
    with key() as signer:
        outcomes = {outcome.document: outcome for outcome in office.order(signer, vetoed)}
    assert isinstance(outcomes[documents[2]].error, SigningVetoed)
    assert isinstance(outcomes[DocumentId("d-0")].error, NotFound)
    assert office.newest(documents[2]).number == 1
    assert [(item.state.value, item.reason) for item in office.last_order().items] == [
        ("signed", ""),
        ("signed", ""),
        ("vetoed", "sai họ tên"),
        ("signed", ""),
        ("failed", "record.not_found"),
    ]


def test_stop_and_veto_from_elsewhere_while_it_is_being_signed(
    office: Office, documents: Sequence[DocumentId], key: Open
) -> None:
    orders = office.records.orders

    def interfere(outcome: SigningOutcome) -> None:
        if outcome.document == documents[0]:
            veto_document(office.last_order().id, documents[1], "nhầm hồ sơ", orders=orders, clock=office.clock)
            with pytest.raises(AlreadySigned):
                veto_document(office.last_order().id, documents[0], "too late", orders=orders, clock=office.clock)
        if outcome.document == documents[2]:
            stop_order(office.last_order().id, "mất điện", orders=orders)

    with key() as signer:
        outcomes = sign_documents(
            order(documents),
            signer=signer,
            objects=office.objects,
            library=office.records.library,
            versions=office.records.versions,
            orders=orders,
            clock=office.clock,
            on_document=interfere,
        )
    assert errors(outcomes) == [None, SigningVetoed, None, SigningStopped]
    assert [office.newest(document).number for document in documents] == [2, 1, 2, 1]
    stopped = office.last_order()
    assert (stopped.state, stopped.reason) == (OrderState.STOPPED, "mất điện")
    assert stopped.manifest, "what was signed before the stop is in a signed list, too"


def test_the_same_role_does_not_sign_twice(office: Office, documents: Sequence[DocumentId], key: Open) -> None:
    with key() as signer:
        office.order(signer, order(documents[:1]))
        outcomes = office.order(signer, order(documents))
    assert errors(outcomes) == [AlreadySigned, None, None, None]


def test_without_time_stamp_authority_documents_wait_and_are_completed_later(
    office: Office, documents: Sequence[DocumentId], key: Open, pki: Pki, timestamp_url: str
) -> None:
    with key(policy(pki.trust(), url=NOBODY)) as signer:
        outcomes = office.order(signer, order(documents, SignatureLevel.B_T))
    assert errors(outcomes) == [AwaitingTimestamp] * 4
    assert [office.newest(document).level for document in documents] == [SignatureLevel.B_B] * 4
    assert office.states() == [ItemState.AWAITING_TIMESTAMP] * 4
    assert office.verdict(documents[0], pki) == (Verdict.VALID, False)

    with pytest.raises(TimestampUnavailable):
        office.complete(policy(pki.trust(), url=NOBODY))
    assert office.states() == [ItemState.AWAITING_TIMESTAMP] * 4

    office.clock.time = NOW + dt.timedelta(hours=1)
    completed = office.complete(policy(pki.trust(), url=timestamp_url))
    assert errors(completed) == [None] * 4
    assert office.states() == [ItemState.SIGNED] * 4
    assert [office.verdict(document, pki) for document in documents] == [(Verdict.VALID, True)] * 4
    before, after = office.records.versions.versions(documents[0])[1:]
    with (
        office.objects.local(Area.ARCHIVE, before.sha256) as short,
        office.objects.local(Area.ARCHIVE, after.sha256) as long,
    ):
        assert long.read_bytes().startswith(short.read_bytes())
    assert after.level is SignatureLevel.B_T
    assert office.complete(policy(pki.trust(), url=timestamp_url)) == ()


def test_a_second_authority_takes_over(
    office: Office, documents: Sequence[DocumentId], key: Open, pki: Pki, timestamp_url: str
) -> None:
    two = SigningPolicy(trust=pki.trust(), production=True, timestamp_urls=(NOBODY, timestamp_url))
    with key(two) as signer:
        assert errors(office.order(signer, order(documents, SignatureLevel.B_T))) == [None] * 4
    assert office.verdict(documents[0], pki) == (Verdict.VALID, True)


@pytest.mark.parametrize("level", [SignatureLevel.B_LT, SignatureLevel.B_LTA])
def test_evidence_that_is_not_to_be_had_is_waited_for(
    office: Office, *, documents: Sequence[DocumentId], key: Open, pki: Pki, timestamp_url: str, level: SignatureLevel
) -> None:
    week = Validity(start=NOW - DAY, end=NOW + 7 * DAY)
    silent = replace(pki.trust(), crls=tuple(revocation_list(each, validity=week) for each in (pki.root, pki.issuing)))
    with key(policy(silent, url=timestamp_url)) as signer:
        outcomes = office.order(signer, order(documents[:1], level))
    assert errors(outcomes) == [AwaitingEvidence]
    assert office.newest(documents[0]).level is SignatureLevel.B_T
    assert errors(office.complete(policy(pki.trust(), url=timestamp_url))) == [None]
    assert office.newest(documents[0]).level is level
    assert office.states() == [ItemState.SIGNED]


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_is_wrong_by_a_day_signs_nothing(
    office: Office, *, documents: Sequence[DocumentId], key: Open, pki: Pki, timestamp_url: str, days: int
) -> None:
    office.clock.time = NOW + days * DAY
    how = replace(policy(pki.trust(), url=timestamp_url), now=office.clock.now)
    with key(how) as signer, pytest.raises(ClockWrong) as raised:
        office.order(signer, order(documents, SignatureLevel.B_T))
    assert raised.value.details["theirs"] == NOW.isoformat()
    assert raised.value.details["ours"] == office.clock.time.isoformat()
    assert {office.newest(document).number for document in documents} == {1}
    office.clock.time = NOW + dt.timedelta(minutes=4)
    with key(how) as signer:
        assert errors(office.resume(signer)) == [None] * 4


def test_an_authority_whose_clock_is_wrong_gives_way_to_one_that_is_right(
    office: Office, documents: Sequence[DocumentId], key: Open, pki: Pki, timestamp_url: str
) -> None:
    with serve_timestamps(pki.timestamps(now=lambda: NOW + DAY)) as wrong:
        urls = (wrong, timestamp_url)
        how = SigningPolicy(trust=pki.trust(), production=True, timestamp_urls=urls, now=office.clock.now)
        with key(how) as signer:
            assert errors(office.order(signer, order(documents[:1], SignatureLevel.B_T))) == [None]


def test_unknown_revocation_stops_before_anything_is_signed(
    office: Office, documents: Sequence[DocumentId], key: Open, pki: Pki
) -> None:
    asking = replace(policy(replace(pki.trust(), crls=())), ask_authorities=True)
    with key(asking) as signer, pytest.raises(KeyUnusable) as raised:
        office.order(signer, order(documents))
    assert raised.value.details["reason"] == "TRY_LATER"
    assert office.states() == [ItemState.WAITING] * 4
    with key() as signer:
        assert errors(office.resume(signer)) == [None] * 4


@pytest.mark.tools
def test_a_token_that_is_pulled_out(
    office: Office,
    *,
    documents: Sequence[DocumentId],
    pki: Pki,
    official: Identity,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOFTHSM2_CONF", str(softhsm.configure(tmp_path / "hsm")))
    token = softhsm.make_token("Bút ký")
    token.put(official)
    place = TokenPlace(library=softhsm.LIBRARY, token=token.label)
    with open_pkcs11(place, lambda: softhsm.PIN, policy=policy(pki.trust())) as signer:
        assert errors(office.order(signer, order(documents[:1]))) == [None]
        (tmp_path / "hsm" / "tokens").rename(tmp_path / "hsm" / "pulled out")
        (tmp_path / "hsm" / "tokens").mkdir()
        with pytest.raises(SignerUnavailable) as raised:
            office.order(signer, order(documents[1:]))
    assert raised.value.details["reason"] == "no_token"
    assert office.states() == [ItemState.WAITING] * 3
    (tmp_path / "hsm" / "tokens").rmdir()
    (tmp_path / "hsm" / "pulled out").rename(tmp_path / "hsm" / "tokens")
    with open_pkcs11(place, lambda: softhsm.PIN, policy=policy(pki.trust())) as signer:
        assert errors(office.resume(signer)) == [None] * 3


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("busy", "service_error"), ("breaks_off", "service_error"), ("one_short", "wrong_number_of_signatures")],
)
def test_a_remote_service_that_breaks_down(
    office: Office, *, documents: Sequence[DocumentId], pki: Pki, official: Identity, fault: str, reason: str
) -> None:
    service = csc_service.Service(official)
    with csc_service.serve(service) as url:
        credential = RemoteCredential(
            base_url=f"{url}/v1",
            version=CscVersion.V1,
            credential_id="KEY-1",
            access_token=lambda: csc_service.TOKEN,
            factors=lambda: {"PIN": csc_service.PIN},
        )
        with open_csc(credential, policy=policy(pki.trust())) as signer:
            service.fault = fault
            with pytest.raises(SignerUnavailable) as raised:
                office.order(signer, order(documents))
            assert raised.value.details["reason"] == reason
            assert office.states() == [ItemState.WAITING] * 4
            service.fault = ""
            service.calls.clear()
            assert errors(office.resume(signer)) == [None] * 4
    # one authorisation for the documents, one for their manifest
    assert [number for name, number in service.calls if name == "signatures/signHash"] == [4, 1]


def test_a_full_disk(office: Office, key: Open) -> None:
    """Files of this process end after some bytes, as on a full disk: a signed file is longer than its original."""
    documents = keep_papers(office.records, office.objects, 2, padding=4_000_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    limit = office.newest(documents[0]).size + 1000
    with key() as signer:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            with pytest.raises(SohoaError) as raised:
                office.order(signer, order(documents))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert isinstance(raised.value, MachineExhausted), raised.value
        assert {office.newest(document).number for document in documents} == {1}
        assert errors(office.resume(signer)) == [None] * 2


def test_whoever_goes_on_with_an_order_knows_its_signer(
    office: Office, documents: Sequence[DocumentId], key: Open
) -> None:
    wanted = replace(order(documents), signer="chu-tich")
    with key() as signer:
        office.order(signer, replace(wanted, documents=tuple(documents[:1])))
    assert office.last_order().signer == "chu-tich"


def test_the_manifest_that_alone_is_left_is_made_when_the_same_is_ordered_again(
    office: Office, documents: Sequence[DocumentId], key: Open
) -> None:
    def left() -> tuple[DocumentId, ...]:
        return left_to_do(order(documents), versions=office.records.versions, orders=office.records.orders)

    with key() as signer:
        office.leave_after(4, signer, order(documents))
        assert left() == tuple(documents)
        assert errors(office.order(signer, order(documents))) == [None] * 4
    assert (left(), office.records.orders.pending()) == ((), ())
    assert office.last_order().manifest


def test_another_signer_does_not_go_on_with_an_order(
    office: Office, documents: Sequence[DocumentId], key: Open
) -> None:
    wanted = replace(order(documents), signer="chu-tich")
    with key() as signer:
        office.leave_after(1, signer, wanted)
    (left,) = office.records.orders.pending()
    assert left.signer == "chu-tich"
    office.clock.time += DAY
    with key() as signer:
        office.order(signer, replace(wanted, signer="pho-chu-tich"))
    assert [each.id for each in office.records.orders.pending()] == [left.id]
    assert office.last_order().signer == "pho-chu-tich"
