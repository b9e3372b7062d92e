"""Whatever the size of a file that comes in, no more than some pieces of it are in memory at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.own_process import ROOT

pytestmark = pytest.mark.slow

_MIB = 192
_GIVEN = """
import io, resource, sys
from pathlib import Path
from pipeline.domain.intake import IntakeId
from pipeline.ports import Area
from storage.intake_spool import FolderSpool
from storage.objects_folder import FolderObjects
from storage.spool import spooled

class Zeros(io.RawIOBase):
    left = int(sys.argv[3]) << 20
    def readable(self): return True
    def readinto(self, into):
        count = min(len(into), self.left)
        into[:count] = bytes(count)
        self.left -= count
        return count

way, folder = sys.argv[1], Path(sys.argv[2])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
stream = io.BufferedReader(Zeros(), 1 << 16)
if way == "intake":
    FolderSpool(folder).write(IntakeId("01"), 1, stream, at=0)
elif way == "archive":
    FolderObjects(folder).put(Area.ARCHIVE, stream)
else:
    from contextlib import nullcontext
    folder.mkdir(exist_ok=True)
    with spooled(stream, part_size=8 << 20, scratch=folder, writing=nullcontext) as spool:
        assert spool.size == int(sys.argv[3]) << 20
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("way", ["intake", "archive", "spool"])
def test_a_big_file_is_never_in_memory(way: str, tmp_path: Path) -> None:
    grown = subprocess.run(
        [sys.executable, "-c", _GIVEN, way, str(tmp_path / "kept"), str(_MIB)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(grown.stdout) < 48 * 1024, "KiB"
