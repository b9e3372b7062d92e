"""An office that disposes of papers: two people, a folder, a database, and papers whose objects are really there."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.domain.audit import Author
from pipeline.domain.batch import DigitizedBatch, ReceivedBatch
from pipeline.domain.disposal import Disposal, DisposalId
from pipeline.domain.document import Copy, DocumentState, Dossier, FieldState, StoredDocument
from pipeline.domain.geometry import Box
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, DossierCode, FieldName, SourceName, TypeCode
from pipeline.domain.page import Code, CodeKind, PageOutcome, PageRef, PageState
from pipeline.domain.retention import Hold, HoldKind, RetentionCode, RetentionRule, RetentionStart, RuleId
from pipeline.domain.source import MediaType, ReceivedSource, SourceOutcome, SourceState
from pipeline.object_ports import ObjectCare
from pipeline.ports import Area, ObjectStore
from pipeline.usecases.carry_out_disposal import DisposalServices, carry_out_disposal
from pipeline.usecases.place_hold import place_hold
from pipeline.usecases.propose_disposal import propose_disposal
from storage.folder_keeper import FolderKeeper
from storage.objects_folder import FolderObjects
from storage.records import Records, open_records
from tests.storage.conftest import SetClock
from tests.storage.samples import document, field

LAN = Author(name="lan", role="clerk", origin="tests")
MINH = Author(name="minh", role="leader", origin="tests")
HOA = Author(name="hoa", role="leader", origin="tests")
PROGRAM = Author(name="sohoa", role="system", origin="tests")

TEN_YEARS = RetentionRule(
    id=RuleId("letters"),
    types=frozenset({TypeCode("cong_van")}),
    code=RetentionCode.YEARS_10,
    years=10,
    begins=RetentionStart.WORK_END,
    since=dt.date(2020, 1, 1),
    source="Bảng thời hạn bảo quản của UBND xã",
)
THEN = dt.datetime(2026, 1, 31, 8, 30, tzinfo=dt.UTC)
LATER = dt.datetime(2036, 2, 1, 8, 30, tzinfo=dt.UTC)
"""the day after ten years are over"""
SECRETS = ("Nguyễn Thị Hoa", "001190012345", "Hồ sơ chị Hoa")
"""what nothing may remember"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """One store and one database, as each of its people sees them."""

    clock: SetClock
    objects: ObjectStore
    care: ObjectCare
    desks: dict[str, Records]

    def desk(self, who: Author = LAN) -> Records:
        return self.desks[who.name]

    def services(self, who: Author = LAN) -> DisposalServices:
        desk = self.desk(who)
        return DisposalServices(
            disposals=desk.disposals,
            work=desk.disposal_work,
            papers=desk.kept_papers,
            traces=desk.traces,
            objects=self.objects,
            care=self.care,
            clock=self.clock,
        )

    def put(self, text: str, area: Area = Area.ARCHIVE) -> ContentHash:
        return self.objects.put(area, io.BytesIO(text.encode())).sha256

    def keep(
        self, name: str = "b-1", *, papers: int = 2, content: str = "", when: dt.datetime = THEN
    ) -> list[DocumentId]:
        """Keep a batch of letters, each on a source of its own, with a reading, a text and a copy."""
        content = content or name
        received = tuple(self._received(content, number) for number in range(papers))
        batch = ReceivedBatch(id=BatchId(name), created_at=when, sources=received)
        desk = self.desk()
        desk.batches.open(batch)
        stored = [self._letter(name, content, number, received[number]) for number in range(papers)]
        digitized = DigitizedBatch(
            id=batch.id,
            created_at=when,
            sources=tuple(_outcome(each) for each in received),
            pages=tuple(_page(each) for each in stored),
            dossiers=(
                Dossier(code=DossierCode(f"{name}-dossier"), documents=tuple(each.understood.id for each in stored)),
            ),
            documents=tuple(stored),
        )
        desk.batches.complete(digitized, texts={each.understood.id: f"Kính gửi {SECRETS[0]}" for each in stored})
        return [each.understood.id for each in stored]

    def _received(self, content: str, number: int) -> ReceivedSource:
        sha256 = self.put(f"scan {content} {number} {SECRETS[0]}")
        reading = self.put(f"reading {content} {number} {SECRETS[1]}", Area.DERIVED)
        self.desk().ledger.record(f"read-{content}-{number}", reading, about=[sha256])
        return ReceivedSource(
            name=SourceName(f"{SECRETS[2]}/{number}.pdf"), sha256=sha256, size=1, folder=f"/mnt/{SECRETS[2]}"
        )

    def _letter(self, name: str, content: str, number: int, source: ReceivedSource) -> StoredDocument:
        paper = document(
            f"d-{name}-{number}",
            PageRef(source.name, 1),
            type=TypeCode("cong_van"),
            dossier=DossierCode(f"{name}-dossier"),
            state=DocumentState.CONFIRMED,
            fields={
                FieldName("full_name"): field(SECRETS[0]),
                FieldName("personal_id"): field(SECRETS[1], state=FieldState.CONFIRMED),
            },
        )
        copy = Copy(sha256=self.put(f"copy {content} {number}"), size=1, conformance="2u")
        return replace(paper, copy=copy, text_sha256=self.put(f"text {content} {number} {SECRETS[0]}", Area.DERIVED))

    def propose(self, who: Author = LAN, *, limit: int = 100) -> Disposal:
        desk = self.desk(who)
        return propose_disposal(
            by=who,
            reason="Hết thời hạn bảo quản",
            limit=limit,
            papers=desk.kept_papers,
            holds=desk.holds,
            disposals=desk.disposals,
            rules=[TEN_YEARS],
            clock=self.clock,
        )

    def decide(self, disposal: DisposalId, who: Author = MINH, *, approved: bool = True) -> Disposal:
        return self.desk(who).disposals.decide(disposal, approved=approved, at=self.clock.now(), reason="Đã xem")

    def carry_out(self, disposal: DisposalId, who: Author = LAN) -> Disposal:
        return carry_out_disposal(disposal, services=self.services(who), rules=[TEN_YEARS])

    def hold(self, kind: HoldKind, subject: str, who: Author = LAN) -> Hold:
        return place_hold(
            kind,
            subject,
            by=who.name,
            reason="Tòa án yêu cầu",
            holds=self.desk(who).holds,
            clock=self.clock,
            random_bytes=random.Random().randbytes,
        )

    def lift(self, hold: Hold, who: Author = LAN) -> Hold:
        return self.desk(who).holds.lift(hold.id, at=self.clock.now(), by=who.name, reason="Đã xong")

    def state(self, paper: DocumentId) -> DocumentState:
        found = self.desk().library.document(paper)
        assert found is not None
        return found[1].understood.state


def _outcome(source: ReceivedSource) -> SourceOutcome:
    return SourceOutcome(
        name=source.name, sha256=source.sha256, media_type=MediaType.PDF, pages=1, state=SourceState.DIGITIZED
    )


def _page(stored: StoredDocument) -> PageOutcome:
    code = Code(CodeKind.QR, f"{SECRETS[1]}|{SECRETS[0]}", Box(1, 2, 3, 4))
    (ref,) = stored.understood.pages
    return PageOutcome(ref=ref, state=PageState.KEPT, document=stored.understood.id, codes=(code,))


@contextmanager
def open_office(
    url: str,
    folder: Path,
    *,
    people: Sequence[Author] = (LAN, MINH, HOA, PROGRAM),
    wrap: Callable[[ObjectStore, ObjectCare, Records], tuple[ObjectStore, ObjectCare]] | None = None,
) -> Iterator[Office]:
    """Open the office; `wrap` may put something around its store."""
    clock = SetClock()
    clock.time = LATER
    with ExitStack() as stack:
        desks = {}
        for who in people:
            desks[who.name] = open_records(url, clock=clock, author=who)
            stack.callback(desks[who.name].close)
        objects: ObjectStore = FolderObjects(folder)
        care: ObjectCare = FolderKeeper(folder)
        if wrap is not None:
            objects, care = wrap(objects, care, desks[LAN.name])
        yield Office(clock=clock, objects=objects, care=care, desks=desks)
