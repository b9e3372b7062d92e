"""A small time-stamp authority (RFC 3161) on loopback, for demos and tests: real tokens, development keys.

A production installation names an accredited authority instead (TT 15/2025/TT-BKHCN, QCVN 138:2025/BKHCN).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import algos, cms, core, tsp, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from pipeline.domain.signing_errors import KeyUnusable
from signing.timestamp_response import TimeStampResponse

POLICY = "2.25.226718342167083917024731658042176309811"
"""Policy of these time stamps: an identifier under ITU-T X.667, known to nobody but this product."""

_DIGESTS = {"sha256": 32, "sha384": 48, "sha512": 64}
_LARGEST_REQUEST = 64 * 1024
"""bytes"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeStampAuthority:
    """Key and certificates that answer time-stamp requests."""

    key: rsa.RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...] = ()
    """authorities above it, sent along"""
    now: Callable[[], dt.datetime]

    def answer(self, request: bytes) -> bytes:
        """Return the DER of the response to a DER request; a bad one is rejected with the reason (RFC 3161 §2.4.2)."""
        try:
            query = tsp.TimeStampReq.load(request, strict=True)
            imprint = query["message_imprint"]
            digest, algorithm = imprint["hashed_message"].native, imprint["hash_algorithm"]["algorithm"].native
            nonce, wants_certificates = query["nonce"].native, query["cert_req"].native
        except (ValueError, TypeError, KeyError):
            return _rejection("bad_data_format")
        if len(digest) != _DIGESTS.get(algorithm):
            return _rejection("bad_alg")
        info = self._info(imprint, nonce).dump()
        token = cms.ContentInfo({"content_type": "signed_data", "content": self._signed(info, wants_certificates)})
        granted = {"status": {"status": "granted"}, "time_stamp_token": token}
        return bytes(TimeStampResponse(granted).dump())

    def _info(self, imprint: tsp.MessageImprint, nonce: int | None) -> tsp.TSTInfo:
        info = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": imprint,
            "serial_number": secrets.randbits(63),
            "gen_time": self.now().astimezone(dt.UTC).replace(microsecond=0),
            "accuracy": {"seconds": 1},
            "tsa": x509.GeneralName(name="directory_name", value=self.certificate.subject),
        }
        return tsp.TSTInfo(info if nonce is None else {**info, "nonce": nonce})

    def _signed(self, info: bytes, wants_certificates: bool) -> cms.SignedData:  # noqa: FBT001 -- the request's own flag
        certificate = self.certificate
        issuer_serial = {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
        certificate_hash = {"cert_hash": hashlib.sha256(certificate.dump()).digest()}
        attributes = cms.CMSAttributes(
            [
                _attribute("content_type", "tst_info"),
                _attribute("message_digest", hashlib.sha256(info).digest()),
                _attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [certificate_hash]})),
            ]
        )
        signer = {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": issuer_serial}),
            "digest_algorithm": {"algorithm": "sha256"},
            "signature_algorithm": {"algorithm": "sha256_rsa"},
            "signed_attrs": attributes,
            "signature": self.key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256()),
        }
        signed = {
            "version": "v3",
            "digest_algorithms": [algos.DigestAlgorithm({"algorithm": "sha256"})],
            "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(info)},
            "signer_infos": [signer],
        }
        return cms.SignedData(signed | ({"certificates": [certificate, *self.above]} if wants_certificates else {}))


def _attribute(kind: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": kind, "values": (value,)})


def _rejection(reason: str) -> bytes:
    return bytes(TimeStampResponse({"status": {"status": "rejection", "fail_info": {reason}}}).dump())


def open_authority(key_file: Path, passphrase: bytes, *, now: Callable[[], dt.datetime]) -> TimeStampAuthority:
    """Read key and certificates of a time-stamp authority from a PKCS#12 file.

    Raises:
        KeyUnusable: wrong passphrase, damaged file, or no RSA key in it.
    """
    try:
        key, certificate, above = pkcs12.load_key_and_certificates(key_file.read_bytes(), passphrase)
    except (ValueError, OSError) as error:
        raise KeyUnusable(reason="not_readable", file=str(key_file)) from error
    if not isinstance(key, rsa.RSAPrivateKey) or certificate is None:
        raise KeyUnusable(reason="no_key", file=str(key_file))
    own, *others = (x509.Certificate.load(item.public_bytes(Encoding.DER)) for item in (certificate, *above))
    return TimeStampAuthority(key=key, certificate=own, above=tuple(others), now=now)


@contextmanager
def serve_timestamps(authority: TimeStampAuthority, *, port: int = 0) -> Iterator[str]:
    """Answer requests on loopback while the context lasts; yield the URL. Port 0 takes a free one."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            if self.headers.get("Content-Type") != "application/timestamp-query" or not 0 < length <= _LARGEST_REQUEST:
                self.send_error(400)
                self.close_connection = True
                return
            body = authority.answer(self.rfile.read(length))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: standard error belongs to the progress display."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="timestamps", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
