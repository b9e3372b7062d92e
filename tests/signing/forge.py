"""Signatures as no honest program makes them: any CMS, in any signature dictionary, over any PDF."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asn1crypto import algos, cms, core, tsp, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import PdfSignedData

from signing.issuing import Identity
from tests.signing.odd_certificates import Bare
from tests.signing.pki import NOW

_HASHES: dict[str, Any] = {
    "md5": hashes.MD5(),
    "sha1": hashes.SHA1(),
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha512": hashes.SHA512(),
}
Attributes = list[tuple[str, Sequence[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a forged signature differs from an honest one."""

    digest: str = "sha256"
    """named for message and attributes"""
    mechanism: str = ""
    """signature algorithm named; default: the honest one"""
    parameters: Any = None
    attributes: Callable[[Attributes], Attributes] | None = lambda honest: honest
    """changes the signed attributes; None: there are none"""
    shown: Identity | None = None
    """whose certificate is shown in place of the signer's own"""
    bind: bool = True
    """whether the certificate is bound by ESS signing-certificate-v2 (RFC 5035)"""
    content: bytes | None = None
    """within the CMS, where nothing belongs"""
    content_type: str = "data"
    signature: Callable[[bytes], bytes] = lambda honest: honest
    """changes the signature value"""
    padding: Any = field(default_factory=padding.PKCS1v15)
    signers: int = 1
    stamp: Callable[[bytes], cms.ContentInfo] | None = None
    """gives a time-stamp token for the signature value"""
    unsigned: Callable[[bytes], Attributes] | None = None
    """gives unsigned attributes for the signature value"""


def forged_cms(document_digest: bytes, signer: Identity | Bare, recipe: Recipe) -> bytes:
    """Return the DER of a CMS as `recipe` says over a document digest."""
    shown = x509.Certificate.load((recipe.shown or signer).der)
    attributes: Attributes = [("content_type", (recipe.content_type,)), ("message_digest", (document_digest,))]
    if recipe.bind:
        bound = {"certs": [{"cert_hash": hashlib.sha256(shown.dump()).digest()}]}
        attributes.append(("signing_certificate_v2", (tsp.SigningCertificateV2(bound),)))
    info: dict[str, Any] = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            {"issuer_and_serial_number": {"issuer": shown.issuer, "serial_number": shown.serial_number}}
        ),
        "digest_algorithm": {"algorithm": recipe.digest},
        "signature_algorithm": algos.SignedDigestAlgorithm(
            {"algorithm": recipe.mechanism or _usual(signer, recipe), "parameters": recipe.parameters}
            if recipe.parameters is not None
            else {"algorithm": recipe.mechanism or _usual(signer, recipe)}
        ),
    }
    if recipe.attributes is None:
        signed = None
    else:
        chosen = recipe.attributes(attributes)
        info["signed_attrs"] = cms.CMSAttributes(
            [cms.CMSAttribute({"type": kind, "values": values}) for kind, values in chosen]
        )
        signed = info["signed_attrs"].dump()
    info["signature"] = recipe.signature(_sign(signer, recipe, signed, document_digest))
    if recipe.stamp is not None:
        token = recipe.stamp(hashlib.sha256(info["signature"]).digest())
        info["unsigned_attrs"] = cms.CMSAttributes(
            [cms.CMSAttribute({"type": "signature_time_stamp_token", "values": (token,)})]
        )
    if recipe.unsigned is not None:
        info["unsigned_attrs"] = cms.CMSAttributes(
            [cms.CMSAttribute({"type": kind, "values": values}) for kind, values in recipe.unsigned(info["signature"])]
        )
    inside = {"content_type": recipe.content_type}
    content = {"content": core.OctetString(recipe.content)} if recipe.content is not None else {}
    above = [x509.Certificate.load(each.public_bytes(Encoding.DER)) for each in signer.above]
    data = {
        "version": "v1",
        "digest_algorithms": [algos.DigestAlgorithm({"algorithm": recipe.digest})],
        "encap_content_info": inside | content,
        "certificates": [shown, *above],
        "signer_infos": [info] * recipe.signers,
    }
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(data)}).dump())


