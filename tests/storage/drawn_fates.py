"""Dossiers as plain rows drawn by chance, and what the indices have to say of them, calculated by itself."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from tests.storage.planned_dossiers import BIRTH, SILENT

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
