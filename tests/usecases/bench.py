"""A workbench for use cases: real files, real records, real inspection and copies; only the reader is scripted."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pikepdf
from PIL import Image

from pipeline.assemble.copy import CopyPolicy
from pipeline.domain.batch import DigitizedBatch, Progress, ReceivedBatch, Stage
from pipeline.domain.codes import CodeTemplates
from pipeline.domain.geometry import Box
from pipeline.domain.ids import UUID_CHANCE, ContentHash, uuid7
from pipeline.domain.page import Line, RecognisedPage, TextOrigin, Word
from pipeline.domain.signature import FileVerdict, Verdict
from pipeline.intake.limits import IntakeLimits
from pipeline.ports import Area, Holder
from pipeline.recognise.policy import ReadPolicy
from pipeline.understand.catalogue import load_types
from pipeline.understand.understand import UnderstandPolicy
from pipeline.usecases.digitize_batch import digitize_batch
from pipeline.usecases.digitize_means import DigitizePolicy, DigitizeServices, TimeLimits, Tools
from pipeline.usecases.publish_document import PublishServices
from pipeline.usecases.receive_batch import receive_batch
from storage.records import open_records
from tests.fakes.author import CLERK
from tests.fakes.objects import MemoryKeeper, MemoryObjects
from tests.fakes.workers import InlineWorkers

_numbers = itertools.count(1)
POLICY = DigitizePolicy(
    limits=IntakeLimits(),
    seconds=TimeLimits(inspect=1, page=1, document=1, validate=1),
    read=ReadPolicy(),
    understand=UnderstandPolicy(review_below=0.9),
    copy=CopyPolicy(),
    tools=Tools(read="reader 1", copy="copier 1"),
    codes=CodeTemplates(),
)


def picture(file: Path, *, shade: int = 200) -> Path:
    """Write a small grey picture; another shade gives other bytes."""
    Image.new("L", (60, 80), shade).save(file, dpi=(72, 72))
    return file


def pdf(file: Path, *, pages: int = 1, mark: str = "", signed: bool = False) -> Path:
    """Write a PDF of empty pages; `mark` makes its bytes its own, `signed` gives it a filled signature field."""
    with pikepdf.Pdf.new() as document:
        for _ in range(pages):
            document.add_blank_page(page_size=(60, 80))
        document.docinfo["/Title"] = mark
        if signed:
            field_ = pikepdf.Dictionary(
                FT=pikepdf.Name.Sig,
                T="Signature1",
                V=pikepdf.Dictionary(
                    Type=pikepdf.Name.Sig,
                    Filter=pikepdf.Name("/Adobe.PPKLite"),
                    ByteRange=[0, 1, 2, 3],
                    Contents=pikepdf.String("\0"),
                ),
            )
            document.Root.AcroForm = pikepdf.Dictionary(Fields=[document.make_indirect(field_)], SigFlags=3)
        document.save(file, deterministic_id=True)
    return file


def read(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
    """Read a page as one that says where it lies."""
    box = Box(5, 5, 55, 15)
    return RecognisedPage(
        ref=task.ref,
        width=60,
        height=80,
        rotation=0,
        skew=0.0,
        dpi=72,
        blank=False,
        lines=(Line((Word(f"trang{task.ref.number}", box, 0.9),), box),),
        confidence=0.9,
        origin=TextOrigin.OCR,
    )


class FixedClock:
    """Always the same moment."""

    def now(self) -> dt.datetime:
        return dt.datetime(2026, 1, 31, 1, 30, tzinfo=dt.UTC)


@dataclass
class ScriptedValidator:
    """Gives one verdict on everything, and remembers when it was asked for."""

    verdict: Verdict = Verdict.VALID
    asked_at: list[dt.datetime] = field(default_factory=list)

    def validate(self, file: Path, *, at: dt.datetime) -> FileVerdict:
        self.asked_at.append(at)
        return FileVerdict(verdict=self.verdict, reason="scripted", signatures=())


@dataclass
class Bench:
    """Ports, and the calls that every test makes."""

    services: DigitizeServices
    objects: MemoryObjects
    workers: InlineWorkers
    validator: ScriptedValidator
    policy: DigitizePolicy = POLICY
    stages: list[tuple[Stage, Progress]] = field(default_factory=list)

    def receive(self, *paths: Path) -> ReceivedBatch:
        return receive_batch(
            paths, dossier=None, objects=self.objects, batches=self.services.batches, clock=FixedClock()
        )

    def digitize(self, *paths: Path) -> DigitizedBatch:
        self.stages.clear()
        return digitize_batch(
            self.receive(*paths),
            services=self.services,
            policy=self.policy,
            on_progress=lambda stage, progress: self.stages.append((stage, progress)),
        )

    def with_tools(self, tools: Tools) -> None:
        self.policy = replace(self.policy, tools=tools)

    def kept(self, sha256: ContentHash) -> bytes:
        return self.objects.kept[Area.ARCHIVE, sha256]


@contextlib.contextmanager
def open_bench(folder: Path, *, reader: Callable[[Any], RecognisedPage] = read) -> Iterator[Bench]:
    """Give a bench whose records lie in `folder`."""
    records = open_records(f"sqlite:///{folder / 'records.db'}", clock=FixedClock(), author=CLERK)
    objects, workers, validator = MemoryObjects(), InlineWorkers({"_read": reader}), ScriptedValidator()
    services = DigitizeServices(
        objects=objects,
        ledger=records.ledger,
        batches=records.batches,
        parts=records.parts,
        holder=Holder(name="bench", seconds=60, is_dead=lambda _: False, wait=lambda _: None, has_room=lambda: True),
        workers=workers,
        validator=validator,
        catalogue=load_types(),
        verdict_book=records.verdicts,
        traces=records.traces,
        keeper=MemoryKeeper(objects),
        publishing=PublishServices(
            library=records.library,
            owners=records.owners,
            depository=records.depository,
            catalogue=load_types(),
            unpublished=records.unpublished,
            clock=FixedClock(),
            new_id=lambda: uuid7(FixedClock().now(), next(_numbers).to_bytes(UUID_CHANCE, "big")),
        ),
    )
    try:
        yield Bench(services, objects, workers, validator)
    finally:
        records.close()
