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


def telling(**what: str) -> contextlib.AbstractContextManager[None]:
    """Have `what` told with every line until the context ends: ids only, never a person's word."""
    return telling_only(**{**_current.get(), **what})


@contextlib.contextmanager
def telling_only(**what: str) -> Iterator[None]:
    """Have `what` told and nothing else: a server begins a request within what it did for the one before it."""
    token = _current.set(what)
    try:
        yield
    finally:
        _current.reset(token)
