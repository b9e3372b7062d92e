"""What signatures look like here: texts of the settings, checked before a key is opened."""

from __future__ import annotations

from app.settings import Settings
from signing.appearance import StampTexts


def texts_of(settings: Settings) -> StampTexts:
    """Return the texts of appearances.

    Raises:
        BadSettings: a template names what nobody fills in, or has no time.
    """
    signing = settings.signing
    return StampTexts(
        clerk=signing.look_clerk,
        copy=signing.look_copy,
        appendix=signing.look_appendix,
        official=signing.look_official,
    )
