"""Take somebody else's invisible text out of a scanned page, so that its words are not found twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pikepdf
from pikepdf import (
    ContentStreamInlineImage,
    ContentStreamInstruction,
    Dictionary,
    Name,
    Object,
    ObjectSet,
    Operator,
    Page,
    Pdf,
)

__all__ = ["drop_invisible_text"]

_INVISIBLE = 3
"""text rendering mode (ISO 32000-1, 9.3.6)"""
_SHOWS = frozenset({"Tj", "TJ", "'", '"'})
_TEXT_ONLY = _SHOWS | {"BT", "ET", "Tf", "Td", "TD", "Tm", "T*", "Tr", "Tc", "Tw", "Tz", "TL", "Ts"}
"""what has no effect on a page without text"""

_Instruction = ContentStreamInstruction | ContentStreamInlineImage


def drop_invisible_text(pdf: Pdf, page: Page) -> None:
    """Remove text in render mode 3 from a page and the forms it draws, and fonts that no text is left in.

    Software that wraps scans in PDF often chooses a font and then writes nothing; a font that is not embedded would keep
    the page from being PDF/A. Content without either is left as it is, byte for byte, and so are pictures always.
    """
    _Cleaner(pdf).clean(page.obj, page.obj.get(Name.Resources), mode=0)


class _Cleaner:
    def __init__(self, pdf: Pdf) -> None:
        self._pdf = pdf
        self._seen = ObjectSet()

    def clean(self, content: Object, resources: Object | None, *, mode: int) -> None:
        instructions = list(pikepdf.parse_content_stream(content))
        forms = resources.get(Name.XObject) if isinstance(resources, Dictionary) else None
        kept: list[_Instruction] = []
        changed = False
        for instruction, at_mode in _with_mode(instructions, mode):
            operator = str(instruction.operator)
            if operator == "Do" and isinstance(forms, Dictionary):
                self._clean_form(forms.get(str(instruction.operands[0])), resources, mode=at_mode)
            if operator in _SHOWS and at_mode == _INVISIBLE:
                changed = True
                kept += _silenced(operator, list(instruction.operands))
            else:
                kept.append(instruction)
        if not any(str(each.operator) in _SHOWS for each in kept):
            count = len(kept)
            kept = [each for each in kept if str(each.operator) not in _TEXT_ONLY]
            changed |= len(kept) < count
            _drop_fonts(content)
        if changed:
            self._replace(content, pikepdf.unparse_content_stream(kept))

    def _clean_form(self, form: Object | None, outer: Object | None, *, mode: int) -> None:
        if isinstance(form, pikepdf.Stream) and form.get(Name.Subtype) == Name.Form and self._seen.add(form):
            self.clean(form, form.get(Name.Resources, outer), mode=mode)

    def _replace(self, content: Object, data: bytes) -> None:
        if isinstance(content, pikepdf.Stream):
            content.write(data)
        else:
            content.Contents = self._pdf.make_stream(data)


def _drop_fonts(content: Object) -> None:
    """Take the fonts out of a page's or form's own resources, of which other pages may hold the same dictionary."""
    own = content.get(Name.Resources)
    if not isinstance(own, Dictionary) or Name.Font not in own:
        return
    forms = own.get(Name.XObject)
    drawn = (
        [form for form in forms.values() if form.get(Name.Subtype) == Name.Form]
        if isinstance(forms, Dictionary)
        else []
    )
    if all(Name.Resources in form for form in drawn):  # a form without resources uses those of the page
        content.Resources = Dictionary({key: value for key, value in own.items() if key != "/Font"})


def _with_mode(instructions: Sequence[_Instruction], mode: int) -> Iterator[tuple[_Instruction, int]]:
    """Yield each instruction with the text rendering mode that holds there."""
    saved: list[int] = []
    for instruction in instructions:
        operator = str(instruction.operator)
        if operator == "q":
            saved.append(mode)
        elif operator == "Q" and saved:
            mode = saved.pop()
        elif operator == "Tr" and instruction.operands:
            mode = int(instruction.operands[0])
        yield instruction, mode


def _silenced(operator: str, operands: Sequence[Object]) -> list[_Instruction]:
    """Return what a showing operator does besides showing."""
    next_line = ContentStreamInstruction([], Operator("T*"))
    if operator == "'":
        return [next_line]
    if operator == '"':
        word_space = ContentStreamInstruction([operands[0]], Operator("Tw"))
        return [word_space, ContentStreamInstruction([operands[1]], Operator("Tc")), next_line]
    return []
