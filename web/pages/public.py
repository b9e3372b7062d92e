"""What anybody may look up: a result by its code, or by the file that they hold."""

from __future__ import annotations

import datetime as dt
import threading
import time
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from app.language import reason_words
from pipeline.domain.audit import Author
from pipeline.domain.ids import ContentHash
from pipeline.domain.public_check import PublicResult
from pipeline.usecases.verify_publicly import (
    PublicServices,
    fingerprint_in,
    judge_publicly,
    look_up_file,
    look_up_publicly,
    result_code_in,
)
from web.guard import for_everybody
from web.office import Office
from web.public_door import JudgeQueue, RateLimit
from web.qr import qr_shape
from web.show import go_to, show
from web.visit import Visit, VisitDep

router = APIRouter()

PUBLIC = Author(name="public", role="public", origin="web")
"""as whom the trail names looks by anybody: from which address they come is not kept"""
_EVEN_SECONDS = 0.05
"""that the answer takes where there is nothing to show, so that its time does not tell why"""
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class _Door:
    """What the public's questions pass, one for each application."""

    limit: RateLimit
    queue: JudgeQueue
    services: PublicServices


_DOORS = threading.Lock()


@router.get("/v")
@for_everybody
def ask(visit: VisitDep, code: Annotated[str, Query(max_length=_LONGEST)] = "") -> Response:
    """Ask for a code or a file; what stands behind a QR code comes here too."""
    if not code.strip():
        return show(visit, "public/ask.html", typed="", most=_looks(visit))
    named = result_code_in(code)
    if named is not None:
        return go_to(f"/v/{quote(named, safe='')}")
    return _answer(visit, code, file=fingerprint_in(code))


@router.get("/v/{code}")
@for_everybody
def look_up(visit: VisitDep, code: str) -> Response:
    """Show whether a result is genuine and in force."""
    return _answer(visit, code[:_LONGEST])


def _answer(visit: Visit, typed: str, file: ContentHash | None = None) -> Response:
    door = _door(visit)
    begun = time.monotonic()
    wait = door.limit.wait(visit.request.client.host if visit.request.client else "")
    if wait:
        busy = show(visit, "public/busy.html", status=429, wait=wait)
        busy.headers["Retry-After"] = str(wait)
        return busy
    fresh_for = dt.timedelta(hours=visit.office.settings.web.judged_hours)
    if file is not None:
        found = look_up_file(file, services=door.services, fresh_for=fresh_for)
    else:
        found = look_up_publicly(result_code_in(typed), services=door.services, fresh_for=fresh_for)
    if found is None:
        time.sleep(max(0.0, begun + _EVEN_SECONDS - time.monotonic()))
        return show(visit, "public/ask.html", typed=typed, most=_looks(visit))
    return _show(visit, found, is_asked=found.is_due and door.queue.ask(found.newest.sha256), file=file)


def _show(visit: Visit, found: PublicResult, *, is_asked: bool, file: ContentHash | None) -> Response:
    here = f"{visit.office.address}/v/{quote(found.code, safe='')}"
    is_waiting = is_asked and (found.judgement is None or not found.judgement.signatures)
    return show(
        visit,
        "public/result.html",
        result=found,
        here=here,
        qr=qr_shape(here),
        is_waiting=is_waiting,
        file=file,
        is_trial=not visit.office.settings.signing.production,
        words=lambda reason: reason_words(reason, visit.say),
    )


def _looks(visit: Visit) -> int:
    return visit.office.settings.web.public_looks


def _door(visit: Visit) -> _Door:
    state = visit.request.app.state
    with _DOORS:
        if not hasattr(state, "public_door"):
            state.public_door = _open_door(visit.office)
        door: _Door = state.public_door
    return door


def _open_door(office: Office) -> _Door:
    acting = office.services.acting(PUBLIC)
    services = PublicServices(
        results=acting.results,
        library=acting.library,
        versions=acting.versions,
        verdicts=acting.verdicts,
        ledger=acting.ledger,
        objects=acting.objects,
        book=acting.public_book,
        clock=acting.clock,
    )

    def judge(sha256: ContentHash) -> bool:
        judged = judge_publicly(
            sha256,
            services=services,
            workers=office.workshop.workers,
            validator=office.workshop.validator,
            seconds=office.settings.reading.document_seconds,
        )
        return bool(judged.signatures)

    queue = JudgeQueue(jobs=office.jobs, judge=judge, now=acting.clock.now)
    return _Door(RateLimit(office.settings.web.public_looks), queue, services)
