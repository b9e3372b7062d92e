"""Trust anchors: whom this installation believes, as a value that crosses processes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import crl, pem, x509

from pipeline.domain.errors import BadSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedAnchor:
    """A root that is believed for a time."""

    der: bytes
    store: str
    """name of its store, for the report"""
    timestamps: bool
    """whether it vouches for time stamps, and then for nothing else, or for signers"""
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def holds(self, moment: dt.datetime) -> bool:
        """Say whether it is believed about what is proven to have existed at `moment`."""
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustAnchors:
    """Certificates and revocation lists in DER; empty anchors trust nobody."""

    roots: tuple[bytes, ...] = ()
    """root authorities of signers"""
    timestamp_roots: tuple[bytes, ...] = ()
    """root authorities of time stamps; a root of signers proves no time and the other way round"""
    intermediates: tuple[bytes, ...] = ()
    """issuing authorities that signatures often leave out; they are believed only under a root"""
    crls: tuple[bytes, ...] = ()
    """revocation lists (RFC 5280) of any of these authorities"""
    dated: tuple[DatedAnchor, ...] = ()
    """roots with dates between which they are believed"""

    def __add__(self, other: TrustAnchors) -> TrustAnchors:
        """Return what both believe."""
        return TrustAnchors(
            roots=self.roots + other.roots,
            timestamp_roots=self.timestamp_roots + other.timestamp_roots,
            intermediates=self.intermediates + other.intermediates,
            crls=self.crls + other.crls,
            dated=self.dated + other.dated,
        )


def load_trust(*folders: Path) -> TrustAnchors:
    """Read trust anchors from the folders `roots`, `timestamp`, `intermediates` and `crls` in each of `folders`; any may be missing.

    Certificates lie in `*.pem`, `*.crt` or `*.cer`, revocation lists in `*.crl` or `*.pem`, each PEM (several a file) or DER.

    Raises:
        BadSettings: a file is neither.
    """
    certificate, revocations = x509.Certificate, crl.CertificateList
    return TrustAnchors(
        roots=_read(folders, "roots", certificate),
        timestamp_roots=_read(folders, "timestamp", certificate),
        intermediates=_read(folders, "intermediates", certificate),
        crls=_read(folders, "crls", revocations),
    )


def _read(folders: Sequence[Path], name: str, kind: type[x509.Certificate | crl.CertificateList]) -> tuple[bytes, ...]:
    suffixes = {".pem", ".crl"} if kind is crl.CertificateList else {".pem", ".crt", ".cer"}
    files = (path for folder in folders for path in sorted((folder / name).glob("*")))
    return tuple(der for path in files if path.suffix.lower() in suffixes for der in _objects(path, kind))


def _objects(path: Path, kind: type[x509.Certificate | crl.CertificateList]) -> list[bytes]:
    """Return the DER of each object in a file, after having parsed each to its leaves."""
    try:
        data = path.read_bytes()
        objects = [der for _, _, der in pem.unarmor(data, multiple=True)] if pem.detect(data) else [data]
        parsed = [kind.load(der, strict=True).native for der in objects]
    except (ValueError, TypeError, OSError) as error:
        raise BadSettings(setting="trust", file=str(path), reason="not_readable") from error
    if not all(parsed):
        raise BadSettings(setting="trust", file=str(path), reason="not_readable")
    return objects
