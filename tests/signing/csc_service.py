"""A small remote signing service (CSC API, versions 1 and 2) on loopback: real signatures, and all the ways to misbehave."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from signing.issuing import Identity

TOKEN = "signing-service-0918"
PIN = "482915"
OTP = "070707"


@dataclass
class Service:
    identity: Identity
    multisign: int = 100
    plain_numbers: bool = False
    """ECDSA values as two numbers one behind the other"""
    fault: str = ""
    calls: list[tuple[str, int]] = field(default_factory=list)
    """(method, number of digests)"""
    activations: dict[str, list[str]] = field(default_factory=dict)

    def answer(self, path: str, token: str | None, body: dict[str, Any]) -> tuple[int, Any]:
        _, version, *method = path.strip("/").split("/")
        name = "/".join(method)
        digests = body.get("hash" if version == "v1" else "hashes", [])
        self.calls.append((name, len(digests)))
        if token != f"Bearer {TOKEN}":
            return 401, {"error": "invalid_token", "error_description": f"not {token}"}
        if self.fault in {"busy", "nonsense"}:
            return {"busy": (503, {"error": "server_error"}), "nonsense": (200, [1, 2, 3])}[self.fault]
        if body.get("credentialID") != "KEY-1":
            return 400, {"error": "invalid_request", "error_description": "no such credential"}
        if name == "credentials/authorize":
            return self._authorize(version, body, digests)
        return self._sign(body, digests) if name == "signatures/signHash" else (200, self._info())

    def _info(self) -> dict[str, Any]:
        chain = (self.identity.certificate, *self.identity.above)
        encoded = [base64.b64encode(each.public_bytes(Encoding.DER)).decode() for each in chain]
        status = "disabled" if self.fault == "disabled" else "enabled"
        return {
            "key": {"status": status, "algo": ["1.2.840.113549.1.1.1"], "len": 2048},
            "cert": {"status": "valid", "certificates": [] if self.fault == "no_certificate" else encoded},
            "authMode": "explicit",
            "multisign": self.multisign,
        }

    def _authorize(self, version: str, body: dict[str, Any], digests: list[str]) -> tuple[int, Any]:
        given = body if version == "v1" else {each["id"]: each["value"] for each in body["authData"]}
        if given.get("PIN") != PIN:
            return 400, {"error": "invalid_pin", "error_description": f"wrong: {given.get('PIN')}"}
        if body["numSignatures"] != len(digests) or len(digests) > self.multisign:
            return 400, {"error": "invalid_request"}
        activation = f"SAD-{len(self.activations)}"
        self.activations[activation] = digests
        return 200, {"SAD": activation, "expiresIn": 300}

    def _sign(self, body: dict[str, Any], digests: list[str]) -> tuple[int, Any]:
        if self.activations.pop(body["SAD"], None) != digests:
            return 400, {"error": "invalid_request", "error_description": "not what was authorised"}
        if self.fault == "breaks_off":
            return 502, None
        values = [self._value(body, base64.b64decode(each)) for each in digests]
        if self.fault == "mixed_up":
            values.reverse()
        if self.fault == "one_short":
            values.pop()
        return 200, {"signatures": [base64.b64encode(each).decode() for each in values]}

    def _value(self, body: dict[str, Any], digest: bytes) -> bytes:
        algorithm = hashes.SHA384() if len(digest) == 48 else hashes.SHA256()
        key = self.identity.key
        if isinstance(key, rsa.RSAPrivateKey):
            pss = padding.PSS(mgf=padding.MGF1(algorithm), salt_length=algorithm.digest_size)
            shape = pss if body["signAlgo"] == "1.2.840.113549.1.1.10" else padding.PKCS1v15()
            return key.sign(digest, shape, Prehashed(algorithm))
        value = key.sign(digest, ec.ECDSA(Prehashed(algorithm)))
        if not self.plain_numbers:
            return value
        return b"".join(each.to_bytes(key.key_size // 8, "big") for each in decode_dss_signature(value))


@contextmanager
def serve(service: Service) -> Iterator[str]:
    """Yield the address up to the version."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            token = self.headers.get("Authorization")
            status, answer = service.answer(self.path, token, body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/csc"
        finally:
            server.shutdown()
            thread.join()
