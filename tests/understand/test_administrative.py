from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest

from pipeline.domain.document import CheckOutcome, DocumentState, FieldOrigin, FieldState
from pipeline.domain.page import Line, TextOrigin
from tests.understand.papers import (
    LEFT,
    MIDDLE,
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


def test_a_decision_is_read_from_its_cells() -> None:
    paper = understood(page(decision()))
    assert paper.type == "quyet_dinh"
    assert values(paper) == {
        "organ_name": "ỦY BAN NHÂN DÂN TỈNH NINH BÌNH",
        "code_number": "12",
        "code_notation": "QĐ-UBND",
        "reference": "12/QĐ-UBND",
        "issued_place": "Ninh Bình",
        "issued_date": "2026-01-05",
        "type_name": "QUYẾT ĐỊNH",
        "subject": "Về việc phê duyệt kế hoạch chuyển đổi số của tỉnh Ninh Bình năm 2026",
        "signer_capacity": ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH"),
        "signer_position": "PHÓ CHỦ TỊCH",
        "signer_name": "Trần Văn Ví Dụ",
        "recipients": ("Như Điều 3", "Sở Xây dựng", "Lưu: VT, KT"),
    }


def test_columns_read_across_give_the_same() -> None:
    lines = [*head(across=True), *decision()[5:]]
    assert values(understood(page(lines))) == values(understood(page(decision())))


def test_decomposed_text_gives_the_same() -> None:
    def nfd(one: Line) -> Line:
        return replace(
            one, words=tuple(replace(word, text=unicodedata.normalize("NFD", word.text)) for word in one.words)
        )

    given = values(understood(page([nfd(one) for one in decision()])))
    assert {name: unicodedata.normalize("NFC", str(value)) for name, value in given.items()} == {
        name: str(value) for name, value in values(understood(page(decision()))).items()
    }


def test_every_field_shows_where_it_was_read() -> None:
    paper = understood(page(decision()))
    number, name = paper.fields["code_number"], paper.fields["signer_name"]  # type: ignore[index]
    assert number.box is not None
    assert name.box is not None
    assert number.box.right < LEFT + 60
    assert 110 < number.box.top < number.box.bottom < 140
    assert name.box.left > MIDDLE
    assert name.box.top > 600
    assert number.raw.startswith("Số:")
    assert {field.page for field in paper.fields.values()} == {1}
    assert {field.origin for field in paper.fields.values()} == {FieldOrigin.OCR}


def test_boxes_are_carried_back_onto_a_skewed_page() -> None:
    straight = understood(page(decision())).fields["signer_name"].box  # type: ignore[index]
    skewed = understood(page(decision(), skew=2.0)).fields["signer_name"].box  # type: ignore[index]
    assert straight is not None
    assert skewed is not None
    # the right half of a page turned clockwise lies lower
    assert skewed.top > straight.top
    assert skewed.width == pytest.approx(straight.width)


def test_the_sign_page_may_be_a_later_one() -> None:
    first = page([*head(), *title("CHỈ THỊ", "Về việc phòng, chống thiên tai"), *body()])
    second = page([centred("2", MIDDLE, 40), *body(70), *foot("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", top=150)])
    paper = understood(first, second)
    assert paper.fields["signer_position"].page == 2  # type: ignore[index]
    assert values(paper)["signer_name"] == "Trần Văn Ví Dụ"


@pytest.mark.parametrize(
    ("type_name", "code", "abbreviation"),
    [
        ("NGHỊ QUYẾT", "nghi_quyet", "NQ"),
        ("QUYẾT ĐỊNH", "quyet_dinh", "QĐ"),
        ("CHỈ THỊ", "chi_thi", "CT"),
        ("QUY CHẾ", "quy_che", "QC"),
        ("QUY ĐỊNH", "quy_dinh", "QyĐ"),
        ("THÔNG CÁO", "thong_cao", "TC"),
        ("THÔNG BÁO", "thong_bao", "TB"),
        ("HƯỚNG DẪN", "huong_dan", "HD"),
        ("CHƯƠNG TRÌNH", "chuong_trinh", "CTr"),
        ("KẾ HOẠCH", "ke_hoach", "KH"),
        ("PHƯƠNG ÁN", "phuong_an", "PA"),
        ("ĐỀ ÁN", "de_an", "ĐA"),
        ("DỰ ÁN", "du_an", "DA"),
        ("BÁO CÁO", "bao_cao", "BC"),
        ("BIÊN BẢN", "bien_ban", "BB"),
        ("TỜ TRÌNH", "to_trinh", "TTr"),
        ("HỢP ĐỒNG", "hop_dong", "HĐ"),
        ("CÔNG ĐIỆN", "cong_dien", "CĐ"),
        ("BẢN GHI NHỚ", "ban_ghi_nho", "BGN"),
        ("BẢN THỎA THUẬN", "ban_thoa_thuan", "BTT"),
        ("GIẤY ỦY QUYỀN", "giay_uy_quyen", "GUQ"),
        ("GIẤY MỜI", "giay_moi", "GM"),
        ("GIẤY GIỚI THIỆU", "giay_gioi_thieu", "GGT"),
        ("GIẤY NGHỈ PHÉP", "giay_nghi_phep", "GNP"),
        ("PHIẾU GỬI", "phieu_gui", "PG"),
        ("PHIẾU CHUYỂN", "phieu_chuyen", "PC"),
        ("PHIẾU BÁO", "phieu_bao", "PB"),
    ],
)
def test_the_types_of_the_decree(type_name: str, code: str, abbreviation: str) -> None:
    paper = understood(page([*head(number=f"Số: 7/{abbreviation}-UBND"), *title(type_name, "Về việc thí dụ"), *body()]))
    assert paper.type == code
    assert paper.type_confidence >= 0.95
    assert paper.fields["code_notation"].checks["abbreviation"] is CheckOutcome.PASSED  # type: ignore[index]
    # a title whose marks were lost is still one
    bare = "".join(c for c in unicodedata.normalize("NFD", type_name) if not unicodedata.combining(c)).replace("Đ", "D")
    assert understood(page([*head(number=f"Số: 7/{abbreviation}-UBND"), *title(bare), *body()])).type == code


def test_an_official_letter_has_its_subject_under_the_number() -> None:
    lines = [
        *head(number="Số: 345/SXD-QLN", organ=("ỦY BAN NHÂN DÂN TỈNH NINH BÌNH", "SỞ XÂY DỰNG")),
        centred("V/v thẩm định hồ sơ", LEFT, 142, size=12),
        centred("nhà ở xã hội", LEFT, 156, size=12),
        centred("Kính gửi: Công ty Cổ phần Xây dựng Thí Dụ", MIDDLE, 200),
        *body(240, "Sở Xây dựng nhận được hồ sơ của Công ty, có ý kiến như sau:"),
        *foot("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"),
    ]
    paper = understood(page(lines))
    found = values(paper)
    assert paper.type == "cong_van"
    assert found["organ_name"] == "ỦY BAN NHÂN DÂN TỈNH NINH BÌNH SỞ XÂY DỰNG"
    assert found["reference"] == "345/SXD-QLN"
    assert found["subject"] == "thẩm định hồ sơ nhà ở xã hội"
    assert found["addressee"] == ("Công ty Cổ phần Xây dựng Thí Dụ",)
    assert found["signer_position"] == "PHÓ GIÁM ĐỐC"
    assert "type_name" not in found, "nothing of the kind is printed"


def test_a_list_of_addressees() -> None:
    lines = [
        *head(number="Số: 8/BC-UBND"),
        *title("BÁO CÁO", "Kết quả cải cách hành chính quý I năm 2026"),
        line("Kính gửi:", 180, 215),
        line("- Văn phòng Chính phủ;", 235, 231),
        line("- Bộ Nội vụ.", 235, 247),
        *body(),
    ]
    assert values(understood(page(lines)))["addressee"] == ("Văn phòng Chính phủ", "Bộ Nội vụ")


@pytest.mark.parametrize(
    ("number", "place_date"),
    [
        ("Số:        /QĐ-UBND", "Ninh Bình, ngày     tháng     năm 2026"),
        ("Số: …/QĐ-UBND", "Ninh Bình, ngày … tháng … năm 2026"),
        ("Số: †#/QĐ-UBND", "Ninh Bình, ngày ® tháng 01 năm 2026"),
    ],
)
def test_a_draft_gives_no_number_and_no_date(number: str, place_date: str) -> None:
    found = values(
        understood(page([*head(number=number, place_date=place_date), *title("QUYẾT ĐỊNH", "Về việc thí dụ"), *body()]))
    )
    assert not {"code_number", "reference", "issued_date"} & set(found)
    assert found["code_notation"] == "QĐ-UBND"
    assert found["issued_place"] == "Ninh Bình"


def test_an_arrival_stamp_does_not_replace_the_number_and_the_date() -> None:
    stamp = [
        line("SỞ TƯ PHÁP", 30, 140, size=9, sure=0.7),
        line("CÔNG VĂN ĐẾN Số: 2352/CVĐ-STP", 30, 151, size=9, sure=0.6),
        line("Ngày 21 tháng 3 năm 2026", 30, 162, size=9, sure=0.6),
    ]
    found = values(understood(page([*head(), *stamp, *title("QUYẾT ĐỊNH", "Về việc thí dụ"), *body()])))
    assert found["reference"] == "12/QĐ-UBND"
    assert found["issued_date"] == "2026-01-05"
    assert found["organ_name"] == "ỦY BAN NHÂN DÂN TỈNH NINH BÌNH"


def test_a_copy_block_at_the_foot_does_not_replace_the_number_and_the_date() -> None:
    block = [
        side_by_side(
            line("ỦY BAN NHÂN DÂN", 100, 700), centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 400, 700, size=12)
        ),
        line("Số: 99/SY-UBND", 110, 720),
        line("Mẫu, ngày 30 tháng 12 năm 2026", 330, 720),
    ]
    found = values(understood(page([*decision(), *block])))
    assert found["reference"] == "12/QĐ-UBND"
    assert found["issued_date"] == "2026-01-05"


