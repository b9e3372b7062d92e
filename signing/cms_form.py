"""What a CMS has to look like before its signature means anything (ETSI EN 319 142-1 §6.3, ETSI EN 319 122-1 §5, RFC 4056).

pyHanko takes more than that: signatures without signed attributes (then the bytes of the attributes of one signature pass for the
content of another), with content of their own, or of a type that contradicts their dictionary.
"""

from __future__ import annotations

import contextlib

from asn1crypto import algos, cms, core
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

_TIMESTAMP = "/ETSI.RFC3161"
_PADES = "/ETSI.CAdES.detached"
_DOCUMENT_TIMESTAMP = "/DocTimeStamp"
_BINDING = {"signing_certificate", "signing_certificate_v2"}
"""attributes that name the signer's certificate under the signature (RFC 5035)"""
_STRONG_DIGESTS = {"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512"}
_LEAST_BITS = {"rsa": 2048, "rsassa_pss": 2048, "ec": 256}
"""by kind of key (TT 15/2025/TT-BKHCN)"""
_LEAST_EXPONENT = 3
"""of an RSA key: by 1 everybody signs"""


def is_document_timestamp(signature: EmbeddedPdfSignature) -> bool:
    """Say whether a signature is a time stamp over the document."""
    return str(signature.sig_object_type) == _DOCUMENT_TIMESTAMP


def dictionary_problem(signature: EmbeddedPdfSignature) -> str | None:
    """Return `FORMAT_FAILURE` if the dictionary's type and its `/SubFilter` contradict each other."""
    kind, subfilter = str(signature.sig_object_type), str(signature.sig_object.get("/SubFilter"))
    fits = kind in {"/Sig", _DOCUMENT_TIMESTAMP} and (kind == _DOCUMENT_TIMESTAMP) == (subfilter == _TIMESTAMP)
    return None if fits else "FORMAT_FAILURE"


def form_problem(signature: EmbeddedPdfSignature) -> str | None:
    """Return what is wrong with the CMS of a signature (not a time stamp) before any computation, or None."""
    if signature.signed_data["encap_content_info"]["content"] is not core.VOID:
        return "FORMAT_FAILURE"
    attributes = signature.signer_info["signed_attrs"]
    if attributes is core.VOID or not len(attributes):
        return "FORMAT_FAILURE"
    return _mechanism_problem(signature.signer_info["signature_algorithm"])


def binding_problem(signature: EmbeddedPdfSignature) -> str | None:
    """Return `SIG_CONSTRAINTS_FAILURE` if the signed attributes leave open by which certificate was signed.

    Without that attribute anybody may show another certificate of the same key. Signatures of the older kind
    (`adbe.pkcs7.detached`, ISO 32000-1) need not have it, and those of Vietnamese authorities do not; they are taken as long as the
    file holds no other certificate of that key.
    """
    if is_bound(signature):
        return None
    own = signature.signer_cert
    others = [each for each in signature.other_embedded_certs if each.public_key.dump() == own.public_key.dump()]
    ambiguous = any(each.sha256 != own.sha256 for each in others)
    return "SIG_CONSTRAINTS_FAILURE" if ambiguous or str(signature.sig_object.get("/SubFilter")) == _PADES else None


def is_bound(signature: EmbeddedPdfSignature) -> bool:
    """Say whether the signed attributes name the certificate by which was signed."""
    attributes = signature.signer_info["signed_attrs"]
    return attributes is not core.VOID and any(each["type"].native in _BINDING for each in attributes)


def is_weak(signature: EmbeddedPdfSignature) -> bool:
    """Say whether key or digests are weaker than what is allowed today."""
    key = signature.signer_cert.public_key
    if key.bit_size < _LEAST_BITS.get(key.algorithm, 0):
        return True
    if key.algorithm in {"rsa", "rsassa_pss"} and key["public_key"].parsed["public_exponent"].native < _LEAST_EXPONENT:
        return True
    return not digests_of(signature.signer_info) <= _STRONG_DIGESTS


def is_weak_imprint(token: cms.SignedData) -> bool:
    """Say whether a time stamp was made over a digest for which another content can be found."""
    imprint = token["encap_content_info"]["content"].parsed["message_imprint"]
    return imprint["hash_algorithm"]["algorithm"].native not in _STRONG_DIGESTS


def digests_of(info: cms.SignerInfo) -> set[str]:
    """Return the names of all digest algorithms on which a signature rests."""
    mechanism = info["signature_algorithm"]
    found = {info["digest_algorithm"]["algorithm"].native}
    if mechanism["algorithm"].native == "rsassa_pss":
        parameters = mechanism["parameters"]
        found |= {
            parameters["hash_algorithm"]["algorithm"].native,
            parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native,
        }
        return found
    with contextlib.suppress(ValueError):  # a mechanism that names none; then the signature's digest counts
        found.add(mechanism.hash_algo)
    return found


def _mechanism_problem(mechanism: algos.SignedDigestAlgorithm) -> str | None:
    if mechanism["algorithm"].native != "rsassa_pss":
        return None
    parameters = mechanism["parameters"]
    usual = (
        isinstance(parameters, algos.RSASSAPSSParams)
        and parameters["trailer_field"].native in {1, "trailer_field_bc"}
        and parameters["mask_gen_algorithm"]["algorithm"].native == "mgf1"
    )
    return None if usual else "FORMAT_FAILURE"
