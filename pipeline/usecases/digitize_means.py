"""With what, and how, batches are digitized."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.assemble.copy import CopyPolicy
from pipeline.desk_ports import Verdicts
from pipeline.disposal_ports import LedgerTraces
from pipeline.domain.codes import CodeTemplates
from pipeline.intake.inspect import IntakeLimits
from pipeline.object_ports import ObjectKeeper
from pipeline.ports import BatchRecords, Held, Holder, Ledger, ObjectStore, Parts, Workers
from pipeline.recognise.policy import ReadPolicy
from pipeline.signing_ports import SignatureValidator
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.officials import Official
from pipeline.understand.understand import UnderstandPolicy
from pipeline.usecases.assemble_copies import CopyMaker
from pipeline.usecases.publish_document import PublishServices
from pipeline.usecases.read_parts import PartReader


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """Seconds that a child process may take before the file is given up."""

    inspect: float
    """one source"""
    page: float
    """one page"""
    document: float
    """one copy"""
    validate: float
    """one signed file"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Names, with versions, of the programs, libraries and data that results depend on beside the product's own code."""

    read: str
    copy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitizePolicy:
    """How a batch is digitized; part of every ledger key it influences."""

    limits: IntakeLimits
    seconds: TimeLimits
    read: ReadPolicy
    understand: UnderstandPolicy
    copy: CopyPolicy
    tools: Tools
    codes: CodeTemplates
    """how codes of papers are written"""
    part_pages: int = 32
    """a batch of which more is to be read is read in parts of so many pages, by as many machines as there are"""
    officials: tuple[Official, ...] = ()
    """who is known to sign"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitizeServices:
    """Everything outside the pipeline that digitizing needs."""

    objects: ObjectStore
    ledger: Ledger
    batches: BatchRecords
    parts: Parts
    holder: Holder
    """under which name parts are claimed"""
    workers: Workers
    validator: SignatureValidator
    catalogue: TypeCatalogue
    publishing: PublishServices
    traces: LedgerTraces
    keeper: ObjectKeeper
    """removes what was read on papers that may not be here"""
    verdict_book: Verdicts

    def under(self, held: Held) -> DigitizeServices:
        """Return the same services as the holder of a batch uses them: what is written depends on its turn."""
        return replace(self, batches=held.batches, ledger=held.ledger, parts=held.parts)

    def reader(self, policy: DigitizePolicy) -> PartReader:
        """Return what reads parts of batches."""
        return PartReader(
            objects=self.objects,
            workers=self.workers,
            policy=policy.read,
            tools=policy.tools.read,
            seconds=policy.seconds.page,
            holder=self.holder,
        )

    def copy_maker(self, policy: DigitizePolicy) -> CopyMaker:
        """Return what makes the copies of papers."""
        return CopyMaker(
            objects=self.objects,
            ledger=self.ledger,
            workers=self.workers,
            catalogue=self.catalogue,
            policy=policy.copy,
            tools=policy.tools.copy,
            seconds=policy.seconds.document,
            hasty_seconds=min(policy.seconds.document, policy.seconds.page),
        )
