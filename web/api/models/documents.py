"""Papers: what they are, what they say and where that stands, their copies, and what these are worth."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field as ModelField

from pipeline.domain.document import (
    CheckOutcome,
    DocumentState,
    Field,
    FieldOrigin,
    FieldState,
    StoredDocument,
)
from pipeline.domain.file_verdict import KeptVerdict
from pipeline.domain.ids import BatchId, ContentHash
from pipeline.domain.paper_standing import PaperStanding, StandingKind
from pipeline.domain.signature import (
    ActiveContent,
    CopyVersion,
    Coverage,
    RenewalReason,
    SignatureDetails,
    SignatureLevel,
    SignatureVerdict,
    SignerRole,
    Strength,
    Verdict,
)
from pipeline.usecases.batch_json import confidence_json, field_json
from pipeline.usecases.validation_report import ValidationReport
from pipeline.usecases.verdict_json import INDICATIONS
from web.api.models.base import ApiModel, Moment, Sha256

DocumentIdText = Annotated[str, ModelField(examples=["d-0123456789abcdef01234567"])]
Box = Annotated[
    tuple[float, float, float, float] | None,
    ModelField(
        description="left, top, right and bottom in points from the page's top left; null: the value has no place on it",
        examples=[[90.1, 96.0, 160.4, 108.2]],
    ),
]


class FieldShown(ApiModel):
    """A named value of a paper, with its evidence. A value that is not on the paper is absent."""

    value: str | tuple[str, ...]
    """normalised; days are ISO 8601"""
    raw: str
    """as it was read"""
    confidence: float
    """0 to 1; of the fields at 0.95 and above at least 95 in 100 are right"""
    page: int
    """of the paper, from 1"""
    box: Box
    origin: FieldOrigin
    """where it was read; what machines wrote for machines wins over what was read from a picture"""
    state: FieldState
    """`needs_review`: a person has yet to look; `confirmed`: one has"""
    checks: dict[str, CheckOutcome]
    """what checks said of it, by name"""

    @classmethod
    def of(cls, field: Field) -> FieldShown:
        """Return a field as the interface tells it."""
        return cls(**field_json(field))


class StandingShown(ApiModel):
    """Whether a paper may still be relied on. Its file and the signature on it do not know."""

    kind: StandingKind
    """`in_force`: nothing is known against it"""
    since: Moment | None
    reason: str | None
    """as it was written down"""
    result: str | None
    """its code as a result, `<dossier>-KQ<n>`"""
    successor_result: str | None
    """code of the result that stands in its place"""
    successors: tuple[DocumentIdText, ...]
    """papers that stand in its place"""

    @classmethod
    def of(cls, standing: PaperStanding) -> StandingShown:
        """Return it as the interface tells it."""
        return cls(
            kind=standing.kind,
            since=standing.since,
            reason=standing.reason or None,
            result=standing.result,
            successor_result=standing.successor_result,
            successors=standing.successors,
        )


class VersionShown(ApiModel):
    """A state of a paper's copy: each further signature makes a new one, none replaces another."""

    number: int
    """1 is the unsigned copy"""
    sha256: Sha256
    size: int
    """bytes"""
    created_at: Moment
    role: SignerRole | None
    """in which it was signed; null: it was not, or bears a result's code only"""
    level: SignatureLevel | None
    """PAdES baseline level that was reached"""
    signer: str | None
    """common name of the certificate"""
    proven_until: Moment | None
    """how long the file proves itself; null: nobody has looked yet"""
    renewal_reason: RenewalReason | None

    @classmethod
    def of(cls, version: CopyVersion) -> VersionShown:
        """Return a version as the interface tells it."""
        return cls(
            number=version.number,
            sha256=version.sha256,
            size=version.size,
            created_at=version.created_at,
            role=version.role,
            level=version.level,
            signer=version.signer,
            proven_until=version.outlook.until if version.outlook else None,
            renewal_reason=version.outlook.reason if version.outlook else None,
        )


class PageOfDocument(ApiModel):
    """A page of a paper: where it came from."""

    source: str
    """name of the file"""
    number: int
    """in that file, from 1"""


class VerdictShown(ApiModel):
    """What was said of a file's signatures at some time; a verdict of yesterday is not the one of today."""

    file: Sha256
    version: int | None
    """of the copy; null: the signed file that came in"""
    judged_at: Moment
    as_of: Moment
    """the moment for which it was judged"""
    verdict: Verdict
    reason: str
    """sub-indication of ETSI EN 319 102-1, or a key of the product's own"""
    signatures: int
    """how many the file bears"""

    @classmethod
    def of(cls, kept: KeptVerdict, *, version: int | None) -> VerdictShown:
        """Return a verdict as the interface tells it."""
        return cls(
            file=kept.sha256,
            version=version,
            judged_at=kept.at,
            as_of=kept.as_of,
            verdict=kept.verdict,
            reason=kept.reason,
            signatures=kept.signatures,
        )


