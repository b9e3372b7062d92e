"""The bundle of trust anchors: dated, offline, one JSON file that says who put in what, and when.

Nothing is ever taken out of it. A record of the same certificate in the same store replaces what was said before, so that an anchor
is withdrawn by a record with an end; signatures that are proven to be older stay as good as they were.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from asn1crypto import crl, pem, x509
from cryptography import x509 as pyca
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from pipeline.domain.signing_errors import TrustRefused
from signing.trust import DatedAnchor, TrustAnchors
from signing.trust_stores import ROOTS, TrustStoreName

SCHEMA = "sohoa.trust/1"
_LARGEST = 64 << 20
"""bytes of a bundle"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRecord:
    """Something that is believed, and who said so."""

    store: TrustStoreName
    der: bytes
    added_at: dt.datetime
    added_by: str
    """login name of who added it"""
    source: str
    """name of the file it came from"""
    since: dt.datetime | None = None
    """believed from then on; None: always was"""
    until: dt.datetime | None = None
    """not believed from then on; None: still is"""

    @property
    def sha256(self) -> str:
        """Fingerprint in hexadecimal digits."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def name(self) -> str:
        """Common name of the certificate's subject, or of the list's issuer; the whole name if it has none."""
        if self.store is TrustStoreName.CRL:
            name = crl.CertificateList.load(self.der).issuer
        else:
            name = x509.Certificate.load(self.der).subject
        return str(name.native.get("common_name") or name.human_friendly)

    @property
    def ends(self) -> dt.datetime | None:
        """When the certificate itself, or the list, runs out."""
        if self.store is TrustStoreName.CRL:
            end = crl.CertificateList.load(self.der)["tbs_cert_list"]["next_update"].native
            return end if isinstance(end, dt.datetime) else None
        return x509.Certificate.load(self.der).not_valid_after  # type: ignore[no-any-return]


def examine(
    data: bytes, *, store: TrustStoreName, source: str, added_at: dt.datetime, added_by: str
) -> list[TrustRecord]:
    """Return what a file holds (PEM, several of them, or DER) as records for `store`, after having checked that it belongs there.

    Roots have to be authorities that signed themselves, and whose signature fits; intermediates authorities that did not.

    Raises:
        TrustRefused: `reason` says what is wrong with which file.
    """
    try:
        objects = [der for _, _, der in pem.unarmor(data, multiple=True)] if pem.detect(data) else [data]
        for der in objects:
            _check(der, store)
    except (ValueError, TypeError) as error:
        raise TrustRefused(reason="unreadable", file=source) from error
    except _Unfit as error:
        raise TrustRefused(reason=str(error), file=source) from error
    return [TrustRecord(store=store, der=der, added_at=added_at, added_by=added_by, source=source) for der in objects]


class _Unfit(Exception):
    """The reason why something does not belong into a store."""


def _check(der: bytes, store: TrustStoreName) -> None:
    if store is TrustStoreName.CRL:
        if not crl.CertificateList.load(der, strict=True).native:
            raise ValueError("empty")
        return
    certificate = x509.Certificate.load(der, strict=True)
    if not certificate.native:
        raise ValueError("empty")
    usage = certificate.key_usage_value
    if not certificate.ca or (usage is not None and "key_cert_sign" not in usage.native):
        raise _Unfit("not_an_authority")
    if store is TrustStoreName.INTERMEDIATE:
        if certificate.self_issued:
            raise _Unfit("is_a_root")
        return
    if not certificate.self_issued:
        raise _Unfit("not_a_root")
    if not _signed_itself(der):
        raise _Unfit("signature_does_not_fit")


def _signed_itself(der: bytes) -> bool:
    """Say whether the signature in a root is its own; by whatever digest, for a root is believed by its fingerprint."""
    certificate = pyca.load_der_x509_certificate(der)
    key, digest = certificate.public_key(), certificate.signature_hash_algorithm
    signed, signature = certificate.tbs_certificate_bytes, certificate.signature
    try:
        if isinstance(key, rsa.RSAPublicKey) and digest is not None:
            parameters = certificate.signature_algorithm_parameters
            if not isinstance(parameters, padding.PKCS1v15 | padding.PSS):
                return False
            key.verify(signature, signed, parameters, digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and digest is not None:
            key.verify(signature, signed, ec.ECDSA(digest))
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def in_force(records: Iterable[TrustRecord]) -> tuple[TrustRecord, ...]:
    """Return the newest record of each certificate in each store."""
    return tuple({(each.store, each.sha256): each for each in records}.values())


def dated(records: Iterable[TrustRecord], since: dt.datetime | None, until: dt.datetime | None) -> list[TrustRecord]:
    """Return the records with their dates.

    Raises:
        TrustRefused: the end is not after the beginning.
    """
    if since is not None and until is not None and until <= since:
        raise TrustRefused(reason="ends_before_it_begins", file="")
    return [replace(each, since=since, until=until) for each in records]


def anchors_of(records: Iterable[TrustRecord]) -> TrustAnchors:
    """Return what validation needs of the records in force."""
    now = in_force(records)
    return TrustAnchors(
        dated=tuple(
            DatedAnchor(
                der=each.der, store=each.store.value, timestamps=each.store is TrustStoreName.TIMESTAMP,
                since=each.since, until=each.until,
            )
            for each in now
            if each.store in ROOTS
        ),
        intermediates=tuple(each.der for each in now if each.store is TrustStoreName.INTERMEDIATE),
        crls=tuple(each.der for each in now if each.store is TrustStoreName.CRL),
    )  # fmt: skip


def write_bundle(file: Path, records: Sequence[TrustRecord], *, made_at: dt.datetime) -> str:
    """Write a bundle, whole or not at all; return its SHA-256, to be told to whoever loads it by another way."""
    content = {"schema": SCHEMA, "made_at": made_at.isoformat(), "records": [_to_json(each) for each in records]}
    data = (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(prefix=f".{file.name}-", dir=file.parent, delete=False) as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    Path(stream.name).chmod(0o644)
    Path(stream.name).replace(file)
    return hashlib.sha256(data).hexdigest()


def read_bundle(file: Path) -> list[TrustRecord]:
    """Return the records of a bundle; each is checked as if it were new. A file that is not there holds none.

    Raises:
        TrustRefused: it is no bundle, or something in it does not belong there.
    """
    try:
        if file.stat().st_size > _LARGEST:
            raise TrustRefused(reason="too_large", file=str(file))
        content = json.loads(file.read_bytes())
        if not isinstance(content, dict) or content.get("schema") != SCHEMA:
            raise TrustRefused(reason="no_bundle", file=str(file))
        return [_from_json(each) for each in content["records"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, RecursionError, binascii.Error) as error:
        raise TrustRefused(reason="no_bundle", file=str(file)) from error


def _to_json(record: TrustRecord) -> dict[str, Any]:
    return {
        "store": record.store.value,
        "sha256": record.sha256,
        "name": record.name,
        "since": record.since.isoformat() if record.since else None,
        "until": record.until.isoformat() if record.until else None,
        "added_at": record.added_at.isoformat(),
        "added_by": record.added_by,
        "source": record.source,
        "der": base64.b64encode(record.der).decode(),
    }


def _from_json(told: dict[str, Any]) -> TrustRecord:
    store, der, source = (
        TrustStoreName(told["store"]),
        base64.b64decode(told["der"], validate=True),
        str(told["source"]),
    )
    if hashlib.sha256(der).hexdigest() != told["sha256"]:
        raise TrustRefused(reason="fingerprint_does_not_fit", file=source)
    added_at = _moment(told["added_at"])
    if added_at is None:
        raise ValueError("added_at")
    (record,) = examine(der, store=store, source=source, added_at=added_at, added_by=str(told["added_by"]))
    return replace(record, since=_moment(told["since"]), until=_moment(told["until"]))


def _moment(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment
