"""Read every page of every source, each in a child process, each once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.domain.batch import Progress
from pipeline.domain.errors import Kind, SohoaError
from pipeline.domain.page import PageRef, RecognisedPage
from pipeline.domain.source import InspectedSource, MediaType
from pipeline.ports import Area, Ledger, ObjectStore, Workers, silent
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import READER_VERSION, ReadPolicy
from pipeline.usecases.stage import recall, remember, stage_key


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedPage:
    """A page that could not be read, and the code of the reason."""

    ref: PageRef
    error: str


PageReading = RecognisedPage | FailedPage


@dataclass(frozen=True, slots=True)
class _Read:
    file: Path
    media_type: MediaType
    ref: PageRef
    policy: ReadPolicy


def _read(task: _Read) -> RecognisedPage:
    return read_page(task.file, task.media_type, task.ref, policy=task.policy)


def read_pages(
    sources: Sequence[InspectedSource],
    *,
    objects: ObjectStore,
    ledger: Ledger,
    workers: Workers,
    policy: ReadPolicy,
    seconds: float,
    on_page: Callable[[PageReading, Progress], None] = silent,
) -> Mapping[PageRef, PageReading]:
    """Return the reading of every page, in page order. Pages of the same bytes are read once.

    `on_page` hears each page as it is done, those known from before first. `seconds` is the limit for one page.
    """
    keys = {ref: _key(source, ref, policy) for source, ref in _pages(sources)}
    readings: dict[PageRef, PageReading] = {}

    def done(ref: PageRef, reading: PageReading) -> None:
        readings[ref] = reading
        on_page(reading, Progress(len(readings), len(keys)))

    waiting: dict[str, list[PageRef]] = {}
    for ref, key in keys.items():
        known = recall(key, RecognisedPage, ledger=ledger, objects=objects)
        if known is not None:
            done(ref, replace(known, ref=ref))
        else:
            waiting.setdefault(key, []).append(ref)
    for key, result in _read_all(waiting, sources, objects=objects, workers=workers, policy=policy, seconds=seconds):
        if isinstance(result, RecognisedPage):
            remember(key, result, ledger=ledger, objects=objects)
        elif result.kind in {Kind.BROKEN, Kind.TRANSIENT, Kind.FORBIDDEN}:
            raise result  # not the page's fault: the batch stops here and continues when it is run again
        for ref in waiting[key]:
            done(ref, _for(ref, result))
    return {ref: readings[ref] for ref in keys}


def _for(ref: PageRef, result: RecognisedPage | SohoaError) -> PageReading:
    if isinstance(result, RecognisedPage):
        return replace(result, ref=ref)
    return FailedPage(ref=ref, error=result.code)


def _read_all(
    waiting: Mapping[str, Sequence[PageRef]],
    sources: Sequence[InspectedSource],
    *,
    objects: ObjectStore,
    workers: Workers,
    policy: ReadPolicy,
    seconds: float,
) -> Iterator[tuple[str, RecognisedPage | SohoaError]]:
    by_name = {source.name: source for source in sources}
    keys = list(waiting)
    with contextlib.ExitStack() as files:
        paths: dict[str, Path] = {}
        tasks = []
        for key in keys:
            ref = waiting[key][0]
            source = by_name[ref.source]
            if source.sha256 not in paths:
                paths[source.sha256] = files.enter_context(objects.local(Area.ARCHIVE, source.sha256))
            tasks.append(_Read(paths[source.sha256], source.media_type, ref, policy))
        for index, result in workers.map(_read, tasks, seconds=seconds):
            yield keys[index], result


def _pages(sources: Sequence[InspectedSource]) -> Iterator[tuple[InspectedSource, PageRef]]:
    for source in sources:
        for number in range(1, source.pages + 1):
            yield source, PageRef(source.name, number)


def _key(source: InspectedSource, ref: PageRef, policy: ReadPolicy) -> str:
    return stage_key("read", READER_VERSION, source.sha256, str(ref.number), policy)
