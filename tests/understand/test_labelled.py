from __future__ import annotations

import pytest

from pipeline.domain.document import CheckOutcome, DocumentState, FieldOrigin, FieldState
from pipeline.domain.geometry import Box
from pipeline.domain.page import Code, CodeKind, Line
from tests.understand.papers import MIDDLE, centred, line, page, qr, understood, values

CODE = "H42.12-260305-0007"
CARD = "037190000012|163123456|Nguyễn Thị Mẫu Đơn|01021990|Nữ|Số 5 đường Hoa Mai, phường Mẫu, Ninh Bình|15042021"
RECEIPT = (
    f"Mã hồ sơ: {CODE}",
    "Bộ phận Tiếp nhận và Trả kết quả UBND phường Mẫu",
    "Tiếp nhận hồ sơ của: Ông (bà)/Tổ chức: Nguyễn Thị Mẫu Đơn",
    "Số định danh cá nhân/tổ chức: 037190000012",
    "Địa chỉ: Số 5 đường Hoa Mai, phường Mẫu",
    "Số điện thoại: 0912 345 678 Email: maudon@example.vn",
    "Nội dung yêu cầu giải quyết: Đăng ký khai sinh",
    "Thành phần hồ sơ nộp gồm:",
    "1. Tờ khai đăng ký khai sinh",
    "Số lượng hồ sơ: 01 (bộ)",
    "Thời gian nhận hồ sơ: 08 giờ 15 phút, ngày 05 tháng 3 năm 2026",
    "Thời gian trả kết quả giải quyết hồ sơ: 16 giờ 30 phút, ngày 06 tháng 3 năm 2026",
)
FORM = (
    "Kính gửi: Ủy ban nhân dân phường Mẫu",
    "Họ, chữ đệm, tên người yêu cầu: Trần Văn Ví Dụ",
    "Nơi cư trú: Số 5 đường Hoa Mai, phường Mẫu",
    "Giấy tờ tùy thân: Căn cước số 037088000123, cấp ngày 10/5/2022",
    "Quan hệ với người được khai sinh: Cha đẻ",
    "Đề nghị cơ quan đăng ký khai sinh cho người dưới đây:",
    "Họ, chữ đệm, tên: Trần Mẫu An",
    "Ngày, tháng, năm sinh: 12/02/2026 ghi bằng chữ: Ngày mười hai",
    "tháng hai năm hai nghìn không trăm hai mươi sáu",
    "Giới tính: Nữ Dân tộc: Kinh Quốc tịch: Việt Nam",
    "Nơi sinh: Bệnh viện Mẫu",
    "Quê quán: Xã Thí Dụ",
    "Họ, chữ đệm, tên người mẹ: Lê Thị Mẫu",
    "Năm sinh: 1992 Dân tộc: Tày Quốc tịch: Việt Nam",
    "Nơi cư trú: Phường Khác",
    "Họ, chữ đệm, tên người cha: Trần Văn Ví Dụ",
)


def rows(texts: tuple[str, ...], top: float = 160) -> list[Line]:
    return [line(text, 60, top + 18 * index, size=11) for index, text in enumerate(texts)]


def receipt(*texts: str) -> list[Line]:
    return [centred("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", MIDDLE, 120), *rows(texts or RECEIPT)]


def test_a_name_in_capitals_does_not_end_at_a_label_it_resembles() -> None:
    """`Nguyên quán` is a label of the place that a family comes from."""
    texts = tuple(text.replace("Trần Mẫu An", "NGUYỄN QUANG QUÂN") for text in FORM)
    found = values(understood(page([centred("TỜ KHAI ĐĂNG KÝ KHAI SINH", MIDDLE, 120), *rows(texts)])))
    assert found["child_name"] == "NGUYỄN QUANG QUÂN"
    assert found["hometown"] == "Xã Thí Dụ"


