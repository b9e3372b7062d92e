"""What can go wrong, as exceptions. Problems that the interface tells of (RFC 9457) carry its code and its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar


class SohoaError(Exception):
    """Base of everything that this package raises on purpose."""


class Unreachable(SohoaError):
    """No answer came, however often it was asked."""


class AnswerNotUnderstood(SohoaError):
    """An answer is not what the interface promises."""


class DigestMismatch(SohoaError):
    """Bytes that came are not those that were sent: nothing of them was kept."""


class FileRefused(SohoaError):
    """A file cannot be handed in: it is empty, too large, or neither a PDF nor a picture nor a ZIP of them."""

    def __init__(self, path: Path, code: str) -> None:
        super().__init__(f"{path}: {code}")
        self.path = path
        self.code = code
        """of the refusal, such as `source.unknown_type`"""


class SignatureRefused(SohoaError):
    """A message to a webhook was not signed with a secret that is known, or is too old."""


@dataclass(frozen=True, kw_only=True)
class ProblemDetails:
    """What the interface says of a problem."""

    status: int
    code: str = ""
    """names the case for machines, such as `record.not_found`; empty: it did not come from the interface itself"""
    kind: str = ""
    """`bad_input`, `needs_person`, `transient`, `forbidden` or `broken`"""
    title: str = ""
    detail: str = ""
    """in the language that was asked for"""
    messages: Mapping[str, str] = field(default_factory=dict)
    """by language"""
    details: Mapping[str, Any] = field(default_factory=dict)
    """plain values that the case carries"""
    request_id: str = ""
    """by which the office finds the request in its logs"""
    retry_after: float | None = None
    """seconds after which it may go through"""


class Problem(SohoaError):
    """The interface refused, or failed."""

    code: ClassVar[str] = ""
    kind: ClassVar[str] = ""

    def __init__(self, about: ProblemDetails) -> None:
        super().__init__(about.detail or about.title or f"HTTP {about.status}")
        self.about = about

    def __str__(self) -> str:
        """What happened, its code, and by which id the office finds it."""
        about = self.about
        named = ", ".join(
            filter(None, (about.code or f"HTTP {about.status}", about.request_id and f"request {about.request_id}"))
        )
        return f"{super().__str__()} [{named}]"


class BadInput(Problem):
    """What was asked or sent is at fault: the same again fails again."""

    kind = "bad_input"


class NeedsPerson(Problem):
    """Somebody at the office has to decide or correct something."""

    kind = "needs_person"


class TransientProblem(Problem):
    """May go through later; it was tried as often as the client's policy says."""

    kind = "transient"


class Forbidden(Problem):
    """Not allowed."""

    kind = "forbidden"


class Broken(Problem):
    """The office's installation is at fault; whoever runs it finds the request by its id."""

    kind = "broken"


class NotFound(BadInput):
    """There is no such thing, or none that this client may see."""

    code = "record.not_found"


class DocumentDisposed(BadInput):
    """The paper was disposed of."""

    code = "document.disposed"


class DocumentReplaced(BadInput):
    """Others stand in the paper's place: `about.details` names them."""

    code = "document.replaced"


class NotInForce(BadInput):
    """The paper was withdrawn, superseded or replaced, and stands for nothing any more: `about.details` say since when and by what."""

    code = "paper.not_in_force"


class RequestRefused(BadInput):
    """A part of the request may not be so: `about.details` names it."""

    code = "api.request_refused"


class PurposeNeeded(BadInput):
    """Somebody's papers were asked for without saying why: use `with client.purpose(…)`."""

    code = "api.purpose_needed"


class IdempotencyKeyReused(BadInput):
    """The key was used for another request."""

    code = "api.idempotency_key_reused"


class TokenNeeded(Forbidden):
    """The access token is not good, and neither was a new one."""

    code = "api.token_needed"


class ScopeNeeded(Forbidden):
    """The client does not reach so far: `about.details` names the scope."""

    code = "api.scope_needed"


class ClientRefused(Forbidden):
    """Client id or secret are not right."""

    code = "api.client_refused"


class TooManyRequests(TransientProblem):
    """The client asks more often than it may."""

    code = "api.too_many_requests"


_BY_STATUS: Mapping[int, type[Problem]] = {
    HTTPStatus.UNAUTHORIZED: Forbidden,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.TOO_MANY_REQUESTS: TooManyRequests,
    HTTPStatus.BAD_GATEWAY: TransientProblem,
    HTTPStatus.SERVICE_UNAVAILABLE: TransientProblem,
    HTTPStatus.GATEWAY_TIMEOUT: TransientProblem,
}
"""for answers that come from something between the client and the interface"""


def _every(of: type[Problem]) -> list[type[Problem]]:
    return [of, *(below for each in of.__subclasses__() for below in _every(each))]


_CLASSES = _every(Problem)
_BY_CODE = {each.code: each for each in _CLASSES if each.code}
_BY_KIND = {each.kind: each for each in reversed(_CLASSES) if each.kind and not each.code}


def problem_of(about: ProblemDetails) -> Problem:
    """Return the exception for a problem: the class of its code, else of its kind, else what its status says."""
    named = _BY_CODE.get(about.code) or _BY_KIND.get(about.kind)
    if named is None:
        in_general = BadInput if about.status < HTTPStatus.INTERNAL_SERVER_ERROR else Broken
        named = _BY_STATUS.get(about.status, in_general)
    return named(about)
