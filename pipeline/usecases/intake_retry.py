"""A file that a batch could not use is tried again by itself, without the rest of the batch."""

from __future__ import annotations

from pipeline.domain.batch import ReceivedBatch
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import BatchId, SourceName
from pipeline.domain.source import ReceivedSource
from pipeline.ports import Area, BatchRecords, Clock, ObjectStore
from pipeline.usecases.receive_batch import receive_sources


def received_source(batch: BatchId, name: SourceName, *, batches: BatchRecords) -> tuple[ReceivedBatch, ReceivedSource]:
    """Return a batch as it was received, and the file of it that was handed in under a name, or the archive that holds it.

    Raises:
        NotFound, DocumentDisposed
    """
    known = batches.load(batch)
    if known is None:
        raise NotFound(what="batch", id=batch)
    received = batches.open(ReceivedBatch(id=batch, created_at=known.created_at, sources=()))
    for source in received.sources:
        if source.name == name or name.startswith(f"{source.name}/"):
            return received, source
    raise NotFound(what="source", id=name)


def retry_file(
    batch: BatchId, name: SourceName, *, batches: BatchRecords, objects: ObjectStore, clock: Clock
) -> BatchId:
    """Make a batch of one file of another, from the bytes that are kept, and return it; doing so again gives the same batch.

    Raises:
        NotFound, DocumentDisposed, ObjectMissing, StoreUnavailable, StoreRefused, RecordsUnavailable
    """
    received, source = received_source(batch, name, batches=batches)
    return receive_sources(
        [source],
        lambda each: objects.open(Area.ARCHIVE, each.sha256),
        dossier=received.dossier,
        agency=received.agency,
        began=clock.now(),
        objects=objects,
        batches=batches,
    ).id
