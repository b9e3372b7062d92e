"""Signing with the signer's own desktop agent: hand a paper out, let it be fetched, take it back once it has passed every check.

The two tickets go into addresses that the agent calls; the HTTP side does nothing but pass them on.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import secrets
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.services import Services
from app.settings import Settings
from pipeline.assemble.conformance import conforms
from pipeline.domain.agent import AgentOrder, TicketUse
from pipeline.domain.errors import Kind, NotFound, SohoaError
from pipeline.domain.ids import ContentHash, DocumentId
from pipeline.domain.signature import CopyVersion, SignatureLevel, SignatureVerdict, SignerRole
from pipeline.domain.signing_errors import AlreadySigned, ReturnQuarantined, ShownDiffers
from pipeline.ports import Area, Workers
from pipeline.usecases.sign_documents import unsigned_by
from signing.agent import ReturnChecks, accept_return, put_in_quarantine
from signing.tickets import LIFETIME, TicketPair, issue_tickets, redeem
from signing.validate import Validator

_SECRET_BYTES = 32
_UNREADABLE = "unreadable"


def quarantine_folder(settings: Settings) -> Path:
    """Return where refused returns are kept, each with its reason beside it."""
    return settings.home / "quarantine"


def hand_out(
    document: DocumentId,
    role: SignerRole,
    certificates: frozenset[str],
    *,
    shown: ContentHash,
    services: Services,
    secret: Callable[[], str] = lambda: secrets.token_urlsafe(_SECRET_BYTES),
) -> TicketPair:
    """Return tickets by which a person's agent may fetch a paper and bring it back signed.

    Args:
        document: the paper.
        role: in which the person signs.
        certificates: SHA-256 of each certificate by which the logged-in person may sign, hexadecimal digits.
        shown: digest of the version that the person was shown.
        services: keep tickets and papers.
        secret: gives a text of at least 128 bits of chance each time.

    Raises:
        NotFound, AlreadySigned
        ShownDiffers: the newest version is another.
    """
    history = services.versions.versions(document)
    if not history:
        raise NotFound(what="document", id=document)
    if not unsigned_by(role, [document], versions=services.versions):
        raise AlreadySigned(document=document, role=role.value)
    if history[-1].sha256 != shown:
        raise ShownDiffers(document=document, shown=shown, now=history[-1].sha256)
    now = services.clock.now()
    order = AgentOrder(
        order_id=document,
        document_sha256=shown,
        role=role,
        certificates=certificates,
        issued_at=now,
        expires_at=now + LIFETIME,
    )
    return issue_tickets(order, book=services.tickets, secret=secret)


@contextlib.contextmanager
def fetch(ticket: str, *, services: Services) -> Iterator[Path]:
    """Give the bytes that a download ticket is for; the ticket is worth nothing afterwards.

    Raises:
        TicketRefused, ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused
    """
    order = redeem(ticket, TicketUse.DOWNLOAD, book=services.tickets, now=services.clock.now())
    with services.objects.local(Area.ARCHIVE, order.document_sha256) as file:
        yield file


@dataclass(frozen=True, slots=True, kw_only=True)
class _Return:
    """A file that came back, to be looked at where it can do no harm."""

    returned: Path
    target: Path
    sent: Path
    order: AgentOrder
    checks: ReturnChecks
    quarantine: Path
    now: dt.datetime


def _accept(task: _Return) -> SignatureVerdict:
    return accept_return(
        task.returned,
        task.target,
        sent=task.sent,
        order=task.order,
        checks=task.checks,
        quarantine=task.quarantine,
        now=task.now,
    )


def take_back(
    ticket: str, returned: Path, *, validator: Validator, workers: Workers, services: Services
) -> CopyVersion:
    """Keep what an agent brought back as the paper's next version if it passes all checks; `returned` is gone afterwards.

    It is looked at in a child process: one that takes the process with it, or all its time, is set aside like any other.

    Raises:
        TicketRefused: nothing was looked at.
        ReturnQuarantined: a check failed; the file is kept aside, `sohoa quarantine` shows it.
        ShownDiffers, AlreadySigned: in the meantime the paper got another version.
    """
    now = services.clock.now()
    order = redeem(ticket, TicketUse.UPLOAD, book=services.tickets, now=now)
    document = DocumentId(order.order_id)
    with tempfile.TemporaryDirectory(prefix="sohoa-return-") as folder:
        target = Path(folder) / "accepted.pdf"
        with services.objects.local(Area.ARCHIVE, order.document_sha256) as sent:
            task = _Return(
                returned=returned,
                target=target,
                sent=sent,
                order=order,
                checks=ReturnChecks(validator=validator, is_pdfa=conforms),
                quarantine=quarantine_folder(services.settings),
                now=now,
            )
            verdict = _judged(task, workers=workers, seconds=services.settings.reading.document_seconds)
        newest = services.versions.versions(document)[-1]
        if newest.sha256 != order.document_sha256:
            raise ShownDiffers(document=document, shown=order.document_sha256, now=newest.sha256)
        with target.open("rb") as stream:
            kept = services.objects.put(Area.ARCHIVE, stream)
    version = CopyVersion(
        number=newest.number + 1,
        sha256=kept.sha256,
        size=kept.size,
        created_at=now,
        role=order.role,
        level=_level(verdict),
        signer=verdict.signer,
    )
    services.versions.add(document, version)
    return version


def _judged(task: _Return, *, workers: Workers, seconds: float) -> SignatureVerdict:
    ((_, result),) = workers.map(_accept, [task], seconds=seconds)
    if not isinstance(result, SohoaError):
        return result
    if result.kind is not Kind.BAD_INPUT or not task.returned.exists():
        raise result
    put_in_quarantine(task.returned, task.order, task.quarantine, _UNREADABLE)
    raise ReturnQuarantined(reason=_UNREADABLE, order=task.order.order_id) from result


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A refused return."""

    file: Path
    document: str
    reason: str
    at: dt.datetime


def set_aside(settings: Settings) -> list[SetAside]:
    """Return what is in quarantine, oldest first."""
    found = []
    for note in quarantine_folder(settings).glob("*.json"):
        told = json.loads(note.read_text(encoding="utf-8"))
        moment = dt.datetime.fromtimestamp(note.stat().st_mtime, dt.UTC)
        found.append(SetAside(file=note.with_suffix(".pdf"), document=told["order"], reason=told["reason"], at=moment))
    return sorted(found, key=lambda each: (each.at, each.file))


def _level(verdict: SignatureVerdict) -> SignatureLevel:
    return SignatureLevel.B_T if verdict.time_proven else SignatureLevel.B_B
