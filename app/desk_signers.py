"""Which signers somebody may choose on the pages, what their signatures will look like, and at which level they sign."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.looks import texts_of
from app.named_signers import picture_of
from app.setting_groups import SignerKind, SignerSettings
from app.settings import Settings
from app.signers import own_holder
from pipeline.desk_ports import Accounts, Delegations
from pipeline.domain.account import Account
from pipeline.domain.document import Field
from pipeline.domain.errors import SohoaError
from pipeline.domain.ids import FieldName
from pipeline.domain.signature import CopyVersion, SignatureLevel, SignerRole
from pipeline.domain.signing_errors import KeyUnusable, NotYourKey
from pipeline.domain.signing_order import KeptOrder, OrderId
from pipeline.ports import Area, Clock, ObjectStore, Workers
from pipeline.signing_ports import SignaturePlan
from pipeline.usecases.delegate_signing import right_to_key, today
from pipeline.usecases.sign_places import signature_plan
from signing.coming_look import ComingSignature, coming_signature
from signing.development import DEVELOPMENT_MARK
from signing.pades import Look
from signing.stamp_font import find_stamp_font

_PERSONAL = {SignerRole.OFFICIAL, SignerRole.SEAL}
"""roles whose signers have to name the accounts that may use them"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerChoice:
    """A signer as somebody is shown it before its key is opened."""

    name: str
    """in the settings; empty: the installation's own key, or the development authority's"""
    holder: str
    """name in the certificate, as far as it is known before; empty where any name will do"""
    owners: tuple[str, ...] | None
    """logins of the accounts whose it is; None: it is not a person's"""
    asks: str = ""
    """what has to be typed: `passphrase` or `pin`; empty: nothing, the settings name a file"""
    asks_otp: bool = False
    development: bool = False
    stands_for: str = ""
    """name of the person in whose stead it is used"""


def choices(
    settings: Settings,
    role: SignerRole,
    account: Account,
    *,
    accounts: Accounts,
    delegations: Delegations,
    clock: Clock,
) -> Sequence[SignerChoice]:
    """Return the signers that an account may use in a role today, its own first."""
    found = []
    for each in _all(settings, role, accounts=accounts, clock=clock):
        try:
            delegation = right_to_key(
                account,
                signer=each.name,
                owners=each.owners,
                accounts=accounts,
                delegations=delegations,
                day=today(clock),
            )
        except NotYourKey:
            continue
        principal = accounts.get(delegation.principal) if delegation else None
        found.append(each if principal is None else replace(each, stands_for=principal.name))
    return sorted(found, key=lambda each: (bool(each.stands_for), each.development, each.name))


def choice_of(settings: Settings, role: SignerRole, name: str, *, accounts: Accounts, clock: Clock) -> SignerChoice:
    """Return a signer by its name, whoever may use it.

    Raises:
        KeyUnusable: there is none of that name for the role.
    """
    for each in _all(settings, role, accounts=accounts, clock=clock):
        if each.name == name:
            return each
    raise KeyUnusable(reason="not_for_this_role", signer=name or "–")


def refuse_other_holder(choice: SignerChoice, found: str) -> None:
    """Refuse a key whose certificate bears another name than was shown.

    Raises:
        KeyUnusable
    """
    if choice.holder and not choice.development and _plain(choice.holder) != _plain(found):
        raise KeyUnusable(reason="certificate_not_shown", shown=choice.holder, found=found)


def usual_level(settings: Settings, signer: str | None = None) -> SignatureLevel:
    """Return B-T wherever a time-stamp authority is to be had, which the development authority brings along."""
    signing = settings.signing
    if signing.timestamp_url or signing.other_timestamp_urls:
        return SignatureLevel.B_T
    development = signer is None and signing.key_file is None and not settings.signers
    return SignatureLevel.B_T if development else SignatureLevel.B_B


def coming_look(
    choice: SignerChoice,
    role: SignerRole,
    *,
    settings: Settings,
    fields: Mapping[FieldName, Field],
    history: Sequence[CopyVersion],
    objects: ObjectStore,
    workers: Workers,
    at: dt.datetime,
) -> ComingSignature:
    """Return what a signature of this signer on the newest version of a copy will look like, and where it will stand.

    The version may have come back from somebody's agent, so it is opened in a child process.

    Raises:
        SigningFailed, SourceTooSlow, ReaderCrashed, BadSettings, ToolMissing, ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused
    """
    order = KeptOrder(
        id=OrderId(""), created_at=at, role=role, level=SignatureLevel.B_B, organ=settings.signing.organ, items=()
    )
    signer = settings.signers.get(choice.name)
    look = Look(
        name=choice.holder,
        font=find_stamp_font(),
        remark=DEVELOPMENT_MARK if choice.development else "",
        texts=texts_of(settings),
        picture=picture_of(signer, role) if signer else None,
    )
    with objects.local(Area.ARCHIVE, history[-1].sha256) as file:
        task = _Coming(file, signature_plan(order, fields, at=at, history=history), look)
        ((_, coming),) = workers.map(_draw_coming, [task], seconds=settings.reading.page_seconds)
    if isinstance(coming, SohoaError):
        raise coming
    return coming


@dataclass(frozen=True, slots=True)
class _Coming:
    file: Path
    plan: SignaturePlan
    look: Look


def _draw_coming(task: _Coming) -> ComingSignature:
    return coming_signature(task.file, task.plan, task.look)


def _all(settings: Settings, role: SignerRole, *, accounts: Accounts, clock: Clock) -> Sequence[SignerChoice]:
    named = [
        _named(name, signer, role, accounts)
        for name, signer in settings.signers.items()
        if signer.kind is not SignerKind.AGENT and (not signer.roles or role in signer.roles)
    ]
    own = _own(settings, role, clock) if not any(role in each.roles for each in settings.signers.values()) else None
    return [*named, own] if own else named


def _named(name: str, signer: SignerSettings, role: SignerRole, accounts: Accounts) -> SignerChoice:
    owners = signer.accounts if signer.accounts or role in _PERSONAL else None
    holder = signer.holder
    if not holder and signer.accounts and role in {SignerRole.OFFICIAL, SignerRole.CLERK}:
        owner = accounts.find(signer.accounts[0])
        holder = owner.name if owner else ""
    asks = "" if signer.secret_file else "passphrase" if signer.kind is SignerKind.PKCS12 else "pin"
    return SignerChoice(name=name, holder=holder, owners=owners, asks=asks, asks_otp=signer.otp)


def _own(settings: Settings, role: SignerRole, clock: Clock) -> SignerChoice | None:
    """Return the key that is used where none is named; in production an official has one that is named."""
    signing = settings.signing
    development = signing.key_file is None
    if (development and signing.production) or (not development and role in _PERSONAL):
        return None
    try:
        holder = own_holder(settings, role, clock=clock)
    except SohoaError:
        return None
    return SignerChoice(name="", holder=holder, owners=None, development=development)


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
