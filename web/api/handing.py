"""Handing out a part of a paper to a caller."""

from __future__ import annotations

from fastapi import Request, Response

from pipeline.domain.download_errors import PaperNotInForce, PreconditionFailed, RangeUnsatisfiable
from pipeline.domain.errors import DocumentDisposed, NotFound, ObjectAltered, ObjectMissing
from pipeline.domain.ids import DocumentId
from pipeline.domain.paper_standing import StandingKind
from pipeline.domain.signed_link import FilePart
from pipeline.usecases.export_layout import safe_name
from pipeline.usecases.look_up import Looker
from pipeline.usecases.paper_file import MEDIA_TYPES, STANDS_FOR_THE_PAPER, PaperFile, paper_file
from pipeline.usecases.paper_standing import refuse_disposed, refuse_ended
from web.api.caller import Caller
from web.api.files import HandedFile, file_answer
from web.api.papers import SeenPaper, look
from web.api.standings import standing_headers
from web.paper_words import number_of, type_title

REFUSES = (NotFound, DocumentDisposed, RangeUnsatisfiable, PreconditionFailed, ObjectMissing, ObjectAltered)
"""how any file may be refused"""
REFUSES_ENDED = (*REFUSES, PaperNotInForce)
"""how one that stands for the paper may be"""
_ENDINGS = {FilePart.TEXT: "txt"}


def part_of_paper(
    caller: Caller,
    document: DocumentId,
    part: FilePart,
    *,
    number: int = 0,
    even_if: StandingKind | None = None,
    looker: Looker | None = None,
) -> tuple[SeenPaper, PaperFile]:
    """Return a paper and the object of a part of it, once the look is written down; `number` names a version of the copy.

    Raises:
        NotFound, DocumentDisposed
        PaperNotInForce: the part stands for the paper, which is not in force, and `even_if` does not name how it stands.
    """
    seen = look(caller, document, part=part.value, looker=looker)
    if part in STANDS_FOR_THE_PAPER:
        refuse_ended(document, seen.standing, even_if=even_if)
    else:
        refuse_disposed(document, seen.standing)
    versions = caller.services.versions.versions(document) if number else [seen.newest]
    return seen, paper_file(seen.found, part, versions=versions, number=number)


def handed_part(caller: Caller, seen: SeenPaper, file: PaperFile, part: FilePart) -> HandedFile:
    """Return a part of a paper as a file.

    Raises:
        ObjectMissing, StoreUnavailable
    """
    title = type_title(seen.found.understood.type, caller.services)
    called = f"{title} {number_of(seen.found)}".strip() + (f" v{file.version}" if file.version else "")
    return HandedFile(
        area=file.area,
        sha256=file.sha256,
        size=size_of(file, caller),
        name=f"{safe_name(called)}.{_ENDINGS.get(part, 'pdf')}",
        media_type=MEDIA_TYPES[part],
        headers=standing_headers(seen.standing),
    )


def hand_out_part(
    request: Request,
    caller: Caller,
    document: DocumentId,
    part: FilePart,
    *,
    number: int = 0,
    even_if: StandingKind | None = None,
    looker: Looker | None = None,
) -> Response:
    """Hand a part of a paper out.

    Raises:
        NotFound, DocumentDisposed, PaperNotInForce, RangeUnsatisfiable, PreconditionFailed, ObjectMissing, ObjectAltered
    """
    seen, file = part_of_paper(caller, document, part, number=number, even_if=even_if, looker=looker)
    return file_answer(request, handed_part(caller, seen, file, part), objects=caller.services.objects)


def size_of(file: PaperFile, caller: Caller) -> int:
    """Return the bytes of a part."""
    return caller.services.disposing.care.stat(file.area, file.sha256).size if file.size is None else file.size
