"""Certificates and applications laid out by hand, in old and new wordings. All people and numbers are invented."""

from __future__ import annotations

import pytest

from pipeline.domain.document import CheckOutcome
from pipeline.domain.page import Line
from tests.understand.papers import MIDDLE, centred, foot, head, line, page, side_by_side, understood, values


def rows(*texts: str, top: float = 190) -> list[Line]:
    return [line(text, 60, top + 20 * index, size=12) for index, text in enumerate(texts)]


NATION = [
    centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", MIDDLE, 60, size=12),
    centred("Độc lập - Tự do - Hạnh phúc", MIDDLE, 76),
]


def issuer(*organ: str) -> list[Line]:
    """A head without number and day."""
    full = head(organ=organ)
    return [*full[: len(organ)], *full[len(organ) + 1 : -1]]


def test_a_birth_certificate_of_the_older_wording() -> None:
    lines = [
        *NATION,
        centred("GIẤY KHAI SINH", MIDDLE, 120, size=15),
        *rows(
            "Số: 15/2012 Quyển số: 01/2012",
            "Họ và tên: TRẦN MẪU AN",
            "Ngày, tháng, năm sinh: 05/01/2012 Bằng chữ: Ngày năm tháng một",
            "Giới tính: Nữ Dân tộc: Kinh Quốc tịch: Việt Nam",
            "Quê quán: Xã Thí Dụ, tỉnh Ninh Bình",
            "Họ và tên người mẹ: Lê Thị Mẫu",
            "Họ và tên người cha: Trần Văn Ví Dụ",
            "Nơi đăng ký khai sinh: Ủy ban nhân dân xã Thí Dụ",
            "Ngày, tháng, năm đăng ký: 10/01/2012",
        ),
        centred("NGƯỜI KÝ GIẤY KHAI SINH", 420, 400),
        centred("Nguyễn Văn Ví Dụ", 420, 480),
    ]
    paper = understood(page(lines))
    assert paper.type == "giay_khai_sinh"
    assert values(paper) == {
        "type_name": "GIẤY KHAI SINH",
        "code_number": "15",
        "book_number": "01/2012",
        "child_name": "TRẦN MẪU AN",
        "birth_date": "2012-01-05",
        "birth_date_words": "Ngày năm tháng một",
        "sex": "Nữ",
        "ethnicity": "Kinh",
        "nationality": "Việt Nam",
        "hometown": "Xã Thí Dụ, tỉnh Ninh Bình",
        "mother_name": "Lê Thị Mẫu",
        "father_name": "Trần Văn Ví Dụ",
        "registered_place": "Ủy ban nhân dân xã Thí Dụ",
        "registered_date": "2012-01-10",
        "signer_name": "Nguyễn Văn Ví Dụ",
    }


def test_spouses_stand_side_by_side() -> None:
    def pair(left: str, right: str, top: float) -> Line:
        return side_by_side(line(left, 60, top, size=9), line(right, 310, top, size=9))

    lines = [
        *NATION,
        centred("GIẤY CHỨNG NHẬN KẾT HÔN", MIDDLE, 120, size=15),
        pair("Họ, chữ đệm, tên chồng: TRẦN VĂN", "Họ, chữ đệm, tên vợ: LÊ THỊ MẪU", 160),
        line("VÍ DỤ", 60, 174, size=9),
        pair("Ngày, tháng, năm sinh: 01/02/1990", "Ngày, tháng, năm sinh: 03/04/1992", 190),
        pair("Giấy tờ tùy thân: CCCD số", "Giấy tờ tùy thân: CMND số", 204),
        pair("037090000012", "163 123 456", 218),
        *rows("Nơi đăng ký kết hôn: Ủy ban nhân dân xã Thí Dụ", "Ngày, tháng, năm đăng ký: 10/01/2020", top=240),
    ]
    found = values(understood(page(lines)))
    expected = {
        "full_name": "TRẦN VĂN VÍ DỤ",
        "spouse_name": "LÊ THỊ MẪU",
        "birth_date": "1990-02-01",
        "spouse_birth_date": "1992-04-03",
        "personal_id": "037090000012",
        "spouse_personal_id": "163123456",
        "registered_date": "2020-01-10",
    }
    assert {name: found.get(name) for name in expected} == expected


