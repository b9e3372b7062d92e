"""A request that proves that whoever sent it holds a channel's secret: HMAC-SHA-256 (RFC 2104) over time, channel and body.

`Sohoa-Timestamp: 1790000000` and `Sohoa-Signature: v1=<64 hexadecimal digits>`; what is signed is
`<timestamp>.<channel>.<body>`. A request that is caught on its way can be sent again within the window only, and finds that
its message was taken.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

from app.intake_settings import ChannelSettings
from pipeline.domain.channel_errors import ChannelRefused
from pipeline.domain.errors import BadSettings

TIMESTAMP_HEADER, SIGNATURE_HEADER = "sohoa-timestamp", "sohoa-signature"
_TIME = re.compile(r"[0-9]{9,12}", re.ASCII)
_SIGNATURE = re.compile(r"v1=([0-9a-f]{64})", re.ASCII)
_SHORTEST = 32


class SignedBody:
    """Takes the body in as it comes, and says at its end whether it is what was signed."""

    def __init__(self, secrets: Sequence[str], *, begin: bytes, given: str) -> None:
        self._macs = [hmac.new(each.encode(), begin, hashlib.sha256) for each in secrets]
        self._given = given

    def update(self, piece: bytes) -> None:
        """Take in what comes next."""
        for each in self._macs:
            each.update(piece)

    def check(self) -> None:
        """Refuse a body that was not signed with any of the secrets.

        Raises:
            ChannelRefused
        """
        fits = [hmac.compare_digest(each.hexdigest(), self._given) for each in self._macs]  # all, in the same time
        if not any(fits):
            raise ChannelRefused(reason="signature")


def signed_body(
    name: str, channels: Mapping[str, ChannelSettings], headers: Mapping[str, str], *, now: dt.datetime
) -> SignedBody:
    """Return what a request's body is checked with; an unknown channel is told from a wrong signature by nobody.

    Raises:
        ChannelRefused: the time is not ours, or the signature is none.
        BadSettings: the channel's secret cannot be read, or is too short.
    """
    channel = channels.get(name)
    time, signature = headers.get(TIMESTAMP_HEADER, ""), _SIGNATURE.fullmatch(headers.get(SIGNATURE_HEADER, ""))
    if channel is None or signature is None or not _TIME.fullmatch(time):
        raise ChannelRefused(reason="signature")
    if abs(int(time) - now.timestamp()) > channel.window_seconds:
        raise ChannelRefused(reason="time")
    return SignedBody(secrets_of(name, channel), begin=f"{time}.{name}.".encode(), given=signature[1])


def secrets_of(name: str, channel: ChannelSettings) -> Sequence[str]:
    """Return the secrets of a channel as they stand in their file now.

    Raises:
        BadSettings: it cannot be read, is empty, or one is too short.
    """
    setting = f"channels.{name}.secret_file"
    try:
        lines = channel.secret_file.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeError) as error:
        raise BadSettings(name=setting, problem=type(error).__name__) from error
    found = [each.strip() for each in lines if each.strip()]
    if not found or any(len(each) < _SHORTEST for each in found):
        raise BadSettings(name=setting, problem="secret_too_short")
    return found
