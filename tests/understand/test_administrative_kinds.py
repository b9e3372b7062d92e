"""What sets some administrative papers apart: stamps, spoilt number lines, two parties, copies, papers without a subject."""

from __future__ import annotations

from pipeline.domain.document import FieldState
from tests.understand.papers import (
    LEFT,
    RIGHT,
    body,
    centred,
    decision,
    foot,
    head,
    line,
    page,
    side_by_side,
    title,
    understood,
    values,
)


def test_stamped_degrees_are_no_part_of_the_organ_or_the_subject() -> None:
    spoilt = centred("#dÚ pA.uBND", LEFT, 120)
    lines = [one for one in head() if not one.text.startswith("Số")]
    lines += [spoilt, centred("KHẨN", LEFT, 142), *title("PHƯƠNG ÁN", "Ứng phó mưa lũ năm 2026"), *body()]
    given = values(understood(page(lines)))
    assert given["organ_name"] == "ỦY BAN NHÂN DÂN TỈNH NINH BÌNH"
    assert given["urgency"] == "KHẨN"


def test_a_number_line_spoilt_by_handwriting_gives_a_notation_to_look_at() -> None:
    spoilt = [*head(organ=("BỘ Y TẾ",), number="sø lổ5ổ /rc-BYr"), *title("THÔNG CÁO", "Về kết quả kỳ họp"), *body()]
    paper = understood(page(spoilt))
    notation = paper.fields["code_notation"]  # type: ignore[index]
    assert notation.value == "TC-BYT"
    assert notation.state is FieldState.NEEDS_REVIEW
    assert "code_number" not in paper.fields


def test_paper_without_a_subject_has_none() -> None:
    text = [
        line("Sở Xây dựng tỉnh Ninh Bình trân trọng giới thiệu: Bà Trần Thị Ví Dụ.", 121, 190),
        line("Chức vụ: chuyên viên.", 85, 208),
    ]
    assert "subject" not in values(understood(page([*head(), *title("GIẤY GIỚI THIỆU"), *text])))


def test_party_a_signs_where_two_parties_do() -> None:
    lines = [
        *head(number="Số: 12/HĐ-UBND"),
        *title("HỢP ĐỒNG", "Cung cấp văn phòng phẩm"),
        *body(),
        side_by_side(centred("ĐẠI DIỆN BÊN A", 180, 560), centred("ĐẠI DIỆN BÊN B", 430, 560)),
        side_by_side(centred("CHỦ TỊCH", 180, 576), centred("GIÁM ĐỐC", 430, 576)),
        side_by_side(centred("Trần Văn Ví Dụ", 180, 660), centred("Lê Thị Mẫu", 430, 660)),
    ]
    given = values(understood(page(lines)))
    assert (given["signer_position"], given["signer_name"]) == ("CHỦ TỊCH", "Trần Văn Ví Dụ")


def test_what_a_copying_agency_sets_below_is_not_the_papers_own() -> None:
    copy = [
        side_by_side(centred("ỦY BAN NHÂN DÂN", LEFT, 720), centred("SAO Y", RIGHT, 720)),
        centred("Số: 7/SY-UBND", LEFT, 745),
        line("Nơi nhận:", 90, 765, size=11),
        line("- Các thôn.", 90, 779, size=11),
        centred("CHỦ TỊCH", 430, 765),
        centred("Lê Thị Mẫu", 430, 815),
    ]
    assert values(understood(page([*decision(), *copy]))) == values(understood(page(decision())))


def test_stroke_of_a_recipient_is_no_currency() -> None:
    lines = [*decision()[:-6], *foot("CHỦ TỊCH"), line("- Sở Nội vụ (để b/€).", 90, 616, size=11)]
    assert "Sở Nội vụ (để b/c)" in values(understood(page(lines)))["recipients"]  # type: ignore[operator]


def test_recipients_get_back_the_marks_they_lost() -> None:
    lines = [*decision()[:-6], *foot("CHỦ TỊCH"), line("- Các ban, ngành, đoan thê;", 90, 616, size=11)]
    lines.append(line("- Công thông tin điện tử:", 90, 630, size=11))
    found = values(understood(page(lines)))["recipients"]
    assert found[-2:] == ("Các ban, ngành, đoàn thể", "Cổng thông tin điện tử")  # type: ignore[index]


def test_an_item_of_the_recipients_is_no_name() -> None:
    block = [
        side_by_side(centred("ĐẠI DIỆN BÊN A", 180, 560), centred("ĐẠI DIỆN BÊN B", 430, 560)),
        side_by_side(centred("CHỦ TỊCH", 180, 576), centred("GIÁM ĐỐC", 430, 576)),
        line("Nơi nhận:", 90, 690, size=11),
        line("- Lưu: VT.", 90, 704, size=11),
    ]
    lines = [*head(number="Số: 12/BTT-UBND"), *title("BẢN THỎA THUẬN", "Sử dụng chung hạ tầng"), *body(), *block]
    assert "signer_name" not in values(understood(page(lines)))


def test_a_paragraph_close_below_a_subject_does_not_belong_to_it() -> None:
    text = [
        line("Thời gian bắt đầu: 08 giờ 00, ngày 20 tháng 3 năm 2026, tại phòng họp.", 121, 190),
        line("Thành phần: như danh sách kèm theo.", 85, 207),
    ]
    given = values(understood(page([*head(number="Số: 5/BB-UBND"), *title("BIÊN BẢN", "Họp giao ban tuần"), *text])))
    assert given["subject"] == "Họp giao ban tuần"
