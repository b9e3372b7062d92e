from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from pipeline.domain.errors import BadSettings
from signing.trust import TrustAnchors, load_trust
from signing.validate import Validator
from tests.signing.pki import Pki


def test_pem_and_der_several_a_file_from_several_folders(pki: Pki, tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    for folder in (own / "roots", own / "crls", other / "timestamp"):
        folder.mkdir(parents=True)
    (own / "roots" / "both.pem").write_bytes(pki.root.pem + pki.issuing.pem)
    (own / "roots" / "readme.txt").write_text("not looked at")
    (other / "timestamp" / "root.cer").write_bytes(pki.time_root.der)
    revocations = pki.trust().crls[0]
    (own / "crls" / "root.crl").write_bytes(revocations)
    expected = TrustAnchors(
        roots=(pki.root.der, pki.issuing.der), timestamp_roots=(pki.time_root.der,), crls=(revocations,)
    )
    assert load_trust(own, other) == expected


def test_a_missing_folder_means_trusting_nobody(tmp_path: Path) -> None:
    assert load_trust(tmp_path / "missing") == TrustAnchors()


@pytest.mark.parametrize("content", [b"", b"hello", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_file_that_is_no_certificate_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "roots").mkdir()
    (tmp_path / "roots" / "broken.pem").write_bytes(content)
    with pytest.raises(BadSettings) as caught:
        load_trust(tmp_path)
    assert caught.value.details["file"] == str(tmp_path / "roots" / "broken.pem")


def test_a_validator_travels_to_child_processes(pki: Pki) -> None:
    validator = Validator(trust=pki.trust())
    assert pickle.loads(pickle.dumps(validator)) == validator
