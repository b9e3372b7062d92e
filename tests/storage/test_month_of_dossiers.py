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
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
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
from tests.storage.planned_dossiers import BIRTH, SILENT, Plan, Registry

HANOI = dt.timezone(dt.timedelta(hours=7))
AGENCIES = ("", "H42.12", "H42.13")
FIRST, LAST = dt.date(2026, 2, 1), dt.date(2026, 4, 30)
SIGNED, UNSIGNED, UNJUDGED, INVALID, ALTERED, MISSING = (
    "signed",
    "unsigned",
    "unjudged",
    "invalid",
    "altered",
    "missing",
)
_PLANNED = {UNSIGNED: FileWorth.UNSIGNED, UNJUDGED: FileWorth.UNJUDGED, INVALID: FileWorth.NOT_VALID}


@dataclass
class Fate:
    """A dossier, as plain as can be."""

    code: str
    agency: str
    procedure: str | None
    scanned: dt.datetime
    due: dt.date | None
    files: list[str]
    result: str | None
    resulted: dt.datetime
    revoked: bool
    told: dict[str, object] | None
    """what the one-stop system says, as it says it"""
    lent: str
    """a stored paper: `no`, `stands`, `taken back`"""
    portal: str
    """`no`, `takes`, `fails first`, `answer lost`, `refuses`"""
    is_queued: bool = field(default=False)

    # --- what follows, calculated here --------------------------------------------------------------------------------

    def received_day(self) -> dt.date:
        return _day_of(self.told["NgayTiepNhan"]) if self.told else self.scanned.astimezone(HANOI).date()

    def due_day(self) -> dt.date | None:
        return (_day_of(self.told["NgayHenTra"]) if self.told and self.told["NgayHenTra"] else None) or self.due

    def over_day(self) -> dt.date | None:
        said = None
        if self.told:
            named = {
                "9": ("NgayKetThucXuLy", "NgayTra"),
                "10": ("NgayKetThucXuLy", "NgayTra"),
                "8": ("NgayKetThucXuLy",),
                "3": ("NgayTuChoi", "NgayKetThucXuLy"),
            }.get(str(self.told["TrangThaiHoSo"]), ())
            said = next((_day_of(self.told[name]) for name in named if self.told[name]), None)
        return said or (self.resulted.astimezone(HANOI).date() if self.result else None)

    def papers_good(self) -> bool:
        return all(each == SIGNED for each in self.files)

    def result_good(self) -> bool:
        return self.result == SIGNED and not self.revoked

    def is_taken(self) -> bool:
        return self.is_queued and self.portal in {"takes", "fails first", "answer lost"}


Rule = tuple[Callable[[Fate], dt.date | None], Callable[[Fate], bool | None], Callable[[Fate], bool]]


def _said(fate: Fate, name: str) -> object:
    return fate.told[name] if fate.told else None


def _ended(fate: Fate) -> dt.date | None:
    return fate.over_day() or fate.due_day()


def _on_time(fate: Fate) -> bool:
    over, due = fate.over_day(), fate.due_day()
    asked_again = len(fate.told["DanhSachHoSoBoSung"]) if fate.told else 0  # type: ignore[arg-type]
    return over is not None and due is not None and over <= due and asked_again < 2


def _has_fees(fate: Fate) -> bool | None:
    if _said(fate, "DanhSachLePhi"):
        return True
    return False if _said(fate, "DuocThanhToanTrucTuyen") else None


def _result_where_needed(fate: Fate) -> bool:
    return fate.result_good() or fate.procedure == SILENT


def _any_paper(fate: Fate, name: str, values: tuple[str, ...]) -> bool:
    papers: list[dict[str, str]] = fate.told["TaiLieuNop"] if fate.told else []  # type: ignore[assignment]
    return any(each[name] in values for each in papers)


RULES: dict[str, Rule] = {
    "1.4": (Fate.received_day, lambda _: True, Fate.is_taken),
    "2.1": (_ended, lambda fate: fate.over_day() is not None and fate.due_day() is not None, _on_time),
    "3.3": (
        _ended,
        lambda fate: True if _said(fate, "KenhThucHien") else None,
        lambda fate: _said(fate, "KenhThucHien") == "2" and _result_where_needed(fate),
    ),
    "3.6": (Fate.received_day, _has_fees, lambda fate: _said(fate, "DuocThanhToanTrucTuyen") in {"1", "2"}),
    "4.1": (_ended, lambda fate: None if fate.procedure is None else fate.procedure == BIRTH, Fate.result_good),
    "4.2": (_ended, lambda _: True, lambda fate: fate.papers_good() and _result_where_needed(fate)),
    "4.3": (
        Fate.received_day,
        lambda _: True,
        lambda fate: fate.lent == "stands" or _any_paper(fate, "DuocTaiSuDung", ("1",)),
    ),
    "4.4": (
        _ended,
        lambda _: True,
        # revoking came after the portal had taken the address
        lambda fate: (fate.is_taken() and fate.result is not None) or _any_paper(fate, "DuocLayTuKhoDMQG", ("1",)),
    ),
    "4.5": (
        Fate.received_day,
        lambda _: True,
        lambda fate: {"MaCSDL": "7"} in (_said(fate, "DSKetNoiCSDL") or []),  # type: ignore[operator]
    ),
}


