"""The laws of what is kept as a table that people read."""

from __future__ import annotations

import os

from app.language import choose_language, speaker
from app.settings import Settings
from pipeline.domain.laws import Law
from pipeline.usecases.verify_laws import LawsCheck

_MOST_SHOWN = 50
"""items of a law in the table; all of them stand in the log"""


def law_table(check: LawsCheck, *, settings: Settings) -> list[dict[str, str | int]]:
    """Return a row a law: its name, how much was looked at, what breaks it by id."""
    say = speaker(choose_language(os.environ, settings.language))
    law_, looked_at, broken, items = (say(f"table.{key}") for key in ("law", "looked_at", "broken", "items"))
    rows: list[dict[str, str | int]] = []
    for law in Law:
        found = [each.item for each in check.broken if each.law is law]
        rows.append(
            {
                law_: say(f"law_name.{law.value}"),
                looked_at: check.looked_at.get(law, 0),
                broken: len(found),
                items: ", ".join(found[:_MOST_SHOWN]),
            }
        )
    return rows
