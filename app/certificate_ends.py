"""When the certificates that this installation works with run out, as far as they lie in files that open without anybody."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Iterator, Mapping

from cryptography import x509
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from app.machine_metrics import by_label
from app.named_signers import first_line
from app.settings import Settings
from app.system_report import signers_report
from pipeline.domain.errors import SohoaError
from pipeline.ports import Clock
from signing.certificate_card import card_in_pkcs12

_LOOK_SECONDS = 3600.0
"""between two looks: opening a key file is made to take its time"""


class CertificateEnds(Collector):
    """Tells Prometheus how long the first certificate of each kind is still good; names of signers are not told."""

    def __init__(self, settings: Settings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._looked: float | None = None
        self._ends: Mapping[str, dt.datetime] = {}

    def collect(self) -> Iterator[Metric]:
        """Yield seconds by kind; below zero: it has run out."""
        now = time.monotonic()
        if self._looked is None or now - self._looked > _LOOK_SECONDS:
            self._ends, self._looked = certificate_ends(self._settings), now
        left = {kind: (end - self._clock.now()).total_seconds() for kind, end in self._ends.items()}
        text = "Seconds until the first certificate of a kind runs out: of a signer in a file, of the pages' TLS."
        yield by_label("sohoa_certificate_seconds_left", text, "kind", left)


def certificate_ends(settings: Settings) -> Mapping[str, dt.datetime]:
    """Return when the first certificate of each kind runs out, `signer` or `pages`; what cannot be read is `sohoa doctor`'s to say."""
    found = {"signer": _signers(settings), "pages": _pages(settings)}
    return {kind: min(ends) for kind, ends in found.items() if ends}


def _signers(settings: Settings) -> list[dt.datetime]:
    cards = [each.certificate for each in signers_report(settings)]
    signing = settings.signing
    if signing.key_file is not None and signing.passphrase_file is not None:
        with contextlib.suppress(SohoaError):
            cards.append(card_in_pkcs12(signing.key_file, first_line(signing.passphrase_file, "passphrase").encode()))
    return [each.until for each in cards if each is not None and each.until is not None]


def _pages(settings: Settings) -> list[dt.datetime]:
    if settings.web.tls_certificate is None:
        return []
    try:
        chain = x509.load_pem_x509_certificates(settings.web.tls_certificate.read_bytes())
    except (OSError, ValueError):
        return []
    return [each.not_valid_after_utc for each in chain]
