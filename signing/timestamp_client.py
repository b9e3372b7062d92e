"""Ask time-stamp authorities (RFC 3161), one after the other, and take no answer that does not fit the question."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import time
from collections.abc import Callable, Sequence

import httpx
from asn1crypto import cms, tsp, x509
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError

from pipeline.domain.signing_errors import ClockWrong, TimestampUnavailable
from pipeline.ports import silent
from signing.timestamp_response import TimeStampResponse

TIMESTAMP_SECONDS = 10.0
"""that an authority may take to answer"""
CLOCK_TOLERANCE = dt.timedelta(minutes=5)
"""by which our clock and an authority's may differ: machines without a time server drift by seconds a day, minutes a month"""


class HttpTimeStamper(TimeStamper):
    """Time stamps over HTTP with one connection for many documents.

    Authorities are asked in order; when none answers, all are asked again, `rounds` times in all.
    """

    def __init__(
        self,
        urls: Sequence[str],
        client: httpx.Client,
        *,
        rounds: int = 2,
        pause: float = 0.5,
        sleep: Callable[[float], object] = time.sleep,
        now: Callable[[], dt.datetime] | None = None,
        heard: Callable[[float], None] = silent,
    ) -> None:
        """Take the authorities' addresses, best first.

        Args:
            urls: of the authorities.
            client: asks them.
            rounds: how often all of them are asked.
            pause: seconds between rounds.
            sleep: waits for seconds.
            now: our clock, which is compared with theirs; without it times are taken as they come.
            heard: hears how many seconds a time stamp took, whether it came or not.
        """
        super().__init__()  # type: ignore[no-untyped-call] # pyHanko's base class
        if not urls:
            raise ValueError("no time-stamp authority")
        self._urls = tuple(urls)
        self._url = self._urls[0]
        self._client = client
        self._rounds = rounds
        self._pause = pause
        self._sleep = sleep
        self._now = now
        self._heard = heard
        self._sample: cms.ContentInfo | None = None

    def stamp(self, digest: bytes) -> cms.ContentInfo:
        """Return a token for a SHA-256 digest; raises as `async_timestamp`."""
        return asyncio.run(self.async_timestamp(digest, "sha256"))

    @property
    def sample(self) -> cms.ContentInfo:
        """A token for nothing, by which sizes and certificates are known beforehand; asked for once."""
        if self._sample is None:
            self._sample = self.stamp(hashlib.sha256(b"").digest())
        return self._sample

    @property
    def room(self) -> int:
        """Bytes to keep free for a token: another authority's may be longer than the sample."""
        return 2 * len(self.sample.dump())

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a token for a digest.

        Raises:
            TimestampUnavailable: no authority gives one; the details are those of the last that was asked.
            ClockWrong: all that answer tell another time than our clock.
        """
        began = time.monotonic()
        try:
            return await self._from_any(message_digest, md_algorithm)
        finally:
            self._heard(time.monotonic() - began)

    async def _from_any(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        last: TimestampUnavailable | None = None
        wrong: ClockWrong | None = None
        for turn in range(self._rounds):
            if turn:
                self._sleep(self._pause)
            for url in self._urls:
                self._url = url
                try:
                    return await self._from_one(message_digest, md_algorithm)
                except TimestampUnavailable as error:
                    last = error
                except ClockWrong as error:
                    wrong = error
            if wrong is not None:  # a clock does not right itself within a second
                raise wrong
        raise last or TimestampUnavailable(url=self._url, reason="not_asked")

    async def _from_one(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        try:
            token = await super().async_timestamp(message_digest, md_algorithm)
            info = token["content"]["encap_content_info"]["content"].parsed
            imprint = info["message_imprint"]
            fits = (
                imprint["hashed_message"].native == message_digest
                and imprint["hash_algorithm"]["algorithm"].native == md_algorithm
            )
        except TimestampRequestError as error:
            raise TimestampUnavailable(url=self._url, reason="refused") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise TimestampUnavailable(url=self._url, reason="unreadable_answer") from error
        if not fits:
            raise TimestampUnavailable(url=self._url, reason="other_digest")
        self._compare_clocks(info["gen_time"].native)
        return token

    def _compare_clocks(self, theirs: dt.datetime) -> None:
        ours = self._now() if self._now else theirs
        if abs(ours - theirs) > CLOCK_TOLERANCE:
            raise ClockWrong(
                url=self._url, ours=ours.isoformat(timespec="seconds"), theirs=theirs.isoformat(timespec="seconds")
            )

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> TimeStampResponse:
        """Send a request and return the response, whatever its status."""
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        try:
            response = self._client.post(self._url, content=req.dump(), headers=headers)
            response.raise_for_status()
        except httpx.HTTPError as error:
            raise TimestampUnavailable(url=self._url, reason="no_answer") from error
        if response.headers.get("Content-Type", "").split(";")[0].strip() != "application/timestamp-reply":
            raise TimestampUnavailable(url=self._url, reason="unreadable_answer")
        answer: TimeStampResponse = TimeStampResponse.load(response.content, strict=True)
        return answer


def certificates_in(token: cms.ContentInfo | cms.SignedData) -> list[x509.Certificate]:
    """Return the certificates that a token carries."""
    signed = token["content"] if isinstance(token, cms.ContentInfo) else token
    return [choice.chosen for choice in signed["certificates"] or () if choice.name == "certificate"]
