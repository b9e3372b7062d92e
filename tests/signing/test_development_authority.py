from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from asn1crypto import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from pipeline.domain.signature import SignerRole, Verdict
from pipeline.domain.signing_errors import DevelopmentKeyInProduction
from signing.development import DEVELOPMENT_MARK, DevelopmentAuthority, ensure_development_authority
from signing.signer_pkcs12 import open_pkcs12
from signing.validate import Validator
from tests.signing.pki import DAY, NOW, plan, policy


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> DevelopmentAuthority:
    return ensure_development_authority(tmp_path_factory.mktemp("home") / "development", now=NOW)


def test_every_certificate_says_that_it_is_worth_nothing(authority: DevelopmentAuthority) -> None:
    trust = authority.trust
    certificates = [x509.Certificate.load(der) for der in (*trust.roots, *trust.timestamp_roots, *trust.intermediates)]
    for role in SignerRole:
        passphrase = authority.passphrase_file(role).read_bytes()
        _, certificate, _ = pkcs12.load_key_and_certificates(authority.key_file(role).read_bytes(), passphrase)
        assert certificate is not None
        assert DEVELOPMENT_MARK in certificate.subject.rfc4514_string()
    assert len(certificates) == 3
    assert all(certificate.subject.native["organization_name"] == DEVELOPMENT_MARK for certificate in certificates)


def test_secrets_are_for_their_owner_only(authority: DevelopmentAuthority) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in (authority.folder / "keys").iterdir()}
    assert set(modes.values()) == {0o600}
    assert len(modes) == 10
    passphrases = {authority.passphrase_file(role).read_bytes() for role in SignerRole}
    assert len(passphrases) == len(SignerRole)


def test_the_second_run_finds_the_same_authority(authority: DevelopmentAuthority) -> None:
    before = authority.trust
    again = ensure_development_authority(authority.folder, now=NOW + 30 * DAY)
    assert again.trust == before
    assert [path.name for path in authority.folder.parent.iterdir()] == ["development"]


@pytest.mark.parametrize("role", SignerRole)
def test_its_signatures_are_valid_where_it_is_trusted(
    authority: DevelopmentAuthority, pdf: Path, tmp_path: Path, role: SignerRole
) -> None:
    target = tmp_path / "signed.pdf"
    passphrase = authority.passphrase_file(role).read_bytes()
    with open_pkcs12(authority.key_file(role), passphrase, policy=policy(authority.trust, production=False)) as signer:
        signer.sign(pdf, target, plan(role))
    assert Validator(trust=authority.trust).validate(target, at=NOW).verdict is Verdict.VALID


def test_production_refuses_its_keys(authority: DevelopmentAuthority) -> None:
    role = SignerRole.OFFICIAL
    passphrase = authority.passphrase_file(role).read_bytes()
    with (
        pytest.raises(DevelopmentKeyInProduction),
        open_pkcs12(authority.key_file(role), passphrase, policy=policy(authority.trust)),
    ):
        pass


def test_what_was_made_at_night_may_sign_at_once(tmp_path: Path, pdf: Path) -> None:
    moment = dt.datetime(2026, 3, 1, 0, 0, 0, tzinfo=dt.timezone(dt.timedelta(hours=7)))
    authority = ensure_development_authority(tmp_path / "development", now=moment)
    role = SignerRole.CLERK
    passphrase = authority.passphrase_file(role).read_bytes()
    with open_pkcs12(authority.key_file(role), passphrase, policy=policy(authority.trust, production=False)) as signer:
        assert signer.name == "Trần Văn Mẫu"
