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


def drop_invisible_text(pdf: Pdf, page: Page) -> bool:
    """Remove text in render mode 3 from a page and the forms it draws; return whether there was any.

    Content without such text is left as it is, byte for byte, and so are pictures always.
    """
    return _Cleaner(pdf).clean(page.obj, page.obj.get(Name.Resources), mode=0)


class _Cleaner:
    def __init__(self, pdf: Pdf) -> None:
        self._pdf = pdf
        self._seen = ObjectSet()

    def clean(self, content: Object, resources: Object | None, *, mode: int) -> bool:
        instructions = list(pikepdf.parse_content_stream(content))
        forms = resources.get(Name.XObject) if isinstance(resources, Dictionary) else None
        kept: list[_Instruction] = []
        found = within = False
        for instruction, at_mode in _with_mode(instructions, mode):
            operator = str(instruction.operator)
            if operator == "Do" and isinstance(forms, Dictionary):
                within |= self._clean_form(forms.get(str(instruction.operands[0])), resources, mode=at_mode)
            if operator in _SHOWS and at_mode == _INVISIBLE:
                found = True
                kept += _silenced(operator, list(instruction.operands))
            else:
                kept.append(instruction)
        if found:
            self._replace(content, resources, kept)
        return found or within

    def _clean_form(self, form: Object | None, outer: Object | None, *, mode: int) -> bool:
        if not isinstance(form, pikepdf.Stream) or form.get(Name.Subtype) != Name.Form or not self._seen.add(form):
            return False
        return self.clean(form, form.get(Name.Resources, outer), mode=mode)

    def _replace(self, content: Object, resources: Object | None, kept: Sequence[_Instruction]) -> None:
        if not any(str(each.operator) in _SHOWS for each in kept):
            kept = [each for each in kept if str(each.operator) not in _TEXT_ONLY]
            if isinstance(resources, Dictionary) and Name.Font in resources:
                del resources[Name.Font]
        data = pikepdf.unparse_content_stream(kept)
        if isinstance(content, pikepdf.Stream):
            content.write(data)
        else:
            content.Contents = self._pdf.make_stream(data)


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
