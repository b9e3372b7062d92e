"""Errors about putting pages right and completing dossiers; the tree that they belong to stands in `errors`."""

from __future__ import annotations

from pipeline.domain.errors import BadInput, Broken, NeedsPerson


class ArrangementRefused(NeedsPerson):
    """Pages cannot be put like this: details name the paper or page, and say why."""

    code = "pages.refused"


class ArrangementUnsound(BadInput):
    """An arrangement leaves pages out, has some twice, or names what the batch does not have: details say which."""

    code = "pages.unsound"


class PagesLost(Broken):
    """Writing an arrangement would have lost a page or put one into two papers: nothing was written."""

    code = "pages.lost"


class AttachmentRefused(NeedsPerson):
    """A stored paper cannot stand for a component of a dossier: details say why."""

    code = "dossier.attachment_refused"
