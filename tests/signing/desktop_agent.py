"""Desktop agents as they are and as they might be: one that signs honestly, and one for each way to cheat."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass

from asn1crypto import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1, translate_pyca_cryptography_key_to_asn1
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.issuing import Identity

Change = Callable[[IncrementalPdfFileWriter], None]


@dataclass(frozen=True, kw_only=True)
class Agent:
    """Signs with pyHanko's own signer, a program of another kind than the product's."""

    identity: Identity
    at: dt.datetime
    box: tuple[int, int, int, int] = (300, 60, 540, 110)
    tamper: Change | None = None
    """a change made in the same revision as the signature"""

    def sign(self, data: bytes, field: str = "VGCA-1") -> bytes:
        signer = SimpleSigner(
            signing_cert=translate_pyca_cryptography_cert_to_asn1(self.identity.certificate),
            signing_key=translate_pyca_cryptography_key_to_asn1(self.identity.key),
            cert_registry=_store(self.identity),
        )
        writer = IncrementalPdfFileWriter(io.BytesIO(data))
        if self.tamper:
            self.tamper(writer)
        metadata = PdfSignatureMetadata(field_name=field, md_algorithm="sha256", name="VGCA")
        session = PdfSigner(metadata, signer, new_field_spec=SigFieldSpec(field, box=self.box))
        output = io.BytesIO()
        _with_time(session, writer, output, self.at)
        return output.getvalue()


def _with_time(signer: PdfSigner, writer: IncrementalPdfFileWriter, output: io.BytesIO, at: dt.datetime) -> None:
    session = signer.init_signing_session(writer)
    session.system_time = at
    document = session.prepare_tbs_document(None, 16384)
    digest, _ = document.digest_tbs_document(output=output)
    asyncio.run(document.perform_signature(digest.document_digest, PdfCMSSignedAttributes(signing_time=at)))


def _store(identity: Identity) -> SimpleCertificateStore:
    assert isinstance(identity.key, rsa.RSAPrivateKey)
    store = SimpleCertificateStore()
    store.register_multiple([translate_pyca_cryptography_cert_to_asn1(each) for each in identity.above])
    return store


def fingerprint(identity: Identity) -> str:
    return str(x509.Certificate.load(identity.der).sha256.hex())
