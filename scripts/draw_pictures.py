"""Draw the pictures of the README from the demo's results (`make demo` first): `.venv/bin/python scripts/draw_pictures.py`.

They show invented papers only.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).parents[1]
OUT = ROOT / ".demo" / "out"
DPI = 110
FONTS = (
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
)
COLOURS = {"read": (26, 127, 55), "needs_review": (191, 135, 0), "confirmed": (9, 105, 218)}
LABELS = {
    "reference": "Số, ký hiệu",
    "issued_date": "Ngày ban hành",
    "issued_place": "Địa danh",
    "organ_name": "Cơ quan ban hành",
    "type_name": "Tên loại",
    "subject": "Trích yếu",
    "signer_position": "Chức vụ",
    "signer_name": "Người ký",
    "recipients": "Nơi nhận",
}


def main() -> int:
    """Draw a decision with the evidence of its fields beside their values."""
    batch = json.loads((OUT / "batch.json").read_text(encoding="utf-8"))
    decisions = [each for each in batch["documents"] if each["type"] == "quyet_dinh"]
    document = max(decisions, key=lambda each: len(each["fields"]))
    target = ROOT / "docs" / "pictures" / "evidence.png"
    target.parent.mkdir(exist_ok=True)
    picture = _draw(document)
    picture.quantize(64).save(target, optimize=True)
    sys.stdout.write(f"{target}\n")
    return 0


def _draw(document: dict[str, Any]) -> Image.Image:
    pdf = pypdfium2.PdfDocument(OUT / document["copy"]["path"])
    page = pdf[0].render(scale=DPI / 72, may_draw_forms=True).to_pil().convert("RGB")
    page = page.crop((0, 0, page.width, round(page.height * 0.8)))
    font = ImageFont.truetype(next(name for name in FONTS if Path(name).exists()), 19)
    small = font.font_variant(size=15)
    sheet = Image.new("RGB", (page.width + 620, page.height), "white")
    sheet.paste(page, (0, 0))
    pen = ImageDraw.Draw(sheet)
    shown = [(name, document["fields"][name]) for name in LABELS if name in document["fields"]]
    shown.sort(key=lambda each: (each[1]["page"], each[1]["box"][1], -each[1]["box"][0]))
    for row, (name, field) in enumerate(shown):
        colour, y = COLOURS[field["state"]], 40 + row * 92
        value = "; ".join(field["value"]) if isinstance(field["value"], list) else field["value"]
        pen.text((page.width + 30, y), f"{LABELS[name]} · {field['confidence']:.0%}", font=small, fill=colour)
        for line, text in enumerate(_wrapped(value, font, 560)[:2]):
            pen.text((page.width + 30, y + 20 + 24 * line), text, font=font, fill=(31, 35, 40))
        if field["box"] and field["page"] == 1:
            box = [side * DPI / 72 for side in field["box"]]
            pen.rectangle((box[0] - 3, box[1] - 3, box[2] + 3, box[3] + 3), outline=colour, width=2)
            pen.line((box[2] + 3, (box[1] + box[3]) / 2, page.width + 22, y + 14), fill=colour, width=1)
    return sheet


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


if __name__ == "__main__":
    sys.exit(main())
