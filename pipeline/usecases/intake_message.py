"""Files that come by mail or chat: nobody is there to be asked, so the rules are those of a scanner's folder.

A message is taken once: its intake's id is derived from its own, every step can be done again, and what came of it is
remembered. Whoever is killed in the middle, or whose answer is lost, sends it again and it goes on.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pipeline.audit_ports import AuditTrail
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.channel import (
    KeptMessage,
    Message,
    MessageKey,
    MessagePart,
    MessageReceipt,
    PartOutcome,
    PartState,
)
from pipeline.domain.channel_errors import MessageDiffers, MessageMalformed, MessageTooLarge, SenderRefused
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.errors import Kind, SohoaError
from pipeline.domain.ids import ContentHash, SourceName, derived_id
from pipeline.domain.intake import Channel, FileState, Intake, IntakeFile, IntakeId, IntakeState, Lane, Offer
from pipeline.domain.intake_errors import NameRefused
from pipeline.intake_ports import MessageBook
from pipeline.ports import Workers
from pipeline.usecases.intake_chunks import Chunk, receive_chunk
from pipeline.usecases.intake_closing import close_intake
from pipeline.usecases.intake_deciding import Decision, decide
from pipeline.usecases.intake_looking import look_at_files
from pipeline.usecases.intake_offers import offer_files
from pipeline.usecases.intake_opening import IntakePolicy, IntakeServices

_TRIES = 5
_LONGEST_ID = 1000
"""signs of a message's id"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPolicy:
    """What a channel takes."""

    name: str
    agency: str
    lane: Lane
    senders: frozenset[str]
    """in lower case; one that begins with `@` stands for all addresses of a domain"""
    most_files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageServices:
    """What taking messages needs; it acts in the channel's name."""

    intake: IntakeServices
    messages: MessageBook
    trail: AuditTrail
    workers: Workers
    finish: Callable[[Intake], Intake]
    """makes the batch of an intake that is closing"""


def take_message(
    message: Message, *, channel: ChannelPolicy, policy: IntakePolicy, services: MessageServices
) -> MessageReceipt:
    """Make a batch of a message's files, and return what became of each; the same message again gets the same answer.

    Raises:
        SenderRefused: the channel takes nothing from its sender.
        MessageTooLarge, MessageMalformed: too many files, none, or no id.
        MessageDiffers: another message had its id.
        FileBusy, StoreUnavailable, StoreRefused, RecordsUnavailable, MachineExhausted, ObjectAltered, ObjectLeaving: send it again.
    """
    _refuse(message, channel)
    key = MessageKey(derived_id("m", channel.name, message.id))
    kept = services.messages.begin(
        KeptMessage(
            key=key,
            channel=channel.name,
            sha256=message.sha256,
            intake=IntakeId(derived_id("w", key)),
            received_at=services.intake.clock.now(),
        )
    )
    if kept.sha256 != message.sha256:
        raise MessageDiffers(channel=channel.name, message=key)
    if kept.receipt is not None:
        return kept.receipt
    intake = _opened(kept, message, channel, services)
    files = _taken_in(intake, message.parts, policy=policy, services=services)
    settled = _finished(intake, services)
    receipt = MessageReceipt(
        key=key, intake=intake.id, batch=settled.batch, parts=_outcomes(message.parts, files, settled, services)
    )
    services.messages.settle(receipt)
    return receipt


def _refuse(message: Message, channel: ChannelPolicy) -> None:
    sender = message.sender.lower()
    domain = "@" + sender.rpartition("@")[2] if "@" in sender else None
    if not sender or not {sender, domain} & channel.senders:
        raise SenderRefused(sender=message.sender, reason="not_listed")
    if not 0 < len(message.id) <= _LONGEST_ID:
        raise MessageMalformed(reason="no_id")
    if not message.parts:
        raise MessageMalformed(reason="no_files")
    if len(message.parts) > channel.most_files:
        raise MessageTooLarge(limit="files", allowed=channel.most_files)


def _opened(kept: KeptMessage, message: Message, channel: ChannelPolicy, services: MessageServices) -> Intake:
    """Open the intake of a message, or find it again; who sent it is written down before a byte comes in."""
    books = services.intake.books
    there = books.intakes.get(kept.intake)
    if there is not None:
        return there
    details = {"sender": message.sender, "message": kept.key, "intake": kept.intake, "files": str(len(message.parts))}
    subject = Subject(SubjectKind.CHANNEL, channel.name)
    services.trail.note([Deed(action=Action.MESSAGE_TAKEN, subject=subject, details=details)])
    books.intakes.open(
        Intake(
            id=kept.intake,
            account="",
            agency=channel.agency,
            opened_at=kept.received_at,
            touched_at=kept.received_at,
            dossier=message.dossier,
            lane=channel.lane,
            channel=Channel.MESSAGE,
        )
    )
    return books.intakes.get(kept.intake) or _lost(kept.intake)


def _lost(intake: IntakeId) -> Intake:
    raise RecordChanged(id=intake, seen=0, now=-1)


