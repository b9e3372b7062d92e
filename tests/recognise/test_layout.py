"""Columns, blanks and reading order from the places of words."""

from __future__ import annotations

from pipeline.domain.geometry import Box
from pipeline.domain.page import Word
from pipeline.recognise.layout import arranged, joined, parted
from pipeline.recognise.stamps import stamped


def _line(left: float, top: float, *parts: str | float) -> list[Word]:
    """Words of 6 points a letter and 10 points high; a number is a gap in points in the place of a space of 4."""
    words: list[Word] = []
    x, gap = left, 0.0
    for part in parts:
        if isinstance(part, str):
            for text in part.split():
                x += gap
                words.append(Word(text, Box(x, top, x + 6 * len(text), top + 10), 0.9))
                x, gap = x + 6 * len(text), 4.0
        else:
            gap = part
    return words


def _texts(words: list[tuple[Word, ...]]) -> list[str]:
    return [" ".join(word.text for word in line) for line in words]


def test_a_letterhead_read_across_is_parted() -> None:
    across = _line(60, 50, "ỦY BAN NHÂN DÂN", 14.0, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
    assert _texts(parted([across])) == ["ỦY BAN NHÂN DÂN", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"]
    body = _line(60, 50, "Xét đề nghị của", 14.0, "Giám đốc Sở Nội vụ tại Tờ trình")
    assert len(parted([body])) == 1


def test_blanks_left_for_writing_part_nothing() -> None:
    lines = [
        _line(60, 50, "Số:", 45.0, "/QĐ-UBND"),
        _line(60, 70, "Thành phố Mẫu, ngày", 40.0, "tháng", 40.0, "năm 2025"),
        _line(60, 90, "Họ và tên:", 60.0, "Trần Văn Mẫu"),
    ]
    assert len(parted(lines)) == 3
    assert _texts(parted([_line(60, 50, "Nơi nhận:", 60.0, "CHỦ TỊCH")])) == ["Nơi nhận:", "CHỦ TỊCH"]


def test_columns_are_read_one_after_the_other() -> None:
    lines = [
        _line(60, 50, "CHI CỤC THỬ NGHIỆM", 60.0, "CỘNG HÒA XÃ HỘI"),
        _line(60, 64, "PHÒNG MỘT", 114.0, "Độc lập - Tự do"),
        _line(60, 100, "Căn cứ Luật và theo đề nghị của người có đơn nói trên"),
        _line(60, 114, "nay quyết định như sau với mọi điều khoản kèm theo đây"),
    ]
    read = arranged(parted(lines))
    assert [line.text.split()[0] for line in read] == ["CHI", "PHÒNG", "CỘNG", "Độc", "Căn", "nay"]
    assert [line.block for line in read] == [1, 1, 2, 2, 3, 3]


def test_words_out_of_order_are_joined_where_they_stand() -> None:
    line = _line(60, 50, "Số:", 8.0, "453", 8.0, "/TB-UBND")
    assert _texts(joined([line[2], line[0], line[1]])) == ["Số: 453 /TB-UBND"]


def test_a_stamp_takes_the_place_of_what_was_read_under_it() -> None:
    read = [tuple(_line(60, 50, "Số:", 8.0, "4s3", 8.0, "/TB-UBND"))]
    stamp = Word("453", read[0][1].box, 0.99)
    alone = Word("Đã ký", Box(300, 400, 330, 410), 0.99)
    assert _texts(stamped(read, (stamp, alone))) == ["Số: 453 /TB-UBND", "Đã ký"]
