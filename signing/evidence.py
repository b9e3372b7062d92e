"""What a signature needs to be judged for ever: the certificates above it and what their authorities said about revocation.

ETSI EN 319 142-1 §5.4 (document security store). Gathered while everything is still valid and can be asked for.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from asn1crypto import crl, x509
from pyhanko_certvalidator import find_valid_path
from pyhanko_certvalidator.errors import PathBuildingError, ValidationError
from pyhanko_certvalidator.path import ValidationPath

from pipeline.domain.signing_errors import EvidenceMissing
from signing.certificates import TrustStore, common_name
from signing.revocation import Revocation, RevocationSource


def nothing_known(_certificate: x509.Certificate, _issuer: x509.Certificate) -> Revocation:
    """Know nothing: the revocation source of an installation that works offline, by the lists in its trust folder."""
    return Revocation()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What goes into the document security store."""

    certificates: tuple[x509.Certificate, ...] = ()
    revocation: Revocation = field(default_factory=Revocation)

    def __add__(self, other: Evidence) -> Evidence:
        """Return both, each thing once."""
        certificates = {each.sha256: each for each in (*self.certificates, *other.certificates)}
        both = self.revocation + other.revocation
        return Evidence(
            certificates=tuple(certificates.values()),
            revocation=Revocation(
                crls=tuple({each.dump(): each for each in both.crls}.values()),
                ocsps=tuple({each.dump(): each for each in both.ocsps}.values()),
            ),
        )


class EvidenceGatherer:
    """Gathers evidence for the certificates of one batch; paths and answers are kept, for they are always the same few."""

    def __init__(self, trust: TrustStore, source: RevocationSource = nothing_known) -> None:
        self._trust = trust
        self._source = source

    def revocation(self, certificate: x509.Certificate, others: Sequence[x509.Certificate]) -> Revocation:
        """Return what the source says about a certificate and the authorities above it, before any of it is judged."""
        said, subject, pool = Revocation(), certificate, list(others)
        while issuer := next((each for each in pool if each.subject == subject.issuer), None):
            pool.remove(issuer)
            said += self._source(subject, issuer)
            if issuer.self_signed != "no":
                break
            subject = issuer
        return said

    def gather(
        self,
        certificate: x509.Certificate,
        *,
        others: Iterable[x509.Certificate],
        at: dt.datetime,
        timestamps: bool = False,
    ) -> Evidence:
        """Return the evidence by which `certificate` can be judged as of `at` by somebody who has the root only.

        Raises:
            EvidenceMissing: no valid path, or the revocation of a certificate on it is not known.
        """
        above = [*others, *self._trust.authorities]
        said = self.revocation(certificate, above)
        context = self._trust.context(moment=at, timestamps=timestamps, embedded=above, known=said)
        try:
            candidates = context.path_builder.async_build_paths_lazy(certificate)
            path = asyncio.run(find_valid_path(certificate, candidates, context))
        except (ValidationError, PathBuildingError, ValueError) as error:
            raise EvidenceMissing(reason=type(error).__name__, certificate=common_name(certificate)) from error
        return Evidence(
            certificates=tuple(path),
            revocation=Revocation(crls=self._lists_of(path), ocsps=said.ocsps) + Revocation(crls=said.crls),
        )

    def _lists_of(self, path: ValidationPath) -> tuple[crl.CertificateList, ...]:
        issuers = {each.issuer.hashable for each in path}
        return tuple(each for each in self._trust.crls if each.issuer.hashable in issuers)
