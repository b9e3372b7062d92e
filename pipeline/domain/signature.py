"""Signatures: what is wanted, what was made, what is found when it is checked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.ids import ContentHash


class SignatureLevel(StrEnum):
    """PAdES baseline levels (ETSI EN 319 142-1)."""

    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"


class SignerRole(StrEnum):
    """On whose behalf a signature is made; it decides place and look (NĐ 30/2020 phụ lục I; TT 01/2023 art. 8.1)."""

    CLERK = "clerk"
    """who scanned the paper: top left of page 1, name and time"""
    COPY = "copy"
    """the agency's electronic copy: top right of page 1, `SAO Y; organ; time`"""
    OFFICIAL = "official"
    """the competent person: between position and name"""
    SEAL = "seal"
    """the agency on an original: its seal over the left third of the official's signature"""


class Verdict(StrEnum):
    """What a check of signatures says; what cannot be evaluated is not valid."""

    VALID = "valid"
    INDETERMINATE = "indeterminate"
    INVALID = "invalid"


class Coverage(StrEnum):
    """How much of the file a signature covers."""

    ENTIRE_FILE = "entire_file"
    ENTIRE_REVISION = "entire_revision"
    PARTIAL = "partial"
    UNKNOWN = "unknown"


class Strength(StrEnum):
    """Whether key and digests of a signature are still good for something."""

    GOOD = "good"
    WEAK = "weak"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureDetails:
    """What a report says of a signature besides its verdict."""

    field: str
    """full name of the form field"""
    kind: str
    """`signature` or `document_timestamp`"""
    subject: str
    """whole subject of the signing certificate"""
    serial_number: str
    """of the signing certificate, hexadecimal digits"""
    issuers: tuple[str, ...]
    """common names from the issuer up to the last one that is known"""
    store: str
    """store of trust anchors in which the chain ends; empty if it ends nowhere, or in the trust folder"""
    algorithm: str
    """signature algorithm, such as `sha256_rsa`"""
    key: str
    """kind and bits, such as `rsa 2048`"""
    strength: Strength
    bound: bool
    """the certificate is named under the signature (RFC 5035)"""
    claimed_time: dt.datetime | None
    """by the signer's own word"""
    permission: int | None
    """1, 2 or 3 if it certifies the document (DocMDP, ISO 32000-2 table 257)"""
    position: str = ""
    """of the signer as certified; empty where the certificate names none"""
    organisation: str = ""
    """likewise; units from the smallest to the largest, parted by commas"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureVerdict:
    """What is known of one signature."""

    verdict: Verdict
    reason: str
    """ETSI EN 319 102-1 sub-indication or the product's own key, such as `NO_CERTIFICATE_CHAIN_FOUND`"""
    signer: str
    """common name of the signing certificate"""
    time: dt.datetime | None
    """time claimed by the signer, or proven by a time stamp; aware"""
    time_proven: bool
    digest: str
    """digest algorithm, such as `sha256`"""
    coverage: Coverage
    intact: bool
    """the signed bytes are the bytes that were signed"""
    changes: str
    """what changed in the file after this signature, such as `none` or `form_filling`"""
    details: SignatureDetails | None = None
    """None where the signature could not be read"""


class ActiveContent(StrEnum):
    """What a file holds besides pages. A signature may cover it, and it may still do something to who opens the file."""

    SCRIPT = "script"
    """JavaScript"""
    LAUNCH = "launch"
    """starts a program or opens another file"""
    AUTOMATIC = "automatic"
    """something happens on opening, on turning a page or in a field"""
    ADDRESS = "address"
    """opens an address in the internet when it is clicked"""
    SUBMISSION = "submission"
    """sends or fetches form data"""
    ATTACHMENT = "attachment"
    """other files"""
    MEDIA = "media"
    """sound, film, three dimensions"""
    XFA = "xfa"
    """a form that draws pages of its own"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVerdict:
    """What is known of a file's signatures together; a file without any is not valid."""

    verdict: Verdict
    reason: str
    signatures: tuple[SignatureVerdict, ...]
    active: tuple[ActiveContent, ...] = ()
    """reported, and no reason for a verdict: it may be what was signed"""


class RenewalReason(StrEnum):
    """Why a signed file will not prove itself for ever."""

    TIME_STAMP = "time_stamp"
    """the certificate of its newest time stamp runs out"""
    NO_TIME_STAMP = "no_time_stamp"
    """it has none, and the signer's certificate runs out"""
    ALGORITHM = "algorithm"
    """the algorithm of its newest time stamp becomes too weak"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How long a signed file proves itself."""

    until: dt.datetime
    reason: RenewalReason


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyVersion:
    """A state of a document's copy; each further signature makes a new one, none replaces another."""

    number: int
    """1 is the unsigned copy"""
    sha256: ContentHash
    size: int
    created_at: dt.datetime
    role: SignerRole | None = None
    level: SignatureLevel | None = None
    signer: str | None = None
    outlook: Outlook | None = None
    """how long the file proves itself; None until somebody has looked"""
