"""Settings in, services out: the only place that chooses adapters. Nothing is opened before `open_services` is entered."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from app.clock import SystemClock
from app.settings import Settings, StoreKind
from app.signers import prepare_trust, trust_of
from app.workers import ProcessWorkers
from pipeline.assemble.copy import CopyPolicy
from pipeline.intake.limits import IntakeLimits
from pipeline.ports import BatchRecords, CopyVersions, Ledger, Library, ObjectStore
from pipeline.recognise.policy import ReadPolicy
from pipeline.understand.catalogue import TypeCatalogue, load_types
from pipeline.understand.understand import UnderstandPolicy
from pipeline.usecases.digitize_batch import DigitizePolicy, DigitizeServices, TimeLimits
from signing.validate import Validator
from storage.objects_folder import FolderObjects
from storage.objects_s3 import S3Objects
from storage.records import open_records


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a use case may ask for."""

    settings: Settings
    clock: SystemClock
    objects: ObjectStore
    ledger: Ledger
    batches: BatchRecords
    library: Library
    versions: CopyVersions
    catalogue: TypeCatalogue
    validator: Validator
    workers: ProcessWorkers
    policy: DigitizePolicy

    @property
    def digitizing(self) -> DigitizeServices:
        """What digitizing a batch needs."""
        return DigitizeServices(
            objects=self.objects,
            ledger=self.ledger,
            batches=self.batches,
            workers=self.workers,
            validator=self.validator,
            catalogue=self.catalogue,
        )


@contextlib.contextmanager
def open_services(settings: Settings) -> Iterator[Services]:
    """Open stores and records and give the services; everything is closed at the end.

    Raises:
        StoreUnavailable, StoreRefused, RecordsUnavailable, RecordsNewer, BadDeclaration
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        clock = SystemClock()
        prepare_trust(settings, clock=clock)
        records = open_records(settings.records_url, clock=clock)
        stack.callback(records.close)
        yield Services(
            settings=settings,
            clock=clock,
            objects=open_objects(settings),
            ledger=records.ledger,
            batches=records.batches,
            library=records.library,
            versions=records.versions,
            catalogue=load_types(*([settings.types.folder] if settings.types.folder else [])),
            validator=Validator(trust=trust_of(settings)),
            workers=stack.enter_context(
                ProcessWorkers(count=settings.worker_count, memory_bytes=settings.reading.memory_mib << 20)
            ),
            policy=digitize_policy(settings),
        )


def open_objects(settings: Settings) -> ObjectStore:
    """Return the object store that the settings name.

    Raises:
        StoreUnavailable, StoreRefused: the S3 server does not answer or refuses.
    """
    store = settings.store
    if store.kind is StoreKind.FOLDER:
        return FolderObjects(settings.archive_folder)
    objects = S3Objects(
        endpoint=store.endpoint,
        access_key=store.access_key,
        secret_key=store.secret_key.get_secret_value(),
        bucket=store.bucket,
        region=store.region or None,
        secure=store.secure,
    )
    objects.ensure_bucket()
    return objects


def digitize_policy(settings: Settings) -> DigitizePolicy:
    """Return how batches are digitized under these settings."""
    limits = settings.limits
    return DigitizePolicy(
        limits=IntakeLimits(
            source_bytes=limits.source_mib << 20,
            pages=limits.pages,
            pixels=limits.megapixels * 1_000_000,
            members=limits.members,
            unpacked_bytes=limits.source_mib << 20,
        ),
        seconds=TimeLimits(
            inspect=settings.reading.document_seconds,
            page=settings.reading.page_seconds,
            document=settings.reading.document_seconds,
            validate=settings.reading.document_seconds,
        ),
        read=ReadPolicy(
            language=settings.reading.language,
            pixel_limit=limits.megapixels * 1_000_000,
            tesseract_seconds=int(settings.reading.page_seconds),
        ),
        understand=UnderstandPolicy(review_below=settings.review.threshold),
        copy=CopyPolicy(),
    )
