"""Make a result known on its paper: QR code, code and address at the top left, and its fields as data within the file.

Done before the first signature, so that the mark and the data are signed with the picture (NĐ 45/2020/NĐ-CP art. 14.3). The QR
code is drawn as squares and the text with an embedded font: the file stays PDF/A, with data it becomes PDF/A-3 (ISO 19005-3).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import zxingcpp
from pikepdf import Array, AttachedFileSpec, Name, Page, Pdf

from pipeline.assemble.conformance import conforms
from pipeline.assemble.visible_text import VisibleFont, seen_matrix, seen_size
from pipeline.domain.errors import CopyNotConforming
from pipeline.domain.result import ResultCode, ResultMark
from pipeline.text.stamp_font import find_stamp_font

DATA_NAME = "result.json"
_LEFT, _TOP = 20.0, 8.0
_SIDE = 48.0
"""points, 17 mm: modules of half a millimetre, which telephones and scanners at 200 dpi read"""
_QUIET = 4
"""light modules around a QR code (ISO/IEC 18004)"""
_TEXT_LEFT = _LEFT + _SIDE + 4
_TEXT_WIDTH = 74.0
_FONT_SIZE, _LEADING = 6.5, 7.5
_FOOT_SIZE = 8.0
_VIETNAM = dt.timezone(dt.timedelta(hours=7))
_PDFA_3 = "3"


def write_marked(source: Path, target: Path, *, mark: ResultMark, now: dt.datetime) -> None:
    """Write `target` = the unsigned copy `source` with a result's mark.

    Args:
        source: a PDF/A without signatures.
        target: file to write.
        mark: what to show and carry.
        now: date of the associated file.

    Raises:
        CopyNotConforming: what was written is no PDF/A, because the copy was none.
        ToolMissing: no font.
    """
    with Pdf.open(source) as pdf:
        page = pdf.pages[0]
        height = seen_size(page)[1]
        font = VisibleFont(pdf, find_stamp_font(), name="/SoHoaMark")
        link = f"{mark.address}?code={mark.code}" if mark.address else str(mark.code)
        shown = b"1 g %g %g %g %g re f 0 g " % (_LEFT, height - _TOP - _SIDE, _SIDE, _SIDE)
        shown += _squares(link, left=_LEFT, top=height - _TOP)
        lines = [*_folded(mark.code, font), *(_folded(mark.address, font) if mark.address else ())]
        shown += font.lines(lines, left=_TEXT_LEFT, top=height - _TOP, size=_FONT_SIZE, leading=_LEADING)
        _draw_over(page, shown, font)
        font.finish()
        if mark.data is not None:
            _carry(pdf, mark.data, now)
        pdf.save(target)
    if not conforms(target):
        target.unlink()
        raise CopyNotConforming(document=mark.code, problem=mark.code)


def write_paper_conversion(
    source: Path, target: Path, *, code: ResultCode, system: str, converter: str, now: dt.datetime
) -> None:
    """Write a print of a signed result: signatures are drawn, no longer checked, and the foot of each page says what it is.

    A conversion to paper shows the whole content, the system, the code for looking it up, and who converted it (NĐ 45/2020/NĐ-CP
    art. 18.2). The file is for the printer: it is not kept and not signed.
    """
    moment = now.astimezone(_VIETNAM).strftime("%d-%m-%Y %H:%M:%S +07:00")
    with Pdf.open(source) as pdf:
        pdf.flatten_annotations("all")
        for key in (Name.AcroForm, Name.Perms, Name("/DSS")):
            if key in pdf.Root:
                del pdf.Root[key]
        total = len(pdf.pages)
        for number, page in enumerate(pdf.pages, start=1):
            font = VisibleFont(pdf, find_stamp_font(), name="/SoHoaPrint")
            lines = [
                f"BẢN GIẤY CHUYỂN ĐỔI TỪ BẢN ĐIỆN TỬ – Mã kết quả: {code} – Trang {number}/{total}",
                f"Hệ thống xử lý: {system} – Người chuyển đổi: {converter} – {moment}",
            ]
            width, _ = seen_size(page)
            shown = b"0.4 w 0 G 20 34 m %g 34 l S " % (width - 20)
            shown += font.lines(lines, left=22, top=32, size=_FOOT_SIZE, leading=_FOOT_SIZE * 1.2)
            _draw_over(page, shown, font)
            font.finish()
        pdf.save(target)


def _squares(text: str, *, left: float, top: float) -> bytes:
    """Draw the dark modules of a QR code, runs of a row as one rectangle, within `_SIDE` points."""
    picture = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = np.asarray(picture.to_image(scale=1, add_quiet_zones=False)) == 0
    size = _SIDE / (modules.shape[0] + 2 * _QUIET)
    path = [
        b"%.3f %.3f %.3f %.3f re"
        % (left + (_QUIET + start) * size, top - (_QUIET + row + 1) * size, (end - start) * size, size)
        for row, start, end in _runs(modules)
    ]
    return b" ".join(path) + b" f "


def _runs(modules: np.ndarray) -> Iterator[tuple[int, int, int]]:
    for row, line in enumerate(modules):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
        for start, end in edges.reshape(-1, 2):
            yield row, int(start), int(end)


def _folded(text: str, font: VisibleFont) -> list[str]:
    """Break a code or an address, which has no spaces, into lines of `_TEXT_WIDTH` points."""
    lines = [""]
    for character in text:
        if font.width(lines[-1] + character, _FONT_SIZE) > _TEXT_WIDTH:
            lines.append("")
        lines[-1] += character
    return lines


def _draw_over(page: Page, shown: bytes, font: VisibleFont) -> None:
    page.contents_add(b"q", prepend=True)
    page.contents_add(b"Q q " + seen_matrix(page) + b" cm " + shown + b"Q")
    page.add_resource(font.reference, Name.Font, Name(font.name), replace_existing=False)


def _carry(pdf: Pdf, data: bytes, now: dt.datetime) -> None:
    """Embed the fields as an associated file of the document (ISO 19005-3 §6.8)."""
    spec = AttachedFileSpec(
        pdf,
        data,
        filename=DATA_NAME,
        description="Dữ liệu của kết quả",
        mime_type="application/json",
        creation_date=_pdf_date(now),
        mod_date=_pdf_date(now),
    )
    spec.relationship = Name.Data
    pdf.attachments[DATA_NAME] = spec
    pdf.Root.AF = Array([pdf.attachments[DATA_NAME].obj])
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata["pdfaid:part"] = _PDFA_3


def _pdf_date(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("D:%Y%m%d%H%M%SZ")
