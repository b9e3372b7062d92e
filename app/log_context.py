"""What is told with every line of the log while something is being done: a request, a batch, a run, a trace."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from types import MappingProxyType

_current: ContextVar[Mapping[str, str]] = ContextVar("log_context", default=MappingProxyType({}))


def log_context() -> Mapping[str, str]:
    """Return what is being done in this thread or task, by kind: `request`, `batch`, `run`, `trace`, `span`."""
    return _current.get()


@contextlib.contextmanager
def telling(**what: str) -> Iterator[None]:
    """Have `what` told with every line until the context ends: ids only, never a person's word."""
    token = _current.set({**_current.get(), **what})
    try:
        yield
    finally:
        _current.reset(token)
