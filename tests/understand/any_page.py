"""Pages as no printer made them: any characters, any digits, any places."""

from __future__ import annotations

from hypothesis import strategies as st

from pipeline.domain.geometry import Box, around
from pipeline.domain.ids import SourceName
from pipeline.domain.page import Code, CodeKind, Line, PageRef, RecognisedPage, TextOrigin, Word

_SAID = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "ỦY BAN NHÂN DÂN", "QUYẾT ĐỊNH", "GIẤY KHAI SINH",
    "TRÍCH LỤC KHAI TỬ", "TỜ KHAI", "ĐƠN ĐỀ NGHỊ", "CĂN CƯỚC CÔNG DÂN", "GIẤY CHỨNG NHẬN", "HỢP ĐỒNG", "Số: 12/QĐ-UBND",
    "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", "H42.12-260915-0007", "ngày 05 tháng 01 năm 2025", "12/3/2024", "8 giờ 30",
    "Họ và tên:", "Ngày, tháng, năm sinh:", "Số định danh cá nhân:", "012345678901", "Nơi cư trú:", "Số tiền:", "500.000 đồng",
    "một tỷ đồng", "Diện tích:", "120,5 m²", "Mã số thuế:", "0101234567-001", "Điện thoại:", "0912 345 678", "a@b.vn", "V/v cấp",
    "Nơi nhận:", "- Như trên;", "- Lưu: VT.", "TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", "Nguyễn Văn Mẫu", "MẬT",
    "Trang 2/5", "IDVNM0123456789012345678901234", "8001011M3001019VNM<<<<<<<<<<<2", "NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<",
    "Thửa đất số:", "Tờ bản đồ số:", "Kèm theo Quyết định",
)  # fmt: skip
_SIGNS = st.characters(exclude_categories=())
"""surrogates, NUL and marks of direction included"""
_FOREIGN_DIGITS = st.text(alphabet="0٣५๗𝟗９²½", min_size=1, max_size=12)
_LONG = st.builds(lambda sign, times: sign * times, st.sampled_from("9A-/.:<0Đ١"), st.integers(1, 6000))
_SIDES = st.floats(-50, 900, allow_nan=False, width=32)


@st.composite
def _spoilt(draw: st.DrawFn) -> str:
    """Something that papers say, with a piece of it replaced."""
    text = draw(st.sampled_from(_SAID))
    at = draw(st.integers(0, len(text)))
    piece = draw(st.one_of(st.text(_SIGNS, max_size=4), _FOREIGN_DIGITS, _LONG))
    return text[:at] + piece + text[at + draw(st.integers(0, 4)) :]


_TEXTS = st.one_of(st.sampled_from(_SAID), _spoilt(), _FOREIGN_DIGITS, st.text(_SIGNS, min_size=1, max_size=20), _LONG)


@st.composite
def _lines(draw: st.DrawFn) -> Line:
    words = []
    left, top, size = draw(_SIDES), draw(_SIDES), draw(st.floats(0.5, 40, width=32))
    for text in "".join(draw(_TEXTS)).split()[:12]:
        width = 0.5 * size * min(len(text), 100)
        words.append(Word(text, Box(left, top, left + width, top + size), draw(st.floats(0, 1, width=32))))
        left += width + 0.3 * size
    words = words or [Word("x", Box(left, top, left + 5, top + 5), 0.5)]
    return Line(tuple(words), around(word.box for word in words), draw(st.integers(0, 3)))


@st.composite
def any_pages(draw: st.DrawFn, *, source: str = "a.pdf", number: int = 1) -> RecognisedPage:
    """Return a page that some reader may give."""
    lines = tuple(draw(st.lists(_lines(), max_size=14)))
    codes = draw(st.lists(st.builds(Code, st.sampled_from(CodeKind), _TEXTS, st.just(Box(20, 20, 80, 80))), max_size=2))
    return RecognisedPage(
        ref=PageRef(SourceName(source), number),
        width=draw(st.floats(1, 14_400, width=32)),
        height=draw(st.floats(1, 14_400, width=32)),
        rotation=draw(st.sampled_from((0, 90, 180, 270))),
        skew=draw(st.floats(-5, 5, width=32)),
        dpi=200,
        blank=not lines and not codes,
        lines=lines,
        confidence=0.9,
        origin=draw(st.sampled_from(TextOrigin)),
        codes=tuple(codes),
    )
