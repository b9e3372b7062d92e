"""Which languages the installed Tesseract reads."""

from __future__ import annotations

import pytesseract

from pipeline.domain.errors import ToolFailed, ToolMissing


def installed_languages(*, needed: str) -> tuple[str, ...]:
    """Return the names of all installed language data.

    Raises:
        ToolMissing: Tesseract is not there, or `needed` is not among its languages.
    """
    try:
        languages = tuple(pytesseract.get_languages())
    except pytesseract.TesseractNotFoundError as error:
        raise ToolMissing(tool="tesseract", package="tesseract-ocr") from error
    except pytesseract.TesseractError as error:
        raise ToolFailed(tool="tesseract", reason=str(error)) from error
    if needed not in languages:
        raise ToolMissing(tool=f"{needed}.traineddata", package=f"tesseract-ocr-{needed}")
    return languages
