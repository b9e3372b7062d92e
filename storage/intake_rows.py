"""Intakes and their files as rows, and back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from pipeline.domain.ids import BatchId, ContentHash, DossierCode, SourceName
from pipeline.domain.intake import (
    Channel,
    FileState,
    Intake,
    IntakeFile,
    IntakeId,
    IntakeState,
    Lane,
    PageFinding,
    Twin,
)
from pipeline.domain.source import MediaType
from storage.tables import keepable


def intake_row(intake: Intake) -> dict[str, Any]:
    """Return an intake by the table's columns."""
    return {
        "id": intake.id,
        "account": intake.account,
        "agency": intake.agency,
        "opened_at": intake.opened_at,
        "touched_at": intake.touched_at,
        "dossier": intake.dossier,
        "lane": intake.lane.value,
        "channel": intake.channel.value,
        "state": intake.state.value,
        "closing_at": intake.closing_at,
        "batch": intake.batch,
        "changes": intake.changes,
    }


def intake_of(row: sa.Row[Any]) -> Intake:
    """Return the intake of a row."""
    return Intake(
        id=IntakeId(row.id),
        account=row.account,
        agency=row.agency,
        opened_at=row.opened_at,
        touched_at=row.touched_at,
        dossier=None if row.dossier is None else DossierCode(row.dossier),
        lane=Lane(row.lane),
        channel=Channel(row.channel),
        state=IntakeState(row.state),
        closing_at=row.closing_at,
        batch=None if row.batch is None else BatchId(row.batch),
        changes=row.changes,
    )


def file_row(file: IntakeFile) -> dict[str, Any]:
    """Return a file by the table's columns."""
    return {
        "intake": file.intake,
        "number": file.number,
        "name": keepable(file.name),
        "size": file.size,
        "modified": file.modified,
        "channel": file.channel.value,
        "state": file.state.value,
        "received": file.received,
        "sha256": file.sha256,
        "error": file.error,
        "details": {name: keepable(each) if isinstance(each, str) else each for name, each in file.details.items()},
        "media_type": None if file.media_type is None else file.media_type.value,
        "pages": file.pages,
        "unlooked": file.unlooked,
        "findings": [_finding_row(each) for each in file.findings],
        "twin": None if file.twin is None else _twin_row(file.twin),
        "kept_anyway": file.kept_anyway,
        "replaced_by": file.replaced_by,
        "change": file.change,
    }


def file_of(row: sa.Row[Any]) -> IntakeFile:
    """Return the file of a row."""
    return IntakeFile(
        intake=IntakeId(row.intake),
        number=row.number,
        name=SourceName(row.name),
        size=row.size,
        modified=row.modified,
        channel=Channel(row.channel),
        state=FileState(row.state),
        received=row.received,
        sha256=None if row.sha256 is None else ContentHash(row.sha256),
        error=row.error,
        details=row.details,
        media_type=None if row.media_type is None else MediaType(row.media_type),
        pages=row.pages,
        unlooked=row.unlooked,
        findings=tuple(_finding_of(each) for each in row.findings),
        twin=None if row.twin is None else _twin_of(row.twin),
        kept_anyway=row.kept_anyway,
        replaced_by=row.replaced_by,
        change=row.change,
    )


def _finding_row(finding: PageFinding) -> dict[str, Any]:
    return {
        "page": finding.page,
        "blank": finding.blank,
        "turned": finding.turned,
        "faults": list(finding.faults),
        "again": finding.again,
    }


def _finding_of(row: dict[str, Any]) -> PageFinding:
    return PageFinding(**{**row, "faults": tuple(row["faults"])})


def _twin_row(twin: Twin) -> dict[str, Any]:
    at = None if twin.at is None else twin.at.isoformat()
    return {"name": keepable(twin.name), "batch": twin.batch, "at": at, "state": twin.state}


def _twin_of(row: dict[str, Any]) -> Twin:
    at = None if row["at"] is None else dt.datetime.fromisoformat(row["at"])
    return Twin(name=row["name"], batch=row["batch"], at=at, state=row["state"])
