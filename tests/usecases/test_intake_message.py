"""Messages by mail and chat: every file is accounted for, and a message is taken once however often it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.channel import Message, MessagePart, MessageReceipt, PartState
from pipeline.domain.channel_errors import MessageDiffers, MessageMalformed, MessageTooLarge, SenderRefused
from pipeline.domain.errors import StoreUnavailable
from pipeline.domain.ids import content_hash
from pipeline.domain.intake import Channel, Intake, IntakeState, Lane
from pipeline.usecases.intake_closing import finish_intake
from pipeline.usecases.intake_message import ChannelPolicy, MessageServices, take_message
from tests.fakes.workers import InlineWorkers
from tests.usecases.intake_office import AGENCY, DOSSIER, IntakeOffice, kept, open_intake_office, picture, received

ZALO = ChannelPolicy(
    name="zalo", agency=AGENCY, lane=Lane.BULK, senders=frozenset({"lan", "@xa.example.vn"}), most_files=5
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[IntakeOffice]:
    with open_intake_office(tmp_path) as opened:
        yield opened


def message(*files: tuple[str, bytes], id_: str = "1", sender: str = "lan") -> Message:
    parts = tuple(MessagePart(name=name, data=data) for name, data in files)
    said = repr((files, sender)).encode()
    return Message(id=id_, sender=sender, sha256=content_hash(said), parts=parts, dossier=DOSSIER)


def take(office: IntakeOffice, sent: Message, channel: ChannelPolicy = ZALO, **changes: object) -> MessageReceipt:
    def finish(intake: Intake) -> Intake:
        return finish_intake(
            intake,
            services=office.services,
            objects=office.objects,
            batches=office.records.batches,
            hand_over=office.hand_over,
        )

    services = MessageServices(
        intake=office.services,
        messages=office.records.intake.messages,
        trail=office.records.trail,
        workers=InlineWorkers(),
        finish=finish,
    )
    services = replace(services, **changes)  # type: ignore[arg-type]
    return take_message(sent, channel=channel, policy=office.policy, services=services)


def test_files_become_a_batch_of_the_dossier(office: IntakeOffice) -> None:
    done = take(office, message(("a.jpg", picture(1)), ("b.jpg", picture(2))))
    assert [(each.name, each.state) for each in done.parts] == [("a.jpg", PartState.TAKEN), ("b.jpg", PartState.TAKEN)]
    batch = received(office, done.batch)
    assert (batch.dossier, batch.agency) == (DOSSIER, AGENCY)
    assert [kept(office, each.sha256) for each in batch.sources] == [picture(1), picture(2)]
    assert office.handed == [(done.batch, Lane.BULK)]
    (intake,) = office.services.books.intakes.of_batch(batch.id)
    assert (intake.channel, intake.state) == (Channel.MESSAGE, IntakeState.CLOSED)
    assert office.services.spool.intakes() == ()


def test_every_file_is_accounted_for(office: IntakeOffice) -> None:
    files = [
        ("a.jpg", picture(1)),
        ("a.jpg", picture(1)),  # the same once more
        ("virus.exe", b"MZ" + b"\0" * 100),
        ("empty.pdf", b""),
        ("Thumbs.db", b"x"),
    ]
    done = take(office, message(*files))
    assert [each.state for each in done.parts] == [
        PartState.TAKEN,
        PartState.TWICE,
        PartState.REFUSED,
        PartState.REFUSED,
        PartState.NO_PAPER,
    ]
    assert [each.error for each in done.parts[2:4]] == ["source.unknown_type", "source.empty"]
    assert [each.name for each in received(office, done.batch).sources] == ["a.jpg"]


def test_a_file_that_cannot_be_read_is_refused_by_the_first_look(office: IntakeOffice) -> None:
    done = take(office, message(("hỏng.pdf", b"%PDF-1.7\nnothing that follows")))
    assert [(each.state, each.error) for each in done.parts] == [(PartState.REFUSED, "source.truncated")]
    assert done.batch is None
    assert office.handed == []
    intake = office.services.books.intakes.get(done.intake)
    assert intake is not None
    assert intake.state is IntakeState.CLOSED


def test_a_message_that_is_sent_again_gets_the_same_answer(office: IntakeOffice) -> None:
    sent = message(("a.jpg", picture(1)))
    first = take(office, sent)
    assert take(office, sent) == first
    assert len(office.handed) == 1
    with pytest.raises(MessageDiffers):
        take(office, message(("b.jpg", picture(2))))
    # of another channel it is another message
    other = take(office, sent, replace(ZALO, name="thu"))
    assert other.intake != first.intake
    assert other.batch == first.batch  # the same files for the same dossier are the same batch


def test_whoever_is_ended_in_the_middle_goes_on(office: IntakeOffice) -> None:
    sent = message(("a.jpg", picture(1)), ("b.jpg", picture(2)))

    def down(intake: Intake) -> Intake:
        raise StoreUnavailable(reason="down")

    with pytest.raises(StoreUnavailable):
        take(office, sent, finish=down)
    done = take(office, sent)
    assert done.taken == 2
    assert len(office.handed) == 1
    taken = [each for each in trail(office) if each.deed.action is Action.MESSAGE_TAKEN]
    assert len(taken) == 1


def trail(office: IntakeOffice) -> list[AuditEntry]:
    return [each for each in office.records.trail.entries(limit=100) if isinstance(each, AuditEntry)]


def test_the_trail_says_who_sent_it_before_the_batch_comes(office: IntakeOffice) -> None:
    done = take(office, message(("a.jpg", picture(1)), sender="Lan@xa.example.vn"))
    actions = [each.deed.action for each in trail(office)]
    assert actions.index(Action.MESSAGE_TAKEN) < actions.index(Action.BATCH_RECEIVED)
    (entry,) = (each for each in trail(office) if each.deed.action is Action.MESSAGE_TAKEN)
    assert entry.deed.subject.id == "zalo"
    assert entry.deed.details == {
        "sender": "Lan@xa.example.vn",
        "message": done.key,
        "intake": done.intake,
        "files": "1",
    }


@pytest.mark.parametrize("sender", ["hoa", "", "lan@khac.example.vn", "@xa.example.vn.khac", "lan@sub.xa.example.vn"])
def test_who_is_not_listed_brings_nothing_in(office: IntakeOffice, sender: str) -> None:
    with pytest.raises(SenderRefused):
        take(office, message(("a.jpg", picture(1)), sender=sender))
    assert trail(office) == []


def test_a_message_has_files_and_not_too_many(office: IntakeOffice) -> None:
    with pytest.raises(MessageMalformed):
        take(office, message())
    with pytest.raises(MessageTooLarge):
        take(office, message(*((f"{each}.jpg", picture(each)) for each in range(6))))
    with pytest.raises(MessageMalformed):
        take(office, message(("a.jpg", picture(1)), id_=""))


def test_a_name_that_no_file_may_have_is_refused_and_the_others_taken(office: IntakeOffice) -> None:
    done = take(office, message(("../../x.jpg", picture(1)), ("b.jpg", picture(2))))
    assert [(each.state, each.error) for each in done.parts] == [
        (PartState.REFUSED, "intake.name_refused"),
        (PartState.TAKEN, ""),
    ]


def test_what_came_in_before_is_taken_again_for_its_own_dossier(office: IntakeOffice) -> None:
    first = take(office, message(("a.jpg", picture(1))))
    other = replace(message(("a.jpg", picture(1)), id_="2"), dossier=None)
    again = take(office, other)
    assert again.taken == 1
    assert again.batch not in {None, first.batch}
