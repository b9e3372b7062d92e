"""What the public page needs from outside."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from pipeline.domain.ids import ContentHash, DocumentId


class PublicBook(Protocol):
    """What the public has looked at."""

    def note(self, document: DocumentId, *, at: dt.datetime) -> bool:
        """Write into the audit trail that the public looks at a result, once an hour at most; say whether it was written."""
        ...

    def document_of(self, sha256: ContentHash) -> DocumentId | None:
        """Return the paper of which a file is a state of the copy."""
        ...
