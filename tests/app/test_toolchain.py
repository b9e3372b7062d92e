"""What results depend on is looked up once, and never mistaken: a program that does not answer is not one that is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app import toolchain
from app.toolchain import installed_tools
from pipeline.domain.errors import MachineExhausted


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with all programs that there are."""
    installed_tools.cache_clear()
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}")
    _install(folder, "pdftoppm", "echo pdftoppm version 22.12.0 >&2")
    yield folder
    installed_tools.cache_clear()


def _install(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


def test_a_missing_program_is_part_of_what_results_depend_on(programs: Path) -> None:
    assert programs.is_dir()
    assert installed_tools("vie").read.startswith("no tesseract; no vie; pdftoppm version 22.12.0;")


@pytest.mark.parametrize("trouble", ["while :; do :; done", "kill -9 $$"], ids=["slow", "killed"])
def test_a_program_that_does_not_answer_now_is_asked_again(
    programs: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(toolchain, "_SECONDS", 0.3)
    _install(programs, "tesseract", trouble)
    with pytest.raises(MachineExhausted):
        installed_tools("vie")

    monkeypatch.setattr(toolchain, "_SECONDS", 20)
    _install(programs, "tesseract", "echo tesseract 5.3.0")
    assert installed_tools("vie").read.startswith("tesseract 5.3.0; no vie; pdftoppm version 22.12.0;")


def test_language_data_that_cannot_be_read_now_is_not_missing(programs: Path, tmp_path: Path) -> None:
    (tmp_path / "vie.traineddata").mkdir()
    _install(programs, "tesseract", f"echo 'List of available languages in \"{tmp_path}\" (1):'")
    with pytest.raises(MachineExhausted):
        installed_tools("vie")
