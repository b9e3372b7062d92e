"""Errors about owners, depositories, corrections, procedures and accounts; the tree that they belong to stands in `errors`."""

from __future__ import annotations

from pipeline.domain.errors import BadInput, Forbidden, NeedsPerson, Transient


class RecordChanged(NeedsPerson):
    """Somebody else changed the record in the meantime: details name it, the version that was seen and the one there is."""

    code = "record.changed"


class OwnerConflict(NeedsPerson):
    """Numbers that would become one owner's belong to different ones: details name them."""

    code = "owner.conflict"


class HoldingRefused(NeedsPerson):
    """A paper in a depository cannot be replaced or withdrawn: details say why."""

    code = "holding.refused"


class AccessRefused(Forbidden):
    """Nobody looks into a depository without a dossier of the owner's, the owner's consent, or a law."""

    code = "depository.access_refused"


class FieldRefused(BadInput):
    """What was typed for a field is no value of its kind, or no paper has such a field: details name both."""

    code = "field.refused"


class LoginTaken(BadInput):
    """Somebody has this login already."""

    code = "account.login_taken"


class BadProcedures(BadInput):
    """A catalogue of procedures is wrong: file, line, key and what is wrong with it."""

    code = "procedures.bad_catalogue"


class BadIndices(BadInput):
    """Definitions of indices are wrong: file, line, key and what is wrong with it."""

    code = "indices.bad_definitions"


class FiguresNotReady(Transient):
    """So much has changed that counting dossiers again takes longer than an answer: it goes on by itself, details say how far it is."""

    code = "indices.not_ready"
