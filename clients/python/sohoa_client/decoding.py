"""JSON to frozen dataclasses. Properties that are not known are passed over: the interface may grow."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sohoa_client.problems import AnswerNotUnderstood

T = TypeVar("T")

_FRACTION = re.compile(r"\.(\d+)")


def decode(kind: type[T], value: Any) -> T:  # noqa: ANN401 - whatever was sent
    """Return `value` as one of `kind`.

    Raises:
        AnswerNotUnderstood: something is missing that has no default, or is of another type.
    """
    of: Any = kind
    decoded: T = _decoder(of)(value, kind.__name__)
    return decoded


@functools.cache
def _decoder(kind: Any) -> Callable[[Any, str], Any]:  # noqa: ANN401 - a type, or what stands for one
    origin, of = typing.get_origin(kind), typing.get_args(kind)
    if origin is None:
        return _of_class(kind)
    if origin in (typing.Union, types.UnionType):
        return _one_of([_decoder(each) for each in of if each is not types.NoneType], may_lack=types.NoneType in of)
    if origin is tuple:
        return _many(_decoder(of[0]))
    return _mapping(_decoder(of[1]))


def _of_class(kind: Any) -> Callable[[Any, str], Any]:  # noqa: ANN401 - likewise
    if kind is Any:
        return lambda value, _: value
    if dataclasses.is_dataclass(kind):
        return _record(typing.cast("type[Any]", kind))
    if kind in _MOMENTS:
        return _moment(_MOMENTS[kind])
    return _plain(kind)


def _one_of(inner: Sequence[Callable[[Any, str], Any]], *, may_lack: bool) -> Callable[[Any, str], Any]:
    def decoder(value: Any, place: str) -> Any:  # noqa: ANN401
        if value is None and may_lack:
            return None
        for each in inner[:-1]:
            with contextlib.suppress(AnswerNotUnderstood):
                return each(value, place)
        return inner[-1](value, place)

    return decoder


def _many(inner: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def decoder(value: Any, place: str) -> tuple[Any, ...]:  # noqa: ANN401
        if not isinstance(value, list):
            raise _wrong(place, "a list", value)
        return tuple(inner(each, f"{place}[{index}]") for index, each in enumerate(value))

    return decoder


def _mapping(inner: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def decoder(value: Any, place: str) -> Mapping[str, Any]:  # noqa: ANN401
        if not isinstance(value, dict):
            raise _wrong(place, "an object", value)
        return types.MappingProxyType({name: inner(each, f"{place}.{name}") for name, each in value.items()})

    return decoder


def _record(kind: type[Any]) -> Callable[[Any, str], Any]:
    hints = typing.get_type_hints(kind)
    needed = dataclasses.MISSING
    fields = [
        (each.name, each.default is needed and each.default_factory is needed, hints[each.name])
        for each in dataclasses.fields(kind)
    ]

    def decoder(value: Any, place: str) -> Any:  # noqa: ANN401
        if not isinstance(value, dict):
            raise _wrong(place, "an object", value)
        missing = [name for name, is_needed, _ in fields if is_needed and name not in value]
        if missing:
            raise AnswerNotUnderstood(f"{place} lacks {', '.join(missing)}")
        known = {name: _decoder(hint)(value[name], f"{place}.{name}") for name, _, hint in fields if name in value}
        return kind(**known)

    return decoder


def _moment(read: Callable[[str], Any]) -> Callable[[Any, str], Any]:
    def decoder(value: Any, place: str) -> Any:  # noqa: ANN401
        if not isinstance(value, str):
            raise _wrong(place, "a text", value)
        try:
            return read(value)
        except ValueError as error:
            raise _wrong(place, "a date or moment (ISO 8601)", value) from error

    return decoder


def _plain(kind: Any) -> Callable[[Any, str], Any]:  # noqa: ANN401
    def decoder(value: Any, place: str) -> Any:  # noqa: ANN401
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind:
            raise _wrong(place, kind.__name__, value)
        return value

    return decoder


def _read_moment(text: str) -> dt.datetime:
    """Read a moment as Python 3.10 does not yet: with `Z`, and with any number of digits of a second."""
    short = _FRACTION.sub(lambda found: "." + found[1][:6].ljust(6, "0"), text)
    at = dt.datetime.fromisoformat(f"{short[:-1]}+00:00" if short.endswith(("Z", "z")) else short)
    if at.tzinfo is None:
        raise ValueError("a moment without a zone")
    return at


_MOMENTS: Mapping[Any, Callable[[str], Any]] = {dt.datetime: _read_moment, dt.date: dt.date.fromisoformat}


def _wrong(place: str, wanted: str, value: Any) -> AnswerNotUnderstood:  # noqa: ANN401
    return AnswerNotUnderstood(f"{place} should be {wanted}, not {type(value).__name__} {value!r:.60}")
