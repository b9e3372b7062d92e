"""Every error that has a code, whichever module of errors it stands in."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.domain import (
    api_errors,
    arrange_errors,
    backup_errors,
    channel_errors,
    desk_errors,
    download_errors,
    errors,
    exchange_errors,
    intake_errors,
    page_errors,
    review_errors,
    sign_in_errors,
    signing_errors,
    web_errors,
    webhook_errors,
)
from pipeline.domain.errors import SohoaError

MODULES = (
    errors,
    api_errors,
    arrange_errors,
    backup_errors,
    channel_errors,
    desk_errors,
    download_errors,
    exchange_errors,
    intake_errors,
    page_errors,
    review_errors,
    sign_in_errors,
    signing_errors,
    web_errors,
    webhook_errors,
)
"""importing them makes the tree whole"""


def all_errors(base: type[SohoaError] = SohoaError) -> Iterator[type[SohoaError]]:
    """Yield every error class that has a code of its own, for the reference page and the message catalogues."""
    for cls in base.__subclasses__():
        if "code" in vars(cls):
            yield cls
        yield from all_errors(cls)
