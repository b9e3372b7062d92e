"""Errors about files on their way in; the tree that they belong to stands in `errors`."""

from __future__ import annotations

from pipeline.domain.errors import BadInput, Forbidden, NeedsPerson, Transient


class IntakeShut(NeedsPerson):
    """Nothing comes into this intake any more: details name its state."""

    code = "intake.shut"


class IntakeUnready(NeedsPerson):
    """An intake cannot become a batch yet: details count files that are coming or undecided, or say that there is none."""

    code = "intake.unready"


class IntakeFull(BadInput):
    """An intake takes no more files: details say how many it may have."""

    code = "intake.full"


class IntakeNotYours(Forbidden):
    """The intake is a colleague's: it may be looked at and not be changed."""

    code = "intake.not_yours"


class NameRefused(BadInput):
    """A file cannot have this name: details show it."""

    code = "intake.name_refused"


class OffsetWrong(NeedsPerson):
    """Bytes were sent for another place than the next one: details say which is the next."""

    code = "intake.offset_wrong"


class DigestWrong(Transient):
    """Bytes did not arrive as they were sent: details name the digest that was expected. Send them again."""

    code = "intake.digest_wrong"


class FileBusy(Transient):
    """Another request is writing to the same file."""

    code = "intake.file_busy"


class PhoneTicketRefused(Forbidden):
    """The address that a phone opened is unknown, has run out, or its intake is closed."""

    code = "intake.phone_ticket_refused"
