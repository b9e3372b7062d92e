"""Validate the signatures of PDFs that came in signed, and what that says of their papers; their bytes stay as they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.desk_ports import Verdicts
from pipeline.domain.document import DocumentState, UnderstoodDocument
from pipeline.domain.errors import Kind, SohoaError
from pipeline.domain.ids import ContentHash, SourceName
from pipeline.domain.signature import FileVerdict, Verdict
from pipeline.domain.source import InspectedSource
from pipeline.ports import Ledger, ObjectStore, Workers, silent
from pipeline.signing_ports import SignatureValidator
from pipeline.understand.corroborate import SignatureTrace
from pipeline.usecases.kept_judgements import keep_judgement
from pipeline.usecases.lending import LentFiles
from pipeline.usecases.stage import recall, remember, stage_key
from pipeline.values import writable


@dataclass(frozen=True, slots=True)
class _Validate:
    file: Path
    at: dt.datetime
    validator: SignatureValidator


def _validate(task: _Validate) -> FileVerdict:
    return writable(task.validator.validate(task.file, at=task.at))


def validate_file(
    file: Path, *, at: dt.datetime, workers: Workers, validator: SignatureValidator, seconds: float
) -> FileVerdict:
    """Judge any PDF's signatures in a child process; a file that cannot be judged within `seconds` is not valid.

    Raises:
        MachineExhausted: no room to work in, which says nothing about the file.
    """
    ((_, result),) = workers.map(_validate, [_Validate(file, at, validator)], seconds=seconds)
    return _as_verdict(result)


def _as_verdict(result: FileVerdict | SohoaError) -> FileVerdict:
    if isinstance(result, SohoaError):
        if result.kind is not Kind.BAD_INPUT:
            raise result  # not the file's fault
        return FileVerdict(verdict=Verdict.INDETERMINATE, reason=result.code, signatures=())
    return result


def intake_verdict_key(source: ContentHash, at: dt.datetime) -> str:
    """Return the ledger key of the verdict on a signed source at the moment its batch was received."""
    return stage_key("intake-verdict", "1", source, at.isoformat())


def validate_signed(
    sources: Sequence[InspectedSource],
    *,
    at: dt.datetime,
    objects: ObjectStore,
    ledger: Ledger,
    workers: Workers,
    validator: SignatureValidator,
    verdict_book: Verdicts,
    seconds: float,
    on_file: Callable[[int, int], None] = silent,
) -> Mapping[ContentHash, FileVerdict]:
    """Return the verdict on each signed source as of `at`, the moment its batch was received.

    What was said of a source when its batch was first looked at stands, also when the trusted roots change later.
    `on_file` hears (files judged, files in all).
    """
    digests = tuple(dict.fromkeys(source.sha256 for source in sources if source.signed))
    verdicts: dict[ContentHash, FileVerdict] = {}
    missing = []
    for digest in digests:
        known = recall(intake_verdict_key(digest, at), FileVerdict, ledger=ledger, objects=objects)
        if known is None:
            missing.append(digest)
        else:
            verdicts[digest] = known
    with LentFiles(objects, missing) as files:
        tasks = (_Validate(files.path(digest), at, validator) for digest in missing)
        for index, result in workers.map(_validate, tasks, seconds=seconds):
            digest = missing[index]
            files.done(digest)
            verdicts[digest] = _as_verdict(result)
            if not isinstance(result, SohoaError):
                keep_judgement(digest, result, as_of=at, verdict_book=verdict_book, ledger=ledger, objects=objects)
                remember(intake_verdict_key(digest, at), result, about=[digest], ledger=ledger, objects=objects)
            on_file(len(verdicts), len(digests))
    return verdicts


def signature_traces(
    sources: Sequence[InspectedSource], verdicts: Mapping[ContentHash, FileVerdict]
) -> dict[SourceName, tuple[SignatureTrace, ...]]:
    """Return who put an intact signature on each source, and when; whom nobody vouches for may still be who they say."""
    return {
        source.name: tuple(
            SignatureTrace(signer=each.signer, time=each.time)
            for each in verdicts[source.sha256].signatures
            if each.intact and each.verdict is not Verdict.INVALID
        )
        for source in sources
        if source.sha256 in verdicts
    }


def doubt_broken_signatures(
    documents: Sequence[UnderstoodDocument],
    sources: Sequence[InspectedSource],
    verdicts: Mapping[ContentHash, FileVerdict],
) -> tuple[UnderstoodDocument, ...]:
    """Ask for a look at every paper whose file came in with a signature that is not right."""
    broken = {
        source.name
        for source in sources
        if source.sha256 in verdicts and verdicts[source.sha256].verdict is Verdict.INVALID
    }
    return tuple(
        replace(document, state=DocumentState.NEEDS_REVIEW)
        if any(ref.source in broken for ref in document.pages)
        else document
        for document in documents
    )
