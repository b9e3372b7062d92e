"""Where the language data's network cannot be run here, pages are read all the same, and people are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from app.cli import main as command_line
from app.doctor import Finding, Health, examine
from app.settings import Settings
from pipeline.domain.errors import UnsupportedNetwork
from pipeline.recognise.network.traineddata import find_traineddata
from tests.recognise.network.drawn_lines import drawn_line

pytestmark = pytest.mark.tools


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOHOA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOHOA_LANGUAGE", "en")
    return tmp_path / "home"


@pytest.fixture
def foreign_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Language data that Tesseract reads, and that nobody here takes apart: its network says that it is being trained."""
    data = find_traineddata("vie", tessdata=None).read_bytes()
    kind = (6).to_bytes(4, "little") + b"Series"
    place = data.index(kind) + len(kind)
    folder = tmp_path / "tessdata"
    folder.mkdir()
    (folder / "vie.traineddata").write_bytes(data[:place] + b"\x01" + data[place + 1 :])
    monkeypatch.setenv("TESSDATA_PREFIX", str(folder))


def _network_check(home: Path) -> Finding:
    return next(found for found in examine(Settings(home=home)) if found.name == "network")


def test_the_doctor_tries_the_network(home: Path) -> None:
    assert _network_check(home).health is Health.OK
    assert list((home / "networks").glob("vie-*.onnx"))


def test_the_doctor_says_when_a_network_that_was_kept_is_broken(home: Path) -> None:
    _network_check(home)
    (kept,) = (home / "networks").glob("vie-*.onnx")
    kept.write_bytes(b"torn")

    found = _network_check(home)

    assert found.health is Health.PROBLEM
    assert isinstance(found.error, UnsupportedNetwork)


@pytest.mark.usefixtures("foreign_network")
def test_the_doctor_says_why_the_network_is_not_used(home: Path) -> None:
    found = _network_check(home)

    assert found.health is Health.WARNING
    assert isinstance(found.error, UnsupportedNetwork)
    assert found.error.details["file"] == "vie.traineddata"
    assert "training" in str(found.error.details["reason"])
    assert found.remedy


@pytest.mark.enable_socket
@pytest.mark.usefixtures("foreign_network")
def test_tesseract_reads_instead_and_the_user_is_told(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = drawn_line("Giấy phép xây dựng nhà ở riêng lẻ").picture
    page = Image.new("L", (1654, 2339), 255)
    for place in range(6):
        page.paste(Image.fromarray(line), (200, 300 + 90 * place))
    file = tmp_path / "page.png"
    page.save(file, dpi=(200, 200))

    command_line.main(["digitize", str(file), "--out", str(tmp_path / "out")])

    assert "Tesseract reads all pages" in capsys.readouterr().err
    (text,) = (tmp_path / "out").glob("*/text.txt")
    assert text.read_text(encoding="utf-8").count("xây dựng") == 6
