"""The client package says what the served schema says: paths, parameters, bodies, and each property of each answer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
import json
import re
import shutil
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.settings import load_settings
from sohoa_client.calls import batches, events, owners, papers
from sohoa_client.core import Core
from sohoa_client.downloads import Download
from sohoa_client.operations import Call, Listing
from sohoa_client.retrying import Retry
from sohoa_client.steps import Request
from sohoa_client.uploads import HandingIn
from web.api.application import create_api, schema_of
from web.main import open_office

Schema = Mapping[str, Any]


def described() -> dict[str, Callable[..., Any]]:
    return {
        name: value
        for module in (batches, papers, owners, events)
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }


def filled(describe: Callable[..., Any]) -> Any:  # noqa: ANN401 - whatever it describes
    """Describe an operation with every parameter set."""
    values: dict[str, object] = {}
    for name, parameter in inspect.signature(describe).parameters.items():
        told = str(parameter.annotation)
        if isinstance(parameter.default, str):
            values[name] = parameter.default
            continue
        values[name] = next(
            value
            for kind, value in (
                ("tuple", ("x",)),
                ("Iterable", ()),
                ("Day", dt.date(2026, 1, 31)),
                ("bool", True),
                ("int", 1),
                ("str", "x"),
                ("AnyPath", "x"),
            )
            if kind in told
        )
    return describe(**values)


@pytest.fixture(scope="module")
def schema(empty_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Schema:
    home = shutil.copytree(empty_home, tmp_path_factory.mktemp("schema") / "home")
    with open_office(load_settings({"SOHOA_HOME": str(home)}), with_prefect=False) as office:
        return schema_of(create_api(office))


def operation(schema: Schema, method: str, path: str) -> Schema:
    """Return the operation that answers a path, the most literal first."""
    for template in sorted(schema["paths"], key=lambda each: each.count("{")):
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        found: Schema | None = schema["paths"][template].get(method.lower())
        if found is not None and re.fullmatch(pattern, path):
            return found
    raise AssertionError(f"nothing answers {method} {path}")


def first_request(operation_: Call[Any] | Listing[Any] | Download) -> Request:
    speaker = Core(credentials=None, token="t", language="vi", retry=Retry())
    talk = (
        operation_.part(speaker, None, operation_.after)
        if isinstance(operation_, Listing)
        else operation_.conversation(speaker, None)
    )
    step: Any = next(talk)
    talk.close()
    assert isinstance(step, Request)
    return step


def without_files() -> Iterator[str]:
    yield from (name for name, describe in described().items() if "HandingIn" not in str(inspect.signature(describe)))


@pytest.mark.parametrize("name", sorted(without_files()))
def test_what_is_asked_is_what_the_schema_lets_ask(schema: Schema, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Download, "conversation", _asks_only)
    request = first_request(filled(described()[name]))
    told = operation(schema, request.method, request.path)
    parameters = {(each["in"], each["name"].lower()) for each in told.get("parameters", ())}
    assert {("query", each) for each, _ in request.query} <= parameters
    own = {each.lower() for each in request.headers if each.lower() not in _GENERAL}
    assert {("header", each) for each in own} <= parameters
    if request.body is not None:
        body = resolved(schema, told["requestBody"]["content"]["application/json"]["schema"])
        assert set(json.loads(request.body)) <= set(body["properties"])
    if request.method == "POST":
        assert ("header", "idempotency-key") in parameters


_GENERAL = {
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "content-type",
    "user-agent",
    "x-request-id",
}


def _asks_only(download: Download, core: Core, purpose: None) -> Iterator[Any]:
    yield from core.ask(
        Request(method="GET", path=download.path, query=download.query, headers=download.headers), purpose
    )


@pytest.mark.parametrize("name", sorted(without_files()))
def test_what_is_answered_is_what_the_client_reads(schema: Schema, name: str) -> None:
    described_ = filled(described()[name])
    if isinstance(described_, Download):
        return
    request = first_request(described_)
    answers = operation(schema, request.method, request.path)["responses"]
    good = next(answers[status] for status in ("200", "201", "202", "204") if status in answers)
    if isinstance(described_, Listing):
        part = resolved(schema, good["content"]["application/json"]["schema"])
        check(described_.of, part["properties"]["items"]["items"], schema, name)
        return
    of = _read_type(described()[name])
    if of is str:
        assert "text/plain" in good["content"]
    elif of is not type(None):
        check(of, good["content"]["application/json"]["schema"], schema, name)


def test_what_handing_in_reads_is_what_is_answered(schema: Schema) -> None:
    from sohoa_client import answers  # noqa: PLC0415 - names of the client beside those of the interface

    for of, method, path, status in (
        (answers.Intake, "POST", "/intakes", "201"),
        (answers.FilesTaken, "POST", "/intakes/x/files", "201"),
        (answers.IntakeFile, "GET", "/intakes/x/files/1", "200"),
        (answers.Batch, "POST", "/batches", "201"),
    ):
        told = operation(schema, method, path)["responses"][status]["content"]["application/json"]["schema"]
        check(of, told, schema, path)
    assert isinstance(filled(batches.hand_in), HandingIn)


def _read_type(describe: Callable[..., Any]) -> Any:  # noqa: ANN401 - a type
    """Return what the answer of a call is read as."""
    (of,) = typing.get_args(typing.get_type_hints(describe)["return"])
    return of


def resolved(schema: Schema, part: Schema) -> Schema:
    while "$ref" in part:
        part = schema["components"]["schemas"][part["$ref"].rpartition("/")[2]]
    return part


def check(kind: Any, part: Schema, schema: Schema, place: str) -> None:  # noqa: ANN401 - a type
    """Hold a type against the schema of what is decoded into it."""
    part = resolved(schema, part)
    either = [resolved(schema, each) for each in part.get("anyOf", [part])]
    may_be_null = any(each.get("type") == "null" for each in either)
    kinds = typing.get_args(kind) if typing.get_origin(kind) in (typing.Union, types.UnionType) else (kind,)
    assert not may_be_null or type(None) in kinds, f"{place} may be null"
    for each in (one for one in either if one.get("type") != "null"):
        fitting = [one for one in kinds if one is not type(None) and _fits(one, each)]
        assert fitting, f"{place}: {each} is none of {kinds}"
        _check_inside(fitting[0], each, schema, place)


def _fits(kind: Any, part: Schema) -> bool:  # noqa: ANN401 - a type
    told = part.get("type", "string" if "enum" in part or "const" in part else None)
    if told == "string":
        wanted = {"date-time": dt.datetime, "date": dt.date}.get(part.get("format", ""), str)
        return kind is wanted
    if told == "array":
        return typing.get_origin(kind) is tuple
    if told == "object":
        return dataclasses.is_dataclass(kind) or typing.get_origin(kind) is not None
    return kind is {"integer": int, "number": float, "boolean": bool}.get(str(told))


def _check_inside(kind: Any, part: Schema, schema: Schema, place: str) -> None:  # noqa: ANN401 - a type
    if typing.get_origin(kind) is tuple:
        for inside in [part["items"]] if "items" in part else part["prefixItems"]:
            check(typing.get_args(kind)[0], inside, schema, f"{place}[]")
    elif dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        for field in dataclasses.fields(kind):
            assert field.name in part["properties"], f"{place}.{field.name} is not answered"
            check(hints[field.name], part["properties"][field.name], schema, f"{place}.{field.name}")
    elif typing.get_origin(kind) is not None:
        check(typing.get_args(kind)[1], part["additionalProperties"], schema, f"{place}{{}}")
