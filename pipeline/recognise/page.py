"""Reading one page: pixels or text layer in, words with places and confidences out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2

from pipeline.domain.errors import DamagedSource
from pipeline.domain.page import Code, InkMark, Line, PageRef, RecognisedPage, TextOrigin, Word
from pipeline.domain.page_notes import ActiveNote, ReadingNote
from pipeline.domain.source import MediaType
from pipeline.imaging.blank import Writing, writing_on
from pipeline.imaging.ground import stretched
from pipeline.imaging.ink import PixelMark, ink_marks
from pipeline.imaging.pdf_active import active_content_of
from pipeline.imaging.pdf_annotations import hide_fields
from pipeline.imaging.pdf_facts import page_facts
from pipeline.imaging.pdf_file import open_pdf, pdf_page
from pipeline.imaging.pdf_losses import loses_all
from pipeline.imaging.pdf_picture import picture_by_poppler, picture_of_pdf_page
from pipeline.imaging.picture import PagePicture, Pixels
from pipeline.imaging.quality import Grade, page_quality
from pipeline.imaging.still import load_still
from pipeline.recognise.cells import reread_cells
from pipeline.recognise.codes import PixelCode, read_codes, without_codes
from pipeline.recognise.crossed_lines import reread_crossed
from pipeline.recognise.frame import Frame
from pipeline.recognise.layout import arranged, in_blocks, parted
from pipeline.recognise.network_page import loaded_network
from pipeline.recognise.orientation import well_read
from pipeline.recognise.pdf_text import LayerVerdict, PageText, layer_verdict, words_of_fields
from pipeline.recognise.photo import unflattened
from pipeline.recognise.policy import Engine, ReadPolicy
from pipeline.recognise.readers import reader_of
from pipeline.recognise.sight import even_and_large, sight_of
from pipeline.recognise.stamps import stamped
from pipeline.recognise.upright import Reading, turned_reading, upright_reading
from pipeline.recognise.words import ReadLine
from pipeline.text.syllables import plausible_share

_LOST = "what stands on the page cannot be decoded"
_PALE_LETTERS = 12
"""letters and digits read with confidence that make pale marks writing"""
_PALE_PLAUSIBLE = 0.6
"""and the share of its words that Vietnamese could have: mirrored print has 0.1 to 0.4 of them, pale text over 0.9"""


def read_page(
    file: Path, media_type: MediaType, ref: PageRef, *, policy: ReadPolicy, rotation: int | None = None
) -> RecognisedPage:
    """Read page `ref.number` of a PDF, or that frame of a picture file.

    A page of a PDF gives its own text where the pixels bear it out; every other page is read by the engine of the policy.
    `rotation` is how a person says that it lies: degrees clockwise that make it upright; None: it is found out.
    Meant for long-lived child processes that read one page at a time.

    Raises:
        DamagedSource: the file or the page is broken, or nothing is seen on it because what stands there cannot be decoded.
        EncryptedSource: the PDF opens only with a password.
        SourceTooLarge: a picture has more than `policy.pixel_limit` pixels.
        UnknownSource: the file is neither a PDF nor a picture.
        ToolMissing: Tesseract or its language data, or Poppler where PDFium cannot draw the page, is not installed.
        ToolFailed: Tesseract failed.
        UnsupportedNetwork: the converted network of the policy cannot be run.
    """
    # one page a process, one process a core: OpenCV's own threads would only fight
    cv2.setNumThreads(1)
    if media_type is not MediaType.PDF:
        picture = load_still(file, media_type, ref.number, pixel_limit=policy.pixel_limit)
        return _read_picture(picture, ref, policy, rotation=rotation)
    read = _read_pdf(file, ref, policy, rotation=rotation)
    if read.blank and loses_all(file, ref.number):
        raise DamagedSource(page=ref.number, reason=_LOST)
    acts = tuple(map(ActiveNote.of, active_content_of(file))) if ref.number == 1 else ()
    return replace(read, warnings=(*read.warnings, *acts)) if acts else read


def _read_pdf(file: Path, ref: PageRef, policy: ReadPolicy, *, rotation: int | None) -> RecognisedPage:
    try:
        picture, layer, stamps = _pdf(file, ref.number, policy)
        bare = _without_stamps(stamps, file, ref.number, policy) if stamps and layer.text is None else picture
    except DamagedSource:
        picture = picture_by_poppler(file, ref.number, pixel_limit=policy.pixel_limit)
        return _read_picture(picture, ref, policy, rotation=rotation, warnings=(ReadingNote.DRAWN_BY_POPPLER,))
    if layer.text is not None and rotation in (None, layer.text.rotation):
        return _from_text(layer.text, picture, ref, warnings=layer.notes)
    return _read_picture(bare, ref, policy, rotation=rotation, shown=picture, stamps=stamps, warnings=layer.notes)


def _pdf(file: Path, number: int, policy: ReadPolicy) -> tuple[PagePicture, LayerVerdict, tuple[Word, ...]]:
    with open_pdf(file) as document:
        facts = page_facts(file, number)
        unit = facts.user_unit
        picture = picture_of_pdf_page(pdf_page(document, number), facts, pixel_limit=policy.pixel_limit)
        stamps = words_of_fields(document, number, user_unit=unit)
        layer = layer_verdict(document, number, picture, user_unit=unit, reader=reader_of(policy))
        return picture, layer, stamps


def _without_stamps(stamps: tuple[Word, ...], file: Path, number: int, policy: ReadPolicy) -> PagePicture:
    """Return the page without the fields that draw `stamps`: what they say is known, and their emblems say nothing."""
    with open_pdf(file) as document:
        facts = page_facts(file, number)
        page = pdf_page(document, number)
        hide_fields(page, [stamp.box for stamp in stamps], user_unit=facts.user_unit)
        return picture_of_pdf_page(page, facts, pixel_limit=policy.pixel_limit)


def _from_text(text: PageText, picture: PagePicture, ref: PageRef, *, warnings: tuple[str, ...]) -> RecognisedPage:
    frame = Frame(view_width=picture.width, view_height=picture.height, rotation=text.rotation, skew=text.skew)
    scanned = text.origin is TextOrigin.OCR
    read = RecognisedPage(
        ref=ref,
        width=frame.width,
        height=frame.height,
        rotation=text.rotation,
        skew=text.skew,
        dpi=picture.dpi if scanned else 0.0,
        blank=False,
        lines=text.lines,
        confidence=_confidence(text.lines),
        origin=text.origin,
        codes=_codes(read_codes(picture), picture, frame),
        marks=_marks(ink_marks(picture), picture, frame),
        warnings=warnings,
    )
    return reread_cells(read, picture) if scanned else read


def _read_picture(
    picture: PagePicture,
    ref: PageRef,
    policy: ReadPolicy,
    *,
    rotation: int | None,
    shown: PagePicture | None = None,
    stamps: tuple[Word, ...] = (),
    warnings: tuple[str, ...] = (),
) -> RecognisedPage:
    """Read a picture; `shown` is the page with the fields on it that draw `stamps`, where its codes and seals are looked for."""
    shown = shown or picture
    codes, marks = read_codes(shown), ink_marks(shown)
    # what signature fields draw onto a page is on no photograph
    seen = sight_of(picture, dpi=policy.dpi, photo=not stamps)
    page, sheet, grey, dpi = seen.page, seen.sheet, seen.grey, seen.dpi
    frame = Frame(view_width=page.width, view_height=page.height, rotation=rotation or 0)
    notes: tuple[str, ...] = (ReadingNote.RESOLUTION_GUESSED,) if picture.guessed else ()
    writing = writing_on(grey, dpi=dpi)
    reading = None
    if writing is not Writing.NONE or codes or marks or stamps:
        plain = without_codes(grey, codes, shown) if sheet is None else grey
        stretch = stretched(plain) if writing is Writing.PALE else plain
        reading = _reading(stretch, dpi, frame, policy, rotation=rotation)
        certain = writing is Writing.PLAIN or codes or marks or stamps
        if not certain and not _is_writing(reading.lines):
            reading = None
    if reading is None and picture.damaged:
        raise DamagedSource(page=ref.number, reason=_LOST)
    lines: tuple[Line, ...] = ()
    if reading:
        frame, lines = reading.canvas.frame, _placed(reading, stamps)
        notes = (*reading.warnings, *notes, *_faults(page, grey, dpi, frame.skew, lines))
    if sheet is not None:
        photo = unflattened(sheet, frame, width=picture.width, height=picture.height)
        frame, lines = photo.frame, photo.lines(lines)
    read = RecognisedPage(
        ref=ref,
        width=frame.width,
        height=frame.height,
        rotation=frame.rotation,
        skew=frame.skew,
        dpi=picture.dpi,
        blank=reading is None,
        lines=lines,
        confidence=_confidence(lines) if reading else 1.0,
        origin=TextOrigin.OCR,
        codes=_codes(codes, shown, frame),
        marks=_marks(marks, shown, frame),
        warnings=(*warnings, *notes),
    )
    if policy.network is not None and policy.engine is not Engine.TESSERACT:
        read = reread_crossed(read, picture, network=loaded_network(policy.network))
    return reread_cells(read, picture)


def _is_writing(lines: tuple[ReadLine, ...]) -> bool:
    """Say whether what was read of pale marks is text; mirrored print of the other side reads as many words, but no Vietnamese."""
    plausible = plausible_share("\n".join(" ".join(word.text for word in line) for line in lines))
    return well_read(lines) >= _PALE_LETTERS and plausible is not None and plausible >= _PALE_PLAUSIBLE


def _reading(grey: Pixels, dpi: float, frame: Frame, policy: ReadPolicy, *, rotation: int | None) -> Reading:
    even, even_dpi = even_and_large(grey, dpi=dpi, wanted=policy.dpi)
    if rotation is not None:
        return turned_reading(even, even_dpi, frame, reader_of(policy))
    return upright_reading(even, even_dpi, frame, reader_of(policy))


def _placed(reading: Reading, stamps: tuple[Word, ...]) -> tuple[Line, ...]:
    lines = [
        [
            Word(
                word.text,
                reading.canvas.box(word.left, word.top, word.right, word.bottom),
                word.confidence,
                word.others,
            )
            for word in line
        ]
        for line in reading.lines
    ]
    frame = reading.canvas.frame
    exact = tuple(Word(stamp.text, frame.from_box(stamp.box), stamp.confidence) for stamp in stamps)
    return arranged(stamped(parted(lines), exact)) if exact else in_blocks(tuple(line) for line in lines)


def _faults(picture: PagePicture, grey: Pixels, dpi: float, skew: float, lines: tuple[Line, ...]) -> tuple[str, ...]:
    """Return the keys of what a better scan would mend, `scan_again` first where that is needed."""
    plausible = plausible_share("\n".join(line.text for line in lines))
    quality = page_quality(picture, grey, dpi=dpi, skew=skew, plausible=plausible)
    urgent = (quality.grade.value,) if quality.grade is Grade.SCAN_AGAIN else ()
    return urgent + tuple(fault.value for fault, _ in quality.faults)


def _confidence(lines: tuple[Line, ...]) -> float:
    words = [word for line in lines for word in line.words]
    weight = sum(len(word.text) for word in words)
    return sum(word.confidence * len(word.text) for word in words) / weight if weight else 0.0


def _codes(codes: tuple[PixelCode, ...], picture: PagePicture, frame: Frame) -> tuple[Code, ...]:
    return tuple(Code(code.kind, code.text, frame.from_view(_points(code.corners, picture))) for code in codes)


def _marks(marks: tuple[PixelMark, ...], picture: PagePicture, frame: Frame) -> tuple[InkMark, ...]:
    placed = []
    for mark in marks:
        corners = (
            (mark.left, mark.top),
            (mark.right, mark.top),
            (mark.right, mark.bottom),
            (mark.left, mark.bottom),
        )
        placed.append(InkMark(mark.kind, frame.from_view(_points(corners, picture))))
    return tuple(placed)


def _points(corners: tuple[tuple[float, float], ...], picture: PagePicture) -> tuple[tuple[float, float], ...]:
    across = picture.width / picture.pixels.shape[1]
    down = picture.height / picture.pixels.shape[0]
    return tuple((x * across, y * down) for x, y in corners)
