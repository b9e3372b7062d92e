"""Errors about who asks through the pages, and how; the tree that they belong to stands in `errors`."""

from __future__ import annotations

from pipeline.domain.errors import BadInput, Forbidden, Transient


class SignInNeeded(Forbidden):
    """Nobody has signed in, or the session is over: details name the page."""

    code = "web.sign_in_needed"


class NotAllowed(Forbidden):
    """Whoever has signed in may not open this page: details name it."""

    code = "web.not_allowed"


class AssuranceNeeded(Forbidden):
    """This page needs a second factor: details name it."""

    code = "web.assurance_needed"


class RequestForged(Forbidden):
    """A change was asked for without the session's token, or from another site: details name the page."""

    code = "web.request_forged"


class FormTooLarge(BadInput):
    """A form is larger than the settings allow: details say how large it may be."""

    code = "web.form_too_large"


class FormRefused(BadInput):
    """A form holds what it may not: details name the entry."""

    code = "web.form_refused"


class JudgingBusy(Transient):
    """As many files as are judged while people wait are being judged: send it again."""

    code = "web.judging_busy"


class NoSuchPage(BadInput):
    """There is no page of this address: details name it."""

    code = "web.no_such_page"
