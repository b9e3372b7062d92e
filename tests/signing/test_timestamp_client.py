"""A second authority, patience, and a token for each signature or no signature."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest

from pipeline.domain.signature import SignatureLevel
from pipeline.domain.signing_errors import TimestampUnavailable
from signing.issuing import Identity
from signing.signer_pkcs12 import open_pkcs12
from signing.timestamp_client import HttpTimeStamper
from signing.timestamp_server import TimeStampAuthority
from tests.signing.pki import NOW, Pki, plan, policy

pytestmark = pytest.mark.enable_socket
NOBODY = "http://127.0.0.1:9/"
"""the discard port"""
DIGEST = hashlib.sha256(b"x").digest()


@contextmanager
def faulty(answers: Callable[[int], bool], authority: TimeStampAuthority) -> Iterator[tuple[str, list[int]]]:
    """An authority that answers the requests (from 0) for which `answers` says so, and is busy otherwise."""
    asked: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(len(asked))
            good = answers(asked[-1])
            self.send_response(200 if good else 503)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(authority.answer(body) if good else b"")

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def client(socket_enabled: None) -> Iterator[httpx.Client]:
    with httpx.Client(timeout=2) as client:
        yield client


def test_the_second_authority_answers_when_the_first_does_not(
    client: httpx.Client, pki: Pki, timestamp_url: str
) -> None:
    stamper = HttpTimeStamper([NOBODY, timestamp_url], client, sleep=lambda _: pytest.fail("no need to wait"))
    token = stamper.stamp(DIGEST)
    info = token["content"]["encap_content_info"]["content"].parsed
    assert (info["gen_time"].native, info["message_imprint"]["hashed_message"].native) == (NOW, DIGEST)


def test_all_are_asked_again_after_a_pause(client: httpx.Client, pki: Pki) -> None:
    pauses: list[float] = []
    with faulty(lambda number: number >= 2, pki.timestamps()) as (url, asked):
        HttpTimeStamper([NOBODY, url], client, rounds=3, pause=0.25, sleep=pauses.append).stamp(DIGEST)
    assert asked == [0, 1, 2]
    assert pauses == [0.25, 0.25]


def test_how_long_a_time_stamp_took_is_heard_once_whether_it_came_or_not(
    client: httpx.Client, pki: Pki, timestamp_url: str
) -> None:
    heard: list[float] = []
    HttpTimeStamper([NOBODY, timestamp_url], client, heard=heard.append).stamp(DIGEST)
    with pytest.raises(TimestampUnavailable):
        HttpTimeStamper([NOBODY], client, rounds=2, pause=0.05, heard=heard.append).stamp(DIGEST)
    assert len(heard) == 2
    assert heard[1] >= 0.05


def test_in_the_end_it_gives_up(client: httpx.Client, pki: Pki) -> None:
    with faulty(lambda _: False, pki.timestamps()) as (url, asked):
        stamper = HttpTimeStamper([url], client, rounds=2, sleep=lambda _: None)
        with pytest.raises(TimestampUnavailable) as caught:
            stamper.stamp(DIGEST)
    assert caught.value.details == {"url": url, "reason": "no_answer"}
    assert len(asked) == 2


def test_an_authority_that_keeps_silent_is_not_waited_for_ever(pki: Pki, pdf: Path, official: Identity) -> None:
    over = Event()

    class Silent(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            over.wait(20)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        rules = replace(policy(pki.trust(), url=url), timestamp_seconds=0.1)
        started = time.monotonic()
        with open_pkcs12(pki.key_file(official), b"", policy=rules) as signer, pytest.raises(TimestampUnavailable):
            signer.sign(pdf, pdf.with_name("signed.pdf"), plan(level=SignatureLevel.B_T))
        assert time.monotonic() - started < 10
        over.set()
        server.shutdown()
    assert [each.name for each in pdf.parent.iterdir()] == [pdf.name]


def test_an_authority_that_goes_away_after_the_key_has_signed(pki: Pki, pdf: Path, official: Identity) -> None:
    """The first request tells how long tokens are, the second stamps the first document; then nobody answers."""
    wanted = plan(level=SignatureLevel.B_T)
    with faulty(lambda number: number < 2, pki.timestamps()) as (url, _):
        rules = policy(pki.trust(), url=url)
        with open_pkcs12(pki.key_file(official), b"", policy=rules) as signer:
            signer.sign(pdf, pdf.with_name("first.pdf"), wanted)
            with pytest.raises(TimestampUnavailable):
                signer.sign(pdf, pdf.with_name("second.pdf"), wanted)
    assert sorted(each.name for each in pdf.parent.iterdir()) == [pdf.name, "first.pdf"]


def test_without_an_address_there_is_no_stamper(client: httpx.Client) -> None:
    with pytest.raises(ValueError, match="no time-stamp authority"):
        HttpTimeStamper([], client)


def test_another_s_token_is_not_taken(client: httpx.Client, pki: Pki, timestamp_url: str) -> None:
    kept: list[bytes] = []

    class Replaying(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.append(kept[0] if kept else pki.timestamps().answer(body))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(kept[-1])

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Replaying) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        stamper = HttpTimeStamper([f"http://127.0.0.1:{server.server_port}/"], client, rounds=1)
        stamper.stamp(DIGEST)
        with pytest.raises(TimestampUnavailable):
            stamper.stamp(hashlib.sha256(b"y").digest())
        server.shutdown()