def test_a_receipt() -> None:
    paper = understood(page(receipt(), codes=[qr(f"{CODE}|1.001193|037190000012")]))
    found = values(paper)
    assert paper.type == "giay_tiep_nhan"
    expected = {
        "dossier_code": CODE,
        "full_name": "Nguyễn Thị Mẫu Đơn",
        "personal_id": "037190000012",
        "address": "Số 5 đường Hoa Mai, phường Mẫu",
        "phone": "0912345678",
        "email": "maudon@example.vn",
        "procedure": "Đăng ký khai sinh",
        "received_at": "2026-03-05T08:15+07:00",
        "due_at": "2026-03-06T16:30+07:00",
    }
    assert {name: found.get(name) for name in expected} == expected
    assert paper.fields["dossier_code"].origin is FieldOrigin.QR  # type: ignore[index]
    assert paper.fields["dossier_code"].checks["print"] is CheckOutcome.PASSED  # type: ignore[index]


def test_the_code_for_machines_wins_over_the_print() -> None:
    misread = ("Mã hồ sơ: H42.12-260305-0001", *RECEIPT[1:])
    barcode = Code(CodeKind.CODE_128, CODE, Box(20, 20, 120, 40))
    field = understood(page(receipt(*misread), codes=[barcode])).fields["dossier_code"]  # type: ignore[index]
    assert field.value == CODE
    assert field.origin is FieldOrigin.BARCODE
    assert field.checks["print"] is CheckOutcome.FAILED
    assert field.state is FieldState.NEEDS_REVIEW


def test_without_a_code_for_machines_the_print_is_read() -> None:
    field = understood(page(receipt())).fields["dossier_code"]  # type: ignore[index]
    assert (field.value, field.origin) == (CODE, FieldOrigin.OCR)


def test_empty_lines_of_a_form_give_nothing() -> None:
    empty = ("Mã hồ sơ: ……………………", "Tiếp nhận hồ sơ của: .....................", "Số điện thoại: …………")
    paper = understood(page(receipt(*empty)))
    assert values(paper) == {"type_name": "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ"}
    assert paper.state is DocumentState.NEEDS_REVIEW


def test_a_birth_form_keeps_its_people_apart() -> None:
    lines = [centred("TỜ KHAI ĐĂNG KÝ KHAI SINH", MIDDLE, 120), *rows(FORM)]
    paper = understood(page(lines))
    assert paper.type == "to_khai_khai_sinh"
    assert values(paper) == {
        "type_name": "TỜ KHAI ĐĂNG KÝ KHAI SINH",
        "addressee": ("Ủy ban nhân dân phường Mẫu",),
        "requester_name": "Trần Văn Ví Dụ",
        "address": "Số 5 đường Hoa Mai, phường Mẫu",
        "personal_id": "037088000123",
        "id_issued_date": "2022-05-10",
        "requester_relation": "Cha đẻ",
        "child_name": "Trần Mẫu An",
        "birth_date": "2026-02-12",
        "birth_date_words": "Ngày mười hai tháng hai năm hai nghìn không trăm hai mươi sáu",
        "sex": "Nữ",
        "ethnicity": "Kinh",
        "nationality": "Việt Nam",
        "birth_place": "Bệnh viện Mẫu",
        "hometown": "Xã Thí Dụ",
        "mother_name": "Lê Thị Mẫu",
        "father_name": "Trần Văn Ví Dụ",
    }


def test_a_missing_mother_is_not_somebody_else() -> None:
    texts = tuple(text for text in FORM if "người mẹ" not in text)
    found = values(understood(page([centred("TỜ KHAI ĐĂNG KÝ KHAI SINH", MIDDLE, 120), *rows(texts)])))
    assert "mother_name" not in found
    assert found["father_name"] == "Trần Văn Ví Dụ"


def test_labels_that_grew_together_are_parted() -> None:
    texts = tuple(text.replace("Giới tính: Nữ Dân tộc: Kinh", "Giớitính:Nữ Dântộc:Kinh") for text in FORM)
    found = values(understood(page([centred("TỜ KHAI ĐĂNG KÝ KHAI SINH", MIDDLE, 120), *rows(texts)])))
    assert (found["sex"], found["ethnicity"], found["nationality"]) == ("Nữ", "Kinh", "Việt Nam")


