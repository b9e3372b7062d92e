"""Months of dossiers that went through the program's own use cases, and all indices calculated by themselves beside it.

What happens to each dossier is drawn first and kept as a plain row. The program then gets it piece by piece: papers, results, revocations,
the one-stop system's word as a message, files altered on the disk and found out by the nightly reading, papers lent to other dossiers
and taken back, a national portal that fails, forgets to answer and refuses. What the indices have to be is calculated from the rows
alone, after domain notes on QĐ 766/QĐ-TTg, with fractions and half-up rounding of their own.
"""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.keeping import care_of
from app.services import Services, open_services
from app.settings import Settings
from pipeline.domain.attachment import AttachedPaper, AttachmentId
from pipeline.domain.exchange import OtherSystem, SyncAnswer, SyncState
from pipeline.domain.exchange_errors import ConnectorUnavailable
from pipeline.domain.holding import Holding, PaperCode
from pipeline.domain.ids import ContentHash, DocumentId, DossierCode, TypeCode
from pipeline.domain.indices import FileWorth
from pipeline.domain.owner import HoldingId, Identifier, IdentifierKind, Owner, OwnerId, OwnerKind
from pipeline.domain.procedure import Procedure
from pipeline.domain.result import ResultState
from pipeline.ports import Area
from pipeline.usecases.compute_indices import IndexQuestion, IndexReport, compute_indices, kept_indices
from pipeline.usecases.count_dossiers import count_changed
from pipeline.usecases.index_definitions import load_indices
from pipeline.usecases.synchronise_dossiers import SyncServices, queue_dossier, send_dossiers
from pipeline.usecases.take_courses import take_courses
from pipeline.usecases.verify_objects import verify_objects
from tests.fakes.author import CLERK
from tests.storage.drawn_fates import (
    ALTERED,
    FIRST,
    INVALID,
    LAST,
    MISSING,
    RULES,
    SIGNED,
    UNJUDGED,
    UNSIGNED,
    Fate,
    drawn,
    share,
)
from tests.storage.planned_dossiers import BIRTH, SILENT, Plan, Registry

_PLANNED = {UNSIGNED: FileWorth.UNSIGNED, UNJUDGED: FileWorth.UNJUDGED, INVALID: FileWorth.NOT_VALID}


class Portal:
    """The national portal, with a bad day."""

    def __init__(self, fates: list[Fate]) -> None:
        self._ways = {each.code: each.portal for each in fates}
        self._failed: set[str] = set()
        self.there: dict[str, int] = {}
        """how often each was created"""

    def send(self, message: bytes, *, update: bool) -> SyncAnswer:
        (record,) = json.loads(message)
        code = record["MaHoSo"]
        way, again = self._ways[code], code in self._failed
        self._failed.add(code)
        if way == "refuses":
            return SyncAnswer(code="-1", message="Sai")
        if way == "fails first" and not again:
            raise ConnectorUnavailable(system="national_portal", reason="503")
        if not update and code in self.there:
            return SyncAnswer(code="-3" if len(code) % 2 else "3", message="đã có")
        if not update:
            self.there[code] = self.there.get(code, 0) + 1
        if way == "answer lost" and not again:
            raise ConnectorUnavailable(system="national_portal", reason="lost")
        return SyncAnswer(code="0")


