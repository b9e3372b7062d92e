"""Specimen identity cards, both sides copied onto one A4 page; every one is marked MẪU - SPECIMEN.

Two generations: the card with a chip of 2021 to 2024 (code on the front, hometown), and the card of TT 16/2024/TT-BCA
(code on the back, place of residence there).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from pipeline.domain.geometry import Box
from pipeline.domain.ids import TypeCode
from pipeline.specimens.cases import Case
from pipeline.specimens.codes import card_text, qr_picture
from pipeline.specimens.fonts import Face, font
from pipeline.specimens.identifiers import mrz
from pipeline.specimens.paper import DrawnPaper, PaperTruth, named
from pipeline.specimens.people import Person
from pipeline.specimens.sheet import A4, MM, Align, Colour, Run, Sheet

_WIDTH, _HEIGHT = 85.6 * MM, 53.98 * MM
"""ISO/IEC 7810 ID-1"""
_GROW = 1.25
"""copies are made a little larger than the card"""
_TINT: Colour = (226, 238, 232)
_EDGE: Colour = (120, 150, 145)
_LABEL: Colour = (70, 84, 96)
_RED: Colour = (190, 38, 44)
_FOREVER = "Không thời hạn"


def draw_identity_card(case: Case, rng: np.random.Generator, *, dpi: int) -> DrawnPaper:
    """Draw the applicant's card, front above back, on one A4 page."""
    who = case.applicant
    sheet = Sheet(A4, dpi=dpi)
    left = (A4[0] - _WIDTH * _GROW) / 2
    front, back = _Side(sheet, left, 92.0, rng), _Side(sheet, left, 92.0 + _HEIGHT * _GROW + 46, rng)
    note = Run("BẢN MẪU - SPECIMEN - KHÔNG CÓ GIÁ TRỊ SỬ DỤNG", Face.SANS_BOLD, _RED)
    sheet.text(A4[0] / 2, 64, note, size=11, align=Align.CENTRE)
    if who.new_card:
        _front_2024(front, who)
        _back_2024(back, who)
    else:
        _chip_front(front, who)
        _chip_back(back, who)
    _machine_lines(back, who)
    return DrawnPaper(truth=_truth_2024(who) if who.new_card else _chip_truth(who), pages=(sheet.finish(),))