def test_urgency_stands_alone_in_the_left_column() -> None:
    lines = [*head(), centred("HỎA TỐC", LEFT, 140), *title("CÔNG ĐIỆN", "Về việc ứng phó bão"), *body()]
    assert values(understood(page(lines)))["urgency"] == "HỎA TỐC"


def test_a_single_digit_may_be_half_of_a_handwritten_day() -> None:
    field = understood(
        page([*head(place_date="Ninh Bình, ngày 3 tháng 01 năm 2026"), *title("QUYẾT ĐỊNH"), *body()])
    ).fields
    assert field["issued_date"].state is FieldState.NEEDS_REVIEW  # type: ignore[index]
    assert field["issued_date"].checks["padded"] is CheckOutcome.FAILED  # type: ignore[index]


def test_a_notation_that_contradicts_the_title_is_doubtful() -> None:
    paper = understood(page([*head(number="Số: 12/BC-UBND"), *title("QUYẾT ĐỊNH", "Về việc thí dụ"), *body()]))
    assert paper.type_confidence < 0.9
    assert paper.fields["code_notation"].checks["abbreviation"] is CheckOutcome.FAILED  # type: ignore[index]
    assert paper.state is DocumentState.NEEDS_REVIEW


def test_numbers_on_a_picture_are_never_as_sure_as_text() -> None:
    read = understood(page(decision())).fields["code_number"]  # type: ignore[index]
    text = understood(page([replace_sure(one) for one in decision()], origin=TextOrigin.PDF_TEXT))
    assert read.confidence < 0.95 <= text.fields["code_number"].confidence  # type: ignore[index]
    assert text.fields["code_number"].origin is FieldOrigin.PDF_TEXT  # type: ignore[index]


