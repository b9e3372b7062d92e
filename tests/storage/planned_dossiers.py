"""Dossiers in the records as a test plans them: papers, what their files are worth, and results."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from pipeline.archive_ports import FixityCheck
from pipeline.domain.batch import DigitizedBatch, ReceivedBatch
from pipeline.domain.document import Copy, Dossier, StoredDocument
from pipeline.domain.fixity import CheckOutcome, StoreName
from pipeline.domain.ids import BatchId, DossierCode, FieldName, SourceName, TypeCode
from pipeline.domain.indices import FileWorth
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.procedure import ProcedureCode
from pipeline.domain.signature import CopyVersion, FileVerdict, SignatureLevel, SignerRole, Verdict
from pipeline.domain.source import MediaType, ReceivedSource, SourceOutcome, SourceState
from pipeline.ports import Area
from storage.records import Records
from tests.storage.conftest import SetClock
from tests.storage.samples import digest, document, field

MARCH = (dt.date(2026, 3, 1), dt.date(2026, 3, 31))
BIRTH, SILENT = ProcedureCode("1.001193"), ProcedureCode("2.000635")
"""a procedure that ends in a written result, and one that does not"""
TYPES = ("to_khai_khai_sinh", "can_cuoc", "don_de_nghi")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be known of a dossier."""

    code: str
    agency: str = ""
    received: dt.datetime = dt.datetime(2026, 3, 3, 2, tzinfo=dt.UTC)
    procedure: str | None = BIRTH
    due: dt.date | None = None
    accepted: dt.date | None = None
    """day of receipt, as the receipt says"""
    components: tuple[FileWorth, ...] = (FileWorth.SIGNED,)
    result: FileWorth | None = None
    resulted: dt.datetime | None = None


class Registry:
    """Keeps dossiers as planned."""

    def __init__(self, records: Records, clock: SetClock) -> None:
        self._records, self._clock = records, clock

    def keep(self, plan: Plan) -> None:
        receipt_fields = {}
        if plan.procedure:
            receipt_fields[FieldName("procedure_code")] = field(f"{plan.procedure}.000.00.00.H42")
        if plan.due:
            receipt_fields[FieldName("due_at")] = field(f"{plan.due.isoformat()}T17:00")
        if plan.accepted:
            receipt_fields[FieldName("received_at")] = field(f"{plan.accepted.isoformat()}T08:15")
        papers = [self._paper(plan, 0, "giay_tiep_nhan", fields=receipt_fields)]
        papers += [
            self._paper(plan, number, TYPES[number % len(TYPES)]) for number in range(1, 1 + len(plan.components))
        ]
        if plan.result:
            papers.append(self._paper(plan, len(papers), "giay_khai_sinh"))
        self._complete(plan, papers)
        for paper, worth in zip(papers[1:], plan.components, strict=False):
            self._make(paper, worth)
        if plan.result:
            at = plan.resulted or plan.received
            self._records.results.issue(DossierCode(plan.code), papers[-1].understood.id, at=at)
            self._make(papers[-1], plan.result)

    def _paper(self, plan: Plan, number: int, kind: str, **more: object) -> StoredDocument:
        name = f"d-{plan.code}-{plan.agency}-{number}"
        ref = PageRef(SourceName("scan.pdf"), number + 1)
        paper = document(name, ref, dossier=DossierCode(plan.code), type=TypeCode(kind), **more)
        bytes_ = f"copy {name}".encode()
        return replace(paper, copy=Copy(sha256=digest(bytes_.decode()), size=len(bytes_), conformance="2u"))

    def _complete(self, plan: Plan, papers: list[StoredDocument]) -> None:
        batch, scan = BatchId(f"b-{plan.code}-{plan.agency}"), digest(f"scan {plan.code} {plan.agency}")
        source = ReceivedSource(name=SourceName("scan.pdf"), sha256=scan, size=10)
        received = ReceivedBatch(id=batch, created_at=plan.received, sources=(source,), agency=plan.agency)
        self._records.batches.open(received)
        outcome = SourceOutcome(
            name=source.name,
            sha256=scan,
            media_type=MediaType.PDF,
            pages=len(papers),
            state=SourceState.DIGITIZED,
        )
        ids = tuple(each.understood.id for each in papers)
        whole = DigitizedBatch(
            id=batch,
            created_at=plan.received,
            sources=(outcome,),
            pages=tuple(PageOutcome(ref=each.understood.pages[0], state=PageState.KEPT) for each in papers),
            dossiers=(Dossier(code=DossierCode(plan.code), documents=ids),),
            documents=tuple(papers),
        )
        self._records.batches.complete(whole, texts=dict.fromkeys(ids, "Giấy tờ"))

    def _make(self, paper: StoredDocument, worth: FileWorth) -> None:
        """Make a paper's newest file worth so much."""
        document_id, newest = paper.understood.id, paper.copy.sha256
        if worth is FileWorth.LOST:
            check = FixityCheck(
                area=Area.ARCHIVE, sha256=newest, checked_at=self._clock.now(), outcome=CheckOutcome.ALTERED
            )
            self._records.fixity.note(StoreName.STORE, [check])
        if worth in {FileWorth.UNSIGNED, FileWorth.LOST}:
            return
        signed = digest(f"signed {document_id}")
        version = CopyVersion(
            number=2,
            sha256=signed,
            size=len(f"signed {document_id}".encode()),
            created_at=self._clock.now(),
            role=SignerRole.CLERK,
            level=SignatureLevel.B_LT,
            signer="Lan",
        )
        self._records.versions.add(document_id, version)
        said = {FileWorth.SIGNED: Verdict.VALID, FileWorth.NOT_VALID: Verdict.INDETERMINATE}.get(worth)
        if said is not None:
            verdict = FileVerdict(verdict=said, reason="", signatures=())
            self._records.verdicts.keep({signed: verdict}, as_of=self._clock.now())
