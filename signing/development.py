"""The development authority: certificates for demos and tests, made at first run, worth nothing and saying so.

Nothing about it is secret from the machine's owner, and nobody else should believe it: every subject carries
`DEVELOPMENT_MARK`, by which a production installation refuses its keys.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from pipeline.domain.signature import SignerRole
from signing.issuing import Identity, Usage, Validity, issue, revocation_list, rsa_key, subject
from signing.trust import TrustAnchors, load_trust

DEVELOPMENT_MARK = "PHÁT TRIỂN – KHÔNG CÓ GIÁ TRỊ"
"""The organization named in every development certificate."""

_YEAR = dt.timedelta(days=365)
_SIGNERS = {
    SignerRole.CLERK: "Trần Văn Mẫu",
    SignerRole.COPY: "UBND xã Đồng Lim",
    SignerRole.OFFICIAL: "Nguyễn Thị Ví Dụ",
    SignerRole.SEAL: "UBND xã Đồng Lim (dấu)",
}
_TIME_STAMP = "time-stamp"


@dataclass(frozen=True, slots=True)
class DevelopmentAuthority:
    """Where the parts of a development authority lie."""

    folder: Path

    @property
    def trust_folder(self) -> Path:
        """Root certificates, revocation lists and so on, for `load_trust`."""
        return self.folder / "trust"

    @property
    def trust(self) -> TrustAnchors:
        """The authority as trust anchors."""
        return load_trust(self.trust_folder)

    @property
    def time_stamp_key_file(self) -> Path:
        """PKCS#12 of the time-stamp authority."""
        return self._key_file(_TIME_STAMP)

    @property
    def time_stamp_passphrase_file(self) -> Path:
        """File with the passphrase of `time_stamp_key_file`."""
        return self._passphrase_file(_TIME_STAMP)

    def key_file(self, role: SignerRole) -> Path:
        """PKCS#12 of the invented person or agency that signs in `role`."""
        return self._key_file(role.value)

    def passphrase_file(self, role: SignerRole) -> Path:
        """File with the passphrase of `key_file(role)`."""
        return self._passphrase_file(role.value)

    def _key_file(self, name: str) -> Path:
        return self.folder / "keys" / f"{name}.p12"

    def _passphrase_file(self, name: str) -> Path:
        return self.folder / "keys" / f"{name}.passphrase"


def ensure_development_authority(folder: Path, *, now: dt.datetime) -> DevelopmentAuthority:
    """Return the development authority in `folder`; make it there if there is none. Certificates hold from the day before `now`.

    It appears whole or not at all: of two processes that start at once, one makes it and both use it.
    """
    authority = DevelopmentAuthority(folder)
    if folder.is_dir():
        return authority
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _make(DevelopmentAuthority(draft), start=now - dt.timedelta(days=1))
        draft.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return authority


def _make(authority: DevelopmentAuthority, *, start: dt.datetime) -> None:
    long = Validity(start=start, end=start + 20 * _YEAR)
    short = Validity(start=start, end=start + 5 * _YEAR)
    root = _identity("CA gốc phát triển", None, Usage.AUTHORITY, long)
    issuing = _identity("CA cấp phát phát triển", root, Usage.AUTHORITY, long)
    time_root = _identity("CA dấu thời gian phát triển", None, Usage.AUTHORITY, long)
    time_stamp = _identity("Dấu thời gian phát triển", time_root, Usage.TIME_STAMP, long)

    trust = authority.trust_folder
    _write(trust / "roots" / "root.pem", root.pem)
    _write(trust / "timestamp" / "root.pem", time_root.pem)
    _write(trust / "intermediates" / "issuing.pem", issuing.pem)
    for name, issuer in (("root", root), ("issuing", issuing), ("time-stamp", time_root)):
        _write(trust / "crls" / f"{name}.crl", revocation_list(issuer, validity=long))
    for role, common_name in _SIGNERS.items():
        signer = _identity(common_name, issuing, Usage.SIGNATURE, short)
        _write_key(authority.key_file(role), authority.passphrase_file(role), signer)
    _write_key(authority.time_stamp_key_file, authority.time_stamp_passphrase_file, time_stamp)


def _identity(common_name: str, issuer: Identity | None, usage: Usage, validity: Validity) -> Identity:
    name = subject(common_name, DEVELOPMENT_MARK)
    return issue(name, key=rsa_key(), issuer=issuer, usage=usage, validity=validity)


def _write_key(key_file: Path, passphrase_file: Path, identity: Identity) -> None:
    passphrase = secrets.token_urlsafe(24).encode()
    encryption = BestAvailableEncryption(passphrase)
    data = pkcs12.serialize_key_and_certificates(None, identity.key, identity.certificate, identity.above, encryption)
    _write(key_file, data, mode=0o600)
    _write(passphrase_file, passphrase, mode=0o600)


def _write(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
