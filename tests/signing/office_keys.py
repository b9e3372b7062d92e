"""A key file that asks for a passphrase, and the folder of an installation that trusts whoever issued it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from signing.issuing import Identity, Usage, Validity, issue, revocation_list, rsa_key, subject

_NOW = dt.datetime.now(dt.UTC)
_LONG = Validity(start=_NOW - dt.timedelta(days=9), end=_NOW + dt.timedelta(days=900))


@dataclass(frozen=True)
class OfficeKeys:
    """Where they lie."""

    file: Path
    trust: Path
    root: Path
    """certificate of the root, PEM"""
    identity: Identity

    def settings(self, *accounts: str, name: str = "CHU_TICH") -> dict[str, str]:
        """Return the settings of an office whose official's signer this is."""
        signer = f"SOHOA_SIGNERS__{name}__"
        return {
            "SOHOA_SIGNING__TRUST_FOLDER": str(self.trust),
            f"{signer}KIND": "pkcs12",
            f"{signer}KEY_FILE": str(self.file),
            f"{signer}ROLES": "official",
            f"{signer}ACCOUNTS": " ".join(accounts),
        }


def office_keys(folder: Path, *, name: str, pin: str) -> OfficeKeys:
    """Make a root, a key under it whose certificate bears `name`, and a trust folder, in `folder`."""
    root = issue(subject("CA gốc", "Thử"), key=rsa_key(), issuer=None, usage=Usage.AUTHORITY, validity=_LONG)
    signer = issue(subject(name, "Thử"), key=rsa_key(), issuer=root, usage=Usage.SIGNATURE, validity=_LONG)
    folder.mkdir(parents=True, exist_ok=True)
    file, trust = folder / "official.p12", folder / "trust"
    sealed = BestAvailableEncryption(pin.encode())
    file.write_bytes(pkcs12.serialize_key_and_certificates(None, signer.key, signer.certificate, signer.above, sealed))
    for part, data in (("roots/root.pem", root.pem), ("crls/root.crl", revocation_list(root, validity=_LONG))):
        (trust / part).parent.mkdir(parents=True, exist_ok=True)
        (trust / part).write_bytes(data)
    return OfficeKeys(file=file, trust=trust, root=trust / "roots" / "root.pem", identity=signer)
