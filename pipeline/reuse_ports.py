"""What asking once needs from outside: everything that decides whether stored papers may be used, in one question."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.archive_ports import FixityCheck
from pipeline.arrangement_ports import DossierMarks
from pipeline.domain.document import FieldValue
from pipeline.domain.file_verdict import KeptVerdict, judged_file
from pipeline.domain.holding import Holding
from pipeline.domain.ids import ContentHash, FieldName, TypeCode
from pipeline.domain.owner import HoldingId, OwnerId
from pipeline.domain.signature import CopyVersion

DESCRIBING = tuple(
    map(
        FieldName,
        ("type_name", "code_number", "code_notation", "organ_name", "issued_date", "subject", "signer_name"),
    )
)
"""fields that describe a paper; what it says of people is not among them"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCopy:
    """A paper in a depository with all that is known of its files."""

    holding: Holding
    agency: str
    """that digitized it; empty: the installation's own"""
    signed_source: ContentHash | None
    """the signed PDF that it came in as"""
    newest: CopyVersion
    """of its copy"""
    description: Mapping[FieldName, FieldValue]
    """those of `DESCRIBING` that it has"""
    verdict: KeptVerdict | None
    """the last one on the file whose signatures say what the paper is worth"""
    reads: Mapping[ContentHash, FixityCheck]
    """when files of this answer were last read from their first byte to their last; one that never was is not named"""

    @property
    def files(self) -> frozenset[ContentHash]:
        """The files that the paper rests on: the newest version of its copy, and what came in signed."""
        return frozenset({self.newest.sha256, *([self.signed_source] if self.signed_source else ())})

    @property
    def judged(self) -> ContentHash | None:
        """The file whose signatures say what the paper is worth; None: nobody has signed it."""
        return judged_file(self.newest, self.signed_source)


class StoredCopies(Protocol):
    """Papers in depositories as whoever wants to use them has to know them. Papers that were disposed of are not among them."""

    def of(self, owner: OwnerId, *, types: Collection[TypeCode] | None = None) -> Sequence[StoredCopy]:
        """Return an owner's papers, and those of owners found to be the same, of some types; by time of publication."""
        ...

    def named(self, ids: Collection[HoldingId]) -> Sequence[StoredCopy]:
        """Return papers by their places in depositories, by time of publication."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReuseBooks:
    """The books of asking once."""

    copies: StoredCopies
    marks: DossierMarks
