"""What is kept of the text in a barcode or matrix code."""

from __future__ import annotations

import re

from pipeline.text.fold import nfc
from pipeline.text.identity import LOST, without_other_people

_NO_TEXT = re.compile(r"[\x00-\x03\x05-\x08\x0b\x0c\x0e-\x1b\x1f\x7f]")
"""control characters, but for white space and the parts of ISO/IEC 15434 messages; databases keep no NUL"""


def payload_text(data: bytes) -> str:
    """Return the text of a code as it may be kept, NFC: what tells of other people than the holder of a card is left out.

    Codes of Vietnamese agencies are UTF-8; what cannot be decoded as that, and control characters, stand as U+FFFD, so that
    it can be told that something is missing: a guess at another alphabet would look whole.
    """
    return without_other_people(nfc(_NO_TEXT.sub(LOST, data.decode(errors="replace"))))


def is_spoilt_text(text: str) -> bool:
    """Say whether a part of a code's text could not be decoded."""
    return LOST in text
