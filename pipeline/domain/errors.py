"""One tree of errors with stable codes and five kinds.

The kind decides HTTP status, exit code and retry; the code names the case for machines; the text for people is written
in `app/messages` by code and filled with the error's details.
"""

from __future__ import annotations

import errno
from enum import StrEnum
from typing import Any, ClassVar, Final

NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE})
"""numbers of those OSErrors that say something about the machine and nothing about the file: MachineExhausted"""


class Kind(StrEnum):
    """What an error means for whoever caused it."""

    BAD_INPUT = "bad_input"
    """the input is at fault; the same input fails again"""
    NEEDS_PERSON = "needs_person"
    """somebody has to decide or correct"""
    TRANSIENT = "transient"
    """may go through later"""
    FORBIDDEN = "forbidden"
    """not allowed"""
    BROKEN = "broken"
    """this installation or this program is at fault"""


class SohoaError(Exception):
    """Base of all errors that the product raises on purpose. Details are plain values, so that errors cross processes."""

    kind: ClassVar[Kind] = Kind.BROKEN
    code: ClassVar[str] = "broken"

    def __init__(self, **details: str | float) -> None:
        super().__init__(self.code)
        self.details = details

    def __str__(self) -> str:
        """The code and the details, for logs."""
        return f"{self.code} {self.details}" if self.details else self.code

    def __reduce__(self) -> tuple[Any, ...]:
        """Carry the details through pickling; the standard way would lose keyword arguments."""
        return _rebuild, (type(self), self.details)


def _rebuild(cls: type[SohoaError], details: dict[str, str | float]) -> SohoaError:
    return cls(**details)


class BadInput(SohoaError):
    """The input is at fault."""

    kind = Kind.BAD_INPUT


class NeedsPerson(SohoaError):
    """A person has to decide."""

    kind = Kind.NEEDS_PERSON


class Transient(SohoaError):
    """May go through later."""

    kind = Kind.TRANSIENT


class Forbidden(SohoaError):
    """Not allowed."""

    kind = Kind.FORBIDDEN


class Broken(SohoaError):
    """The installation or the program is at fault."""

    kind = Kind.BROKEN


# --- sources ------------------------------------------------------------------------------------------------------------


class EmptySource(BadInput):
    """A file of 0 bytes."""

    code = "source.empty"


class UnknownSource(BadInput):
    """Neither a PDF nor a picture nor a ZIP, judged by content."""

    code = "source.unknown_type"


class EncryptedSource(BadInput):
    """A PDF or ZIP that opens only with a password."""

    code = "source.encrypted"


class DamagedSource(BadInput):
    """A file that is broken beyond reading."""

    code = "source.damaged"


class TruncatedSource(DamagedSource):
    """A file whose end is missing: it was cut off on its way, or while it was written."""

    code = "source.truncated"


class XfaSource(BadInput):
    """A PDF that holds no pages but a form (XFA) from which only its maker's program draws some."""

    code = "source.xfa"


class PortfolioSource(BadInput):
    """A PDF that is an envelope for other files: what would be read is its cover."""

    code = "source.portfolio"


class SourceTooLarge(BadInput):
    """A file over a limit: details name the limit, the value and what is allowed."""

    code = "source.too_large"


class SecretPaper(Forbidden):
    """A paper with a degree of secrecy: it may not be digitized here."""

    code = "paper.secret"


class SourceTooSlow(BadInput):
    """A file that took longer to read than is allowed; it was given up, the others go on."""

    code = "source.too_slow"


class ReaderCrashed(BadInput):
    """The process that read a file died over it; the others go on."""

    code = "source.crashed_reader"


class NothingToRead(BadInput):
    """The paths given hold no file at all."""

    code = "batch.nothing_to_read"


class PathMissing(BadInput):
    """A path given does not exist or cannot be read."""

    code = "batch.path_missing"


# --- looking things up ---------------------------------------------------------------------------------------------------


class NotFound(BadInput):
    """No batch, document or dossier of that id or code."""

    code = "record.not_found"


class BadDeclaration(BadInput):
    """A document-type declaration is wrong: file, key and what is wrong with it."""

    code = "types.bad_declaration"


class BadOfficials(BadInput):
    """The list of officials cannot be used: file, line and what is wrong with it."""

    code = "officials.bad"


class BadSettings(BadInput):
    """A setting is unknown or has a value that does not fit."""

    code = "settings.bad"


# --- installation --------------------------------------------------------------------------------------------------------


class ToolMissing(Broken):
    """A program or its data is missing: details name it and the package that brings it."""

    code = "tool.missing"


