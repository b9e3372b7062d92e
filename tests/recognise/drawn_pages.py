"""Pages drawn for the tests, with what is written on them known exactly."""

from __future__ import annotations

import io
import math
import random
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pikepdf
import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageFont

FONTS = Path("/usr/share/fonts/truetype/noto")
DPI = 200
A4 = (1654, 2339)
"""pixels at 200 dpi"""
LINES = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "QUYẾT ĐỊNH",
    "Về việc cấp giấy phép xây dựng nhà ở riêng lẻ",
    "Căn cứ Luật Xây dựng ngày 18 tháng 6 năm 2014;",
    "Xét đơn đề nghị của ông Trần Văn Mẫu, thường trú tại",
    "số 12 đường Hoa Sữa, phường Thí Dụ, thành phố Mẫu.",
    "Điều 1. Cho phép xây dựng trên thửa đất số 345.",
)


@dataclass(frozen=True)
class DrawnPage:
    """A page and, for each of its lines, the box of its ink in pixels."""

    image: Image.Image
    boxes: tuple[tuple[int, int, int, int], ...]


def font(size: int, face: str = "NotoSerif-Regular") -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"{face}.ttf"), size)


def letter(*, lines: tuple[str, ...] = LINES, size: tuple[int, int] = A4, points: int = 14) -> DrawnPage:
    """A page of black text in `points` at 200 dpi."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    face = font(round(points / 72 * DPI))
    boxes = []
    for number, line in enumerate(lines):
        at = (180, 200 + number * 80)
        draw.text(at, line, fill="black", font=face)
        left, top, right, bottom = (round(side) for side in draw.textbbox(at, line, font=face))
        boxes.append((left, top, right, bottom))
    return DrawnPage(image, tuple(boxes))


def skewed(image: Image.Image, clockwise: float) -> Image.Image:
    """The page lying askew on the glass, the sheet's size kept."""
    return image.rotate(-clockwise, resample=Image.Resampling.BICUBIC, fillcolor="white")


def where(point: tuple[float, float], *, clockwise: float, size: tuple[int, int]) -> tuple[float, float]:
    """Where a point of the level page lies after `skewed`."""
    angle = math.radians(clockwise)
    x, y = point[0] - size[0] / 2, point[1] - size[1] / 2
    return (
        size[0] / 2 + x * math.cos(angle) - y * math.sin(angle),
        size[1] / 2 + x * math.sin(angle) + y * math.cos(angle),
    )


def blank_back(seed: int = 7) -> Image.Image:
    """The back of a sheet: print shining through in mirror writing, specks, two punch holes, the shadow of an edge."""
    chance = random.Random(seed)
    front = np.asarray(letter().image.convert("L").transpose(Image.Transpose.FLIP_LEFT_RIGHT), dtype=np.float32)
    paper = 246 - (255 - front) * 0.10
    image = Image.fromarray(paper.astype(np.uint8)).convert("RGB")
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        x, y = chance.randrange(A4[0]), chance.randrange(A4[1])
        draw.ellipse((x, y, x + 3, y + 3), fill=(60, 60, 60))
    for y in (850, 1480):
        draw.ellipse((60, y, 108, y + 48), fill=(30, 30, 30))
    draw.rectangle((0, 0, 9, A4[1]), fill=(40, 40, 40))
    return image


def handwritten_line() -> Image.Image:
    """An empty page with a line of joined-up strokes, as somebody writes a remark: six words, each one stroke."""
    image = Image.new("RGB", A4, "white")
    draw = ImageDraw.Draw(image)
    for word in range(6):
        left = 250 + word * 160
        points = [(left + t, 700 + 14 * math.sin(t / 6) - 10 * math.sin(t / 17)) for t in range(0, 110, 2)]
        draw.line(points, fill=(40, 40, 60), width=4, joint="curve")
    return image


def sealed(image: Image.Image, middle: tuple[int, int] = (1050, 1400)) -> Image.Image:
    """The page with a round red seal of 36 mm and a blue autograph below it, in ink that darkens what it lies on."""
    ink = Image.new("RGB", image.size, "white")
    draw = ImageDraw.Draw(ink)
    radius = round(18 / 25.4 * DPI)
    x, y = middle
    for inset in (0, 30):
        box = (x - radius + inset, y - radius + inset, x + radius - inset, y + radius - inset)
        draw.ellipse(box, outline=(215, 40, 45), width=8)
    draw.regular_polygon((x, y, 45), 5, fill=(215, 40, 45))
    stroke = [(x + 200 + t, y + 500 + 40 * math.sin(t / 25) - t / 6) for t in range(0, 280, 4)]
    draw.line(stroke, fill=(30, 50, 190), width=6, joint="curve")
    return ImageChops.multiply(image, ink)


