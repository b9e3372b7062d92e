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

from sohoa_client.calls import batches as batch_calls
from sohoa_client.calls import events as event_calls
from sohoa_client.calls import owners as owner_calls
from sohoa_client.calls import papers as paper_calls
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

    whoami = awaiting(batch_calls.whoami)
    hand_in = awaiting(batch_calls.hand_in)
    batch = awaiting(batch_calls.batch)
    batches = iterating_awaited(batch_calls.batches)
    sources = iterating_awaited(batch_calls.sources)
    pages = iterating_awaited(batch_calls.pages)
    download_source = awaiting(batch_calls.download_source)
    dossier = awaiting(batch_calls.dossier)
    dossiers = iterating_awaited(batch_calls.dossiers)

    document = awaiting(paper_calls.document)
    documents = iterating_awaited(paper_calls.documents)
    search = iterating_awaited(paper_calls.search)
    fields = awaiting(paper_calls.fields)
    text_of = awaiting(paper_calls.text_of)
    versions = awaiting(paper_calls.versions)
    verdicts = awaiting(paper_calls.verdicts)
    signatures = awaiting(paper_calls.signatures)
    result = awaiting(paper_calls.result)
    results = iterating_awaited(paper_calls.results)
    download_copy = awaiting(paper_calls.download_copy)
    download_signed = awaiting(paper_calls.download_signed)
    download_twin = awaiting(paper_calls.download_twin)
    download_version = awaiting(paper_calls.download_version)
    download_fields = awaiting(paper_calls.download_fields)
    download_page = awaiting(paper_calls.download_page)
    download_evidence = awaiting(paper_calls.download_evidence)
    link = awaiting(paper_calls.link)

    reusable = awaiting(owner_calls.reusable)
    depository = iterating_awaited(owner_calls.depository)
    download_holding = awaiting(owner_calls.download_holding)
    accesses = iterating_awaited(owner_calls.accesses)
    components = awaiting(owner_calls.components)
    attach = awaiting(owner_calls.attach)
    detach = awaiting(owner_calls.detach)
    procedures = iterating_awaited(owner_calls.procedures)
    procedure = awaiting(owner_calls.procedure)

    events = iterating_awaited(event_calls.events)
    follow_events = iterating_awaited(event_calls.follow_events)
    webhooks = iterating_awaited(event_calls.webhooks)
    make_webhook = awaiting(event_calls.make_webhook)
    webhook_secrets = awaiting(event_calls.webhook_secrets)
    test_webhook = awaiting(event_calls.test_webhook)
    replay = awaiting(event_calls.replay)
    delete_webhook = awaiting(event_calls.delete_webhook)