def replace_sure(one: Line) -> Line:
    return replace(one, words=tuple(replace(word, confidence=1.0) for word in one.words))


def test_a_position_half_lost_under_the_seal_is_told_by_the_capacity() -> None:
    lines = [*head(), *title("THÔNG BÁO"), *body(), *foot("TL. CHỦ TỊCH", "KT. CHÁNH VĂN PHÒNG", "KHÓ CHANH VĂN KHONG")]
    field = understood(page(lines)).fields["signer_position"]  # type: ignore[index]
    assert field.value == "PHÓ CHÁNH VĂN PHÒNG"
    assert field.raw == "KHÓ CHANH VĂN KHONG"
    assert field.checks["deputy"] is CheckOutcome.NOT_APPLICABLE


def test_an_unknown_paper_is_khac_and_nothing_is_invented() -> None:
    paper = understood(page([line("Cửa hàng Hoa Mai xin kính chào quý khách", 90, 80), line("Cà phê 25.000", 90, 120)]))
    assert paper.type == "khac"
    assert paper.fields == {}
    assert paper.state is DocumentState.NEEDS_REVIEW


def test_a_decision_formula_before_the_articles_is_no_title() -> None:
    paper = understood(page([centred("QUYẾT ĐỊNH:", MIDDLE, 120), *body(150, "Điều 1. Phê duyệt kế hoạch.")]))
    assert paper.type == "khac"


