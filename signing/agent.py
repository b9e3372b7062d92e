"""The signer's own desktop agent (VGCA and its kind): it fetches the paper, signs it with the person's token, and brings it back.

Nothing that the agent says is believed, its status least of all: what it brought back is looked at. Six checks, each with a name;
what fails one is set aside for somebody to look at and never becomes a version of the paper.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import SuspiciousModification
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from pipeline.domain.agent import AgentOrder
from pipeline.domain.signature import Coverage, SignatureVerdict, Verdict
from pipeline.domain.signing_errors import ReturnQuarantined, SigningFailed
from signing.changes import SIGNING_ONLY
from signing.draft import beside, not_written
from signing.look import Compare, EarlierState, Sameness, compare_states
from signing.signed_pdf import filled_fields
from signing.tickets import is_for
from signing.validate import Validator
from signing.widgets import places_of_fields

CLOCK_SKEW = dt.timedelta(minutes=5)
"""by which the signer's clock may differ from ours"""
_CHUNK = 1 << 20
_LOOK_SECONDS = 30.0
_LARGEST_LOOK = 50_000.0
"""square points that the agent's appearance may take, a tenth of a page: what is drawn there is not compared"""
_DONE = 0
_DEEPEST_ANSWER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAnswer:
    """What the agent says of itself, for the log and for the person; it proves nothing."""

    done: bool
    message: str
    file: str
    """name or address of the file as the agent puts it; empty if it names none"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnChecks:
    """What the checks need from outside."""

    validator: Validator
    is_pdfa: Callable[[Path], bool]
    """says whether a file conforms to PDF/A as the sent one did"""
    compare: Compare = compare_states


def read_answer(text: str) -> AgentAnswer:
    """Read the agent's answer, whose `FileServer` is a text, an object, or JSON within a text.

    Raises:
        SigningFailed: it is no JSON object.
    """
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SigningFailed(reason="agent_answer_unreadable") from error
    if not isinstance(answer, dict):
        raise SigningFailed(reason="agent_answer_unreadable")
    status = answer.get("Status")
    return AgentAnswer(
        done=str(status) == str(_DONE) and not isinstance(status, bool),
        message=str(answer.get("Message") or ""),
        file=_file_named(answer.get("FileServer")),
    )


def _file_named(told: object, depth: int = 0) -> str:
    if depth > _DEEPEST_ANSWER:
        return ""
    if isinstance(told, str):
        try:
            inner = json.loads(told)
        except (ValueError, RecursionError):
            return told
        return _file_named(inner, depth + 1) if isinstance(inner, dict) else told
    if isinstance(told, dict):
        names = (told.get(key) for key in ("FileServer", "FileName", "Url", "URL", "url"))
        return next((_file_named(name, depth + 1) for name in names if name), "")
    return ""


def accept_return(
    returned: Path,
    target: Path,
    *,
    sent: Path,
    order: AgentOrder,
    checks: ReturnChecks,
    quarantine: Path,
    now: dt.datetime,
) -> SignatureVerdict:
    """Move what the agent brought back to `target` if it passes all checks; return the verdict on the new signature.

    Args:
        returned: what was uploaded; gone afterwards.
        target: does not exist unless all is well.
        sent: the bytes that were sent out.
        order: by whose upload ticket it came.
        checks: what the checks need.
        quarantine: folder in which a refused file is kept, with the reason beside it.
        now: moment of the return.

    Raises:
        ReturnQuarantined: a check failed; `reason` names it.
        SigningFailed: disk full, or the like.
    """
    try:
        verdict = _examine(returned, sent, order, checks, now)
        with beside(target) as draft:
            shutil.copyfile(returned, draft)
        returned.unlink()
    except ReturnQuarantined as error:
        put_in_quarantine(returned, order, quarantine, str(error.details["reason"]))
        raise
    except OSError as error:
        raise not_written(error, target) from error
    return verdict


def _examine(returned: Path, sent: Path, order: AgentOrder, checks: ReturnChecks, now: dt.datetime) -> SignatureVerdict:
    if not _extends(returned, sent, order):
        raise ReturnQuarantined(reason="not_an_extension", order=order.order_id)
    try:
        with returned.open("rb") as stream:
            signature = _new_signature(stream, sent)
            field, certificate = signature.field_name, signature.signer_cert.sha256.hex()
            steps = _steps_are_legitimate(signature.reader, sent)
            places = places_of_fields(signature.reader).get(field, [])
    except ReturnQuarantined:
        raise
    except Exception as error:  # whatever a hostile file does to the parser, it is not accepted
        raise ReturnQuarantined(reason="unreadable", order=order.order_id) from error
    verdict = checks.validator.validate(returned, at=now)
    mine = verdict.signatures[-1] if verdict.signatures else None
    if mine is None or mine.coverage is not Coverage.ENTIRE_FILE:
        raise ReturnQuarantined(reason="not_covering", order=order.order_id)
    if certificate not in order.certificates:
        raise ReturnQuarantined(reason="other_signer", order=order.order_id, signer=mine.signer)
    if mine.verdict is not Verdict.VALID:
        raise ReturnQuarantined(reason=mine.reason, order=order.order_id)
    if verdict.verdict is Verdict.INVALID:
        raise ReturnQuarantined(reason=verdict.reason, order=order.order_id)
    if mine.time is None or not order.issued_at - CLOCK_SKEW <= mine.time <= min(now, order.expires_at) + CLOCK_SKEW:
        raise ReturnQuarantined(reason="time_outside_ticket", order=order.order_id)
    if not checks.is_pdfa(returned):
        raise ReturnQuarantined(reason="no_longer_pdfa", order=order.order_id)
    if any((box[2] - box[0]) * (box[3] - box[1]) > _LARGEST_LOOK for _, box in places):
        raise ReturnQuarantined(reason="appearance_too_large", order=order.order_id)
    state = EarlierState(end=sent.stat().st_size, excepted={page: (box,) for page, box in places})
    if not steps or list(checks.compare(returned, [state], _LOOK_SECONDS)) != [Sameness.SAME]:
        raise ReturnQuarantined(reason="pages_changed", order=order.order_id)
    return mine


def _extends(returned: Path, sent: Path, order: AgentOrder) -> bool:
    """Say whether a file begins with exactly the bytes that the order is for, and goes on."""
    running = hashlib.sha256()
    with returned.open("rb") as longer, sent.open("rb") as shorter:
        while expected := shorter.read(_CHUNK):
            if longer.read(len(expected)) != expected:
                return False
            running.update(expected)
        return is_for(order, running.hexdigest()) and bool(longer.read(1))


def _new_signature(stream: BinaryIO, sent: Path) -> EmbeddedPdfSignature:
    """Return the one signature that was added."""
    reader = PdfFileReader(stream, strict=False)
    with sent.open("rb") as before:
        old = {name for name, _, _ in filled_fields(PdfFileReader(before, strict=False))}
    new = [(name, field) for name, _, field in filled_fields(reader) if name not in old]
    if len(new) != 1:
        raise ReturnQuarantined(reason="several_new_signatures" if new else "no_new_signature")
    name, field = new[0]
    return EmbeddedPdfSignature(reader, field.get_object(), name)


def _steps_are_legitimate(reader: PdfFileReader, sent: Path) -> bool:
    """Say whether the agent's own revisions only sign: its signature covers them, and so says nothing about them."""
    with sent.open("rb") as before:
        known = PdfFileReader(before, strict=False).xrefs.total_revisions
    try:
        for revision in range(known, reader.xrefs.total_revisions):
            old, new = (reader.get_historical_resolver(each) for each in (revision - 1, revision))
            SIGNING_ONLY.apply(old, new)
    except (SuspiciousModification, PdfError):
        return False
    return True


def put_in_quarantine(returned: Path, order: AgentOrder, quarantine: Path, reason: str) -> None:
    """Move a refused return into the folder `quarantine`, with the reason beside it."""
    quarantine.mkdir(parents=True, exist_ok=True)
    name = "".join(character for character in order.order_id if character.isalnum() or character in "-_") or "order"
    number = next(n for n in range(1, 1 << 20) if not (quarantine / f"{name}-{n}.pdf").exists())
    kept = quarantine / f"{name}-{number}.pdf"
    shutil.move(returned, kept)
    kept.chmod(0o600)
    note = {"reason": reason, "order": order.order_id, "document_sha256": order.document_sha256}
    kept.with_suffix(".json").write_text(json.dumps(note, ensure_ascii=False, indent=2), encoding="utf-8")
