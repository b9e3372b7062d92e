"""Results under their codes: issue, supersede, revoke, and convert to paper."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.assemble.result_mark import write_marked, write_paper_conversion
from pipeline.domain.document import StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DocumentId, DossierCode
from pipeline.domain.result import Result, ResultMark, ResultState
from pipeline.domain.search import Scope
from pipeline.domain.signature import CopyVersion
from pipeline.domain.signing_errors import ResultNotInForce, ResultRefused
from pipeline.ports import Area, Clock, CopyVersions, Library, ObjectStore
from pipeline.signing_ports import Results
from pipeline.understand.catalogue import TypeCatalogue

DATA_SCHEMA = "sohoa.result/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedResult:
    """A result and the version of its copy that bears the code."""

    result: Result
    version: CopyVersion


def issue_result(
    document: DocumentId,
    *,
    address: str,
    with_data: bool,
    results: Results,
    library: Library,
    versions: CopyVersions,
    objects: ObjectStore,
    clock: Clock,
    catalogue: TypeCatalogue,
    dossier: DossierCode | None = None,
    any_type: bool = False,
) -> IssuedResult:
    """Give a paper the next code of its dossier and keep a version that bears it, for signing; again changes nothing.

    Args:
        document: digitized and not signed yet.
        address: where the code can be looked up; empty for none.
        with_data: carry the fields within the file.
        results: give codes.
        library: knows the document.
        versions: keep the marked copy.
        objects: keep its bytes.
        clock: tells the moment.
        catalogue: says of which types results are.
        dossier: in place of the document's own.
        any_type: a person has decided that it is a result, whatever its type.

    Raises:
        NotFound: no such document.
        ResultRefused: it is of a type that agencies do not issue as results, has no dossier, or is signed already.
        CopyNotConforming: the marked copy would be no PDF/A.
    """
    found = library.document(document)
    if found is None:
        raise NotFound(what="document", id=document)
    known, history = results.find(document), versions.versions(document)
    if known is not None and len(history) > 1:
        return IssuedResult(result=known, version=history[1])
    if any(version.role for version in history):
        raise ResultRefused(document=document, reason="signed")
    if not any_type:
        _refuse_other_types(found[1], catalogue)
    code_of = dossier or found[1].understood.dossier
    if code_of is None:
        raise ResultRefused(document=document, reason="no_dossier")
    result = results.issue(code_of, document, at=clock.now())
    data = _data(found[1], result) if with_data else None
    mark = ResultMark(code=result.code, address=address, data=data)
    version = _marked(history[-1], mark, now=result.created_at, objects=objects)
    versions.add(document, version)
    return IssuedResult(result=result, version=version)


def results_within(dossier: DossierCode, *, scope: Scope, results: Results, library: Library) -> tuple[Result, ...]:
    """Return the results of a dossier whose papers lie within a scope: several agencies may work on one dossier."""
    return tuple(each for each in results.of(dossier) if library.document(each.document, scope=scope) is not None)


def _marked(newest: CopyVersion, mark: ResultMark, *, now: dt.datetime, objects: ObjectStore) -> CopyVersion:
    """Keep the copy with the mark on it."""
    with tempfile.TemporaryDirectory(prefix="sohoa-result-") as folder:
        target = Path(folder) / "marked.pdf"
        with objects.local(Area.ARCHIVE, newest.sha256) as source:
            write_marked(source, target, mark=mark, now=now)
        with target.open("rb") as stream:
            kept = objects.put(Area.ARCHIVE, stream)
    return CopyVersion(number=newest.number + 1, sha256=kept.sha256, size=kept.size, created_at=now)


def _refuse_other_types(document: StoredDocument, catalogue: TypeCatalogue) -> None:
    """Refuse what applicants hand in and what offices write to each other: under a result's code it would be taken for one."""
    understood = document.understood
    declared = catalogue.types.get(understood.type)
    if declared is None or not declared.result:
        title = declared.title if declared else understood.type
        raise ResultRefused(document=understood.id, reason="type_is_no_result", type=title)


def find_result(code_or_document: str, *, results: Results) -> Result:
    """Return a result by its code or document.

    Raises:
        NotFound
    """
    found = results.find(code_or_document)
    if found is None:
        raise NotFound(what="result", id=code_or_document)
    return found


def revoke_result(code: str, reason: str, *, results: Results, clock: Clock) -> Result:
    """Withdraw a result; what was signed stays as it is, and says so nowhere: the records do.

    Raises:
        NotFound, ResultNotInForce
    """
    revoked = replace(
        find_result(code, results=results), state=ResultState.REVOKED, reason=reason, changed_at=clock.now()
    )
    return _ended(revoked, results)


def supersede_result(code: str, by: str, reason: str, *, results: Results, clock: Clock) -> Result:
    """Put another result in the place of one.

    Raises:
        NotFound: there is no such result, or none to take its place.
        ResultNotInForce: one of the two is not in force.
        ResultRefused: a result cannot take its own place.
    """
    old, new = find_result(code, results=results), find_result(by, results=results)
    if old.code == new.code:
        raise ResultRefused(document=old.document, reason="supersedes_itself")
    if new.state is not ResultState.ISSUED:
        raise ResultNotInForce(code=new.code, state=new.state.value)
    superseded = replace(
        old, state=ResultState.SUPERSEDED, reason=reason, superseded_by=new.code, changed_at=clock.now()
    )
    return _ended(superseded, results)


def convert_to_paper(
    code: str,
    target: Path,
    *,
    system: str,
    converter: str,
    results: Results,
    versions: CopyVersions,
    objects: ObjectStore,
    clock: Clock,
) -> Result:
    """Write the print of a signed result that is in force (NĐ 45/2020/NĐ-CP art. 18.2).

    Raises:
        NotFound, ResultNotInForce
        ResultRefused: nobody has signed it.
    """
    result = find_result(code, results=results)
    if result.state is not ResultState.ISSUED:
        raise ResultNotInForce(code=result.code, state=result.state.value)
    history = versions.versions(result.document)
    if not any(version.role for version in history):
        raise ResultRefused(document=result.document, reason="not_signed")
    with objects.local(Area.ARCHIVE, history[-1].sha256) as source:
        write_paper_conversion(source, target, code=result.code, system=system, converter=converter, now=clock.now())
    return result


def _ended(result: Result, results: Results) -> Result:
    if not results.end(result):
        now = results.find(result.code)
        raise ResultNotInForce(code=result.code, state=now.state.value if now else "")
    return result


def _data(document: StoredDocument, result: Result) -> bytes:
    understood = document.understood
    value: dict[str, Any] = {
        "schema": DATA_SCHEMA,
        "code": result.code,
        "dossier": result.dossier,
        "type": understood.type,
        "issued_at": result.created_at.isoformat(timespec="seconds"),
        "fields": {
            name: list(field.value) if isinstance(field.value, tuple) else field.value
            for name, field in sorted(understood.fields.items())
        },
    }
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
