"""Take files in: every byte is safe in the archive before anything looks at it."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from pipeline.domain.batch import DigitizedBatch, ReceivedBatch, batch_id
from pipeline.domain.errors import ObjectAltered, PathMissing
from pipeline.domain.ids import ContentHash, DossierCode
from pipeline.domain.source import ReceivedSource
from pipeline.intake.walk import IncomingFile, find_files
from pipeline.ports import Area, BatchRecords, Clock, ObjectStore, silent


def receive_batch(
    paths: Sequence[Path],
    *,
    dossier: DossierCode | None,
    agency: str = "",
    objects: ObjectStore,
    batches: BatchRecords,
    clock: Clock,
    on_file: Callable[[int, int], None] = silent,
) -> ReceivedBatch:
    """Keep all files below `paths` as the sources of one batch, which belongs to `agency`.

    The same files for the same dossier are the same batch: doing it again returns the batch that is there.
    `on_file` hears (files done, files in all).

    Raises:
        PathMissing: a path does not exist or cannot be read; what was stored before stays and is found again later.
        NothingToRead: there is no file below the paths.
        DocumentDisposed: these files came in before, and papers of theirs were disposed of; nothing is put.
        ObjectLeaving: an equal file is being removed with a paper that is disposed of; hand them in again later.
        StoreUnavailable, StoreRefused, RecordsUnavailable
    """
    began = clock.now()
    files = find_files(paths)

    def batch_of(sources: Iterable[ReceivedSource]) -> ReceivedBatch:
        kept = tuple(sources)
        return ReceivedBatch(id=batch_id(kept, dossier), created_at=began, sources=kept, dossier=dossier, agency=agency)

    _refuse_disposed(batch_of(_named(file) for file in files), batches=batches)
    sources = []
    for count, file in enumerate(files, start=1):
        sources.append(_keep(file, objects=objects))
        on_file(count, len(files))
    return _open(batch_of(sources), batches=batches)


def receive_sources(
    sources: Sequence[ReceivedSource],
    opened: Callable[[ReceivedSource], AbstractContextManager[BinaryIO]],
    *,
    dossier: DossierCode | None,
    agency: str,
    began: dt.datetime,
    objects: ObjectStore,
    batches: BatchRecords,
    on_file: Callable[[int, int], None] = silent,
) -> ReceivedBatch:
    """Keep files whose digests are known as one batch; what is in the archive already is not put again.

    Args:
        sources: in their order, with names that are unique.
        opened: gives the bytes of one.
        dossier: code for all of them.
        agency: to which they belong.
        began: when their bytes began to be put or looked at, the first time this was tried.
        objects: where they are kept.
        batches: where they are written down.
        on_file: hears (files done, files in all).

    Raises:
        ObjectAltered: the bytes are not those that the digest was computed of.
        DocumentDisposed, ObjectLeaving, StoreUnavailable, StoreRefused, RecordsUnavailable: see `receive_batch`.
    """
    kept = tuple(sources)
    batch = ReceivedBatch(id=batch_id(kept, dossier), created_at=began, sources=kept, dossier=dossier, agency=agency)
    _refuse_disposed(batch, batches=batches)
    for count, source in enumerate(kept, start=1):
        if not objects.has(Area.ARCHIVE, source.sha256):
            with opened(source) as stream:
                stored = objects.put(Area.ARCHIVE, stream)
            if stored.sha256 != source.sha256:
                raise ObjectAltered(area=Area.INCOMING.value, sha256=source.sha256)
        on_file(count, len(kept))
    return _open(batch, batches=batches)


def _refuse_disposed(batch: ReceivedBatch, *, batches: BatchRecords) -> None:
    """Refuse the bytes of what was disposed of before they come back."""
    if isinstance(batches.load(batch.id), DigitizedBatch):
        batches.open(batch)


def _open(batch: ReceivedBatch, *, batches: BatchRecords) -> ReceivedBatch:
    """Write a batch down; where another agency has the same sources, each has a batch of its own."""
    there = batches.open(batch)
    if there.agency == batch.agency:
        return there
    return batches.open(replace(batch, id=batch_id(batch.sources, batch.dossier, apart=batch.agency or "\0")))


def _named(file: IncomingFile) -> ReceivedSource:
    """Return a file as the source that it will be, without keeping it."""
    with _blaming(file), file.path.open("rb") as stream:
        sha256 = ContentHash(hashlib.file_digest(stream, "sha256").hexdigest())
        return ReceivedSource(name=file.name, sha256=sha256, size=stream.tell(), folder=file.folder)


def _keep(file: IncomingFile, *, objects: ObjectStore) -> ReceivedSource:
    with _blaming(file), file.path.open("rb") as stream:
        stored = objects.put(Area.ARCHIVE, stream)
    return ReceivedSource(name=file.name, sha256=stored.sha256, size=stored.size, folder=file.folder)


@contextlib.contextmanager
def _blaming(file: IncomingFile) -> Iterator[None]:
    """Say which file cannot be read; the store has errors of its own."""
    try:
        yield
    except OSError as error:
        raise PathMissing(path=str(file.path), problem=error.strerror or type(error).__name__) from error
