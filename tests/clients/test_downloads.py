"""Files that are fetched: checked, gone on with where the connection broke, and there only when they are right."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from sohoa_client import AnswerNotUnderstood, DigestMismatch, NotFound, Unreachable
from sohoa_client.calls import batches as calls
from sohoa_client.steps import Answer
from tests.clients.talking import Talk, core, problem

DATA = bytes(range(256)) * 40
TAG = '"v1"'


def digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def sent(body: bytes, *, whole: bytes = DATA, cut: bool = False, tag: str = TAG) -> Answer:
    headers = {"etag": tag, "repr-digest": digest(whole), "content-type": "application/pdf; x=1"}
    return Answer(status=200, headers=headers, body=body, cut="broke" if cut else None)


def rest(start: int, *, whole: bytes = DATA, cut_at: int | None = None) -> Answer:
    headers = {
        "etag": TAG,
        "repr-digest": digest(whole),
        "content-range": f"bytes {start}-{len(whole) - 1}/{len(whole)}",
    }
    cut = "broke" if cut_at else None
    return Answer(status=206, headers=headers, body=whole[start:cut_at], cut=cut)


def fetch(talk: Talk, to: Path) -> object:
    return talk.have(calls.download_source("b-1", "0" * 64, to).conversation(core(token="t"), None))


def test_a_file_is_there_when_its_digest_is_right(tmp_path: Path) -> None:
    to = tmp_path / "bản sao.pdf"
    to.write_bytes(b"before")
    talk = Talk(sent(DATA))
    done = talk.have(calls.download_source("b-1", "0" * 64, to).conversation(core(token="t"), None))
    assert (done.path, done.size, done.media_type) == (to, len(DATA), "application/pdf")
    assert done.sha256 == hashlib.sha256(DATA).hexdigest()
    assert to.read_bytes() == DATA
    assert list(tmp_path.iterdir()) == [to]
    assert talk.asked[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("body", [DATA[:-1], DATA + b"x", b"", b"x" + DATA[1:]])
def test_other_bytes_leave_what_was_there(tmp_path: Path, body: bytes) -> None:
    to = tmp_path / "x.pdf"
    to.write_bytes(b"before")
    with pytest.raises(DigestMismatch):
        fetch(Talk(sent(body)), to)
    assert to.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [to]


def test_without_a_digest_nothing_is_believed(tmp_path: Path) -> None:
    with pytest.raises(DigestMismatch):
        fetch(Talk(Answer(status=200, headers={}, body=DATA)), tmp_path / "x.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_broken_connection_is_gone_on_with(tmp_path: Path) -> None:
    talk = Talk(sent(DATA[:1000], cut=True), rest(1000, cut_at=5000), rest(5000))
    fetch(talk, tmp_path / "x.pdf")
    assert (tmp_path / "x.pdf").read_bytes() == DATA
    assert [(each.headers.get("Range"), each.headers.get("If-Range")) for each in talk.asked] == [
        (None, None),
        ("bytes=1000-", TAG),
        ("bytes=5000-", TAG),
    ]


def test_a_file_that_has_changed_meanwhile_is_fetched_anew(tmp_path: Path) -> None:
    other = DATA[::-1]
    fetch(Talk(sent(DATA[:1000], cut=True), sent(other, whole=other, tag='"v2"')), tmp_path / "x.pdf")
    assert (tmp_path / "x.pdf").read_bytes() == other


def test_a_weak_tag_says_nothing_about_bytes(tmp_path: Path) -> None:
    talk = Talk(sent(DATA[:1000], cut=True, tag='W/"v1"'), sent(DATA))
    fetch(talk, tmp_path / "x.pdf")
    assert "Range" not in talk.asked[1].headers
    assert (tmp_path / "x.pdf").read_bytes() == DATA


def test_another_part_than_was_asked_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnswerNotUnderstood):
        fetch(Talk(sent(DATA[:1000], cut=True), rest(999)), tmp_path / "x.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_connection_that_brings_nothing_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(Unreachable):
        fetch(Talk(*[sent(b"", cut=True)] * 3), tmp_path / "x.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        fetch(Talk(problem("record.not_found", 404, "bad_input")), tmp_path / "x.pdf")
    assert list(tmp_path.iterdir()) == []
