"""Pictures of papers' pages: as they came in, upright. Whoever is shown one has looked at the paper, and the trail says so once."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from dataclasses import dataclass

from fastapi import APIRouter, Response

from pipeline.domain.account import Role
from pipeline.domain.document import StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.geometry import Box
from pipeline.domain.ids import BatchId, DocumentId
from pipeline.domain.review import PlacedPage
from pipeline.usecases.kept_readings import kept_readings
from pipeline.usecases.look_up import look_at_document
from pipeline.usecases.page_pictures import KeptPicture, page_picture, picture_bytes, picture_key
from web.guard import allowed
from web.told_number import NumberPath
from web.visit import Visit, VisitDep

router = APIRouter()

_KEPT = "private, max-age=1800, immutable"
"""another picture has another address; half an hour is a look's, and no paper stays for long on a counter's computer"""
_ONE_LOOK = dt.timedelta(minutes=30)
"""for how long further pictures belong to the look that was written down"""
_REMEMBERED = 10_000
_CROP_SIDE, _CROP_ABOVE = 14.0, 5.0
"""points shown beside and above the box of a field"""
_CROP_LEAST = 120.0
"""points that a crop is wide at least: a number alone tells nothing of where it stands"""
_CROP_SCALE = 1.7
"""pixels of the screen a point: print of 13 points is 22 pixels high"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPage:
    """A page as templates show it: `page_picture.html` draws it from this."""

    document: DocumentId
    number: int
    """of the document, from 1"""
    url: str
    width: float
    """points"""
    height: float
    """points"""

    @property
    def whole(self) -> str:
        """The view box of the whole page."""
        return f"0 0 {self.width:.1f} {self.height:.1f}"

    def around(self, box: Box) -> Crop:
        """Return the part of the page around a box."""
        above = max(_CROP_ABOVE, box.height * 0.35)
        side = max(_CROP_SIDE, (_CROP_LEAST - box.width) / 2)
        left, top = max(0.0, box.left - side), max(0.0, box.top - above)
        right, bottom = min(self.width, box.right + side), min(self.height, box.bottom + above)
        return Crop(left=left, top=top, width=max(1.0, right - left), height=max(1.0, bottom - top))


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """A part of a page, in points."""

    left: float
    top: float
    width: float
    height: float

    @property
    def view(self) -> str:
        """The view box."""
        return f"{self.left:.1f} {self.top:.1f} {self.width:.1f} {self.height:.1f}"

    @property
    def across(self) -> int:
        """Pixels of the screen across."""
        return round(self.width * _CROP_SCALE)

    @property
    def down(self) -> int:
        """Pixels of the screen down."""
        return round(self.height * _CROP_SCALE)


class _Looks:
    """Which papers sessions were shown of late, so that the trail has one entry of a look and not one of each picture."""

    def __init__(self) -> None:
        self._at: OrderedDict[tuple[str, DocumentId], dt.datetime] = OrderedDict()
        self._lock = threading.Lock()

    def is_known(self, session: str, document: DocumentId, *, at: dt.datetime) -> bool:
        """Say whether a look at a paper was written down a short while ago."""
        with self._lock:
            known = self._at.get((session, document))
        return known is not None and at - known < _ONE_LOOK

    def remember(self, session: str, document: DocumentId, *, at: dt.datetime) -> None:
        """Note that a look was written down."""
        with self._lock:
            self._at[session, document] = at
            self._at.move_to_end((session, document))
            while len(self._at) > _REMEMBERED:
                self._at.popitem(last=False)


_looks = _Looks()


def opened(document: DocumentId, visit: Visit, *, part: str) -> tuple[BatchId, StoredDocument]:
    """Return a document and its batch for a page that shows it; the look is written down once in half an hour of a session.

    Raises:
        NotFound: there is none, or none that the visitor may see.
        RecordsUnavailable: the look could not be written down.
    """
    session = visit.session.id if visit.session else ""
    now = visit.now()
    library = visit.services.library
    if session and _looks.is_known(session, document, at=now):
        found = library.document(document, scope=visit.scope)
        if found is None:
            raise NotFound(what="document", id=document)
        return found
    found = look_at_document(document, part=part, library=library, looker=visit.looker(), scope=visit.scope)
    _looks.remember(session, document, at=now)
    return found


def shown_pages(document: DocumentId, visit: Visit) -> tuple[ShownPage, ...]:
    """Return a document's pages in order, for templates; none where the visitor may not see it.

    The size of a page is known from its reading. Where none is kept, the page is drawn now.

    Raises:
        SourceTooSlow, ReaderCrashed, DamagedSource, SourceTooLarge, ObjectMissing, ObjectAltered, StoreUnavailable
    """
    services, policy = visit.services, visit.office.workshop.policy
    placed = services.review.pages.of(document, scope=visit.scope)
    readings = kept_readings(
        placed, ledger=services.ledger, objects=services.objects, policy=policy.read, tools=policy.tools.read
    )
    return tuple(
        _shown(document, number, page, (reading.width, reading.height) if reading else _drawn_size(page, visit))
        for number, (page, reading) in enumerate(zip(placed, readings, strict=True), start=1)
    )


@router.get("/documents/{document}/pages/{number}.jpg")
@allowed(Role.CLERK, Role.OFFICIAL, Role.RECORDS_OFFICER)
def picture_of_page(document: DocumentId, number: NumberPath, visit: VisitDep) -> Response:
    """Hand out the picture of a page of a paper."""
    opened(document, visit, part="page")
    pages = visit.services.review.pages.of(document, scope=visit.scope)
    if not 1 <= number <= len(pages):
        raise NotFound(what="page", id=str(number))
    page = pages[number - 1]
    headers = {"ETag": f'"{_tag(page)}"', "Cache-Control": _KEPT}
    if headers["ETag"] in visit.request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    picture = _drawn(page, visit)
    return Response(picture_bytes(picture, objects=visit.services.objects), media_type="image/jpeg", headers=headers)


def _drawn(page: PlacedPage, visit: Visit) -> KeptPicture:
    services, office = visit.services, visit.office
    return page_picture(
        page,
        objects=services.objects,
        ledger=services.ledger,
        workers=office.workshop.workers,
        pixel_limit=office.settings.limits.megapixels * 1_000_000,
        seconds=office.settings.reading.page_seconds,
    )


def _drawn_size(page: PlacedPage, visit: Visit) -> tuple[float, float]:
    picture = _drawn(page, visit)
    return picture.width, picture.height


def _shown(document: DocumentId, number: int, page: PlacedPage, size: tuple[float, float]) -> ShownPage:
    url = f"/documents/{document}/pages/{number}.jpg?v={_tag(page)}"
    return ShownPage(document=document, number=number, url=url, width=size[0], height=size[1])


def _tag(page: PlacedPage) -> str:
    return picture_key(page).rpartition("-")[2]
