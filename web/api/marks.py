"""Who may call what of the interface: nobody anything, but where an endpoint says otherwise.

Every endpoint carries a mark: `@needs(scope)`, `@for_clients` or `@open_to_all`. The application does not start with one that has none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pipeline.domain.client import ApiScope
from pipeline.domain.errors import SohoaError

_MARK = "__sohoa_api_mark__"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiMark:
    """Who may call an endpoint, and how it may refuse."""

    everybody: bool = False
    """whoever asks, with or without a token"""
    scope: ApiScope | None = None
    """what the token has to reach; None: any client's will do"""
    personal: bool = False
    """people's papers are looked at: the request says why"""
    creates: bool = False
    """something is made: an Idempotency-Key keeps a repeated request from making it twice"""
    refuses: tuple[type[SohoaError], ...] = ()
    """errors of its own, beside those that every endpoint may answer with"""


_Endpoint = TypeVar("_Endpoint", bound=Callable[..., object])


def needs(
    scope: ApiScope, *, personal: bool = False, creates: bool = False, refuses: tuple[type[SohoaError], ...] = ()
) -> Callable[[_Endpoint], _Endpoint]:
    """Let clients in whose token has `scope`."""
    return _marked(ApiMark(scope=scope, personal=personal, creates=creates, refuses=refuses))


def open_to_all(*refuses: type[SohoaError]) -> Callable[[_Endpoint], _Endpoint]:
    """Let anybody in."""
    return _marked(ApiMark(everybody=True, refuses=refuses))


def for_clients(*refuses: type[SohoaError]) -> Callable[[_Endpoint], _Endpoint]:
    """Let every client in, whatever its token reaches."""
    return _marked(ApiMark(refuses=refuses))


def _marked(mark: ApiMark) -> Callable[[_Endpoint], _Endpoint]:
    def put(endpoint: _Endpoint) -> _Endpoint:
        setattr(endpoint, _MARK, mark)
        return endpoint

    return put


def mark_of(endpoint: object) -> ApiMark | None:
    """Return the mark of an endpoint."""
    found = getattr(endpoint, _MARK, None)
    return found if isinstance(found, ApiMark) else None
