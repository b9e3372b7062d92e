"""From settings to object stores, and what each was seen to do before papers are entrusted to it."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

from app.clock import SystemClock
from app.setting_groups import MirrorSettings, StoreKind, StoreSettings
from app.settings import Settings
from pipeline.domain.capability import StoreReport
from pipeline.domain.errors import BadSettings, StoreLacks
from pipeline.object_ports import ObjectCare
from pipeline.ports import Clock, ObjectStore, silent
from pipeline.values import from_json, to_json
from storage.folder_keeper import FolderKeeper
from storage.objects_folder import FolderObjects
from storage.objects_s3 import S3Objects
from storage.prove import prove_folder, prove_s3, store_name
from storage.retained_objects import RetainedObjects
from storage.s3_client import S3Access, ServerEncryption
from storage.s3_keeper import S3Keeper

_REPORT = "store-report.json"
_DAYS_OF_A_YEAR = 365


def open_objects(settings: Settings) -> ObjectStore:
    """Return the object store that the settings name, as it stands there: sealed objects sealed, nothing locked by itself.

    Raises:
        StoreUnavailable, StoreRefused: the S3 server does not answer or refuses.
        StoreLacks: something that the settings require was not proven.
        BadSettings: no server is named, or a name is not allowed.
    """
    require_proven(settings)
    if settings.store.kind is StoreKind.FOLDER:
        return FolderObjects(settings.archive_folder)
    access, report = s3_access(settings), kept_report(settings)
    with blaming("store"):
        objects = S3Objects(access, proven=report.proven if report else ())
    objects.ensure_bucket()
    return objects


def retained(objects: ObjectStore, care: ObjectCare, *, settings: Settings) -> ObjectStore:
    """Return a store that locks what it puts into the archive, where the settings want that; `care` knows the same names."""
    years = settings.store.retain_years
    if not years:
        return objects
    retention = dt.timedelta(days=_DAYS_OF_A_YEAR * years)
    return RetainedObjects(objects, care, clock=SystemClock(), retention=retention, mode=settings.store.retain_mode)


def open_care(settings: Settings) -> ObjectCare:
    """Return what can be done with kept objects beside putting and reading: lists, locks, removal.

    An S3 server is asked only for what it was seen to do.

    Raises:
        BadSettings: no server is named.
    """
    if settings.store.kind is StoreKind.FOLDER:
        return FolderKeeper(settings.archive_folder)
    report = kept_report(settings)
    return S3Keeper(s3_access(settings), proven=report.proven if report else ())


def require_proven(settings: Settings) -> None:
    """Refuse to work on a store that was not seen to do what the settings require of it.

    Raises:
        StoreLacks: the details name what is lacking; without a report of this very store that is everything required.
    """
    required = settings.store.require
    if not required:
        return
    report = kept_report(settings)
    lacking = [each for each in required if report is None or each not in report.proven]
    if lacking:
        raise StoreLacks(
            ability=", ".join(each.value for each in lacking),
            store=_name(settings),
            reason="not_probed" if report is None else "not_proven",
        )


def s3_access(settings: Settings) -> S3Access:
    """Return where the S3 server is, and who asks.

    Raises:
        BadSettings: no server is named.
    """
    return access_of(settings.store, name="store")


def access_of(store: StoreSettings | MirrorSettings, *, name: str) -> S3Access:
    """Return where the S3 server of a group of settings is, which is called `name`.

    Raises:
        BadSettings: no server is named.
    """
    if not store.endpoint:
        raise BadSettings(name=f"{name}.endpoint", problem="no_endpoint")
    return S3Access(
        endpoint=store.endpoint,
        access_key=store.access_key,
        secret_key=store.secret_key.get_secret_value(),
        bucket=store.bucket,
        region=store.region or None,
        secure=store.secure,
        certificates=store.certificates,
        encryption=ServerEncryption(store.encryption, store.encryption_key.get_secret_value()),
    )


def prove_store(
    settings: Settings, *, clock: Clock, token: UUID, on_check: Callable[[int, int], None] = silent
) -> StoreReport:
    """Look at what the store does, and keep the report in the home folder, where the next start finds it.

    `token` is random: a canary's bucket is named after it.

    Raises:
        StoreUnavailable, StoreRefused, BadSettings: no report is kept.
    """
    if settings.store.kind is StoreKind.FOLDER:
        report = prove_folder(settings.archive_folder, clock=clock)
    else:
        with blaming("store"):
            report = prove_s3(
                s3_access(settings),
                clock=clock,
                token=token,
                canary_bucket=settings.store.canary_bucket,
                on_check=on_check,
            )
    _keep(report, settings.home / _REPORT)
    return report


def look_where_unproven(settings: Settings) -> None:
    """Look at what the store does where something is required of it that was not seen from here: reports lie in each machine's home.

    What is lacking then is said when the store is opened.

    Raises:
        StoreUnavailable, StoreRefused, BadSettings
    """
    try:
        require_proven(settings)
    except StoreLacks:
        prove_store(settings, clock=SystemClock(), token=uuid4())


def kept_report(settings: Settings) -> StoreReport | None:
    """Return what this store was seen to do; None if nobody looked, or at another one."""
    try:
        report = from_json((settings.home / _REPORT).read_bytes(), StoreReport)
    except (OSError, ValueError):  # also a report of an earlier form
        return None
    return report if report.store == _name(settings) else None


@contextlib.contextmanager
def blaming(name: str) -> Iterator[None]:
    """Say which setting an adapter complains about: adapters know values, not where they come from."""
    try:
        yield
    except BadSettings as error:
        raise BadSettings(**{"problem": error.details.get("reason", ""), **error.details, "name": name}) from error


def _name(settings: Settings) -> str:
    return str(settings.archive_folder) if settings.store.kind is StoreKind.FOLDER else store_name(s3_access(settings))


def _keep(report: StoreReport, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    aside.write_bytes(to_json(report))
    aside.replace(file)