class ToolFailed(Broken):
    """A program ended with an error."""

    code = "tool.failed"


class MachineExhausted(Transient):
    """The machine has no room left: disk, quota or open files; details say what."""

    code = "machine.exhausted"


class OrchestratorUnavailable(Transient):
    """The Prefect server does not answer, or stopped answering in the middle."""

    code = "orchestrator.unavailable"


class CannotWrite(BadInput):
    """A file or folder that was named for results cannot be written."""

    code = "path.not_writable"


class FolderTaken(BadInput):
    """A folder that should take an export holds something else; details name it."""

    code = "path.taken"


class UnsupportedNetwork(Broken):
    """The installed language data cannot be run by the product's own reader: details name the file and the reason."""

    code = "network.unsupported"


class CopyNotConforming(Broken):
    """A copy could not be written as PDF/A, so it was not written at all."""

    code = "copy.not_conforming"


# --- keeping -------------------------------------------------------------------------------------------------------------


class ObjectMissing(Broken):
    """An object that the records name is not in the store."""

    code = "object.missing"


class ObjectAltered(Broken):
    """An object's bytes do not have the digest in its name."""

    code = "object.altered"


class ObjectLocked(Forbidden):
    """A retention or a legal hold protects the object: details say until when, or that it is on hold."""

    code = "object.locked"


class ObjectLeaving(Transient):
    """An equal file is being removed with a paper that is disposed of: details name the list."""

    code = "object.leaving"


class RecordsAltered(Broken):
    """A record holds what the product never writes, so somebody or something else has changed it: nothing is built on it."""

    code = "records.altered"


class StoreUnavailable(Transient):
    """The object store does not answer or refuses."""

    code = "store.unavailable"


class StoreRefused(Forbidden):
    """The object store refused: wrong credentials or no rights on the bucket."""

    code = "store.refused"


class BucketMissing(StoreRefused):
    """The bucket does not exist, or these credentials may not know that it does."""

    code = "store.bucket_missing"


class StoreUntrusted(StoreRefused):
    """The server's TLS certificate has run out, is for another name or not from a trusted authority: nothing was sent."""

    code = "store.untrusted"


class StoreClockWrong(StoreRefused):
    """The clocks of this machine and of the object store differ too much for a signed request."""

    code = "store.clock_wrong"


class StoreLacks(StoreRefused):
    """The object store cannot do what is asked, or was never proved to: nothing was sent. Details name the ability."""

    code = "store.lacks"


class BadRetention(BadInput):
    """A schedule of retention is wrong: file, line, key and what is wrong with it."""

    code = "retention.bad_schedule"


class DisposalRefused(NeedsPerson):
    """A list of disposal cannot be proposed, approved or carried out like this: details say why."""

    code = "disposal.refused"


class DocumentDisposed(BadInput):
    """The paper was disposed of by an approved list, or is being: details name the list and its certificate."""

    code = "document.disposed"


class DocumentReplaced(BadInput):
    """A person put its pages right, and others stand in its place: details name them."""

    code = "document.replaced"


class BadKeyFile(BadInput):
    """The file of master keys cannot be used: file, line and what is wrong with it."""

    code = "encryption.bad_key_file"


class MasterKeyMissing(Broken):
    """The master key that wrapped an object's data key is not in the key file: the object is there and cannot be read."""

    code = "encryption.key_missing"


class RecordsUnavailable(Transient):
    """The database does not answer."""

    code = "records.unavailable"


class RecordsDamaged(Broken):
    """The database cannot be read: its file is damaged, or is no database at all."""

    code = "records.damaged"


class RecordsNewer(Broken):
    """The database was written by a newer version of the product."""

    code = "records.newer"


class RecordsNotEmpty(BadInput):
    """An export goes into an empty installation only; details name a table that has rows."""

    code = "records.not_empty"


class ExportDamaged(BadInput):
    """A file of an export is missing, is not what its list says, or cannot be read; details name it and say why."""

    code = "export.damaged"


class ExportNewer(BadInput):
    """An export was written by another version of the product, in a form that this one does not know."""

    code = "export.newer"


class BatchBusy(Transient):
    """Another process is working on this batch."""

    code = "batch.busy"


class LeaseLost(Transient):
    """This process stood still for so long that another one took its work over and goes on with it; nothing was written."""

    code = "lease.lost"


class ReaderDiffers(Broken):
    """This machine reads pages with other programs, data or settings than the one that handed out the parts of a batch."""

    code = "reader.differs"
