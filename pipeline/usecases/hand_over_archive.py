"""Hand documents over to an archive: a package that says what is in it, read back before anybody gets it."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import BinaryIO

from pipeline.audit_ports import AuditTrail
from pipeline.depository_ports import Depository
from pipeline.desk_ports import Verdicts
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.audit_seal import OFFICE_TIME
from pipeline.domain.codes import CodeTemplates, archive_kind, document_code, file_name
from pipeline.domain.document import DocumentState, StoredDocument
from pipeline.domain.errors import FolderTaken, NotFound
from pipeline.domain.exchange_errors import PackageDamaged
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, derived_uuid
from pipeline.domain.signature import CopyVersion
from pipeline.exchange.paper_description import missing_fields, too_long_fields
from pipeline.exchange.sip import Happening, Package, PackagedPaper, PackageFile, Representation, Submitter
from pipeline.exchange.sip_reading import FolderSource, ZipSource, read_package
from pipeline.exchange.sip_writing import FolderSink, PackageSink, ZipSink, write_package
from pipeline.ports import Area, Clock, CopyVersions, Library, ObjectStore, silent
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.usecases.describe_dossier import sure_text
from pipeline.usecases.export_files import write_errors
from pipeline.usecases.export_layout import safe_name

_PDF = "application/pdf"
_ZIP = ".zip"
_FIELDS = {
    "CodeNumber": "code_number",
    "CodeNotation": "code_notation",
    "IssuedDate": "issued_date",
    "OrganName": "organ_name",
    "Subject": "subject",
    "ConfidenceLevel": "secrecy",
}
"""official metadata, and the fields that hold them"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverServices:
    """What handing over needs."""

    library: Library
    versions: CopyVersions
    verdicts: Verdicts
    depository: Depository
    objects: ObjectStore
    trail: AuditTrail
    catalogue: TypeCatalogue
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Who hands over, and by what agreement."""

    submitter: Submitter
    software: str
    software_version: str
    templates: CodeTemplates
    label: str = ""
    agreement: str = ""
    purpose: str = ""
    """for the audit trail"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """A package that was written and read back."""

    id: str
    target: Path
    papers: int
    files: int
    left_out: Mapping[DocumentId, str]
    """documents that are not in it: `replaced`, `disposed`, or the fields of the official list that are too long"""
    incomplete: Mapping[DocumentId, tuple[str, ...]]
    """fields that the official list requires and that the paper does not have"""


def hand_over(
    documents: Sequence[DocumentId],
    target: Path,
    *,
    order: HandOver,
    services: HandOverServices,
    on_paper: Callable[[int, int], None] = silent,
) -> HandedOver:
    """Write a package of documents: a ZIP where `target` ends in `.zip`, else a folder in `target`.

    Every document stands in the audit trail as handed over before anything is written. The same documents in the same
    versions are a package of the same name.

    Raises:
        NotFound: no such document; nothing was written.
        FolderTaken: the target is there already.
        PackageDamaged: a file is not what the records say, or could not be read back; nothing stays.
        CannotWrite, MachineExhausted, ObjectMissing, ObjectAltered, StoreUnavailable, RecordsUnavailable
    """
    now = services.clock.now()
    if target.exists():
        raise FolderTaken(path=str(target.parent), what=target.name)
    found = [_found(each, services) for each in dict.fromkeys(documents)]
    gathered = _gather(found, order, services)
    package = Package(
        # as TT 05/2025/TT-BNV names packages; the same papers in the same versions are the same one
        id=f"uuid-{derived_uuid(*sorted(each.file.sha256 + each.code for each in gathered.copies))}",
        label=order.label or order.submitter.name,
        created_at=now.replace(microsecond=0),
        software=order.software,
        software_version=order.software_version,
        submitter=order.submitter,
        agreement=order.agreement,
        representations=tuple(
            Representation(name=name, papers=tuple(papers))
            for name, papers in (("copies", gathered.copies), ("received", gathered.received))
            if papers
        ),
    )
    _note([each.document for each in gathered.copies], package, order, services)
    files = _write(package, target, services, on_paper)
    return HandedOver(
        id=package.id,
        target=target,
        papers=len(gathered.copies),
        files=files,
        left_out=gathered.left_out,
        incomplete=gathered.incomplete,
    )


@dataclass(frozen=True, slots=True)
class _Gathered:
    copies: list[PackagedPaper]
    received: list[PackagedPaper]
    left_out: dict[DocumentId, str]
    incomplete: dict[DocumentId, tuple[str, ...]]


def _found(document: DocumentId, services: HandOverServices) -> tuple[BatchId, StoredDocument]:
    found = services.library.document(document)
    if found is None:
        raise NotFound(what="document", id=document)
    return found


def _gather(found: Sequence[tuple[BatchId, StoredDocument]], order: HandOver, services: HandOverServices) -> _Gathered:
    gathered = _Gathered([], [], {}, {})
    for number, (batch, document) in enumerate(found, start=1):
        understood = document.understood
        if understood.state in {DocumentState.REPLACED, DocumentState.DISPOSED}:
            gathered.left_out[understood.id] = understood.state.value
            continue
        versions = services.versions.versions(understood.id)
        counted = f"{understood.dossier or batch}.{number:03}"
        code, name = _named(document, versions[-1], counted=counted, order=order, services=services)
        description = _described(document, code, services)
        if long := too_long_fields(description):
            gathered.left_out[understood.id] = f"too_long: {', '.join(long)}"
            continue
        if missing := missing_fields(description):
            gathered.incomplete[understood.id] = missing
        gathered.copies.append(_copy(document, versions, name, description, services))
        if document.signed_source is not None:
            gathered.received.append(_received(document, document.signed_source, name, versions[0], services))
    return gathered


def _named(
    document: StoredDocument, newest: CopyVersion, *, counted: str, order: HandOver, services: HandOverServices
) -> tuple[str, str]:
    """Return a document's archival code and the name of its file.

    `counted` is its dossier and place. `MCQ_LV_STT_PB` and `CODE_YYYYMMDD_DESC.EXT` (CV 7197) where the organisation has a code; else the name of historical archives,
    `<mã hồ sơ>.<STT>.pdf` (TT 05/2025/TT-BNV).
    """
    understood, templates = document.understood, order.templates
    if not templates.organ:
        code = safe_name(counted)
        return code, f"{code}.pdf"
    declared = services.catalogue[understood.type]
    kind = archive_kind(understood.type, declared.abbreviation)
    archived = services.depository.archive_code(understood.id, organ=templates.organ, kind=kind)
    code = document_code(archived, version=newest.number, templates=templates)
    date = _date(sure_text(document, "issued_date")) or newest.created_at.astimezone(OFFICE_TIME).date()
    name = file_name(code, date=date, description=declared.title, extension="pdf", templates=templates)
    return code, safe_name(name)


def _described(document: StoredDocument, code: str, services: HandOverServices) -> dict[str, str]:
    understood = document.understood
    found = {name: sure_text(document, field) for name, field in _FIELDS.items()}
    found |= {
        "DocCode": code,
        "TypeName": sure_text(document, "type_name") or services.catalogue[understood.type].title,
        "Language": "Tiếng Việt",
        "PageAmount": str(len(understood.pages)),
        "Format": "PDF",
    }
    return {name: text for name, text in found.items() if text}


def _copy(
    document: StoredDocument,
    versions: Sequence[CopyVersion],
    name: str,
    description: Mapping[str, str],
    services: HandOverServices,
) -> PackagedPaper:
    newest = versions[-1]
    file = PackageFile(path=name, media_type=_PDF, size=newest.size, sha256=newest.sha256, created_at=newest.created_at)
    return PackagedPaper(
        code=name.removesuffix(".pdf"),
        document=document.understood.id,
        file=file,
        # of later versions it is not written down
        conformance=document.copy.conformance if newest.sha256 == document.copy.sha256 else "",
        description=description,
        history=tuple(_history(versions, services.verdicts)),
    )


def _history(versions: Sequence[CopyVersion], verdicts: Verdicts) -> Iterator[Happening]:
    for each in versions:
        if each.role is None:
            yield Happening(kind="creation" if each.number == 1 else "modification", at=each.created_at)
        else:
            detail = " ".join(filter(None, (each.role.value, each.level.value if each.level else "")))
            yield Happening(kind="digital signature generation", at=each.created_at, detail=detail)
    for judged in verdicts.of(versions[-1].sha256)[-1:]:
        yield Happening(
            kind="digital signature validation", at=judged.at, detail=judged.reason, outcome=judged.verdict.value
        )


def _received(
    document: StoredDocument, sha256: ContentHash, name: str, first: CopyVersion, services: HandOverServices
) -> PackagedPaper:
    with services.objects.local(Area.ARCHIVE, sha256) as path:
        size = path.stat().st_size
    file = PackageFile(path=name, media_type=_PDF, size=size, sha256=sha256, created_at=first.created_at)
    return PackagedPaper(code=name.removesuffix(".pdf"), document=document.understood.id, file=file)


def _note(documents: Sequence[str], package: Package, order: HandOver, services: HandOverServices) -> None:
    services.trail.note(
        [
            Deed(
                action=Action.HANDED_OVER,
                subject=Subject(SubjectKind.DOCUMENT, each),
                reason=order.purpose,
                details={"package": package.id, "agreement": order.agreement},
            )
            for each in documents
        ]
    )


def _write(package: Package, target: Path, services: HandOverServices, on_paper: Callable[[int, int], None]) -> int:
    """Write a package beside its place, read it back, and give it its name; return the number of its files."""
    partial = target.with_name(f".{target.name}.part")
    readme = resources.files("pipeline.usecases").joinpath("hand_over_readme.txt").read_text(encoding="utf-8")
    total = sum(len(each.papers) for each in package.representations)
    done = 0

    @contextlib.contextmanager
    def opened(paper: PackagedPaper) -> Iterator[BinaryIO]:
        nonlocal done
        with services.objects.open(Area.ARCHIVE, paper.file.sha256) as stream:
            yield stream
        done += 1
        on_paper(done, total)

    def write(sink: PackageSink) -> int:
        return len(write_package(package, opened=opened, sink=sink, readme=readme))

    with write_errors(target):
        _remove(partial)
        partial.parent.mkdir(parents=True, exist_ok=True)
        try:
            if target.suffix == _ZIP:
                with zipfile.ZipFile(partial, "x") as archive:
                    files = write(ZipSink(archive, package=package))
                with zipfile.ZipFile(partial) as archive:
                    found = read_package(ZipSource(archive))
            else:
                files = write(FolderSink(partial))
                found = read_package(FolderSource(partial / package.id))
            for problem in found.problems:
                raise PackageDamaged(file=problem.path, reason=problem.reason)
            partial.rename(target)
        finally:
            _remove(partial)
    return files


def _remove(partial: Path) -> None:
    if partial.is_dir():
        shutil.rmtree(partial)
    partial.unlink(missing_ok=True)


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