class _Side:
    """One side of a card on the page; measured in millimetres of the card."""

    def __init__(self, sheet: Sheet, left: float, top: float, rng: np.random.Generator) -> None:
        self.sheet = sheet
        self._left, self._top = left, top
        box = Box(left, top, left + _WIDTH * _GROW, top + _HEIGHT * _GROW)
        sheet.frame(box, fill=_TINT, colour=_EDGE, weight=0.8)
        self._guilloche(rng)
        self._watermark()

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the place on the page of a place on the card."""
        return self._left + x * MM * _GROW, self._top + y * MM * _GROW

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float,
        face: Face = Face.SANS,
        colour: Colour = (24, 24, 28),
        align: Align = Align.LEFT,
    ) -> Box:
        """Set one line; `size` in points on the card."""
        px, py = self.at(x, y)
        return self.sheet.text(px, py, Run(text, face, colour), size=size * _GROW, align=align)

    def pair(self, x: float, y: float, label: str, value: str) -> None:
        """Set a label with its value behind it in bold."""
        box = self.text(x, y, label, size=5.4, colour=_LABEL)
        self.sheet.text(box.right + 3, self.at(x, y)[1], Run(value, Face.SANS_BOLD), size=6.6 * _GROW)

    def below(self, x: float, y: float, label: str, value: str, *, width: float) -> None:
        """Set a label with its value in the lines below."""
        self.text(x, y, label, size=5.4, colour=_LABEL)
        px, py = self.at(x, y + 3.2)
        run = Run(value, Face.SANS_BOLD)
        self.sheet.block(px, py, run, size=6.4 * _GROW, width=width * MM * _GROW, leading=1.12)

    def code(self, x: float, y: float, text: str, *, size: float) -> None:
        """Put a QR code of `size` millimetres."""
        picture = qr_picture(text, dpi=self.sheet.dpi, size=size * MM * _GROW)
        self.sheet.code(picture, *self.at(x, y), text=text)

    def box(self, x: float, y: float, width: float, height: float, *, fill: Colour) -> Box:
        """Draw a filled rectangle."""
        (left, top), (right, bottom) = self.at(x, y), self.at(x + width, y + height)
        box = Box(left, top, right, bottom)
        self.sheet.frame(box, fill=fill, colour=_EDGE, weight=0.5)
        return box

    def _guilloche(self, rng: np.random.Generator) -> None:
        size = self._pixels()
        mask = Image.new("L", size, 0)
        draw = ImageDraw.Draw(mask)
        x = np.linspace(0.0, size[0] - 1, 160)
        phase = float(rng.uniform(0, 6))
        for wave in range(14):
            y = size[1] * (wave / 13) + 0.06 * size[1] * np.sin(x / size[0] * 9 + phase + wave * 0.5)
            draw.line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=90, width=1)
        self.sheet.ink(mask, self._left, self._top, colour=(170, 205, 190))

    def _watermark(self) -> None:
        size = self._pixels()
        mask = Image.new("L", size, 0)
        face = font(Face.SANS_BOLD, size[1] * 0.11)
        ImageDraw.Draw(mask).text((size[0] / 2, size[1] / 2), "MẪU - SPECIMEN", fill=52, font=face, anchor="mm")
        self.sheet.ink(mask.rotate(14, resample=Image.Resampling.BICUBIC), self._left, self._top, colour=_RED)

    def _pixels(self) -> tuple[int, int]:
        scale = self.sheet.scale * _GROW
        return round(_WIDTH * scale), round(_HEIGHT * scale)


def _head(side: _Side, title: str, english: str) -> None:
    middle = 47.0
    side.text(middle, 5.0, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", size=6.4, face=Face.SANS_BOLD, align=Align.CENTRE)
    side.text(middle, 8.0, "Độc lập - Tự do - Hạnh phúc", size=5.8, face=Face.SANS_BOLD, align=Align.CENTRE)
    side.text(middle, 13.4, title, size=10.5, face=Face.SANS_BOLD, colour=_RED, align=Align.CENTRE)
    side.text(middle, 16.6, english, size=5.4, face=Face.SANS_BOLD, colour=_RED, align=Align.CENTRE)


def _portrait(side: _Side) -> None:
    """Draw a grey outline of nobody where the photograph is."""
    box = side.box(4, 20, 21, 28, fill=(205, 220, 226))
    scale = side.sheet.scale
    mask = Image.new("L", (round(box.width * scale), round(box.height * scale)), 0)
    draw, (w, h) = ImageDraw.Draw(mask), mask.size
    draw.ellipse((0.3 * w, 0.16 * h, 0.7 * w, 0.56 * h), fill=255)
    draw.ellipse((0.1 * w, 0.62 * h, 0.9 * w, 1.4 * h), fill=255)
    side.sheet.ink(mask, box.left, box.top, colour=(150, 165, 175))
    side.text(14.5, 46.5, "MẪU", size=7, face=Face.SANS_BOLD, colour=_RED, align=Align.CENTRE)


def _chip_front(side: _Side, who: Person) -> None:
    _head(side, "CĂN CƯỚC CÔNG DÂN", "Citizen Identity Card")
    _portrait(side)
    side.code(71.4, 1.5, card_text(who), size=11.5)
    side.pair(28, 21.5, "Số / No.:", who.number)
    side.below(28, 24.6, "Họ và tên / Full name:", who.full_name.upper(), width=54)
    side.pair(28, 31.8, "Ngày sinh / Date of birth:", f"{who.birth:%d/%m/%Y}")
    side.pair(28, 35.0, "Giới tính / Sex:", who.sex)
    side.pair(52, 35.0, "Quốc tịch / Nationality:", "Việt Nam")
    side.below(28, 38.2, "Quê quán / Place of origin:", who.hometown, width=55)
    side.below(28, 44.6, "Nơi thường trú / Place of residence:", who.address, width=55)
    side.text(4, 50.4, "Có giá trị đến / Date of expiry:", size=4.2, colour=_LABEL)
    side.text(4, 52.8, f"{who.expiry:%d/%m/%Y}" if who.expiry else _FOREVER, size=5.4, face=Face.SANS_BOLD)


def _chip_back(side: _Side, who: Person) -> None:
    side.pair(4, 6, "Đặc điểm nhân dạng / Personal identification:", "Nốt ruồi C:2cm dưới mép trái")
    side.pair(4, 11, "Ngày, tháng, năm / Date, month, year:", f"{who.issued:%d/%m/%Y}")
    side.text(38, 15.5, "CỤC TRƯỞNG CỤC CẢNH SÁT", size=6.0, face=Face.SANS_BOLD, align=Align.LEFT)
    side.text(38, 18.5, "QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI", size=6.0, face=Face.SANS_BOLD)
    side.box(6, 15, 12, 10, fill=(222, 196, 120))


def _front_2024(side: _Side, who: Person) -> None:
    _head(side, "CĂN CƯỚC", "IDENTITY CARD")
    _portrait(side)
    side.below(28, 23, "Số định danh cá nhân / Personal identification number:", who.number, width=54)
    side.below(28, 30, "Họ, chữ đệm và tên khai sinh / Full name:", who.full_name.upper(), width=54)
    side.pair(28, 38.5, "Ngày, tháng, năm sinh / Date of birth:", f"{who.birth:%d/%m/%Y}")
    side.pair(28, 43, "Giới tính / Sex:", who.sex)
    side.pair(28, 47.5, "Quốc tịch / Nationality:", "Việt Nam")


def _back_2024(side: _Side, who: Person) -> None:
    side.below(4, 5, "Nơi cư trú / Place of residence:", who.address, width=56)
    side.below(4, 14.6, "Nơi đăng ký khai sinh / Place of birth:", who.hometown, width=56)
    side.pair(4, 24.0, "Ngày, tháng, năm cấp / Date of issue:", f"{who.issued:%d/%m/%Y}")
    until = f"{who.expiry:%d/%m/%Y}" if who.expiry else _FOREVER
    side.pair(4, 27.4, "Ngày, tháng, năm hết hạn / Date of expiry:", until)
    side.text(4, 31.6, "BỘ CÔNG AN / MINISTRY OF PUBLIC SECURITY", size=5.6, face=Face.SANS_BOLD)
    side.code(64, 3, card_text(who), size=18)


def _machine_lines(side: _Side, who: Person) -> None:
    lines = mrz(number=who.number, name=who.full_name, birth=who.birth, male=who.male, expiry=who.expiry)
    side.box(0.4, 34.4, 84.8, 19.2, fill=(244, 247, 246))
    for row, line in enumerate(lines):
        _spaced(side, 4, 39.6 + 5.2 * row, line)


def _spaced(side: _Side, x: float, y: float, line: Sequence[str]) -> None:
    """Set a machine-readable line: 30 characters across the card, all of one width (ICAO Doc 9303 part 5)."""
    size = 12.0 * _GROW
    left, baseline = side.at(x, y)
    side.sheet.text(left, baseline, Run("".join(line), Face.MONO), size=size)


def _truth_2024(who: Person) -> PaperTruth:
    return PaperTruth(
        type=TypeCode("can_cuoc"),
        fields=named(
            **_shared(who),
            type_name="CĂN CƯỚC",
            id_issued_place=who.issuer.upper(),
        ),
    )


def _chip_truth(who: Person) -> PaperTruth:
    return PaperTruth(
        type=TypeCode("can_cuoc"),
        fields=named(
            **_shared(who),
            type_name="CĂN CƯỚC CÔNG DÂN",
            hometown=who.hometown,
            id_issued_place=who.issuer.upper(),
        ),
    )


def _shared(who: Person) -> dict[str, str | None]:
    return {
        "personal_id": who.number,
        "old_id": who.old_number,
        "full_name": who.full_name,
        "birth_date": who.birth.isoformat(),
        "sex": who.sex,
        "nationality": "Việt Nam",
        "address": who.address,
        "id_issued_date": who.issued.isoformat(),
        "id_expiry_date": who.expiry.isoformat() if who.expiry else None,
    }
