"""Signers by name, as the settings define them: a file, a token, a remote service."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.setting_groups import SignerKind, SignerSettings
from app.settings import Settings
from pipeline.domain.errors import BadSettings
from pipeline.domain.signature import SignerRole
from pipeline.domain.signing_errors import KeyUnusable
from pipeline.signing_ports import Signer
from signing.picture import Ink, Picture, load_picture
from signing.policy import SigningPolicy
from signing.signer_csc import RemoteCredential, open_csc
from signing.signer_pkcs11 import TokenPlace, open_pkcs11
from signing.signer_pkcs12 import open_pkcs12

_INKS = {SignerRole.OFFICIAL: Ink.BLUE, SignerRole.SEAL: Ink.RED}

Ask = Callable[[str], str]
"""Asks the person at the terminal for a secret (`passphrase`, `pin` or `otp`); the answer is written nowhere"""


def nobody_to_ask(what: str) -> str:
    """Refuse: flows and servers have no terminal.

    Raises:
        KeyUnusable: always.
    """
    raise KeyUnusable(reason=f"{what}_not_given")


@dataclass(slots=True)
class Secrets:
    """What opens a signer's key: from its file, else from the person, who is asked once for each batch."""

    settings: SignerSettings
    ask: Ask = field(repr=False)
    _told: dict[str, str] = field(default_factory=dict, repr=False)

    def get(self, what: str) -> str:
        """Return the passphrase or PIN."""
        if self.settings.secret_file is not None:
            return first_line(self.settings.secret_file, what)
        if what not in self._told:
            self._told[what] = self.ask(what)
        return self._told[what]

    def factors(self) -> Mapping[str, str]:
        """Return what authorises remote signatures; a one-time password is asked for each time."""
        factors = {"PIN": self.get("pin")}
        return factors | ({"OTP": self.ask("otp")} if self.settings.otp else {})


def choose(settings: Settings, role: SignerRole, name: str | None) -> tuple[str, SignerSettings] | None:
    """Return the signer of that name, or without one the signer of the role; None if the settings define none for it.

    Raises:
        BadSettings: no signer of that name, or several for the role.
        KeyUnusable: the signer signs in other roles only.
    """
    if name is None:
        fitting = [(each, signer) for each, signer in settings.signers.items() if role in signer.roles]
        if len(fitting) > 1:
            raise BadSettings(name="signers", problem="several_signers", role=role.value)
        return fitting[0] if fitting else None
    if name not in settings.signers:
        raise BadSettings(name=f"signers.{name}", problem="no_such_signer")
    signer = settings.signers[name]
    if signer.roles and role not in signer.roles:
        raise KeyUnusable(reason="not_for_this_role", signer=name)
    return name, signer


def open_named(signer: SignerSettings, policy: SigningPolicy, ask: Ask) -> contextlib.AbstractContextManager[Signer]:
    """Open a signer of the settings; the secret is asked for, or read, before anything else happens.

    Raises, here or when the context is entered:
        KeyUnusable, SignerUnavailable, DevelopmentKeyInProduction
    """
    secrets = Secrets(signer, ask)
    match signer.kind:
        case SignerKind.PKCS12 if signer.key_file:
            return open_pkcs12(signer.key_file, secrets.get("passphrase").encode(), policy=policy, pss=signer.pss)
        case SignerKind.PKCS11 if signer.module:
            place = TokenPlace(
                library=signer.module, slot=signer.slot, token=signer.token, certificate=signer.certificate
            )
            secrets.get("pin")
            return open_pkcs11(place, lambda: secrets.get("pin"), policy=policy, pss=signer.pss)
        case SignerKind.CSC if signer.token_file:
            secrets.get("pin")
            return open_csc(_credential(signer, signer.token_file, secrets), policy=policy, pss=signer.pss)
    raise KeyUnusable(reason="signs_on_its_own_desktop")


def picture_of(signer: SignerSettings, role: SignerRole) -> Picture | None:
    """Return the picture that is shown in place of text, for roles that show one.

    Raises:
        BadSettings: it is not a transparent PNG in the colour that the role demands.
    """
    ink = _INKS.get(role)
    return load_picture(signer.picture, ink) if signer.picture and ink else None


def first_line(file: Path, what: str) -> str:
    """Return the first line of a secret's file.

    Raises:
        KeyUnusable: it cannot be read or is empty; its content is not told.
    """
    try:
        return file.read_text(encoding="utf-8").splitlines()[0].strip()
    except (OSError, UnicodeError, IndexError) as error:
        raise KeyUnusable(reason=f"{what}_file_unreadable", file=str(file)) from error


def _credential(signer: SignerSettings, token_file: Path, secrets: Secrets) -> RemoteCredential:
    return RemoteCredential(
        base_url=signer.url,
        version=signer.version,
        credential_id=signer.credential,
        access_token=lambda: first_line(token_file, "token"),
        factors=secrets.factors,
    )
