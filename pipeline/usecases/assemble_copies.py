"""Make the searchable PDF/A copy of every paper and keep it."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.assemble.copy import ASSEMBLE_VERSION, CopyDescription, CopyPage, CopyPolicy, write_copy
from pipeline.assemble.text import document_text
from pipeline.domain.document import Copy, StoredDocument, UnderstoodDocument
from pipeline.domain.errors import CopyNotConforming, Kind
from pipeline.domain.ids import ContentHash, DocumentId, FieldName, SourceName
from pipeline.domain.page import PageRef, RecognisedPage
from pipeline.domain.source import InspectedSource
from pipeline.ports import Area, Ledger, ObjectStore, Workers, silent
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
    readings: Mapping[PageRef, RecognisedPage],
    *,
    sources: Sequence[InspectedSource],
    objects: ObjectStore,
    ledger: Ledger,
    workers: Workers,
    policy: CopyPolicy,
    seconds: float,
    on_document: Callable[[int, int], None] = silent,
) -> AssembledDocuments:
    """Return every document with its copy safe in the archive. A copy that exists is not made again.

    One document of which no copy can be made does not stop the others. `seconds` is the limit for one document;
    `on_document` hears (documents done, documents in all).

    Raises:
        ToolMissing, StoreUnavailable: not the document's fault; what is done stays done.
    """
    by_name = {source.name: source for source in sources}
    run = _Run(objects=objects, ledger=ledger, by_name=by_name, readings=readings, policy=policy)
    keys = [run.key(document) for document in documents]
    copies = {key: copy for key in keys if (copy := recall(key, Copy, ledger=ledger, objects=objects)) is not None}
    on_document(sum(key in copies for key in keys), len(keys))
    failed: dict[DocumentId, str] = {}
    missing = [(key, doc) for key, doc in zip(keys, documents, strict=True) if key not in copies]
    with tempfile.TemporaryDirectory(prefix="sohoa-copies-") as folder, contextlib.ExitStack() as files:
        tasks = [run.task(document, Path(folder) / f"{document.id}.pdf", files) for _, document in missing]
        for index, result in workers.map(_assemble, tasks, seconds=seconds):
            key, document = missing[index]
            if isinstance(result, str):
                copies[key] = run.keep(key, tasks[index].target, conformance=result)
            elif isinstance(result, CopyNotConforming) or result.kind is Kind.BAD_INPUT:
                failed[document.id] = result.code
            else:
                raise result
            on_document(sum(each in copies for each in keys) + len(failed), len(keys))
    texts = {document.id: run.text(document) for document in documents if document.id not in failed}
    stored = tuple(
        StoredDocument(
            understood=document,
            copy=copies[key],
            text_sha256=run.keep_text(texts[document.id]),
            signed_source=run.signed_source(document),
        )
        for key, document in zip(keys, documents, strict=True)
        if document.id not in failed
    )
    return AssembledDocuments(documents=stored, texts=texts, failed=failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    objects: ObjectStore
    ledger: Ledger
    by_name: Mapping[SourceName, InspectedSource]
    readings: Mapping[PageRef, RecognisedPage]
    policy: CopyPolicy

    def key(self, document: UnderstoodDocument) -> str:
        """Return the ledger key: sources' bytes, readings, description and policy."""
        inputs = [(self.by_name[ref.source].sha256, self.readings[ref]) for ref in document.pages]
        return stage_key("copy", ASSEMBLE_VERSION, inputs, self.describe(document), self.policy)

    def describe(self, document: UnderstoodDocument) -> CopyDescription:
        """Return the metadata that goes into the copy; it depends on the paper alone, so that equal papers give equal bytes."""
        subject = document.fields.get(FieldName("subject"))
        type_name = document.fields.get(FieldName("type_name"))
        digests = dict.fromkeys(self.by_name[ref.source].sha256 for ref in document.pages)
        return CopyDescription(
            title=str(type_name.value) if type_name else document.type,
            subject=str(subject.value) if subject else "",
            dossier=document.dossier or "",
            source_digests=tuple(digests),
        )

    def task(self, document: UnderstoodDocument, target: Path, files: contextlib.ExitStack) -> _Assemble:
        """Return the work for one child process; the sources' files live as long as `files`."""
        paths: dict[ContentHash, Path] = {}
        pages = []
        for ref in document.pages:
            source = self.by_name[ref.source]
            if source.sha256 not in paths:
                paths[source.sha256] = files.enter_context(self.objects.local(Area.ARCHIVE, source.sha256))
            pages.append(CopyPage(paths[source.sha256], source.media_type, ref.number, self.readings[ref]))
        return _Assemble(tuple(pages), target, self.describe(document), self.policy)

    def keep(self, key: str, file: Path, *, conformance: str) -> Copy:
        """Put a finished copy into the archive and write it down."""
        with file.open("rb") as stream:
            kept = self.objects.put(Area.ARCHIVE, stream)
        file.unlink()
        copy = Copy(sha256=kept.sha256, size=kept.size, conformance=conformance)
        remember(key, copy, ledger=self.ledger, objects=self.objects)
        return copy

    def text(self, document: UnderstoodDocument) -> str:
        """Return the document's text."""
        return document_text([self.readings[ref] for ref in document.pages])

    def keep_text(self, text: str) -> ContentHash:
        """Put a text into the derived area and return its name."""
        return self.objects.put(Area.DERIVED, io.BytesIO(text.encode())).sha256

    def signed_source(self, document: UnderstoodDocument) -> ContentHash | None:
        """Return the signed PDF that the document is the twin of."""
        source = self.by_name[document.pages[0].source]
        return source.sha256 if source.signed else None
