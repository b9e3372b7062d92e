"""Ask the person at the terminal for what opens a key; nothing of it is kept, shown or logged."""

from __future__ import annotations

import getpass
import sys

from app.cli.context import Context
from app.named_signers import Ask, choose, nobody_to_ask
from app.setting_groups import SignerKind
from pipeline.domain.signature import SignerRole

_PINS = {SignerKind.PKCS12: "passphrase", SignerKind.PKCS11: "pin", SignerKind.CSC: "pin"}


def remembered(role: SignerRole, name: str | None, context: Context) -> Ask:
    """Ask now for the passphrase or PIN that the signer needs, if it needs one; return who answers later.

    One-time passwords are asked for when they are needed. Without a terminal nobody is asked.

    Raises:
        BadSettings, KeyUnusable: no such signer.
    """
    chosen = choose(context.settings, role, name)
    if chosen is None or not sys.stdin.isatty():
        return nobody_to_ask
    title, signer = chosen
    known: dict[str, str] = {}

    def ask(what: str) -> str:
        if what == "otp":
            return getpass.getpass(context.say("sign.ask_otp", signer=title) + " ")
        if what not in known:
            known[what] = getpass.getpass(context.say(f"sign.ask_{what}", signer=title) + " ")
        return known[what]

    if signer.secret_file is None and signer.kind in _PINS:
        ask(_PINS[signer.kind])
    return ask
