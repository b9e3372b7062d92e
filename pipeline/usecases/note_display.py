"""Show a page of a version of a copy to whoever is to sign it, and write down that it was shown.

What is drawn are exactly the bytes of the version's digest; the display is written before the picture is handed out, and
nothing else counts as having seen a paper.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.desk_ports import Displays
from pipeline.domain.account import AccountId
from pipeline.domain.desk import ShownPage
from pipeline.domain.errors import NotFound, SohoaError
from pipeline.domain.ids import ContentHash, DocumentId
from pipeline.domain.search import Scope
from pipeline.domain.signature import CopyVersion
from pipeline.imaging.pdf_file import open_pdf
from pipeline.ports import Area, Clock, CopyVersions, Ledger, Library, ObjectStore, Workers
from pipeline.usecases.page_previews import page_preview, page_previews
from pipeline.usecases.stage import recall, remember, stage_key

_SIZES_VERSION = "1"


@dataclass(frozen=True, slots=True)
class PageSizes:
    """Width and height of each page of a PDF as it is seen, in points."""

    sizes: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureServices:
    """What drawing a version's pages needs."""

    library: Library
    versions: CopyVersions
    objects: ObjectStore
    ledger: Ledger
    workers: Workers
    tools: str
    """names of the programs that the pictures' bytes depend on"""
    seconds: float
    """limit for one page"""


def version_of(document: DocumentId, sha256: ContentHash, *, scope: Scope, services: PictureServices) -> CopyVersion:
    """Return a version of a copy by its digest.

    Raises:
        NotFound: there is no such document within `scope`, or its copy has no such version.
    """
    if services.library.document(document, scope=scope) is None:
        raise NotFound(what="document", id=document)
    found = next((each for each in services.versions.versions(document) if each.sha256 == sha256), None)
    if found is None:
        raise NotFound(what="version", id=sha256)
    return found


def page_sizes(copy: ContentHash, *, services: PictureServices) -> PageSizes:
    """Return the sizes of a kept PDF's pages; looked up once.

    Raises:
        SourceTooSlow, ReaderCrashed, DamagedSource
        ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused
    """
    key = stage_key("page-sizes", _SIZES_VERSION, copy)
    known = recall(key, PageSizes, ledger=services.ledger, objects=services.objects)
    if known is not None:
        return known
    with services.objects.local(Area.ARCHIVE, copy) as file:
        ((_, found),) = services.workers.map(_measure, [file], seconds=services.seconds)
    if isinstance(found, SohoaError):
        raise found
    remember(key, found, about=[copy], ledger=services.ledger, objects=services.objects)
    return found


def _measure(file: Path) -> PageSizes:
    with open_pdf(file) as document:
        return PageSizes(
            tuple((float(width), float(height)) for width, height in map(document.get_page_size, range(len(document))))
        )


def version_page(sha256: ContentHash, number: int, *, pages: int, services: PictureServices) -> bytes:
    """Return the picture of page `number` (from 1) of a version, a JPEG.

    Raises:
        NotFound: there is no such page.
        SourceTooSlow, ReaderCrashed, DamagedSource
        ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused, MachineExhausted
    """
    if not 1 <= number <= pages:
        raise NotFound(what="page", id=str(number))
    pack = page_previews(
        sha256,
        pages,
        objects=services.objects,
        ledger=services.ledger,
        workers=services.workers,
        tools=services.tools,
        seconds=services.seconds,
    )
    return page_preview(pack, number, objects=services.objects)


def show_page(
    document: DocumentId,
    sha256: ContentHash,
    number: int,
    *,
    account: AccountId,
    scope: Scope,
    displays: Displays,
    clock: Clock,
    services: PictureServices,
) -> bytes:
    """Return the picture of page `number` (from 1) of a version of a copy, and write that `account` was shown it.

    Raises:
        NotFound: there is no such document within `scope`, version or page.
        RecordsUnavailable: it could not be written down, so nothing is shown.
        SourceTooSlow, ReaderCrashed, DamagedSource
        ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused, MachineExhausted
    """
    version_of(document, sha256, scope=scope, services=services)
    pages = len(page_sizes(sha256, services=services).sizes)
    picture = version_page(sha256, number, pages=pages, services=services)
    displays.note(
        ShownPage(account=account, document=document, sha256=sha256, page=number, pages=pages, at=clock.now())
    )
    return picture


@dataclass(frozen=True, slots=True)
class MustSee:
    """Which papers have to be shown before they are signed."""

    share: float = 1.0
    """of all papers, 0 to 1; 1: each"""

    def demands(self, sha256: ContentHash) -> bool:
        """Say whether the file of this digest has to be shown: whoever knows the digest can tell, and nobody can choose."""
        if self.share >= 1:
            return True
        drawn = hashlib.sha256(f"must-see {sha256}".encode()).digest()
        return int.from_bytes(drawn[:8], "big") < self.share * 2**64


def not_shown(
    files: Mapping[DocumentId, ContentHash], *, account: AccountId, must_see: MustSee, displays: Displays
) -> tuple[DocumentId, ...]:
    """Return those of these documents that have to be shown and were not, in this version, to this account."""
    demanded = {document: sha256 for document, sha256 in files.items() if must_see.demands(sha256)}
    seen = set(displays.seen(account, demanded))
    return tuple(document for document in demanded if document not in seen)
