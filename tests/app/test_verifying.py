"""`sohoa verify` on files that are no PDF, or none that can be opened: a verdict and a named reason, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from app.cli import main as command_line


def _text(folder: Path) -> Path:
    file = folder / "notes.pdf"
    file.write_text("Không phải PDF.\n")
    return file


def _cut_off(folder: Path) -> Path:
    file = folder / "cut.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(file)
    file.write_bytes(file.read_bytes()[:60])
    return file


def _locked(folder: Path) -> Path:
    file = folder / "locked.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(file, encryption=pikepdf.Encryption(owner="o", user="u"))
    return file


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOHOA_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize(
    ("make", "code"), [(_text, "source.damaged"), (_cut_off, "source.damaged"), (_locked, "source.encrypted")]
)
def test_a_file_that_cannot_be_opened_is_not_valid_and_says_why(
    make: Callable[[Path], Path],
    code: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    file = make(tmp_path)

    ended = command_line.main(["--language", "vi", "verify", str(file), "--json"])

    said = capsys.readouterr()
    told = json.loads(said.out)
    assert ended == 1
    assert told["verdict"] != "valid"
    assert told["pdfa"] == {"claimed": None, "conforms": None, "error": code}
    assert f"Lỗi [{code}]: {file} " in said.err
    logged = "".join(log.read_text() for log in (tmp_path / "home").rglob("*.log"))
    assert "Traceback" not in said.err + caplog.text + logged
    assert not [record for record in caplog.records if record.exc_info]
