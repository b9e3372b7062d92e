"""Take a result over from the national portal's depository, so that nobody is asked for it again.

Its bytes have to be those that were offered and its signatures valid; then it comes in like any file, and is kept as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.connector_ports import NationalDepository
from pipeline.domain.batch import ReceivedBatch
from pipeline.domain.exchange import OfferedResult, OtherSystem, ResultQuestion
from pipeline.domain.exchange_errors import ConnectorGarbled, OfferRefused
from pipeline.domain.ids import DossierCode, SourceName, derived_id
from pipeline.domain.intake import Channel, FileState, Intake, IntakeFile, IntakeId, IntakeState, Lane
from pipeline.domain.signature import FileVerdict, Verdict
from pipeline.domain.source import ReceivedSource
from pipeline.intake_ports import Intakes
from pipeline.ports import Area, BatchRecords, Clock, ObjectStore, Workers
from pipeline.signing_ports import SignatureValidator
from pipeline.usecases.ask_systems import Asker
from pipeline.usecases.export_layout import safe_name
from pipeline.usecases.receive_batch import receive_sources
from pipeline.usecases.validate_signed import validate_file


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOverServices:
    """What taking over needs."""

    depository: NationalDepository
    objects: ObjectStore
    batches: BatchRecords
    intakes: Intakes
    """say of a batch how it came in"""
    workers: Workers
    validator: SignatureValidator
    clock: Clock
    seconds: float
    """for judging a file's signatures"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """A result that came in: its batch is digitized like any other."""

    batch: ReceivedBatch
    result: OfferedResult
    verdict: FileVerdict


def look_up_results(
    question: ResultQuestion, *, dossier: DossierCode, depository: NationalDepository, asker: Asker
) -> Sequence[OfferedResult]:
    """Return the results that an owner has in the national depository, for a dossier of theirs.

    Raises:
        ConnectorNotSet, ConnectorUnavailable, ConnectorRefused, ConnectorGarbled, RecordsUnavailable
    """
    asker.note(OtherSystem.DEPOSITORY, part="look_up", dossier=dossier)
    return depository.look_up(question)


def take_over_result(
    code: str, question: ResultQuestion, *, dossier: DossierCode, agency: str, services: TakeOverServices, asker: Asker
) -> TakenOver:
    """Fetch a result, judge it, and receive it as a batch of `dossier`; the same result again is the same batch.

    Raises:
        OfferRefused: nobody offers a result of this code, or its signatures are not valid; nothing enters the archive.
        ConnectorNotSet, ConnectorUnavailable, ConnectorRefused, ConnectorGarbled
        DocumentDisposed, ObjectLeaving, StoreUnavailable, StoreRefused, RecordsUnavailable, MachineExhausted
    """
    offers = look_up_results(question, dossier=dossier, depository=services.depository, asker=asker)
    offered = next((each for each in offers if each.code == code), None)
    if offered is None:
        raise OfferRefused(code=code, reason="not_offered")
    began = services.clock.now()
    asker.note(OtherSystem.DEPOSITORY, part="fetch", dossier=dossier, result=code, sha256=offered.sha256)
    with services.depository.fetch(offered) as stream:
        stored = services.objects.put(Area.INCOMING, stream)
    if stored.sha256 != offered.sha256:
        raise ConnectorGarbled(name=OtherSystem.DEPOSITORY.value, reason="digest")
    with services.objects.local(Area.INCOMING, stored.sha256) as file:
        verdict = validate_file(
            file, at=began, workers=services.workers, validator=services.validator, seconds=services.seconds
        )
    if verdict.verdict is not Verdict.VALID:
        raise OfferRefused(code=code, reason=f"{verdict.verdict.value} {verdict.reason}".strip())
    source = ReceivedSource(name=SourceName(f"{safe_name(code)}.pdf"), sha256=stored.sha256, size=stored.size)
    batch = receive_sources(
        [source],
        lambda each: services.objects.open(Area.INCOMING, each.sha256),
        dossier=dossier,
        agency=agency,
        began=began,
        objects=services.objects,
        batches=services.batches,
    )
    services.intakes.open(*_as_intake(batch, source, at=began))
    return TakenOver(batch=batch, result=offered, verdict=verdict)


def _as_intake(batch: ReceivedBatch, source: ReceivedSource, *, at: dt.datetime) -> tuple[Intake, list[IntakeFile]]:
    """Return what was taken over as an intake that is over, so that the batch's receipt tells where it came from."""
    id_ = IntakeId(derived_id("w", Channel.DEPOSITORY.value, batch.id))
    file = IntakeFile(
        intake=id_,
        number=1,
        name=source.name,
        size=source.size,
        modified=0,
        channel=Channel.DEPOSITORY,
        state=FileState.SAFE,
        received=source.size,
        sha256=source.sha256,
        unlooked=None,
    )
    intake = Intake(
        id=id_,
        account="",
        agency=batch.agency,
        opened_at=at,
        touched_at=at,
        dossier=batch.dossier,
        lane=Lane.COUNTER,
        channel=Channel.DEPOSITORY,
        state=IntakeState.CLOSED,
        closing_at=at,
        batch=batch.id,
    )
    return intake, [file]
