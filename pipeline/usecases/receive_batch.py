"""Take files in: every byte is safe in the archive before anything looks at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.domain.batch import ReceivedBatch, batch_id
from pipeline.domain.errors import PathMissing
from pipeline.domain.ids import DossierCode
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
        ObjectLeaving: an equal file is being removed with a paper that is disposed of; hand them in again later.
        StoreUnavailable, StoreRefused, RecordsUnavailable
    """
    began = clock.now()
    files = find_files(paths)
    sources = []
    for count, file in enumerate(files, start=1):
        sources.append(_keep(file, objects=objects))
        on_file(count, len(files))
    received = ReceivedBatch(
        id=batch_id(tuple(sources), dossier),
        created_at=began,
        sources=tuple(sources),
        dossier=dossier,
        agency=agency,
    )
    return batches.open(received)


def _keep(file: IncomingFile, *, objects: ObjectStore) -> ReceivedSource:
    try:
        with file.path.open("rb") as stream:
            stored = objects.put(Area.ARCHIVE, stream)
    except OSError as error:  # the store has errors of its own: this one is about the file
        raise PathMissing(path=str(file.path), problem=error.strerror or type(error).__name__) from error
    return ReceivedSource(name=file.name, sha256=stored.sha256, size=stored.size, folder=file.folder)
