"""What codes say for machines, held against what is printed. All people and numbers are invented."""

from __future__ import annotations

import pytest

from pipeline.domain.document import CheckOutcome, DocumentState, FieldOrigin, FieldState
from pipeline.domain.page import RecognisedPage
from tests.understand.papers import MIDDLE, centred, line, page, qr, understood, values

CODE = "H42.12-260305-0007"
PAYLOAD = f"{CODE}|1.001193|037190000012|Giấy tiếp nhận hồ sơ|HTTT|05/03/2026 08:15|06/03/2026 16:30"
RECEIPT = (
    f"Mã hồ sơ: {CODE}",
    "Tiếp nhận hồ sơ của: Nguyễn Thị Mẫu Đơn",
    "Số định danh cá nhân: 037190000012",
    "Nội dung yêu cầu giải quyết: Đăng ký khai sinh",
    "Mã thủ tục hành chính: 1.001193.000.00.00.H42",
    "Thời gian nhận hồ sơ: 08 giờ 15 phút, ngày 05 tháng 3 năm 2026",
    "Thời gian trả kết quả giải quyết hồ sơ: 16 giờ 30 phút, ngày 06 tháng 3 năm 2026",
)
CARD = "001199000011||Nguyễn Thị Á|01011999|Nữ|Phường Mẫu, Ninh Bình|15042021"
FRONT = ("Họ và tên: NGUYỄN THỊ Á", "Ngày sinh: 01/01/1999", "Giới tính: Nữ", "Nơi thường trú: Phường Mẫu, Ninh Bình")
ZONE = ("IDVNM1990000117001199000011<<8", "9901018F3901016VNM<<<<<<<<<<<8", "NGUYEN<<THI<A<<<<<<<<<<<<<<<<<")


def receipt(payload: str, *, instead: tuple[str, str] = ("", "")) -> RecognisedPage:
    lines = [line(text.replace(*instead), 60, 160 + 18 * index, size=11) for index, text in enumerate(RECEIPT)]
    return page([centred("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", MIDDLE, 120), *lines], codes=[qr(payload)])


def card(*, number: str = "001199000011", front: tuple[str, ...] = FRONT, payload: str | None = CARD) -> RecognisedPage:
    texts = (f"Số / No.: {number}", *front)
    lines = [line(text, 60, 120 + 20 * index, size=11) for index, text in enumerate(texts)]
    zone = [line(text, 60, 320 + 20 * index) for index, text in enumerate(ZONE)]
    title = centred("CĂN CƯỚC CÔNG DÂN", MIDDLE, 80)
    return page([title, *lines, *zone], codes=[qr(payload)] if payload else [])


def test_a_receipt_whose_code_says_what_is_printed() -> None:
    paper = understood(receipt(PAYLOAD))
    fields = paper.fields
    assert values(paper)["procedure_code"] == "1.001193.000.00.00.H42"
    for name in ("dossier_code", "procedure_code", "personal_id"):
        field = fields[name]  # type: ignore[index]
        assert (field.origin, field.checks["print"], field.state) == (
            FieldOrigin.QR,
            CheckOutcome.PASSED,
            FieldState.READ,
        )
    assert fields["due_at"].checks["code"] is CheckOutcome.PASSED  # type: ignore[index]


@pytest.mark.parametrize(
    ("printed", "name", "value"),
    [
        ((CODE, "H42.12-260305-0001"), "dossier_code", CODE),
        (("1.001193", "1.004492"), "procedure_code", "1.001193"),
        (("037190000012", "037190000099"), "personal_id", "037190000012"),
    ],
)
def test_print_that_contradicts_the_code_is_a_doubt(printed: tuple[str, str], name: str, value: str) -> None:
    paper = understood(receipt(PAYLOAD, instead=printed))
    field = paper.fields[name]  # type: ignore[index]
    assert (field.value, field.checks["print"]) == (value, CheckOutcome.FAILED)
    assert field.state is FieldState.NEEDS_REVIEW
    assert paper.state is DocumentState.NEEDS_REVIEW


def test_a_day_of_the_result_that_the_code_does_not_name() -> None:
    field = understood(receipt(PAYLOAD, instead=("ngày 06", "ngày 16"))).fields["due_at"]  # type: ignore[index]
    assert (field.value, field.checks["code"]) == ("2026-03-16T16:30+07:00", CheckOutcome.FAILED)
    assert field.state is FieldState.NEEDS_REVIEW


def test_a_dossier_cannot_be_received_before_it_has_a_code() -> None:
    early = receipt(CODE, instead=("ngày 05 tháng 3", "ngày 04 tháng 3"))
    assert understood(early).fields["received_at"].checks["opened"] is CheckOutcome.FAILED  # type: ignore[index]


@pytest.mark.parametrize(
    "payload", ["https://example.vn/q/8Zk3", "<script>alert(1)</script>", "\ufffd" * 9, "x" * 4096]
)
def test_a_code_that_says_nothing_of_the_dossier_leaves_what_is_printed(payload: str) -> None:
    field = understood(receipt(payload)).fields["dossier_code"]  # type: ignore[index]
    assert (field.value, field.origin) == (CODE, FieldOrigin.OCR)


def test_code_zone_and_print_of_a_card_agree() -> None:
    paper = understood(card())
    assert values(paper) | {
        "personal_id": "001199000011",
        "full_name": "Nguyễn Thị Á",
        "birth_date": "1999-01-01",
        "sex": "Nữ",
        "id_expiry_date": "2039-01-01",
    } == values(paper)
    number = paper.fields["personal_id"]  # type: ignore[index]
    assert (number.checks["zone"], number.checks["print"]) == (CheckOutcome.PASSED, CheckOutcome.PASSED)


def test_a_code_of_another_person_than_zone_and_print_name() -> None:
    paper = understood(card(payload="037190000012||Trần Văn Khác|05061990|Nam|Xã Xa Xôi, Cà Mau|15042021"))
    number, name = paper.fields["personal_id"], paper.fields["full_name"]  # type: ignore[index]
    assert (number.value, number.origin) == ("037190000012", FieldOrigin.QR)
    assert number.checks["zone"] is CheckOutcome.FAILED
    assert name.checks["print"] is CheckOutcome.FAILED
    assert {number.state, name.state, paper.fields["birth_date"].state} == {FieldState.NEEDS_REVIEW}  # type: ignore[index]


def test_a_sign_read_wrongly_contradicts_nothing() -> None:
    misread = tuple(text.replace("NGUYỄN THỊ Á", "NGUYEN TH| A") for text in FRONT)
    paper = understood(card(number="001199000017", front=misread))
    for name in ("personal_id", "full_name"):
        field = paper.fields[name]  # type: ignore[index]
        assert (field.checks["print"], field.state) == (CheckOutcome.NOT_APPLICABLE, FieldState.READ)


def test_a_card_is_known_by_its_zone_alone() -> None:
    back = page([line(text, 60, 320 + 20 * index) for index, text in enumerate(ZONE)])
    paper = understood(back)
    assert paper.type == "can_cuoc"
    assert values(paper)["personal_id"] == "001199000011"


def test_a_year_of_birth_alone_is_kept_as_a_year() -> None:
    paper = understood(
        page([centred("CĂN CƯỚC CÔNG DÂN", MIDDLE, 80)], codes=[qr(CARD.replace("01011999", "00001999"))])
    )
    assert values(paper)["birth_date"] == "1999"
