"""Errors of what people do in the pages: signing in and what they may not see; the tree that they belong to stands in `errors`."""

from __future__ import annotations

from pipeline.domain.errors import Forbidden


class SignInRefused(Forbidden):
    """Login and password do not fit, or the account may not sign in; which of them is not said."""

    code = "sign_in.refused"


class AccountLocked(Forbidden):
    """Too many failures of a login, or from an address: details say until when nobody may try."""

    code = "sign_in.locked"