def _taken_in(
    intake: Intake, parts: Sequence[MessagePart], *, policy: IntakePolicy, services: MessageServices
) -> dict[int, int | SohoaError | None]:
    """Make the files of a message safe and look at each; return their numbers by place, or why one has none."""
    numbers: dict[int, int | SohoaError | None] = {}
    if intake.state is not IntakeState.OPEN:  # an earlier try came so far
        return _known_numbers(intake, parts, services)
    for place, part in enumerate(parts):
        # its place in the message tells files of one name and size apart
        offer = Offer(name=SourceName(part.name), size=len(part.data), modified=place, channel=Channel.MESSAGE)
        try:
            file = offer_files(intake, [offer], services=services.intake, policy=policy)[0]
        except NameRefused as error:
            numbers[place] = error
            continue
        numbers[place] = None if file is None else file.number
        if file is not None and file.state is FileState.COMING:
            receive_chunk(intake, file.number, _whole(part, file), services=services.intake)
    unseen = [each for each in _files(intake, services) if each.state in _WHOLE and each.pages is None]
    if unseen:
        look_at_files(unseen, services=services.intake, workers=services.workers, policy=policy)
    for file in _files(intake, services):
        if file.state is FileState.DUPLICATE:
            _decide_twin(intake, file, services)
    return numbers


_WHOLE = frozenset({FileState.SAFE, FileState.DUPLICATE})


def _known_numbers(
    intake: Intake, parts: Sequence[MessagePart], services: MessageServices
) -> dict[int, int | SohoaError | None]:
    known = {each.modified: each.number for each in _files(intake, services)}
    return {place: known.get(place) for place in range(len(parts))}


def _whole(part: MessagePart, file: IntakeFile) -> Chunk:
    rest = part.data[file.received :]
    return Chunk(
        at=file.received,
        size=len(rest),
        sha256=hashlib.sha256(rest).hexdigest(),
        stream=io.BytesIO(rest),
        whole=hashlib.sha256(part.data).hexdigest(),
    )


def _decide_twin(intake: Intake, file: IntakeFile, services: MessageServices) -> None:
    """Leave out what the message holds twice; keep what came in another way before: it may be for another dossier."""
    twice = file.twin is not None and file.twin.batch is None
    for _ in range(_TRIES):  # the coach may write down what it saw in the same moment
        with contextlib.suppress(RecordChanged):
            decide(intake, file.number, Decision.LEAVE_OUT if twice else Decision.KEEP, services=services.intake)
            return


def _finished(intake: Intake, services: MessageServices) -> Intake:
    """Make the batch; where no file of the message is good, or these files may never come in again, there is none."""
    intakes = services.intake.books.intakes
    intake = intakes.get(intake.id) or intake
    if intake.state is IntakeState.OPEN and not _safe(intake, services):
        return _shut(intake, services)
    try:
        return services.finish(close_intake(intake, services=services.intake))
    except SohoaError as error:
        if error.kind not in {Kind.BAD_INPUT, Kind.NEEDS_PERSON} or isinstance(error, RecordChanged):
            raise
        for file in _safe(intake, services):
            refused = replace(file, state=FileState.REFUSED, error=error.code, details=error.details)
            services.intake.books.files.change(refused)
        return _shut(intakes.get(intake.id) or intake, services)


def _shut(intake: Intake, services: MessageServices) -> Intake:
    for _ in range(_TRIES):
        with contextlib.suppress(RecordChanged):
            intake = services.intake.books.intakes.change(replace(intake, state=IntakeState.CLOSED))
            break
        intake = services.intake.books.intakes.get(intake.id) or intake
    services.intake.spool.forget(intake.id)
    return intake


def _safe(intake: Intake, services: MessageServices) -> list[IntakeFile]:
    return [each for each in _files(intake, services) if each.state is FileState.SAFE]


def _files(intake: Intake, services: MessageServices) -> Sequence[IntakeFile]:
    return services.intake.books.files.all(intake.id)


def _outcomes(
    parts: Sequence[MessagePart],
    numbers: dict[int, int | SohoaError | None],
    intake: Intake,
    services: MessageServices,
) -> tuple[PartOutcome, ...]:
    files = {each.number: each for each in _files(intake, services)}
    return tuple(_outcome(part, numbers[place], files) for place, part in enumerate(parts))


def _outcome(part: MessagePart, found: int | SohoaError | None, files: dict[int, IntakeFile]) -> PartOutcome:
    if isinstance(found, SohoaError):
        return PartOutcome(name=part.name, state=PartState.REFUSED, error=found.code, details=found.details)
    if found is None:
        return PartOutcome(name=part.name, state=PartState.NO_PAPER)
    file = files[found]
    state = {FileState.SAFE: PartState.TAKEN, FileState.LEFT_OUT: PartState.TWICE}.get(file.state, PartState.REFUSED)
    return PartOutcome(
        name=file.name,
        state=state,
        sha256=ContentHash(file.sha256) if file.sha256 else None,
        error=(file.error or "") if state is PartState.REFUSED else "",
        details=file.details if state is PartState.REFUSED else {},
        again=any(each.again for each in file.findings),
    )
