"""Make the searchable PDF/A copy of every paper and keep it."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.assemble.copy import ASSEMBLE_VERSION, CopyDescription, CopyPage, CopyPolicy, write_copy
from pipeline.assemble.text import document_text
from pipeline.domain.document import Copy, FieldState, StoredDocument, UnderstoodDocument
from pipeline.domain.errors import CopyNotConforming, Kind, SohoaError, ToolFailed
from pipeline.domain.ids import ContentHash, DocumentId, FieldName, SourceName
from pipeline.domain.page import PageRef, RecognisedPage
from pipeline.domain.source import InspectedSource
from pipeline.ports import Area, Ledger, ObjectStore, Workers, silent
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.usecases.lending import LentFiles
from pipeline.usecases.readings import Readings
from pipeline.usecases.stage import recall, remember, stage_key


@dataclass(frozen=True, slots=True, kw_only=True)
class AssembledDocuments:
    """The papers with their copies, their texts, and those of which no copy could be made."""

    documents: tuple[StoredDocument, ...]
    texts: Mapping[DocumentId, str]
    failed: Mapping[DocumentId, str]
    """error code by document"""


@dataclass(frozen=True, slots=True)
class _Assemble:
    pages: tuple[CopyPage, ...]
    target: Path
    description: CopyDescription
    policy: CopyPolicy


def _assemble(task: _Assemble) -> str:
    return write_copy(task.pages, task.target, description=task.description, policy=task.policy)


def assemble_copies(
    documents: Sequence[UnderstoodDocument],
    readings: Readings,
    *,
    sources: Sequence[InspectedSource],
    catalogue: TypeCatalogue,
    objects: ObjectStore,
    ledger: Ledger,
    workers: Workers,
    policy: CopyPolicy,
    tools: str,
    seconds: float,
    on_document: Callable[[int, int], None] = silent,
) -> AssembledDocuments:
    """Return every document with its copy safe in the archive. A copy that exists is not made again.

    One document of which no copy can be made does not stop the others. `catalogue` knows the titles of types; `tools` names
    the programs that a copy's bytes depend on; `seconds` is the limit for one document; `on_document` hears (documents done, documents in all).

    Raises:
        ToolMissing, ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused, MachineExhausted: not the document's
            fault; what is done stays done.
    """
    by_name = {source.name: source for source in sources}
    run = _Run(
        objects=objects,
        ledger=ledger,
        by_name=by_name,
        readings=readings,
        catalogue=catalogue,
        policy=policy,
        tools=tools,
    )
    keys = {document.id: run.key(document) for document in documents}
    copies: dict[DocumentId, Copy] = {}
    for paper, key in keys.items():
        known = recall(key, Copy, ledger=ledger, objects=objects)
        if known is not None and objects.has(Area.ARCHIVE, known.sha256):
            copies[paper] = known
    on_document(len(copies), len(keys))
    failed: dict[DocumentId, str] = {}
    missing = [document for document in documents if document.id not in copies]
    for document, file, result in _assemble_all(missing, run=run, workers=workers, seconds=seconds):
        if isinstance(result, str):
            copies[document.id] = run.keep(document, keys[document.id], file, conformance=result)
        else:
            failed[document.id] = _own_fault(result)
        on_document(len(copies) + len(failed), len(keys))
    texts = {document.id: run.text(document) for document in documents if document.id not in failed}
    stored = tuple(
        run.stored(document, copies[document.id], texts[document.id])
        for document in documents
        if document.id not in failed
    )
    return AssembledDocuments(documents=stored, texts=texts, failed=failed)


def spoilt_pages(
    documents: Sequence[UnderstoodDocument],
    readings: Readings,
    *,
    sources: Sequence[InspectedSource],
    objects: ObjectStore,
    workers: Workers,
    policy: CopyPolicy,
    seconds: float,
) -> Mapping[PageRef, str]:
    """Return the pages for which no copy of some documents could be made, and the code of the reason: each is tried alone.

    One page that nobody can write down, or that kills who tries, would otherwise take the others of its document with it,
    which may come from other files. Of a document of one page there is nothing to find out.

    Raises:
        ToolMissing, ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused, MachineExhausted
    """
    by_name = {source.name: source for source in sources}
    refs = [ref for document in documents if len(document.pages) > 1 for ref in document.pages]
    spoilt: dict[PageRef, str] = {}
    with (
        tempfile.TemporaryDirectory(prefix="sohoa-copies-") as folder,
        LentFiles(objects, (by_name[ref.source].sha256 for ref in refs)) as files,
    ):
        description = CopyDescription(title="")
        tasks = (
            _Assemble((_copy_page(ref, by_name, readings, files),), Path(folder) / f"{number}.pdf", description, policy)
            for number, ref in enumerate(refs)
        )
        for index, result in workers.map(_assemble, tasks, seconds=seconds):
            files.done(by_name[refs[index].source].sha256)
            (Path(folder) / f"{index}.pdf").unlink(missing_ok=True)
            if isinstance(result, SohoaError):
                spoilt[refs[index]] = _own_fault(result)
    return spoilt


def _own_fault(error: SohoaError) -> str:
    """Return the code of an error that is the paper's fault; any other is raised."""
    if isinstance(error, CopyNotConforming | ToolFailed) or error.kind is Kind.BAD_INPUT:
        return error.code
    raise error


