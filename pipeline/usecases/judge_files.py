"""Judge the signatures of files that are kept, and keep what was said of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from pipeline.desk_ports import Verdicts
from pipeline.domain.errors import Kind, SohoaError
from pipeline.domain.ids import ContentHash
from pipeline.domain.signature import FileVerdict
from pipeline.ports import Ledger, ObjectStore, Workers, silent
from pipeline.signing_ports import SignatureValidator
from pipeline.usecases.kept_judgements import keep_judgement
from pipeline.usecases.lending import LentFiles
from pipeline.usecases.validate_signed import validate_file


def judge_files(
    files: Sequence[ContentHash],
    *,
    at: dt.datetime,
    objects: ObjectStore,
    ledger: Ledger,
    workers: Workers,
    validator: SignatureValidator,
    verdict_book: Verdicts,
    seconds: float,
    on_file: Callable[[int, int], None] = silent,
) -> Mapping[ContentHash, FileVerdict | SohoaError]:
    """Judge files of the archive as of `at`, each in a child process, and keep each judgement as soon as it is there.

    A file that is not there, or not as it was put there, is returned with the error and gets no verdict.
    `on_file` hears (files done, files in all).

    Raises:
        MachineExhausted, StoreUnavailable, StoreRefused, RecordsUnavailable: what was judged until then is kept.
    """
    wanted = tuple(dict.fromkeys(files))
    found: dict[ContentHash, FileVerdict | SohoaError] = {}
    with LentFiles(objects, wanted) as lent:
        for sha256 in wanted:
            try:
                verdict = validate_file(lent.path(sha256), at=at, workers=workers, validator=validator, seconds=seconds)
            except SohoaError as error:
                if error.kind is not Kind.BROKEN:
                    raise
                found[sha256] = error
            else:
                keep_judgement(sha256, verdict, as_of=at, verdict_book=verdict_book, ledger=ledger, objects=objects)
                found[sha256] = verdict
            lent.done(sha256)
            on_file(len(found), len(wanted))
    return found
