"""Sign in through an identity provider: send the browser there, believe what comes back only as far as it is proven, and begin a session.

Sources: OpenID Connect Core 1.0 section 3.1; RFC 9700 (security of OAuth 2.0); RFC 7636 (PKCE); RFC 9207 (mix-up).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pipeline.depository_ports import Owners
from pipeline.desk_ports import Accounts
from pipeline.domain.account import Account, AccountId, Role
from pipeline.domain.audit import Action, Author, Deed, Subject, SubjectKind
from pipeline.domain.owner import Identifier, IdentifierKind, OwnerKind
from pipeline.domain.provider import Claims, ProviderRequest, StaffPolicy
from pipeline.domain.session import Session, SessionPolicy, SessionToken, new_session
from pipeline.domain.sign_in_errors import PersonUnknown, ProviderRefused
from pipeline.ports import Clock
from pipeline.session_ports import IdentityProvider, ProviderRequests, Sessions
from pipeline.text.identifiers import as_identifier
from pipeline.usecases.sign_in import NOBODY, Trails, author_of, begin_session

_TIME = dt.timedelta(minutes=10)
"""that somebody may take to sign in at the provider"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the browser brings back from a provider."""

    state: str
    code: str
    issuer: str | None
    """who says that it answers (RFC 9207); None: it does not say"""
    error: str
    """why it gave no code"""


def local_path(wanted: str) -> str:
    """Return a path of ours, or `/` in place of anything that a browser could take for another site's address."""
    plain = wanted.isprintable() and "\\" not in wanted
    return wanted if plain and wanted.startswith("/") and not wanted.startswith("//") else "/"


def begin_at_provider(
    name: str,
    *,
    provider: IdentityProvider,
    redirect: str,
    return_to: str,
    browser: str,
    requests: ProviderRequests,
    clock: Clock,
    secret: Callable[[], str],
) -> str:
    """Return the address at the provider to which the browser is to go; `browser` is a secret that only it has.

    Raises:
        ProviderUnavailable
    """
    state, verifier = secret(), secret()
    request = ProviderRequest(
        provider=name,
        nonce=secret(),
        verifier=verifier,
        browser=_digest(browser),
        redirect=redirect,
        return_to=local_path(return_to),
        ends_at=clock.now() + _TIME,
    )
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    address = provider.address(request, state=state, challenge=challenge)
    requests.keep(_digest(state), request)
    return address


def come_back(
    name: str, answer: Answer, *, browser: str, provider: IdentityProvider, requests: ProviderRequests, clock: Clock
) -> tuple[Claims, str]:
    """Return what the provider says of the person, and the path that was wanted.

    Raises:
        ProviderRefused: nobody was sent there with this, or from another browser, or too long ago; or it is not believed.
        ProviderUnavailable
    """
    request = requests.take(_digest(answer.state))
    if request is None or request.provider != name or request.ends_at <= clock.now():
        raise ProviderRefused(problem="state")
    if not hmac.compare_digest(request.browser, _digest(browser)):
        raise ProviderRefused(problem="browser")
    if answer.error or not answer.code:
        raise ProviderRefused(problem=_word(answer.error) or "code")
    return provider.claims(request, code=answer.code, issuer=answer.issuer), request.return_to


def staff_session(
    claims: Claims,
    *,
    policy: StaffPolicy,
    origin: str,
    accounts: Accounts,
    sessions: Sessions,
    trails: Trails,
    clock: Clock,
    new_id: Callable[[], str],
    secret: Callable[[], str],
    lasting: SessionPolicy,
) -> tuple[SessionToken, Session]:
    """Begin a session for a member of the staff for whom the provider vouches.

    An account with a password is never opened by a provider, and one that a provider opened once only for the same
    person there: who gets to choose a login at the provider gets nobody's account here.

    Raises:
        PersonUnknown: there is no such account, and the provider says nothing of roles; or it is disabled, or another's.
    """
    login = claims.text(policy.login_claim).lower()
    subject = f"{claims.issuer} {claims.subject}"
    known = accounts.find(login) if login else None
    trail = trails(Author(name=NOBODY, role=NOBODY, origin=origin))
    if known is not None and (known.disabled or known.password_hash or known.subject not in {"", subject}):
        trail.note([Deed(action=Action.SIGN_IN_FAILED, subject=_account(known), details={"by": claims.issuer})])
        raise PersonUnknown(claim=policy.login_claim)
    account = _as_said(claims, known, policy=policy, subject=subject, login=login, new_id=new_id, clock=clock)
    if account is None:
        trail.note([Deed(action=Action.SIGN_IN_FAILED, subject=_account(known), details={"by": claims.issuer})])
        raise PersonUnknown(claim=policy.roles_claim if known is not None or policy.roles_claim else policy.login_claim)
    if known is None:
        accounts.add(account)
    elif account != known:
        account = accounts.change(account, version=known.version)
    return begin_session(
        account,
        origin=origin,
        by=claims.issuer,
        sessions=sessions,
        trail=trails(author_of(account, origin=origin)),
        now=clock.now(),
        secret=secret,
        policy=lasting,
        assured=True,
    )


