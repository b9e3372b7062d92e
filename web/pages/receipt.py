"""What can be printed: the receipt of a batch, and sheets that part dossiers."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Response

from pipeline.assemble.separators import write_separators
from pipeline.domain.account import Role
from pipeline.domain.exchange import OtherSystem
from pipeline.domain.ids import BatchId
from pipeline.domain.intake import FileState, Intake, IntakeFile
from pipeline.specimens.fonts import Face, face_file
from pipeline.text.dossier_code import exact_dossier_code
from web.batch_words import standing_of
from web.guard import allowed
from web.handing_out import hand_out_bytes
from web.intake_words import notes_of_file
from web.pages.batches import batch_row, progress_json, shown_files
from web.show import show
from web.visit import Visit, VisitDep

router = APIRouter()

_MOST_FILES = 5000
_MOST_SHEETS = 100


@router.get("/batches/{batch}/receipt")
@allowed(Role.CLERK)
def receipt(batch: BatchId, visit: VisitDep) -> Response:
    """Show the receipt of a batch: what was handed in, what became of it, in counts that add up."""
    row = batch_row(batch, visit)
    intakes = [(each, _left(each, visit)) for each in visit.services.intake.intakes.of_batch(batch)]
    return show(
        visit,
        "batches/receipt.html",
        row=row,
        standing=standing_of(row.counts, visit.say),
        counts=progress_json(row.counts, visit),
        intakes=intakes,
        asks_one_stop=visit.office.connectors.is_set(OtherSystem.ONE_STOP),
        files=shown_files(batch, visit, limit=_MOST_FILES),
        organ=visit.office.settings.signing.organ,
    )


@router.get("/separators")
@allowed(Role.CLERK)
def separators(visit: VisitDep) -> Response:
    """Ask for which dossiers sheets are wanted."""
    return show(visit, "batches/separators.html", typed="", wrong=(), most=_MOST_SHEETS)


@router.post("/separators")
@allowed(Role.CLERK)
def print_separators(visit: VisitDep, codes: Annotated[str, Form()] = "") -> Response:
    """Hand out sheets to be printed, one a dossier code."""
    typed = [each.strip() for each in codes.replace(",", "\n").splitlines() if each.strip()]
    found = [exact_dossier_code(each) for each in typed]
    wrong = tuple(each for each, code in zip(typed, found, strict=True) if code is None)
    good = list(dict.fromkeys(each for each in found if each is not None))
    if wrong or not good or len(good) > _MOST_SHEETS:
        page = "batches/separators.html"
        return show(visit, page, typed=codes, wrong=wrong or ("–",), most=_MOST_SHEETS, status=422)
    with tempfile.TemporaryDirectory(prefix="sohoa-separators-") as folder:
        file = Path(folder) / "sheets.pdf"
        write_separators(good, file, font=face_file(Face.SANS_BOLD))
        content = file.read_bytes()
    return hand_out_bytes(content, name=visit.say("separators.file"), media_type="application/pdf")


def _left(intake: Intake, visit: Visit) -> tuple[dict[str, int], list[tuple[IntakeFile, str]]]:
    """Return how many files of an intake were taken, refused and left out, and why those did not become part of the batch."""
    files = visit.services.intake.files.all(intake.id)
    states = {state.value: sum(each.state is state for each in files) for state in FileState}
    left = [each for each in files if each.state in {FileState.REFUSED, FileState.LEFT_OUT}]
    return {**states, "files": len(files)}, [(each, _why(each, visit)) for each in left]


def _why(file: IntakeFile, visit: Visit) -> str:
    notes = notes_of_file(file, visit.say)
    return " ".join(f"{each['what']} {each['help']}".strip() for each in notes)
