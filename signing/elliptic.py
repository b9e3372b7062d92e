"""Read the elliptic signatures of signers that write them their own way, though what they sign is sound (RFC 5753 §2.1.1)."""

from __future__ import annotations

from asn1crypto import algos, cms, x509
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

_EC_PUBLIC_KEY = "1.2.840.10045.2.1"
"""identifier of elliptic keys; where a signature's algorithm belongs it can mean ECDSA with the stated digest only"""
_SEQUENCE = 0x30


def by_the_book(info: cms.SignerInfo, certificate: x509.Certificate) -> cms.SignerInfo:
    """Return `info`, or for odd elliptic signatures a copy in the standard form, to be verified in its place.

    Time stamps are made over the signature as it stands, so they are checked against `info`.
    """
    if certificate.public_key.algorithm != "ec":
        return info
    half = (certificate.public_key.bit_size + 7) // 8
    signature = info["signature"].native
    plain = len(signature) == 2 * half and not (signature[0] == _SEQUENCE and signature[1] == len(signature) - 2)
    unnamed = info["signature_algorithm"]["algorithm"].dotted == _EC_PUBLIC_KEY
    if not plain and not unnamed:
        return info
    standard = info.copy()
    if unnamed:
        algorithm = f"{info['digest_algorithm']['algorithm'].native}_ecdsa"
        standard["signature_algorithm"] = algos.SignedDigestAlgorithm({"algorithm": algorithm})
    if plain:
        numbers = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
        standard["signature"] = encode_dss_signature(*numbers)
    return standard
