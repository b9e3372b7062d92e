"""Put all files of a folder into a good batch and say what became of them: `python -m tests.hostile FOLDER`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.page import PageState
from pipeline.domain.source import SourceState
from pipeline.specimens.batch import write_batch
from tests.hostile.batches import digitize, watching
from tests.hostile.holding import every_page_is_accounted_for, good_files_are_whole, limits_were_kept
from tests.hostile.timing import TimedWorkers

_SLOWEST = 10


def main(folder: Path) -> int:
    """Digitize them; return 1 where a good file is not whole, a page is not accounted for, or a limit was not kept."""
    if not folder.is_dir():
        print(f"no such folder: {folder}")
        return 2
    timed: list[TimedWorkers] = []
    with tempfile.TemporaryDirectory(prefix="sohoa-hostile-") as scratch:
        batch_folder = Path(scratch) / "lo"
        truth = write_batch(batch_folder, seed=4, dossiers=1, dpi=120)
        shutil.copytree(folder, batch_folder / "files")
        with watching() as watched:
            batch = digitize([batch_folder], Path(scratch) / "home", timed=timed.append)
    _tell(batch)
    for seconds, stage, name in sorted(timed[0].times, reverse=True)[:_SLOWEST]:
        print(f"{seconds:8.2f} s  {stage:<12} {name}")
    mebibytes = watched.largest >> 20
    print(f"{watched.seconds:8.1f} s in all; the largest child had {mebibytes} MiB")
    good_files_are_whole(batch, {page.ref.source: page.state for page in truth.pages})
    every_page_is_accounted_for(batch)
    limits_were_kept(watched)
    print("every good file was digitized, every page is accounted for, all limits were kept")
    return 0


def _tell(batch: DigitizedBatch) -> None:
    mine = [each for each in batch.sources if each.name.startswith("files/") or "/files/" in each.name]
    names = {each.name for each in mine}
    ends = Counter(str(each.error) if each.state is SourceState.REFUSED else each.state.value for each in mine)
    print(f"{len(mine)} files: " + ", ".join(f"{count} {end}" for end, count in ends.most_common()))
    pages = Counter(page.state.value for page in batch.pages if page.ref.source in names)
    print(f"{sum(pages.values())} pages: " + ", ".join(f"{count} {state}" for state, count in pages.most_common()))
    reasons = Counter(
        str(page.reason) for page in batch.pages if page.ref.source in names and page.state is PageState.FAILED
    )
    print("pages that failed: " + (", ".join(f"{count} {why}" for why, count in reasons.most_common()) or "none"))
    for each in mine:
        if each.state is SourceState.REFUSED:
            print(f"  {each.error:<24} {each.name}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.hostile FOLDER")
    sys.exit(main(Path(sys.argv[1])))