def test_a_company_and_what_its_capital_says_in_words() -> None:
    def company(words: str) -> list[Line]:
        return [
            *issuer("SỞ TÀI CHÍNH TỈNH NINH BÌNH", "PHÒNG ĐĂNG KÝ KINH DOANH"),
            centred("GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP", MIDDLE, 155, size=14),
            *rows(
                "Mã số doanh nghiệp: 0100109106",
                "Đăng ký lần đầu, ngày 05 tháng 3 năm 2020",
                "Đăng ký thay đổi lần thứ: 2, ngày 10 tháng 01 năm 2026",
                "1. Tên công ty viết bằng tiếng Việt: CÔNG TY MẪU",
                "2. Địa chỉ trụ sở chính: Số 5 đường Hoa Mai, phường Mẫu",
                f"3. Vốn điều lệ: 1.500.000.000 đồng (bằng chữ: {words})",
                "4. Người đại diện theo pháp luật",
                "Họ và tên: TRẦN VĂN VÍ DỤ Giới tính: Nam",
                "Số giấy tờ pháp lý của cá nhân: 037088000123",
            ),
        ]

    paper = understood(page(company("Một tỷ năm trăm triệu đồng")))
    found = values(paper)
    expected = {
        "tax_code": "0100109106",
        "first_registered_date": "2020-03-05",
        "change_number": "2",
        "changed_date": "2026-01-10",
        "business_name": "CÔNG TY MẪU",
        "business_address": "Số 5 đường Hoa Mai, phường Mẫu",
        "capital": "1.500.000.000 đồng",
        "full_name": "TRẦN VĂN VÍ DỤ",
        "personal_id": "037088000123",
    }
    assert {name: found.get(name) for name in expected} == expected
    assert paper.fields["capital"].checks["words"] is CheckOutcome.PASSED  # type: ignore[index]
    assert paper.fields["tax_code"].checks["check_digit"] is CheckOutcome.PASSED  # type: ignore[index]
    wrong = understood(page(company("Một tỷ năm mươi triệu đồng"))).fields["capital"]  # type: ignore[index]
    assert wrong.checks["words"] is CheckOutcome.FAILED
    assert wrong.confidence < 0.9


def test_a_household_business_of_before_2021_has_a_lettered_number() -> None:
    lines = [
        *issuer("ỦY BAN NHÂN DÂN QUẬN MẪU", "PHÒNG TÀI CHÍNH - KẾ HOẠCH"),
        centred("GIẤY CHỨNG NHẬN", MIDDLE, 155, size=14),
        centred("ĐĂNG KÝ HỘ KINH DOANH", MIDDLE, 173, size=14),
        *rows(
            "Số: 41A8012345",
            "Đăng ký lần đầu, ngày 05 tháng 3 năm 2015",
            "1. Tên hộ kinh doanh (ghi bằng chữ in hoa): TẠP HÓA MẪU",
            "2. Địa điểm kinh doanh: Số 5 đường Hoa Mai, phường Mẫu",
            "3. Ngành, nghề kinh doanh: Bán lẻ",
            "5. Họ và tên đại diện hộ kinh doanh: TRẦN VĂN VÍ DỤ",
            top=200,
        ),
    ]
    paper = understood(page(lines))
    found = values(paper)
    assert paper.type == "dang_ky_ho_kinh_doanh"
    assert (found["tax_code"], found["business_name"]) == ("41A8012345", "TẠP HÓA MẪU")
    assert (found["business_address"], found["full_name"]) == ("Số 5 đường Hoa Mai, phường Mẫu", "TRẦN VĂN VÍ DỤ")


