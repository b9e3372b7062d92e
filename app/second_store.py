"""The second store, where the settings name one."""

from __future__ import annotations

from pathlib import Path

from app.setting_groups import StoreKind
from app.settings import Settings
from app.stores import access_of, blaming, s3_access
from pipeline.domain.errors import BadSettings
from pipeline.domain.fixity import StoreName
from pipeline.object_ports import ObjectCare
from pipeline.usecases.verify_store import StoreInCare
from storage.folder_keeper import FolderKeeper
from storage.folder_mender import FolderMender
from storage.mirrored_care import MirroredCare
from storage.objects_folder import FolderObjects
from storage.objects_s3 import S3Objects
from storage.s3_client import S3Access
from storage.s3_keeper import S3Keeper
from storage.s3_mender import S3Mender


def mirror_in_care(settings: Settings) -> StoreInCare | None:
    """Return the second store, if the settings name one.

    Raises:
        StoreUnavailable, StoreRefused
        BadSettings: it is not fully named, or it is the first one.
    """
    if settings.mirror.kind is None:
        return None
    where = _place(settings)
    return _folder(where) if isinstance(where, Path) else _bucket(where)


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


def mirrored(care: ObjectCare, settings: Settings) -> ObjectCare:
    """Return care for the store that removes from the second one too, if there is one: a disposal leaves no copy behind.

    Nothing is asked of the second store before something is removed.

    Raises:
        BadSettings: it is not fully named, or it is the first one.
    """
    mirror = settings.mirror
    if mirror.kind is None:
        return care
    where = _place(settings)
    keeper = FolderKeeper(where) if isinstance(where, Path) else S3Keeper(where, proven=())
    return MirroredCare(care, keeper)


def _place(settings: Settings) -> Path | S3Access:
    """Return the folder or the bucket of the second store, which is never the first one."""
    mirror = settings.mirror
    if mirror.kind is StoreKind.FOLDER:
        if mirror.folder is None:
            raise BadSettings(name="mirror.folder", problem="no_mirror_folder")
        if _is_store_folder(mirror.folder, settings):
            raise BadSettings(name="mirror.folder", problem="mirror_is_store", value=str(mirror.folder))
        return mirror.folder
    access = access_of(mirror, name="mirror")
    if settings.store.kind is StoreKind.S3:
        store = s3_access(settings)
        if (store.endpoint, store.bucket) == (access.endpoint, access.bucket):
            raise BadSettings(name="mirror.bucket", problem="mirror_is_store", value=access.bucket)
    return access


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
