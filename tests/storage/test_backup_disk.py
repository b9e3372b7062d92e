"""A backup on a disk of its own, made as docs/how-to/one-machine.md says: a fresh file system is not quite empty."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.office import Office

pytestmark = [pytest.mark.tools]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A fresh ext4 of 32 MiB."""
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        pytest.skip("needs root and mkfs.ext4")
    image, folder = tmp_path / "disk", tmp_path / "backups"
    with image.open("wb") as file:
        file.truncate(32 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True, timeout=60)
    folder.mkdir()
    mounted = subprocess.run(["mount", "-o", "loop", image, folder], capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True, timeout=60)


def test_a_fresh_disk_takes_backups(disk: Path, tmp_path: Path) -> None:
    assert [each.name for each in disk.iterdir()] == ["lost+found"]
    office = Office(home=tmp_path / "home")
    points = [Path(office.json("backup", disk)["point"]) for _ in range(2)]
    assert all((point / "manifest.json").is_file() for point in points)
    assert {each.name for each in disk.iterdir()} == {"lost+found", "points", "objects", "lock"}
    restored = Office(home=tmp_path / "restored").run("restore", disk, "--verify")
    assert restored.returncode == 0, restored.stderr