class Later:
    """A clock that goes on by itself."""

    def __init__(self) -> None:
        self.time = dt.datetime(2026, 5, 1, 1, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        self.time += dt.timedelta(seconds=1)
        return self.time


class Town:
    """Lets fates come about."""

    def __init__(self, services: Services, fates: list[Fate]) -> None:
        self._services, self._fates, self._clock = services, fates, Later()
        self._records = services.records
        self._numbers = itertools.count()

    def live(self) -> Portal:
        birth, silent = (
            Procedure(code=code, name="Thủ tục", field="Hộ tịch", since=dt.date(2020, 1, 1), results=results)
            for code, results in ((BIRTH, (TypeCode("giay_khai_sinh"),)), (SILENT, ()))
        )
        self._records.procedures.load([birth, silent])
        registry = Registry(self._records, self._clock)  # type: ignore[arg-type]
        for fate in self._fates:
            registry.keep(_plan(fate))
        self._put_files()
        self._tell()
        self._lend()
        portal = self._synchronise()
        self._revoke()
        self._spoil_files()
        return portal

    def _put_files(self) -> None:
        """Put the bytes of all copies into the store."""
        with self._records.engine.connect() as connection:
            rows = connection.execute(sa.text("SELECT document, number FROM copy_versions")).all()
        for row in rows:
            word = "copy" if row.number == 1 else "signed"
            self._services.objects.put(Area.ARCHIVE, io.BytesIO(f"{word} {row.document}".encode()))

    def _tell(self) -> None:
        told = [{**each.told, "MaHoSo": each.code} for each in self._fates if each.told]
        for part in (told[:40], told[40:], told[:10]):  # some of it twice
            take_courses(
                json.dumps(part).encode(),
                agency="H42.99",
                population=("7",),
                courses=self._services.officer.courses,
                at=self._clock.now(),
            )

    def _lend(self) -> None:
        card = Identifier(IdentifierKind.CCCD, "001199000011")
        an = Owner(id=OwnerId("o-1"), kind=OwnerKind.PERSON, name="Nguyễn Thị An", identifiers=(card,))
        owner = self._services.owners.register(an)
        for fate in self._fates:
            if fate.lent == "no":
                continue
            number = next(self._numbers)
            document = DocumentId(f"d-{self._fates[number].code}-{self._fates[number].agency}-1")
            holding = Holding(
                id=HoldingId(f"h-{number}"),
                owner=owner.id,
                document=document,
                type=TypeCode("can_cuoc"),
                code=PaperCode(owner="1", type="can_cuoc", serial=0, text=""),
                published_at=self._clock.now(),
            )
            (placed,) = self._services.depository.place([holding], template="{owner}/{type}/{serial}")
            attached = self._services.dossiers.attach(
                AttachedPaper(
                    id=AttachmentId(f"a-{number}"),
                    dossier=DossierCode(fate.code),
                    component="1",
                    document=document,
                    holding=placed.id,
                    agency=fate.agency,
                    purpose="Giải quyết hồ sơ",
                    attached_at=self._clock.now(),
                    attached_by="lan",
                )
            )
            if fate.lent == "taken back":
                self._services.dossiers.detach(attached.id, at=self._clock.now(), by="lan")

    def _synchronise(self) -> Portal:
        needs = SyncServices(
            library=self._services.library,
            batches=self._services.batches,
            results=self._services.results,
            procedures=self._services.procedures,
            queue=self._services.sync_queue,
            catalogue=self._services.catalogue,
            clock=self._clock,
            course=self._services.officer.courses.of,
        )
        for fate in self._fates:
            if fate.portal != "no":
                for _ in range(2):  # again changes nothing
                    done = queue_dossier(
                        DossierCode(fate.code),
                        services=needs,
                        file_address="https://so.example.vn/{document}",
                        unit="UBND",
                    )
                fate.is_queued = not isinstance(done, str)
        portal = Portal(self._fates)
        for _ in range(500):
            send_dossiers(queue=self._services.sync_queue, portal=portal, clock=self._clock)
            self._clock.time += dt.timedelta(hours=1)
            if not self._services.sync_queue.all(OtherSystem.NATIONAL_PORTAL, state=SyncState.WAITING, limit=1):
                return portal
        raise AssertionError("something is still to be sent")

    def _revoke(self) -> None:
        for fate in self._fates:
            if fate.revoked:
                (result,) = self._services.results.of(DossierCode(fate.code))
                ended = replace(result, state=ResultState.REVOKED, reason="Sai thông tin", changed_at=self._clock.now())
                assert self._services.results.end(ended)

    def _spoil_files(self) -> None:
        """Alter and remove files on the disk, and let the nightly reading find out."""
        archive = self._services.settings.archive_folder
        for fate in self._fates:
            for document, how in _spoiled(fate):
                newest = self._services.versions.versions(document)[-1].sha256
                file = _file_of(archive, newest)
                file.chmod(0o600)
                file.parent.chmod(0o700)
                if how == MISSING:
                    file.unlink()
                else:
                    file.write_bytes(b"something else")
        care = care_of(self._services)
        verify_objects(care, before=self._services.clock.now())


def _plan(fate: Fate) -> Plan:
    return Plan(
        code=fate.code,
        agency=fate.agency,
        received=fate.scanned,
        procedure=fate.procedure,
        due=fate.due,
        components=tuple(_PLANNED.get(each, FileWorth.SIGNED) for each in fate.files),
        result=None if fate.result is None else _PLANNED.get(fate.result, FileWorth.SIGNED),
        resulted=fate.resulted,
    )


def _spoiled(fate: Fate) -> Iterator[tuple[DocumentId, str]]:
    for number, how in enumerate([*fate.files, fate.result], start=1):
        if how in {ALTERED, MISSING}:
            yield DocumentId(f"d-{fate.code}-{fate.agency}-{number}"), str(how)


def _file_of(archive: Path, sha256: ContentHash) -> Path:
    (found,) = (each for each in archive.rglob(f"*{sha256}*") if each.is_file())
    return found


# --- the comparison ----------------------------------------------------------------------------------------------------

MONTHS = [(dt.date(2026, 2, 1), dt.date(2026, 2, 28)), (dt.date(2026, 3, 1), dt.date(2026, 3, 31)), (FIRST, LAST)]


@pytest.mark.parametrize("seed", [20260331, 7])
def test_all_indices_equal_an_independent_calculation(tmp_path: Path, seed: int) -> None:
    fates = drawn(seed, 90)
    with open_services(Settings(home=tmp_path / "home"), author=CLERK) as services:
        portal = Town(services, fates).live()
        assert set(portal.there.values()) == {1}  # none was created twice, whatever failed
        officer = services.officer
        count_changed(officer.figures)
        for since, until in MONTHS:
            question = IndexQuestion(since=since, until=until)
            reports = [compute_indices(question, definitions=load_indices(), facts=officer.dossiers)]
            kept = kept_indices(question, definitions=load_indices(), facts=officer.dossiers, kept=officer.figures)
            assert kept is not None
            for report in (*reports, kept):
                hold_against(report, fates, since, until)
            for agency, procedure in (("H42.12", None), (None, BIRTH), ("", SILENT), (None, "")):
                asked = replace(question, agency=agency, procedure=procedure)
                some = [
                    each
                    for each in fates
                    if agency in {None, each.agency} and procedure in {None, each.procedure or ""}
                ]
                report = compute_indices(asked, definitions=load_indices(), facts=officer.dossiers)
                hold_against(report, some, since, until)


def hold_against(report: IndexReport, fates: list[Fate], since: dt.date, until: dt.date) -> None:
    seen = set()
    for figures in report.indices:
        code = str(figures.definition.code)
        seen.add(code)
        assert figures.is_computed
        parts = [(figures.whole, fates)]
        parts += [(each, [fate for fate in fates if fate.agency == key]) for key, each in figures.by_agency.items()]
        parts += [
            (each, [fate for fate in fates if (fate.procedure or "") == key])
            for key, each in figures.by_procedure.items()
        ]
        for figure, some in parts:
            found = "-" if figure.per_cent is None else f"{figure.per_cent:.2f}"
            assert (figure.counted, figure.total, figure.unknown, found) == share(some, code, since, until), code
        for month, figure in figures.by_month.items():
            first = dt.date(int(month[:4]), int(month[5:]), 1)
            last = (first + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
            found = "-" if figure.per_cent is None else f"{figure.per_cent:.2f}"
            assert (figure.counted, figure.total, figure.unknown, found) == share(fates, code, first, last), (
                code,
                month,
            )
    assert seen == set(RULES)


def test_the_fates_have_everything_in_them() -> None:
    fates = drawn(20260331, 90)
    assert {each for fate in fates for each in [*fate.files, fate.result]} >= {
        SIGNED, UNSIGNED, UNJUDGED, INVALID, ALTERED, MISSING, None,
    }  # fmt: skip
    assert {fate.told["TrangThaiHoSo"] for fate in fates if fate.told} == {str(each) for each in range(1, 11)}
    assert {fate.portal for fate in fates} == {"no", "takes", "fails first", "answer lost", "refuses"}
    assert any(fate.revoked for fate in fates)
