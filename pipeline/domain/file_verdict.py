"""What was said of a file's signatures, by whom, when: a verdict of yesterday is not the one of today."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipeline.domain.ids import ContentHash
from pipeline.domain.signature import CopyVersion, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVerdict:
    """A judgement of a file."""

    sha256: ContentHash
    """of a version of a copy, or of a source that came in signed"""
    at: dt.datetime
    """when it was judged"""
    by: str
    """who had it judged"""
    as_of: dt.datetime
    """the moment for which it was judged"""
    verdict: Verdict
    reason: str
    signatures: int
    """how many the file bears"""


def judged_file(newest: CopyVersion, signed_source: ContentHash | None) -> ContentHash | None:
    """Return the file whose signatures say what a paper is worth; None where nobody has signed it.

    A paper that came in signed and was not signed here is judged by the file that carries the signature.
    """
    if newest.level is not None:
        return newest.sha256
    return signed_source
