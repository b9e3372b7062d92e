"""Errors of webhooks; the tree that they belong to stands in `errors`."""

from __future__ import annotations

from pipeline.domain.errors import BadInput, NeedsPerson


class WebhookAddressRefused(BadInput):
    """Nothing is sent to this address: details name it and say why (a `SendFault`)."""

    code = "webhook.address_refused"


class WebhookBeyondClient(BadInput):
    """A webhook is to hear of papers that its client may not see: details name the agency."""

    code = "webhook.beyond_client"


class TooManyWebhooks(BadInput):
    """A client has as many webhooks as it may: details say how many."""

    code = "webhook.too_many"


class WebhookWithoutSecret(NeedsPerson):
    """Nothing can be signed for a webhook, because its secret was left behind by an import: it needs a new one."""

    code = "webhook.without_secret"
