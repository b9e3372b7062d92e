"""Pictures of the pages of one version of a copy, drawn from the very bytes of its digest.

For an official this is the display that the records keep: what is not fetched from here was not shown.
"""

from __future__ import annotations

from fastapi import APIRouter, Response

from pipeline.domain.account import Role
from pipeline.domain.ids import ContentHash, DocumentId
from pipeline.usecases.note_display import page_sizes, show_page, version_of, version_page
from web.guard import allowed
from web.pages.page_pictures import opened
from web.signing_view import picture_services
from web.told_number import NumberPath
from web.visit import VisitDep

router = APIRouter()

_HEADERS = {"Cache-Control": "no-store"}
"""from a cache, a second person at the same browser would be shown what the records say nobody showed them"""


@router.get("/documents/{document}/versions/{sha256}/pages/{number}.jpg")
@allowed(Role.CLERK, Role.OFFICIAL, Role.RECORDS_OFFICER)
def version_picture(document: DocumentId, sha256: ContentHash, number: NumberPath, visit: VisitDep) -> Response:
    """Show page `number` of a version; to an official, and write that it was shown."""
    opened(document, visit, part="version")
    services = picture_services(visit)
    if Role.OFFICIAL in visit.roles:
        picture = show_page(
            document,
            sha256,
            number,
            account=visit.person.id,
            scope=visit.scope,
            displays=visit.services.displays,
            clock=visit.services.clock,
            services=services,
        )
    else:
        version_of(document, sha256, scope=visit.scope, services=services)
        pages = len(page_sizes(sha256, services=services).sizes)
        picture = version_page(sha256, number, pages=pages, services=services)
    return Response(picture, media_type="image/jpeg", headers=_HEADERS)
