"""Access tokens."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict

from web.api.models.base import ApiModel


class TokenGiven(ApiModel):
    """A token (RFC 6749 section 5.1)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "access_token": "Xq0nYvZ3kq0b5sQF1yq8rW7m2cJxg5l4T0u9dHn3eAo",
                    "token_type": "Bearer",
                    "expires_in": 3600,
                    "scope": "documents:read files:read",
                }
            ]
        }
    )

    access_token: str
    """the token: send it as `Authorization: Bearer …`"""
    token_type: Literal["Bearer"]
    """how it is used (RFC 6750)"""
    expires_in: int
    """seconds for which it is good"""
    scope: str
    """what it reaches, parted by spaces"""


class OAuthCode(StrEnum):
    """What OAuth calls it when a token is not given."""

    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    INVALID_SCOPE = "invalid_scope"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    SLOW_DOWN = "slow_down"


class OAuthProblem(ApiModel):
    """Why a token is not given (RFC 6749 section 5.2)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "error": "invalid_client",
                    "error_description": "The client did not prove who it is.",
                    "code": "api.client_refused",
                }
            ]
        }
    )

    error: OAuthCode
    """in the words of OAuth"""
    error_description: str
    """in English, as OAuth has it"""
    code: str
    """the error's code in this interface"""
