"""Read a large batch in parts: whoever is free claims the next one, and takes up what a dead one leaves.

Nobody hands parts out: they stand in the records, and each machine takes what it can do. A batch has one process that
finishes it; that one reads parts as everybody else does, so that without any other machine it reads all of them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from pipeline.domain.batch import Progress
from pipeline.domain.errors import LeaseLost, ReaderDiffers, ToolFailed
from pipeline.domain.ids import BatchId, derived_id
from pipeline.domain.page import PageRef
from pipeline.domain.part import Part, PartSource, PartState
from pipeline.domain.source import InspectedSource
from pipeline.ports import Held, HeldPart, Holder, Ledger, ObjectStore, Parts, Workers, silent
from pipeline.recognise.policy import ReadPolicy
from pipeline.usecases.lending import LentFiles
from pipeline.usecases.read_pages import read_pages, reading_key
from pipeline.usecases.readings import PageReading, Readings

_LOOK_SECONDS = 1.0
"""between two looks at what others read"""
_SPARED = 2
"""sources that stay on the local disk between two parts: most parts begin in the source in which the last one ended"""

OnPage = Callable[[Held, PageReading, Progress], None]
"""hears each page, and through which books to write about it"""
Sharing = Callable[[Sequence[int]], AbstractContextManager[None]]
"""calls others to parts by their numbers; they are sent away when the context ends"""


@contextlib.contextmanager
def alone(_: Sequence[int]) -> Iterator[None]:
    """Call nobody: who comes nevertheless is welcome."""
    yield


@dataclass(frozen=True, slots=True, kw_only=True)
class PartReader:
    """Who reads parts, with what, and how."""

    objects: ObjectStore
    workers: Workers
    policy: ReadPolicy
    tools: str
    """names of the programs and data that reading depends on"""
    seconds: float
    """limit for one page"""
    holder: Holder

    def keys(self, sources: Sequence[PartSource]) -> Mapping[PageRef, str]:
        """Return the ledger keys of pages."""
        return {
            PageRef(source.name, number): reading_key(source.sha256, number, policy=self.policy, tools=self.tools)
            for source in sources
            for number in source.pages
        }


def read_shared(
    batch: BatchId,
    sources: Sequence[InspectedSource],
    *,
    parts: Parts,
    ledger: Ledger,
    reader: PartReader,
    size: int,
    share: Sharing = alone,
    on_page: OnPage = silent,
    on_progress: Callable[[Progress], None] = silent,
) -> Readings | None:
    """Cut a batch into parts of `size` pages and see to it that all of them are read, here and by others.

    Returns what was read here, and the pages that could not be read; what others read is found by the ledger. None where
    there are no parts: not more than `size` pages are left to read.

    `share` is told the numbers of the parts that are not done; `on_page` hears the pages that are read here, `on_progress`
    those that are read anywhere.

    Raises:
        what reading pages raises. What is read stays read.
    """
    keys = reader.keys([_whole(source) for source in sources])
    if len(keys) <= size or not _is_cut(batch, sources, keys, parts=parts, ledger=ledger, reader=reader, size=size):
        return None
    readings = Readings(keys)
    with LentFiles(reader.objects, spared=_SPARED) as files:
        left = [each.number for each in parts.standing(batch) if each.state is not PartState.DONE]
        with share(left):
            _see_to_it(
                batch,
                readings,
                parts=parts,
                reader=reader,
                files=files,
                on_page=on_page,
                on_progress=on_progress,
            )
    failed = {ref: code for each in parts.standing(batch) for ref, code in each.failed.items() if ref in keys}
    if ToolFailed.code in failed.values() and len(failed) == sum(each.pages for each in parts.standing(batch)):
        parts.cut(batch, [], plan="")  # perhaps it fails on everything: to be found out by whoever reads all of them
        return None
    codes = {keys[ref]: code for ref, code in failed.items()}
    for ref, key in keys.items():
        if key in codes:
            readings.put([ref], codes[key])
    return readings


def read_parts(
    batch: BatchId, *, first: int, parts: Parts, reader: PartReader, on_page: OnPage = silent
) -> Mapping[int, int]:
    """Read part `first` of a batch, then others that nobody has; return how many pages each had.

    Where the first one is done, or in other hands, nothing is read.

    Raises:
        ReaderDiffers: the pages would be read otherwise here than where the batch is finished.
        LeaseLost: this process stood still, and another one reads its part.
        what reading pages raises: the part is free again.
    """
    done: dict[int, int] = {}
    wanted: int | None = first
    with LentFiles(reader.objects, spared=_SPARED) as files:
        while True:
            with _claimed(batch, parts, reader, number=wanted) as claimed:
                if claimed is None:
                    return done
                done[claimed.part.number] = len(_read(claimed, reader, files, on_page))
            wanted = None


def _is_cut(
    batch: BatchId,
    sources: Sequence[InspectedSource],
    keys: Mapping[PageRef, str],
    *,
    parts: Parts,
    ledger: Ledger,
    reader: PartReader,
    size: int,
) -> bool:
    """Cut a batch unless it was; say whether it has parts. What was read before the first cut belongs to none."""
    plan = derived_id("plan", str(size), *keys.values())
    standing = parts.standing(batch)
    if standing and all(each.plan == plan for each in standing):
        return True
    missing: dict[str, PageRef] = {}  # pages of the same bytes are read once
    for ref, key in keys.items():
        if key not in missing and ledger.find(key) is None:
            missing[key] = ref
    if len(missing) > size:
        parts.cut(batch, list(_parts(list(missing.values()), sources, reader, size)), plan=plan)
        return True
    if standing:
        parts.cut(batch, [], plan=plan)
    return False


def _parts(
    refs: Sequence[PageRef], sources: Sequence[InspectedSource], reader: PartReader, size: int
) -> Iterator[Part]:
    by_name = {source.name: source for source in sources}
    for number, start in enumerate(range(0, len(refs), size), 1):
        pages: dict[InspectedSource, list[int]] = {}
        for ref in refs[start : start + size]:
            pages.setdefault(by_name[ref.source], []).append(ref.number)
        mine = tuple(_some(source, tuple(numbers)) for source, numbers in pages.items())
        yield Part(number=number, key=_key(mine, reader), sources=mine)


def _see_to_it(
    batch: BatchId,
    readings: Readings,
    *,
    parts: Parts,
    reader: PartReader,
    files: LentFiles,
    on_page: OnPage,
    on_progress: Callable[[Progress], None],
) -> None:
    """Read parts until all are done, by whomever; what is read here comes into `readings`."""
    while True:
        standing = parts.standing(batch)
        before = len(readings) - sum(each.pages for each in standing if each.state is not PartState.DONE)
        on_progress(Progress(before, len(readings)))
        if all(each.state is PartState.DONE for each in standing):
            return

        def hear(held: Held, page: PageReading, progress: Progress, before: int = before) -> None:
            on_page(held, page, progress)
            on_progress(Progress(before + progress.done, len(readings)))

        # what is lost was taken over by somebody who goes on with it
        with contextlib.suppress(LeaseLost), _claimed(batch, parts, reader) as claimed:
            if claimed is None:
                reader.holder.wait(_LOOK_SECONDS)
            else:
                readings.take_over(_read(claimed, reader, files, hear))


@contextlib.contextmanager
def _claimed(batch: BatchId, parts: Parts, reader: PartReader, number: int | None = None) -> Iterator[HeldPart | None]:
    me = reader.holder
    holders = {each.holder for each in parts.standing(batch) if each.state is not PartState.DONE} - {""}
    dead = [each for each in holders if me.is_dead(each)]
    with parts.claim(batch, holder=me.name, seconds=me.seconds, instead_of=dead, number=number) as claimed:
        yield claimed


def _read(claimed: HeldPart, reader: PartReader, files: LentFiles, on_page: OnPage) -> Readings:
    """Read a part; every page of it is kept as soon as it is done."""
    part, held = claimed.part, claimed.held
    if part.key != _key(part.sources, reader):
        raise ReaderDiffers(batch=held.hold.batch, part=part.number, tools=reader.tools)
    readings = read_pages(
        [_readable(source) for source in part.sources],
        objects=reader.objects,
        ledger=held.ledger,
        workers=reader.workers,
        policy=reader.policy,
        tools=reader.tools,
        seconds=reader.seconds,
        only=frozenset(part.refs),
        files=files,
        is_all=False,
        on_page=lambda page, progress: on_page(held, page, progress),
    )
    held.parts.finish(held.hold.batch, part.number, failed=readings.failures())
    return readings


def _key(sources: Sequence[PartSource], reader: PartReader) -> str:
    return derived_id("part", *reader.keys(sources).values())


def _whole(source: InspectedSource) -> PartSource:
    return _some(source, tuple(range(1, source.pages + 1)))


def _some(source: InspectedSource, numbers: tuple[int, ...]) -> PartSource:
    return PartSource(name=source.name, sha256=source.sha256, media_type=source.media_type, pages=numbers)


def _readable(source: PartSource) -> InspectedSource:
    return InspectedSource(
        name=source.name, sha256=source.sha256, media_type=source.media_type, pages=max(source.pages)
    )
