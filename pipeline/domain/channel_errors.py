"""Errors of channels that bring files in; the tree that they belong to stands in `errors`."""

from __future__ import annotations

from pipeline.domain.errors import BadInput, Forbidden, NeedsPerson, Transient


class ChannelRefused(Forbidden):
    """No such channel, or the request is not signed as it has to be: details say whether time or signature is wrong."""

    code = "channel.refused"


class SenderRefused(Forbidden):
    """The channel takes nothing from this sender: details name both, and say why."""

    code = "channel.sender_refused"


class MessageTooLarge(BadInput):
    """A message is larger, or has more files, than the channel takes: details name the limit."""

    code = "channel.message_too_large"


class MessageMalformed(BadInput):
    """A message is not of its form, is cut off, or is nested beyond measure: details say which."""

    code = "channel.message_malformed"


class MessageDiffers(NeedsPerson):
    """Another message of the same id came before: nothing of this one was taken."""

    code = "channel.message_differs"


class ChannelBusy(Transient):
    """As many messages as are taken at once are being taken: send it again."""

    code = "channel.busy"
