"""`sohoa get ID --part preview`: a page as a picture for a screen."""

from __future__ import annotations

from app.cli.context import Context
from app.cli.progress import counting, show_progress
from app.services import Services
from app.toolchain import copying_tools
from app.workshop import open_workshop
from pipeline.domain.batch import Stage
from pipeline.domain.document import StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.usecases.page_previews import page_preview, page_previews


def preview_of(document: StoredDocument, number: int, services: Services, context: Context) -> bytes:
    """Return page `number` (from 1) of the newest version of a document's copy as a JPEG; all pages are drawn once.

    Raises:
        NotFound: the document has no such page.
    """
    pages = len(document.understood.pages)
    if number > pages:
        raise NotFound(what="page", id=str(number))
    newest = services.versions.versions(document.understood.id)[-1]
    with open_workshop(services) as workshop, show_progress(context) as listener:
        pack = page_previews(
            newest.sha256,
            pages,
            objects=services.objects,
            ledger=services.ledger,
            workers=workshop.workers,
            tools=copying_tools(),
            seconds=services.settings.reading.page_seconds,
            on_page=counting(Stage.EXPORT, listener),
        )
    return page_preview(pack, number, objects=services.objects)
