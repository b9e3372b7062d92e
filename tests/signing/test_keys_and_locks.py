"""Kinds of keys and digests; what earlier signatures lock (DocMDP, FieldMDP); many signatures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1, translate_pyca_cryptography_key_to_asn1
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, PdfTimeStamper, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pipeline.domain.signature import Verdict
from pipeline.domain.signing_errors import KeyUnusable
from signing.issuing import Identity, Usage, issue, subject
from signing.key_holder import Scheme, SignatureMethod
from signing.signer_pkcs12 import open_pkcs12
from signing.validate import Validator
from tests.signing.pki import LONG, NOW, Pki, make_pdf, plan, policy
from tests.signing.test_validate import dummy_timestamper


@pytest.mark.parametrize(
    ("key", "pss", "named"),
    [
        (rsa.generate_private_key(65537, 2048), False, ("sha256_rsa", "sha256")),
        (rsa.generate_private_key(65537, 2048), True, ("rsassa_pss", "sha256")),
        (rsa.generate_private_key(65537, 4096), False, ("sha256_rsa", "sha256")),
        (ec.generate_private_key(ec.SECP256R1()), False, ("sha256_ecdsa", "sha256")),
        (ec.generate_private_key(ec.SECP384R1()), False, ("sha384_ecdsa", "sha384")),
    ],
)
def test_every_kind_of_key(
    pki: Pki,
    pdf: Path,
    *,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    pss: bool,
    named: tuple[str, str],
) -> None:
    from asn1crypto import cms  # noqa: PLC0415 -- to read the algorithm off the file

    name = subject("Lê Thị Thử", "Thử nghiệm")
    identity = issue(name, key=key, issuer=pki.issuing, usage=Usage.SIGNATURE, validity=LONG)
    target = pdf.with_name("signed.pdf")
    with open_pkcs12(pki.key_file(identity), b"", policy=policy(pki.trust()), pss=pss) as signer:
        signer.sign(pdf, target, plan())
    verdict = Validator(trust=pki.trust()).validate(target, at=NOW)
    assert (verdict.verdict, verdict.signatures[0].digest) == (Verdict.VALID, named[1])
    with pikepdf.open(target) as opened:
        contents = bytes(opened.Root.Perms.DocMDP.Contents)
    info = cms.ContentInfo.load(contents)["content"]["signer_infos"][0]
    found = (info["signature_algorithm"]["algorithm"].native, info["digest_algorithm"]["algorithm"].native)
    assert found == named


@pytest.mark.parametrize("digest", ["sha1", "md5", "sha224"])
def test_weak_digests_cannot_be_named(digest: str) -> None:
    with pytest.raises(KeyUnusable):
        SignatureMethod(Scheme.RSA_PKCS1, digest)


@pytest.mark.parametrize("curve", [ec.SECP192R1(), ec.SECP224R1(), ec.SECP256K1()])
def test_curves_that_are_not_used(pki: Pki, curve: ec.EllipticCurve) -> None:
    key = ec.generate_private_key(curve)
    identity = issue(subject("Cong", "Thử"), key=key, issuer=pki.issuing, usage=Usage.SIGNATURE, validity=LONG)
    with (
        pytest.raises(KeyUnusable) as caught,
        open_pkcs12(pki.key_file(identity), b"", policy=policy(pki.trust())),
    ):
        pass
    assert caught.value.details["reason"] == "kind_of_key"


def form(path: Path) -> Path:
    """A page with two text fields."""
    with pikepdf.open(make_pdf(path), allow_overwriting_input=True) as pdf:
        fields = [
            pdf.make_indirect(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.Annot,
                    Subtype=pikepdf.Name.Widget,
                    FT=pikepdf.Name.Tx,
                    T=name,
                    V="",
                    F=4,
                    Rect=[50, 100 * number, 250, 100 * number + 20],
                )
            )
            for number, name in enumerate(("A", "B"), 1)
        ]
        pdf.Root.AcroForm = pdf.make_indirect(pikepdf.Dictionary(Fields=fields, DA="/Helv 10 Tf"))
        pdf.pages[0].obj.Annots = pikepdf.Array(fields)
        pdf.save(path)
    return path


def signed(source: Path, identity: Identity, number: int = 1, **metadata: object) -> Path:
    """Sign as another program does, in a visible field."""
    store = SimpleCertificateStore()
    store.register_multiple([translate_pyca_cryptography_cert_to_asn1(each) for each in identity.above])
    signer = SimpleSigner(
        signing_cert=translate_pyca_cryptography_cert_to_asn1(identity.certificate),
        signing_key=translate_pyca_cryptography_key_to_asn1(identity.key),
        cert_registry=store,
    )
    lock = metadata.pop("lock", None)
    field = SigFieldSpec(f"S{number}", box=(300, 30 * number, 500, 30 * number + 20), field_mdp_spec=lock)  # type: ignore[arg-type]
    target = source.with_name(f"{source.stem[:4]}-{number}.pdf")
    rules = PdfSignatureMetadata(field_name=f"S{number}", md_algorithm="sha256", **metadata)  # type: ignore[arg-type]
    with source.open("rb") as stream, target.open("wb") as output:
        PdfSigner(rules, signer, new_field_spec=field).sign_pdf(IncrementalPdfFileWriter(stream), output=output)
    return target


def fill(path: Path, name: str) -> Path:
    from pyhanko.pdf_utils import generic  # noqa: PLC0415 -- here only
    from pyhanko.pdf_utils.generic import pdf_name  # noqa: PLC0415

    with path.open("r+b") as stream:
        writer = IncrementalPdfFileWriter(stream)
        field = next(
            each.get_object() for each in writer.root["/AcroForm"]["/Fields"] if each.get_object()["/T"] == name
        )
        field[pdf_name("/V")] = generic.pdf_string("x")
        writer.update_container(field)
        writer.write_in_place()
    return path


Rules = dict[str, object]


@pytest.mark.parametrize(
    ("rules", "filled", "expected"),
    [
        ({}, "A", (Verdict.INDETERMINATE, "FORM_CHANGED")),
        ({"certify": True, "docmdp_permissions": MDPPerm.FILL_FORMS}, "A", (Verdict.INDETERMINATE, "FORM_CHANGED")),
        ({"certify": True, "docmdp_permissions": MDPPerm.NO_CHANGES}, "A", (Verdict.INVALID, "FORBIDDEN_CHANGES")),
        ({"lock": FieldMDPSpec(FieldMDPAction.ALL)}, "A", (Verdict.INVALID, "FORBIDDEN_CHANGES")),
        ({"lock": FieldMDPSpec(FieldMDPAction.INCLUDE, ["A"])}, "A", (Verdict.INVALID, "FORBIDDEN_CHANGES")),
        ({"lock": FieldMDPSpec(FieldMDPAction.INCLUDE, ["A"])}, "B", (Verdict.INDETERMINATE, "FORM_CHANGED")),
        ({"lock": FieldMDPSpec(FieldMDPAction.EXCLUDE, ["A"])}, "A", (Verdict.INDETERMINATE, "FORM_CHANGED")),
        ({"lock": FieldMDPSpec(FieldMDPAction.EXCLUDE, ["A"])}, "B", (Verdict.INVALID, "FORBIDDEN_CHANGES")),
    ],
)
def test_filling_in_after_signing(  # noqa: PLR0917 -- fixtures
    pki: Pki, tmp_path: Path, official: Identity, rules: Rules, filled: str, expected: tuple[Verdict, str]
) -> None:
    file = fill(signed(form(tmp_path / "form.pdf"), official, 1, **rules), filled)
    verdict = Validator(trust=pki.trust()).validate(file, at=NOW)
    assert (verdict.verdict, verdict.reason) == expected
    assert verdict.signatures[0].intact


def test_evidence_and_time_stamps_are_no_changes_even_where_none_is_allowed(
    pki: Pki, pdf: Path, official: Identity
) -> None:
    """ISO 32000-2 §12.8.2.2.2."""
    file = signed(pdf, official, certify=True, docmdp_permissions=MDPPerm.NO_CHANGES)
    stamped = pdf.with_name("stamped.pdf")
    with file.open("rb") as stream, stamped.open("wb") as output:
        PdfTimeStamper(dummy_timestamper(pki)).timestamp_pdf(IncrementalPdfFileWriter(stream), "sha256", output=output)
    verdict = Validator(trust=pki.trust()).validate(stamped, at=NOW)
    assert [(each.verdict, each.changes) for each in verdict.signatures] == [
        (Verdict.VALID, "lta_updates"),
        (Verdict.VALID, "none"),
    ]


@pytest.mark.slow
def test_twenty_signatures_cost_twenty_times_one(pki: Pki, pdf: Path, official: Identity) -> None:
    """With room for a busy machine: quadratic growth would be five times linear growth."""
    validator, file, cost = Validator(trust=pki.trust()), pdf, {}

    def processor_seconds(work: Callable[[], object]) -> float:
        taken = []
        for _ in range(3):
            start = time.process_time()
            work()
            taken.append(time.process_time() - start)
        return min(taken)

    for number in range(1, 21):
        file = signed(file, official, number)
        if number in {4, 20}:
            cost[number] = processor_seconds(lambda file=file: validator.validate(file, at=NOW))  # type: ignore[misc]
    verdict = validator.validate(file, at=NOW)
    assert (verdict.verdict, len(verdict.signatures)) == (Verdict.VALID, 20)
    assert cost[20] < 3 * 5 * cost[4]
