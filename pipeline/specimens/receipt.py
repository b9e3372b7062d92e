"""Giấy tiếp nhận hồ sơ và hẹn trả kết quả: the receipt of TT 03/2025/TT-VPCP, Mẫu 01, on A5, code on its top left."""

from __future__ import annotations

import datetime as dt

import numpy as np

from pipeline.domain.ids import TypeCode
from pipeline.specimens.cases import Case
from pipeline.specimens.codes import qr_picture
from pipeline.specimens.dates import vietnamese_date
from pipeline.specimens.fonts import Face
from pipeline.specimens.ink import autograph
from pipeline.specimens.letter import Agency
from pipeline.specimens.letter_head import issuer, motto
from pipeline.specimens.paper import DrawnPaper, PaperTruth, named
from pipeline.specimens.people import pick
from pipeline.specimens.sheet import A5, MM, Align, Run, Sheet, Text

_LEFT, _RIGHT = 14 * MM, A5[0] - 10 * MM
_MIDDLE = (_LEFT + _RIGHT) / 2
_HEAD_LEFT, _HEAD_RIGHT = 146.0, _RIGHT - 92
"""middles of the two columns of the head, right of the code"""
_SIZE = 10.5
_CODE_SIZE = 20 * MM


def draw_receipt(case: Case, rng: np.random.Generator, *, dpi: int) -> DrawnPaper:
    """Draw the receipt that stands in front of the papers of a dossier."""
    sheet = Sheet(A5, dpi=dpi)
    agency = _centre(case)
    text = code_text(case, rng)
    sheet.code(qr_picture(text, dpi=dpi, size=_CODE_SIZE), 8 * MM, 7 * MM, text=text)
    top = 11 * MM
    last = issuer(sheet, agency, _HEAD_LEFT, top, size=8.5, width=112)
    motto(sheet, _HEAD_RIGHT, top, size=9)
    number = f"{int(rng.integers(1, 4000)):02d}"
    sheet.text(_HEAD_LEFT, last + 16, f"Số: {number}/TNHS", size=9, align=Align.CENTRE)
    date = vietnamese_date(case.received.date())
    whole = f"{case.place.name}, {date}"
    sheet.text(_HEAD_RIGHT, last + 16, whole, size=9.5, face=Face.SERIF_ITALIC, align=Align.CENTRE)
    title = "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ"
    y = max(last + 44, 6 * MM + _CODE_SIZE + 24)
    sheet.text(_MIDDLE, y, title, size=13, face=Face.SERIF_BOLD, align=Align.CENTRE)
    sheet.text(_MIDDLE, y + 15, (Run("Mã hồ sơ:"), Run(case.code, Face.SERIF_BOLD)), size=11, align=Align.CENTRE)
    y = _content(sheet, case, rng, y + 36)
    _foot(sheet, case, rng, y + 14)
    return DrawnPaper(truth=_truth(case, agency, number), pages=(sheet.finish(),))


def code_text(case: Case, rng: np.random.Generator) -> str:
    """Return what the code says. TT 01/2023/TT-VPCP names the parts but no order and no separator: systems differ."""
    issued = f"{case.received:%d/%m/%Y %H:%M}"
    due = f"{case.due:%d/%m/%Y %H:%M}"
    title = "Giấy tiếp nhận hồ sơ và hẹn trả kết quả"
    system = f"HTTT giải quyết TTHC {case.place.province_name}"
    parts = (case.code, case.procedure.code, case.applicant.number, title, system, issued, due)
    labels = ("Mã hồ sơ", "Mã TTHC", "Số định danh", "Tên giấy tờ", "Hệ thống", "Thời gian cấp", "Ngày hẹn trả")
    return pick(
        rng,
        (
            case.code,
            "|".join(parts),
            "; ".join(f"{label}: {part}" for label, part in zip(labels, parts, strict=True)),
            f"https://dichvucong.example/tra-cuu?ma_ho_so={case.code}",
        ),
    )


