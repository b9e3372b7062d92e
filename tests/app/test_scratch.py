"""Temporary files of a process that works are in one folder, which goes with it, also when it is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.context import Context, PlainConsole
from app.cli.running import own_crew
from app.language import speaker
from app.own_process import ROOT
from app.scratch import own_scratch, remove_left
from app.setting_groups import Language
from app.settings import load_settings
from tests.fakes.author import CLERK

_WORKER = """
import tempfile, time
from app.scratch import own_scratch
with own_scratch() as folder:
    tempfile.mkstemp()
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files of this test go."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield tmp_path
    monkeypatch.setattr(tempfile, "tempdir", None)


def test_temporary_files_are_in_one_folder_which_goes(base: Path) -> None:
    with own_scratch() as folder, tempfile.NamedTemporaryFile() as file:
        heard = subprocess.run(
            [sys.executable, "-c", "import tempfile; print(tempfile.gettempdir())"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert Path(file.name).parent == folder == Path(heard.stdout.strip())
        assert folder.parent == base
        assert (folder.stat().st_mode & 0o077) == 0
    assert list(base.iterdir()) == []
    assert tempfile.gettempdir() == os.environ["TMPDIR"] == str(base)


def test_what_a_crew_leaves_goes_with_whoever_started_it(base: Path) -> None:
    context = Context(
        provenance=load_settings({"SOHOA_HOME": str(base / "home")}),
        author=CLERK,
        say=speaker(Language.VIETNAMESE),
        out=PlainConsole(stderr=True),
        err=PlainConsole(stderr=True),
    )
    leave = (sys.executable, "-c", "import tempfile; tempfile.mkstemp(prefix='left')")
    with own_crew(context) as crew:
        crew.start("leaver", leave, dict(os.environ)).process.wait(60)
        (folder,) = base.glob("sohoa-scratch-*")
        assert len(list(folder.glob("left*"))) == 1
    assert [each.name for each in base.iterdir()] == ["home"]


def test_what_a_killed_process_left_is_removed_by_the_next_and_a_living_ones_is_not(base: Path) -> None:
    with _worker() as killed, _worker() as living:
        folders = [Path(worker.stdout.readline().strip()) for worker in (killed, living) if worker.stdout]
        killed.kill()
        killed.wait()
        assert len(list(folders[0].iterdir())) == 2

        with own_scratch():
            assert [folder.exists() for folder in folders] == [False, True]
            assert remove_left() == 0
        living.kill()
    assert remove_left() == 1
    assert list(base.iterdir()) == []


def test_what_nobody_signed_is_left_for_a_while(base: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="sohoa-scratch-"))
    assert remove_left() == 0
    long_ago = time.time() - 7200
    os.utime(folder, (long_ago, long_ago))

    assert remove_left() == 1
    assert list(base.iterdir()) == []


def test_a_link_is_not_followed(base: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "owner").write_text("", encoding="utf-8")
    (base / "sohoa-scratch-link").symlink_to(elsewhere)
    long_ago = time.time() - 7200
    os.utime(base / "sohoa-scratch-link", (long_ago, long_ago), follow_symlinks=False)

    assert remove_left() == 0
    assert (elsewhere / "owner").exists()


def _worker() -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", _WORKER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
