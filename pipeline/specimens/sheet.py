"""A sheet to draw on, measured in points; it remembers every line of text that it is given, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image, ImageChops, ImageDraw

from pipeline.domain.geometry import POINTS_PER_INCH, Box
from pipeline.domain.page import Code, CodeKind, InkKind, InkMark
from pipeline.specimens.fonts import Face, Family, font
from pipeline.specimens.paper import DrawnPage, PrintedLine

MM = POINTS_PER_INCH / 25.4
"""points in a millimetre"""
A4 = (210 * MM, 297 * MM)
A5 = (148 * MM, 210 * MM)

Colour = tuple[int, int, int]
BLACK: Colour = (28, 27, 30)
"""toner is never quite black"""

_ASCENT, _DESCENT = 0.89, 0.22


class Align(StrEnum):
    """Which part of a line stands at the given x."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Run:
    """Words in one face; runs of one text are parted by a space."""

    text: str
    face: Face = Face.SERIF
    colour: Colour = BLACK


Text = str | Run | Sequence[Run]


@dataclass(frozen=True, slots=True)
class Word:
    """A word, how it is set, and its width in points."""

    text: str
    face: Face
    colour: Colour
    width: float


def runs_of(text: Text, face: Face = Face.SERIF) -> tuple[Run, ...]:
    """Return any text as runs."""
    if isinstance(text, str):
        return (Run(text, face),)
    return (text,) if isinstance(text, Run) else tuple(text)


