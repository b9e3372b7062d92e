"""What chosen papers say, kept beside the tests. After a wanted change: `python -m tests.specimens.golden_papers`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.specimens.draw import PaperKind, draw_whole

FILE = Path(__file__).with_name("golden_papers.json")
SEED = 2026
KINDS = (
    PaperKind.NGHI_QUYET,
    PaperKind.CHI_THI,
    PaperKind.BAO_CAO,
    PaperKind.BIEN_BAN,
    PaperKind.HOP_DONG,
    PaperKind.CONG_VAN,
    PaperKind.GIAY_MOI,
    PaperKind.THU_CONG,
)


def described(kind: PaperKind) -> dict[str, Any]:
    """Return the truth about the golden paper of a kind and its text; where lines break depends on the installed fonts."""
    paper = draw_whole(kind, np.random.default_rng(SEED), dpi=30)
    lines = [line.text for page in paper.pages for line in page.lines if not line.text.isdecimal()]
    return {
        "type": str(paper.truth.type),
        "fields": {str(name): list(value) if isinstance(value, tuple) else value for name, value in sorted(paper.truth.fields.items())},
        "by_hand": sorted(paper.truth.by_hand),
        "text": " ".join(lines),
    }  # fmt: skip


def regenerate() -> None:
    """Write what the papers say today; look at the difference before it is committed."""
    golden = {kind.value: described(kind) for kind in KINDS}
    FILE.write_text(f"{json.dumps(golden, ensure_ascii=False, indent=1)}\n", encoding="utf-8")


if __name__ == "__main__":
    regenerate()
