"""Files are named before their bytes come: what cannot be taken is refused at once, and what is there already is found again."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from pipeline.domain.errors import EmptySource, SohoaError, SourceTooLarge
from pipeline.domain.ids import SourceName
from pipeline.domain.intake import FileState, Intake, IntakeFile, Offer
from pipeline.domain.intake_errors import NameRefused
from pipeline.intake.walk import is_dropping
from pipeline.usecases.intake_opening import IntakePolicy, IntakeServices, refuse_shut

_LONGEST = 500
"""signs of a name with its folders"""


def offer_files(
    intake: Intake, offers: Sequence[Offer], *, services: IntakeServices, policy: IntakePolicy
) -> tuple[IntakeFile | None, ...]:
    """Add files to an intake, and return each with its number, state and the bytes that are safe.

    What is no paper (`Thumbs.db`) is not added: None stands in its place.

    Asking again for the same files returns them as they stand: so a page that was loaded anew goes on where it stopped.

    Raises:
        NameRefused, IntakeFull, IntakeShut: none is added.
    """
    refuse_shut(intake)
    named = [replace(each, name=source_name(each.name)) for each in offers]
    wanted = [each for each in named if not any(map(is_dropping, each.name.split("/")))]
    files = services.books.files.add(
        intake.id, [(each, _first(intake, each, policy)) for each in wanted], most=policy.most_files
    )
    added = dict(zip(wanted, files, strict=True))
    return tuple(added.get(each) for each in named)


def source_name(name: str) -> SourceName:
    """Return a name, with its folders, as a batch may have it: NFC, folders parted by slashes, no way up or out.

    Raises:
        NameRefused: it is empty or too long, or has control characters or a folder called `..`.
    """
    plain = unicodedata.normalize("NFC", name.replace("\\", "/").encode("utf-8", "replace").decode())
    parts = [each for each in plain.split("/") if each not in {"", "."}]
    whole = "/".join(parts)
    if not whole or len(whole) > _LONGEST or ".." in parts or any(unicodedata.category(each) == "Cc" for each in whole):
        raise NameRefused(name=name[:_LONGEST].encode("unicode_escape").decode())
    return SourceName(whole)


def _first(intake: Intake, offer: Offer, policy: IntakePolicy) -> IntakeFile:
    """Return an offered file as it stands before any byte came."""
    refusal = _refusal(offer, policy)
    return IntakeFile(
        intake=intake.id,
        number=0,
        name=offer.name,
        size=offer.size,
        modified=offer.modified,
        channel=offer.channel,
        state=FileState.COMING if refusal is None else FileState.REFUSED,
        error=None if refusal is None else refusal.code,
        details={} if refusal is None else refusal.details,
        unlooked=0 if refusal is None and policy.coach_pages else None,
    )


def _refusal(offer: Offer, policy: IntakePolicy) -> SohoaError | None:
    if offer.size <= 0:
        return EmptySource(name=offer.name)
    if offer.size > policy.limits.source_bytes:
        return SourceTooLarge(
            name=offer.name, limit="source_bytes", value=offer.size, allowed=policy.limits.source_bytes
        )
    return None
