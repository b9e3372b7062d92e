"""Errors about single pages and papers of files that could be opened; the tree that they belong to stands in `errors`."""

from __future__ import annotations

from pipeline.domain.errors import BadInput


class PaperNotUnderstood(BadInput):
    """What a page says made a rule of reading fail that did not foresee it; the other papers of the batch go on."""

    code = "paper.not_understood"


class PagesGivenUp(BadInput):
    """Pages of a file that were not tried, since those before them took too long or killed their reader."""

    code = "source.given_up"
