"""Renew the archive time stamps of kept copies, and foretell when that has to be done."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.domain.errors import Kind, NotFound, SohoaError
from pipeline.domain.ids import DocumentId
from pipeline.domain.signature import CopyVersion, Outlook, SignatureLevel
from pipeline.ports import Area, Clock, CopyVersions, Library, ObjectStore, silent

_AT_ONCE = 200
"""copies that are asked for together"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What will become of one copy's proof."""

    document: DocumentId
    version: CopyVersion
    outlook: Outlook | None = None
    """None: the file carries no signature that says so"""
    due: dt.datetime | None = None
    """when it should be renewed at the latest"""
    error: SohoaError | None = None
    """why nothing can be foretold"""

    def is_due(self, now: dt.datetime) -> bool:
        """Say whether it is time."""
        return self.due is not None and self.due <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """How the renewal of one copy ended."""

    document: DocumentId
    version: CopyVersion | None = None
    error: SohoaError | None = None


Signed = tuple[DocumentId, CopyVersion]
"""a document and the newest version of its copy"""


def signed_copies(versions: CopyVersions) -> Iterator[Signed]:
    """Yield every copy that is signed, by document."""
    after: DocumentId | None = None
    while found := versions.signed(limit=_AT_ONCE, after=after):
        yield from found
        after, _ = found[-1]


def named_copies(documents: Iterable[DocumentId], *, library: Library, versions: CopyVersions) -> Iterator[Signed]:
    """Yield the signed ones among the copies of these documents.

    Raises:
        NotFound: there is no such document.
    """
    for document in documents:
        if library.document(document) is None:
            raise NotFound(what="document", id=document)
        newest = versions.versions(document)[-1]
        if newest.level is not None:
            yield document, newest


def forecast_copies(
    copies: Iterable[Signed],
    *,
    margin: dt.timedelta,
    look: Callable[[Path], Outlook | None],
    objects: ObjectStore,
    versions: CopyVersions,
    on_copy: Callable[[int, int], None] = silent,
) -> list[Forecast]:
    """Return the forecast for each signed copy, the most urgent first. A file is read once in its life: what it says is kept.

    Args:
        copies: which.
        margin: how long before its proof runs out a copy is due.
        look: finds out how long a signed file proves itself.
        objects: where the files are.
        versions: keep what was found.
        on_copy: hears (copies done, copies in all).
    """
    found: list[Forecast] = []
    signed = list(copies)
    for document, newest in signed:
        on_copy(len(found), len(signed))
        outlook = newest.outlook
        if outlook is None:
            try:
                with objects.local(Area.ARCHIVE, newest.sha256) as file:
                    outlook = look(file)
            except SohoaError as error:
                found.append(Forecast(document=document, version=newest, error=error))
                continue
            if outlook is not None:
                versions.foresee(document, newest.number, outlook)
        due = outlook.until - margin if outlook else None
        found.append(Forecast(document=document, version=newest, outlook=outlook, due=due))
    on_copy(len(found), len(signed))
    return sorted(found, key=lambda each: (each.due is None, each.due))


def renew_copies(
    wanted: Sequence[Forecast],
    *,
    renew: Callable[[Path, Path], None],
    objects: ObjectStore,
    versions: CopyVersions,
    clock: Clock,
    on_document: Callable[[Renewal], None] = silent,
) -> list[Renewal]:
    """Add evidence and an archive time stamp to each copy, kept as a further version; one failure does not stop the others.

    Raises:
        SohoaError of kind forbidden or transient: no authority, or no store; what was renewed before is kept.
    """
    done = []
    for each in wanted:
        try:
            outcome = Renewal(document=each.document, version=_renew(each, renew, objects, versions, clock))
        except SohoaError as error:
            if error.kind in {Kind.FORBIDDEN, Kind.TRANSIENT}:
                raise
            outcome = Renewal(document=each.document, error=error)
        done.append(outcome)
        on_document(outcome)
    return done


def _renew(
    wanted: Forecast, renew: Callable[[Path, Path], None], objects: ObjectStore, versions: CopyVersions, clock: Clock
) -> CopyVersion:
    before = wanted.version
    with tempfile.TemporaryDirectory(prefix="sohoa-renew-") as folder:
        target = Path(folder) / "renewed.pdf"
        with objects.local(Area.ARCHIVE, before.sha256) as source:
            renew(source, target)
        with target.open("rb") as stream:
            kept = objects.put(Area.ARCHIVE, stream)
    version = CopyVersion(
        number=before.number + 1,
        sha256=kept.sha256,
        size=kept.size,
        created_at=clock.now(),
        level=SignatureLevel.B_LTA,
        signer=before.signer,
    )
    versions.add(wanted.document, version)
    return version
