"""A small receiver of events, over real HTTP on loopback, with the faults that receivers have."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import hashlib
import hmac
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class ReceiverFault(StrEnum):
    """How an answer is wrong."""

    HANGS = "hangs"
    """nothing comes for a while"""
    DRIPS = "drips"
    """the head of the answer comes byte by byte, each of them in time"""
    HANGS_UP = "hangs_up"
    GARBLED = "garbled"
    """no HTTP"""
    HUGE = "huge"
    """200, and a body without end"""
    HUGE_HEAD = "huge_head"
    REDIRECT = "redirect"
    LOST_ANSWER = "lost_answer"
    """it took the event, and the answer is lost on the way"""


@dataclass
class Received:
    """One message as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)
        return told

    def is_signed_by(self, secret: str) -> bool:
        """Check the signature as a receiver does that knows nothing of the product's code."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        content = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        wanted = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        return any(hmac.compare_digest(wanted, each) for each in self.headers["webhook-signature"].split(" "))


@dataclass
class Receiver:
    """What came, and what goes wrong next."""

    address: str = ""
    port: int = 0
    answer: Callable[[Received], int | ReceiverFault] = lambda _: 204
    """decides what is answered"""
    headers: dict[str, str] = field(default_factory=dict)
    """of the answers"""
    seconds: float = 3.0
    """how long it hangs"""
    came: list[Received] = field(default_factory=list)
    taken: list[Received] = field(default_factory=list)
    """those that were answered with 2xx"""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def numbers(self) -> list[int]:
        """Numbers of the events that were taken, in the order in which they came."""
        return [each.event["number"] for each in self.taken]

    def wait_for(self, count: int, *, seconds: float = 60.0) -> None:
        """Wait until so many were taken."""
        end = time.monotonic() + seconds
        while len(self.taken) < count:
            assert time.monotonic() < end, f"{len(self.taken)} of {count} came"
            time.sleep(0.02)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(size := int(headers.get("content-length", "0")))
            if len(body) < size:  # whoever sent it was killed in the middle
                self.close_connection = True
                return
            received = Received(self.path, headers, body, time.time())
            with receiver.lock:
                receiver.came.append(received)
            answer = receiver.answer(received)
            took = answer is ReceiverFault.LOST_ANSWER or (isinstance(answer, int) and 200 <= answer < 300)
            if took or answer is ReceiverFault.HUGE:
                with receiver.lock:
                    receiver.taken.append(received)
            with contextlib.suppress(OSError):
                self._give(answer)

        def _give(self, answer: int | ReceiverFault) -> None:
            self.close_connection = True
            if isinstance(answer, ReceiverFault):
                _misbehave(answer, self, receiver)
                return
            self.send_response(answer)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return Handler


def _misbehave(fault: ReceiverFault, handler: BaseHTTPRequestHandler, receiver: Receiver) -> None:
    """Answer in a wrong way; of HANGS_UP and LOST_ANSWER nothing comes at all."""
    write = handler.wfile.write
    match fault:
        case ReceiverFault.HANGS:
            time.sleep(receiver.seconds)
        case ReceiverFault.DRIPS:
            for each in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 10_000:
                write(bytes([each]))
                time.sleep(0.05)
        case ReceiverFault.GARBLED:
            write(b"\x00\xff no HTTP at all\r\n\r\n")
        case ReceiverFault.HUGE:
            write(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                write(b"x" * 65536)
        case ReceiverFault.HUGE_HEAD:
            write(b"HTTP/1.1 200 OK\r\n")
            while True:
                write(b"X-More: " + b"x" * 65536 + b"\r\n")
        case ReceiverFault.REDIRECT:
            handler.send_response(307)
            handler.send_header("Location", f"http://127.0.0.1:{receiver.port}/inner")
            handler.send_header("Content-Length", "0")
            handler.end_headers()


@contextlib.contextmanager
def webhook_receiver(*, certificate: Path | None = None, port: int = 0, host: str = "127.0.0.1") -> Iterator[Receiver]:
    """Serve a receiver; with a certificate (PEM with its key), by TLS."""
    receiver = Receiver()

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: object) -> None:
            """Say nothing: clients break off."""

    with Server((host, port), _handler(receiver)) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        receiver.port = server.server_address[1]
        scheme = "http" if certificate is None else "https"
        receiver.address = f"{scheme}://{host}:{receiver.port}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def make_certificate(folder: Path, *names: str, expired: bool = False) -> Path:
    """Make a certificate that vouches for itself, in a file with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    end = now - dt.timedelta(days=1) if expired else now + dt.timedelta(days=1)
    alternatives = [x509.DNSName(each) for each in names]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=2))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{names[0]}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(built.public_bytes(serialization.Encoding.PEM) + private)
    return file
