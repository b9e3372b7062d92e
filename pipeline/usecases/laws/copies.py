"""Each paper has versions of its copy without gaps, and the first is the file that was made from its pages."""

from __future__ import annotations

from collections.abc import Iterator

import pikepdf

from pipeline.domain.errors import MasterKeyMissing, ObjectAltered, ObjectMissing
from pipeline.domain.laws import BrokenLaw, Law, LawFault
from pipeline.law_ports import CopyChain
from pipeline.ports import Area, ObjectStore


def broken_copies(chain: CopyChain, *, objects: ObjectStore | None) -> Iterator[BrokenLaw]:
    """Yield what is wrong with a paper's copies. A file that is gone or altered is told of by the check of objects.

    The first copy is opened here, where `objects` are given: its bytes have the digest of what this program made, or they are
    not looked at.

    Raises:
        StoreUnavailable, StoreRefused
    """
    numbers = [number for number, _ in chain.versions]
    if not chain.versions or chain.versions[0] != (1, chain.first):
        yield _broken(LawFault.COPY_FIRST, chain)
    if numbers != list(range(1, len(numbers) + 1)):
        yield _broken(LawFault.COPY_GAP, chain, ", ".join(map(str, numbers)))
    pages = chain.pages if chain.gone or objects is None else _pages_of(chain, objects)
    if pages != chain.pages:
        yield _broken(LawFault.COPY_PAGES, chain, f"{pages} / {chain.pages}")


def _pages_of(chain: CopyChain, objects: ObjectStore) -> int:
    """Return how many pages the first copy has, 0 where it is no PDF; those that it should have where it cannot be had."""
    try:
        with objects.local(Area.ARCHIVE, chain.first) as file, pikepdf.open(file, suppress_warnings=True) as pdf:
            return len(pdf.pages)
    except (ObjectMissing, ObjectAltered, MasterKeyMissing):
        return chain.pages
    except pikepdf.PdfError:
        return 0


def _broken(fault: LawFault, chain: CopyChain, detail: str = "") -> BrokenLaw:
    return BrokenLaw(law=Law.COPIES, fault=fault, item=chain.document, detail=detail)
