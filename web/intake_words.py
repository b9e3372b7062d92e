"""How a file on its way in stands, in words for people and as JSON for the page's script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.intake_work import explainer
from app.language import Say
from app.page_words import fault_words
from pipeline.domain.intake import Channel, FileState, IntakeCounts, IntakeFile, PageFinding, Twin
from pipeline.domain.source import SourceState
from pipeline.imaging.quality import Fault
from web.show import moment

_KINDS = {
    FileState.COMING: "info",
    FileState.SAFE: "plain",
    FileState.DUPLICATE: "attention",
    FileState.REFUSED: "blocking",
    FileState.LEFT_OUT: "plain",
}

_WITH_A_PHONE = frozenset({"low_resolution", "low_contrast", "too_dark", "blurred", "crooked", "cut_off"})
"""faults against which somebody with a phone does something else than somebody at a scanner"""


def file_json(file: IntakeFile, say: Say) -> dict[str, Any]:
    """Return what the page shows of a file."""
    return {
        "number": file.number,
        "name": file.name,
        "size": file.size,
        "modified": file.modified,
        "received": file.received,
        "state": file.state.value,
        "kind": kind_of(file),
        "words": say(f"intake_file.{file.state.value}"),
        "pages": file.pages,
        "looking": file.unlooked is not None and file.state in {FileState.SAFE, FileState.DUPLICATE},
        "notes": notes_of_file(file, say),
        "batch": None if file.twin is None else file.twin.batch,
        "again": needs_again(file),
        "kept": file.kept_anyway,
        "replaced": file.replaced_by,
    }


def counts_json(counts: IntakeCounts) -> dict[str, Any]:
    """Return totals."""
    states = {state.value: counts.states.get(state, 0) for state in FileState}
    return {
        **states,
        "files": counts.files,
        "size": counts.size,
        "received": counts.received,
        "pages": counts.pages,
        "looking": counts.unlooked,
    }


def needs_again(file: IntakeFile) -> bool:
    """Say whether somebody should scan a file again, and has not said that it is kept as it is."""
    seen = any(each.again or _is_wrong_side(file, each) for each in file.findings)
    return seen and not file.kept_anyway and file.state in {FileState.SAFE, FileState.DUPLICATE}


def kind_of(file: IntakeFile) -> str:
    """Return the colour of a file's state."""
    if (
        file.state is FileState.SAFE
        and not file.kept_anyway
        and any(each.faults or _is_wrong_side(file, each) for each in file.findings)
    ):
        return "attention"
    return _KINDS[file.state]


def notes_of_file(file: IntakeFile, say: Say) -> list[dict[str, str]]:
    """Return what is to be said about a file, sentence by sentence with what helps."""
    notes = []
    if file.error is not None:
        notes.append({"what": explainer(say)(file.error, {"name": file.name, **file.details}), "help": ""})
    if file.twin is not None and file.state is not FileState.REFUSED:
        notes.append({"what": twin_words(file.twin, say), "help": ""})
    if file.replaced_by is not None:
        notes.append({"what": say("intake_file.replaced", number=file.replaced_by), "help": ""})
    sides = [each.page for each in file.findings if each.blank and not _is_wrong_side(file, each)]
    if sides:
        notes.append({"what": say("coach.blank_pages", pages=", ".join(map(str, sides))), "help": ""})
    others = [each for each in file.findings if each.page not in sides]
    return notes + [_finding_note(each, file, say) for each in others]


def _is_wrong_side(file: IntakeFile, finding: PageFinding) -> bool:
    """Say whether an empty page is all that there is: of a stack that was scanned on both sides, empty ones are no fault."""
    return finding.blank and file.pages == 1


def twin_words(twin: Twin, say: Say) -> str:
    """Return where the same bytes are, and what became of them."""
    if twin.batch is None:
        return say("intake_file.twin_here", name=twin.name)
    became = twin.state or SourceState.RECEIVED.value
    return say("intake_file.twin_batch", name=twin.name, at=moment(twin.at), became=say(f"source_state.{became}"))


def _finding_note(finding: PageFinding, file: IntakeFile, say: Say) -> dict[str, str]:
    what: list[str] = []
    helps: list[str] = []
    if finding.blank:
        what.append(say("coach.blank"))
        helps.append(say("coach.blank_help"))
    if finding.turned:
        what.append(say(f"coach.turned_{finding.turned}"))
        helps.append(say("coach.turned_help"))
    for fault in finding.faults:
        reason, remedy = fault_words([Fault(fault)], say)[0]
        what.append(reason)
        # what helps at a scanner's glass does not help who holds a phone
        phone = file.channel is Channel.PHONE and fault in _WITH_A_PHONE
        helps.append(say(f"coach_phone.{fault}") if phone else remedy)
    reasons = "; ".join(what)
    key = "coach.sheet" if file.pages == 1 else "coach.page"
    return {"what": say(key, page=finding.page, reasons=reasons), "help": " ".join(dict.fromkeys(helps))}


def files_json(files: Sequence[IntakeFile], say: Say) -> list[dict[str, Any]]:
    """Return files as the page shows them."""
    return [file_json(each, say) for each in files]
