"""What every way to sign has to do alike, wherever the key is: file, token, remote service in two versions, desktop agent."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pikepdf.pdfa
import pytest

from pipeline.domain.agent import AgentOrder
from pipeline.domain.errors import SohoaError
from pipeline.domain.ids import ContentHash
from pipeline.domain.signature import Verdict
from pipeline.signing_ports import SignaturePlan
from signing.agent import ReturnChecks, accept_return
from signing.csc_version import CscVersion
from signing.issuing import Identity, Usage, Validity
from signing.signer_csc import RemoteCredential, open_csc
from signing.signer_pkcs11 import TokenPlace, open_pkcs11
from signing.signer_pkcs12 import open_pkcs12
from signing.tickets import LIFETIME
from signing.trust import TrustAnchors
from signing.validate import Validator
from tests.signing import csc_service, softhsm
from tests.signing.desktop_agent import Agent, fingerprint
from tests.signing.pki import DAY, LONG, NOW, Pki, plan, policy

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]
SignOnce = Callable[[Path, Path, SignaturePlan], None]
Open = Callable[[Identity, TrustAnchors], AbstractContextManager[SignOnce]]


def by_file(pki: Pki, tmp_path: Path) -> Open:
    @contextmanager
    def run(identity: Identity, trust: TrustAnchors) -> Iterator[SignOnce]:
        with open_pkcs12(pki.key_file(identity), b"", policy=policy(trust)) as signer:
            yield signer.sign

    return run


def by_token(pki: Pki, tmp_path: Path) -> Open:
    @contextmanager
    def run(identity: Identity, trust: TrustAnchors) -> Iterator[SignOnce]:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("SOFTHSM2_CONF", str(softhsm.configure(Path(tempfile.mkdtemp(dir=tmp_path)))))
            softhsm.make_token("Bút").put(identity)
            place = TokenPlace(library=softhsm.LIBRARY, token="Bút")
            with open_pkcs11(place, lambda: softhsm.PIN, policy=policy(trust)) as signer:
                yield signer.sign

    return run


def by_service(version: CscVersion) -> Callable[[Pki, Path], Open]:
    def make(pki: Pki, tmp_path: Path) -> Open:
        @contextmanager
        def run(identity: Identity, trust: TrustAnchors) -> Iterator[SignOnce]:
            with ExitStack() as stack:
                url = stack.enter_context(csc_service.serve(csc_service.Service(identity)))
                credential = RemoteCredential(
                    base_url=f"{url}/{version.value}",
                    version=version,
                    credential_id="KEY-1",
                    access_token=lambda: csc_service.TOKEN,
                    factors=lambda: {"PIN": csc_service.PIN},
                )
                yield stack.enter_context(open_csc(credential, policy=policy(trust))).sign

        return run

    return make


def by_agent(pki: Pki, tmp_path: Path) -> Open:
    @contextmanager
    def run(identity: Identity, trust: TrustAnchors) -> Iterator[SignOnce]:
        def sign(source: Path, target: Path, wanted: SignaturePlan) -> None:
            (returned := tmp_path / "upload.pdf").write_bytes(
                Agent(identity=identity, at=wanted.at).sign(source.read_bytes())
            )
            order = AgentOrder(
                order_id="o",
                document_sha256=ContentHash(hashlib.sha256(source.read_bytes()).hexdigest()),
                role=wanted.role,
                certificates=frozenset({fingerprint(identity)}),
                issued_at=wanted.at,
                expires_at=wanted.at + LIFETIME,
            )
            checks = ReturnChecks(
                validator=Validator(trust=trust),
                is_pdfa=lambda path: (
                    not any(each.kind == "violation" for each in pikepdf.pdfa.validate_written(path, "2b").findings)
                ),
            )
            accept_return(
                returned, target, sent=source, order=order, checks=checks, quarantine=tmp_path / "aside", now=wanted.at
            )

        yield sign

    return run


WAYS = {
    "file": by_file,
    "token": by_token,
    "service v1": by_service(CscVersion.V1),
    "service v2": by_service(CscVersion.V2),
    "agent": by_agent,
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, pki: Pki, tmp_path: Path, socket_enabled: None) -> Open:
    (inner := tmp_path / "way").mkdir()
    return WAYS[request.param](pki, inner)


def test_good(way: Open, pki: Pki, pdf: Path, official: Identity) -> None:
    target = pdf.with_name("signed.pdf")
    with way(official, pki.trust()) as sign:
        sign(pdf, target, plan())
    verdict = Validator(trust=pki.trust()).validate(target, at=NOW)
    assert (verdict.verdict, [each.signer for each in verdict.signatures]) == (Verdict.VALID, ["Nguyễn Thị Ví Dụ"])
    assert target.read_bytes().startswith(pdf.read_bytes())


def refused(way: Open, identity: Identity, trust: TrustAnchors, pdf: Path) -> object:
    target = pdf.with_name("signed.pdf")
    with pytest.raises(SohoaError) as caught, way(identity, trust) as sign:
        sign(pdf, target, plan())
    assert sorted(each.name for each in pdf.parent.glob("*.pdf")) == [pdf.name]
    assert not list(pdf.parent.glob(".*"))
    return caught.value.details["reason"]


def test_expired(way: Open, pki: Pki, pdf: Path) -> None:
    identity = pki.signer(validity=Validity(start=LONG.start, end=NOW - DAY))
    assert refused(way, identity, pki.trust(), pdf) == "OUT_OF_BOUNDS_NO_POE"


def test_not_yet_valid(way: Open, pki: Pki, pdf: Path) -> None:
    identity = pki.signer(validity=Validity(start=NOW + DAY, end=LONG.end))
    assert refused(way, identity, pki.trust(), pdf) == "OUT_OF_BOUNDS_NO_POE"


def test_revoked(way: Open, pki: Pki, pdf: Path, official: Identity) -> None:
    assert refused(way, official, pki.trust((official.certificate, NOW - DAY)), pdf) == "REVOKED_NO_POE"


def test_wrong_usage(way: Open, pki: Pki, pdf: Path) -> None:
    assert refused(way, pki.signer(usage=Usage.TLS_SERVER), pki.trust(), pdf) == "CHAIN_CONSTRAINTS_FAILURE"


def test_unknown_authority(way: Open, pki: Pki, pdf: Path, official: Identity) -> None:
    assert refused(way, official, TrustAnchors(), pdf) == "NO_CERTIFICATE_CHAIN_FOUND"


def test_interrupted_and_begun_again(way: Open, pki: Pki, pdf: Path, official: Identity) -> None:
    """The person gives up, or the machine does, and later starts anew: nothing of the first attempt is in the way."""

    class GaveUp(Exception):
        pass

    target = pdf.with_name("signed.pdf")
    with pytest.raises(GaveUp), way(official, pki.trust()):
        raise GaveUp
    assert not target.exists()
    again = way(official, pki.trust())
    with again as sign:
        sign(pdf, target, plan())
        assert target.exists()
