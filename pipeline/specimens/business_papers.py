"""Papers about businesses: registration of a company and of a household business."""

from __future__ import annotations

import datetime as dt

import numpy as np

from pipeline.domain.ids import TypeCode
from pipeline.specimens.cases import Case, decided_on
from pipeline.specimens.certificate import Certificate, Signed
from pipeline.specimens.dates import vietnamese_date
from pipeline.specimens.letter import Agency
from pipeline.specimens.paper import named
from pipeline.specimens.people import invent_address, pick
from pipeline.specimens.wording import people_committee

_TRADES = ("THƯƠNG MẠI", "DỊCH VỤ", "XÂY DỰNG", "NÔNG SẢN", "VẬN TẢI")
_NAMES = ("HOA MAI", "SAO VIỆT MẪU", "AN BÌNH", "ĐỒNG XANH", "THUẬN PHÁT")
_LINES = ("Bán lẻ lương thực, thực phẩm trong các cửa hàng chuyên doanh", "Sửa chữa xe có động cơ", "Dịch vụ ăn uống")
_MILLION = 1_000_000
_WORDS = {100: "Một trăm triệu đồng", 250: "Hai trăm năm mươi triệu đồng", 500: "Năm trăm triệu đồng", 1500: "Một tỷ năm trăm triệu đồng", 3000: "Ba tỷ đồng"}  # fmt: skip


def company(case: Case, rng: np.random.Generator) -> Certificate:
    """Return a company's registration, changed once or never."""
    who, day = case.applicant, decided_on(rng, case)
    first = day - dt.timedelta(days=int(rng.integers(0, 2) * rng.integers(200, 2000)))
    name = f"CÔNG TY TRÁCH NHIỆM HỮU HẠN {pick(rng, _TRADES)} {pick(rng, _NAMES)}"
    address, millions = invent_address(rng, case.place), pick(rng, tuple(_WORDS))
    money = _money(millions)
    changed = () if first == day else ((("Đăng ký thay đổi lần thứ:", f"2, {vietnamese_date(day)}"),),)
    return Certificate(
        type=TypeCode("dang_ky_doanh_nghiep"),
        title=("GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP",),
        subtitle="CÔNG TY TRÁCH NHIỆM HỮU HẠN MỘT THÀNH VIÊN",
        agency=_registry(case),
        rows=(
            (("Mã số doanh nghiệp:", case.tax_code),),
            (("Đăng ký lần đầu:", vietnamese_date(first)),),
            *changed,
            "1. Tên công ty",
            (("Tên công ty viết bằng tiếng Việt:", name),),
            (("2. Địa chỉ trụ sở chính:", address),),
            (("Điện thoại:", who.phone), ("Email:", who.email)),
            (("3. Vốn điều lệ:", f"{money}. Bằng chữ: {_WORDS[millions]}"),),
            "4. Người đại diện theo pháp luật của công ty",
            (("Họ và tên:", who.full_name.upper()), ("Giới tính:", who.sex)),
            (("Chức danh:", "Giám đốc"),),
            (("Sinh ngày:", f"{who.birth:%d/%m/%Y}"), ("Dân tộc:", "Kinh"), ("Quốc tịch:", "Việt Nam")),
            (("Loại giấy tờ pháp lý của cá nhân:", "Thẻ căn cước công dân"),),
            (("Số giấy tờ pháp lý của cá nhân:", who.number),),
            (("Ngày cấp:", f"{who.issued:%d/%m/%Y}"), ("Nơi cấp:", "Bộ Công an")),
            (("Địa chỉ thường trú:", who.address),),
        ),
        signed=Signed(above=("TRƯỞNG PHÒNG",), name=case.chairman, agency=_registry(case)),
        size=12.0,
        fields=named(
            tax_code=case.tax_code,
            first_registered_date=first.isoformat(),
            change_number="2" if changed else None,
            changed_date=day.isoformat() if changed else None,
            business_name=name,
            business_address=address,
            phone=who.phone,
            email=who.email,
            capital=money,
            full_name=who.full_name,
            sex=who.sex,
            job_title="Giám đốc",
            birth_date=who.birth.isoformat(),
            ethnicity="Kinh",
            nationality="Việt Nam",
            personal_id=who.number,
            id_issued_date=who.issued.isoformat(),
            id_issued_place="Bộ Công an",
            address=who.address,
            signer_position="TRƯỞNG PHÒNG",
        ),
    )


def household_business(case: Case, rng: np.random.Generator) -> Certificate:
    """Return a household business's registration: the number is its tax code, or the serial of before 2021."""
    who, day, agency = case.applicant, decided_on(rng, case), people_committee(case)
    old = int(rng.integers(3)) == 0
    number = (
        f"{case.place.province.tax_code}{pick(rng, 'ABCDE')}8{int(rng.integers(0, 10**6)):06d}"
        if old
        else case.tax_code
    )
    name, line, millions = f"HỘ KINH DOANH {pick(rng, _NAMES)}", pick(rng, _LINES), pick(rng, (100, 250))
    address, money = invent_address(rng, case.place), _money(millions)
    return Certificate(
        type=TypeCode("dang_ky_ho_kinh_doanh"),
        title=("GIẤY CHỨNG NHẬN", "ĐĂNG KÝ HỘ KINH DOANH"),
        agency=agency,
        rows=(
            (("Số:" if old else "Mã số hộ kinh doanh:", number),),
            (("Đăng ký lần đầu:", vietnamese_date(day)),),
            (("1. Tên hộ kinh doanh:", name),),
            (("2. Địa điểm kinh doanh:" if old else "2. Địa chỉ trụ sở hộ kinh doanh:", address),),
            (("Điện thoại:", who.phone), ("Email:", who.email)),
            (("3. Ngành, nghề kinh doanh:", line),),
            (("4. Vốn kinh doanh:", f"{money} (bằng chữ: {_WORDS[millions]})"),),
            (("5. Họ và tên đại diện hộ kinh doanh:", who.full_name.upper()),),
            (("Giới tính:", who.sex), ("Sinh ngày:", f"{who.birth:%d/%m/%Y}"), ("Dân tộc:", "Kinh")),
            (("Số giấy tờ pháp lý của cá nhân:", who.number),),
            (("Ngày cấp:", f"{who.issued:%d/%m/%Y}"), ("Nơi cấp:", "Bộ Công an")),
            (("Địa chỉ thường trú:", who.address),),
        ),
        signed=Signed(above=("TL. CHỦ TỊCH", "TRƯỞNG PHÒNG"), name=case.deputy, agency=agency),
        fields=named(
            tax_code=number,
            first_registered_date=day.isoformat(),
            business_name=name,
            business_address=address,
            phone=who.phone,
            email=who.email,
            business_lines=line,
            capital=money,
            full_name=who.full_name,
            sex=who.sex,
            birth_date=who.birth.isoformat(),
            ethnicity="Kinh",
            personal_id=who.number,
            id_issued_date=who.issued.isoformat(),
            id_issued_place="Bộ Công an",
            address=who.address,
            signer_position="TRƯỞNG PHÒNG",
        ),
    )


def _money(millions: int) -> str:
    return f"{millions * _MILLION:,} đồng".replace(",", ".")


def _registry(case: Case) -> Agency:
    return Agency(
        superior=("SỞ TÀI CHÍNH", case.place.province_name.upper()),
        lines=("PHÒNG ĐĂNG KÝ KINH DOANH",),
        place=case.place.province.name,
        seal="PHÒNG ĐĂNG KÝ KINH DOANH",
        seal_foot=case.place.province_name.upper(),
    )
