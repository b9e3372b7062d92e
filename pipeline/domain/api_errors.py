"""Errors about how other systems ask; the tree that they belong to stands in `errors`."""

from __future__ import annotations

from pipeline.domain.errors import BadInput, Forbidden, NeedsPerson, Transient


class TokenNeeded(Forbidden):
    """A request without an access token, or with one that is not good: details say why, as RFC 6750 names it."""

    code = "api.token_needed"


class ScopeNeeded(Forbidden):
    """The token does not reach so far: details name the scope."""

    code = "api.scope_needed"


class ClientRefused(Forbidden):
    """A client did not prove who it is; which part of the proof failed is not said."""

    code = "api.client_refused"


class ClientTaken(BadInput):
    """A client has this id already, or is known by this name at the OpenID provider: details name which."""

    code = "api.client_taken"


class ClientUnproved(BadInput):
    """A client has neither secret nor certificate nor a name at the OpenID provider: it could never show who it is."""

    code = "api.client_unproved"


class GrantRefused(BadInput):
    """A token was asked for in a way that is not known: details name the OAuth error."""

    code = "api.grant_refused"


class PurposeNeeded(BadInput):
    """Somebody's papers are asked for without saying why, on which basis and for whom: details name the header."""

    code = "api.purpose_needed"


class RequestRefused(BadInput):
    """A request has an entry that it may not have: details name it and say why."""

    code = "api.request_refused"


class CursorRefused(BadInput):
    """A page of a list is asked for with a cursor that was not given by this list."""

    code = "api.cursor_refused"


class IdempotencyKeyNeeded(BadInput):
    """Something is to be made without an Idempotency-Key, so that a repeated request would make it twice."""

    code = "api.idempotency_key_needed"


class IdempotencyKeyReused(BadInput):
    """An Idempotency-Key was used for another request before."""

    code = "api.idempotency_key_reused"


class RequestUnderWay(NeedsPerson):
    """The first request with this Idempotency-Key is still being answered."""

    code = "api.request_under_way"


class TooManyRequests(Transient):
    """A client asks more often than it may: details say after how many seconds it may again."""

    code = "api.too_many_requests"


class NoSuchResource(BadInput):
    """There is no such address in the interface: details name it."""

    code = "api.no_such_resource"


class MethodNotAllowed(BadInput):
    """The address does not know this method: details name those that it does."""

    code = "api.method_not_allowed"
