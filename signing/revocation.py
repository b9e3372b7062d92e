"""Revocation lists and answers (RFC 5280, RFC 6960) from where certificates say they are to be had.

Asked only for the certificates of our own signers and time-stamp authorities while something is signed or renewed: what a foreign
file names is never fetched, for the file's maker would choose whom we call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
from asn1crypto import crl, ocsp, x509
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as pyca_ocsp

_LARGEST = 32 << 20
"""bytes of an answer"""
_OCSP_HEADERS = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """What is known of the revocation of certificates."""

    crls: tuple[crl.CertificateList, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()

    def __add__(self, other: Revocation) -> Revocation:
        """Return what both know."""
        return Revocation(crls=self.crls + other.crls, ocsps=self.ocsps + other.ocsps)


RevocationSource = Callable[[x509.Certificate, x509.Certificate], Revocation]
"""Asked for (certificate, its issuer); an empty answer means that nothing is to be had there."""


class HttpRevocation:
    """A `RevocationSource` that asks the addresses in certificates over HTTP, OCSP first; answers are kept while it lives."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._kept: dict[bytes, Revocation] = {}

    def __call__(self, certificate: x509.Certificate, issuer: x509.Certificate) -> Revocation:
        """Return what the authority says about `certificate`; nothing if it cannot be reached or speaks nonsense."""
        key = certificate.sha256
        if key not in self._kept:
            answer = self._by_ocsp(certificate, issuer) or self._by_list(certificate)
            if answer is None:
                return Revocation()
            self._kept[key] = answer
        return self._kept[key]

    def _by_ocsp(self, certificate: x509.Certificate, issuer: x509.Certificate) -> Revocation | None:
        for url in filter(_is_http, certificate.ocsp_urls):
            request = pyca_ocsp.OCSPRequestBuilder().add_certificate(
                pyca.load_der_x509_certificate(certificate.dump()),
                pyca.load_der_x509_certificate(issuer.dump()),
                hashes.SHA256(),
            )
            body = self._fetch("POST", url, content=request.build().public_bytes(Encoding.DER), headers=_OCSP_HEADERS)
            try:
                answer = ocsp.OCSPResponse.load(body, strict=True)
                if answer["response_status"].native == "successful":
                    return Revocation(ocsps=(answer,))
            except (ValueError, TypeError):
                continue
        return None

    def _by_list(self, certificate: x509.Certificate) -> Revocation | None:
        for url in filter(_is_http, _list_urls(certificate)):
            body = self._fetch("GET", url)
            try:
                return Revocation(crls=(crl.CertificateList.load(body, strict=True),))
            except (ValueError, TypeError):
                continue
        return None

    def _fetch(self, method: str, url: str, *, content: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
        try:
            with self._client.stream(method, url, content=content, headers=headers) as response:
                response.raise_for_status()
                body = b""
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > _LARGEST:
                        return b""
                return body
        except httpx.HTTPError:
            return b""


def _list_urls(certificate: x509.Certificate) -> Iterator[str]:
    for point in certificate.crl_distribution_points:
        names = point["distribution_point"]
        if names.name == "full_name":
            yield from (name.native for name in names.chosen if name.name == "uniform_resource_identifier")


def _is_http(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))
