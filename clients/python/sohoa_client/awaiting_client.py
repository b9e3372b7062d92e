"""The client that is awaited, with asyncio or trio."""

from __future__ import annotations

import functools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread
import httpx

from sohoa_client import calls
from sohoa_client.core import Core, Credentials
from sohoa_client.operations import Listing, Operation
from sohoa_client.purposes import Purpose
from sohoa_client.retrying import Retry
from sohoa_client.steps import Alone, Answer, Conversation, Lost, Request, Step, Wait
from sohoa_client.surface import awaiting, iterating_awaited
from sohoa_client.wire import PIECE, TIMEOUT, head_of, http_options, http_request, interface_of, lost

if TYPE_CHECKING:
    from typing_extensions import Self  # not needed to run

T = TypeVar("T")


class AsyncSohoa:
    """A connection to an office's interface; close it, or use it `async with`. Safe among tasks of one event loop."""

    def __init__(
        self,
        address: str,
        *,
        client_id: str = "",
        client_secret: str = "",
        scopes: tuple[str, ...] = (),
        token: str | None = None,
        token_address: str | None = None,
        language: str = "vi",
        retry: Retry | None = None,
        timeout: httpx.Timeout | float = TIMEOUT,
        tls: ssl.SSLContext | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        """Connect to the office at `address`; everything is as with `Sohoa`.

        Raises:
            ValueError: neither a secret nor a token is given, or no address.
        """
        self._interface = interface_of(address)
        credentials = Credentials.given(client_id, client_secret, scopes=scopes, token_address=token_address)
        self._core = Core(credentials=credentials, token=token, language=language, retry=retry or Retry())
        self._own = http is None
        self._http = http or httpx.AsyncClient(**http_options(timeout, tls))
        self._alone = anyio.Lock()

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._own:
            await self._http.aclose()

    def purpose(
        self, text: str, *, requester: str, basis: str = "dossier", dossier: str | None = None
    ) -> AbstractContextManager[None]:
        """Say why somebody's papers are asked for inside of a plain `with`; see `Purpose`.

        Raises:
            ValueError: something is missing.
        """
        return self._core.stating(Purpose(text=text, basis=basis, requester=requester, dossier=dossier))

    # --- conversations ------------------------------------------------------------------------------------------------

    def _do(self, operation: Operation[T]) -> Awaitable[T]:
        return self._have(operation.conversation(self._core, self._core.purpose()))

    def _each(self, listing: Listing[T]) -> AsyncIterator[T]:
        purpose = self._core.purpose()  # as it is now, also if the items are fetched outside of its context

        async def items() -> AsyncIterator[T]:
            after = listing.after
            while True:
                part = await self._have(listing.part(self._core, purpose, after))
                for item in part.items:
                    yield item
                if part.next is None:
                    return
                after = part.next

        return items()

    async def _have(self, conversation: Conversation[T]) -> T:
        go_on: Callable[[], Step] = functools.partial(next, conversation)
        while True:
            try:
                step = go_on()
            except StopIteration as end:
                result: T = end.value
                return result
            try:
                go_on = functools.partial(conversation.send, await self._take(step))
            except BaseException as error:  # noqa: BLE001 - the conversation cleans up, and raises it again
                go_on = functools.partial(conversation.throw, error)

    async def _take(self, step: Step) -> Any:  # noqa: ANN401 - what the step gives
        if isinstance(step, Request):
            return await self._send(step)
        if isinstance(step, Wait):
            return await anyio.sleep(step.seconds)
        if isinstance(step, Alone):
            async with self._alone:
                return await self._have(step.conversation)
        return await anyio.to_thread.run_sync(step.do)

    async def _send(self, request: Request) -> Answer | Lost:
        try:
            response = await self._http.send(http_request(self._http, self._interface, request), stream=True)
        except httpx.TransportError as error:
            return lost(error)
        head, body, cut = head_of(response), b"", None
        try:
            if request.sink is not None and request.sink.begin(head):
                async for piece in response.aiter_raw(PIECE):
                    await anyio.to_thread.run_sync(request.sink.write, piece)
            else:
                body = await response.aread()
        except httpx.TransportError as error:
            cut = lost(error).reason
        finally:
            await response.aclose()
        return Answer(status=head.status, headers=head.headers, body=body, cut=cut)

    # --- what can be asked: described in `calls`, where the parameters are explained --------------------------------

    whoami = awaiting(calls.whoami)
    hand_in = awaiting(calls.hand_in)
    batch = awaiting(calls.batch)
    batches = iterating_awaited(calls.batches)
    sources = iterating_awaited(calls.sources)
    pages = iterating_awaited(calls.pages)
    download_source = awaiting(calls.download_source)
    dossier = awaiting(calls.dossier)
    dossiers = iterating_awaited(calls.dossiers)
    document = awaiting(calls.document)
    documents = iterating_awaited(calls.documents)
    search = iterating_awaited(calls.search)
    fields = awaiting(calls.fields)
    text_of = awaiting(calls.text_of)
    versions = awaiting(calls.versions)
    verdicts = awaiting(calls.verdicts)
    signatures = awaiting(calls.signatures)
    result = awaiting(calls.result)
    results = iterating_awaited(calls.results)
    download_copy = awaiting(calls.download_copy)
    download_signed = awaiting(calls.download_signed)
    download_twin = awaiting(calls.download_twin)
    download_version = awaiting(calls.download_version)
    download_fields = awaiting(calls.download_fields)
    download_page = awaiting(calls.download_page)
    download_evidence = awaiting(calls.download_evidence)
    link = awaiting(calls.link)
