"""Read every page of every source, each in a child process, each once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from pipeline.domain.batch import Progress
from pipeline.domain.errors import Kind, SohoaError, ToolFailed
from pipeline.domain.ids import ContentHash
from pipeline.domain.page import PageRef, RecognisedPage
from pipeline.domain.source import InspectedSource, MediaType
from pipeline.ports import Ledger, ObjectStore, Workers, silent
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import READER_VERSION, ReadPolicy
from pipeline.usecases.lending import LentFiles
from pipeline.usecases.readings import PageReading, Readings
from pipeline.usecases.stage import recall, remember, stage_key

READING = "read"
"""stage of a page's reading, with which its ledger key begins"""


@dataclass(frozen=True, slots=True)
class _Read:
    file: Path
    media_type: MediaType
    ref: PageRef
    policy: ReadPolicy
    rotation: int | None


def _read(task: _Read) -> RecognisedPage:
    return read_page(task.file, task.media_type, task.ref, policy=task.policy, rotation=task.rotation)


def read_pages(
    sources: Sequence[InspectedSource],
    *,
    objects: ObjectStore,
    ledger: Ledger,
    workers: Workers,
    policy: ReadPolicy,
    tools: str,
    seconds: float,
    only: Collection[PageRef] | None = None,
    turned: Mapping[PageRef, int] = MappingProxyType({}),
    known: Readings | None = None,
    files: LentFiles | None = None,
    is_all: bool = True,
    on_page: Callable[[PageReading, Progress], None] = silent,
) -> Readings:
    """Return the reading of every page, or of those in `only`, in page order. Pages of the same bytes are read once.

    `turned` holds the degrees clockwise by which a person says that pages stand upright; of the others it is found out.
    `tools` names the programs and data that reading depends on: another Tesseract or another model reads anew.
    `on_page` hears each page as it is done, those known from before first. `seconds` is the limit for one page.
    `known` are readings that somebody has collected already; `files` lends the sources, where more is read of them than here;
    `is_all` says that there are no other pages, so that a tool that fails on all of them fails on everything.

    Raises:
        ToolMissing, ToolFailed: no page can be read here; a tool that fails on some pages only fails those pages.
        ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused, MachineExhausted
    """
    keys = {
        ref: reading_key(source.sha256, ref.number, policy=policy, tools=tools, rotation=turned.get(ref))
        for source, ref in _pages(sources)
        if only is None or ref in only
    }
    readings = Readings(keys, known)
    done = sum(readings.is_known(ref) for ref in keys)

    def keep(refs: Sequence[PageRef], result: RecognisedPage | SohoaError) -> None:
        nonlocal done
        readings.put(refs, result.code if isinstance(result, SohoaError) else result)
        for ref in refs:
            done += 1
            on_page(readings[ref], Progress(done, len(keys)))

    unknown = {ref: key for ref, key in keys.items() if not readings.is_known(ref)}
    waiting = _not_kept(unknown, keep, ledger=ledger, objects=objects)
    failed_tool: ToolFailed | None = None
    digests = {source.name: source.sha256 for source in sources}
    lent = contextlib.nullcontext(files) if files is not None else LentFiles(objects)
    read = _read_all(waiting, sources, lent=lent, workers=workers, policy=policy, seconds=seconds, turned=turned)
    for key, result in read:
        if isinstance(result, RecognisedPage):
            remember(key, result, about=[digests[waiting[key][0].source]], ledger=ledger, objects=objects)
        elif isinstance(result, ToolFailed):
            failed_tool = result
        elif result.kind is not Kind.BAD_INPUT:
            raise result  # not the page's fault: the batch stops here and continues when it is run again
        keep(waiting[key], result)
    if is_all and failed_tool is not None and not any(readings.is_read(ref) for ref in readings):
        raise failed_tool  # it fails on everything: the tool is broken, not the pages
    return readings


def _not_kept(
    keys: Mapping[PageRef, str],
    keep: Callable[[Sequence[PageRef], RecognisedPage], None],
    *,
    ledger: Ledger,
    objects: ObjectStore,
) -> Mapping[str, Sequence[PageRef]]:
    """Hand to `keep` what was read before; return the pages that are to be read, by their keys."""
    waiting: dict[str, list[PageRef]] = {}
    for ref, key in keys.items():
        kept = None if key in waiting else recall(key, RecognisedPage, ledger=ledger, objects=objects)
        if kept is not None:
            keep([ref], kept)
        else:
            waiting.setdefault(key, []).append(ref)
    return waiting


def _read_all(
    waiting: Mapping[str, Sequence[PageRef]],
    sources: Sequence[InspectedSource],
    *,
    lent: AbstractContextManager[LentFiles],
    workers: Workers,
    policy: ReadPolicy,
    seconds: float,
    turned: Mapping[PageRef, int],
) -> Iterator[tuple[str, RecognisedPage | SohoaError]]:
    by_name = {source.name: source for source in sources}
    keys = list(waiting)
    wanted: list[tuple[InspectedSource, PageRef]] = [(by_name[refs[0].source], refs[0]) for refs in waiting.values()]
    with lent as files:
        files.expect(source.sha256 for source, _ in wanted)
        tasks = (
            _Read(files.path(source.sha256), source.media_type, ref, policy, turned.get(ref)) for source, ref in wanted
        )
        for index, result in workers.map(_read, tasks, seconds=seconds):
            files.done(wanted[index][0].sha256)
            yield keys[index], result


def _pages(sources: Sequence[InspectedSource]) -> Iterator[tuple[InspectedSource, PageRef]]:
    for source in sources:
        for number in range(1, source.pages + 1):
            yield source, PageRef(source.name, number)


def reading_key(
    source: ContentHash, number: int, *, policy: ReadPolicy, tools: str, rotation: int | None = None
) -> str:
    """Return the ledger key under which the reading of page `number` of a source is kept."""
    # files of the policy are named by their contents; the folder they lie in differs from machine to machine
    network = policy.network.name if policy.network else ""
    anywhere = replace(policy, network=None, tessdata=None)
    by_hand = () if rotation is None else (str(rotation),)
    return stage_key(READING, READER_VERSION, tools, network, source, str(number), anywhere, *by_hand)
