"""Read a large batch in parts: whoever is free claims the next one, and takes up what a dead one leaves.

Nobody hands parts out: they stand in the records, and each machine takes what it can do. A batch has one process that
finishes it; that one reads parts as everybody else does, so that without any other machine it reads all of them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from pipeline.domain.batch import Progress
from pipeline.domain.errors import LeaseLost, ReaderCrashed, ReaderDiffers, SourceTooSlow, ToolFailed
from pipeline.domain.ids import BatchId, derived_id
from pipeline.domain.page import PageRef
from pipeline.domain.page_errors import PagesGivenUp
from pipeline.domain.part import Part, PartSource, PartStanding, PartState
from pipeline.domain.source import InspectedSource
from pipeline.ports import Held, HeldPart, Holder, Ledger, ObjectStore, Parts, Workers, silent
from pipeline.recognise.policy import ReadPolicy
from pipeline.usecases.giving_up import files_given_up
from pipeline.usecases.lending import LentFiles
from pipeline.usecases.read_pages import read_pages, reading_key
from pipeline.usecases.readings import PageReading, Readings

_LOOK_SECONDS = 1.0
"""between two looks at what others read"""
_OF_MACHINES = frozenset({ToolFailed.code, ReaderCrashed.code, SourceTooSlow.code, PagesGivenUp.code})
"""why a page may not be read on one machine and be read on another"""
_PATIENCE_ALONE, _PATIENCE = 60.0, 600.0
"""seconds without a part being done that a machine without room leaves what is to be read to others: if nobody has one, if others do"""
_FEWEST, _SHARES = 4, 4
"""pages of a part at least, and how many parts as large as it would be left with it: see `part_sizes`"""
_SPARED = 2
"""sources that stay on the local disk between two parts: most parts begin in the source in which the last one ended"""

OnPage = Callable[[Held, PageReading, Progress], None]
"""hears each page, and through which books to write about it"""
Sharing = Callable[[], AbstractContextManager[None]]
"""calls others to parts that nobody has; they are sent away when the context ends"""


@contextlib.contextmanager
def alone() -> Iterator[None]:
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
    between: Callable[[Mapping[PageRef, str]], None] = silent,
) -> Readings | None:
    """Cut a batch into parts of `size` pages and see to it that all of them are read, here and by others.

    Returns what was read here, and the pages that could not be read; what others read is found by the ledger, and so is that
    a page is to be read once more, which others could not read for a reason that may be their machine's. None where there
    are no parts: not more than `size` pages are left to read.

    `share` calls others while parts are read; `on_page` hears the pages that are read here, `on_progress` those that are read
    anywhere. `between` is called after each page, and before each part and while others are waited for
    with the codes of the pages that could not be read in parts that are done.

    Raises:
        what reading pages raises. What is read stays read.
    """
    keys = reader.keys([_whole(source) for source in sources])
    if len(keys) <= size or not _is_cut(batch, sources, keys, parts=parts, ledger=ledger, reader=reader, size=size):
        return None
    readings = Readings(keys)
    with LentFiles(reader.objects, spared=_SPARED) as files, share():
        _see_to_it(
            batch,
            readings,
            parts=parts,
            reader=reader,
            files=files,
            on_page=on_page,
            on_progress=on_progress,
            between=between,
        )
    failed = {ref: code for each in parts.standing(batch) for ref, code in each.failed.items() if ref in keys}
    if ToolFailed.code in failed.values() and len(failed) == sum(each.pages for each in parts.standing(batch)):
        parts.cut(batch, [], plan="")  # perhaps it fails on everything: to be found out by whoever reads all of them
        return None
    here = readings.failures()
    codes = {keys[ref]: code for ref, code in failed.items() if ref in here or code not in _OF_MACHINES}
    for ref, key in keys.items():
        if key in codes:
            readings.put([ref], codes[key])
    return readings


def read_parts(batch: BatchId, *, parts: Parts, reader: PartReader, on_page: OnPage = silent) -> Mapping[int, int]:
    """Read parts of a batch that nobody has, and return how many pages each had.

    When this machine has no room, no further one is begun.

    Raises:
        ToolFailed: of its first part it could read no page, for reasons that may be this machine's: a sick one is the first
            to be done with a part, and would get most of them.
        ReaderDiffers: the pages would be read otherwise here than where the batch is finished.
        LeaseLost: this process stood still, and another one reads its part.
        what reading pages raises: the part is free again.
    """
    done: dict[int, int] = {}
    with LentFiles(reader.objects, spared=_SPARED) as files:
        while reader.holder.has_room():
            with _claimed(batch, parts, reader) as claimed:
                if claimed is None:
                    return done
                readings = _read(claimed, reader, files, on_page, refusing=not done)
                done[claimed.part.number] = len(readings)
    return done


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
    start = 0
    for number, count in enumerate(part_sizes(len(refs), most=size), 1):
        pages: dict[InspectedSource, list[int]] = {}
        for ref in refs[start : start + count]:
            pages.setdefault(by_name[ref.source], []).append(ref.number)
        mine = tuple(_some(source, tuple(numbers)) for source, numbers in pages.items())
        yield Part(number=number, key=_key(mine, reader), sources=mine)
        start += count


def part_sizes(pages: int, *, most: int) -> Iterator[int]:
    """Yield how many pages each part of a batch has: `most`, and towards the end less and less, so that machines end together.

    A part is at most a quarter of what is left, as guided self-scheduling has it for two machines (Polychronopoulos and
    Kuck, 1987: the rest divided by the number of processors, here by twice that, since pages differ), and has a few pages.
    """
    while pages:
        size = min(pages, most, max(_FEWEST, -(-pages // _SHARES)))
        yield size
        pages -= size


def _see_to_it(
    batch: BatchId,
    readings: Readings,
    *,
    parts: Parts,
    reader: PartReader,
    files: LentFiles,
    on_page: OnPage,
    on_progress: Callable[[Progress], None],
    between: Callable[[Mapping[PageRef, str]], None],
) -> None:
    """Read parts until all are done, by whomever; what is read here comes into `readings`.

    A machine without room leaves them to others, if there are any: what was begun is finished.
    """
    patience = _Patience(reader.holder)
    while True:
        standing = parts.standing(batch)
        before = len(readings) - sum(each.pages for each in standing if each.state is not PartState.DONE)
        on_progress(Progress(before, len(readings)))
        if all(each.state is PartState.DONE for each in standing):
            return
        told = ((ref, code) for each in standing for ref, code in each.failed.items())
        between({ref: code for ref, code in told if code not in _OF_MACHINES})

        if patience.leaves_to_others(standing):
            reader.holder.wait(_LOOK_SECONDS)
            continue

        def hear(held: Held, page: PageReading, progress: Progress, before: int = before) -> None:
            on_page(held, page, progress)
            on_progress(Progress(before + progress.done, len(readings)))

        # what is lost was taken over by somebody who goes on with it
        with contextlib.suppress(LeaseLost), _claimed(batch, parts, reader) as claimed:
            if claimed is None:
                reader.holder.wait(_LOOK_SECONDS)
            else:
                readings.take_over(
                    _read(claimed, reader, files, hear, partial(between, {}), before=readings.failures())
                )


@dataclass(slots=True)
class _Patience:
    """For how long a machine without room reads nothing itself; then it does, since what was begun is finished."""

    me: Holder
    done: int = 0
    """parts, at the last look"""
    waited: float = 0.0
    """seconds since there were fewer"""
    is_over: bool = False

    def leaves_to_others(self, standing: Sequence[PartStanding]) -> bool:
        """Say whether it waits for another moment."""
        if self.is_over or self.me.has_room():
            return False
        before, self.done = self.done, sum(each.state is PartState.DONE for each in standing)
        self.waited = self.waited + _LOOK_SECONDS if self.done == before else 0.0
        others = {each.holder for each in standing if each.state is not PartState.DONE} - {"", self.me.name}
        self.is_over = self.waited > (_PATIENCE if others else _PATIENCE_ALONE)
        return not self.is_over


@contextlib.contextmanager
def _claimed(batch: BatchId, parts: Parts, reader: PartReader) -> Iterator[HeldPart | None]:
    me = reader.holder
    holders = {each.holder for each in parts.standing(batch) if each.state is not PartState.DONE} - {""}
    dead = [each for each in holders if me.is_dead(each)]
    with parts.claim(batch, holder=me.name, seconds=me.seconds, instead_of=dead) as claimed:
        yield claimed


def _read(
    claimed: HeldPart,
    reader: PartReader,
    files: LentFiles,
    on_page: OnPage,
    between: Callable[[], None] = silent,
    *,
    refusing: bool = False,
    before: Mapping[PageRef, str] = MappingProxyType({}),
) -> Readings:
    """Read a part; every page of it is kept as soon as it is done. `refusing`: not one of which no page can be read here.

    `before` are pages that could not be read here in other parts.
    """
    part, held = claimed.part, claimed.held
    if part.key != _key(part.sources, reader):
        raise ReaderDiffers(batch=held.hold.batch, part=part.number, tools=reader.tools)
    sources = [_readable(source) for source in part.sources]
    readings = read_pages(
        sources,
        objects=reader.objects,
        ledger=held.ledger,
        workers=reader.workers,
        policy=reader.policy,
        tools=reader.tools,
        seconds=reader.seconds,
        only=frozenset(part.refs),
        files=files,
        is_all=False,
        given_up=files_given_up(sources, before),
        on_page=lambda page, progress: on_page(held, page, progress),
        between=between,
    )
    failed = readings.failures()
    if refusing and len(failed) == len(readings) and _OF_MACHINES.issuperset(failed.values()):
        raise ToolFailed(
            tool="reader", reason=f"none of {len(failed)} pages: {', '.join(sorted(set(failed.values())))}"
        )
    held.parts.finish(held.hold.batch, part.number, failed=failed)
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
