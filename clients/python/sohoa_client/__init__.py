"""Client of Số hóa: fetch digitized papers, see what they are worth, hand files in, hear what happens.

`Sohoa` answers when it is done, `AsyncSohoa` is awaited; both have the same methods.
"""

from __future__ import annotations

from sohoa_client.answers import (
    Batch,
    BatchPage,
    Client,
    Code,
    Dossier,
    DossierResult,
    DossierSummary,
    Event,
    Source,
)
from sohoa_client.awaiting_client import AsyncSohoa
from sohoa_client.blocking_client import Sohoa
from sohoa_client.core import VERSION
from sohoa_client.downloads import Downloaded
from sohoa_client.problems import (
    AnswerNotUnderstood,
    BadInput,
    Broken,
    ClientRefused,
    DigestMismatch,
    DocumentDisposed,
    DocumentReplaced,
    FileRefused,
    Forbidden,
    IdempotencyKeyReused,
    NeedsPerson,
    NotFound,
    Problem,
    ProblemDetails,
    PurposeNeeded,
    RequestRefused,
    ScopeNeeded,
    SignatureRefused,
    SohoaError,
    TokenNeeded,
    TooManyRequests,
    TransientProblem,
    Unreachable,
)
from sohoa_client.purposes import Purpose
from sohoa_client.retrying import Retry
from sohoa_client.webhooks import check_webhook, webhook_event

__all__ = [
    "AnswerNotUnderstood",
    "AsyncSohoa",
    "BadInput",
    "Batch",
    "BatchPage",
    "Broken",
    "Client",
    "ClientRefused",
    "Code",
    "DigestMismatch",
    "DocumentDisposed",
    "DocumentReplaced",
    "Dossier",
    "DossierResult",
    "DossierSummary",
    "Downloaded",
    "Event",
    "FileRefused",
    "Forbidden",
    "IdempotencyKeyReused",
    "NeedsPerson",
    "NotFound",
    "Problem",
    "ProblemDetails",
    "Purpose",
    "PurposeNeeded",
    "RequestRefused",
    "Retry",
    "ScopeNeeded",
    "SignatureRefused",
    "Sohoa",
    "SohoaError",
    "Source",
    "TokenNeeded",
    "TooManyRequests",
    "TransientProblem",
    "Unreachable",
    "__version__",
    "check_webhook",
    "webhook_event",
]

__version__ = VERSION
