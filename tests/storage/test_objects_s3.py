"""What only a server can do wrong: refusals, being down, answers that are no answers."""

from __future__ import annotations

import http.server
import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from minio import Minio

from pipeline.domain.errors import (
    BadSettings,
    BucketMissing,
    ObjectAltered,
    ObjectMissing,
    StoreRefused,
    StoreUnavailable,
)
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area
from storage.objects_s3 import S3Objects
from storage.s3_client import S3Access
from tests.servers.process import free_port
from tests.servers.rados_gateway import S3Server
from tests.storage.conftest import s3_objects

ABC = ContentHash("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
KEY = f"archive/sha256/ba/78/{ABC}"

on_a_server = pytest.mark.services
on_loopback = pytest.mark.enable_socket


def store_at(endpoint: str, *, retries: int = 1) -> S3Objects:
    access = S3Access(
        endpoint=endpoint,
        access_key="nobody",
        secret_key="nothing",
        bucket="sohoa",
        region="default",
        secure=False,
        connect_seconds=20,
        read_seconds=20,
        retries=retries,
    )
    return S3Objects(access)


@on_a_server
@on_loopback
def test_the_key_is_the_documented_one_and_the_bucket_is_made_once(s3_server: S3Server, tmp_path: Path) -> None:
    store = s3_objects(s3_server, tmp_path, bucket="layout")
    store.ensure_bucket()
    store.ensure_bucket()
    store.put(Area.ARCHIVE, io.BytesIO(b"abc"))
    names = [each.object_name for each in client(s3_server).list_objects("layout", recursive=True)]
    assert names == [KEY]


@on_a_server
@on_loopback
def test_a_wrong_secret_is_refused(s3_server: S3Server, tmp_path: Path) -> None:
    s3_objects(s3_server, tmp_path, bucket="locked").ensure_bucket()
    store = s3_objects(s3_server, tmp_path, bucket="locked", secret_key="wrong")
    with pytest.raises(StoreRefused):
        store.ensure_bucket()
    with pytest.raises(StoreRefused):
        store.put(Area.ARCHIVE, io.BytesIO(b"abc"))
    with pytest.raises(StoreRefused):
        store.has(Area.ARCHIVE, ABC)
    with pytest.raises(StoreRefused) as raised, store.open(Area.ARCHIVE, ABC):
        pass
    assert raised.value.details["endpoint"] == s3_server.endpoint


@on_a_server
@on_loopback
def test_a_missing_bucket_is_not_a_missing_object(s3_server: S3Server, tmp_path: Path) -> None:
    store = s3_objects(s3_server, tmp_path, bucket="never-made")
    with pytest.raises(BucketMissing) as put:
        store.put(Area.ARCHIVE, io.BytesIO(b"abc"))
    assert put.value.details["bucket"] == "never-made"
    with pytest.raises(BucketMissing):
        store.has(Area.ARCHIVE, ABC)
    with pytest.raises(BucketMissing), store.open(Area.ARCHIVE, ABC):
        pass


@on_a_server
@on_loopback
@pytest.mark.parametrize("damage", [b"abd", b"ab"], ids=["flipped", "short"])
def test_altered_bytes_are_never_handed_out(s3_server: S3Server, tmp_path: Path, damage: bytes) -> None:
    bucket = f"altered-{len(damage)}"
    store = s3_objects(s3_server, tmp_path, bucket=bucket)
    store.ensure_bucket()
    client(s3_server).put_object(bucket, KEY, io.BytesIO(damage), len(damage))
    with pytest.raises(ObjectAltered), store.open(Area.ARCHIVE, ABC) as stream:
        stream.read()
    with pytest.raises(ObjectAltered), store.local(Area.ARCHIVE, ABC):
        pass


@on_a_server
@on_loopback
def test_an_object_of_another_size_is_not_taken_for_the_one_put(s3_server: S3Server, tmp_path: Path) -> None:
    store = s3_objects(s3_server, tmp_path, bucket="truncated")
    store.ensure_bucket()
    client(s3_server).put_object("truncated", KEY, io.BytesIO(b"ab"), 2)
    with pytest.raises(ObjectAltered):
        store.put(Area.ARCHIVE, io.BytesIO(b"abc"))


@on_loopback
def test_a_server_that_is_down_is_transient() -> None:
    endpoint = f"127.0.0.1:{free_port()}"
    store = store_at(endpoint)
    with pytest.raises(StoreUnavailable) as raised:
        store.put(Area.ARCHIVE, io.BytesIO(b"abc"))
    assert raised.value.details["endpoint"] == endpoint
    with pytest.raises(StoreUnavailable):
        store.ensure_bucket()
    with pytest.raises(StoreUnavailable), store.local(Area.ARCHIVE, ABC):
        pass


class Scripted(http.server.BaseHTTPRequestHandler):
    """Answers as the test says; a stand-in for what no healthy server does."""

    status = 200
    body = b""
    claimed = 0
    kind = "application/octet-stream"
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(self.claimed or len(self.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.body)
        self.close_connection = True

    do_HEAD = do_PUT = do_GET  # noqa: N815 - names given by the base

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def scripted() -> Iterator[tuple[str, type[Scripted]]]:
    class Answers(Scripted):
        pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}", Answers
        server.shutdown()
        thread.join()


@on_loopback
@pytest.mark.parametrize(
    ("status", "expected"),
    [(500, StoreUnavailable), (503, StoreUnavailable), (429, StoreUnavailable), (403, StoreRefused)],
)
def test_an_answer_that_is_no_xml_is_told_by_its_status(
    scripted: tuple[str, type[Scripted]], status: int, expected: type[Exception]
) -> None:
    endpoint, answers = scripted
    answers.status, answers.body, answers.kind = status, b"<html>proxy</html>", "text/html"
    store = store_at(endpoint)
    with pytest.raises(expected), store.open(Area.ARCHIVE, ABC):
        pass
    with pytest.raises(expected):
        store.has(Area.ARCHIVE, ABC)


@on_loopback
def test_trying_again_has_an_end(scripted: tuple[str, type[Scripted]]) -> None:
    endpoint, answers = scripted
    answers.status = 503
    with pytest.raises(StoreUnavailable):
        store_at(endpoint, retries=2).has(Area.ARCHIVE, ABC)
    assert answers.asked == 3


@on_loopback
def test_a_body_that_breaks_off_is_transient_not_altered(scripted: tuple[str, type[Scripted]]) -> None:
    endpoint, answers = scripted
    answers.body, answers.claimed = b"ab", 3
    with pytest.raises(StoreUnavailable), store_at(endpoint).open(Area.ARCHIVE, ABC) as stream:
        stream.read()


@on_loopback
def test_a_missing_object_is_missing_also_without_an_error_document(scripted: tuple[str, type[Scripted]]) -> None:
    endpoint, answers = scripted
    answers.status, answers.kind = 404, "application/xml"
    answers.body = b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>"
    with pytest.raises(ObjectMissing), store_at(endpoint).open(Area.ARCHIVE, ABC):
        pass


@pytest.mark.parametrize(("endpoint", "bucket"), [("http://host:9000", "sohoa"), ("host:9000", "Sổ hóa")])
def test_bad_settings_are_named_before_anything_is_sent(endpoint: str, bucket: str) -> None:
    with pytest.raises(BadSettings):
        S3Objects(S3Access(endpoint=endpoint, access_key="a", secret_key="b", bucket=bucket, secure=False))


def client(server: S3Server) -> Minio:
    return Minio(
        server.endpoint,
        access_key=server.access_key,
        secret_key=server.secret_key,
        region=server.region,
        secure=server.secure,
    )
