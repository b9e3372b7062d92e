"""The signer's own desktop agent: tickets, and what becomes of what an honest and what a cheating agent brings back."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pikepdf.pdfa
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from pipeline.domain.agent import AgentOrder, TicketUse
from pipeline.domain.ids import ContentHash
from pipeline.domain.signature import SignerRole, Verdict
from pipeline.domain.signing_errors import ReturnQuarantined, SigningFailed, TicketRefused
from signing.agent import ReturnChecks, accept_return, read_answer
from signing.issuing import Identity, Usage, Validity
from signing.tickets import LIFETIME, is_for, issue_tickets, redeem
from signing.validate import Validator
from tests.fakes.tickets import MemoryTicketBook
from tests.signing.desktop_agent import Agent, fingerprint
from tests.signing.pki import DAY, LONG, NOW, Pki
from tests.signing.test_forgeries import annotation, appended, content_in_place, other_content

MINUTE = dt.timedelta(minutes=1)
BACK = NOW + 2 * MINUTE


def is_pdfa(path: Path) -> bool:
    return not any(finding.kind == "violation" for finding in pikepdf.pdfa.validate_written(path, "2b").findings)


@pytest.fixture
def order(pdf: Path, official: Identity) -> AgentOrder:
    return AgentOrder(
        order_id="o-1",
        document_sha256=ContentHash(hashlib.sha256(pdf.read_bytes()).hexdigest()),
        role=SignerRole.OFFICIAL,
        certificates=frozenset({fingerprint(official)}),
        issued_at=NOW,
        expires_at=NOW + LIFETIME,
    )


@pytest.fixture
def agent(official: Identity) -> Agent:
    return Agent(identity=official, at=NOW + MINUTE)


@pytest.fixture
def bring_back(pki: Pki, pdf: Path, order: AgentOrder, tmp_path: Path) -> Callable[..., Path]:
    def run(data: bytes, now: dt.datetime = BACK, order: AgentOrder = order) -> Path:
        (returned := tmp_path / "returned.pdf").write_bytes(data)
        target = tmp_path / "accepted.pdf"
        checks = ReturnChecks(validator=Validator(trust=pki.trust()), is_pdfa=is_pdfa)
        verdict = accept_return(
            returned, target, sent=pdf, order=order, checks=checks, quarantine=tmp_path / "aside", now=now
        )
        assert (verdict.verdict, verdict.signer) == (Verdict.VALID, "Nguyễn Thị Ví Dụ")
        assert not returned.exists()
        return target

    return run


BringBack = Callable[..., Path]


def refused(bring_back: BringBack, data: bytes, tmp_path: Path, **changes: object) -> str:
    with pytest.raises(ReturnQuarantined) as caught:
        bring_back(data, **changes)
    reason = str(caught.value.details["reason"])
    assert not (tmp_path / "accepted.pdf").exists()
    assert not (tmp_path / "returned.pdf").exists()
    (kept,) = (tmp_path / "aside").glob("*.pdf")
    assert kept.read_bytes() == data
    assert json.loads(kept.with_suffix(".json").read_text())["reason"] == reason
    return reason


def test_an_honest_agent(bring_back: BringBack, agent: Agent, pdf: Path) -> None:
    signed = agent.sign(pdf.read_bytes())
    assert bring_back(signed).read_bytes() == signed


def test_a_second_signer_with_an_agent(bring_back: BringBack, agent: Agent, pki: Pki, pdf: Path) -> None:
    pdf.write_bytes(Agent(identity=pki.signer("Trần Văn Mẫu"), at=NOW).sign(pdf.read_bytes(), "First"))
    order = AgentOrder(
        order_id="o-2",
        document_sha256=ContentHash(hashlib.sha256(pdf.read_bytes()).hexdigest()),
        role=SignerRole.OFFICIAL,
        certificates=frozenset({fingerprint(agent.identity)}),
        issued_at=NOW,
        expires_at=NOW + LIFETIME,
    )
    bring_back(agent.sign(pdf.read_bytes()), order=order)


def javascript(writer: IncrementalPdfFileWriter) -> None:
    action = {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): generic.pdf_string("app.alert(1)")}
    writer.root[pdf_name("/OpenAction")] = generic.DictionaryObject(action)
    writer.update_root()


def stamp(writer: IncrementalPdfFileWriter) -> None:
    """An annotation over the content."""
    reference = writer.find_page_for_modification(0)[0]
    reference.get_object()[pdf_name("/Annots")] = generic.ArrayObject()
    writer.mark_update(reference)
    annotation(writer)


@pytest.mark.parametrize("tamper", [other_content, content_in_place, stamp, javascript])
def test_a_change_hidden_under_the_new_signature(
    bring_back: BringBack, agent: Agent, pdf: Path, tmp_path: Path, tamper: Callable[..., None]
) -> None:
    signed = replace(agent, tamper=tamper).sign(pdf.read_bytes())
    assert refused(bring_back, signed, tmp_path) in {"pages_changed", "no_longer_pdfa"}


def test_a_change_in_a_revision_before_the_signature(
    bring_back: BringBack, agent: Agent, pdf: Path, tmp_path: Path
) -> None:
    signed = agent.sign(appended(pdf.read_bytes(), other_content))
    assert refused(bring_back, signed, tmp_path) == "pages_changed"


def test_a_change_after_the_signature(bring_back: BringBack, agent: Agent, pdf: Path, tmp_path: Path) -> None:
    signed = appended(agent.sign(pdf.read_bytes()), other_content)
    assert refused(bring_back, signed, tmp_path) == "not_covering"


def test_an_appearance_over_the_page(bring_back: BringBack, agent: Agent, pdf: Path, tmp_path: Path) -> None:
    signed = replace(agent, box=(0, 0, 595, 842)).sign(pdf.read_bytes())
    assert refused(bring_back, signed, tmp_path) == "appearance_too_large"


def test_another_document(bring_back: BringBack, agent: Agent, pdf: Path, tmp_path: Path) -> None:
    changed = bytearray(pdf.read_bytes())
    changed[12] ^= 1  # in the comment of the second line
    assert refused(bring_back, agent.sign(bytes(changed)), tmp_path) == "not_an_extension"


@pytest.mark.parametrize("change", [lambda data: data, lambda data: data[:-1], lambda _: b""])
def test_nothing_added(bring_back: BringBack, pdf: Path, tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    assert refused(bring_back, change(pdf.read_bytes()), tmp_path) == "not_an_extension"


def test_no_signature(bring_back: BringBack, pdf: Path, tmp_path: Path) -> None:
    assert refused(bring_back, appended(pdf.read_bytes(), other_content), tmp_path) == "no_new_signature"
    assert refused_again(bring_back, pdf.read_bytes() + b"\n%junk", tmp_path) in {"no_new_signature", "unreadable"}


def refused_again(bring_back: BringBack, data: bytes, tmp_path: Path) -> str:
    with pytest.raises(ReturnQuarantined) as caught:
        bring_back(data)
    assert len(list((tmp_path / "aside").glob("*.pdf"))) == 2  # the first is still there
    return str(caught.value.details["reason"])


def test_two_signatures(bring_back: BringBack, agent: Agent, pdf: Path, tmp_path: Path) -> None:
    signed = agent.sign(agent.sign(pdf.read_bytes()), "VGCA-2")
    assert refused(bring_back, signed, tmp_path) == "several_new_signatures"


def test_somebody_else_s_signature(bring_back: BringBack, agent: Agent, pki: Pki, pdf: Path, tmp_path: Path) -> None:
    """Of the same name, by the same authority: the certificate counts."""
    other = replace(agent, identity=pki.signer("Nguyễn Thị Ví Dụ"))
    assert refused(bring_back, other.sign(pdf.read_bytes()), tmp_path) == "other_signer"


@pytest.mark.parametrize("minutes", [-10, 20])
def test_a_time_that_is_not_the_ticket_s(
    bring_back: BringBack, agent: Agent, pdf: Path, tmp_path: Path, minutes: int
) -> None:
    signed = replace(agent, at=NOW + minutes * MINUTE).sign(pdf.read_bytes())
    assert refused(bring_back, signed, tmp_path) == "time_outside_ticket"


@pytest.mark.parametrize(
    ("usage", "validity", "reason"),
    [
        (Usage.SIGNATURE, Validity(start=LONG.start, end=NOW - DAY), "OUT_OF_BOUNDS_NO_POE"),
        (Usage.TLS_SERVER, LONG, "CHAIN_CONSTRAINTS_FAILURE"),
    ],
)
def test_a_certificate_that_is_not_good(  # noqa: PLR0917 -- fixtures
    bring_back: BringBack,
    agent: Agent,
    order: AgentOrder,
    pki: Pki,
    pdf: Path,
    tmp_path: Path,
    usage: Usage,
    validity: Validity,
    reason: str,
) -> None:
    identity = pki.signer(usage=usage, validity=validity)
    own = replace(order, certificates=frozenset({fingerprint(identity)}))
    assert refused(bring_back, replace(agent, identity=identity).sign(pdf.read_bytes()), tmp_path, order=own) == reason


def test_a_broken_signature(bring_back: BringBack, agent: Agent, pdf: Path, tmp_path: Path) -> None:
    signed = bytearray(agent.sign(pdf.read_bytes()))
    signed[signed.rindex(b"(VGCA)") + 1] ^= 1  # in the name within the signature dictionary
    assert refused(bring_back, bytes(signed), tmp_path) == "HASH_FAILURE"


def test_hostile_garbage_behind_the_paper(bring_back: BringBack, pdf: Path, tmp_path: Path) -> None:
    garbage = b"\nxref\n0 1\ntrailer\n<</Root 1 0 R/Prev 99999999>>\nstartxref\n5\n%%EOF"
    assert refused(bring_back, pdf.read_bytes() + garbage, tmp_path) in {"unreadable", "no_new_signature"}


# --- tickets ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def secret() -> Callable[[], str]:
    numbers = itertools.count()
    return lambda: f"secret-{next(numbers)}"


def test_a_ticket_is_for_one_use(order: AgentOrder, secret: Callable[[], str]) -> None:
    book = MemoryTicketBook()
    pair = issue_tickets(order, book=book, secret=secret)
    for text, use in ((pair.download, TicketUse.DOWNLOAD), (pair.upload, TicketUse.UPLOAD)):
        assert redeem(text, use, book=book, now=BACK) == order
        with pytest.raises(TicketRefused) as caught:
            redeem(text, use, book=book, now=BACK)
        assert caught.value.details["reason"] == "used"


def test_tickets_that_are_not_good(order: AgentOrder, secret: Callable[[], str]) -> None:
    book = MemoryTicketBook()
    pair = issue_tickets(order, book=book, secret=secret)

    def reason(text: str, use: TicketUse, now: dt.datetime) -> object:
        with pytest.raises(TicketRefused) as caught:
            redeem(text, use, book=book, now=now)
        return caught.value.details["reason"]

    assert reason("guessed", TicketUse.UPLOAD, BACK) == "unknown"
    assert reason(pair.download, TicketUse.UPLOAD, BACK) == "unknown"  # not for this
    assert reason(pair.download, TicketUse.DOWNLOAD, NOW + LIFETIME) == "expired"
    assert reason(pair.upload, TicketUse.UPLOAD, NOW - MINUTE) == "expired"


def test_a_ticket_is_for_its_bytes_and_tells_nobody_its_secret(order: AgentOrder, secret: Callable[[], str]) -> None:
    book = MemoryTicketBook()
    pair = issue_tickets(order, book=book, secret=secret)
    assert is_for(order, order.document_sha256)
    assert not is_for(order, "0" * 64)
    assert "secret-" not in repr(pair) + repr(book.__dict__)


def test_tickets_of_the_day_before_yesterday_are_forgotten(order: AgentOrder, secret: Callable[[], str]) -> None:
    book = MemoryTicketBook()
    old = issue_tickets(order, book=book, secret=secret)
    issue_tickets(
        replace(order, issued_at=NOW + 2 * DAY, expires_at=NOW + 2 * DAY + LIFETIME), book=book, secret=secret
    )
    with pytest.raises(TicketRefused) as caught:
        redeem(old.upload, TicketUse.UPLOAD, book=book, now=BACK)
    assert caught.value.details["reason"] == "unknown"


@pytest.mark.parametrize(
    "told",
    ['"ky.pdf"', '{"FileName": "ky.pdf"}', '"{\\"FileServer\\": \\"ky.pdf\\"}"', '{"FileServer": {"Url": "ky.pdf"}}'],
)
def test_every_form_of_the_agent_s_answer_is_read(told: str) -> None:
    answer = read_answer(f'{{"Status": 0, "Message": "OK", "FileServer": {told}}}')
    assert (answer.done, answer.message, answer.file) == (True, "OK", "ky.pdf")


@pytest.mark.parametrize("status", ["1", "-1", "null", '"0x"', "false", "[]"])
def test_only_zero_means_done(status: str) -> None:
    assert not read_answer(f'{{"Status": {status}}}').done


@pytest.mark.parametrize("text", ["", "hello", "[1]", "[" * 100_000])
def test_answers_that_are_none(text: str) -> None:
    with pytest.raises(SigningFailed):
        read_answer(text)
