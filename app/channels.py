"""Messages by mail or chat: what the process that serves pages takes in for channels of the settings."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from app.channel_signature import SignedBody, signed_body
from app.intake_settings import ChannelSettings
from app.intake_work import IntakeWork
from app.services import Services
from app.settings import Settings
from pipeline.domain.channel import Message, MessagePart, MessageReceipt
from pipeline.domain.channel_errors import ChannelBusy, MessageMalformed
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.errors import ReaderCrashed, SohoaError, SourceTooSlow
from pipeline.domain.ids import content_hash
from pipeline.domain.intake_errors import IntakeShut
from pipeline.intake.mail import MailFile, MailPolicy, read_mail_file
from pipeline.ports import Clock
from pipeline.text.dossier_code import exact_dossier_code
from pipeline.usecases.intake_message import ChannelPolicy, MessageServices, take_message

_AT_ONCE = 2
"""messages that are being taken: each is in memory as a whole"""
_MAIL_SECONDS = 60.0


class _File(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    content: bytes
    """base64"""


class _Message(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    sender: str
    files: list[_File]
    dossier: str = ""


class Channels:
    """The channels of the settings."""

    def __init__(self, work: IntakeWork, settings: Settings, *, clock: Clock) -> None:
        self._work, self._settings, self._clock = work, settings, clock
        self._room = threading.BoundedSemaphore(_AT_ONCE)

    def begin(self, name: str, headers: Mapping[str, str]) -> tuple[ChannelSettings, SignedBody]:
        """Return a channel and what the body of a request to it is checked with.

        Raises:
            ChannelRefused, BadSettings: see `signed_body`.
        """
        body = signed_body(name, self._settings.channels, headers, now=self._clock.now())
        return self._settings.channels[name], body

    def take(self, name: str, file: Path, *, is_mail: bool, services: Services) -> MessageReceipt:
        """Take the message that lies in a file, in the name of whoever `services` act for.

        Raises:
            ChannelBusy: too many are being taken, or this one is; send it again.
            MessageMalformed, MessageTooLarge, SenderRefused, MessageDiffers: nothing was taken.
            SohoaError: see `take_message`.
        """
        channel = self._settings.channels[name]
        with self._place():
            message = self._mail(file, channel) if is_mail else _json(file)
            try:
                return take_message(
                    message,
                    channel=self._policy(name, channel),
                    policy=self._work.policy,
                    services=MessageServices(
                        intake=self._work.services,
                        messages=services.intake.messages,
                        trail=services.trail,
                        workers=self._work.workers,
                        finish=lambda intake: self._work.finish(intake, services),
                    ),
                )
            except (IntakeShut, RecordChanged) as error:  # the same message is being taken by another request
                raise ChannelBusy from error

    @contextlib.contextmanager
    def _place(self) -> Iterator[None]:
        if not self._room.acquire(blocking=False):
            raise ChannelBusy
        try:
            yield
        finally:
            self._room.release()

    def _policy(self, name: str, channel: ChannelSettings) -> ChannelPolicy:
        return ChannelPolicy(
            name=name,
            agency=self._settings.office.agency if channel.agency is None else channel.agency,
            lane=channel.lane,
            senders=frozenset(each.lower() for each in channel.senders),
            most_files=channel.files,
        )

    def _mail(self, file: Path, channel: ChannelSettings) -> Message:
        """Read a mail in a child process, which a hostile one may end."""
        task = MailFile(file, MailPolicy(most_files=channel.files, authority=channel.mail_authority))
        ((_, found),) = self._work.workers.map(read_mail_file, [task], seconds=_MAIL_SECONDS)
        if isinstance(found, ReaderCrashed | SourceTooSlow):
            raise MessageMalformed(reason="unreadable") from found
        if isinstance(found, SohoaError):
            raise found
        return found


def _json(file: Path) -> Message:
    data = file.read_bytes()
    try:
        told = msgspec.json.decode(data, type=_Message)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason = str(error) if isinstance(error, msgspec.ValidationError) else "no_json"
        raise MessageMalformed(reason=reason) from error
    dossier = exact_dossier_code(told.dossier) if told.dossier else None
    if told.dossier and dossier is None:
        raise MessageMalformed(reason="dossier")
    parts = tuple(MessagePart(name=each.name, data=each.content) for each in told.files)
    return Message(id=told.id, sender=told.sender, sha256=content_hash(data), parts=parts, dossier=dossier)
