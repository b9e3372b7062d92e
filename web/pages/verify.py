"""Judging any PDF's signatures for staff: in a child process with limits, and nothing of it is kept."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, File, Request, Response, UploadFile
from starlette.concurrency import run_in_threadpool

from app.language import reason_words
from pipeline.domain.errors import SohoaError, SourceTooLarge
from pipeline.domain.signature import FileVerdict
from pipeline.domain.web_errors import FormRefused, JudgingBusy
from pipeline.usecases.archival_state import ArchivalState, archival_state
from pipeline.usecases.validate_signed import validate_file
from web.body_limit import count_body_itself
from web.guard import signed_in
from web.show import show
from web.visit import Visit, VisitDep

router = APIRouter(prefix="/verify")

_MOST = 256 << 20
"""bytes of a file that is judged while somebody waits"""
_SECONDS = 60.0
"""that somebody waits; a file that takes longer is not valid"""
_PLACES = threading.BoundedSemaphore(6)
"""files that are received, or wait to be judged, at a time: each may fill the disk, and each that waits holds a thread"""
_AT_ONCE = threading.BoundedSemaphore(2)
"""of them that are judged: pages are read by the same child processes"""
_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was found."""

    name: str
    size: int
    sha256: str
    verdict: FileVerdict
    archival: ArchivalState | SohoaError


@router.get("")
@signed_in
def ask(visit: VisitDep) -> Response:
    """Ask for a file."""
    return _page(visit)


@router.post("")
@signed_in
def judge_form(visit: VisitDep, file: Annotated[UploadFile, File()]) -> Response:
    """Judge a file of a form, which is no larger than forms may be.

    Raises:
        FormRefused: the form came without a file.
        JudgingBusy
    """
    if not file.filename:
        raise FormRefused(name="file")
    with _place(), tempfile.TemporaryDirectory(prefix="sohoa-verify-") as folder:
        path = Path(folder) / "file.pdf"
        with path.open("wb") as target:
            shutil.copyfileobj(file.file, target)
        return _page(visit, _judge(visit, path, name=file.filename))


@router.post("/file")
@signed_in
async def judge_stream(visit: VisitDep, request: Request, name: str = "") -> Response:
    """Judge a file that a script sends as it is: it goes to the disk piece by piece, and is removed with the answer.

    Raises:
        SourceTooLarge
        JudgingBusy: nothing of it was read.
    """
    with _place(), tempfile.TemporaryDirectory(prefix="sohoa-verify-") as folder:
        path = Path(folder) / "file.pdf"
        with path.open("wb") as target:
            await _receive(request, target, name[:_NAME])
        judged = await run_in_threadpool(_judge, visit, path, name=name)
        return show(visit, "verify/outcome.html", **_words(visit, judged))


@contextlib.contextmanager
def _place() -> Iterator[None]:
    if not _PLACES.acquire(blocking=False):
        raise JudgingBusy
    try:
        yield
    finally:
        _PLACES.release()


async def _receive(request: Request, target: BinaryIO, name: str) -> None:
    count_body_itself(request)
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > _MOST:
            raise SourceTooLarge(limit="source_bytes", allowed=_MOST, name=name)
        await run_in_threadpool(target.write, piece)


def _judge(visit: Visit, path: Path, *, name: str) -> Judged:
    workers = visit.office.workshop.workers
    with _AT_ONCE:
        verdict = validate_file(
            path, at=visit.now(), workers=workers, validator=visit.office.workshop.validator, seconds=_SECONDS
        )
        archival = archival_state(path, workers=workers, seconds=_SECONDS)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Judged(name=name[:_NAME], size=path.stat().st_size, sha256=digest, verdict=verdict, archival=archival)


def _page(visit: Visit, judged: Judged | None = None) -> Response:
    most_form = visit.office.settings.web.form_mib
    return show(visit, "verify/page.html", most=_MOST >> 20, most_form=most_form, **_words(visit, judged))


def _words(visit: Visit, judged: Judged | None) -> dict[str, Any]:
    return {
        "judged": judged,
        "archival": judged.archival if judged and isinstance(judged.archival, ArchivalState) else None,
        "words": lambda reason: reason_words(reason, visit.say),
    }
