"""A disk that is full is not the page's fault: who reads on it is told what the system says."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.own_process import ROOT

_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount"]
"""gives file systems of one's own without privileges, where the system allows it (unshare(1))"""
_READ = """
import sys
from pathlib import Path
import cv2
from pipeline.domain.errors import SohoaError
from pipeline.recognise.policy import ReadPolicy
from pipeline.recognise.tesseract import PAGE, read_lines

page = cv2.imread(sys.argv[1], cv2.IMREAD_GRAYSCALE)
for kibibytes in map(int, sys.argv[3:]):
    filling = Path(sys.argv[2], "filling")
    filling.write_bytes(bytes((4096 - kibibytes) << 10))
    try:
        print(len(read_lines(page, dpi=150, segmentation=PAGE, policy=ReadPolicy())))
    except OSError as error:
        print(error.errno)
    except SohoaError as error:
        print(error)
    filling.unlink()
"""


@pytest.mark.tools
@pytest.mark.skipif(
    subprocess.run([*_MOUNTS, "true"], check=False, capture_output=True).returncode != 0,
    reason="nobody may mount anything here",
)
def test_a_full_disk_is_told_as_such_wherever_it_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.pgm"
    width, height = 1000, 1200
    page.write_bytes(b"P5\n%d %d\n255\n" % (width, height) + bytes([255]) * width * height)
    small = tmp_path / "small"
    small.mkdir()
    script = tmp_path / "read.py"
    script.write_text(_READ, encoding="utf-8")
    # KiB: room for half of the picture, for the picture and nothing else, and for everything
    read = [sys.executable, str(script), str(page), str(small), "600", "1176", "3000"]
    heard = subprocess.run(
        [*_MOUNTS, "sh", "-c", 'mount -t tmpfs -o size=4m none "$0" && exec "$@"', str(small), *read],
        env={**os.environ, "TMPDIR": str(small), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (heard.stdout.split("\n"), heard.stderr) == ([str(errno.ENOSPC), str(errno.ENOSPC), "0", ""], "")
