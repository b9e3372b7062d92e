"""From services to what sealing and checking the audit trail need."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator

from app.services import Services
from app.setting_groups import StoreKind
from app.settings import Settings
from app.signers import open_stamp_judge, open_stamps, prepare_trust
from app.stores import kept_report, open_objects, s3_access
from pipeline.object_ports import ObjectLocks
from pipeline.usecases.seal_audit import SealServices
from pipeline.usecases.verify_audit import AuditServices
from storage.folder_keeper import FolderKeeper
from storage.s3_keeper import S3Keeper


@contextlib.contextmanager
def open_sealing(services: Services) -> Iterator[SealServices]:
    """Give what sealing needs, with a time-stamp authority where one is named or the development authority may be used.

    Seals go into the store as they are, also where objects are encrypted: they name nobody, and others have to read them.

    Raises:
        BadSettings, StoreUnavailable, StoreRefused
    """
    settings = services.settings
    prepare_trust(settings, clock=services.clock)
    with open_stamps(settings, clock=services.clock) as stamps:
        yield SealServices(
            trail=services.trail,
            seals=services.seals,
            objects=open_objects(settings),
            locks=_locks(settings),
            stamps=stamps,
            clock=services.clock,
            locked_for=dt.timedelta(days=365 * settings.audit.seal_years),
        )


@contextlib.contextmanager
def open_auditing(services: Services) -> Iterator[AuditServices]:
    """Give what checking the trail needs.

    Raises:
        BadSettings, TrustRefused, StoreUnavailable, StoreRefused
    """
    with open_stamp_judge(services.settings, clock=services.clock) as stamps:
        yield AuditServices(
            trail=services.trail, seals=services.seals, objects=open_objects(services.settings), stamps=stamps
        )


def _locks(settings: Settings) -> ObjectLocks:
    if settings.store.kind is StoreKind.FOLDER:
        return FolderKeeper(settings.archive_folder)
    report = kept_report(settings)
    return S3Keeper(s3_access(settings), proven=report.proven if report else ())
