"""Pages whose pictures or contents cannot be decoded are never taken for blank ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.domain.errors import DamagedSource
from pipeline.domain.ids import SourceName
from pipeline.domain.page import PageRef
from pipeline.domain.source import MediaType
from pipeline.imaging.pdf_losses import loses_all
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import ReadPolicy
from tests.hostile.drawings import drawings
from tests.hostile.making import pdf, stream

UNDECODABLE = ("endless jbig2.pdf", "endless jpx.pdf", "no jpeg.pdf", "no fax.pdf", "predicted.pdf")


@pytest.mark.parametrize("name", UNDECODABLE)
def test_an_image_that_cannot_be_decoded_is_told(tmp_path: Path, name: str) -> None:
    (file,) = (each.write(tmp_path) for each in drawings() if each.name == name)
    assert loses_all(file, 1)


def test_contents_that_cannot_be_unpacked_are_told(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(pdf({4: stream(b"no lzw at all \xff\xff\xff", b"/Filter /LZWDecode ")}))
    assert loses_all(file, 1)


@pytest.mark.parametrize("content", [b"", b" \n", b"1 1 1 rg 0 0 595 842 re f", b"/OC /MC0 BDC EMC"])
def test_a_page_with_nothing_on_it_loses_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(pdf({4: stream(content)}))
    assert not loses_all(file, 1)


@pytest.mark.tools
def test_a_page_of_which_nothing_can_be_seen_is_refused_and_a_blank_one_is_blank(tmp_path: Path) -> None:
    (lost,) = (each.write(tmp_path) for each in drawings() if each.name == "endless jpx.pdf")
    blank = tmp_path / "blank.pdf"
    blank.write_bytes(pdf({4: stream(b"")}))
    ref = PageRef(SourceName("a.pdf"), 1)
    with pytest.raises(DamagedSource):
        read_page(lost, MediaType.PDF, ref, policy=ReadPolicy())
    assert read_page(blank, MediaType.PDF, ref, policy=ReadPolicy()).blank
