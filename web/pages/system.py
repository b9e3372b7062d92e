"""The installation as its administrator sees it: health, stores, workers, signers, types, trust, settings. Nothing is changed here."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter, Response

from app.connector_words import problem_words
from app.doctor import Health, examine
from app.language import say_error
from app.second_store import mirror_in_care
from app.services import types_of
from app.settings import named_groups, setting_names, shown_value
from app.stores import kept_report
from app.system_report import anchors_report, rooms, signers_report, workforce
from pipeline.domain.account import Role
from pipeline.domain.batch import BatchState
from pipeline.domain.errors import SohoaError
from pipeline.domain.exchange import OtherSystem
from pipeline.domain.web_errors import NoSuchPage
from pipeline.understand.type_check import check_types
from web.guard import allowed
from web.show import show
from web.visit import Visit, VisitDep

router = APIRouter()

_SOON = dt.timedelta(days=60)
"""before its end at which a certificate is pointed out"""
_BATCHES = 1000


@router.get("/system")
@allowed(Role.ADMINISTRATOR)
def overview(visit: VisitDep) -> Response:
    """Show who works, how much waits, and how much room there is."""
    settings = visit.office.settings
    batches = visit.services.library.batches(limit=_BATCHES)
    return show(
        visit,
        "system/overview.html",
        here="overview",
        workforce=workforce(settings),
        waiting=sum(each.state == BatchState.RECEIVED.value for each in batches),
        rooms=rooms(settings),
        people=len(visit.services.accounts.all()),
        sessions=sum(visit.services.open_sessions.counts().values()),
    )


@router.get("/system/health")
@allowed(Role.ADMINISTRATOR)
def health(visit: VisitDep) -> Response:
    """Examine the installation."""
    findings = list(examine(visit.office.settings))
    rows = [
        (
            each,
            say_error(each.error, visit.say) if each.error else each.detail,
            visit.say(each.remedy, name=each.of or each.name) if each.remedy else "",
        )
        for each in findings
    ]
    return show(visit, "system/health.html", here="health", rows=rows, Health=Health)


@router.get("/system/stores")
@allowed(Role.ADMINISTRATOR)
def stores(visit: VisitDep) -> Response:
    """Show what the store was seen to do, and whether the second one answers."""
    settings = visit.office.settings
    problem: SohoaError | None = None
    mirror = None
    try:
        mirror = mirror_in_care(settings)
    except SohoaError as error:
        problem = error
    report = kept_report(settings)
    return show(
        visit,
        "system/stores.html",
        here="stores",
        settings=settings,
        report=report,
        lacking=report.lacking(settings.store.require) if report else settings.store.require,
        mirror=mirror,
        mirror_problem=say_error(problem, visit.say) if problem else "",
        detail=lambda seen: _detail(visit, seen.detail),
    )


@router.get("/system/signers")
@allowed(Role.ADMINISTRATOR)
def signers(visit: VisitDep) -> Response:
    """Show who signs here; never a secret."""
    found = signers_report(visit.office.settings)
    return show(
        visit,
        "system/signers.html",
        here="signers",
        signers=found,
        problems={each.name: say_error(each.problem, visit.say) for each in found if each.problem},
        signing=visit.office.settings.signing,
        now=visit.now(),
        soon=_SOON,
    )


@router.get("/system/connectors")
@allowed(Role.ADMINISTRATOR)
def connectors(visit: VisitDep) -> Response:
    """Show how the systems around this one answered last, and which channels bring files in; nothing of what was asked."""
    settings = visit.office.settings
    known = {each.system: each for each in visit.services.connector_book.all()}
    return show(
        visit,
        "system/connectors.html",
        here="connectors",
        rows=[(each, settings.connectors.get(each), known.get(each)) for each in OtherSystem],
        channels=sorted(settings.channels.items()),
        now=visit.now(),
        problem=lambda state: problem_words(state, visit.say),
    )


@router.get("/system/trust")
@allowed(Role.ADMINISTRATOR)
def trust(visit: VisitDep) -> Response:
    """Show whom this installation believes."""
    return show(
        visit,
        "system/trust.html",
        here="trust",
        anchors=anchors_report(visit.office.settings),
        now=visit.now(),
        soon=_SOON,
    )


@router.get("/system/types")
@allowed(Role.ADMINISTRATOR)
def types(visit: VisitDep) -> Response:
    """Show which papers are known, and what is wrong with the folder of one's own."""
    folder = visit.office.settings.types.folder
    return show(
        visit,
        "system/types.html",
        here="types",
        catalogue=list(visit.services.catalogue),
        folder=folder,
        problems=check_types(folder) if folder else (),
        changed=_changed(visit),
    )


@router.get("/system/types/{code}")
@allowed(Role.ADMINISTRATOR)
def document_type(visit: VisitDep, code: str) -> Response:
    """Show what is declared of a type."""
    found = next((each for each in visit.services.catalogue if each.code == code), None)
    if found is None:
        raise NoSuchPage(path=visit.request.url.path)
    return show(visit, "system/type.html", here="types", type=found, label=lambda name: _label(visit, name))


@router.get("/system/settings")
@allowed(Role.ADMINISTRATOR)
def settings_page(visit: VisitDep) -> Response:
    """Show the settings in force and where each came from; secrets are shown as set or not set only."""
    provenance = visit.office.provenance
    rows = [
        (name, shown_value(provenance.settings, name), provenance.origins.get(name, ""))
        for name in setting_names(named=named_groups(provenance.settings))
    ]
    return show(visit, "system/settings.html", here="settings", rows=rows)


def _detail(visit: Visit, word: str) -> str:
    """Return what was seen in the visitor's language; a server's own word stays as it is."""
    key = f"evidence.{word}"
    return visit.say(key) if key in visit.words.known else word


def _label(visit: Visit, name: str) -> str:
    key = f"field.{name}"
    return visit.say(key) if key in visit.words.known else name


def _changed(visit: Visit) -> bool:
    """Say whether the declarations on disk are others than those that this process read when it started."""
    try:
        return tuple(types_of(visit.office.settings)) != tuple(visit.services.catalogue)
    except SohoaError:
        return False
