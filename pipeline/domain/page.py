"""Pages, and what was read on them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.geometry import Box, turned
from pipeline.domain.ids import DocumentId, SourceName


class PageState(StrEnum):
    """What became of a page; every page of every source has one."""

    KEPT = "kept"
    BLANK = "blank"
    SEPARATOR = "separator"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, order=True)
class PageRef:
    """One side of one sheet of a source."""

    source: SourceName
    number: int
    """1 for the first page of the source"""

    def __post_init__(self) -> None:
        if self.number < 1:
            raise ValueError("pages are counted from 1")


class CodeKind(StrEnum):
    """Symbologies that are looked for."""

    QR = "qr"
    MICRO_QR = "micro_qr"
    CODE_128 = "code_128"
    CODE_39 = "code_39"
    PDF_417 = "pdf_417"
    DATA_MATRIX = "data_matrix"
    AZTEC = "aztec"


@dataclass(frozen=True, slots=True)
class Code:
    """A barcode or matrix code and the text in it, NFC."""

    kind: CodeKind
    text: str
    box: Box
    """in reading space, see RecognisedPage"""


class InkKind(StrEnum):
    """Coloured ink that is told apart from the black text."""

    RED_SEAL = "red_seal"
    BLUE_SIGNATURE = "blue_signature"


@dataclass(frozen=True, slots=True)
class InkMark:
    """A seal or an autograph: where it lies, in reading space."""

    kind: InkKind
    box: Box


class TextOrigin(StrEnum):
    """Where the words of a page come from."""

    OCR = "ocr"
    PDF_TEXT = "pdf_text"


class LayerNote(StrEnum):
    """What was found about the text that a PDF page brought with it; stands among a page's warnings."""

    DECODED = "text_layer_decoded"
    """written in TCVN3 or VNI, and taken over as Unicode"""
    UNREADABLE = "text_layer_unreadable"
    """no Vietnamese text: fonts that do not tell what their glyphs mean"""
    CONTRADICTED = "text_layer_contradicted"
    """says something else than the pixels"""


@dataclass(frozen=True, slots=True)
class Word:
    """A word, NFC, with its place in reading space and the reader's confidence (0 to 1)."""

    text: str
    box: Box
    confidence: float
    others: tuple[tuple[str, float], ...] = ()
    """what else it may say, and the chance of each, best first; kept for handwritten digits and for words of letters"""


@dataclass(frozen=True, slots=True)
class Line:
    """Words side by side, left to right. Lines of one `block` belong together (a column, a cell, a paragraph)."""

    words: tuple[Word, ...]
    box: Box
    block: int = 0

    @property
    def text(self) -> str:
        """The words with single spaces between them."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedPage:
    """One page, read.

    *Upright page*: the page as a viewer shows it, then turned clockwise by `rotation` degrees so that its text stands
    upright; `width` x `height` points. *Reading space*: the upright page turned about its middle so that text lines run
    level. All boxes here lie in reading space; `on_page` carries them onto the upright page, where evidence is shown.
    """

    ref: PageRef
    width: float
    """points, upright page"""
    height: float
    """points, upright page"""
    rotation: int
    """0, 90, 180 or 270 degrees clockwise that make the page upright"""
    skew: float
    """degrees clockwise by which the text lines of the upright page run off level"""
    dpi: float
    """resolution of the page's picture in pixels per inch; 0 where the page is not a picture"""
    blank: bool
    lines: tuple[Line, ...]
    """in reading order"""
    confidence: float
    """mean of the words' confidences weighted by their lengths; 1 for a blank page"""
    origin: TextOrigin
    codes: tuple[Code, ...] = ()
    marks: tuple[InkMark, ...] = ()
    warnings: tuple[str, ...] = ()
    """stable keys such as `orientation_unsure`, `low_resolution`"""

    @property
    def text(self) -> str:
        """The lines of the page, parted by line feeds."""
        return "\n".join(line.text for line in self.lines)

    def on_page(self, box: Box) -> Box:
        """Carry a box from reading space onto the upright page."""
        return turned(box, degrees=self.skew, page_width=self.width, page_height=self.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOutcome:
    """The end of a page, as `batch.json` tells it."""

    ref: PageRef
    state: PageState
    reason: str | None = None
    rotation: int = 0
    skew: float = 0.0
    document: DocumentId | None = None
    confidence: float = 0.0
    codes: tuple[Code, ...] = ()
    turned: bool = False
    """a person said how the page lies: `rotation` is theirs"""
