"""Make the searchable PDF/A copy of every paper and keep it."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.assemble.copy import ASSEMBLE_VERSION, CopyDescription, CopyPage, CopyPolicy, write_copy
from pipeline.assemble.text import document_text
from pipeline.domain.document import Copy, FieldState, StoredDocument, UnderstoodDocument
from pipeline.domain.errors import CopyNotConforming, Kind, SohoaError, ToolFailed
from pipeline.domain.ids import ContentHash, DocumentId, FieldName, SourceName
from pipeline.domain.page import PageRef, RecognisedPage
from pipeline.domain.page_errors import PagesGivenUp
from pipeline.domain.source import InspectedSource
from pipeline.ports import Area, Ledger, ObjectStore, Workers, silent
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.usecases.at_once import at_once
from pipeline.usecases.giving_up import Tried
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


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCopies:
    """Copies of papers, and those of which none could be made."""

    copies: Mapping[DocumentId, Copy]
    failed: Mapping[DocumentId, str]
    """error code by document"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyMaker:
    """Who makes copies, with what, and how."""

    objects: ObjectStore
    ledger: Ledger
    workers: Workers
    catalogue: TypeCatalogue
    """knows the titles of types"""
    policy: CopyPolicy
    tools: str
    """names of the programs that a copy's bytes depend on"""
    seconds: float
    """limit for one copy"""
    hasty_seconds: float
    """limit for a copy of one page only, and for one that pages wait for"""


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
    maker: CopyMaker,
    on_document: Callable[[int, int], None] = silent,
) -> AssembledDocuments:
    """Return every document with its copy safe in the archive. A copy that exists is not made again.

    One document of which no copy can be made does not stop the others. `on_document` hears (documents done, documents in all).

    Raises:
        ToolMissing, ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused, MachineExhausted: not the document's
            fault; what is done stays done.
    """
    run = _run(readings, sources, maker)
    made = _made(documents, run=run, seconds=maker.seconds, files=None, on_document=on_document)
    texts = {document.id: run.text(document) for document in documents if document.id not in made.failed}
    whole = [document for document in documents if document.id in texts]
    stored = tuple(at_once(lambda each: run.stored(each, made.copies[each.id], texts[each.id]), whole))
    return AssembledDocuments(documents=stored, texts=texts, failed=made.failed)


def make_copies(
    documents: Sequence[UnderstoodDocument],
    readings: Readings,
    *,
    sources: Sequence[InspectedSource],
    maker: CopyMaker,
    files: LentFiles,
) -> MadeCopies:
    """Make the copies of papers while pages wait, and nothing else of them; `files` lends the sources.

    Otherwise see `assemble_copies`.

    Raises:
        what `assemble_copies` raises.
    """
    run = _run(readings, sources, maker)
    return _made(documents, run=run, seconds=maker.hasty_seconds, files=files, on_document=silent)


def _run(readings: Readings, sources: Sequence[InspectedSource], maker: CopyMaker) -> _Run:
    return _Run(maker=maker, by_name={source.name: source for source in sources}, readings=readings)


def _made(
    documents: Sequence[UnderstoodDocument],
    *,
    run: _Run,
    seconds: float,
    files: LentFiles | None,
    on_document: Callable[[int, int], None],
) -> MadeCopies:
    keys = {document.id: run.key(document) for document in documents}
    known = zip(keys, at_once(run.known, keys.values()), strict=True)
    copies = {paper: copy for paper, copy in known if copy is not None}
    on_document(len(copies), len(keys))
    failed: dict[DocumentId, str] = {}
    missing = [document for document in documents if document.id not in copies]
    assembled = _assemble_all(missing, run=run, seconds=seconds, lent=files)
    with contextlib.closing(assembled):  # files that are lent are given back also when something is raised here
        for document, file, result in assembled:
            if isinstance(result, str):
                copies[document.id] = run.keep(document, keys[document.id], file, conformance=result)
            else:
                failed[document.id] = _own_fault(result)
            on_document(len(copies) + len(failed), len(keys))
    return MadeCopies(copies=copies, failed=failed)


