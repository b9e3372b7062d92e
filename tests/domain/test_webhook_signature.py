"""Messages are signed as Standard Webhooks has it, by the vector of its own reference libraries."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.domain.webhook import SendFault, fault_of, secret_bytes, secret_text, signed_headers

# https://github.com/standard-webhooks/standard-webhooks, libraries: the vector that all of them test
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE, SECONDS, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_signature_is_that_of_the_reference() -> None:
    at = dt.datetime.fromtimestamp(SECONDS, dt.UTC)
    assert signed_headers(MESSAGE, BODY, at=at, secrets=[secret_bytes(SECRET)]) == {
        "webhook-id": MESSAGE,
        "webhook-timestamp": str(SECONDS),
        "webhook-signature": SIGNATURE,
    }


def test_two_secrets_sign_beside_each_other() -> None:
    at = dt.datetime.fromtimestamp(SECONDS, dt.UTC)
    both = signed_headers(MESSAGE, BODY, at=at, secrets=[bytes(32), secret_bytes(SECRET)])["webhook-signature"]
    assert len(both.split(" ")) == 2
    assert both.split(" ")[1] == SIGNATURE


def test_a_secret_comes_back_from_its_text() -> None:
    assert secret_text(secret_bytes(SECRET)) == SECRET
    for wrong in ("", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_ä", "whsec_abc"):
        with pytest.raises(ValueError, match="not a secret"):
            secret_bytes(wrong)


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (200, None),
        (204, None),
        (299, None),
        (302, SendFault.REDIRECT),
        (400, SendFault.REFUSED),
        (410, SendFault.GONE),
        (429, SendFault.BUSY),
        (500, SendFault.FAILED),
        (503, SendFault.BUSY),
        (101, SendFault.BROKEN),
        (999, SendFault.BROKEN),
    ],
)
def test_what_an_answer_says(status: int, fault: SendFault | None) -> None:
    assert fault_of(status) is fault