def test_a_building_permit_has_a_head_a_body_and_a_foot() -> None:
    lines = [
        *head(organ=("ỦY BAN NHÂN DÂN", "PHƯỜNG MẪU"), number="Số: 12/GPXD")[:-1],
        centred("GIẤY PHÉP XÂY DỰNG", MIDDLE, 155, size=14),
        *rows(
            "1. Cấp cho: Trần Văn Ví Dụ",
            "Địa chỉ: Số 5 đường Hoa Mai, phường Mẫu",
            "2. Được phép xây dựng công trình: Nhà ở riêng lẻ",
            "Vị trí xây dựng: Lô đất A1, phường Mẫu",
            "Tổng diện tích sàn: 1.250,5 m2",
            "3. Giấy tờ về đất đai: CS 123456",
        ),
        centred("Ninh Bình, ngày 05 tháng 01 năm 2026", 430, 480),
        *foot("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", name="Lê Thị Mẫu"),
    ]
    found = values(understood(page(lines)))
    expected = {
        "reference": "12/GPXD",
        "organ_name": "ỦY BAN NHÂN DÂN PHƯỜNG MẪU",
        "issued_place": "Ninh Bình",
        "issued_date": "2026-01-05",
        "full_name": "Trần Văn Ví Dụ",
        "address": "Số 5 đường Hoa Mai, phường Mẫu",
        "construction_name": "Nhà ở riêng lẻ",
        "construction_site": "Lô đất A1, phường Mẫu",
        "floor_area": "1.250,5 m²",
        "signer_position": "PHÓ CHỦ TỊCH",
        "signer_name": "Lê Thị Mẫu",
    }
    assert {name: found.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        (("ĐƠN ĐỀ NGHỊ", "CẤP GIẤY PHÉP XÂY DỰNG"), "don_de_nghi"),
        (("ĐƠN XIN XÁC NHẬN TÌNH TRẠNG NHÀ Ở",), "don_de_nghi"),
        (("GIẤY ĐỀ NGHỊ", "ĐĂNG KÝ DOANH NGHIỆP"), "don_de_nghi"),
        (("TỜ KHAI", "CẤP GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN"), "khac"),
        (("TỜ KHAI ĐĂNG KÝ LẠI KHAI SINH",), "to_khai_khai_sinh"),
        (("GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN",), "xac_nhan_hon_nhan"),
        (("GIẤY CHỨNG NHẬN", "QUYỀN SỬ DỤNG ĐẤT"), "giay_chung_nhan_dat"),
        (("TRÍCH LỤC KẾT HÔN", "(BẢN SAO)"), "giay_ket_hon"),
        (("GIẤY CHỨNG NHẬN ĐĂNG KÝ KINH DOANH",), "dang_ky_doanh_nghiep"),
        (("PHIẾU LÝ LỊCH TƯ PHÁP SỐ 2",), "ly_lich_tu_phap"),
    ],
)
def test_titles_tell_a_request_from_what_it_asks_for(printed: tuple[str, ...], code: str) -> None:
    lines = [*NATION, *(centred(text, MIDDLE, 120 + 18 * index, size=14) for index, text in enumerate(printed))]
    assert understood(page(lines)).type == code


def test_an_applicant_signs_below_the_text() -> None:
    lines = [
        *NATION,
        centred("ĐƠN ĐỀ NGHỊ HỖ TRỢ", MIDDLE, 120, size=14),
        *rows(
            "Kính gửi: Ủy ban nhân dân phường Mẫu", "Tôi tên là: Trần Văn Ví Dụ", "Nội dung đề nghị: xem xét hỗ trợ."
        ),
        centred("Phường Mẫu, ngày 05 tháng 01 năm 2026", 430, 300),
        centred("NGƯỜI LÀM ĐƠN", 430, 320),
        centred("Trần Văn Ví Dụ", 430, 390),
    ]
    assert values(understood(page(lines))) == {
        "type_name": "ĐƠN ĐỀ NGHỊ HỖ TRỢ",
        "addressee": ("Ủy ban nhân dân phường Mẫu",),
        "full_name": "Trần Văn Ví Dụ",
        "subject": "xem xét hỗ trợ",
        "issued_place": "Phường Mẫu",
        "issued_date": "2026-01-05",
        "signer_name": "Trần Văn Ví Dụ",
    }
