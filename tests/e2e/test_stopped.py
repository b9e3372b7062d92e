"""What a process leaves behind that is told to stop: nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.office import Office

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.enable_socket]


def test_pages_that_are_told_to_stop_leave_no_temporary_files(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    office = Office(home=tmp_path / "home", settings={"TMPDIR": str(tmp_path / "tmp")})
    _, process = office.serve()
    assert [each.name for each in (tmp_path / "tmp").iterdir() if each.name.startswith("sohoa-scratch-")]
    process.terminate()
    assert process.wait(30) == 0
    assert not list((tmp_path / "tmp").iterdir())