class Sheet:
    """One side of a sheet of `width` x `height` points, drawn at `dpi` pixels per inch in one `family` of letters."""

    def __init__(self, size: tuple[float, float], *, dpi: int, family: Family = Family.TIMES) -> None:
        self._family = family
        self.width, self.height = size
        self.dpi = dpi
        self.scale = dpi / POINTS_PER_INCH
        self.picture = Image.new("RGB", (round(self.width * self.scale), round(self.height * self.scale)), "white")
        self._draw = ImageDraw.Draw(self.picture)
        self._lines: list[PrintedLine] = []
        self._codes: list[Code] = []
        self._marks: list[InkMark] = []

    def finish(self) -> DrawnPage:
        """Return what has been drawn."""
        return DrawnPage(
            picture=self.picture,
            dpi=self.dpi,
            lines=tuple(self._lines),
            codes=tuple(self._codes),
            marks=tuple(self._marks),
        )

    # --- text -----------------------------------------------------------------------------------------------------------

    def words(self, text: Text, *, size: float, face: Face = Face.SERIF) -> list[Word]:
        """Return the words of `text` with their widths at `size` points."""
        return [
            Word(word, run.face, run.colour, self.measure(word, size=size, face=run.face))
            for run in runs_of(text, face)
            for word in run.text.split()
        ]

    def measure(self, text: str, *, size: float, face: Face = Face.SERIF) -> float:
        """Return the width of `text` in points."""
        return font(face, size * self.scale, self._family).getlength(text) / self.scale

    def wrap(
        self, text: Text, *, width: float, size: float, face: Face = Face.SERIF, indent: float = 0.0
    ) -> list[list[Word]]:
        """Break `text` into lines of at most `width` points, the first of which is shorter by `indent`."""
        space = self.measure(" ", size=size)
        lines: list[list[Word]] = [[]]
        used = indent
        for word in self.words(text, size=size, face=face):
            gap = space if lines[-1] else 0.0
            if lines[-1] and used + gap + word.width > width:
                lines.append([])
                used, gap = 0.0, 0.0
            lines[-1].append(word)
            used += gap + word.width
        return [line for line in lines if line]

    def line(
        self,
        left: float,
        baseline: float,
        words: Sequence[Word],
        *,
        size: float,
        width: float = 0.0,
        noted: bool = True,
    ) -> Box:
        """Set words from `left` on `baseline`; with a `width` the spaces grow until the line fills it.

        A line that is `noted` is remembered; parts of a line are not, the whole of it is given to `remember` then.
        """
        space = self.measure(" ", size=size)
        if width and len(words) > 1:
            space = max(space, (width - sum(word.width for word in words)) / (len(words) - 1))
        x = left
        for word in words:
            self._draw.text(
                (x * self.scale, baseline * self.scale),
                word.text,
                fill=word.colour,
                font=font(word.face, size * self.scale, self._family),
                anchor="ls",
            )
            x += word.width + space
        box = Box(left, baseline - _ASCENT * size, x - space, baseline + _DESCENT * size)
        if noted:
            self.remember(" ".join(word.text for word in words), box)
        return box

    def text(
        self,
        x: float,
        baseline: float,
        text: Text,
        *,
        size: float,
        face: Face = Face.SERIF,
        align: Align = Align.LEFT,
    ) -> Box:
        """Set one line with its left end, middle or right end at `x`; return its box."""
        words = self.words(text, size=size, face=face)
        width = sum(word.width for word in words) + self.measure(" ", size=size) * (len(words) - 1)
        left = x - {Align.LEFT: 0.0, Align.CENTRE: width / 2, Align.RIGHT: width}[align]
        return self.line(left, baseline, words, size=size)

    def block(
        self,
        x: float,
        baseline: float,
        text: Text,
        *,
        size: float,
        width: float,
        face: Face = Face.SERIF,
        align: Align = Align.LEFT,
        leading: float = 1.15,
    ) -> float:
        """Set as many lines of at most `width` points as `text` needs; return the baseline after the last one."""
        for words in self.wrap(text, width=width, size=size, face=face):
            used = sum(word.width for word in words) + self.measure(" ", size=size) * (len(words) - 1)
            left = x - {Align.LEFT: 0.0, Align.CENTRE: used / 2, Align.RIGHT: used}[align]
            self.line(left, baseline, words, size=size)
            baseline += size * leading
        return baseline

    def balanced(
        self,
        centre: float,
        baseline: float,
        text: str,
        *,
        size: float,
        width: float,
        face: Face = Face.SERIF,
        leading: float = 1.15,
    ) -> float:
        """Set centred lines of about one length, as a heading is broken; return the baseline after the last one."""
        count = len(self.wrap(text, width=width, size=size, face=face))
        while count > 1 and len(self.wrap(text, width=width - size, size=size, face=face)) == count:
            width -= size
        return self.block(
            centre, baseline, text, size=size, width=width, face=face, align=Align.CENTRE, leading=leading
        )

    def remember(self, text: str, box: Box) -> None:
        """Note a line of text that was put on the sheet by other means than `line`."""
        self._lines.append(PrintedLine(text, box))

    # --- everything else ------------------------------------------------------------------------------------------------

    def rule(self, left: float, right: float, y: float, *, weight: float = 0.75, colour: Colour = BLACK) -> None:
        """Draw a level line of `weight` points."""
        half = weight / 2
        box = (left * self.scale, (y - half) * self.scale, right * self.scale, (y + half) * self.scale)
        self._draw.rectangle(box, fill=colour)

    def frame(self, box: Box, *, weight: float = 0.75, colour: Colour = BLACK, fill: Colour | None = None) -> None:
        """Draw a rectangle with lines of `weight` points."""
        self._draw.rectangle(
            tuple(side * self.scale for side in (box.left, box.top, box.right, box.bottom)),
            outline=colour,
            fill=fill,
            width=max(1, round(weight * self.scale)),
        )

    def place(self, picture: Image.Image, left: float, top: float) -> None:
        """Put a picture of the sheet's resolution on the sheet, covering what is there."""
        self.picture.paste(picture, (round(left * self.scale), round(top * self.scale)))

    def ink(self, mask: Image.Image, left: float, top: float, *, colour: Colour, kind: InkKind | None = None) -> Box:
        """Press ink through `mask` (255 = full ink) onto the sheet; what lies below stays visible, as under real ink."""
        x, y = round(left * self.scale), round(top * self.scale)
        area = self.picture.crop((x, y, x + mask.width, y + mask.height))
        inked = ImageChops.multiply(area, Image.new("RGB", mask.size, colour))
        self.picture.paste(Image.composite(inked, area, mask), (x, y))
        box = Box(left, top, left + mask.width / self.scale, top + mask.height / self.scale)
        if kind is not None:
            self._marks.append(InkMark(kind, box))
        return box

    def code(self, picture: Image.Image, left: float, top: float, *, text: str) -> Box:
        """Put a QR code on the sheet and note its text."""
        self.place(picture, left, top)
        box = Box(left, top, left + picture.width / self.scale, top + picture.height / self.scale)
        self._codes.append(Code(CodeKind.QR, text, box))
        return box
