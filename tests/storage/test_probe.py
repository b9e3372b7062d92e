"""What servers do when their answers are not taken for proof."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import urllib3

from pipeline.domain.capability import LOCKS, Answer, Capability, StoreReport
from storage.canary import Canary, canary
from storage.probe import probe
from storage.s3_client import S3Access, s3_client
from tests.servers.process import ServersMissing
from tests.servers.rados_gateway import S3Server
from tests.servers.rclone import rclone_s3
from tests.servers.required import give_up

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]


class Now:
    def __init__(self, ahead: dt.timedelta = dt.timedelta()) -> None:
        self._ahead = ahead

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self._ahead


@pytest.fixture(scope="session")
def lying_server() -> Iterator[S3Server]:
    try:
        with rclone_s3() as server:
            yield server
    except ServersMissing as error:
        give_up(str(error))


def _access(server: S3Server, bucket: str) -> S3Access:
    return S3Access(
        endpoint=server.endpoint,
        access_key=server.access_key,
        secret_key=server.secret_key,
        bucket=bucket,
        region=server.region,
        secure=server.secure,
    )


def _seen(server: S3Server, bucket: str, *, clock: Now | None = None) -> tuple[dict[Capability, Answer], StoreReport]:
    client = s3_client(_access(server, bucket))
    now = clock or Now()
    with canary(client, urllib3.PoolManager(), bucket=bucket, region=server.region, own=True) as bird:
        seen = probe(bird, clock=now)
    assert bucket not in {each.name for each in client.list_buckets()}
    return {each.capability: each.answer for each in seen}, StoreReport(store=bucket, at=now.now(), seen=seen)


def test_the_gateway_enforces_object_lock(s3_server: S3Server) -> None:
    # what its documentation and https://docs.ceph.com/en/pacific/radosgw/s3/objectops/ promise; a condition on a put is
    # kept in buckets without versions only, and server-side encryption needs a key manager that tests do not have
    seen, report = _seen(s3_server, "canary-gateway")
    assert seen == {
        **dict.fromkeys(Capability, Answer.PROVEN),
        Capability.CONDITIONAL_PUT: Answer.FALSE,
        Capability.ENCRYPTION: Answer.FALSE,
    }
    assert report.proven >= LOCKS
    assert report.lacking([Capability.ENCRYPTION, Capability.COMPLIANCE]) == (Capability.ENCRYPTION,)


def test_a_server_that_says_yes_and_overwrites_is_found_out(lying_server: S3Server) -> None:
    seen, report = _seen(lying_server, "canary-lying")
    assert {seen[lock] for lock in LOCKS} == {Answer.FALSE}
    assert {each.detail for each in report.seen if each.capability in LOCKS} == {"overwritten"}
    assert seen[Capability.CONDITIONAL_PUT] is Answer.FALSE
    assert seen[Capability.VERSIONING] is Answer.ABSENT
    assert seen[Capability.OBJECTS] is Answer.PROVEN


def test_a_clock_that_is_off_is_named(lying_server: S3Server) -> None:
    seen, _ = _seen(lying_server, "canary-clock", clock=Now(dt.timedelta(minutes=5)))
    assert seen[Capability.CLOCK] is Answer.FALSE


def test_a_bucket_that_exists_is_emptied_and_stays(lying_server: S3Server) -> None:
    client = s3_client(_access(lying_server, "canary-kept"))
    client.make_bucket("canary-kept")
    with canary(client, urllib3.PoolManager(), bucket="canary-kept", region=None, own=False) as bird:
        assert isinstance(bird, Canary)
        bird.put("paper", b"bytes")
    assert client.bucket_exists("canary-kept")
    assert list(client.list_objects("canary-kept", recursive=True)) == []
