"""What foreign text makes the rules of reading raise ends with the paper that it stands on, by name."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.domain.errors import SohoaError
from pipeline.domain.page_errors import PaperNotUnderstood

_LOG = logging.getLogger(__name__)


@contextmanager
def refused_by_name() -> Iterator[None]:
    """Have whatever a paper's text makes its reader raise end as that paper's own error; the machine's errors stay what they are.

    Where it happened is logged, and nothing of what an error says: it may quote the paper.

    Raises:
        PaperNotUnderstood
    """
    try:
        yield
    except (SohoaError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - the edge: rules of reading meet whatever anybody has written
        kind = type(error).__name__
        _LOG.error("a paper could not be understood: %s\n%s", kind, "".join(traceback.format_tb(error.__traceback__)))
        raise PaperNotUnderstood(problem=kind) from None