def coded(text: str, *, kind: str, size: tuple[int, int] = A4, at: tuple[int, int] = (300, 400)) -> Image.Image:
    """A white page with one code on it."""
    scale = 6 if kind == "QRCode" else 2
    code = zxingcpp.create_barcode(text, zxingcpp.barcode_format_from_str(kind))
    pixels = np.asarray(zxingcpp.write_barcode_to_image(code, scale=scale))
    image = Image.new("RGB", size, "white")
    image.paste(Image.fromarray(pixels.reshape(pixels.shape[0], pixels.shape[1])), at)
    return image


def _jpeg(document: pikepdf.Pdf, image: Image.Image) -> pikepdf.Object:
    packed = io.BytesIO()
    image.convert("RGB").save(packed, "JPEG", quality=92)
    return document.make_stream(
        packed.getvalue(),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=image.width,
        Height=image.height,
        ColorSpace=pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )


def scan_pdf(path: Path, image: Image.Image, *, rotate: int = 0, user_unit: float = 1.0) -> Path:
    """A PDF page that is exactly one JPEG."""
    width, height = (side / DPI * 72 / user_unit for side in image.size)
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(width, height))
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=_jpeg(document, image)))
    page.Contents = document.make_stream(f"q {width:.4f} 0 0 {height:.4f} 0 0 cm /Im0 Do Q".encode())
    page.Rotate = rotate
    if user_unit != 1.0:
        page.UserUnit = user_unit
    document.save(path)
    return path


Print = tuple[float, float, str]
"""left, distance of the base line from the top, text in ASCII"""


def text_pdf(
    path: Path,
    lines: tuple[Print, ...],
    *,
    stamp: Print | None = None,
    emblem: Image.Image | None = None,
    rotate: int = 0,
    hidden: bool = False,
    behind: Image.Image | None = None,
) -> Path:
    """A born-digital PDF page of 595 x 842 points.

    `stamp` is drawn by the appearance of a signature field of 120 x 24 points, with `emblem` in its right half; `hidden`
    makes the lines invisible; `behind` is a picture that fills the page.
    """
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(595, 842))
    face = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=document.make_indirect(face)))
    drawn = "".join(f"BT /F1 14 Tf {3 if hidden else 0} Tr {x} {842 - y} Td ({text}) Tj ET\n" for x, y, text in lines)
    if behind is not None:
        page.Resources.XObject = pikepdf.Dictionary(Im0=_jpeg(document, behind))
        drawn = "q 595 0 0 842 0 0 cm /Im0 Do Q\n" + drawn
    page.Contents = document.make_stream(drawn.encode())
    page.Rotate = rotate
    if stamp is not None:
        _add_signature_field(document, page, stamp, emblem)
    document.save(path)
    return path


def _add_signature_field(document: pikepdf.Pdf, page: pikepdf.Page, stamp: Print, emblem: Image.Image | None) -> None:
    x, y, text = stamp
    resources = pikepdf.Dictionary(Font=page.Resources.Font)
    drawn = f"BT /F1 14 Tf 0 6 Td ({text}) Tj ET"
    if emblem is not None:
        resources.XObject = pikepdf.Dictionary(Im1=_jpeg(document, emblem))
        drawn += " q 60 0 0 24 60 0 cm /Im1 Do Q"
    look = document.make_stream(
        drawn.encode(),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Form,
        BBox=[0, 0, 120, 24],
        Resources=resources,
    )
    widget = document.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Sig,
            T="stamp",
            F=4,
            Rect=[x, 842 - y - 6, x + 120, 842 - y + 18],
            AP=pikepdf.Dictionary(N=look),
        )
    )
    page.Annots = pikepdf.Array([widget])
    document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([widget]), SigFlags=3)


def bomb_png(path: Path, *, side: int) -> Path:
    """A PNG of a few bytes that says it is `side` pixels square."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(side + 1))), (b"IEND", b""))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
            for name, data in chunks
        )
    )
    return path