def share(fates: list[Fate], code: str, since: dt.date, until: dt.date) -> tuple[int, int, int, str]:
    """Return counted, total and unknown dossiers of an index, and its per cent with two decimals, `-` for none."""
    counted, total, unknown = _count(fates, code, since, until)
    above, below = counted, total
    if code == "3.3":  # times the share that is synchronised
        synchronised, received, _ = _count(fates, "1.4", since, until)
        above, below = above * synchronised, below * received
    if not below:
        return counted, total, unknown, "-"
    return (
        counted,
        total,
        unknown,
        str((Decimal(100 * above) / Decimal(below)).quantize(Decimal("0.01"), ROUND_HALF_UP)),
    )


def _count(fates: list[Fate], code: str, since: dt.date, until: dt.date) -> tuple[int, int, int]:
    day_of, belongs, counts = RULES[code]
    mine = [each for each in fates if (day := day_of(each)) is not None and since <= day <= until]
    below = [each for each in mine if belongs(each)]
    return sum(map(counts, below)), len(below), sum(belongs(each) is None for each in mine)


# --- fates, and how they come about ------------------------------------------------------------------------------------


def drawn(seed: int, count: int) -> list[Fate]:
    chance = random.Random(seed)
    return [_fate(number, chance) for number in range(count)]


def _fate(number: int, chance: random.Random) -> Fate:
    scanned = dt.datetime(2026, 1, 20, 1, tzinfo=dt.UTC) + dt.timedelta(hours=chance.randrange(24 * 95))
    files = (SIGNED,) * 12 + (UNSIGNED, UNJUDGED, INVALID, ALTERED, MISSING)
    result = chance.choice([None, None, *files])
    procedure = chance.choice([BIRTH, BIRTH, BIRTH, SILENT, SILENT, None])
    due = scanned.astimezone(HANOI).date() + dt.timedelta(days=chance.randrange(1, 14))
    return Fate(
        code=f"H42.12-26{scanned:%m%d}-{number:04d}",
        agency=chance.choice(AGENCIES),
        procedure=procedure,
        scanned=scanned,
        due=due if chance.random() < 0.7 else None,
        files=[chance.choice(files) for _ in range(chance.randrange(1, 3))],
        result=result,
        resulted=scanned + dt.timedelta(hours=chance.randrange(24 * 14)),
        revoked=result is not None and chance.random() < 0.2,
        told=_told(scanned, procedure, chance) if procedure and chance.random() < 0.75 else None,
        lent=chance.choice(["no", "no", "no", "stands", "taken back"]),
        portal=chance.choice(["no", "takes", "takes", "fails first", "answer lost", "refuses"]),
    )


def _told(scanned: dt.datetime, procedure: str, chance: random.Random) -> dict[str, object]:
    received = scanned - dt.timedelta(hours=chance.randrange(60))
    over = received + dt.timedelta(hours=chance.randrange(24 * 16))
    paper = {"TenTepDinhKem": "Giấy tờ.pdf", "DuocTaiSuDung": "0", "DuocLayTuKhoDMQG": "0"}
    return {
        "MaTTHC": f"{procedure}.000.00.00.H42",
        "TenTTHC": "Thủ tục",
        "KenhThucHien": chance.choice(["1", "2", "2", "3", ""]),
        "TrangThaiHoSo": str(chance.randrange(1, 11)),
        "NgayTiepNhan": _moment(received),
        "NgayHenTra": chance.choice(["", _moment(received + dt.timedelta(days=chance.randrange(2, 15)))]),
        "NgayKetThucXuLy": chance.choice(["", _moment(over)]),
        "NgayTra": chance.choice(["", _moment(over + dt.timedelta(hours=30))]),
        "NgayTuChoi": chance.choice(["", _moment(over)]),
        "DuocThanhToanTrucTuyen": chance.choice(["", "1", "2", "3"]),
        "DanhSachLePhi": chance.choice([[], [{"TenPhiLePhi": "Lệ phí", "Gia": "8000"}]]),
        "DanhSachHoSoBoSung": [{"HoSoBoSungId": str(each)} for each in range(chance.choice([0, 0, 1, 2, 3]))],
        "DSKetNoiCSDL": chance.choice([[], [{"MaCSDL": "7"}], [{"MaCSDL": "3"}]]),
        "TaiLieuNop": [{**paper, "DuocTaiSuDung": chance.choice("0001"), "DuocLayTuKhoDMQG": chance.choice("000001")}],
    }


def _moment(at: dt.datetime) -> str:
    return at.astimezone(HANOI).strftime("%Y%m%d%H%M%S")


def _day_of(said: object) -> dt.date:
    text = str(said)
    return dt.date(int(text[:4]), int(text[4:6]), int(text[6:8]))


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
