"""What is removed for good is removed from the second store too, and what is locked from neither."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest

from pipeline.domain.errors import ObjectLocked
from pipeline.domain.ids import ContentHash
from pipeline.domain.kept_object import LockMode
from pipeline.ports import Area
from storage.folder_keeper import FolderKeeper
from storage.mirrored_care import MirroredCare
from storage.objects_folder import FolderObjects


@pytest.fixture
def stores(tmp_path: Path) -> tuple[FolderObjects, FolderObjects]:
    return FolderObjects(tmp_path / "store"), FolderObjects(tmp_path / "mirror")


@pytest.fixture
def care(tmp_path: Path) -> MirroredCare:
    return MirroredCare(FolderKeeper(tmp_path / "store"), FolderKeeper(tmp_path / "mirror"))


def keep(stores: tuple[FolderObjects, FolderObjects]) -> ContentHash:
    first, second = (store.put(Area.ARCHIVE, io.BytesIO(b"a paper")) for store in stores)
    assert first == second
    return first.sha256


def there(stores: tuple[FolderObjects, FolderObjects], name: ContentHash) -> list[bool]:
    return [store.has(Area.ARCHIVE, name) for store in stores]


def test_removing_leaves_no_copy_behind(stores: tuple[FolderObjects, FolderObjects], care: MirroredCare) -> None:
    name = keep(stores)
    care.remove(Area.ARCHIVE, name)
    assert there(stores, name) == [False, False]
    care.remove(Area.ARCHIVE, name)  # as good as removed


def test_what_is_locked_stays_in_both(stores: tuple[FolderObjects, FolderObjects], care: MirroredCare) -> None:
    name = keep(stores)
    until = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    care.retain(Area.ARCHIVE, name, until=until, mode=LockMode.COMPLIANCE)
    with pytest.raises(ObjectLocked):
        care.remove(Area.ARCHIVE, name)
    assert there(stores, name) == [True, True]


def test_a_copy_that_was_left_behind_is_still_to_be_removed(
    stores: tuple[FolderObjects, FolderObjects], care: MirroredCare, tmp_path: Path
) -> None:
    name = keep(stores)
    FolderKeeper(tmp_path / "store").remove(Area.ARCHIVE, name)  # and then the program was killed
    assert care.versions(Area.ARCHIVE, name)
    care.remove(Area.ARCHIVE, name)
    assert there(stores, name) == [False, False]
    assert not care.versions(Area.ARCHIVE, name)
