"""The client that answers when it is done."""

from __future__ import annotations

import functools
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

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
from sohoa_client.surface import blocking, iterating
from sohoa_client.wire import PIECE, TIMEOUT, head_of, http_options, http_request, interface_of, lost

if TYPE_CHECKING:
    from typing_extensions import Self  # not needed to run

T = TypeVar("T")


class Sohoa:
    """A connection to an office's interface; close it, or use it `with`. Safe among threads."""

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
        http: httpx.Client | None = None,
    ) -> None:
        """Connect to the office at `address`, such as `https://sohoa.example.gov.vn`.

        Args:
            address: of the office, or of its interface.
            client_id: of your system, as the office registered it.
            client_secret: that came with it.
            scopes: those that are asked for; none: all that you have.
            token: an access token that somebody else got, instead of id and secret.
            token_address: where tokens come from, if not from the office: its OpenID provider.
            language: of messages, `vi` or `en`; problems carry both anyway.
            retry: how patient this client is.
            timeout: seconds without a sign of life.
            tls: your certificate, or authorities other than the system's.
            http: connections of your own making, which you close.

        Raises:
            ValueError: neither a secret nor a token is given, or no address.
        """
        self._interface = interface_of(address)
        credentials = Credentials.given(client_id, client_secret, scopes=scopes, token_address=token_address)
        self._core = Core(credentials=credentials, token=token, language=language, retry=retry or Retry())
        self._own = http is None
        self._http = http or httpx.Client(**http_options(timeout, tls))
        self._alone = threading.Lock()

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        if self._own:
            self._http.close()

    def purpose(
        self, text: str, *, requester: str, basis: str = "dossier", dossier: str | None = None
    ) -> AbstractContextManager[None]:
        """Say why somebody's papers are asked for inside of `with`; see `Purpose`.

        Raises:
            ValueError: something is missing.
        """
        return self._core.stating(Purpose(text=text, basis=basis, requester=requester, dossier=dossier))

    # --- conversations ------------------------------------------------------------------------------------------------

    def _do(self, operation: Operation[T]) -> T:
        return self._have(operation.conversation(self._core, self._core.purpose()))

    def _each(self, listing: Listing[T]) -> Iterator[T]:
        purpose = self._core.purpose()  # as it is now, also if the items are fetched outside of its context

        def items() -> Iterator[T]:
            after = listing.after
            while True:
                part = self._have(listing.part(self._core, purpose, after))
                yield from part.items
                if part.next is None:
                    return
                after = part.next

        return items()

    def _have(self, conversation: Conversation[T]) -> T:
        go_on: Callable[[], Step] = functools.partial(next, conversation)
        while True:
            try:
                step = go_on()
            except StopIteration as end:
                result: T = end.value
                return result
            try:
                go_on = functools.partial(conversation.send, self._take(step))
            except BaseException as error:  # noqa: BLE001 - the conversation cleans up, and raises it again
                go_on = functools.partial(conversation.throw, error)

    def _take(self, step: Step) -> Any:  # noqa: ANN401 - what the step gives
        if isinstance(step, Request):
            return self._send(step)
        if isinstance(step, Wait):
            return time.sleep(step.seconds)
        if isinstance(step, Alone):
            with self._alone:
                return self._have(step.conversation)
        return step.do()

    def _send(self, request: Request) -> Answer | Lost:
        try:
            response = self._http.send(http_request(self._http, self._interface, request), stream=True)
        except httpx.TransportError as error:
            return lost(error)
        head, body, cut = head_of(response), b"", None
        try:
            if request.sink is not None and request.sink.begin(head):
                for piece in response.iter_raw(PIECE):
                    request.sink.write(piece)
            else:
                body = response.read()
        except httpx.TransportError as error:
            cut = lost(error).reason
        finally:
            response.close()
        return Answer(status=head.status, headers=head.headers, body=body, cut=cut)

    # --- what can be asked: described in `calls`, where the parameters are explained --------------------------------

    whoami = blocking(batch_calls.whoami)
    hand_in = blocking(batch_calls.hand_in)
    batch = blocking(batch_calls.batch)
    batches = iterating(batch_calls.batches)
    sources = iterating(batch_calls.sources)
    pages = iterating(batch_calls.pages)
    download_source = blocking(batch_calls.download_source)
    dossier = blocking(batch_calls.dossier)
    dossiers = iterating(batch_calls.dossiers)

    document = blocking(paper_calls.document)
    documents = iterating(paper_calls.documents)
    search = iterating(paper_calls.search)
    fields = blocking(paper_calls.fields)
    text_of = blocking(paper_calls.text_of)
    versions = blocking(paper_calls.versions)
    verdicts = blocking(paper_calls.verdicts)
    signatures = blocking(paper_calls.signatures)
    result = blocking(paper_calls.result)
    results = iterating(paper_calls.results)
    download_copy = blocking(paper_calls.download_copy)
    download_signed = blocking(paper_calls.download_signed)
    download_twin = blocking(paper_calls.download_twin)
    download_version = blocking(paper_calls.download_version)
    download_fields = blocking(paper_calls.download_fields)
    download_page = blocking(paper_calls.download_page)
    download_evidence = blocking(paper_calls.download_evidence)
    link = blocking(paper_calls.link)

    reusable = blocking(owner_calls.reusable)
    depository = iterating(owner_calls.depository)
    download_holding = blocking(owner_calls.download_holding)
    accesses = iterating(owner_calls.accesses)
    components = blocking(owner_calls.components)
    attach = blocking(owner_calls.attach)
    detach = blocking(owner_calls.detach)
    procedures = iterating(owner_calls.procedures)
    procedure = blocking(owner_calls.procedure)

    events = iterating(event_calls.events)
    follow_events = iterating(event_calls.follow_events)
    webhooks = iterating(event_calls.webhooks)
    make_webhook = blocking(event_calls.make_webhook)
    webhook_secrets = blocking(event_calls.webhook_secrets)
    test_webhook = blocking(event_calls.test_webhook)
    replay = blocking(event_calls.replay)
    delete_webhook = blocking(event_calls.delete_webhook)
