"""Levels B-LT and B-LTA (ETSI EN 319 142-1 §6.3), and their renewal: evidence in the document, time stamps over all of it.

Each addition is an incremental update of its own; none is a change of the document (ISO 32000-2 §12.8.2.2).
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from asn1crypto import cms, x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, enumerate_sig_fields
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.generic_cms import extract_certs_for_validation, extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from pipeline.domain.signature import SignatureLevel
from pipeline.domain.signing_errors import SigningFailed
from signing.cms_form import is_document_timestamp
from signing.draft import beside, not_written
from signing.evidence import Evidence, EvidenceGatherer
from signing.fields import Update
from signing.pades import CHUNK
from signing.timestamp_client import HttpTimeStamper

_DIGEST = "sha256"
_STAMP_FIELD = "SoHoa-Time-"


@dataclass(frozen=True, slots=True)
class Signatory:
    """A certificate by which something in the document was signed."""

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    timestamps: bool


def add_evidence(file: BinaryIO, evidence: Evidence) -> None:
    """Append the document security store, or what is new in it, to the open PDF `file` (read and write)."""
    update = Update(file, strict=True)
    DocumentSecurityStore.supply_dss_in_writer(
        update,
        None,
        certs=evidence.certificates,
        crls=evidence.revocation.crls,
        ocsps=evidence.revocation.ocsps,
    )
    update.write_in_place()  # type: ignore[no-untyped-call]


def add_document_timestamp(file: BinaryIO, timestamper: HttpTimeStamper) -> None:
    """Append a time stamp over all that is in the open PDF `file` (read and write).

    Raises:
        TimestampUnavailable: the file then ends in an unfinished time stamp and must be thrown away.
    """
    update = Update(file, strict=True)
    names = {name for name, _, _ in enumerate_sig_fields(update.prev)}
    name = next(f"{_STAMP_FIELD}{n}" for n in range(1, len(names) + 2) if f"{_STAMP_FIELD}{n}" not in names)
    writing = PdfCMSEmbedder(new_field_spec=SigFieldSpec(name)).write_cms(field_name=name, writer=update)
    next(writing)
    writing.send(SigObjSetup(sig_placeholder=DocumentTimestamp(bytes_reserved=2 * timestamper.room)))
    prepared, _ = writing.send(SigIOSetup(md_algorithm=_DIGEST, in_place=True, chunk_size=CHUNK))
    writing.send(timestamper.stamp(prepared.document_digest))


def signature_evidence(signature: bytes, gatherer: EvidenceGatherer, *, at: dt.datetime) -> Evidence:
    """Return the evidence for a signature, given as DER, and the time stamps in it; raises as `EvidenceGatherer.gather`."""
    signed = cms.ContentInfo.load(signature)["content"]
    return _evidence(_signatories(signed, timestamps=False), gatherer, at)


def renew(
    source: Path, target: Path, *, timestamper: HttpTimeStamper, gatherer: EvidenceGatherer, at: dt.datetime
) -> None:
    """Write `target` = the bytes of `source`, evidence for what no document time stamp covers yet, and a time stamp over it all.

    This makes B-LTA of any lower level, and prolongs B-LTA. To be done before the newest time stamp's certificate expires or its
    algorithms weaken (`proven_until`): afterwards nothing proves that the document existed before.

    Raises:
        TimestampUnavailable, EvidenceMissing: `target` does not exist then.
        SigningFailed: no signature in it, it cannot be read, or `target` cannot be written.
    """
    with _extended(source, target) as file:
        found = _signed_by(file, source)
        add_evidence(file, _evidence(found, gatherer, at) + stamp_evidence(timestamper, gatherer, at))
        add_document_timestamp(file, timestamper)


def raise_level(
    source: Path,
    target: Path,
    level: SignatureLevel,
    *,
    timestamper: HttpTimeStamper,
    gatherer: EvidenceGatherer,
    at: dt.datetime,
) -> None:
    """Write `target` = the bytes of `source` and what raises its newest signatures to `level`, long after they were made.

    The time is proven by a document time stamp over all of the file, which is as good as one within the signature (ETSI EN 319
    142-1 §6.3, B-T); so the earlier bytes stay as they are.

    Raises:
        TimestampUnavailable, EvidenceMissing: `target` does not exist then.
        SigningFailed: no signature in it, it cannot be read, or `target` cannot be written.
    """
    if level is SignatureLevel.B_LTA:
        renew(source, target, timestamper=timestamper, gatherer=gatherer, at=at)
        return
    with _extended(source, target) as file:
        found = _signed_by(file, source)
        evidence = Evidence()
        if level is SignatureLevel.B_LT:
            evidence = _evidence(found, gatherer, at) + stamp_evidence(timestamper, gatherer, at)
        add_document_timestamp(file, timestamper)
        if level is SignatureLevel.B_LT:
            add_evidence(file, evidence)


@contextmanager
def _extended(source: Path, target: Path) -> Iterator[BinaryIO]:
    """Give a copy of `source` to append to, which becomes `target` if all goes well."""
    try:
        with beside(target) as draft:
            shutil.copyfile(source, draft)
            with draft.open("r+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        raise not_written(error, target) from error
    except (PdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SigningFailed(reason="unreadable", file=str(source)) from error


def _signed_by(file: BinaryIO, source: Path) -> list[Signatory]:
    found = list(itertools.chain.from_iterable(newest_signatories(file)))
    if not found:
        raise SigningFailed(reason="not_signed", file=str(source))
    return found


def proven_until(file: Path) -> dt.datetime | None:
    """Return when the newest time stamp of a document runs out, by the end of its authority's certificate; None without any.

    The forecast for `renew`, which is due well before.

    Raises:
        SigningFailed: the file cannot be read.
    """
    try:
        with file.open("rb") as stream:
            ends = [
                each.certificate.not_valid_after
                for each in itertools.chain.from_iterable(newest_signatories(stream))
                if each.timestamps
            ]
    except (PdfError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SigningFailed(reason="unreadable", file=str(file)) from error
    return max(ends, default=None)


def stamp_evidence(timestamper: HttpTimeStamper, gatherer: EvidenceGatherer, at: dt.datetime) -> Evidence:
    """Return the evidence for the time stamp to come: without it nobody could judge that one before the next renewal."""
    return _evidence(_signatories(timestamper.sample["content"], timestamps=True), gatherer, at)


def newest_signatories(stream: BinaryIO) -> list[list[Signatory]]:
    """Return who signed since, and who made, the newest document time stamp; what lies before it was taken care of then.

    For each signature first its own certificate, then those of the time stamps in it.
    """
    reader = PdfFileReader(stream, strict=True)
    fields = enumerate_sig_fields(reader, filled_status=True)
    signatures = [EmbeddedPdfSignature(reader, field.get_object(), name) for name, _, field in fields]
    stamps = [each.signed_revision for each in signatures if is_document_timestamp(each)]
    return [
        _signatories(each.signed_data, timestamps=is_document_timestamp(each))
        for each in signatures
        if each.signed_revision >= max(stamps, default=0)
    ]


def _signatories(signed: cms.SignedData, *, timestamps: bool) -> list[Signatory]:
    known = extract_certs_for_validation(signed)
    found = [Signatory(known.signer_cert, tuple(known.other_certs), timestamps)]
    for token in extract_tst_data_iter(signed["signer_infos"][0], signed=False):
        found += _signatories(token, timestamps=True)
    return found


def _evidence(signatories: Sequence[Signatory], gatherer: EvidenceGatherer, at: dt.datetime) -> Evidence:
    evidence = Evidence()
    for each in signatories:
        evidence += gatherer.gather(each.certificate, others=each.others, at=at, timestamps=each.timestamps)
    return evidence
