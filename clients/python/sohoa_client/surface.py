"""Descriptions of operations become methods: of the blocking client, and of the awaiting one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sohoa_client.operations import Listing, Operation

P = ParamSpec("P")
T = TypeVar("T")


class Blocking(Protocol):
    """A client that answers when it is done."""

    def _do(self, operation: Operation[T]) -> T: ...

    def _each(self, listing: Listing[T]) -> Iterator[T]: ...


class Awaiting(Protocol):
    """A client that is awaited."""

    def _do(self, operation: Operation[T]) -> Awaitable[T]: ...

    def _each(self, listing: Listing[T]) -> AsyncIterator[T]: ...


def blocking(describe: Callable[P, Operation[T]]) -> Callable[Concatenate[Blocking, P], T]:
    """Return the method that does what `describe` describes."""

    @functools.wraps(describe)
    def method(self: Blocking, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._do(describe(*args, **kwargs))

    return _told(method, describe)


def awaiting(describe: Callable[P, Operation[T]]) -> Callable[Concatenate[Awaiting, P], Awaitable[T]]:
    """Return the method that does what `describe` describes, when it is awaited."""

    @functools.wraps(describe)
    def method(self: Awaiting, /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return self._do(describe(*args, **kwargs))

    return _told(method, describe)


def iterating(describe: Callable[P, Listing[T]]) -> Callable[Concatenate[Blocking, P], Iterator[T]]:
    """Return the method that gives the items of a list, part by part."""

    @functools.wraps(describe)
    def method(self: Blocking, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        return self._each(describe(*args, **kwargs))

    return _told(method, describe)


def iterating_awaited(describe: Callable[P, Listing[T]]) -> Callable[Concatenate[Awaiting, P], AsyncIterator[T]]:
    """Return the method that gives the items of a list, part by part, to `async for`."""

    @functools.wraps(describe)
    def method(self: Awaiting, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
        return self._each(describe(*args, **kwargs))

    return _told(method, describe)


_Method = TypeVar("_Method", bound=Callable[..., Any])


def _told(method: _Method, describe: Callable[..., Any]) -> _Method:
    """Let `help` show the parameters as they are for whoever calls the method."""
    signature = inspect.signature(describe)
    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    shown = inspect.Signature([itself, *signature.parameters.values()])
    method.__signature__ = shown  # type: ignore[attr-defined]
    return method
