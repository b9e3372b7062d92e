"""Ask a time-stamp authority (RFC 3161), and take no answer that does not fit the question."""

from __future__ import annotations

import httpx
from asn1crypto import cms, tsp
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError

from pipeline.domain.errors import TimestampUnavailable
from signing.timestamp_response import TimeStampResponse


class HttpTimeStamper(TimeStamper):
    """Time stamps over HTTP with one connection for many documents."""

    def __init__(self, url: str, client: httpx.Client) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # pyHanko's base class
        self._url = url
        self._client = client

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a token for a digest.

        Raises:
            TimestampUnavailable: nobody answers, the request is refused, or the token is for another digest.
        """
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
        return token

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
