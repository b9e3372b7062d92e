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

from sohoa_client import calls
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

    whoami = blocking(calls.whoami)
    hand_in = blocking(calls.hand_in)
    batch = blocking(calls.batch)
    batches = iterating(calls.batches)
    sources = iterating(calls.sources)
    pages = iterating(calls.pages)
    download_source = blocking(calls.download_source)
    dossier = blocking(calls.dossier)
    dossiers = iterating(calls.dossiers)
    document = blocking(calls.document)
    documents = iterating(calls.documents)
    search = iterating(calls.search)
    fields = blocking(calls.fields)
    text_of = blocking(calls.text_of)
    versions = blocking(calls.versions)
    verdicts = blocking(calls.verdicts)
    signatures = blocking(calls.signatures)
    result = blocking(calls.result)
    results = iterating(calls.results)
    download_copy = blocking(calls.download_copy)
    download_signed = blocking(calls.download_signed)
    download_twin = blocking(calls.download_twin)
    download_version = blocking(calls.download_version)
    download_fields = blocking(calls.download_fields)
    download_page = blocking(calls.download_page)
    download_evidence = blocking(calls.download_evidence)
    link = blocking(calls.link)
