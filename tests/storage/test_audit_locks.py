"""Seals are locked where the store was proven to lock, and only there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain.capability import Capability
from pipeline.domain.kept_object import Lock, LockMode
from pipeline.object_ports import ObjectLocks
from pipeline.ports import Area, ObjectStore
from pipeline.usecases.seal_audit import SealServices, seal_days
from storage.folder_keeper import FolderKeeper
from storage.objects_folder import FolderObjects
from storage.objects_s3 import S3Objects
from storage.records import open_records
from storage.s3_bucket import prepare_bucket
from storage.s3_client import S3Access
from storage.s3_keeper import S3Keeper
from tests.fakes.author import CLERK
from tests.servers.rados_gateway import S3Server
from tests.storage.audit_trails import DAY, KeyedStamps, Trail
from tests.storage.conftest import SetClock

LOCKS = (Capability.VERSIONING, Capability.COMPLIANCE, Capability.GOVERNANCE, Capability.LEGAL_HOLD)
YEAR = dt.timedelta(days=365)


@pytest.fixture
def trail(tmp_path: Path, clock: SetClock) -> Iterator[Trail]:
    # a server knows the true time, and refuses to lock until a moment that is over
    clock.time = dt.datetime.now(dt.UTC) - DAY
    records = open_records(f"sqlite:///{tmp_path / 'sohoa.db'}", clock=clock, author=CLERK)
    trail = Trail(records, clock)
    trail.read("d-1")
    clock.time += DAY
    yield trail
    records.close()


def locks_of_seals(trail: Trail, objects: ObjectStore, locks: ObjectLocks) -> list[Lock]:
    services = SealServices(
        trail=trail.records.trail,
        seals=trail.records.seals,
        objects=objects,
        locks=locks,
        stamps=KeyedStamps(trail.clock),
        clock=trail.clock,
        locked_for=YEAR,
    )
    (kept,) = seal_days(services)
    assert kept.token is not None
    return [locks.lock(Area.ARCHIVE, each) for each in (kept.object, kept.token)]


def test_a_folder_locks_seal_and_token(trail: Trail, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    for lock in locks_of_seals(trail, FolderObjects(folder), FolderKeeper(folder)):
        assert (lock.until, lock.mode) == (trail.clock.time + YEAR, LockMode.COMPLIANCE)


@pytest.mark.parametrize("proven", [LOCKS, ()])
@pytest.mark.services
@pytest.mark.enable_socket
def test_a_server_locks_them_where_it_was_proven_to(
    trail: Trail, tmp_path: Path, s3_server: S3Server, proven: tuple[Capability, ...]
) -> None:
    access = S3Access(
        endpoint=s3_server.endpoint,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key,
        bucket=f"seals-{len(proven)}",
        region=s3_server.region,
        secure=s3_server.secure,
    )
    prepare_bucket(access, proven=LOCKS, incoming_days=7)
    objects = S3Objects(access, scratch=tmp_path)
    for lock in locks_of_seals(trail, objects, S3Keeper(access, proven=proven)):
        assert lock.mode is (LockMode.COMPLIANCE if proven else None)
        assert (lock.until is not None) is bool(proven)
