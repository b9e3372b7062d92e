"""Under whose name the audit trail keeps what this process does."""

from __future__ import annotations

import os
import pwd
import socket
from pathlib import PurePath

from pipeline.domain.audit import Author

INVOKER = "SOHOA_INVOKER"
"""variable by which the command of an installation (`deploy/systemd/sohoa`) says who called it before it changed accounts"""
_NO_SHELLS = frozenset({"nologin", "false"})


def person_at(command: str) -> Author:
    """Return the operating-system account that runs `command` of the command line.

    The account is that of the process, not one that the environment names: variables can be set by anybody. Only where the
    process has an account that nobody can sign in with, that of the service, whoever started it was allowed to act as the
    service: there the variable names the person, and the origin the account on whose behalf it is done.
    """
    number = os.getuid()
    origin = f"{socket.gethostname()}: sohoa {command}"
    try:
        account = pwd.getpwuid(number)
    except KeyError:  # a container may run under a number without an account
        return Author(name=f"uid {number}", role="administrator", origin=origin)
    invoker = os.environ.get(INVOKER, "")
    if invoker != account.pw_name and _is_of_a_service(account) and _is_known(invoker):
        return Author(name=invoker, role="administrator", origin=f"{origin} ({account.pw_name})")
    return Author(name=account.pw_name, role="administrator", origin=origin)


def _is_of_a_service(account: pwd.struct_passwd) -> bool:
    return PurePath(account.pw_shell).name in _NO_SHELLS


def _is_known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def system_at(work: str) -> Author:
    """Return the product itself, doing `work` that nobody waits for."""
    return Author(name="sohoa", role="system", origin=f"{socket.gethostname()}: {work}")
