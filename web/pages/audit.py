"""The audit trail: who did what, in words; whether it is whole; its sealed days; the trail as files."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict
from starlette.background import BackgroundTask

from app.language import say_error
from app.sealing import open_auditing
from pipeline.audit_ports import TrailFilter
from pipeline.domain.account import Role
from pipeline.domain.audit import Action
from pipeline.domain.audit_seal import KeptSeal, day_of
from pipeline.usecases.export_audit import export_audit
from pipeline.usecases.look_at_trail import look_at_trail
from web.guard import allowed
from web.handing_out import attachment
from web.show import go_to, show
from web.trail_checks import MOST_TOLD, TrailCheck, TrailChecks
from web.trail_words import action_words, told
from web.visit import Visit, VisitDep

router = APIRouter()

_AT_ONCE = 50
_SEALS_SHOWN = dt.timedelta(days=31)


def _none_for_empty(typed: object) -> object:
    return None if isinstance(typed, str) and not typed.strip() else typed


class AuditQuery(BaseModel):
    """Which entries are to be shown."""

    model_config = ConfigDict(extra="ignore", str_max_length=200, str_strip_whitespace=True)

    who: Annotated[str | None, BeforeValidator(_none_for_empty)] = None
    action: Annotated[Action | None, BeforeValidator(_none_for_empty)] = None
    subject: Annotated[str | None, BeforeValidator(_none_for_empty)] = None
    since: Annotated[dt.date | None, BeforeValidator(_none_for_empty)] = None
    until: Annotated[dt.date | None, BeforeValidator(_none_for_empty)] = None
    before: Annotated[int | None, BeforeValidator(_none_for_empty)] = None


@router.get("/audit")
@allowed(Role.RECORDS_OFFICER, Role.ADMINISTRATOR)
def audit_page(wanted: Annotated[AuditQuery, Query()], visit: VisitDep) -> Response:
    """Show entries, the newest first, a page of them at a time."""
    seen = _whose_entries(visit)
    asked = TrailFilter(
        author=wanted.who,
        authors=seen,
        action=wanted.action,
        subject=wanted.subject,
        since=wanted.since,
        until=wanted.until,
        before=wanted.before,
        limit=_AT_ONCE + 1,
    )
    found = look_at_trail(asked, search=visit.services.officer.trail, looker=visit.looker())
    shown = found[:_AT_ONCE]
    people = visit.services.officer.trail.authors()
    return show(
        visit,
        "audit/page.html",
        entries=[told(each, visit) for each in shown],
        chosen=wanted,
        people=[each for each in people if seen is None or each in seen],
        actions=sorted(((each.value, action_words(each, visit)) for each in Action), key=lambda each: each[1]),
        next=shown[-1].number if len(found) > _AT_ONCE else None,
        sees_all=seen is None,
        check=_last_check(visit),
        most_told=MOST_TOLD,
        seals=_seals(visit) if seen is None else (),
        newest_seal=visit.services.seals.last() if seen is None else None,
    )


@router.get("/audit/check")
@allowed(Role.RECORDS_OFFICER, Role.ADMINISTRATOR)
def check_state(visit: VisitDep) -> Response:
    """Show how far the check is; the part asks again by itself until it has ended."""
    return _check_part(visit)


@router.post("/audit/check")
@allowed(Role.RECORDS_OFFICER, Role.ADMINISTRATOR)
def begin_check(visit: VisitDep) -> Response:
    """Begin to check the whole trail, unless that goes on already."""
    checks = _checks(visit)
    if _whose_entries(visit) is None and checks.begin(by=visit.person.login, at=visit.now()):
        services = visit.services
        visit.office.jobs.run("check of the audit trail", lambda: checks.run(services))
    return _check_part(visit) if visit.is_fragment else go_to("/audit#check")


@router.post("/audit/export")
@allowed(Role.RECORDS_OFFICER, Role.ADMINISTRATOR)
def export_trail(visit: VisitDep) -> Response:
    """Hand out trail and seals as a ZIP of files that a program without this product checks."""
    if _whose_entries(visit) is not None:
        return go_to("/audit", visit)
    folder = Path(tempfile.mkdtemp(prefix="sohoa-trail-"))
    try:
        with open_auditing(visit.services) as auditing:
            export_audit(auditing, folder / "trail")
        packed = shutil.make_archive(str(folder / "packed"), "zip", folder / "trail")
    except BaseException:
        shutil.rmtree(folder)
        raise
    return FileResponse(
        packed,
        media_type="application/zip",
        headers=attachment(f"nhat-ky-{day_of(visit.now())}.zip"),
        background=BackgroundTask(shutil.rmtree, folder),
    )


def _whose_entries(visit: Visit) -> frozenset[str] | None:
    """Return whose entries somebody may see: those of the own agency's people; None, everybody's, in the office that runs this."""
    if Role.ADMINISTRATOR in visit.roles or visit.agency == visit.office.settings.office.agency:
        return None
    return frozenset(each.login for each in visit.services.accounts.all() if each.agency == visit.agency)


def _checks(visit: Visit) -> TrailChecks:
    state = visit.request.app.state
    if not hasattr(state, "trail_checks"):
        state.trail_checks = TrailChecks()
    checks: TrailChecks = state.trail_checks
    return checks


def _last_check(visit: Visit) -> TrailCheck | None:
    """Return the last check, for those who see the whole trail: it names records and people of all agencies."""
    return _checks(visit).last if _whose_entries(visit) is None else None


def _check_part(visit: Visit) -> Response:
    last = _last_check(visit)
    said = say_error(last.error, visit.say) if last and last.error else ""
    return show(visit, "audit/check.html", check=last, error=said, most_told=MOST_TOLD)


def _seals(visit: Visit) -> list[KeptSeal]:
    """Return the seals of the last month, the newest first."""
    after = (day_of(visit.now()) - _SEALS_SHOWN).isoformat()
    found = visit.services.seals.seals(limit=_SEALS_SHOWN.days + 1, after=after)
    return [each for each in reversed(found) if isinstance(each, KeptSeal)]