class DocumentShown(ApiModel):
    """One paper of a dossier: consecutive pages, one type."""

    id: DocumentIdText
    batch: str | None
    """that it came in with; null in lists"""
    dossier: str | None
    """code of its dossier"""
    type: str
    """such as `quyet_dinh`; `khac`: none that is known"""
    type_confidence: float
    state: DocumentState
    """`needs_review`: a person has yet to look; `replaced`: others have its pages now; `disposed`: only this entry is left"""
    pages: int
    standing: StandingShown
    copy_: Annotated[VersionShown, ModelField(serialization_alias="copy")]
    """the newest state of its copy"""
    signed_original: Sha256 | None
    """digest of the signed file that came in, where the copy is the searchable twin of one"""
    version: int
    """grows with every correction"""
    fields: dict[str, FieldShown] | None
    """by name, with `include=fields`"""
    page_list: tuple[PageOfDocument, ...] | None
    """in order, with `include=pages`"""
    versions: tuple[VersionShown, ...] | None
    """oldest first, with `include=versions`"""
    verdicts: tuple[VerdictShown, ...] | None
    """newest first, with `include=signatures`"""

    @classmethod
    def of(
        cls,
        found: StoredDocument,
        *,
        standing: PaperStanding,
        newest: CopyVersion,
        batch: BatchId | None = None,
        fields: dict[str, FieldShown] | None = None,
        with_pages: bool = False,
        versions: tuple[VersionShown, ...] | None = None,
        verdicts: tuple[VerdictShown, ...] | None = None,
    ) -> DocumentShown:
        """Return a paper as the interface tells it."""
        understood = found.understood
        pages = tuple(PageOfDocument(source=each.source, number=each.number) for each in understood.pages)
        return cls(
            id=understood.id,
            batch=batch,
            dossier=understood.dossier,
            type=understood.type,
            type_confidence=confidence_json(understood.type_confidence),
            state=understood.state,
            pages=len(understood.pages),
            standing=StandingShown.of(standing),
            copy_=VersionShown.of(newest),
            signed_original=found.signed_source,
            version=found.version,
            fields=fields,
            page_list=pages if with_pages else None,
            versions=versions,
            verdicts=verdicts,
        )


class FieldsShown(ApiModel):
    """What a paper says."""

    document: DocumentIdText
    state: DocumentState
    version: int
    """grows with every correction"""
    standing: StandingShown
    fields: dict[str, FieldShown]
    """by name"""


class VersionsShown(ApiModel):
    """All states of a paper's copy."""

    document: DocumentIdText
    standing: StandingShown
    versions: tuple[VersionShown, ...]
    """oldest first"""


class VerdictsShown(ApiModel):
    """All that was ever said of a paper's signatures."""

    document: DocumentIdText
    standing: StandingShown
    verdicts: tuple[VerdictShown, ...]
    """newest first"""


class SignatureDetailsShown(ApiModel):
    """What a report says of a signature besides its verdict."""

    field: str
    """full name of the form field"""
    kind: str
    """`signature` or `document_timestamp`"""
    subject: str
    """whole subject of the signing certificate"""
    serial_number: str
    """of that certificate, hexadecimal digits"""
    issuers: tuple[str, ...]
    """common names from the issuer up to the last one that is known"""
    store: str
    """store of trust anchors in which the chain ends; empty: nowhere, or in the trust folder"""
    algorithm: str
    key: str
    """kind and bits"""
    strength: Strength
    bound: bool
    """the certificate is named under the signature (RFC 5035)"""
    claimed_time: Moment | None
    """by the signer's own word"""
    permission: int | None
    """1, 2 or 3 if it certifies the document (DocMDP)"""

    @classmethod
    def of(cls, details: SignatureDetails) -> SignatureDetailsShown:
        """Return details as the interface tells them."""
        return cls(
            field=details.field,
            kind=details.kind,
            subject=details.subject,
            serial_number=details.serial_number,
            issuers=details.issuers,
            store=details.store,
            algorithm=details.algorithm,
            key=details.key,
            strength=details.strength,
            bound=details.bound,
            claimed_time=details.claimed_time,
            permission=details.permission,
        )


class SignatureShown(ApiModel):
    """What was found of one signature."""

    verdict: Verdict
    reason: str
    """sub-indication of ETSI EN 319 102-1, or a key of the product's own"""
    signer: str
    """common name of the signing certificate"""
    time: Moment | None
    """claimed by the signer, or proven by a time stamp"""
    time_proven: bool
    digest: str
    """digest algorithm"""
    coverage: Coverage
    intact: bool
    """the signed bytes are the bytes that were signed"""
    changes: str
    """what changed in the file after this signature, such as `none` or `form_filling`"""
    indication: str
    """main indication of ETSI EN 319 102-1"""
    details: SignatureDetailsShown | None
    """null: the signature could not be read"""

    @classmethod
    def of(cls, signature: SignatureVerdict) -> SignatureShown:
        """Return a signature as the interface tells it."""
        return cls(
            verdict=signature.verdict,
            reason=signature.reason,
            signer=signature.signer,
            time=signature.time,
            time_proven=signature.time_proven,
            digest=signature.digest,
            coverage=signature.coverage,
            intact=signature.intact,
            changes=signature.changes,
            indication=INDICATIONS[signature.verdict],
            details=None if signature.details is None else SignatureDetailsShown.of(signature.details),
        )


class ReportShown(ApiModel):
    """What a paper's signatures are worth, in the form of `sohoa verify --json`. What cannot be evaluated is not valid."""

    document: DocumentIdText
    file: Sha256
    """that was judged: the newest state of the copy, or the signed file that came in where nobody has signed here"""
    version: int | None
    """of the copy; null: the signed file that came in"""
    judged_at: Moment
    as_of: Moment
    """the moment for which it was judged"""
    standing: StandingShown
    """a good signature does not mean that the paper is still in force"""
    verdict: Verdict
    reason: str
    active: tuple[ActiveContent, ...]
    """what the file holds besides pages"""
    signatures: tuple[SignatureShown, ...]

    @classmethod
    def of(
        cls, report: ValidationReport, *, document: str, version: int | None, standing: PaperStanding
    ) -> ReportShown:
        """Return a report as the interface tells it."""
        found = report.verdict
        return cls(
            document=document,
            file=ContentHash(report.sha256),
            version=version,
            judged_at=report.judged_at,
            as_of=report.as_of,
            standing=StandingShown.of(standing),
            verdict=found.verdict,
            reason=found.reason,
            active=found.active,
            signatures=tuple(map(SignatureShown.of, found.signatures)),
        )
