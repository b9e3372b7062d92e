"""Looking at a paper for a caller: written down before anything of it is known, and never without how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Path

from pipeline.domain.document import StoredDocument
from pipeline.domain.file_verdict import judged_file
from pipeline.domain.ids import BatchId, DocumentId
from pipeline.domain.paper_standing import PaperStanding
from pipeline.domain.signature import CopyVersion
from pipeline.usecases.look_up import Looker, look_at_document
from pipeline.usecases.paper_standing import refuse_disposed, standing_of
from pipeline.usecases.validation_report import JudgingServices, validation_report
from web.api.caller import Caller
from web.api.models.documents import ReportShown

DocumentPath = Annotated[
    DocumentId,
    Path(
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="Id of a paper.",
        examples=["d-0123456789abcdef01234567"],
    ),
]


_JUDGING_SECONDS = 20.0
"""for one file, while somebody waits; what takes longer is not valid"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPaper:
    """A paper that a caller looks at."""

    batch: BatchId
    found: StoredDocument
    newest: CopyVersion
    standing: PaperStanding


def look(caller: Caller, document: DocumentId, *, part: str, looker: Looker | None = None) -> SeenPaper:
    """Return a paper; `part` says in the trail what of it will be shown.

    Raises:
        NotFound: there is none, or none that the client may see.
        RecordsUnavailable: the look could not be written down, so there is no answer.
    """
    services = caller.services
    batch, found = look_at_document(
        document, part=part, library=services.library, looker=looker or caller.looker(), scope=caller.scope
    )
    shelved = services.shelf.about([document])[document]
    return SeenPaper(batch=batch, found=found, newest=shelved.newest, standing=standing_of(shelved))


def report_of(seen: SeenPaper, caller: Caller, *, fresh: bool) -> ReportShown:
    """Return what the file is worth that says what a paper is worth.

    Raises:
        DocumentDisposed, ObjectMissing, ObjectAltered, MachineExhausted
    """
    document, services, office = seen.found.understood.id, caller.services, caller.office
    refuse_disposed(document, seen.standing)
    judging = JudgingServices(
        objects=services.objects,
        ledger=services.ledger,
        verdicts=services.verdicts,
        workers=office.workshop.workers,
        validator=office.workshop.validator,
        clock=services.clock,
        seconds=min(office.settings.reading.document_seconds, _JUDGING_SECONDS),
    )
    file = judged_file(seen.newest, seen.found.signed_source) or seen.newest.sha256
    report = validation_report(file, fresh=fresh, services=judging)
    version = seen.newest.number if file == seen.newest.sha256 else None
    return ReportShown.of(report, document=document, version=version, standing=seen.standing)