def test_a_missing_key_field_calls_for_a_look() -> None:
    lines = [replace_sure(one) for one in [*head(), *title("QUYẾT ĐỊNH", "Về việc phê duyệt kế hoạch"), *body()]]
    paper = understood(page(lines, origin=TextOrigin.PDF_TEXT))
    assert "signer_name" not in paper.fields
    assert paper.state is DocumentState.NEEDS_REVIEW


def test_a_head_without_its_national_title_is_parted_by_the_motto() -> None:
    lines = [one for one in decision() if "CỘNG HÒA" not in one.text]
    assert values(understood(page(lines))) == values(understood(page(decision())))


def test_the_uppermost_title_counts() -> None:
    lines = [
        *head(number="Số: 5/TB-UBND"),
        *title("THÔNG BÁO", "Về việc thí dụ"),
        centred("CHƯƠNG TRÌNH", MIDDLE, 330),
        *body(350),
    ]
    assert understood(page(lines)).type == "thong_bao"


def test_a_longer_title_is_told_by_its_notation() -> None:
    lines = [*head(number="Số: 5/KH-UBND"), *title("KẾ HOẠCH HÀNH ĐỘNG", "Về việc chuyển đổi số"), *body()]
    paper = understood(page(lines))
    assert paper.type == "ke_hoach"
    assert values(paper)["subject"] == "Về việc chuyển đổi số"


def test_a_name_alone_right_of_the_recipients_is_a_proposal() -> None:
    lines = [*head(), *title("QUYẾT ĐỊNH", "Về việc thí dụ"), *body(), *foot(name="Nguyên Văn Mẫu")]
    field = understood(page(lines)).fields["signer_name"]  # type: ignore[index]
    assert field.value == "Nguyên Văn Mẫu"
    assert field.checks["surname"] is CheckOutcome.FAILED
    assert field.state is FieldState.NEEDS_REVIEW


def test_stamps_beside_the_subject_fall_off() -> None:
    stamped = side_by_side(line("ĐẾN 2352", 40, 189, sure=0.3), centred("của tỉnh Ninh Bình năm 2026", MIDDLE, 189))
    lines = [*head(), *title("QUYẾT ĐỊNH", "Về việc phê duyệt kế hoạch chuyển đổi số"), stamped, *body()]
    assert (
        values(understood(page(lines)))["subject"]
        == "Về việc phê duyệt kế hoạch chuyển đổi số của tỉnh Ninh Bình năm 2026"
    )


def test_a_stamp_beside_the_title_does_not_end_the_subject() -> None:
    stamp = [line("ĐẾN Giờ: 9", 45, 166, size=10, sure=0.4)]
    lines = [*head(), *stamp, *title("QUYẾT ĐỊNH", "Về việc phê duyệt", "kế hoạch chuyển đổi số"), *body()]
    assert values(understood(page(lines)))["subject"] == "Về việc phê duyệt kế hoạch chuyển đổi số"


def test_ink_that_was_read_twice_counts_once() -> None:
    subject = centred("Về việc phê duyệt kế hoạch chuyển đổi số", MIDDLE, 173)
    over = subject.words[3]
    ghost = replace(over, text="ct", confidence=0.0)
    doubled = replace(subject, words=(*subject.words[:3], ghost, *subject.words[3:]))
    lines = [*head(), *title("QUYẾT ĐỊNH"), doubled, *body()]
    assert values(understood(page(lines)))["subject"] == "Về việc phê duyệt kế hoạch chuyển đổi số"


def test_a_bodys_notation_is_kept_as_the_party_writes_it() -> None:
    found = values(
        understood(page([*head(number="Số 12-QD/TU", organ=("TỈNH ỦY NINH BÌNH",)), *title("QUYẾT ĐỊNH"), *body()]))
    )
    assert (found["code_number"], found["code_notation"]) == ("12", "QĐ/TU")
