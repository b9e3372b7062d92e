"""Draw what signatures and results look like, for docs/pictures: `make pictures-of-signatures`. All names are invented."""

from __future__ import annotations

import datetime as dt
import io
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import img2pdf
import pikepdf
import pikepdf.pdfa
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from PIL import Image, ImageDraw, ImageFont

from pipeline.assemble.result_mark import write_marked, write_paper_conversion
from pipeline.domain.document import Field, FieldOrigin, FieldState
from pipeline.domain.geometry import Box
from pipeline.domain.ids import FieldName
from pipeline.domain.result import ResultCode, ResultMark
from pipeline.domain.signature import SignatureLevel, SignerRole
from pipeline.signing_ports import SignaturePlan
from pipeline.usecases.sign_places import NAME, POSITION, official_place
from signing.issuing import Identity, Usage, Validity, issue, revocation_list, rsa_key, subject
from signing.picture import Ink, Picture, load_picture
from signing.policy import SigningPolicy
from signing.signer_pkcs12 import open_pkcs12
from signing.stamp_font import STAMP_FONTS
from signing.trust import TrustAnchors

OUT = Path(__file__).parents[1] / "docs" / "pictures"
NOW = dt.datetime(2026, 9, 15, 1, 30, tzinfo=dt.UTC)
DPI = 200
ORGAN = "ỦY BAN NHÂN DÂN XÃ ĐỒNG LIM"
CLERK, OFFICIAL, AGENCY = "Trần Văn Mẫu", "Nguyễn Thị Ví Dụ", "UBND xã Đồng Lim"
BODY = (
    "QUYẾT ĐỊNH",
    "Về việc cấp giấy phép xây dựng nhà ở riêng lẻ",
    "",
    "Căn cứ Luật Tổ chức chính quyền địa phương;",
    "Xét đơn đề nghị của ông Lê Văn Thử, thôn Suối Mơ, xã Đồng Lim;",
    "Theo đề nghị của Công chức địa chính – xây dựng.",
    "",
    "QUYẾT ĐỊNH:",
    "",
    "Điều 1. Cấp giấy phép xây dựng nhà ở riêng lẻ cho ông Lê Văn Thử.",
    "Điều 2. Quyết định có hiệu lực kể từ ngày ký.",
)
POSITION_BOX, NAME_BOX = Box(390, 560, 460, 574), Box(370, 650, 480, 664)
CODE = ResultCode("H42.12-260915-0007-KQ1")
ADDRESS = "https://tracuu.donglim.example/kq"


def main() -> int:
    """Sign an invented decision in every role and draw what is seen."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paper = draw_paper(folder / "paper.pdf")
        with authority(folder) as sign:
            clerk = sign(paper, CLERK, SignerRole.CLERK)
            save(clerk, "look-clerk", Box(0, 0, 595, 130))
            save(sign(paper, AGENCY, SignerRole.COPY), "look-copy", Box(0, 0, 595, 130))
            appendix = sign(paper, AGENCY, SignerRole.COPY, reference="12/QĐ-UBND")
            save(appendix, "look-appendix", Box(0, 0, 595, 130))
            blue = load_picture(draw_signature(folder / "blue.png"), Ink.BLUE)
            red = load_picture(draw_seal(folder / "red.png"), Ink.RED)
            official = sign(clerk, OFFICIAL, SignerRole.OFFICIAL, picture=blue)
            save(official, "look-official", Box(250, 530, 595, 690))
            sealed = sign(official, AGENCY, SignerRole.SEAL, picture=red)
            save(sealed, "look-seal", Box(250, 530, 595, 690))
            marked = folder / "marked.pdf"
            write_marked(paper, marked, mark=ResultMark(code=CODE, address=ADDRESS, data=b"{}"), now=NOW)
            result = sign(marked, CLERK, SignerRole.CLERK, marked=True)
            result = sign(result, OFFICIAL, SignerRole.OFFICIAL, picture=blue)
            result = sign(result, AGENCY, SignerRole.SEAL, picture=red)
            save(result, "look-result", Box(0, 0, 595, 842), dpi=100)
            print_out = folder / "print.pdf"
            write_paper_conversion(
                result, print_out, code=CODE, system="Số hóa – UBND xã Đồng Lim", converter=CLERK, now=NOW
            )
            save(print_out, "look-paper", Box(0, 0, 595, 842), dpi=100)
    return 0


def draw_paper(target: Path) -> Path:
    """Draw a decision of one page as a PDF/A."""
    scale = DPI / 72
    page = Image.new("L", (round(595 * scale), round(842 * scale)), 255)
    pen = ImageDraw.Draw(page)

    def put(text: str, x: float, y: float, size: float = 13, anchor: str = "lt") -> None:
        pen.text((x * scale, y * scale), text, fill=0, font=face(size * scale), anchor=anchor)

    put("ỦY BAN NHÂN DÂN", 170, 72, anchor="mt")
    put("XÃ ĐỒNG LIM", 170, 88, anchor="mt")
    put("Số: 12/QĐ-UBND", 170, 108, anchor="mt")
    put("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 420, 72, 12, anchor="mt")
    put("Độc lập – Tự do – Hạnh phúc", 420, 88, anchor="mt")
    put("Đồng Lim, ngày 15 tháng 9 năm 2026", 420, 108, anchor="mt")
    for row, line in enumerate(BODY):
        middle = line.isupper() or row == 1
        put(line, 310 if middle else 90, 160 + 22 * row, anchor="mt" if middle else "lt")
    put("CHỦ TỊCH", POSITION_BOX.centre[0], POSITION_BOX.top, anchor="mt")
    put(OFFICIAL, NAME_BOX.centre[0], NAME_BOX.top, anchor="mt")
    stream = io.BytesIO()
    page.save(stream, "PNG", dpi=(DPI, DPI))
    data = img2pdf.convert(stream.getvalue(), engine=img2pdf.Engine.internal)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pikepdf.pdfa.save(pdf, target, "2b", output_intent="sRGB")
    return target


def draw_signature(target: Path) -> Path:
    """Draw a blue stroke that is nobody's signature."""
    picture = Image.new("RGBA", (640, 300), (0, 0, 0, 0))
    points = [(20, 200), (110, 40), (150, 230), (230, 90), (290, 220), (380, 60), (430, 210), (620, 130)]
    ImageDraw.Draw(picture).line(points, fill=(20, 40, 170, 255), width=11, joint="curve")
    picture.save(target, dpi=(300, 300))
    return target


