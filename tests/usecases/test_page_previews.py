"""Pictures of pages: drawn once, packed so that any tool opens the pack, and read one by one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from pipeline.domain.errors import ObjectAltered, SourceTooSlow
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area
from pipeline.usecases.packs import Pack, read_member, write_pack
from pipeline.usecases.page_previews import page_preview, page_previews
from tests.fakes.objects import MemoryObjects
from tests.fakes.workers import InlineWorkers


class Book:
    """A ledger in memory, which knows what is about what."""

    def __init__(self) -> None:
        self.kept: dict[str, ContentHash] = {}
        self.about: dict[ContentHash, set[ContentHash]] = {}

    def find(self, key: str) -> ContentHash | None:
        return self.kept.get(key)

    def record(self, key: str, result: ContentHash, *, about: Collection[ContentHash]) -> None:
        self.kept.setdefault(key, result)
        for each in about:
            self.about.setdefault(each, set()).add(result)


class Ranges(MemoryObjects):
    """Counts the bytes that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0

    def part(self, area: Area, sha256: ContentHash, *, start: int, length: int) -> bytes:
        self.read += length
        return super().part(area, sha256, start=start, length=length)


def two_pages(*sizes: tuple[float, float]) -> bytes:
    """A PDF whose first page has a black upper half."""
    pdf = pikepdf.new()
    for number, size in enumerate(sizes):
        page = pdf.add_blank_page(page_size=size)
        if not number:
            page.Contents = pdf.make_stream(b"0 g 0 %d %d %d re f" % (size[1] // 2, size[0], size[1]))
    into = io.BytesIO()
    pdf.save(into, deterministic_id=True)
    return into.getvalue()


def previews(objects: MemoryObjects, ledger: Book, workers: InlineWorkers, copy: ContentHash, pages: int = 2) -> Pack:
    return page_previews(copy, pages, objects=objects, ledger=ledger, workers=workers, tools="pdfium 1", seconds=10)


def test_pages_are_drawn_once_and_read_alone() -> None:
    objects, ledger, workers = Ranges(), Book(), InlineWorkers()
    copy = objects.put(Area.ARCHIVE, io.BytesIO(two_pages((595, 842), (842, 595)))).sha256
    pack = previews(objects, ledger, workers, copy)
    first = Image.open(io.BytesIO(page_preview(pack, 1, objects=objects)))
    second = Image.open(io.BytesIO(page_preview(pack, 2, objects=objects)))
    # A4 at 100 dpi
    assert (first.size, second.size) == ((827, 1170), (1170, 827))
    assert first.getpixel((400, 100)) == (0, 0, 0)
    assert first.getpixel((400, 1000)) == (255, 255, 255)
    assert previews(objects, ledger, workers, copy) == pack
    assert workers.count("_draw") == 2
    with pytest.raises(KeyError):
        page_preview(pack, 3, objects=objects)
    assert pack.sha256 in ledger.about[copy], "who disposes of the copy finds the pictures"


def test_a_page_larger_than_any_screen_is_drawn_smaller() -> None:
    objects = MemoryObjects()
    copy = objects.put(Area.ARCHIVE, io.BytesIO(two_pages((2384, 3370)))).sha256
    pack = previews(objects, Book(), InlineWorkers(), copy, pages=1)
    assert Image.open(io.BytesIO(page_preview(pack, 1, objects=objects))).size == (1415, 2000)


def test_a_page_that_cannot_be_drawn_leaves_nothing() -> None:
    def too_slow(_: object) -> bytes:
        raise SourceTooSlow

    objects, ledger = MemoryObjects(), Book()
    copy = objects.put(Area.ARCHIVE, io.BytesIO(two_pages((595, 842)))).sha256
    with pytest.raises(SourceTooSlow):
        previews(objects, ledger, InlineWorkers(instead={"_draw": too_slow}), copy, pages=1)
    assert (ledger.kept, [area for area, _ in objects.kept]) == ({}, [Area.ARCHIVE])


def packed(folder: Path, members: dict[str, bytes], objects: MemoryObjects) -> Pack:
    for name, data in members.items():
        (folder / name).write_bytes(data)
    write_pack(((name, folder / name) for name in members), folder / "pack.zip")
    kept = objects.put(Area.DERIVED, io.BytesIO((folder / "pack.zip").read_bytes()))
    return Pack(kept.sha256, kept.size)


def test_a_pack_is_a_zip_and_depends_on_its_members_alone(tmp_path: Path) -> None:
    members = {"b.txt": b"second in the alphabet", "a.txt": b"", "c.jpg": bytes(range(256)) * 1000}
    objects = Ranges()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    pack, again = packed(tmp_path / "one", members, objects), packed(tmp_path / "two", members, objects)
    assert pack == again
    with zipfile.ZipFile(tmp_path / "one" / "pack.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == list(members)
        assert {each.compress_type for each in archive.infolist()} == {zipfile.ZIP_STORED}
    assert {name: read_member(pack, name, objects=objects) for name in members} == members


def test_of_a_large_pack_a_member_costs_little(tmp_path: Path) -> None:
    objects = Ranges()
    members = {f"page-{number:04}.jpg": bytes([number]) * 100_000 for number in range(60)}
    pack = packed(tmp_path, members, objects)
    assert read_member(pack, "page-0030.jpg", objects=objects) == members["page-0030.jpg"]
    assert objects.read < 400_000


@pytest.mark.parametrize("place", [40, -10], ids=["member", "list"])
def test_what_was_changed_in_a_pack_is_found(tmp_path: Path, place: int) -> None:
    objects = MemoryObjects()
    pack = packed(tmp_path, {"a.txt": b"x" * 100}, objects)
    data = bytearray(objects.kept[Area.DERIVED, pack.sha256])
    data[place] ^= 1
    objects.kept[Area.DERIVED, pack.sha256] = bytes(data)
    with pytest.raises(ObjectAltered):
        read_member(pack, "a.txt", objects=objects)
