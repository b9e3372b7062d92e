"""What reaches the log. Libraries that log what we report ourselves are told to be quiet."""

from __future__ import annotations

import logging

_REPORTED = ("pyhanko", "pyhanko_certvalidator", "fontTools", "pikepdf", "PIL", "alembic")
"""what these complain about ends as a verdict, a refusal or an error with a code"""


def quiet_libraries() -> None:
    """Keep tracebacks of handled failures off people's terminals; called once in each process."""
    for name in _REPORTED:
        logging.getLogger(name).setLevel(logging.CRITICAL)
