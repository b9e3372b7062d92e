"""Read every page of every source, each in a child process, each once."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from pipeline.domain.batch import Progress
from pipeline.domain.errors import Kind, SohoaError, ToolFailed
from pipeline.domain.ids import ContentHash
from pipeline.domain.page import PageRef, RecognisedPage
from pipeline.domain.page_errors import PagesGivenUp
from pipeline.domain.source import InspectedSource, MediaType
from pipeline.ports import Ledger, ObjectStore, Workers, silent
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import READER_VERSION, ReadPolicy
from pipeline.usecases.giving_up import Tried, files_given_up
from pipeline.usecases.lending import LentFiles
from pipeline.usecases.readings import PageReading, Readings
from pipeline.usecases.stage import recall, remember, stage_key
from pipeline.values import writable

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
    # here, so that a reading that cannot be kept is this page's error and nobody else's
    return writable(read_page(task.file, task.media_type, task.ref, policy=task.policy, rotation=task.rotation))


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
    given_up: Collection[ContentHash] = (),
    on_page: Callable[[PageReading, Progress], None] = silent,
    between: Callable[[], None] = silent,
) -> Readings:
    """Return the reading of every page, or of those in `only`, in page order. Pages of the same bytes are read once.

    `turned` holds the degrees clockwise by which a person says that pages stand upright; of the others it is found out.
    `tools` names what reading depends on: another Tesseract or model reads anew; `seconds` is the limit for one page.
    `on_page` hears each page as it is done, those known from before first; `between` is called after each that is read here.
    `known` are readings that are collected already; `files` lends the sources; `is_all` says that there are no other pages.
    `given_up` are files of which no page is tried any more; others are added when their pages cost too much.

    Raises:
        ToolMissing, ToolFailed: no page can be read here; a tool that fails on some pages only fails those pages.
        ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused, MachineExhausted
    """
    keys = _keys(sources, only, policy=policy, tools=tools, turned=turned)
    readings = Readings(keys, known)
    numbers = itertools.count(1 + sum(map(readings.is_known, keys)))

    def keep(refs: Sequence[PageRef], result: RecognisedPage | SohoaError) -> None:
        readings.put(refs, result.code if isinstance(result, SohoaError) else result)
        for ref in refs:
            on_page(readings[ref], Progress(next(numbers), len(keys)))

    waiting = _not_kept(keys, readings, keep, ledger=ledger, objects=objects)
    read = _read_all(
        waiting,
        sources,
        lent=contextlib.nullcontext(files) if files is not None else LentFiles(objects),
        workers=workers,
        policy=policy,
        seconds=seconds,
        turned=turned,
        given_up={*given_up, *files_given_up(sources, readings.failures())},
    )
    failures: list[ToolFailed] = []
    with contextlib.closing(read):  # also when something is raised here: files that are lent are given back at once
        for key, digest, result in read:
            failures += _noted(key, digest, result, ledger=ledger, objects=objects)
            keep(waiting[key], result)
            between()
    if is_all and failures and not any(readings.is_read(ref) for ref in readings):
        raise failures[-1]  # it fails on everything: the tool is broken, not the pages
    return readings


def _noted(
    key: str, digest: ContentHash, result: RecognisedPage | SohoaError, *, ledger: Ledger, objects: ObjectStore
) -> Sequence[ToolFailed]:
    """Write a reading down; return the failure of a tool. What is not the page's fault is raised: run again, the batch goes on."""
    if isinstance(result, RecognisedPage):
        remember(key, result, about=[digest], ledger=ledger, objects=objects)
    elif isinstance(result, ToolFailed):
        return [result]
    elif result.kind is not Kind.BAD_INPUT:
        raise result
    return ()


def _not_kept(
    keys: Mapping[PageRef, str],
    readings: Readings,
    keep: Callable[[Sequence[PageRef], RecognisedPage], None],
    *,
    ledger: Ledger,
    objects: ObjectStore,
) -> Mapping[str, Sequence[PageRef]]:
    """Hand to `keep` what was read before; return the pages that are to be read, by their keys."""
    waiting: dict[str, list[PageRef]] = {}
    unknown = [(ref, key) for ref, key in keys.items() if not readings.is_known(ref)]
    for ref, key in unknown:
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
    given_up: Collection[ContentHash],
) -> Generator[tuple[str, ContentHash, RecognisedPage | SohoaError]]:
    by_name = {source.name: source for source in sources}
    pages = [(by_name[refs[0].source], key, refs[0]) for key, refs in waiting.items()]
    tried = Tried([(source.sha256, (source, key, ref)) for source, key, ref in pages], given_up=given_up)
    with lent as files:
        files.expect(source.sha256 for source, _, _ in pages)
        tasks = (
            _Read(files.path(source.sha256), source.media_type, ref, policy, turned.get(ref))
            for source, _, ref in tried
        )
        for index, result in workers.map(_read, tasks, seconds=seconds):
            digest, (_, key, _) = tried.hear(index, result)
            files.done(digest)
            yield key, digest, result
        for digest, (_, key, _) in tried.left_out():
            files.done(digest)
            yield key, digest, PagesGivenUp()


def _keys(
    sources: Sequence[InspectedSource],
    only: Collection[PageRef] | None,
    *,
    policy: ReadPolicy,
    tools: str,
    turned: Mapping[PageRef, int],
) -> Mapping[PageRef, str]:
    """Return the ledger keys of pages, in page order."""
    pages = ((source, PageRef(source.name, number)) for source in sources for number in range(1, source.pages + 1))
    return {
        ref: reading_key(source.sha256, ref.number, policy=policy, tools=tools, rotation=turned.get(ref))
        for source, ref in pages
        if only is None or ref in only
    }


def reading_key(
    source: ContentHash, number: int, *, policy: ReadPolicy, tools: str, rotation: int | None = None
) -> str:
    """Return the ledger key under which the reading of page `number` of a source is kept."""
    # files of the policy are named by their contents; the folder they lie in differs from machine to machine
    network = policy.network.name if policy.network else ""
    anywhere = replace(policy, network=None, tessdata=None)
    by_hand = () if rotation is None else (str(rotation),)
    return stage_key(READING, READER_VERSION, tools, network, source, str(number), anywhere, *by_hand)