def card(*texts: str) -> list[Line]:
    return [
        centred("CĂN CƯỚC CÔNG DÂN", 140, 30, size=9),
        *(line(text, 60, 48 + 10 * i, size=6) for i, text in enumerate(texts)),
    ]


FRONT = (
    "Số / No.: 037190000012",
    "Họ và tên / Full name:",
    "NGUYỄN THỊ MẪU ĐƠN",
    "Ngày sinh / Date of birth: 01/02/1990",
    "Giới tính / Sex: Nữ Quốc tịch / Nationality: Việt Nam",
    "Quê quán / Place of origin:",
    "Xã Thí Dụ, Ninh Bình",
)


def test_a_card_by_its_print() -> None:
    paper = understood(page(card(*FRONT), size=(243, 153)))
    assert paper.type == "can_cuoc"
    assert values(paper) == {
        "type_name": "CĂN CƯỚC CÔNG DÂN",
        "personal_id": "037190000012",
        "full_name": "NGUYỄN THỊ MẪU ĐƠN",
        "birth_date": "1990-02-01",
        "sex": "Nữ",
        "nationality": "Việt Nam",
        "hometown": "Xã Thí Dụ, Ninh Bình",
    }
    assert set(paper.fields["personal_id"].checks.values()) == {CheckOutcome.PASSED}  # type: ignore[index]


def test_a_card_by_its_code_which_wins_and_tells_nothing_of_others() -> None:
    blurred = ("Số / No.: 037190000072", "Họ và tên / Full name:", "NGUYEN THI MAU DON")
    paper = understood(page(card(*blurred), size=(243, 153), codes=[qr(f"{CARD}|Trần Văn Cha|001066000001")]))
    assert paper.type == "can_cuoc"
    assert values(paper) == {
        "type_name": "CĂN CƯỚC CÔNG DÂN",
        "personal_id": "037190000012",
        "old_id": "163123456",
        "full_name": "Nguyễn Thị Mẫu Đơn",
        "birth_date": "1990-02-01",
        "sex": "Nữ",
        "address": "Số 5 đường Hoa Mai, phường Mẫu, Ninh Bình",
        "id_issued_date": "2021-04-15",
    }
    assert {field.origin for name, field in paper.fields.items() if name != "type_name"} == {FieldOrigin.QR}
    assert all("Trần Văn Cha" not in field.raw for field in paper.fields.values())


def test_the_zone_on_the_back_wins_over_print() -> None:
    zone = ("IDVNM1990000117001199000011<<8", "9901018F3901016VNM<<<<<<<<<<<8", "NGUYEN<<THI<A<<<<<<<<<<<<<<<<<")
    paper = understood(
        page(card("Số / No.: 001199000077"), size=(243, 153)), page([*rows(zone, top=60)], size=(243, 153), number=2)
    )
    field = paper.fields["personal_id"]  # type: ignore[index]
    assert (field.value, field.origin, field.page) == ("001199000011", FieldOrigin.MRZ, 2)
    assert values(paper)["id_expiry_date"] == "2039-01-01"


@pytest.mark.parametrize(("birth", "sex", "failed"), [("01/02/1991", "Nữ", "birth_year"), ("01/02/1990", "Nam", "sex")])
def test_a_number_that_contradicts_birth_or_sex_is_a_warning(birth: str, sex: str, failed: str) -> None:
    texts = ("Số / No.: 037190000012", f"Ngày sinh / Date of birth: {birth}", f"Giới tính / Sex: {sex}")
    field = understood(page(card(*texts), size=(243, 153))).fields["personal_id"]  # type: ignore[index]
    assert field.value == "037190000012"
    assert field.checks[failed] is CheckOutcome.FAILED
    assert field.state is FieldState.NEEDS_REVIEW