def owner_session(
    claims: Claims,
    *,
    id_claim: str,
    firm_claim: str,
    origin: str,
    owners: Owners,
    sessions: Sessions,
    trails: Trails,
    clock: Clock,
    secret: Callable[[], str],
    lasting: SessionPolicy,
) -> tuple[SessionToken, Session]:
    """Begin a session for an owner of papers, found by the number that the provider vouches for.

    That is the personal number, or the tax code of an organisation where the provider says by `firm_claim` that the person acts for
    it; an empty `firm_claim` lets nobody act for one.

    Raises:
        PersonUnknown: nobody with this number has papers here; who acts for an organisation does not come in as a person instead.
    """
    acts_for_firm = bool(firm_claim and claims.text(firm_claim))
    if acts_for_firm:
        named = as_identifier(claims.text(firm_claim), IdentifierKind.TAX_CODE)
    else:
        named = Identifier(IdentifierKind.CCCD, claims.text(id_claim))
    owner = owners.find(named) if named else None
    if owner is None or acts_for_firm is not (owner.kind is OwnerKind.ORGANISATION):
        raise PersonUnknown(claim=firm_claim if acts_for_firm else id_claim)
    now = clock.now()
    token = SessionToken(secret())
    session = new_session(token, owner=owner.id, csrf=secret(), now=now, origin=origin, policy=lasting, assured=True)
    trail = trails(Author(name=owner.id, role="owner", origin=origin))
    subject = Subject(SubjectKind.OWNER, owner.id)
    # who acts for an organisation is known by what the provider calls them
    details = {"by": claims.issuer} | ({"for_organisation": claims.subject} if acts_for_firm else {})
    trail.note([Deed(action=Action.SIGNED_IN, subject=subject, details=details)])
    sessions.begin(session)
    return token, session


def _as_said(
    claims: Claims,
    known: Account | None,
    *,
    policy: StaffPolicy,
    subject: str,
    login: str,
    new_id: Callable[[], str],
    clock: Clock,
) -> Account | None:
    """Return the account as the provider's word makes it; None: it gives nobody any right."""
    if not policy.roles_claim:
        return None if known is None else replace(known, subject=subject)
    roles = _roles(claims.texts(policy.roles_claim), policy.roles)
    if not roles or not login:
        return None
    agency = claims.text(policy.agency_claim) if policy.agency_claim else ""
    name = unicodedata.normalize("NFC", claims.text(policy.name_claim)) or login
    if known is not None:
        agency = agency if policy.agency_claim else known.agency
        return replace(known, name=name, agency=agency, roles=roles, subject=subject)
    try:
        return Account(
            id=AccountId(new_id()),
            login=login,
            name=name,
            agency=agency,
            roles=roles,
            subject=subject,
            created_at=clock.now(),
        )
    except ValueError as error:
        raise PersonUnknown(claim=policy.login_claim) from error


def _roles(said: tuple[str, ...], mapping: Mapping[str, Role]) -> frozenset[Role]:
    return frozenset(mapping[each] for each in said if each in mapping)


def _account(account: Account | None) -> Subject:
    return Subject(SubjectKind.ACCOUNT, account.id if account else "")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _word(text: str) -> str:
    """Return an error code as the standard writes it, without anything else that somebody put there (RFC 6749 section 4.1.2.1)."""
    return "".join(each for each in text if each.isascii() and (each.isalnum() or each in "_-."))[:64]