def draw_seal(target: Path) -> Path:
    """Draw a red ring with a star: nobody's seal, 36 mm wide."""
    picture = Image.new("RGBA", (425, 425), (0, 0, 0, 0))
    pen, red = ImageDraw.Draw(picture), (200, 20, 30, 255)
    pen.ellipse((6, 6, 418, 418), outline=red, width=10)
    pen.ellipse((70, 70, 354, 354), outline=red, width=4)
    pen.regular_polygon((212, 212, 60), 5, fill=red)
    pen.text((212, 48), "CON DẤU MẪU", fill=red, font=face(36), anchor="mm")
    pen.text((212, 380), "XÃ ĐỒNG LIM", fill=red, font=face(36), anchor="mm")
    picture.save(target, dpi=(300, 300))
    return target


def face(size: float) -> ImageFont.FreeTypeFont:
    """Return the font of papers and stamps."""
    return ImageFont.truetype(str(next(path for path in STAMP_FONTS if path.is_file())), round(size))


@contextmanager
def authority(folder: Path) -> Iterator[Callable[..., Path]]:
    """Give a function that signs a paper as somebody in a role."""
    life = Validity(start=NOW - dt.timedelta(days=100), end=NOW + dt.timedelta(days=1000))
    root = issue(subject("CA mẫu", "Mẫu"), key=rsa_key(), issuer=None, usage=Usage.AUTHORITY, validity=life)
    trust = TrustAnchors(
        roots=(root.der,), timestamp_roots=(), intermediates=(), crls=(revocation_list(root, validity=life),)
    )

    def sign(
        source: Path,
        name: str,
        role: SignerRole,
        *,
        picture: Picture | None = None,
        reference: str = "",
        marked: bool = False,
    ) -> Path:
        identity = issue(subject(name, "Mẫu"), key=rsa_key(), issuer=root, usage=Usage.SIGNATURE, validity=life)
        place = official_place(signer_block())
        plan = SignaturePlan(
            role=role, level=SignatureLevel.B_B, at=NOW, organ=ORGAN, reference=reference, marked=marked
        )
        plan = replace(plan, later=(place,) if place and role is SignerRole.CLERK else ())
        target = folder / f"{source.stem}-{role.value}{'-appendix' if reference else ''}.pdf"
        policy = SigningPolicy(trust=trust, production=True, picture=picture)
        with open_pkcs12(key_file(folder, identity), b"", policy=policy) as signer:
            signer.sign(source, target, plan)
        return target

    yield sign


def signer_block() -> dict[FieldName, Field]:
    """Return position and name as they would be read from the paper."""
    return {
        name: Field(
            value=value,
            raw=value,
            confidence=0.99,
            page=1,
            box=box,
            origin=FieldOrigin.OCR,
            state=FieldState.READ,
        )
        for name, value, box in ((POSITION, "CHỦ TỊCH", POSITION_BOX), (NAME, OFFICIAL, NAME_BOX))
    }


def key_file(folder: Path, identity: Identity) -> Path:
    """Write a key to a file that opens without passphrase and is gone with the folder."""
    file = folder / f"{identity.certificate.serial_number}.p12"
    file.write_bytes(
        pkcs12.serialize_key_and_certificates(None, identity.key, identity.certificate, identity.above, NoEncryption())
    )
    return file


def save(file: Path, name: str, box: Box, *, dpi: int = 144) -> None:
    """Draw a part of the first page, given in points."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page"
        subprocess.run(
            ["pdftoppm", "-r", str(dpi), "-png", "-singlefile", "-f", "1", file, page], check=True
        )  # the tool of this machine  # nosec B607
        with Image.open(page.with_suffix(".png")) as drawn:
            left, top, right, bottom = (side * dpi / 72 for side in (box.left, box.top, box.right, box.bottom))
            drawn.crop((left, top, right, bottom)).quantize(64).save(OUT / f"{name}.png", optimize=True)


if __name__ == "__main__":
    sys.exit(main())
