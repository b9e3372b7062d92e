"""Errors of signing and of results; the tree that they belong to stands in `errors`."""

from __future__ import annotations

from pipeline.domain.errors import BadInput, Broken, Forbidden, NeedsPerson, Transient


class KeyUnusable(Forbidden):
    """The signer's key or certificate cannot be used: details say why."""

    code = "signing.key_unusable"


class TrustRefused(BadInput):
    """A certificate, revocation list or bundle does not belong into the store of trusted authorities: details say why."""

    code = "signing.trust_refused"


class TimestampUnavailable(Transient):
    """No time-stamp authority answered; the document waits and is not called B-T."""

    code = "signing.timestamp_unavailable"


class DevelopmentKeyInProduction(Forbidden):
    """The development authority is refused where the settings say production."""

    code = "signing.development_key"


class SignerUnavailable(Transient):
    """The token, security module or signing service that holds the key does not answer, or broke off."""

    code = "signing.signer_unavailable"


class EvidenceMissing(Transient):
    """What a long-term signature has to carry cannot be had: revocation lists or answers, details say for which certificate."""

    code = "signing.evidence_missing"


class TicketRefused(Forbidden):
    """A ticket of the signer's own desktop agent is unknown, used up, too old or for another paper."""

    code = "signing.ticket_refused"


class ReturnQuarantined(NeedsPerson):
    """What the signer's own desktop agent sent back is not what was sent out and signed: it is set aside, details say why."""

    code = "signing.return_quarantined"


class AlreadySigned(NeedsPerson):
    """The same role has signed this copy already."""

    code = "signing.already_signed"


class SigningFailed(Broken):
    """A signature could not be made."""

    code = "signing.failed"


class ClockWrong(Broken):
    """This machine's clock and the clocks of the time-stamp authorities differ: nothing is signed at a wrong time."""

    code = "signing.clock_wrong"


class AwaitingTimestamp(Transient):
    """Signed, but below the level that was asked for until a time-stamp authority answers; completed later."""

    code = "signing.awaiting_timestamp"


class AwaitingEvidence(Transient):
    """Signed, but below the level that was asked for until revocation data can be had; completed later."""

    code = "signing.awaiting_evidence"


class ShownDiffers(NeedsPerson):
    """The document has changed since it was shown to the signer: what was not seen is not signed."""

    code = "signing.shown_differs"


class NotShown(NeedsPerson):
    """Whoever signs was not shown all pages of what would be signed, and the settings demand it: details name the papers."""

    code = "signing.not_shown"


class DoubtsLeft(NeedsPerson):
    """Papers have fields that nobody has looked at, and nobody confirmed that they are signed all the same: details name them."""

    code = "signing.doubts_left"


class NotYourKey(Forbidden):
    """The signer belongs to somebody else, and no delegation is in force: details name signer and account."""

    code = "signing.not_your_key"


class DelegationRefused(BadInput):
    """Nobody can sign in another's stead like this: details say why."""

    code = "signing.delegation_refused"


class SigningVetoed(NeedsPerson):
    """Somebody took this document out of the order; details say why."""

    code = "signing.vetoed"


class SigningStopped(NeedsPerson):
    """Somebody stopped the order before this document was signed; details say why."""

    code = "signing.stopped"


class ResultNotInForce(NeedsPerson):
    """The result was superseded or revoked before; details say which."""

    code = "result.not_in_force"


class ResultRefused(NeedsPerson):
    """The paper cannot become a result, or not any more: details say why."""

    code = "result.refused"
