"""Whether a message to a webhook comes from the office."""

from __future__ import annotations

import datetime as dt

import pytest

from sohoa_client import SignatureRefused, check_webhook

# the example of the specification's reference libraries (standard-webhooks/standard-webhooks, spec 1.0)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
HEADERS = {
    "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "Webhook-Timestamp": "1614265330",
    "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
AT = dt.datetime.fromtimestamp(1614265330, dt.UTC)
OTHER = "whsec_" + "AAAA" * 8


def test_a_signed_message_is_believed() -> None:
    check_webhook(HEADERS, BODY, secrets=[SECRET], now=AT)
    check_webhook({name.lower(): value for name, value in HEADERS.items()}, BODY, secrets=[OTHER, SECRET], now=AT)


def test_one_of_several_signatures_is_enough() -> None:
    several = {**HEADERS, "Webhook-Signature": f"v1a,abc= v1,AAAA v1,!! {HEADERS['Webhook-Signature']}"}
    check_webhook(several, BODY, secrets=[SECRET], now=AT)


@pytest.mark.parametrize(
    "changed",
    [
        {"Webhook-Id": "msg_other"},
        {"Webhook-Timestamp": "1614265331"},
        {"Webhook-Timestamp": "x"},
        {"Webhook-Timestamp": "٣"},
        {"Webhook-Signature": ""},
        {"Webhook-Signature": "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
        {"Webhook-Signature": "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
    ],
)
def test_a_changed_message_is_not(changed: dict[str, str]) -> None:
    with pytest.raises(SignatureRefused):
        check_webhook({**HEADERS, **changed}, BODY, secrets=[SECRET], now=AT)


def test_another_body_another_secret_or_none_is_refused() -> None:
    for body, secrets in ((BODY + b" ", [SECRET]), (BODY, [OTHER]), (BODY, [])):
        with pytest.raises(SignatureRefused):
            check_webhook(HEADERS, body, secrets=secrets, now=AT)


@pytest.mark.parametrize("missing", sorted(HEADERS))
def test_a_message_without_a_header_is_refused(missing: str) -> None:
    with pytest.raises(SignatureRefused):
        check_webhook({name: value for name, value in HEADERS.items() if name != missing}, BODY, secrets=[SECRET])


@pytest.mark.parametrize("after", [1, -1])
def test_a_message_of_another_time_is_refused(after: int) -> None:
    check_webhook(HEADERS, BODY, secrets=[SECRET], now=AT + after * dt.timedelta(seconds=300))
    with pytest.raises(SignatureRefused):
        check_webhook(HEADERS, BODY, secrets=[SECRET], now=AT + after * dt.timedelta(seconds=301))


def test_what_is_no_secret_is_told_to_whoever_gave_it() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        check_webhook(HEADERS, BODY, secrets=["whsec_?"], now=AT)