def _centre(case: Case) -> Agency:
    return Agency(
        superior=(f"UBND {case.place.commune.upper()}",),
        lines=("TRUNG TÂM PHỤC VỤ", "HÀNH CHÍNH CÔNG"),
        place=case.place.name,
        seal="TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG",
        seal_foot=case.place.commune.upper(),
    )


def _hour(moment: dt.datetime) -> str:
    return f"{moment:%H} giờ {moment:%M} phút, {vietnamese_date(moment.date())}"


def _content(sheet: Sheet, case: Case, rng: np.random.Generator, y: float) -> float:
    """Set the lines of the form; return the baseline behind them."""
    who = case.applicant
    width = _RIGHT - _LEFT

    def put(text: Text, indent: float = 0.0) -> None:
        nonlocal y
        y = sheet.block(_LEFT + indent, y, text, size=_SIZE, width=width - indent, leading=1.4)

    put(f"Trung tâm Phục vụ hành chính công {case.place.commune}")
    put((Run("Tiếp nhận hồ sơ của: Ông (Bà)/Tổ chức:"), Run(who.full_name, Face.SERIF_BOLD)))
    put(f"Số định danh cá nhân/tổ chức: {who.number}")
    put(f"Địa chỉ: {who.address}")
    put(f"Số điện thoại: {who.phone} Email: {who.email}")
    put(f"Nội dung yêu cầu giải quyết: {case.procedure.name} (Mã TTHC: {case.procedure.code})")
    put("Thành phần hồ sơ nộp gồm:")
    for number, paper in enumerate(case.procedure.papers, 1):
        put(f"{number}. {paper} ({pick(rng, ('01 bản chính', '01 bản sao'))})", 12)
    put("Số lượng hồ sơ: 01 (bộ)")
    put(f"Thời gian giải quyết hồ sơ theo quy định là: {case.procedure.days:02d} ngày làm việc")
    put(f"Thời gian nhận hồ sơ: {_hour(case.received)}")
    put(f"Thời gian trả kết quả giải quyết hồ sơ: {_hour(case.due)}")
    put(f"Đăng ký nhận kết quả tại: {pick(rng, ('Trung tâm Phục vụ hành chính công', 'Dịch vụ bưu chính công ích'))}")
    put(f"Vào Sổ theo dõi hồ sơ, Quyển số: 01 Số thứ tự: {int(rng.integers(1, 999))}")
    return y


def _foot(sheet: Sheet, case: Case, rng: np.random.Generator, y: float) -> None:
    columns = (
        (_LEFT + 88, "NGƯỜI NỘP HỒ SƠ", case.applicant.full_name),
        (_RIGHT - 88, "NGƯỜI TIẾP NHẬN HỒ SƠ", case.clerk),
    )
    for centre, label, name in columns:
        sheet.text(centre, y, label, size=10.5, face=Face.SERIF_BOLD, align=Align.CENTRE)
        sheet.text(centre, y + 12, "(Ký và ghi rõ họ tên)", size=9.5, face=Face.SERIF_ITALIC, align=Align.CENTRE)
        autograph(sheet, rng, centre, y + 36, width=float(rng.uniform(60, 80)))
        sheet.text(centre, y + 66, name, size=10.5, face=Face.SERIF_BOLD, align=Align.CENTRE)


def _truth(case: Case, agency: Agency, number: str) -> PaperTruth:
    who = case.applicant
    return PaperTruth(
        type=TypeCode("giay_tiep_nhan"),
        fields=named(
            type_name="GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
            code_number=number,
            code_notation="TNHS",
            reference=f"{number}/TNHS",
            organ_name=agency.organ_name,
            issued_place=agency.place,
            issued_date=case.received.date().isoformat(),
            dossier_code=case.code,
            procedure_code=case.procedure.code,
            received_at=case.received.isoformat(timespec="minutes"),
            due_at=case.due.isoformat(timespec="minutes"),
            full_name=who.full_name,
            personal_id=who.number,
            address=who.address,
            phone=who.phone,
            email=who.email,
            procedure=case.procedure.name,
        ),
    )
