"""Under whose name the audit trail keeps what this process does."""

from __future__ import annotations

import os
import pwd
import socket

from pipeline.domain.audit import Author


def person_at(command: str) -> Author:
    """Return the operating-system account that runs `command` of the command line.

    The account is that of the process, not the one that the environment names: variables can be set by anybody.
    """
    number = os.getuid()
    try:
        account = pwd.getpwuid(number).pw_name
    except KeyError:  # a container may run under a number without an account
        account = f"uid {number}"
    return Author(name=account, role="administrator", origin=f"{socket.gethostname()}: sohoa {command}")


def system_at(work: str) -> Author:
    """Return the product itself, doing `work` that nobody waits for."""
    return Author(name="sohoa", role="system", origin=f"{socket.gethostname()}: {work}")