def _copy_page(
    ref: PageRef, by_name: Mapping[SourceName, InspectedSource], readings: Readings, files: LentFiles
) -> CopyPage:
    reading, source = readings[ref], by_name[ref.source]
    if not isinstance(reading, RecognisedPage):  # pages that failed belong to no document
        raise TypeError(f"{ref} was not read")
    return CopyPage(files.path(source.sha256), source.media_type, ref.number, reading)


def _assemble_all(
    documents: Sequence[UnderstoodDocument], *, run: _Run, workers: Workers, seconds: float
) -> Iterator[tuple[UnderstoodDocument, Path, str | SohoaError]]:
    """Yield each document with its finished file and the file's conformance, or the error; the file goes at once."""
    wanted = [run.digests(document) for document in documents]
    with (
        tempfile.TemporaryDirectory(prefix="sohoa-copies-") as folder,
        LentFiles(run.objects, (digest for each in wanted for digest in each)) as files,
    ):
        targets = [Path(folder) / f"{document.id}.pdf" for document in documents]
        tasks = (run.task(document, target, files) for document, target in zip(documents, targets, strict=True))
        for index, result in workers.map(_assemble, tasks, seconds=seconds):
            for digest in wanted[index]:
                files.done(digest)
            yield documents[index], targets[index], result
            targets[index].unlink(missing_ok=True)


def copy_title(document: UnderstoodDocument, catalogue: TypeCatalogue) -> str:
    """Return what a window or a list should call a copy: `Quyết định số 12/QĐ-UBND`.

    Types without a title of their own, such as applications and what is not recognised, are called by what is printed. What a
    clerk still has to look at is left out: the copy's bytes stay when the field is mended.
    """
    declared = catalogue.types.get(document.type)
    printed, reference = (_sure(document, name) for name in ("type_name", "reference"))
    title = declared.title if declared else document.type
    if printed and not (declared and declared.titles):
        title = printed
    return f"{title} số {reference}" if reference else title


def _sure(document: UnderstoodDocument, name: str) -> str:
    field = document.fields.get(FieldName(name))
    return "" if field is None or field.state is FieldState.NEEDS_REVIEW else str(field.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    objects: ObjectStore
    ledger: Ledger
    by_name: Mapping[SourceName, InspectedSource]
    readings: Readings
    catalogue: TypeCatalogue
    policy: CopyPolicy
    tools: str

    def key(self, document: UnderstoodDocument) -> str:
        """Return the ledger key: sources' bytes, readings, description and policy."""
        inputs = [(self.by_name[ref.source].sha256, self.read(ref)) for ref in document.pages]
        return stage_key("copy", ASSEMBLE_VERSION, self.tools, inputs, self.describe(document), self.policy)

    def describe(self, document: UnderstoodDocument) -> CopyDescription:
        """Return the metadata that goes into the copy; it depends on the paper alone, so that equal papers give equal bytes."""
        subject = document.fields.get(FieldName("subject"))
        return CopyDescription(
            title=copy_title(document, self.catalogue),
            subject=str(subject.value) if subject else "",
            dossier=document.dossier or "",
            source_digests=self.digests(document),
        )

    def digests(self, document: UnderstoodDocument) -> tuple[ContentHash, ...]:
        """Return the names of the sources that a document's pages come from, each once."""
        return tuple(dict.fromkeys(self.by_name[ref.source].sha256 for ref in document.pages))

    def read(self, ref: PageRef) -> RecognisedPage:
        """Return the reading of a page of a document; pages that failed belong to none."""
        reading = self.readings[ref]
        if not isinstance(reading, RecognisedPage):
            raise TypeError(f"{ref} was not read")
        return reading

    def task(self, document: UnderstoodDocument, target: Path, files: LentFiles) -> _Assemble:
        """Return the work for one child process."""
        pages = [_copy_page(ref, self.by_name, self.readings, files) for ref in document.pages]
        return _Assemble(tuple(pages), target, self.describe(document), self.policy)

    def keep(self, document: UnderstoodDocument, key: str, file: Path, *, conformance: str) -> Copy:
        """Put a finished copy into the archive and write it down."""
        with file.open("rb") as stream:
            kept = self.objects.put(Area.ARCHIVE, stream)
        copy = Copy(sha256=kept.sha256, size=kept.size, conformance=conformance)
        remember(key, copy, about=self.digests(document), ledger=self.ledger, objects=self.objects)
        return copy

    def text(self, document: UnderstoodDocument) -> str:
        """Return the document's text."""
        return document_text([self.read(ref) for ref in document.pages])

    def stored(self, document: UnderstoodDocument, copy: Copy, text: str) -> StoredDocument:
        """Return the document with its copy, its text in the derived area, and the signed PDF that it is the twin of."""
        source = self.by_name[document.pages[0].source]
        return StoredDocument(
            understood=document,
            copy=copy,
            text_sha256=self.objects.put(Area.DERIVED, io.BytesIO(text.encode())).sha256,
            signed_source=source.sha256 if source.signed else None,
        )
