"""Settings of identity providers (OpenID Connect)."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from app.setting_groups import Group
from pipeline.domain.account import Role

_ISSUER = r"^(https://[!-~]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/[!-~]*)?)?$"
"""TLS, but for a provider on this machine"""


class ProviderSettings(Group):
    """How an identity provider is reached."""

    issuer: str = Field(default="", pattern=_ISSUER)
    """address of the provider as its tokens name it; empty: there is none"""
    client_id: str = ""
    """what the provider knows this installation by"""
    client_secret: SecretStr = SecretStr("")
    """secret that the provider gave for it; empty: a public client, PKCE alone"""
    scopes: tuple[str, ...] = ("openid", "profile")
    """what is asked for"""
    seconds: float = Field(default=10.0, gt=0, le=60)
    """seconds that the provider may take to answer"""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse a provider that does not know us."""
        if self.issuer and not self.client_id:
            raise PydanticCustomError("provider_needs", "a provider needs client_id")
        return self


class StaffProviderSettings(ProviderSettings):
    """The provider of those who work here."""

    login_claim: str = "preferred_username"
    """claim that is the login"""
    name_claim: str = "name"
    """claim that is the person's name"""
    roles_claim: str = ""
    """claim with the roles, such as `realm_access.roles`; empty: an administrator adds the accounts, with their roles"""
    roles: tuple[str, ...] = ()
    """which of its values give which role, such as `["can-bo-mot-cua=clerk", "lanh-dao=official"]`"""
    agency_claim: str = ""
    """claim with the code of the agency; empty: an administrator sets it"""

    @property
    def role_map(self) -> dict[str, Role]:
        """Roles by value of the claim."""
        return {value: Role(role) for value, _, role in (each.rpartition("=") for each in self.roles)}

    @model_validator(mode="after")
    def _readable(self) -> Self:
        """Refuse what names no role."""
        known = {role.value for role in Role}
        wrong = [each for each in self.roles if not each.rpartition("=")[0] or each.rpartition("=")[2] not in known]
        if wrong:
            said = {"wrong": ", ".join(wrong), "known": ", ".join(sorted(known))}
            raise PydanticCustomError("provider_roles", "{wrong}: value=role, of {known}", said)
        return self


class ClientProviderSettings(Group):
    """The provider that gives programs their access tokens, beside this installation's own."""

    issuer: str = Field(default="", pattern=_ISSUER)
    """address of the provider as its tokens name it; empty: there is none"""
    audience: str = ""
    """what its tokens have to be made for; default: `web.address` with `/api/v1` behind it"""
    client_claim: Literal["client_id", "azp", "sub"] = "client_id"
    """claim with the program's name there: `client_id` (RFC 9068), `azp` or `sub`; with the issuer in front it is the client's `--subject`"""
    plain_type: bool = False
    """whether a token whose `typ` is `JWT` or missing is taken too, not only `at+jwt`; some providers make them so"""
    seconds: float = Field(default=10.0, gt=0, le=60)
    """seconds that the provider may take to answer"""


class OwnerProviderSettings(ProviderSettings):
    """The provider of owners of papers: VNeID in production."""

    id_claim: str = "personal_id"
    """claim that is the personal number (số định danh cá nhân, 12 digits)"""
    firm_claim: str = ""
    """claim that is the tax code of the organisation for which somebody acts, by the provider's word; empty: nobody acts for one"""
