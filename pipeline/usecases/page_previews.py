"""Pictures of a document's pages for screens: all of them are made at once and packed, each is read alone."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.domain.errors import SohoaError
from pipeline.domain.ids import ContentHash
from pipeline.imaging.preview import PREVIEW_VERSION, preview
from pipeline.ports import Area, Ledger, ObjectStore, Workers, silent
from pipeline.usecases.packs import Pack, read_member, write_pack
from pipeline.usecases.stage import recall, remember, stage_key


@dataclass(frozen=True, slots=True)
class _Draw:
    file: Path
    number: int


def _draw(task: _Draw) -> bytes:
    return preview(task.file, task.number)


def page_previews(
    copy: ContentHash,
    pages: int,
    *,
    objects: ObjectStore,
    ledger: Ledger,
    workers: Workers,
    tools: str,
    seconds: float,
    on_page: Callable[[int, int], None] = silent,
) -> Pack:
    """Return the pack with a picture of each page of a kept PDF; made once.

    Args:
        copy: the PDF, in the archive.
        pages: how many it has.
        objects: where both are kept.
        ledger: where it is written down that the pack is there.
        workers: child processes that draw.
        tools: names of the programs that the pictures' bytes depend on.
        seconds: limit for one page.
        on_page: hears (pages done, pages in all).

    Raises:
        SourceTooSlow, ReaderCrashed, DamagedSource: a page cannot be drawn.
        ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused, MachineExhausted
    """
    key = stage_key("previews", PREVIEW_VERSION, tools, copy)
    known = recall(key, Pack, ledger=ledger, objects=objects)
    if known is not None and objects.has(Area.DERIVED, known.sha256):
        return known
    with tempfile.TemporaryDirectory(prefix="sohoa-previews-") as name, objects.local(Area.ARCHIVE, copy) as file:
        folder = Path(name)
        tasks = [_Draw(file, number) for number in range(1, pages + 1)]
        for done, (index, drawn) in enumerate(workers.map(_draw, tasks, seconds=seconds), 1):
            if isinstance(drawn, SohoaError):
                raise drawn
            (folder / _name(index + 1)).write_bytes(drawn)
            on_page(done, pages)
        packed = folder / "pack.zip"
        write_pack(((_name(task.number), folder / _name(task.number)) for task in tasks), packed)
        with packed.open("rb") as stream:
            kept = objects.put(Area.DERIVED, stream)
    pack = Pack(kept.sha256, kept.size)
    # the pack has an entry of its own: whoever removes what was derived from a copy goes by the ledger
    ledger.record(stage_key("pack", PREVIEW_VERSION, kept.sha256), kept.sha256, about=[copy])
    remember(key, pack, about=[copy], ledger=ledger, objects=objects)
    return pack


def page_preview(pack: Pack, number: int, *, objects: ObjectStore) -> bytes:
    """Return the picture of page `number` (from 1), a JPEG.

    Raises:
        KeyError: there is no such page.
        ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused
    """
    return read_member(pack, _name(number), objects=objects)


def _name(number: int) -> str:
    return f"page-{number:04}.jpg"
