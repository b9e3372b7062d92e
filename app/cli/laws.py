"""What is told of the laws of everything that is kept: to people, and as JSON."""

from __future__ import annotations

from typing import Any

from app.cli.context import Context
from pipeline.domain.laws import BrokenLaw, Law
from pipeline.usecases.verify_laws import LawsCheck

_MOST_SHOWN = 200
"""breaches that are told one by one; all of them stand in the JSON"""


def tell_laws(check: LawsCheck, context: Context) -> None:
    """Name what is broken, on stderr; say on stdout what was put right, and which laws hold."""
    for each in check.open[:_MOST_SHOWN]:
        context.note(f"law_fault.{each.fault.value}", **_words(each, context))
    if len(check.open) > _MOST_SHOWN:
        context.note("audit.more", count=len(check.open) - _MOST_SHOWN)
    for each in sorted(check.mended, key=lambda broken: (broken.fault, broken.item))[:_MOST_SHOWN]:
        context.note("law.mended", what=context.say(f"law_fault.{each.fault.value}", **_words(each, context)))
    broken = {each.law for each in check.open}
    for law in Law:
        key = "law.broken" if law in broken else "law.holds"
        count = check.looked_at.get(law, 0)
        context.tell(key, law=context.say(f"law_name.{law.value}"), count=count)


def laws_json(check: LawsCheck) -> list[dict[str, Any]]:
    """Return all laws with what breaks them, as JSON holds it."""
    return [
        {
            "law": law.value,
            "looked_at": check.looked_at.get(law, 0),
            "broken": [
                {
                    "fault": each.fault.value,
                    "item": each.item,
                    "detail": each.detail or None,
                    "repaired": each in check.mended,
                }
                for each in check.broken
                if each.law is law
            ],
        }
        for law in Law
    ]


def _words(broken: BrokenLaw, context: Context) -> dict[str, object]:
    detail = context.say("law.detail", detail=broken.detail) if broken.detail else ""
    return {"item": broken.item, "detail": detail}
