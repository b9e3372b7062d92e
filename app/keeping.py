"""The stores as their caretaker has them: names and bytes as they stand there, the second store beside the first."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from app.services import Services
from app.setting_groups import StoreKind
from app.settings import Settings
from app.stores import access_of, blaming, open_care, open_objects, s3_access
from pipeline.archive_ports import ObjectMender
from pipeline.domain.errors import BadSettings
from pipeline.domain.fixity import StoreName
from pipeline.usecases.verify_objects import Care
from pipeline.usecases.verify_store import UNHURRIED, Pace, StoreInCare
from storage.folder_keeper import FolderKeeper
from storage.folder_mender import FolderMender
from storage.objects_folder import FolderObjects
from storage.objects_s3 import S3Objects
from storage.s3_client import S3Access
from storage.s3_keeper import S3Keeper
from storage.s3_mender import S3Mender


def care_of(services: Services) -> Care:
    """Return what caring for the objects needs, unhurried.

    Raises:
        StoreUnavailable, StoreRefused, StoreLacks, BadSettings
    """
    return Care(
        store=store_in_care(services.settings),
        mirror=mirror_in_care(services.settings),
        inventory=services.inventory,
        book=services.fixity,
        trail=services.trail,
        clock=services.clock,
        settled=settled(services.settings),
    )


def store_in_care(settings: Settings) -> StoreInCare:
    """Return the store that work reads from.

    Raises:
        StoreUnavailable, StoreRefused, StoreLacks, BadSettings
    """
    objects, keeper = open_objects(settings), open_care(settings)
    mender: ObjectMender
    if settings.store.kind is StoreKind.FOLDER:
        mender = FolderMender(settings.archive_folder)
    else:
        mender = S3Mender(s3_access(settings))
    return StoreInCare(name=StoreName.STORE, objects=objects, keeper=keeper, mender=mender)


def mirror_in_care(settings: Settings) -> StoreInCare | None:
    """Return the second store, if the settings name one.

    Raises:
        StoreUnavailable, StoreRefused
        BadSettings: it is not fully named, or it is the first one.
    """
    mirror = settings.mirror
    if mirror.kind is None:
        return None
    if mirror.kind is StoreKind.FOLDER:
        if mirror.folder is None:
            raise BadSettings(name="mirror.folder", problem="no_mirror_folder")
        if _is_store_folder(mirror.folder, settings):
            raise BadSettings(name="mirror.folder", problem="mirror_is_store", value=str(mirror.folder))
        return _folder(mirror.folder)
    access = access_of(mirror, name="mirror")
    if settings.store.kind is StoreKind.S3:
        store = s3_access(settings)
        if (store.endpoint, store.bucket) == (access.endpoint, access.bucket):
            raise BadSettings(name="mirror.bucket", problem="mirror_is_store", value=access.bucket)
    return _bucket(access)


def required_mirror(settings: Settings) -> StoreInCare:
    """Return the second store.

    Raises:
        BadSettings: the settings name none.
        StoreUnavailable, StoreRefused
    """
    mirror = mirror_in_care(settings)
    if mirror is None:
        raise BadSettings(name="mirror.kind", problem="no_mirror")
    return mirror


def pace(settings: Settings) -> Pace:
    """Return how fast is read beside other work."""
    rate = settings.fixity.mib_per_second
    return Pace(rate * (1 << 20)) if rate else UNHURRIED


def settled(settings: Settings) -> dt.timedelta:
    """Return how old an object is whose record must have been written."""
    return dt.timedelta(hours=settings.fixity.stray_hours)


def _is_store_folder(folder: Path, settings: Settings) -> bool:
    return settings.store.kind is StoreKind.FOLDER and folder.resolve() == settings.archive_folder.resolve()


def _folder(root: Path) -> StoreInCare:
    return StoreInCare(
        name=StoreName.MIRROR, objects=FolderObjects(root), keeper=FolderKeeper(root), mender=FolderMender(root)
    )


def _bucket(access: S3Access) -> StoreInCare:
    with blaming("mirror"):
        objects = S3Objects(access)
        keeper, mender = S3Keeper(access, proven=()), S3Mender(access)
    objects.ensure_bucket()
    return StoreInCare(name=StoreName.MIRROR, objects=objects, keeper=keeper, mender=mender)
