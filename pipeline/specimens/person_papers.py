"""Papers about one person: an application, a judicial record."""

from __future__ import annotations

import numpy as np

from pipeline.domain.ids import TypeCode
from pipeline.specimens.cases import Case, decided_on
from pipeline.specimens.certificate import Certificate, Signed
from pipeline.specimens.letter import Agency
from pipeline.specimens.paper import named
from pipeline.specimens.people import pick

_WISHES = (
    ("ĐƠN ĐỀ NGHỊ", "CẤP GIẤY PHÉP XÂY DỰNG", "cấp giấy phép xây dựng nhà ở riêng lẻ trên thửa đất của gia đình tôi"),
    ("ĐƠN XIN", "CHUYỂN MỤC ĐÍCH SỬ DỤNG ĐẤT", "cho phép chuyển mục đích sử dụng đất vườn sang đất ở"),
    ("ĐƠN ĐỀ NGHỊ", "HƯỞNG TRỢ CẤP XÃ HỘI HÀNG THÁNG", "xem xét cho hưởng trợ cấp xã hội hàng tháng"),
    ("GIẤY ĐỀ NGHỊ", "ĐĂNG KÝ HỘ KINH DOANH", "đăng ký hộ kinh doanh với nội dung kê khai dưới đây"),
)
_REASON = "hoàn cảnh gia đình có nhu cầu thực tế và đủ điều kiện theo quy định"


def application(case: Case, rng: np.random.Generator) -> Certificate:
    """Return an application, typed or filled in by hand."""
    who = case.applicant
    first, second, wish = pick(rng, _WISHES)
    title = (first, second) if rng.integers(2) else (f"{first} {second}",)
    addressee = f"Ủy ban nhân dân {case.place.commune}"
    name = pick(rng, ("Tôi tên là:", "Tên tôi là:", "Họ và tên:"))
    number = pick(rng, ("Số định danh cá nhân:", "Số CCCD:", "Căn cước số:"))
    home = pick(rng, ("Nơi thường trú:", "Nơi cư trú:", "Địa chỉ:"))
    end = "NGƯỜI LÀM ĐƠN" if first.startswith("ĐƠN") else "NGƯỜI ĐỀ NGHỊ"
    return Certificate(
        type=TypeCode("don_de_nghi"),
        title=title,
        issued=case.received.date(),
        dated_below=True,
        made_in=case.place.name,
        rows=(
            (("Kính gửi:", addressee),),
            ((name, who.full_name),),
            (("Ngày, tháng, năm sinh:", f"{who.birth:%d/%m/%Y}"),),
            ((number, who.number),),
            (("Ngày cấp:", f"{who.issued:%d/%m/%Y}"), ("Nơi cấp:", "Bộ Công an")),
            ((home, who.address),),
            (("Số điện thoại:", who.phone),),
            (("Nội dung đề nghị:", f"{wish}."),),
            (("Lý do:", f"{_REASON}."),),
            "Tôi cam đoan những lời khai trên là đúng sự thật, nếu sai tôi xin chịu trách nhiệm trước pháp luật.",
        ),
        signed=Signed(above=(end,), note="(Ký, ghi rõ họ tên)", name=who.full_name),
        hand=int(rng.integers(3)) == 0,
        fields=named(
            addressee=(addressee,),
            full_name=who.full_name,
            birth_date=who.birth.isoformat(),
            personal_id=who.number,
            id_issued_date=who.issued.isoformat(),
            id_issued_place="Bộ Công an",
            address=who.address,
            phone=who.phone,
            subject=wish,
            purpose=_REASON,
        ),
    )


def judicial_record(case: Case, rng: np.random.Generator) -> Certificate:
    """Return a judicial record of either number, from the department of justice or from the police."""
    who, day = case.applicant, decided_on(rng, case)
    number, serial = int(rng.integers(1, 3)), str(int(rng.integers(100, 9000)))
    police = bool(rng.integers(2))
    notation = "CAT-LLTP" if police else "STP-LLTP"
    record = "Không có án tích"
    agency = _police(case) if police else _justice(case)
    above = ("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC") if rng.integers(2) else ("GIÁM ĐỐC",)
    return Certificate(
        type=TypeCode("ly_lich_tu_phap"),
        title=(f"PHIẾU LÝ LỊCH TƯ PHÁP SỐ {number}",),
        agency=agency,
        number=f"Số: {serial}/{notation}",
        issued=day,
        rows=(
            (("1. Họ và tên:", who.full_name.upper()),),
            (("2. Giới tính:", who.sex),),
            (("3. Ngày, tháng, năm sinh:", f"{who.birth:%d/%m/%Y}"),),
            (("4. Nơi sinh:", who.hometown),),
            (("5. Quốc tịch:", "Việt Nam"),),
            (("6. Nơi thường trú:", who.address),),
            (("7. Số định danh cá nhân/Hộ chiếu:", who.number),),
            (("Cấp ngày:", f"{who.issued:%d/%m/%Y}"), ("Nơi cấp:", "Bộ Công an")),
            (("8. Tình trạng án tích:", record),),
            (
                (
                    "9. Thông tin về cấm đảm nhiệm chức vụ, thành lập, quản lý doanh nghiệp, hợp tác xã:",
                    "Không bị cấm",
                ),
            ),
        ),
        signed=Signed(above=above, name=case.chairman, agency=agency),
        fields=named(
            code_number=serial,
            code_notation=notation,
            reference=f"{serial}/{notation}",
            full_name=who.full_name,
            sex=who.sex,
            birth_date=who.birth.isoformat(),
            birth_place=who.hometown,
            nationality="Việt Nam",
            address=who.address,
            personal_id=who.number,
            id_issued_date=who.issued.isoformat(),
            id_issued_place="Bộ Công an",
            criminal_record=record,
            business_ban="Không bị cấm",
            signer_position=above[-1],
        ),
    )


def _justice(case: Case) -> Agency:
    province = case.place.province_name.upper()
    return Agency(
        superior=("ỦY BAN NHÂN DÂN", province),
        lines=("SỞ TƯ PHÁP",),
        place=case.place.province.name,
        seal="SỞ TƯ PHÁP",
        seal_foot=province,
    )


def _police(case: Case) -> Agency:
    province = case.place.province_name.upper()
    return Agency(
        superior=("BỘ CÔNG AN",),
        lines=(f"CÔNG AN {province}",),
        place=case.place.province.name,
        seal=f"CÔNG AN {province}",
        seal_foot=province,
    )