def forged(
    source: Path | bytes,
    signer: Identity | Bare,
    recipe: Recipe | None = None,
    *,
    subfilter: str = "/ETSI.CAdES.detached",
    kind: str = "/Sig",
    box: tuple[int, int, int, int] | None = None,
    contents: Callable[[bytes], bytes] | None = None,
    name: str = "Forged",
    permission: int = 0,
    existing: bool = False,
    change: Callable[[IncrementalPdfFileWriter], None] = lambda _: None,
    claimed: str = "",
) -> bytes:
    """Return `source` with a signature as `recipe` says in a new field.

    Args:
        source: a PDF.
        signer: whose key signs.
        recipe: of the CMS.
        subfilter: of the signature dictionary.
        kind: `/Type` of the signature dictionary.
        box: of the field, if it is to be seen.
        contents: gives the CMS for a document digest, in place of `recipe`.
        name: of the field.
        permission: DocMDP permission if the signature is to certify.
        existing: whether the field is there already.
        change: what else this revision does.
        claimed: `/M`, when it says that it was made; default: NOW.
    """
    recipe = recipe or Recipe()
    writer = IncrementalPdfFileWriter(io.BytesIO(source if isinstance(source, bytes) else source.read_bytes()))
    change(writer)
    spec = None if existing else SigFieldSpec(name, box=box)
    embedding = PdfCMSEmbedder(new_field_spec=spec).write_cms(
        field_name=name, writer=writer, existing_fields_only=existing
    )
    next(embedding)
    dictionary = PdfSignedData(pdf_name(kind), SigSeedSubFilter.PADES, timestamp=NOW, bytes_reserved=24000)
    dictionary[pdf_name("/Filter")] = pdf_name("/Adobe.PPKLite")
    dictionary[pdf_name("/SubFilter")] = pdf_name(subfilter)
    if claimed:
        dictionary[pdf_name("/M")] = generic.TextStringObject(claimed)
    if permission:
        _certify(writer, dictionary, permission)
    embedding.send(SigObjSetup(sig_placeholder=dictionary))
    prepared, output = embedding.send(SigIOSetup(md_algorithm=recipe.digest, in_place=False))
    made = (contents or (lambda digest: forged_cms(digest, signer, recipe)))(prepared.document_digest)
    embedding.send(made)
    output.seek(0)
    return bytes(output.read())


def _certify(writer: IncrementalPdfFileWriter, dictionary: PdfSignedData, permission: int) -> None:
    transform = {
        pdf_name("/Type"): pdf_name("/TransformParams"),
        pdf_name("/P"): generic.NumberObject(permission),
        pdf_name("/V"): pdf_name("/1.2"),
    }
    reference = {
        pdf_name("/Type"): pdf_name("/SigRef"),
        pdf_name("/TransformMethod"): pdf_name("/DocMDP"),
        pdf_name("/TransformParams"): generic.DictionaryObject(transform),
    }
    dictionary[pdf_name("/Reference")] = generic.ArrayObject([generic.DictionaryObject(reference)])
    writer.root[pdf_name("/Perms")] = generic.DictionaryObject({pdf_name("/DocMDP"): generic.NullObject()})
    writer.update_root()


def _usual(signer: Identity | Bare, recipe: Recipe) -> str:
    return f"{recipe.digest}_{'rsa' if isinstance(signer.key, rsa.RSAPrivateKey) else 'ecdsa'}"


def _sign(signer: Identity | Bare, recipe: Recipe, signed: bytes | None, document_digest: bytes) -> bytes:
    algorithm = _HASHES[recipe.digest]
    data, how = (signed, algorithm) if signed is not None else (document_digest, Prehashed(algorithm))
    if isinstance(signer.key, rsa.RSAPrivateKey):
        return signer.key.sign(data, recipe.padding, how)
    return signer.key.sign(data, ec.ECDSA(how))
