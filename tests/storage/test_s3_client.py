"""What goes wrong before a server stores anything is named, with what to do: certificates, clocks, keys, buckets."""

from __future__ import annotations

import datetime as dt
import http.server
import io
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from minio import time as client_time

from pipeline.domain.errors import (
    BadSettings,
    BucketMissing,
    StoreClockWrong,
    StoreRefused,
    StoreUnavailable,
    StoreUntrusted,
)
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area
from storage.objects_s3 import S3Objects
from storage.s3_client import S3Access
from tests.servers.process import free_port
from tests.servers.rados_gateway import S3Server
from tests.storage.conftest import s3_objects

ABC = ContentHash("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)

pytestmark = pytest.mark.enable_socket


@contextmanager
def tls_server(folder: Path, *, until: dt.datetime, host: str = "127.0.0.1") -> Iterator[tuple[str, Path]]:
    """Serve nothing over TLS with a certificate of its own; give the endpoint and the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a store")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 30 * DAY)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, both = folder / "authority.pem", folder / "server.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both.write_bytes(private + pem.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)

    class Empty(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404)
            self.end_headers()

        do_HEAD = do_PUT = do_GET  # noqa: N815 - names given by the base

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def get_request(self) -> tuple[ssl.SSLSocket, object]:
            connection, address = super().get_request()
            return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    with Server(("127.0.0.1", 0), Empty) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}", pem
        server.shutdown()
        thread.join()


def store_at(endpoint: str, *, certificates: Path | None = None, secure: bool = True) -> S3Objects:
    access = S3Access(
        endpoint=endpoint,
        access_key="nobody",
        secret_key="nothing",
        bucket="sohoa",
        region="default",
        secure=secure,
        certificates=certificates,
        connect_seconds=20,
        read_seconds=20,
        retries=0,
    )
    return S3Objects(access)


@pytest.mark.parametrize(
    ("until", "host", "pem_is_given", "reason"),
    [
        (NOW - DAY, "127.0.0.1", True, "certificate has expired"),
        (NOW + DAY, "192.0.2.1", True, "IP address mismatch, certificate is not valid for '127.0.0.1'."),
        (NOW + DAY, "127.0.0.1", False, "self-signed certificate"),
    ],
    ids=["expired", "other-name", "unknown-authority"],
)
def test_a_certificate_that_proves_nothing_is_named(
    tmp_path: Path, until: dt.datetime, host: str, *, pem_is_given: bool, reason: str
) -> None:
    with tls_server(tmp_path, until=until, host=host) as (endpoint, pem):
        store = store_at(endpoint, certificates=pem if pem_is_given else None)
        with pytest.raises(StoreUntrusted) as put:
            store.put(Area.ARCHIVE, io.BytesIO(b"abc"))
        assert put.value.details == {"endpoint": endpoint, "reason": reason}
        with pytest.raises(StoreUntrusted):
            store.has(Area.ARCHIVE, ABC)
        with pytest.raises(StoreUntrusted), store.open(Area.ARCHIVE, ABC):
            pass


def test_the_authority_that_the_settings_name_is_trusted(tmp_path: Path) -> None:
    with (
        tls_server(tmp_path, until=NOW + DAY) as (endpoint, pem),
        # it is no S3 server: it has no bucket
        pytest.raises(BucketMissing),
    ):
        store_at(endpoint, certificates=pem).put(Area.ARCHIVE, io.BytesIO(b"abc"))


def test_certificates_that_are_not_there_are_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(BadSettings):
        store_at("127.0.0.1:9", certificates=tmp_path / "none.pem")


@pytest.mark.services
def test_a_server_without_tls_is_told_from_one_that_is_down(s3_server: S3Server) -> None:
    with pytest.raises(StoreUntrusted) as raised:
        store_at(s3_server.endpoint).has(Area.ARCHIVE, ABC)
    assert raised.value.details["reason"] == "the server does not speak TLS"
    with pytest.raises(StoreUnavailable):
        store_at(f"127.0.0.1:{free_port()}").has(Area.ARCHIVE, ABC)


@pytest.mark.services
@pytest.mark.parametrize("hours", [-2, 2])
def test_a_clock_that_is_wrong_is_told_from_a_wrong_key(
    s3_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    store = s3_objects(s3_server, tmp_path, bucket="hours")
    store.ensure_bucket()
    monkeypatch.setattr(client_time, "utcnow", lambda: dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours))
    with pytest.raises(StoreClockWrong) as put:
        store.put(Area.ARCHIVE, io.BytesIO(b"abc"))
    assert put.value.details["minutes"] == -hours * 60
    with pytest.raises(StoreClockWrong):
        store.has(Area.ARCHIVE, ABC)
    with pytest.raises(StoreClockWrong), store.open(Area.ARCHIVE, ABC):
        pass


@pytest.mark.services
def test_a_wrong_key_is_not_blamed_on_the_clock(s3_server: S3Server, tmp_path: Path) -> None:
    with pytest.raises(StoreRefused) as raised:
        s3_objects(s3_server, tmp_path, bucket="keys", secret_key="wrong").put(Area.ARCHIVE, io.BytesIO(b"abc"))
    assert raised.value.code == "store.refused"
