"""Results that an office has issued, signed by the development authority, and papers in depositories."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from app.signers import open_signer
from pipeline.domain.audit import Author
from pipeline.domain.document import Field, FieldOrigin, FieldState
from pipeline.domain.ids import DocumentId, DossierCode, FieldName
from pipeline.domain.result import ResultCode
from pipeline.domain.signature import SignatureLevel, SignerRole
from pipeline.ports import Area
from pipeline.usecases.issue_result import issue_result
from pipeline.usecases.sign_documents import SigningOrder, sign_documents
from tests.e2e.papers import DOSSIER, keep_papers
from web.office import Office

APPLICANT = "Nguyễn Thị Hồng Nhung"
SUBJECT = "Về việc cấp giấy phép xây dựng nhà ở riêng lẻ cho hộ bà Nhung"


def field(value: str) -> Field:
    return Field(
        value=value, raw=value, confidence=0.99, page=1, box=None, origin=FieldOrigin.CLERK, state=FieldState.CONFIRMED
    )


FIELDS = {
    FieldName("full_name"): field(APPLICANT),
    FieldName("subject"): field(SUBJECT),
    FieldName("code_number"): field("12"),
    FieldName("code_notation"): field("QĐ-UBND"),
    FieldName("organ_name"): field("ỦY BAN NHÂN DÂN XÃ THANH BÌNH"),
    FieldName("issued_date"): field("2026-01-31"),
}


@dataclass(frozen=True)
class Issued:
    """A result with the paper that it is."""

    code: ResultCode
    document: DocumentId


def keep(office: Office, number: int, **changes: object) -> Sequence[DocumentId]:
    """Keep papers of one page each."""
    services = office.services
    return keep_papers(services.records, services.objects, number, **{"fields": FIELDS, **changes})  # type: ignore[arg-type]


def issue(office: Office, number: int = 1, *, dossier: DossierCode = DOSSIER) -> list[Issued]:
    """Give papers the codes of results; nobody has signed them."""
    services = office.services
    issued = [
        issue_result(
            each,
            address=f"{office.address}/v",
            with_data=True,
            results=services.results,
            library=services.library,
            versions=services.versions,
            objects=services.objects,
            clock=services.clock,
            catalogue=services.catalogue,
        )
        for each in keep(office, number, dossier=dossier)
    ]
    return [Issued(each.result.code, each.result.document) for each in issued]


def sign(office: Office, documents: Sequence[DocumentId], role: SignerRole = SignerRole.OFFICIAL) -> None:
    """Sign papers with the development authority's key; needs the mark `enable_socket` for its time stamps."""
    services = office.services.acting(Author(name="chu-tich", role="official", origin="tests"))
    with open_signer(office.settings, role=role, clock=services.clock) as signer:
        outcomes = sign_documents(
            SigningOrder(documents=tuple(documents), role=role, level=SignatureLevel.B_T),
            signer=signer,
            objects=services.objects,
            library=services.library,
            versions=services.versions,
            orders=services.orders,
            clock=services.clock,
        )
    assert [each.error for each in outcomes] == [None] * len(documents)


def content(office: Office, document: DocumentId, number: int = -1) -> bytes:
    """Return the bytes of a state of a paper's copy."""
    version = office.services.versions.versions(document)[number]
    with office.services.objects.open(Area.ARCHIVE, version.sha256) as stream:
        return io.BytesIO(stream.read()).getvalue()
