"""Every port in all its implementations."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.ports import ObjectStore
from storage.database import connect
from storage.encrypted_objects import EncryptedObjects
from storage.master_keys import MasterKeys, key_id
from storage.objects_folder import FolderObjects
from storage.objects_s3 import S3Objects
from storage.recorded import Book, told_together
from storage.records import Records, open_records
from storage.s3_client import S3Access
from storage.schema import upgrade
from storage.sealed_sql import SealedNames
from tests.fakes.author import CLERK
from tests.fakes.objects import MemoryObjects
from tests.servers.rados_gateway import S3Server

SERVER = (pytest.mark.services, pytest.mark.enable_socket)
_KEY = bytes(range(32))
SEALING_KEYS = MasterKeys(keys={key_id(_KEY): _KEY}, current=key_id(_KEY))
_bucket_numbers = itertools.count()


class SetClock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.time = dt.datetime(2026, 1, 31, 1, 30, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        return self.time


def s3_objects(server: S3Server, scratch: Path, *, bucket: str | None = None, secret_key: str = "") -> S3Objects:
    access = S3Access(
        endpoint=server.endpoint,
        access_key=server.access_key,
        secret_key=secret_key or server.secret_key,
        bucket=bucket or f"test-{next(_bucket_numbers)}",
        region=server.region,
        secure=server.secure,
    )
    return S3Objects(access, scratch=scratch)


@contextlib.contextmanager
def sealed_names(folder: Path) -> Iterator[SealedNames]:
    """Names of sealed objects in a database of their own."""
    engine = connect(f"sqlite:///{folder / 'names.db'}")
    upgrade(engine)
    yield SealedNames(
        Book(engine=engine, clock=SetClock(), author=CLERK, together=told_together(engine, clock=SetClock()))
    )
    engine.dispose()


@pytest.fixture(
    params=[
        "memory",
        "folder",
        pytest.param("s3", marks=SERVER),
        "sealed-folder",
        pytest.param("sealed-s3", marks=SERVER),
    ]
)
def objects(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ObjectStore]:
    store: ObjectStore = MemoryObjects()
    if request.param.endswith("folder"):
        store = FolderObjects(tmp_path / "archive")
    if request.param.endswith("s3"):
        store = bucket = s3_objects(request.getfixturevalue("s3_server"), tmp_path)
        bucket.ensure_bucket()
    if not request.param.startswith("sealed"):
        yield store
        return
    with sealed_names(tmp_path_factory.mktemp("names")) as names:
        yield EncryptedObjects(
            store, names=names, keys=SEALING_KEYS, random_bytes=random.Random(7).randbytes, scratch=tmp_path
        )


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=SERVER)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'sohoa.db'}"
    url = request.getfixturevalue("postgres_url")
    assert isinstance(url, str)
    return url


@pytest.fixture
def records(database_url: str, clock: SetClock) -> Iterator[Records]:
    opened = open_records(database_url, clock=clock, author=CLERK)
    yield opened
    opened.close()
