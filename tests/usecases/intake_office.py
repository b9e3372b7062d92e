"""What taking files in needs, over a real database, a real spool and a real store in a folder."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from pipeline.domain.account import Account, AccountId, Role
from pipeline.domain.batch import ReceivedBatch
from pipeline.domain.ids import BatchId, ContentHash, DossierCode, SourceName, content_hash
from pipeline.domain.intake import Intake, IntakeFile, Lane, Offer
from pipeline.domain.search import Scope
from pipeline.intake.limits import IntakeLimits
from pipeline.ports import Area, ObjectStore
from pipeline.usecases.intake_chunks import Chunk, receive_chunk
from pipeline.usecases.intake_closing import close_intake, finish_intake
from pipeline.usecases.intake_offers import offer_files
from pipeline.usecases.intake_opening import IntakePolicy, IntakeServices, open_intake
from storage.intake_spool import FolderSpool
from storage.objects_folder import FolderObjects
from storage.records import Records, open_records
from tests.fakes.author import CLERK

AGENCY = "H42.12"
DOSSIER = DossierCode("H42.12-260131-0001")
LAN = Account(
    id=AccountId("01900000-0000-7000-8000-000000000001"),
    login="lan",
    name="Nguyễn Thị Lan",
    agency=AGENCY,
    roles=frozenset({Role.CLERK}),
    created_at=dt.datetime(2026, 1, 31, tzinfo=dt.UTC),
)
OURS = Scope(frozenset({AGENCY, ""}))


class TestClock:
    """A clock that goes on by a second at every look, and by more when told."""

    __test__ = False

    def __init__(self) -> None:
        self.time = dt.datetime(2026, 1, 31, 1, 30, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        self.time += dt.timedelta(seconds=1)
        return self.time


@dataclass
class IntakeOffice:
    """Everything at hand."""

    root: Path
    records: Records
    objects: FolderObjects
    clock: TestClock
    services: IntakeServices
    policy: IntakePolicy
    handed: list[tuple[BatchId, Lane]] = field(default_factory=list)

    def hand_over(self, batch: BatchId, lane: Lane) -> None:
        self.handed.append((batch, lane))

    def begin(self, *, account: Account = LAN, agency: str = AGENCY, dossier: DossierCode | None = None) -> Intake:
        return open_intake(account.id, agency=agency, lane=Lane.COUNTER, dossier=dossier, services=self.services)

    def offer(self, intake: Intake, name: str, data: bytes, *, replaces: int | None = None) -> IntakeFile:
        offered = Offer(name=SourceName(name), size=len(data), modified=7, replaces=replaces)
        file = offer_files(intake, [offered], services=self.services, policy=self.policy)[0]
        assert file is not None
        return file

    def send(self, intake: Intake, number: int, data: bytes, *, at: int = 0, whole: str | None = None) -> IntakeFile:
        chunk = Chunk(
            at=at, size=len(data), sha256=content_hash(data), stream=io.BytesIO(data), claimed=None, whole=whole
        )
        return receive_chunk(self.now(intake), number, chunk, services=self.services)

    def bring(self, intake: Intake, name: str, data: bytes) -> IntakeFile:
        """Offer a file and send all of it."""
        return self.send(intake, self.offer(intake, name, data).number, data)

    def now(self, intake: Intake) -> Intake:
        found = self.services.books.intakes.get(intake.id)
        assert found is not None
        return found

    def file(self, intake: Intake, number: int) -> IntakeFile:
        found = self.services.books.files.get(intake.id, number)
        assert found is not None
        return found


@contextlib.contextmanager
def open_intake_office(root: Path) -> Iterator[IntakeOffice]:
    """Open it in a folder, in which an earlier one may have left something."""
    clock = TestClock()
    records = open_records(f"sqlite:///{root / 'sohoa.db'}", clock=clock, author=CLERK)
    numbers = itertools.count(sum(1 for _ in root.rglob("*")))  # ids never come again, also after a restart
    services = IntakeServices(
        books=records.intake,
        spool=FolderSpool(root / "incoming"),
        clock=clock,
        new_id=lambda: f"0190{next(numbers):04x}-0000-7000-8000-{random.randrange(1 << 48):012x}",
    )
    policy = IntakePolicy(
        limits=IntakeLimits(source_bytes=1 << 20),
        most_files=50,
        chunk_bytes=1 << 16,
        coach_pages=3,
        look_seconds=60,
        page_seconds=60,
    )
    yield IntakeOffice(root, records, FolderObjects(root / "archive"), clock, services, policy)
    records.close()


def picture(number: int, *, dpi: int = 300) -> bytes:
    """Return a small JPEG that differs by its number."""
    image = Image.new("L", (160, 120), 200 + number % 50)
    image.putpixel((number % 160, number // 160), 0)
    out = io.BytesIO()
    image.save(out, "JPEG", dpi=(dpi, dpi), comment=str(number).encode())
    return out.getvalue()


def kept(office: IntakeOffice, sha256: ContentHash) -> bytes:
    """Return an object of the archive."""
    with office.objects.open(Area.ARCHIVE, sha256) as stream:
        return stream.read()


def finish(office: IntakeOffice, intake: Intake, *, objects: ObjectStore | None = None) -> Intake:
    return finish_intake(
        close_intake(office.now(intake), services=office.services),
        services=office.services,
        objects=objects or office.objects,
        batches=office.records.batches,
        hand_over=office.hand_over,
    )


def received(office: IntakeOffice, batch: BatchId | None) -> ReceivedBatch:
    found = office.records.batches.load(batch or BatchId(""))
    assert isinstance(found, ReceivedBatch)
    return found