def spoilt_pages(
    documents: Sequence[UnderstoodDocument],
    readings: Readings,
    *,
    sources: Sequence[InspectedSource],
    maker: CopyMaker,
) -> Mapping[PageRef, str]:
    """Return the pages for which no copy of some documents could be made, and the code of the reason: each is tried alone.

    One page that nobody can write down, or that kills who tries, would otherwise take the others of its document with it,
    which may come from other files. Of a document of one page there is nothing to find out. Of a file whose pages cost too
    much the others are not tried, and count as spoilt.

    Raises:
        ToolMissing, ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused, MachineExhausted
    """
    run = _run(readings, sources, maker)
    refs = [ref for document in documents if len(document.pages) > 1 for ref in document.pages]
    spoilt: dict[PageRef, str] = {}
    with (
        tempfile.TemporaryDirectory(prefix="sohoa-copies-") as folder,
        LentFiles(maker.objects, (run.by_name[ref.source].sha256 for ref in refs)) as files,
    ):
        description = CopyDescription(title="")
        tried = Tried([(run.by_name[ref.source].sha256, ref) for ref in refs])
        tasks = (
            _Assemble((run.page(ref, files),), Path(folder) / f"{number}.pdf", description, maker.policy)
            for number, ref in enumerate(tried)
        )
        for index, result in maker.workers.map(_assemble, tasks, seconds=maker.hasty_seconds):
            digest, ref = tried.hear(index, result)
            files.done(digest)
            (Path(folder) / f"{index}.pdf").unlink(missing_ok=True)
            if isinstance(result, SohoaError):
                spoilt[ref] = _own_fault(result)
        for digest, ref in tried.left_out():
            files.done(digest)
            spoilt[ref] = PagesGivenUp.code
    return spoilt


def _own_fault(error: SohoaError) -> str:
    """Return the code of an error that is the paper's fault; any other is raised."""
    if isinstance(error, CopyNotConforming | ToolFailed) or error.kind is Kind.BAD_INPUT:
        return error.code
    raise error


def _assemble_all(
    documents: Sequence[UnderstoodDocument], *, run: _Run, seconds: float, lent: LentFiles | None
) -> Generator[tuple[UnderstoodDocument, Path, str | SohoaError]]:
    """Yield each document with its finished file and the file's conformance, or the error; the file goes at once."""
    wanted = [run.digests(document) for document in documents]
    with (
        tempfile.TemporaryDirectory(prefix="sohoa-copies-") as folder,
        contextlib.nullcontext(lent) if lent is not None else LentFiles(run.maker.objects) as files,
    ):
        files.expect(digest for each in wanted for digest in each)
        targets = [Path(folder) / f"{document.id}.pdf" for document in documents]
        tasks = (run.task(document, target, files) for document, target in zip(documents, targets, strict=True))
        for index, result in run.maker.workers.map(_assemble, tasks, seconds=seconds):
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
    maker: CopyMaker
    by_name: Mapping[SourceName, InspectedSource]
    readings: Readings

    def key(self, document: UnderstoodDocument) -> str:
        """Return the ledger key: sources' bytes, readings, description and policy."""
        inputs = [(self.by_name[ref.source].sha256, self.read(ref)) for ref in document.pages]
        description = self.describe(document)
        return stage_key("copy", ASSEMBLE_VERSION, self.maker.tools, inputs, description, self.maker.policy)

    def known(self, key: str) -> Copy | None:
        """Return the copy of a key, where it was made before and is there."""
        found = recall(key, Copy, ledger=self.maker.ledger, objects=self.maker.objects)
        return found if found is not None and self.maker.objects.has(Area.ARCHIVE, found.sha256) else None

    def describe(self, document: UnderstoodDocument) -> CopyDescription:
        """Return the metadata that goes into the copy; it depends on the paper alone, so that equal papers give equal bytes."""
        subject = document.fields.get(FieldName("subject"))
        return CopyDescription(
            title=copy_title(document, self.maker.catalogue),
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
        pages = tuple(self.page(ref, files) for ref in document.pages)
        return _Assemble(pages, target, self.describe(document), self.maker.policy)

    def page(self, ref: PageRef, files: LentFiles) -> CopyPage:
        """Return what a page of a copy is made of."""
        source = self.by_name[ref.source]
        return CopyPage(files.path(source.sha256), source.media_type, ref.number, self.read(ref))

    def keep(self, document: UnderstoodDocument, key: str, file: Path, *, conformance: str) -> Copy:
        """Put a finished copy into the archive and write it down."""
        with file.open("rb") as stream:
            kept = self.maker.objects.put(Area.ARCHIVE, stream)
        copy = Copy(sha256=kept.sha256, size=kept.size, conformance=conformance)
        remember(key, copy, about=self.digests(document), ledger=self.maker.ledger, objects=self.maker.objects)
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
            text_sha256=self.maker.objects.put(Area.DERIVED, io.BytesIO(text.encode())).sha256,
            signed_source=source.sha256 if source.signed else None,
        )
