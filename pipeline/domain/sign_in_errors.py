"""Errors of signing in and of accounts; the tree that they belong to stands in `errors`."""

from __future__ import annotations

from pipeline.domain.errors import BadInput, Forbidden, NeedsPerson, Transient


class SignInRefused(Forbidden):
    """Login and password do not fit, or the account may not sign in; which of them is not said."""

    code = "sign_in.refused"


class AccountLocked(Forbidden):
    """Too many failures of a login, or from an address: details say until when nobody may try."""

    code = "sign_in.locked"


class CodeRefused(Forbidden):
    """A code of a second factor is wrong, too old, or was used before."""

    code = "sign_in.code_refused"


class StepNeeded(Forbidden):
    """Whoever has signed in has something to do before anything else: details name it."""

    code = "sign_in.step_needed"


class ProviderRefused(Forbidden):
    """What an identity provider answered is not believed: details say why."""

    code = "sign_in.provider_refused"


class ProviderUnavailable(Transient):
    """An identity provider does not answer, or with something else than it should: details say what."""

    code = "sign_in.provider_unavailable"


class PersonUnknown(Forbidden):
    """An identity provider vouches for somebody whom nothing here belongs to: details name the claim."""

    code = "sign_in.person_unknown"


class PasswordRefused(BadInput):
    """A new password is one that others would guess: details say why."""

    code = "account.password_refused"


class AccountsExist(BadInput):
    """The first account is made only where there is none."""

    code = "account.not_the_first"


class LastAdministrator(NeedsPerson):
    """Nobody would be left to give rights: the last administrator stays one."""

    code = "account.last_administrator"
