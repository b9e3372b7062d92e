"""Dossiers as they are synchronised with the national portal (đồng bộ hồ sơ).

No public text gives the interface; names, lengths, codes and the form of dates are those that provinces' systems send (public
integration code), listed in docs/reference/exchange-formats.md. Results and papers are named by addresses that have to stay good.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pipeline.domain.dossier_course import Channel, DossierStatus, Fee, PaidOnline, SubmittedAt, Supplement
from pipeline.domain.exchange_errors import ExchangeMalformed
from pipeline.exchange.columns import (
    RecordForm,
    code,
    flag,
    json_bytes,
    moment,
    read_json,
    read_record,
    records,
    schema_of,
    text,
    write_record,
)

STEPS_AT_ONCE = 10
"""entries of the process log in one message"""


class ApplicantKind(StrEnum):
    """LoaiDoiTuong."""

    CITIZEN = "1"
    ENTERPRISE = "2"
    STATE_BODY = "3"
    OTHER_ORGANISATION = "4"


class Reuse(StrEnum):
    """DuocTaiSuDung."""

    NO = "0"
    REUSED = "1"
    REPLACED = "2"
    """by the result that MaKetQuaThayThe names"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicantNumber:
    """DinhDanhCHS."""

    kind: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedPaper:
    """TaiLieuNop: a paper of the dossier and its file."""

    name: str
    address: str
    """where the portal can fetch the file; empty: there is none"""
    file_id: str = ""
    is_deleted: bool = False
    component: str = ""
    is_digitized: bool = False
    reuse: Reuse = Reuse.NO
    from_depository: bool = False
    """taken from the national portal's depository"""
    replaced_by: str = ""
    """code of the result in its place"""

    def __post_init__(self) -> None:
        if (self.reuse is Reuse.REPLACED) != bool(self.replaced_by):
            raise ValueError("a paper that is replaced names the result in its place, and no other does")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPaper:
    """DanhSachGiayToKetQua: a result and its file."""

    name: str
    address: str
    code: str
    """`<dossier code>-KQ<n>`"""
    component: str = ""
    paper_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherAttachment:
    """DanhSachTepDinhKemKhac."""

    name: str
    count: str = "1"
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedDatabase:
    """DSKetNoiCSDL: a database that was asked for this dossier."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncedDossier:
    """A dossier as the national portal keeps it."""

    code: str
    procedure: str
    procedure_name: str
    received_at: dt.datetime
    status: DossierStatus
    applicant: str = ""
    applicant_kind: ApplicantKind | None = None
    applicant_number: str = ""
    applicant_id: str = ""
    """TechID of the portal's account"""
    applicant_numbers: tuple[ApplicantNumber, ...] = ()
    email: str = ""
    fax: str = ""
    phone: str = ""
    more: str = ""
    field: str = ""
    field_name: str = ""
    channel: Channel | None = None
    subject: str = ""
    submitted_at: dt.datetime | None = None
    due_at: dt.datetime | None = None
    returned_at: dt.datetime | None = None
    refused_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    return_form: str = ""
    return_note: str = ""
    unit: str = ""
    note: str = ""
    submitted_to: SubmittedAt | None = None
    has_digitized: bool = False
    """HoSoCoThanhPhanSoHoa"""
    verified_account: bool | None = None
    paid: PaidOnline | None = None
    papers: tuple[SubmittedPaper, ...] = ()
    results: tuple[ResultPaper, ...] = ()
    fees: tuple[Fee, ...] = ()
    supplements: tuple[Supplement, ...] = ()
    others: tuple[OtherAttachment, ...] = ()
    databases: tuple[AskedDatabase, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStep:
    """QuaTrinhXuLy: what somebody did about a dossier."""

    dossier: str
    by: str
    at: dt.datetime
    status: DossierStatus
    position: str = ""
    unit: str = ""
    did: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None


_NAME = "dossier_sync"


def _form(value: type[Any], *columns: Any) -> RecordForm:  # noqa: ANN401 - columns
    return RecordForm(name=_NAME, value=value, columns=columns)


NUMBERS = _form(ApplicantNumber, text("LoaiDinhDanh", "kind"), text("SoDinhDanh", "number"))
PAPERS = _form(
    SubmittedPaper,
    text("TepDinhKemId", "file_id"),
    text("TenTepDinhKem", "name", longest=4000, required=True),
    flag("IsDeleted", "is_deleted"),
    text("MaThanhPhanHoSo", "component"),
    text("DuongDanTaiTepTin", "address"),
    flag("DuocSoHoa", "is_digitized"),
    code("DuocTaiSuDung", "reuse", Reuse, required=True),
    flag("DuocLayTuKhoDMQG", "from_depository"),
    text("MaKetQuaThayThe", "replaced_by"),
)
RESULTS = _form(
    ResultPaper,
    text("TenGiayTo", "name", required=True),
    text("MaThanhPhanHoSo", "component"),
    text("GiayToId", "paper_id"),
    text("DuongDanTepTinKetQua", "address"),
    text("MaGiayToKetQua", "code"),
)
FEES = _form(
    Fee,
    text("TenPhiLePhi", "name"),
    text("MaPhiLePhi", "code"),
    text("HinhThucThu", "collected"),
    text("Gia", "amount"),
    text("LoaiPhiLePhi", "kind"),
)
SUPPLEMENTS = _form(
    Supplement,
    text("HoSoBoSungId", "id"),
    moment("NgayBoSung", "asked_at"),
    moment("NgayTiepNhanBoSung", "received_at"),
    text("TrangThaiBoSung", "status"),
    moment("NgayHenTraTruoc", "due_before"),
    moment("NgayHenTraMoi", "due_after"),
)
OTHERS = _form(OtherAttachment, text("TenGiayTo", "name"), text("SoLuong", "count"), text("LoaiGiayTo", "kind"))
DATABASES = _form(AskedDatabase, text("MaCSDL", "code"))
DOSSIERS = _form(
    SyncedDossier,
    text("MaHoSo", "code", required=True),
    text("MaTTHC", "procedure", required=True),
    text("TenTTHC", "procedure_name", required=True),
    text("MaLinhVuc", "field"),
    text("TenLinhVuc", "field_name"),
    code("KenhThucHien", "channel", Channel),
    text("ChuHoSo", "applicant"),
    text("SoGiayToChuHoSo", "applicant_number"),
    code("LoaiDoiTuong", "applicant_kind", ApplicantKind),
    text("MaDoiTuong", "applicant_id"),
    text("Email", "email"),
    text("Fax", "fax"),
    text("SoDienThoai", "phone"),
    text("ThongTinKhac", "more"),
    records("DinhDanhCHS", "applicant_numbers", NUMBERS),
    text("TrichYeuHoSo", "subject", longest=1000),
    moment("NgayNopHoSo", "submitted_at"),
    moment("NgayTiepNhan", "received_at", required=True),
    moment("NgayHenTra", "due_at"),
    moment("NgayTra", "returned_at"),
    moment("NgayTuChoi", "refused_at"),
    moment("NgayKetThucXuLy", "ended_at"),
    code("TrangThaiHoSo", "status", DossierStatus, required=True),
    text("HinhThuc", "return_form"),
    text("ThongTinTra", "return_note"),
    text("DonViXuLy", "unit"),
    text("GhiChu", "note"),
    code("NoiNopHoSo", "submitted_to", SubmittedAt),
    flag("HoSoCoThanhPhanSoHoa", "has_digitized"),
    flag("TaiKhoanDuocXacThucVoiVNeID", "verified_account", may_be_unknown=True),
    code("DuocThanhToanTrucTuyen", "paid", PaidOnline),
    records("TaiLieuNop", "papers", PAPERS),
    records("DanhSachGiayToKetQua", "results", RESULTS),
    records("DanhSachLePhi", "fees", FEES),
    records("DanhSachTepDinhKemKhac", "others", OTHERS),
    records("DanhSachHoSoBoSung", "supplements", SUPPLEMENTS),
    records("DSKetNoiCSDL", "databases", DATABASES),
)
STEPS = _form(
    ProcessStep,
    text("MaHoSo", "dossier", required=True),
    text("NguoiXuLy", "by", longest=50, required=True),
    text("ChucDanh", "position"),
    moment("ThoiDiemXuLy", "at", required=True),
    text("PhongBanXuLy", "unit"),
    text("NoiDungXuLy", "did"),
    code("TrangThai", "status", DossierStatus, required=True),
    moment("NgayBatDau", "since"),
    moment("NgayKetThucTheoQuyDinh", "until"),
)


def write_dossiers(dossiers: Sequence[SyncedDossier]) -> bytes:
    """Return dossiers as the portal takes them: a JSON array.

    Raises:
        ExchangeMalformed: something is longer than it may be.
    """
    return json_bytes([write_record(each, DOSSIERS) for each in dossiers])


def read_dossiers(data: bytes) -> tuple[SyncedDossier, ...]:
    """Return the dossiers of such an array.

    Raises:
        ExchangeMalformed
    """
    return tuple(_read_all(data, DOSSIERS))


def write_steps(steps: Sequence[ProcessStep]) -> tuple[bytes, ...]:
    """Return the process log as messages of at most ten entries.

    Raises:
        ExchangeMalformed
    """
    chunks = (steps[start : start + STEPS_AT_ONCE] for start in range(0, len(steps), STEPS_AT_ONCE))
    return tuple(json_bytes([write_record(each, STEPS) for each in chunk]) for chunk in chunks)


def read_steps(data: bytes) -> tuple[ProcessStep, ...]:
    """Return the entries of one message of a process log.

    Raises:
        ExchangeMalformed
    """
    return tuple(_read_all(data, STEPS))


def dossiers_schema() -> dict[str, Any]:
    """Return the JSON Schema of the array."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "array",
        "items": schema_of(DOSSIERS),
    }


def _read_all(data: bytes, form: RecordForm) -> Iterator[Any]:
    found = read_json(data, format_=_NAME)
    if not isinstance(found, list):
        raise ExchangeMalformed(format=_NAME, place="", reason="no_list")
    for each in found:
        try:
            yield read_record(each, form)
        except ValueError as error:
            raise ExchangeMalformed(format=_NAME, place="", reason=str(error)) from error
