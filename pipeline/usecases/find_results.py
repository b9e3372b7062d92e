"""Find results for other systems; that they were looked for is written down before they are told."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.errors import NotFound
from pipeline.domain.result import Result
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.ports import Library
from pipeline.shelf_ports import ResultFilter, Shelf
from pipeline.signing_ports import Results
from pipeline.usecases.look_up import Looker


def list_results(wanted: ResultFilter, *, shelf: Shelf, looker: Looker, scope: Scope = EVERYTHING) -> Sequence[Result]:
    """Return results in order of their dossiers and numbers.

    Raises:
        RecordsUnavailable
    """
    found = shelf.results(wanted, scope=scope)
    details = {"results": " ".join(each.code for each in found)}
    details |= {"dossier": wanted.dossier} if wanted.dossier else {}
    _note(Action.SEARCHED, Subject(SubjectKind.SEARCH, ""), details, looker)
    return found


def look_at_result(
    code: str, *, results: Results, library: Library, looker: Looker, scope: Scope = EVERYTHING
) -> Result:
    """Return a result by its code, also with brackets as NĐ 45/2020/NĐ-CP prints it, or by its document.

    Raises:
        NotFound: there is none, or its paper does not lie within `scope`.
        RecordsUnavailable
    """
    found = results.find(code)
    if found is None or library.document(found.document, scope=scope) is None:
        raise NotFound(what="result", id=code)
    _note(Action.READ, Subject(SubjectKind.RESULT, found.document), {"part": "result"}, looker)
    return found


def _note(action: Action, subject: Subject, details: dict[str, str], looker: Looker) -> None:
    deed = Deed(action=action, subject=subject, reason=looker.purpose, details={**looker.about, **details})
    looker.trail.note([deed])
