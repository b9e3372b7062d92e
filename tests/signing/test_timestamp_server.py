from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import httpx
import pytest
from asn1crypto import tsp
from cryptography.hazmat.primitives.serialization import Encoding

from signing.timestamp_response import TimeStampResponse
from tests.signing.pki import NOW, Pki


def query(digest: bytes, *, algorithm: str = "sha256", certificates: bool = True) -> bytes:
    imprint = {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest}
    request = {"version": 1, "message_imprint": imprint, "nonce": 20260115, "cert_req": certificates}
    return bytes(tsp.TimeStampReq(request).dump())


@pytest.mark.tools
def test_openssl_accepts_a_token(pki: Pki, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes("giấy tờ".encode())
    subprocess.run(
        ["openssl", "ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    (tmp_path / "reply").write_bytes(pki.timestamps().answer((tmp_path / "query").read_bytes()))
    (tmp_path / "root.pem").write_bytes(pki.time_root.certificate.public_bytes(Encoding.PEM))
    verified = subprocess.run(
        ["openssl", "ts", "-verify", "-data", "data", "-in", "reply", "-CAfile", "root.pem"],
        cwd=tmp_path, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert "Verification: OK" in verified.stdout, verified.stderr


def test_the_token_holds_digest_nonce_and_time(pki: Pki) -> None:
    digest = hashlib.sha256(b"x").digest()
    response = TimeStampResponse.load(pki.timestamps().answer(query(digest)))
    assert response["status"]["status"].native == "granted"
    info = response["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native == digest
    assert info["nonce"].native == 20260115
    assert info["gen_time"].native == NOW


def test_certificates_are_sent_only_when_asked_for(pki: Pki) -> None:
    authority = pki.timestamps()
    sent = {
        wanted: TimeStampResponse.load(authority.answer(query(bytes(32), certificates=wanted)))["time_stamp_token"][
            "content"
        ]["certificates"].native
        for wanted in (True, False)
    }
    assert len(sent[True]) == 2
    assert sent[False] is None


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (b"", "bad_data_format"),
        (b"\x30\x03\x02\x01", "bad_data_format"),
        (query(bytes(20), algorithm="sha1"), "bad_alg"),
        (query(bytes(31)), "bad_alg"),
    ],
)
def test_bad_requests_are_rejected_with_the_reason(pki: Pki, request_: bytes, reason: str) -> None:
    response = TimeStampResponse.load(pki.timestamps().answer(request_))
    assert response["status"]["status"].native == "rejection"
    assert response["status"]["fail_info"].native == {reason}


@pytest.mark.enable_socket
def test_over_http(timestamp_url: str) -> None:
    headers = {"Content-Type": "application/timestamp-query"}
    with httpx.Client(trust_env=False) as client:
        good = client.post(timestamp_url, content=query(bytes(32)), headers=headers)
        wrong_type = client.post(timestamp_url, content=query(bytes(32)), headers={"Content-Type": "text/plain"})
        too_long = client.post(timestamp_url, content=bytes(70_000), headers=headers)
    assert good.headers["Content-Type"] == "application/timestamp-reply"
    assert [good.status_code, wrong_type.status_code, too_long.status_code] == [200, 400, 400]
