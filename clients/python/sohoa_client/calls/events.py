"""What has happened: asked for, or sent to a webhook of yours."""

from __future__ import annotations

from sohoa_client.happenings import Event, Events, Replayed, Sent, Webhook, WebhookSecrets, following
from sohoa_client.operations import Call, Listing, at, one, query
from sohoa_client.steps import Answer

_WAIT_SECONDS = 20


def events(*, after: int = 0, kinds: tuple[str, ...] = (), limit: int | None = None) -> Listing[Event]:
    """Return what has happened behind event number `after`, in order, to the last event that there is.

    Keep the number of the last event that you are done with, and begin behind it the next time.
    """
    return _events(after, kinds, limit)


def follow_events(*, after: int = 0, kinds: tuple[str, ...] = ()) -> Listing[Event]:
    """Return the same, and then wait for what happens: an iterator without an end."""
    return following(_events(after, kinds, None), seconds=_WAIT_SECONDS)


def _events(after: int, kinds: tuple[str, ...], limit: int | None) -> Events:
    narrowed = (*query(limit=limit), *(("kind", each) for each in kinds))
    return Events(query=narrowed, after=str(after))


# --- webhooks -------------------------------------------------------------------------------------------------------------


def webhooks() -> Listing[Webhook]:
    """Return this client's webhooks, oldest first."""
    return Listing(path="/webhooks", of=Webhook)


def make_webhook(
    address: str, *, kinds: tuple[str, ...] = (), agencies: tuple[str, ...] = (), key: str | None = None
) -> Call[Webhook]:
    """Have events sent to an address of yours from now on; without `kinds` and `agencies` all that you may see."""
    body = {"address": address, "kinds": list(kinds), "agencies": list(agencies)}
    return Call(method="POST", path="/webhooks", read=one(Webhook), body=body, makes=True, key=key)


def webhook_secrets(webhook: str) -> Call[WebhookSecrets]:
    """Return the secrets that messages are signed with: for `check_webhook`."""
    return Call(method="GET", path=at("webhooks", webhook, "secrets"), read=one(WebhookSecrets))


def test_webhook(webhook: str) -> Call[Sent]:
    """Have a test message sent, of kind `ping`, and return what came of it."""
    return Call(method="POST", path=at("webhooks", webhook, "test"), read=one(Sent), makes=True)


def replay(webhook: str, *, first: int | None = None, last: int | None = None) -> Call[Replayed]:
    """Have events sent again under the same ids: those from number `first` to `last`, or all that could not be told."""
    body: dict[str, object] = {"dead": True} if first is None else {"first": first, "last": last}
    return Call(method="POST", path=at("webhooks", webhook, "replay"), read=one(Replayed), body=body, makes=True)


def delete_webhook(webhook: str) -> Call[None]:
    """Forget a webhook with all that it was still to be told."""
    return Call(method="DELETE", path=at("webhooks", webhook), read=_nothing)


def _nothing(answer: Answer) -> None:
    """Read an answer that holds nothing."""
