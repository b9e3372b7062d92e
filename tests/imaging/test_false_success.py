"""A tool that answers success and gives one pixel has drawn nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.domain.errors import DamagedSource
from pipeline.imaging.pdf_picture import picture_by_poppler
from tests.hostile.making import pdf

_ONE_PIXEL = r"""#!/bin/sh
printf 'P6\n1 1\n255\naaa'
"""


@pytest.mark.tools
def test_a_page_of_one_pixel_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "page.pdf"
    file.write_bytes(pdf())
    assert picture_by_poppler(file, 1, pixel_limit=150_000_000).pixels.shape[0] > 1
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "pdftoppm").write_text(_ONE_PIXEL)
    (tools / "pdftoppm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(DamagedSource) as refused:
        picture_by_poppler(file, 1, pixel_limit=150_000_000)
    assert refused.value.details == {"page": 1, "reason": "drawn smaller than the page is"}
