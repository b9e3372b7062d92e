"""Questions to the systems around this one. That somebody asks stands in the audit trail before anybody is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.audit_ports import AuditTrail
from pipeline.connector_ports import OneStop, ProcedureCatalogue
from pipeline.desk_ports import Procedures
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.exchange import DigitizedNotice, KnownDossier, OtherSystem
from pipeline.domain.ids import ContentHash, DocumentId, DossierCode, derived_id
from pipeline.domain.procedure import Procedure
from pipeline.ports import CopyVersions
from pipeline.usecases.import_procedures import CatalogueImport, import_procedures


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """How questions are written down; who asks is known to the trail."""

    trail: AuditTrail
    purpose: str
    """why, in the words of whoever asks, with the legal basis"""

    def note(self, system: OtherSystem, **details: str) -> None:
        """Write down that another system is asked; `details` say what for, and nothing about people.

        Raises:
            RecordsUnavailable: nobody is asked then.
        """
        subject = Subject(SubjectKind.CONNECTOR, system.value)
        deed = Deed(action=Action.CONNECTOR_ASKED, subject=subject, reason=self.purpose, details=details)
        self.trail.note([deed])


def refresh_procedures(
    *, catalogue: ProcedureCatalogue, procedures: Procedures, asker: Asker, dry_run: bool = False
) -> CatalogueImport:
    """Load the national catalogue's editions beside those that are there; return what is different. `dry_run`: only compare.

    Editions that it does not publish any more stay: papers of their time refer to them.

    Raises:
        ConnectorNotSet, ConnectorUnavailable, ConnectorRefused, ConnectorGarbled, RecordsUnavailable: nothing was loaded.
    """
    asker.note(OtherSystem.PROCEDURES, part="procedures")
    editions: dict[tuple[str, dt.date], Procedure] = {}
    for each in catalogue.procedures():
        editions[each.code, each.since] = each
    return import_procedures(tuple(editions.values()), procedures=procedures, dry_run=dry_run)


def ask_one_stop(dossier: DossierCode, *, one_stop: OneStop, asker: Asker) -> KnownDossier | None:
    """Return a dossier as the one-stop system has it; None where nobody knows it there.

    Raises:
        ConnectorNotSet, ConnectorUnavailable, ConnectorRefused, ConnectorGarbled, RecordsUnavailable
    """
    asker.note(OtherSystem.ONE_STOP, part="dossier", dossier=dossier)
    return one_stop.dossier(dossier)


def tell_one_stop(
    dossier: DossierCode,
    documents: Sequence[DocumentId],
    *,
    one_stop: OneStop,
    versions: CopyVersions,
    asker: Asker,
    at: dt.datetime,
) -> DigitizedNotice:
    """Tell the one-stop system that papers of a dossier have been digitized.

    The same papers in the same versions are the same notice, so telling it again, after an answer was lost, does no harm.

    Raises:
        ConnectorNotSet, ConnectorUnavailable, ConnectorRefused, ConnectorGarbled, RecordsUnavailable
    """
    digests: Mapping[str, ContentHash] = {each: versions.versions(each)[-1].sha256 for each in documents}
    id_ = derived_id("n", dossier, *(f"{name} {digest}" for name, digest in sorted(digests.items())))
    notice = DigitizedNotice(id=id_, dossier=dossier, documents=digests, at=at)
    asker.note(OtherSystem.ONE_STOP, part="digitized", dossier=dossier, notice=id_)
    one_stop.digitized(notice)
    return notice
