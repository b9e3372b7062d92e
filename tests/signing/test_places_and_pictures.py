"""Where signatures stand and what pictures they show: given boxes, fixed places, the seal over the official's signature."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pikepdf.pdfa
import pytest
from PIL import Image, ImageDraw

from pipeline.domain.errors import BadSettings
from pipeline.domain.geometry import Box
from pipeline.domain.signature import SignerRole, Verdict
from pipeline.domain.signing_errors import SigningFailed
from pipeline.signing_ports import SignaturePlace
from signing.issuing import Identity
from signing.look import compare_states
from signing.picture import Ink, Picture, load_picture
from signing.places import PageFrame, usual_place
from signing.signer_pkcs12 import open_pkcs12
from signing.validate import Validator
from tests.signing.pki import NOW, Pki, make_pdf, plan, policy

Sign = Callable[..., Path]
BOX = Box(330, 560, 510, 640)
"""between position and name, as a reader of papers would find it"""
A4 = PageFrame(left=0, bottom=0, right=595, top=842, rotate=0)


def signature_png(path: Path, colour: tuple[int, int, int] = (20, 40, 160)) -> Path:
    picture = Image.new("RGBA", (600, 200), (0, 0, 0, 0))
    ImageDraw.Draw(picture).line(
        [(20, 150), (150, 30), (300, 170), (450, 40), (580, 120)], fill=(*colour, 255), width=12
    )
    picture.save(path)
    return path


def seal_png(path: Path) -> Path:
    picture = Image.new("RGBA", (425, 425), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse([4, 4, 420, 420], outline=(200, 20, 30, 255), width=14)
    picture.save(path)
    return path


@pytest.fixture
def sign_with(pki: Pki, tmp_path: Path) -> Callable[..., Path]:
    def run(source: Path, identity: Identity, wanted: object, picture: Picture) -> Path:
        target = tmp_path / f"{source.stem}-{wanted.role.value}.pdf"  # type: ignore[attr-defined]
        rules = replace(policy(pki.trust()), picture=picture)
        with open_pkcs12(pki.key_file(identity), b"", policy=rules) as signer:
            signer.sign(source, target, wanted)  # type: ignore[arg-type]
        return target

    return run


def pixels(path: Path, page: int = 1) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    """The page as poppler draws it, 72 dpi, red, green and blue."""
    prefix = path.with_suffix("")
    command = ["pdftoppm", "-r", "72", "-png", "-f", str(page), "-l", str(page), "-singlefile", str(path), str(prefix)]
    subprocess.run(command, check=True)
    return np.asarray(Image.open(prefix.with_suffix(".png")).convert("RGB")).astype(np.int16)


def extent(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Box:
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    return Box(float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))


@pytest.mark.tools
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_blue_signature_and_red_seal_over_its_left_third(
    sign_with: Callable[..., Path], tmp_path: Path, pki: Pki, official: Identity, rotate: int
) -> None:
    blue = load_picture(signature_png(tmp_path / "blue.png"), Ink.BLUE)
    red = load_picture(seal_png(tmp_path / "red.png"), Ink.RED)
    source = make_pdf(tmp_path / "result.pdf", rotate=rotate)
    box = BOX if rotate in {0, 180} else Box(500, 400, 680, 480)
    by_official = sign_with(source, official, replace(plan(SignerRole.OFFICIAL), box=box), blue)
    sealed = sign_with(by_official, pki.signer("UBND xã Đồng Lim"), plan(SignerRole.SEAL), red)
    seen = pixels(sealed)
    ink = extent(seen[:, :, 2] - seen[:, :, 0] > 60)
    assert ink.within(box, slack=1)
    assert ink.width > 0.9 * box.width
    stamp = extent(seen[:, :, 0] - seen[:, :, 2] > 60)
    assert stamp.width == pytest.approx(102, abs=3)  # 36 mm
    assert stamp.height == pytest.approx(102, abs=3)
    assert stamp.right == pytest.approx(box.left + box.width / 3, abs=3)
    assert stamp.centre[1] == pytest.approx(box.centre[1], abs=3)
    verdict = Validator(trust=pki.trust(), compare=compare_states).validate(sealed, at=NOW)
    assert [each.reason for each in verdict.signatures] == ["TOTAL_PASSED"] * 2
    report = pikepdf.pdfa.validate_written(sealed, "2b")
    assert [str(finding) for finding in report.findings if finding.kind == "violation"] == []


@pytest.mark.tools
def test_a_picture_hides_nothing(sign_with: Callable[..., Path], tmp_path: Path, official: Identity) -> None:
    source = make_pdf(tmp_path / "result.pdf")  # a grey square in the page's lower left
    blue = load_picture(signature_png(tmp_path / "blue.png"), Ink.BLUE)
    over = Box(110, 560, 290, 620)
    seen = pixels(sign_with(source, official, replace(plan(SignerRole.OFFICIAL), box=over), blue))
    inside = seen[562:618, 112:288]
    assert (np.abs(inside - 128).max(axis=2) < 4).mean() > 0.6  # the grey shows through


def test_a_later_place_is_fixed_by_the_first_signature(sign: Sign, pki: Pki, pdf: Path, official: Identity) -> None:
    known = SignaturePlace(role=SignerRole.OFFICIAL, page=1, box=BOX)
    first = sign(pdf, official, replace(plan(), later=(known,)))
    elsewhere = replace(plan(SignerRole.OFFICIAL), box=Box(30, 300, 200, 350))
    with pytest.raises(SigningFailed) as caught:
        sign(first, official, elsewhere)
    assert caught.value.details["reason"] == "place_is_fixed"
    both = sign(first, official, replace(elsewhere, box=BOX))
    assert Validator(trust=pki.trust()).validate(both, at=NOW).verdict is Verdict.VALID
    with pikepdf.open(both) as opened:
        rectangle = next(field.Rect for field in opened.Root.AcroForm.Fields if field.T == "SoHoa-Official")
        assert [float(side) for side in rectangle] == [330, 842 - 640, 510, 842 - 560]


def test_an_open_document_takes_signatures_anywhere(sign: Sign, pki: Pki, pdf: Path, official: Identity) -> None:
    first = sign(pdf, official, replace(plan(), open=True))
    with pikepdf.open(first) as opened:
        assert "/Perms" not in opened.Root
        assert [str(field.T) for field in opened.Root.AcroForm.Fields] == ["SoHoa-Clerk"]
    both = sign(first, official, replace(plan(SignerRole.OFFICIAL), box=BOX))
    verdict = Validator(trust=pki.trust(), compare=compare_states).validate(both, at=NOW)
    assert [(each.verdict, each.changes) for each in verdict.signatures] == [
        (Verdict.VALID, "form_filling"),
        (Verdict.VALID, "none"),
    ]


def test_the_seal_follows_the_official(tmp_path: Path) -> None:
    seal = usual_place(SignerRole.SEAL, A4, official=BOX)
    assert seal.right == pytest.approx(BOX.left + BOX.width / 3)
    assert seal.width == pytest.approx(36 / 25.4 * 72)
    at_the_edge = usual_place(SignerRole.SEAL, A4, official=Box(0, 830, 60, 842))
    assert at_the_edge.within(Box(0, 0, 595, 842))


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_boxes_come_back_from_the_space_of_the_page(rotate: int) -> None:
    page = PageFrame(left=10, bottom=20, right=605, top=862, rotate=rotate)
    box = Box(50, 60, 150, 90)
    back = page.to_seen(page.to_pdf(box))
    assert (back.left, back.top, back.right, back.bottom) == (50, 60, 150, 90)


@contextmanager
def refusing(reason: str) -> Iterator[None]:
    with pytest.raises(BadSettings) as caught:
        yield
    assert caught.value.details["reason"] == reason


def test_pictures_that_are_refused(tmp_path: Path) -> None:
    (no_picture := tmp_path / "text.png").write_text("hello")
    with refusing("not_png"):
        load_picture(no_picture, Ink.BLUE)
    with refusing("not_png"):
        load_picture(tmp_path / "missing.png", Ink.BLUE)
    Image.new("RGB", (100, 100), (0, 0, 200)).save(tmp_path / "white.png")
    with refusing("not_transparent"):
        load_picture(tmp_path / "white.png", Ink.BLUE)
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(tmp_path / "empty.png")
    with refusing("not_transparent"):
        load_picture(tmp_path / "empty.png", Ink.BLUE)
    with refusing("not_red"):
        load_picture(signature_png(tmp_path / "blue.png"), Ink.RED)
    with refusing("not_blue"):
        load_picture(seal_png(tmp_path / "red.png"), Ink.BLUE)
    Image.new("RGBA", (3000, 3000), (0, 0, 0, 0)).save(tmp_path / "large.png")
    with refusing("too_large"):
        load_picture(tmp_path / "large.png", Ink.BLUE)


def test_pictures_that_would_not_print_well_or_in_true_size(tmp_path: Path) -> None:
    """A seal of 36 mm at 150 dots an inch is 213 pixels wide; at 600 dots an inch 213 pixels are 9 mm."""
    small = Image.open(seal_png(tmp_path / "red.png")).resize((200, 200))
    small.save(tmp_path / "small.png")
    with refusing("too_coarse"):
        load_picture(tmp_path / "small.png", Ink.RED)
    fine = small.resize((850, 850))
    fine.save(tmp_path / "fine.png", dpi=(600, 600))
    assert load_picture(tmp_path / "fine.png", Ink.RED).width == 850
    fine.save(tmp_path / "huge.png", dpi=(200, 200))
    with refusing("not_true_size"):
        load_picture(tmp_path / "huge.png", Ink.RED)
    fine.save(tmp_path / "unknown.png", dpi=(96, 96))
    assert load_picture(tmp_path / "unknown.png", Ink.RED).width == 850
