"""What the interface answers about papers, typed; see `answers` for what holds for all of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Whether a paper may still be relied on. Its file and the signature on it do not know."""

    kind: str
    """`in_force`: nothing is known against it"""
    since: dt.datetime | None
    reason: str | None
    result: str | None
    successor_result: str | None
    successors: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Version:
    """A state of a paper's copy."""

    number: int
    sha256: str
    size: int
    created_at: dt.datetime
    role: str | None
    level: str | None
    signer: str | None
    proven_until: dt.datetime | None
    renewal_reason: str | None


@dataclass(frozen=True, kw_only=True)
class Field:
    """A named value of a paper, with its evidence."""

    value: str | tuple[str, ...]
    """normalised; days are ISO 8601"""
    raw: str
    confidence: float
    """0 to 1; of the fields at 0.95 and above at least 95 in 100 are right"""
    page: int
    box: tuple[float, ...] | None
    """left, top, right and bottom in points from the page's top left"""
    origin: str
    state: str
    """`read`, `needs_review`, `confirmed`"""
    checks: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class PaperPage:
    """A page of a paper: where it came from."""

    source: str
    number: int


@dataclass(frozen=True, kw_only=True)
class FileVerdict:
    """What was said of a file's signatures at some time."""

    file: str
    version: int | None
    judged_at: dt.datetime
    as_of: dt.datetime
    verdict: str
    reason: str
    signatures: int


@dataclass(frozen=True, kw_only=True)
class Document:
    """One paper of a dossier."""

    id: str
    batch: str | None
    dossier: str | None
    type: str
    type_confidence: float
    state: str
    pages: int
    standing: Standing
    copy: Version
    """the newest state of its copy"""
    signed_original: str | None
    version: int
    fields: Mapping[str, Field] | None
    """with `include=("fields",)`"""
    page_list: tuple[PaperPage, ...] | None
    """with `include=("pages",)`"""
    versions: tuple[Version, ...] | None
    """with `include=("versions",)`"""
    verdicts: tuple[FileVerdict, ...] | None
    """with `include=("signatures",)`"""


@dataclass(frozen=True, kw_only=True)
class DocumentFields:
    """What a paper says."""

    document: str
    state: str
    version: int
    standing: Standing
    fields: Mapping[str, Field]


@dataclass(frozen=True, kw_only=True)
class DocumentVersions:
    """All states of a paper's copy, oldest first."""

    document: str
    standing: Standing
    versions: tuple[Version, ...]


@dataclass(frozen=True, kw_only=True)
class DocumentVerdicts:
    """All that was ever said of a paper's signatures, newest first."""

    document: str
    standing: Standing
    verdicts: tuple[FileVerdict, ...]


@dataclass(frozen=True, kw_only=True)
class SignatureDetails:
    """What a report says of a signature besides its verdict."""

    field: str
    kind: str
    subject: str
    serial_number: str
    issuers: tuple[str, ...]
    store: str
    algorithm: str
    key: str
    strength: str
    bound: bool
    claimed_time: dt.datetime | None
    permission: int | None


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What was found of one signature."""

    verdict: str
    reason: str
    signer: str
    time: dt.datetime | None
    time_proven: bool
    digest: str
    coverage: str
    intact: bool
    changes: str
    indication: str
    details: SignatureDetails | None


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a paper's signatures are worth. What cannot be evaluated is not valid."""

    document: str
    file: str
    version: int | None
    judged_at: dt.datetime
    as_of: dt.datetime
    standing: Standing
    """a good signature does not mean that the paper is still in force"""
    verdict: str
    """`valid`, `indeterminate`, `invalid`"""
    reason: str
    active: tuple[str, ...]
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, kw_only=True)
class Result:
    """A result: a signed paper with a code of its own."""

    code: str
    dossier: str
    document: str
    created_at: dt.datetime
    state: str
    """`issued`: in force; `superseded`, `revoked`"""
    reason: str | None
    superseded_by: str | None
    changed_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """The words around the place that was found."""

    text: str
    marks: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A paper that a search found."""

    document: str
    batch: str
    dossier: str | None
    type: str
    agency: str
    snippet: Snippet
    score: float


@dataclass(frozen=True, kw_only=True)
class Link:
    """An address that is good for a short while."""

    id: str
    url: str
    expires_at: dt.datetime
    sha256: str
    size: int
