"""To which trace the work on a batch belongs, whoever does it and after whatever crash. No result depends on it."""

from __future__ import annotations

from typing import Protocol

from pipeline.domain.ids import BatchId


class BatchTraces(Protocol):
    """Keeps where the traces of batches begin, as W3C Trace Context writes it (`traceparent`)."""

    def keep(self, batch: BatchId, traceparent: str) -> None:
        """Keep where a batch's trace begins; the first word on it counts.

        Raises:
            RecordsUnavailable
        """
        ...

    def find(self, batch: BatchId) -> str | None:
        """Return where it begins."""
        ...
