"""Messages to a webhook of yours: whether they come from the office (Standard Webhooks 1.0, symmetric signatures).

The signature is over `<id>.<timestamp>.<body>`; a message may carry several, so that secrets can be changed without a gap.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

from sohoa_client.decoding import decode
from sohoa_client.happenings import Event
from sohoa_client.problems import AnswerNotUnderstood, SignatureRefused

_PREFIX = "whsec_"
_SCHEME = "v1"
_TOLERANCE = 300
_DIGITS = 12


def check_webhook(
    headers: Mapping[str, str],
    body: bytes,
    *,
    secrets: Sequence[str],
    now: dt.datetime | None = None,
    tolerance: int = _TOLERANCE,
) -> None:
    """Check that a message was signed with one of your secrets (`whsec_…`) lately.

    Give the body exactly as it came. `tolerance` is how many seconds the sender's clock may differ from yours.

    Raises:
        SignatureRefused: it was not, or is too old or too new; do nothing with it.
        ValueError: a secret is none.
    """
    named = {name.lower(): value for name, value in headers.items()}
    try:
        message, stamp, signatures = (named[f"webhook-{part}"] for part in ("id", "timestamp", "signature"))
    except KeyError as missing:
        raise SignatureRefused(f"the header {missing.args[0]} is missing") from None
    if not stamp.isascii() or not stamp.isdecimal() or len(stamp) > _DIGITS:
        raise SignatureRefused("the time stamp is not a number")
    at = (now or dt.datetime.now(dt.timezone.utc)).timestamp()
    if abs(at - int(stamp)) > tolerance:
        raise SignatureRefused("the message is too old, or a clock is wrong")
    signed = f"{message}.{stamp}.".encode() + body
    wanted = [hmac.digest(_key(secret), signed, hashlib.sha256) for secret in secrets]
    given = [_signature(each) for each in signatures.split()]
    if not any(hmac.compare_digest(one, other) for one in wanted for other in given):
        raise SignatureRefused("no signature of the message is by a secret that is known")


def webhook_event(
    headers: Mapping[str, str],
    body: bytes,
    *,
    secrets: Sequence[str],
    now: dt.datetime | None = None,
    tolerance: int = _TOLERANCE,
) -> Event:
    """Return the event that a message to your webhook tells of, once its signature is checked.

    Events come at least once: one whose `id` you have seen is to be answered with 2xx and passed over.

    Raises:
        SignatureRefused, AnswerNotUnderstood
        ValueError: a secret is none.
    """
    check_webhook(headers, body, secrets=secrets, now=now, tolerance=tolerance)
    try:
        told = json.loads(body)
    except ValueError as error:
        raise AnswerNotUnderstood("the message is not JSON") from error
    return decode(Event, told)


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a webhook's secret is `whsec_` and Base64") from error


def _signature(text: str) -> bytes:
    scheme, _, encoded = text.partition(",")
    try:
        return base64.b64decode(encoded, validate=True) if scheme == _SCHEME else b""
    except binascii.Error:
        return b""
