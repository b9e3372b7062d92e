"""Stores as their caretaker has them, and what a vandal with access to the disk or the bucket does to them."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from minio import Minio

from pipeline.domain.fixity import StoreName
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area
from pipeline.usecases.verify_store import StoreInCare
from storage.folder_keeper import FolderKeeper
from storage.folder_mender import FolderMender
from storage.objects_folder import FolderObjects
from storage.objects_s3 import S3Objects, object_key
from storage.s3_client import S3Access, s3_client
from storage.s3_keeper import S3Keeper
from storage.s3_mender import S3Mender
from tests.servers.rados_gateway import S3Server

_numbers = itertools.count()


class Vandal(Protocol):
    """Does what the program never does."""

    def read(self, area: Area, sha256: ContentHash) -> bytes: ...

    def write(self, area: Area, sha256: ContentHash, data: bytes) -> None: ...

    def delete(self, area: Area, sha256: ContentHash) -> None: ...


@dataclass(frozen=True, slots=True)
class FolderVandal:
    root: Path

    def path(self, area: Area, sha256: ContentHash) -> Path:
        return self.root / area.value / "sha256" / sha256[:2] / sha256[2:4] / sha256

    def read(self, area: Area, sha256: ContentHash) -> bytes:
        return self.path(area, sha256).read_bytes()

    def write(self, area: Area, sha256: ContentHash, data: bytes) -> None:
        path = self.path(area, sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(data)

    def delete(self, area: Area, sha256: ContentHash) -> None:
        self.path(area, sha256).unlink()


@dataclass(frozen=True, slots=True)
class BucketVandal:
    client: Minio
    bucket: str

    def read(self, area: Area, sha256: ContentHash) -> bytes:
        answer = self.client.get_object(self.bucket, object_key(area, sha256))
        try:
            return answer.read()
        finally:
            answer.close()
            answer.release_conn()

    def write(self, area: Area, sha256: ContentHash, data: bytes) -> None:
        self.client.put_object(self.bucket, object_key(area, sha256), io.BytesIO(data), len(data))

    def delete(self, area: Area, sha256: ContentHash) -> None:
        self.client.remove_object(self.bucket, object_key(area, sha256))


def folder_store(name: StoreName, root: Path) -> tuple[StoreInCare, Vandal]:
    store = StoreInCare(name=name, objects=FolderObjects(root), keeper=FolderKeeper(root), mender=FolderMender(root))
    return store, FolderVandal(root)


def bucket_store(
    name: StoreName, server: S3Server, scratch: Path, *, versions: bool = False
) -> tuple[StoreInCare, Vandal]:
    access = S3Access(
        endpoint=server.endpoint,
        access_key=server.access_key,
        secret_key=server.secret_key,
        bucket=f"in-care-{next(_numbers)}",
        region=server.region,
        secure=server.secure,
    )
    client = s3_client(access)
    client.make_bucket(access.bucket, location=access.region, object_lock=versions)
    store = StoreInCare(
        name=name,
        objects=S3Objects(access, scratch=scratch),
        keeper=S3Keeper(access, proven=()),
        mender=S3Mender(access, scratch=scratch),
    )
    return store, BucketVandal(client, access.bucket)
