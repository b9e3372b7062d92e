"""What a paper's signatures are worth, as a report: the last judgement that was kept, or a new one where it is asked for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipeline.desk_ports import Verdicts
from pipeline.domain.ids import ContentHash
from pipeline.domain.signature import FileVerdict
from pipeline.ports import Area, Clock, Ledger, ObjectStore, Workers
from pipeline.signing_ports import SignatureValidator
from pipeline.usecases.kept_judgements import keep_judgement, kept_judgement
from pipeline.usecases.validate_signed import validate_file


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingServices:
    """What judging files of the archive needs."""

    objects: ObjectStore
    ledger: Ledger
    verdicts: Verdicts
    workers: Workers
    validator: SignatureValidator
    clock: Clock
    seconds: float
    """for one file"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationReport:
    """A judgement of a file with all that was found."""

    sha256: ContentHash
    judged_at: dt.datetime
    as_of: dt.datetime
    """the moment for which it was judged"""
    verdict: FileVerdict


def validation_report(sha256: ContentHash, *, fresh: bool = False, services: JudgingServices) -> ValidationReport:
    """Return the last judgement of a file; it is judged now where nobody has, where only a verdict was kept, or if `fresh`.

    Raises:
        ObjectMissing, ObjectAltered: the file cannot be judged; that says nothing about its signatures.
        MachineExhausted, StoreUnavailable, StoreRefused, RecordsUnavailable
    """
    known = None if fresh else _kept(sha256, services)
    return known or _judged(sha256, services)


def _kept(sha256: ContentHash, services: JudgingServices) -> ValidationReport | None:
    for newest in services.verdicts.of(sha256)[-1:]:
        found = kept_judgement(sha256, newest.as_of, ledger=services.ledger, objects=services.objects)
        if found is not None:
            return ValidationReport(sha256=sha256, judged_at=newest.at, as_of=newest.as_of, verdict=found)
    return None


def _judged(sha256: ContentHash, services: JudgingServices) -> ValidationReport:
    now = services.clock.now()
    with services.objects.local(Area.ARCHIVE, sha256) as file:
        verdict = validate_file(
            file, at=now, workers=services.workers, validator=services.validator, seconds=services.seconds
        )
    keep_judgement(
        sha256,
        verdict,
        as_of=now,
        verdict_book=services.verdicts,
        ledger=services.ledger,
        objects=services.objects,
    )
    at = max((each.at for each in services.verdicts.of(sha256) if each.as_of == now), default=now)
    return ValidationReport(sha256=sha256, judged_at=at, as_of=now, verdict=verdict)
