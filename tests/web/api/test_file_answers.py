"""Files in parts are the very bytes of the whole, whatever is asked for; what is altered on the way is not taken for whole."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
from collections.abc import Iterator
from types import SimpleNamespace
from typing import BinaryIO, cast

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.domain.download_errors import RangeUnsatisfiable
from pipeline.domain.errors import ObjectAltered
from pipeline.domain.ids import ContentHash, content_hash
from pipeline.ports import Area
from tests.fakes.objects import MemoryObjects
from web.api.application import HeadByGet
from web.api.files import HandedFile, bytes_answer, file_answer
from web.api.ranges import asked_range

SMALL = bytes(range(251)) * 4
LARGE = bytes(range(253)) * 20_000
"""over 5 MB: it is read in pieces, also in parts"""
OBJECTS = MemoryObjects()


def app() -> FastAPI:
    made = FastAPI()

    @made.get("/kept/{name}")
    def kept(name: str, request: Request) -> Response:
        content = {"small": SMALL, "large": LARGE, "empty": b""}[name]
        stored = OBJECTS.put(Area.ARCHIVE, io.BytesIO(content))
        file = HandedFile(
            area=Area.ARCHIVE,
            sha256=stored.sha256,
            size=stored.size,
            name="giấy.pdf",
            media_type="application/pdf",
            headers={"Sohoa-State": "in_force"},
        )
        return file_answer(request, file, objects=OBJECTS)

    @made.get("/made")
    def just_made(request: Request) -> Response:
        return bytes_answer(request, SMALL, name="a.xml", media_type="application/xml")

    @made.exception_handler(RangeUnsatisfiable)
    def behind(_: Request, error: RangeUnsatisfiable) -> Response:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{error.details['size']}"})

    made.add_middleware(HeadByGet)
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[TestClient]:
    with TestClient(app()) as client:
        yield client


def digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


numbers = st.integers(0, len(SMALL) + 50)
asked = st.one_of(
    st.tuples(numbers, numbers).map(lambda pair: ("both", *pair)),
    numbers.map(lambda first: ("open", first, 0)),
    numbers.map(lambda last: ("suffix", last, 0)),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(asked, st.sampled_from(["/kept/small", "/made"]), st.sampled_from(["", "000"]))
def test_a_part_is_the_very_bytes_of_the_whole(
    browser: TestClient, wanted: tuple[str, int, int], path: str, zeros: str
) -> None:
    kind, one, other = wanted
    spec = {"both": f"{zeros}{one}-{other}", "open": f"{one}-", "suffix": f"-{zeros}{one}"}[kind]
    # what Python's own slices say
    true = {"both": SMALL[one : other + 1], "open": SMALL[one:], "suffix": SMALL[-one:] if one else b""}[kind]
    answer = browser.get(path, headers={"Range": f"bytes={spec}"})
    if kind == "both" and other < one:
        assert (answer.status_code, answer.content) == (200, SMALL)  # not a range at all
    elif not true:
        assert answer.status_code == 416
        assert answer.headers["content-range"] == f"bytes */{len(SMALL)}"
    else:
        assert (answer.status_code, answer.content) == (206, true)
        first = len(SMALL) - len(true) if kind == "suffix" else one
        assert answer.headers["content-range"] == f"bytes {first}-{first + len(true) - 1}/{len(SMALL)}"
        assert int(answer.headers["content-length"]) == len(true)
        assert answer.headers["content-digest"] == digest(true)
        assert answer.headers["repr-digest"] == digest(SMALL)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=255)), st.integers(0, 2000))
def test_no_header_breaks_it(header: str, size: int) -> None:
    for value in (header, f"bytes={header}"):
        try:
            found = asked_range(value, size=size)
        except RangeUnsatisfiable:
            continue
        assert found is None or (0 <= found.start < found.start + found.length <= size)


@pytest.mark.parametrize(
    "header",
    [
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-2",
        "bytes=0-1,3-4",
        "bytes=1-2;q=1",
        "pages=1-2",
        "bytes=١-٢",
        "bytes=0x1-2",
    ],
)
def test_forms_that_nobody_knows_are_ignored(header: str) -> None:
    assert asked_range(header, size=100) is None


@pytest.mark.parametrize("header", ["bytes=0-1", "BYTES=0-1", "bytes= 0-1 ,", "bytes=,0-1"])
def test_forms_that_are_allowed_are_taken(header: str) -> None:
    found = asked_range(header, size=100)
    assert found is not None
    assert (found.start, found.length) == (0, 2)


def test_numbers_beyond_all_files_are_numbers(browser: TestClient) -> None:
    assert browser.get("/kept/small", headers={"Range": f"bytes=1-{'9' * 5000}"}).content == SMALL[1:]
    assert browser.get("/kept/small", headers={"Range": f"bytes={'9' * 5000}-"}).status_code == 416


def test_the_whole_comes_with_all_that_lets_it_be_checked(browser: TestClient) -> None:
    answer = browser.get("/kept/large")
    assert (answer.status_code, answer.content) == (200, LARGE)
    assert answer.headers["etag"] == f'"{content_hash(LARGE)}"'
    assert answer.headers["repr-digest"] == digest(LARGE)
    assert answer.headers["accept-ranges"] == "bytes"
    assert int(answer.headers["content-length"]) == len(LARGE)
    assert answer.headers["sohoa-state"] == "in_force"
    assert "content-digest" not in answer.headers
    assert answer.headers["content-disposition"].startswith("attachment; ")


def test_a_large_part_is_read_in_pieces(browser: TestClient) -> None:
    answer = browser.get("/kept/large", headers={"Range": "bytes=7-"})
    assert (answer.status_code, answer.content) == (206, LARGE[7:])
    assert "content-digest" not in answer.headers  # it is not known before the last byte


def test_what_is_there_already_is_not_sent_again(browser: TestClient) -> None:
    tag = browser.get("/kept/small").headers["etag"]
    answer = browser.get("/kept/small", headers={"If-None-Match": f'"x", {tag}', "Range": "bytes=0-1"})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert "content-length" not in answer.headers


def test_only_the_headers_are_sent_where_that_is_asked_for(browser: TestClient) -> None:
    whole, head = browser.get("/kept/large"), browser.head("/kept/large", headers={"Range": "bytes=0-1"})
    assert head.status_code == 200
    names = set(head.headers) - {"date"}
    assert {name: head.headers[name] for name in names} == {name: whole.headers[name] for name in names}
    assert head.headers["content-length"] == str(len(LARGE))


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        (f'"{content_hash(SMALL)}"', 206),
        (f'W/"{content_hash(SMALL)}"', 200),
        ('"other"', 200),
        ("Sun, 22 Nov 2026 08:00:00 GMT", 200),
    ],
)
def test_a_part_of_another_state_is_not_sent(browser: TestClient, tag: str, status: int) -> None:
    answer = browser.get("/kept/small", headers={"Range": "bytes=0-1", "If-Range": tag})
    assert (answer.status_code, answer.content) == (status, SMALL[:2] if status == 206 else SMALL)


def test_an_empty_file_has_no_part(browser: TestClient) -> None:
    assert browser.get("/kept/empty").content == b""
    assert browser.get("/kept/empty", headers={"Range": "bytes=0-"}).status_code == 416


def test_another_integrity_wish_is_no_matter(browser: TestClient) -> None:
    answer = browser.get("/kept/small", headers={"Want-Repr-Digest": "sha-512=10, sha-256=1"})
    assert answer.headers["repr-digest"].startswith("sha-256=:")


@pytest.mark.parametrize("at", [0, 100_000, len(LARGE) - 1])
def test_what_was_altered_is_broken_off_before_its_end(browser: TestClient, at: int) -> None:
    name = Area.ARCHIVE, content_hash(LARGE)
    browser.get("/kept/large")
    OBJECTS.kept[name] = LARGE[:at] + bytes([LARGE[at] ^ 1]) + LARGE[at + 1 :]
    try:
        with pytest.raises(ObjectAltered):
            browser.get("/kept/large")
        # a part cannot be checked here: the digest of the whole tells who has all parts
        part = browser.get("/kept/large", headers={"Range": "bytes=0-"})
        assert digest(part.content) != part.headers["repr-digest"]
    finally:
        OBJECTS.kept[name] = LARGE


class Counted(MemoryObjects):
    """Counts the bytes that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0

    @contextlib.contextmanager
    def open(self, area: Area, sha256: ContentHash) -> Iterator[BinaryIO]:
        with super().open(area, sha256) as stream:

            def read(size: int) -> bytes:
                self.read += size
                return stream.read(size)

            yield cast("BinaryIO", SimpleNamespace(read=read))

    def part(self, area: Area, sha256: ContentHash, *, start: int, length: int) -> bytes:
        self.read += length
        return super().part(area, sha256, start=start, length=length)


@pytest.mark.parametrize(("range_", "most"), [("", 1 << 18), ("bytes=100-199", 100), ("bytes=1-", 4 << 20)])
def test_little_is_read_before_the_answer_begins(range_: str, most: int) -> None:
    objects = Counted()
    kept = objects.put(Area.ARCHIVE, io.BytesIO(LARGE))
    file = HandedFile(area=Area.ARCHIVE, sha256=kept.sha256, size=kept.size, name="a.pdf", media_type="application/pdf")
    headers = [(b"range", range_.encode())] if range_ else []
    file_answer(Request({"type": "http", "method": "GET", "headers": headers}), file, objects=objects)
    assert 0 < objects.read <= most
