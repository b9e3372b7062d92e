"""Why people's papers are asked for: four headers, whose values are percent-encoded UTF-8 where they are not ASCII."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from urllib.parse import unquote

from pipeline.domain.api_errors import PurposeNeeded
from pipeline.domain.client import Purpose
from pipeline.domain.owner import AccessBasis
from pipeline.text.dossier_code import exact_dossier_code

PURPOSE, BASIS, REQUESTER, DOSSIER = "Sohoa-Purpose", "Sohoa-Legal-Basis", "Sohoa-Requester", "Sohoa-Dossier"
LONGEST = 300
"""characters of a value"""


def stated_purpose(headers: Mapping[str, str]) -> Purpose:
    """Return why the papers are asked for.

    Raises:
        PurposeNeeded: a header is missing, too long, or none that can be taken; the details name it.
    """
    basis = _words(headers, BASIS)
    if basis not in set(AccessBasis):
        raise PurposeNeeded(header=BASIS)
    code = exact_dossier_code(unquote(headers.get(DOSSIER, "")))
    if code is None and (basis == AccessBasis.DOSSIER or DOSSIER in headers):
        raise PurposeNeeded(header=DOSSIER)
    return Purpose(
        text=_words(headers, PURPOSE), basis=AccessBasis(basis), requester=_words(headers, REQUESTER), dossier=code
    )


def _words(headers: Mapping[str, str], name: str) -> str:
    try:
        value = unicodedata.normalize("NFC", unquote(headers.get(name, ""), errors="strict")).strip()
    except UnicodeDecodeError as error:
        raise PurposeNeeded(header=name) from error
    if not value or len(value) > LONGEST or any(unicodedata.category(each) in {"Cc", "Cs"} for each in value):
        raise PurposeNeeded(header=name)
    return value
