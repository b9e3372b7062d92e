"""Signing on pages: the clerk's batch, the official's desk, orders, delegations, results; real keys, real records."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from httpx2 import Response

from app.settings import load_settings
from app.signers import open_signer
from pipeline.domain.account import Role
from pipeline.domain.document import Field, FieldOrigin, FieldState
from pipeline.domain.ids import DocumentId, FieldName
from pipeline.domain.signature import SignatureLevel, SignerRole, Verdict
from pipeline.domain.signing_order import ItemState, OrderId, OrderState
from pipeline.ports import Area
from pipeline.usecases.sign_documents import SigningOrder, sign_documents
from tests.e2e.papers import keep_papers
from tests.signing import softhsm
from tests.signing.office_keys import OfficeKeys, office_keys
from tests.web.conftest import Person, SignIn, sign_in_at
from web.main import open_office
from web.office import Office

pytestmark = pytest.mark.enable_socket
PIN = "kho-doan-4711-khong-lo"
OFFICIAL = "Nguyễn Thị Ví Dụ"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> OfficeKeys:
    return office_keys(tmp_path_factory.mktemp("keys"), name=OFFICIAL, pin=PIN)


@pytest.fixture
def office(tmp_path: Path, keys: OfficeKeys) -> Iterator[Office]:
    """Open an office whose official has a key of his own that asks for a passphrase."""
    environment = {
        "SOHOA_HOME": str(tmp_path / "home"),
        "SOHOA_OFFICE__AGENCY": "H42.12",
        "SOHOA_READING__WORKERS": "1",
        **keys.settings("chu.tich"),
    }
    with open_office(load_settings(environment), with_prefect=False) as opened:
        yield opened


@pytest.fixture
def official(sign_in: SignIn) -> Person:
    return sign_in(Role.OFFICIAL, login="chu.tich", name=OFFICIAL)


@pytest.fixture
def clerk(sign_in: SignIn) -> Person:
    return sign_in(Role.CLERK, login="lan")


@pytest.fixture
def results(office: Office, clerk: Person) -> Sequence[DocumentId]:
    """Three papers that the clerk has put up as results."""
    documents = keep_papers(office.services.records, office.services.objects, 3)
    for document in documents:
        answer = clerk.post(f"/documents/{document}/issue", data="yes")
        assert answer.status_code == 303, answer.text
    return documents


def see(person: Person, document: DocumentId) -> str:
    """Open a paper at the desk and have its pages shown; return what was shown."""
    page = person.browser.get(f"/desk/papers/{document}", headers={"hx-request": "true"})
    assert page.status_code == 200, page.text
    for address in re.findall(r'href="(/documents/[^"]+/pages/\d+\.jpg)"', page.text):
        picture = person.browser.get(address)
        assert picture.status_code == 200
        assert picture.headers["content-type"] == "image/jpeg"
    return page.text


def order(
    person: Person, signing: Sequence[DocumentId], refusing: Sequence[tuple[DocumentId, str]] = (), **form: str
) -> Response:
    rows = [*((each, "sign", "") for each in signing), *((each, "refuse", why) for each, why in refusing)]
    data: dict[str, object] = {"csrf": person.csrf, "signer": "chu_tich", "secret": PIN, **form}
    data |= {name: [row[at] for row in rows] for at, name in enumerate(("row", "decision", "why"))}
    return person.browser.post("/desk/sign", data=data)


def wait_for(office: Office, answer: Response) -> OrderId:
    """Wait until an order that was begun is at an end."""
    assert answer.status_code == 303, answer.text
    order_id = OrderId(answer.headers["location"].rsplit("/", 1)[1])
    until = time.monotonic() + 60
    while office.signing.is_running(order_id):
        assert time.monotonic() < until
        time.sleep(0.05)
    return order_id


def states(office: Office, order_id: OrderId) -> list[ItemState]:
    kept = office.services.orders.load(order_id)
    assert kept
    return [each.state for each in kept.items]


def verdict(office: Office, document: DocumentId) -> Verdict:
    newest = office.services.versions.versions(document)[-1]
    with office.services.objects.local(Area.ARCHIVE, newest.sha256) as file:
        return office.workshop.validator.validate(file, at=dt.datetime.now(dt.UTC)).verdict


def test_what_was_shown_is_signed_and_what_was_vetoed_is_not(
    office: Office, official: Person, results: Sequence[DocumentId]
) -> None:
    shown = see(official, results[0])
    digest = office.services.versions.versions(results[0])[-1].sha256
    assert digest in shown
    assert "coming-look" in shown
    see(official, results[1])
    order_id = wait_for(office, order(official, results[:2], [(results[2], "sai họ tên")]))
    assert states(office, order_id) == [ItemState.SIGNED, ItemState.SIGNED, ItemState.VETOED]
    assert [verdict(office, each) for each in results] == [Verdict.VALID, Verdict.VALID, Verdict.INDETERMINATE]
    kept = office.services.orders.load(order_id)
    assert kept
    assert (kept.account, kept.items[0].shown) == (official.account.id, digest)
    assert kept.state is OrderState.DONE
    page = official.browser.get(f"/orders/{order_id}").text
    assert "sai họ tên" in page
    told = official.browser.get(f"/orders/{order_id}/state").json()
    assert told["signed"] + told["awaiting"] + told["vetoed"] + told["failed"] + told["left"] == told["total"] == 3
    manifest = official.browser.get(f"/orders/{order_id}/manifest.json")
    assert manifest.json()["documents"][0]["shown"] == digest
    assert official.browser.get(f"/orders/{order_id}/manifest.p7s").content[0] == 0x30


def test_nothing_is_signed_that_was_not_shown(office: Office, official: Person, results: Sequence[DocumentId]) -> None:
    see(official, results[0])
    answer = order(official, results)
    assert answer.headers["X-Error-Code"] == "signing.not_shown"
    assert results[1] in answer.text
    assert office.services.signing_queue.orders(official.account.id, limit=5) == ()
    assert [verdict(office, each) for each in results] == [Verdict.INDETERMINATE] * 3


def test_what_somebody_else_was_shown_does_not_count(
    office: Office, official: Person, sign_in: SignIn, results: Sequence[DocumentId]
) -> None:
    see(sign_in(Role.OFFICIAL, login="pho.chu.tich", name="Trần Phó"), results[0])
    answer = order(official, results[:1])
    assert answer.headers["X-Error-Code"] == "signing.not_shown"


def test_a_new_version_has_to_be_shown_again(office: Office, official: Person, results: Sequence[DocumentId]) -> None:
    see(official, results[0])
    sign_as_clerk(office, results[0])
    answer = order(official, results[:1])
    assert answer.headers["X-Error-Code"] == "signing.not_shown"
    see(official, results[0])
    assert states(office, wait_for(office, order(official, results[:1]))) == [ItemState.SIGNED]


def sign_as_clerk(office: Office, document: DocumentId) -> None:
    services = office.services
    wanted = SigningOrder(documents=(document,), role=SignerRole.CLERK, level=SignatureLevel.B_B)
    with open_signer(office.settings, role=SignerRole.CLERK, clock=services.clock) as signer:
        sign_documents(
            wanted,
            signer=signer,
            objects=services.objects,
            library=services.library,
            versions=services.versions,
            orders=services.orders,
            clock=services.clock,
        )


def test_a_wrong_passphrase_signs_nothing_and_the_order_goes_on_with_the_right_one(
    office: Office, official: Person, results: Sequence[DocumentId]
) -> None:
    for each in results:
        see(official, each)
    order_id = wait_for(office, order(official, results, secret="sai"))
    assert states(office, order_id) == [ItemState.WAITING] * 3
    page = official.browser.get(f"/orders/{order_id}")
    assert "sai mật khẩu" in page.text
    again = official.post(f"/orders/{order_id}/resume", secret=PIN)
    assert wait_for(office, again) == order_id
    assert states(office, order_id) == [ItemState.SIGNED] * 3


def test_an_order_is_stopped_and_a_paper_taken_out(
    office: Office, official: Person, results: Sequence[DocumentId]
) -> None:
    for each in results:
        see(official, each)
    order_id = wait_for(office, order(official, results, secret="sai"))
    assert official.post(f"/orders/{order_id}/veto", document=results[0], reason="nhầm hồ sơ").status_code == 303
    assert official.post(f"/orders/{order_id}/stop", reason="").headers["X-Error-Code"] == "web.form_refused"
    assert official.post(f"/orders/{order_id}/stop", reason="hết giờ").status_code == 303
    kept = office.services.orders.load(order_id)
    assert kept
    assert (kept.state, kept.items[0].state) == (OrderState.STOPPED, ItemState.VETOED)
    wait_for(office, official.post(f"/orders/{order_id}/resume", secret=PIN))
    assert states(office, order_id) == [ItemState.VETOED, ItemState.WAITING, ItemState.WAITING]


def test_the_passphrase_is_nowhere(
    office: Office, official: Person, results: Sequence[DocumentId], caplog: pytest.LogCaptureFixture
) -> None:
    for each in results:
        see(official, each)
    answer = order(official, results)
    order_id = wait_for(office, answer)
    pages = [answer.text, official.browser.get(f"/orders/{order_id}").text, official.browser.get("/desk").text]
    failed = order(official, results, signer="không có")
    assert failed.status_code >= 400
    assert all(PIN not in each for each in [*pages, failed.text, caplog.text])
    home = office.settings.home
    for file in home.rglob("*"):
        if file.is_file():
            assert PIN.encode() not in file.read_bytes(), file


def test_an_official_signs_with_anothers_key_only_while_a_delegation_holds(
    office: Office, official: Person, sign_in: SignIn, results: Sequence[DocumentId]
) -> None:
    deputy = sign_in(Role.OFFICIAL, login="pho.chu.tich", name="Trần Phó")
    for each in results:
        see(deputy, each)
    assert order(deputy, results[:1]).headers["X-Error-Code"] == "signing.not_your_key"
    today = dt.datetime.now(dt.timezone(dt.timedelta(hours=7))).date()
    form = {"deputy": "pho.chu.tich", "capacity": "KT", "since": today.isoformat(), "reason": "QĐ 12/QĐ-UBND"}
    assert official.post("/desk/delegations", until=today.isoformat(), **form).status_code == 303
    assert "QĐ 12/QĐ-UBND" in deputy.browser.get("/desk/delegations").text
    order_id = wait_for(office, order(deputy, results[:1]))
    assert states(office, order_id) == [ItemState.SIGNED]
    kept = office.services.orders.load(order_id)
    assert kept
    (given,) = office.services.delegations.of(deputy.account.id)
    assert (kept.account, kept.delegation) == (deputy.account.id, given.id)
    assert "ký thay" in deputy.browser.get(f"/orders/{order_id}").text
    assert official.post(f"/desk/delegations/{given.id}/revoke", reason="đã về").status_code == 303
    assert order(deputy, results[1:2]).headers["X-Error-Code"] == "signing.not_your_key"


def test_a_certificate_of_another_name_is_refused(
    office: Office, sign_in: SignIn, results: Sequence[DocumentId]
) -> None:
    impostor = sign_in(Role.OFFICIAL, login="chu.tich", name="Người Khác")
    see(impostor, results[0])
    order_id = wait_for(office, order(impostor, results[:1]))
    assert states(office, order_id) == [ItemState.WAITING]
    assert OFFICIAL in impostor.browser.get(f"/orders/{order_id}").text
    assert verdict(office, results[0]) is Verdict.INDETERMINATE


def test_what_belongs_to_another_agency_is_not_there(
    office: Office, sign_in: SignIn, official: Person, results: Sequence[DocumentId]
) -> None:
    see(official, results[0])
    order_id = wait_for(office, order(official, results[:1]))
    stranger = sign_in(Role.OFFICIAL, Role.CLERK, login="xa.khac", agency="H42.99")
    digest = office.services.versions.versions(results[0])[-1].sha256
    for path in (
        f"/desk/papers/{results[0]}",
        f"/documents/{results[0]}/versions/{digest}/pages/1.jpg",
        f"/documents/{results[0]}/result",
        f"/documents/{results[0]}/issue",
        f"/orders/{order_id}",
        f"/orders/{order_id}/manifest.json",
        f"/orders/{order_id}/progress",
    ):
        assert stranger.browser.get(path, headers={"hx-request": "true"}).status_code == 404, path
    assert order(stranger, results[1:2]).status_code in {403, 404}
    assert results[1] not in stranger.browser.get("/desk").text


def test_clerks_do_not_sign_at_the_desk_and_displays_of_clerks_are_none(
    office: Office, clerk: Person, results: Sequence[DocumentId]
) -> None:
    assert clerk.browser.get("/desk").status_code == 403
    digest = office.services.versions.versions(results[0])[-1].sha256
    assert clerk.browser.get(f"/documents/{results[0]}/versions/{digest}/pages/1.jpg").status_code == 200
    assert not office.services.displays.seen(clerk.account.id, {results[0]: digest})
    assert clerk.browser.get(f"/documents/{results[0]}/versions/{'0' * 64}/pages/1.jpg").status_code == 404
    assert clerk.browser.get(f"/documents/{results[0]}/versions/{digest}/pages/2.jpg").status_code == 404


def test_a_result_is_withdrawn_or_replaced_with_a_reason(
    office: Office, official: Person, results: Sequence[DocumentId]
) -> None:
    first, second = (office.services.results.find(each) for each in results[:2])
    assert first
    assert second
    assert official.post(f"/documents/{results[0]}/result", reason="").status_code == 400
    assert official.post(f"/documents/{results[0]}/result", reason="cấp sai", by=second.code).status_code == 303
    page = official.browser.get(f"/documents/{results[0]}/result").text
    assert "cấp sai" in page
    assert second.code in page
    assert first.code not in official.browser.get("/desk").text
    assert "cấp sai" in official.browser.get(f"/documents/{results[0]}").text


def _doubtful(office: Office) -> Sequence[DocumentId]:
    name = FieldName("full_name")
    field = Field(
        value="Nguyễn Văn Lạ",
        raw="Nguyễn Văn Lạ",
        confidence=0.4,
        page=1,
        box=None,
        origin=FieldOrigin.OCR,
        state=FieldState.NEEDS_REVIEW,
    )
    return keep_papers(office.services.records, office.services.objects, 2, fields={name: field}, kind="don_de_nghi")


def batch_of(office: Office, document: DocumentId) -> str:
    found = office.services.library.document(document)
    assert found
    return found[0]


def test_a_clerk_signs_the_copies_of_a_batch_at_once(office: Office, clerk: Person) -> None:
    documents = keep_papers(office.services.records, office.services.objects, 3)
    batch = batch_of(office, documents[0])
    page = clerk.browser.get(f"/batches/{batch}/sign")
    assert page.status_code == 200
    assert page.text.count('name="documents"') == 3
    data = {"csrf": clerk.csrf, "role": "copy", "signer": "", "documents": list(documents)}
    order_id = wait_for(office, clerk.browser.post(f"/batches/{batch}/sign", data=data))
    assert set(states(office, order_id)) == {ItemState.SIGNED}
    assert [verdict(office, each) for each in documents] == [Verdict.VALID] * 3
    assert 'name="documents"' not in clerk.browser.get(f"/batches/{batch}/sign").text
    assert clerk.browser.get(f"/batches/{batch}/receipt").status_code == 200


def test_papers_with_doubts_are_signed_only_after_they_were_confirmed(office: Office, clerk: Person) -> None:
    documents = _doubtful(office)
    batch = batch_of(office, documents[0])
    data: dict[str, object] = {"csrf": clerk.csrf, "role": "copy", "documents": list(documents)}
    refused = clerk.browser.post(f"/batches/{batch}/sign", data=data)
    assert refused.headers["X-Error-Code"] == "signing.doubts_left"
    assert documents[0] in refused.text
    order_id = wait_for(office, clerk.browser.post(f"/batches/{batch}/sign", data=data | {"confirmed": "yes"}))
    assert states(office, order_id) == [ItemState.SIGNED] * 2


def test_a_paper_with_doubts_is_no_result_yet(office: Office, clerk: Person) -> None:
    (document, _) = _doubtful(office)
    assert clerk.post(f"/documents/{document}/issue", anyway="yes").headers["X-Error-Code"] == "result.refused"
    assert office.services.results.find(document) is None


def test_the_coming_look_is_drawn(office: Office, official: Person, results: Sequence[DocumentId]) -> None:
    picture = official.browser.get(f"/desk/papers/{results[0]}/look.png?signer=chu_tich")
    assert (picture.status_code, picture.content[:4]) == (200, b"\x89PNG")


def test_a_second_factor_is_needed(office: Office, sign_in: SignIn) -> None:
    person = sign_in(Role.CLERK, login="chu.tich")
    promoted = replace(person.account, roles=frozenset({Role.CLERK, Role.OFFICIAL}))
    office.services.accounts.change(promoted, version=person.account.version)
    assert person.browser.get("/desk").status_code == 303
    assert person.browser.post("/desk/sign", data={}).status_code == 403


def test_a_token_signs_with_one_pin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: OfficeKeys) -> None:
    """SoftHSM stands for an official's token."""
    monkeypatch.setenv("SOFTHSM2_CONF", str(softhsm.configure(tmp_path / "hsm")))
    softhsm.make_token("Bút ký").put(keys.identity)
    environment = {
        "SOHOA_HOME": str(tmp_path / "token-home"),
        "SOHOA_READING__WORKERS": "1",
        "SOHOA_SIGNING__TRUST_FOLDER": str(keys.trust),
        "SOHOA_SIGNERS__BUT__KIND": "pkcs11",
        "SOHOA_SIGNERS__BUT__MODULE": str(softhsm.LIBRARY),
        "SOHOA_SIGNERS__BUT__TOKEN": "Bút ký",
        "SOHOA_SIGNERS__BUT__ROLES": "official",
        "SOHOA_SIGNERS__BUT__ACCOUNTS": "chu.tich",
    }
    with open_office(load_settings(environment), with_prefect=False) as office:
        sign_in = sign_in_at(office)
        person = sign_in(Role.OFFICIAL, login="chu.tich", name=OFFICIAL)
        clerk = sign_in(Role.CLERK, login="lan")
        documents = keep_papers(office.services.records, office.services.objects, 2)
        for document in documents:
            assert clerk.post(f"/documents/{document}/issue").status_code == 303
            see(person, document)
        order_id = wait_for(office, order(person, documents, signer="but", secret="000000"))
        assert states(office, order_id) == [ItemState.WAITING] * 2
        assert "sai mã PIN" in person.browser.get(f"/orders/{order_id}").text
        wait_for(office, person.post(f"/orders/{order_id}/resume", secret=softhsm.PIN))
        assert states(office, order_id) == [ItemState.SIGNED] * 2
        assert [verdict(office, each) for each in documents] == [Verdict.VALID] * 2
