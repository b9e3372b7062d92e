"""Remote signing by the Cloud Signature Consortium's API, against a service on loopback."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.domain.errors import SohoaError
from pipeline.domain.signature import SignatureLevel, Verdict
from pipeline.domain.signing_errors import KeyUnusable, SignerUnavailable
from pipeline.signing_ports import Signed, SigningJob
from signing.csc_version import CscVersion
from signing.issuing import Identity, Usage, issue, subject
from signing.signer_csc import RemoteCredential, open_csc
from signing.validate import Validator
from tests.signing.csc_service import OTP, PIN, TOKEN, Service, serve
from tests.signing.pki import LONG, NOW, Pki, plan, policy

pytestmark = pytest.mark.enable_socket
Connect = Callable[..., RemoteCredential]


@pytest.fixture
def connect(socket_enabled: None) -> Iterator[Connect]:
    with ExitStack() as stack:

        def run(service: Service, version: CscVersion = CscVersion.V1) -> RemoteCredential:
            url = stack.enter_context(serve(service))
            return RemoteCredential(
                base_url=f"{url}/{version.value}",
                version=version,
                credential_id="KEY-1",
                access_token=lambda: TOKEN,
                factors=lambda: {"PIN": PIN, "OTP": OTP},
            )

        yield run


def jobs(pdf: Path, number: int) -> list[SigningJob]:
    return [SigningJob(source=pdf, target=pdf.with_name(f"signed-{n}.pdf"), plan=plan()) for n in range(number)]


@pytest.mark.parametrize("version", CscVersion)
def test_one_authorisation_for_many_documents(
    connect: Connect, pki: Pki, pdf: Path, official: Identity, version: CscVersion
) -> None:
    service = Service(official)
    with open_csc(connect(service, version), policy=policy(pki.trust())) as signer:
        assert signer.sign_batch(jobs(pdf, 5)) == [Signed(level=SignatureLevel.B_B)] * 5
    assert service.calls == [("credentials/info", 0), ("credentials/authorize", 5), ("signatures/signHash", 5)]
    for job in jobs(pdf, 5):
        assert Validator(trust=pki.trust()).validate(job.target, at=NOW).verdict is Verdict.VALID


def test_no_more_at_once_than_the_service_allows(connect: Connect, pki: Pki, pdf: Path, official: Identity) -> None:
    service = Service(official, multisign=2)
    with open_csc(connect(service), policy=policy(pki.trust())) as signer:
        assert signer.sign_batch(jobs(pdf, 5)) == [Signed(level=SignatureLevel.B_B)] * 5
    assert [number for name, number in service.calls if name == "signatures/signHash"] == [2, 2, 1]


@pytest.mark.parametrize("version", CscVersion)
def test_pss(connect: Connect, pki: Pki, pdf: Path, official: Identity, version: CscVersion) -> None:
    with open_csc(connect(Service(official), version), policy=policy(pki.trust()), pss=True) as signer:
        signer.sign(pdf, pdf.with_name("signed.pdf"), plan())
    assert Validator(trust=pki.trust()).validate(pdf.with_name("signed.pdf"), at=NOW).verdict is Verdict.VALID


@pytest.mark.parametrize("plain_numbers", [False, True])
def test_elliptic_values_in_either_form(connect: Connect, pki: Pki, pdf: Path, plain_numbers: bool) -> None:  # noqa: FBT001
    key = ec.generate_private_key(ec.SECP384R1())
    identity = issue(subject("Cong", "Thử"), key=key, issuer=pki.issuing, usage=Usage.SIGNATURE, validity=LONG)
    with open_csc(connect(Service(identity, plain_numbers=plain_numbers)), policy=policy(pki.trust())) as signer:
        signer.sign(pdf, pdf.with_name("signed.pdf"), plan())
    verdict = Validator(trust=pki.trust()).validate(pdf.with_name("signed.pdf"), at=NOW)
    assert (verdict.verdict, verdict.signatures[0].digest) == (Verdict.VALID, "sha384")


@pytest.mark.parametrize(
    ("fault", "error", "reason"),
    [
        ("busy", SignerUnavailable, "service_error"),
        ("nonsense", SignerUnavailable, "unreadable_answer"),
        ("disabled", KeyUnusable, "credential_disabled"),
        ("no_certificate", KeyUnusable, "no_certificate"),
        ("breaks_off", SignerUnavailable, "service_error"),
        ("one_short", SignerUnavailable, "wrong_number_of_signatures"),
    ],
)
def test_a_service_that_misbehaves(  # noqa: PLR0917 -- fixtures
    connect: Connect, pki: Pki, pdf: Path, official: Identity, fault: str, error: type[SohoaError], reason: str
) -> None:
    with (
        pytest.raises(error) as caught,
        open_csc(connect(Service(official, fault=fault)), policy=policy(pki.trust())) as signer,
    ):
        signer.sign_batch(jobs(pdf, 2))
    assert caught.value.details["reason"] == reason
    assert [each.name for each in pdf.parent.iterdir()] == [pdf.name]


def test_signatures_of_the_wrong_documents_are_not_written(
    connect: Connect, pki: Pki, pdf: Path, official: Identity
) -> None:
    with open_csc(connect(Service(official, fault="mixed_up")), policy=policy(pki.trust())) as signer:
        first, second = (
            SigningJob(source=pdf, target=pdf.with_name(f"{n}.pdf"), plan=replace(plan(), organ=str(n), page=1))
            for n in range(2)
        )
        second = replace(second, plan=replace(second.plan, role=plan().role, at=NOW.replace(minute=31)))
        outcomes = signer.sign_batch([first, second])
    assert [each.details["reason"] for each in outcomes if isinstance(each, SohoaError)] == ["value_does_not_fit"] * 2
    assert [each.name for each in pdf.parent.iterdir()] == [pdf.name]


def test_a_service_that_is_not_there(pki: Pki) -> None:
    credential = RemoteCredential(
        base_url="http://127.0.0.1:9/csc/v1", version=CscVersion.V1, credential_id="KEY-1", access_token=lambda: TOKEN
    )
    with pytest.raises(SignerUnavailable) as caught, open_csc(credential, policy=policy(pki.trust())):
        pass
    assert caught.value.details == {"reason": "no_answer"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"factors": lambda: {"PIN": "999111"}}, "invalid_pin"),
        ({"access_token": lambda: "expired-777"}, "invalid_token"),
        ({"credential_id": "KEY-2"}, "invalid_request"),
    ],
)
def test_refusals_name_the_reason_and_no_secret(  # noqa: PLR0917 -- fixtures
    connect: Connect,
    pki: Pki,
    pdf: Path,
    official: Identity,
    change: dict[str, object],
    reason: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    credential = replace(connect(Service(official)), **change)  # type: ignore[arg-type]
    with (
        pytest.raises(KeyUnusable) as caught,
        open_csc(credential, policy=policy(pki.trust())) as signer,
    ):
        signer.sign(pdf, pdf.with_name("signed.pdf"), plan())
    assert caught.value.details == {"reason": reason}
    for secret in (PIN, "999111", TOKEN, "expired-777"):
        assert secret not in caplog.text + repr(caught.value) + repr(credential)
