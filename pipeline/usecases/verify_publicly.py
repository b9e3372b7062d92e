"""What anybody may ask of a result by its code, or by the file that they hold: is it genuine, and is it in force?

Codes can be guessed, so the answer says nothing of whom a result concerns, and a code that was never given has the same answer
as one whose result nobody has signed yet.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.desk_ports import Verdicts
from pipeline.domain.document import DocumentState, StoredDocument
from pipeline.domain.ids import ContentHash
from pipeline.domain.public_check import PublicJudgement, PublicResult, judgement_of
from pipeline.domain.result import Result, ResultCode, result_code
from pipeline.domain.signature import CopyVersion, SignerRole
from pipeline.ports import Area, Clock, CopyVersions, Ledger, Library, ObjectStore, Workers
from pipeline.public_ports import PublicBook
from pipeline.signing_ports import Results, SignatureValidator
from pipeline.text.dossier_code import find_dossier_codes
from pipeline.usecases.kept_judgements import keep_judgement
from pipeline.usecases.stage import recall, remember, stage_key
from pipeline.usecases.validate_signed import validate_file

_NUMBER = re.compile(r"KQ\(?(\d{1,6})\)?/?$")
"""the end of a result's code, also with brackets, as NĐ 45/2020 prints it"""
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_LONGEST = 300
"""signs of what is typed that are looked at: a code, or an address with one"""
_ISSUED_BY = frozenset({SignerRole.OFFICIAL, SignerRole.SEAL, SignerRole.COPY})
"""whose signature makes a result public: a clerk's says only that a scan shows the paper"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicServices:
    """What the public's questions need."""

    results: Results
    library: Library
    versions: CopyVersions
    verdicts: Verdicts
    ledger: Ledger
    objects: ObjectStore
    book: PublicBook
    clock: Clock


def result_code_in(text: str) -> ResultCode | None:
    """Return the result's code that somebody typed or read from a QR code, alone or in an address; None where there is none."""
    plain = "".join(unicodedata.normalize("NFC", text[:_LONGEST]).split()).upper()
    number, dossiers = _NUMBER.search(plain), find_dossier_codes(plain)
    if number is None or len(dossiers) != 1:
        return None
    return result_code(dossiers[0], int(number[1]))


def fingerprint_in(text: str) -> ContentHash | None:
    """Return the SHA-256 that was typed, in whatever grouping; None where it is none."""
    plain = re.sub(r"[\s:]", "", text[:_LONGEST]).lower()
    return ContentHash(plain) if _FINGERPRINT.fullmatch(plain) else None


def look_up_publicly(
    code: ResultCode | None, *, services: PublicServices, fresh_for: dt.timedelta
) -> PublicResult | None:
    """Return what anybody may know of a result; None where there is none, or none that the public may know of.

    The first look of an hour is written into the audit trail before the answer leaves.

    Args:
        code: None where what was typed is no code.
        services: the records.
        fresh_for: how long a judgement of its signatures stands.
    """
    return _public(None if code is None else services.results.find(code), services, fresh_for)


def look_up_file(sha256: ContentHash, *, services: PublicServices, fresh_for: dt.timedelta) -> PublicResult | None:
    """Return what anybody may know of the result of which a file is a state; None where there is none."""
    document = services.book.document_of(sha256)
    return _public(None if document is None else services.results.find(document), services, fresh_for)


def _public(result: Result | None, services: PublicServices, fresh_for: dt.timedelta) -> PublicResult | None:
    if result is None:
        return None
    history, found = services.versions.versions(result.document), services.library.document(result.document)
    if found is None or not _is_public(found[1], history):
        return None
    now = services.clock.now()
    services.book.note(result.document, at=now)
    judged, is_whole = _kept_judgement(history[-1].sha256, services)
    return PublicResult(
        code=result.code,
        state=result.state,
        changed_at=result.changed_at,
        superseded_by=_public_code(result.superseded_by, services),
        newest=history[-1],
        earlier=tuple(each.sha256 for each in reversed(history[:-1])),
        pages=len(found[1].understood.pages),
        judgement=judged,
        is_due=judged is None or not is_whole or now - judged.at >= fresh_for,
    )


def _is_public(document: StoredDocument, history: Sequence[CopyVersion]) -> bool:
    return document.understood.state is not DocumentState.DISPOSED and any(each.role in _ISSUED_BY for each in history)


def _public_code(code: ResultCode | None, services: PublicServices) -> ResultCode | None:
    """Return the code of the result in the place of another, unless nobody has signed that one yet."""
    result = None if code is None else services.results.find(code)
    if result is None:
        return None
    found, history = services.library.document(result.document), services.versions.versions(result.document)
    return code if found is not None and _is_public(found[1], history) else None


def judge_publicly(
    sha256: ContentHash,
    *,
    services: PublicServices,
    workers: Workers,
    validator: SignatureValidator,
    seconds: float,
) -> PublicJudgement:
    """Judge a state of a result as of now and keep what was found, for those who ask until it is judged again.

    Nothing is kept where no signature could be looked at: that says nothing about the file.

    Raises:
        ObjectMissing, ObjectAltered, StoreUnavailable, MachineExhausted: nothing was found, and nothing is kept.
    """
    now = services.clock.now()
    with services.objects.local(Area.ARCHIVE, sha256) as file:
        verdict = validate_file(file, at=now, workers=workers, validator=validator, seconds=seconds)
    judgement = judgement_of(verdict, at=now)
    if not verdict.signatures:
        return judgement  # the reader gave up: a file that is public has been signed
    remember(_judgement_key(sha256, now), judgement, about=[sha256], ledger=services.ledger, objects=services.objects)
    keep_judgement(
        sha256,
        verdict,
        as_of=now,
        verdict_book=services.verdicts,
        ledger=services.ledger,
        objects=services.objects,
    )
    return judgement


def _kept_judgement(sha256: ContentHash, services: PublicServices) -> tuple[PublicJudgement | None, bool]:
    """Return the newest judgement of a file, and whether its signatures came with it: others keep their verdicts alone."""
    kept = services.verdicts.of(sha256)
    if not kept:
        return None, False
    newest = kept[-1]
    key = _judgement_key(sha256, newest.as_of)
    whole = recall(key, PublicJudgement, ledger=services.ledger, objects=services.objects)
    if whole is not None:
        return whole, True
    return PublicJudgement(verdict=newest.verdict, reason=newest.reason, at=newest.at, signatures=()), False


def _judgement_key(sha256: ContentHash, as_of: dt.datetime) -> str:
    return stage_key("public-judgement", "1", sha256, as_of.astimezone(dt.UTC).isoformat())
