"""Where other systems look what they need to know before they ask (RFC 8615)."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from pipeline.domain.client import ApiScope
from web.api.description import PREFIX
from web.guard import for_everybody
from web.visit import VisitDep

router = APIRouter()

_METHODS = ("client_secret_basic", "client_secret_post", "tls_client_auth")


@router.get("/.well-known/oauth-authorization-server")
@for_everybody
def authorization_server(visit: VisitDep) -> JSONResponse:
    """Say how tokens are given (RFC 8414; RFC 8705 section 3.3)."""
    address = visit.office.address
    methods = list(_METHODS)
    return JSONResponse(
        {
            "issuer": address,
            "token_endpoint": f"{address}{PREFIX}/oauth/token",
            "token_endpoint_auth_methods_supported": methods,
            "revocation_endpoint": f"{address}{PREFIX}/oauth/revoke",
            "revocation_endpoint_auth_methods_supported": methods,
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "scopes_supported": [each.value for each in ApiScope],
            "tls_client_certificate_bound_access_tokens": True,
            "service_documentation": f"{address}{PREFIX}/docs",
        }
    )


@router.get(f"/.well-known/oauth-protected-resource{PREFIX}")
@for_everybody
def protected_resource(visit: VisitDep) -> JSONResponse:
    """Say whose tokens the interface takes (RFC 9728)."""
    address = visit.office.address
    provider = visit.office.settings.api.oidc.issuer
    return JSONResponse(
        {
            "resource": f"{address}{PREFIX}",
            "authorization_servers": [address, provider] if provider else [address],
            "scopes_supported": [each.value for each in ApiScope],
            "bearer_methods_supported": ["header"],
            "tls_client_certificate_bound_access_tokens": True,
            "resource_documentation": f"{address}{PREFIX}/docs",
        }
    )
