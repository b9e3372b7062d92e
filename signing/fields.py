"""Signature fields, one for each role, and the pages they stand on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field, enumerate_sig_fields
from pyhanko.sign.validation.pdf_embedded import read_certification_data

from pipeline.domain.geometry import Box
from pipeline.domain.signature import SignerRole
from pipeline.domain.signing_errors import AlreadySigned, SigningFailed
from pipeline.signing_ports import SignaturePlace, SignaturePlan
from signing.places import PageFrame, usual_place

FIELDS = {
    SignerRole.CLERK: "SoHoa-Clerk",
    SignerRole.COPY: "SoHoa-Copy",
    SignerRole.OFFICIAL: "SoHoa-Official",
    SignerRole.SEAL: "SoHoa-Seal",
}
_SAME_PLACE = 2.0
"""points by which a box may differ from the one that was reserved for it"""


class Update(IncrementalPdfFileWriter):
    """An incremental update that leaves metadata and version of the document as they are: they were checked with the copy.

    pyHanko would name version 2.0 with the security store; PDF/A-2 ends at 1.7 (ISO 19005-2 §6.1.2), and ETSI EN 319 142-1 §5.4.1
    puts the store into files of that version.
    """

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        """Leave the version alone."""

    def _update_meta(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class _Spot:
    page: int
    """index from 0"""
    box: Box


def prepare_fields(update: Update, plan: SignaturePlan) -> bool:
    """Make sure that the role has an empty field; return whether this signature has to certify the document.

    The first signature certifies, and allows nothing but further signatures in the fields that are reserved with it, one for each
    role. With `plan.open` it does not, and reserves nothing (docs/decisions/0009).

    Raises:
        AlreadySigned: the role's field holds a signature.
        SigningFailed: there is no such page, an earlier signature locks the document, or has fixed another place.
    """
    found = {name: (value, field) for name, value, field in enumerate_sig_fields(update.prev)}
    name = FIELDS[plan.role]
    if name in found and found[name][0] is not None:
        raise AlreadySigned(role=plan.role.value)
    first = all(value is None for value, _ in found.values())
    pages = int(update.prev.root["/Pages"]["/Count"])
    if not 1 <= plan.page <= pages:
        raise SigningFailed(reason="no_such_page", page=plan.page)
    if name in found:
        _same_place(found[name][1].get_object(), plan)
    elif not first and read_certification_data(update.prev):
        raise SigningFailed(reason="locked")
    wanted = list(SignerRole) if first and not plan.open else [plan.role]
    missing = [role for role in wanted if FIELDS[role] not in found]
    spots = _spots(update, plan, pages) if missing else {}
    for role in missing:
        spot = spots[role]
        append_signature_field(
            update, SigFieldSpec(FIELDS[role], on_page=spot.page, box=_frame_at(update, spot.page).to_pdf(spot.box))
        )
    return first and not plan.open


def place_of_signature(update: Update, plan: SignaturePlan) -> SignaturePlace:
    """Return where a signature by `plan` would stand: in the field that is reserved for it, else where it would be put.

    Raises:
        SigningFailed: there is no such page.
    """
    standing = _place_of(update, plan.role)
    if standing is not None:
        return SignaturePlace(role=plan.role, page=standing[0] + 1, box=standing[1])
    pages = int(update.prev.root["/Pages"]["/Count"])
    if not 1 <= plan.page <= pages:
        raise SigningFailed(reason="no_such_page", page=plan.page)
    spot = _spots(update, plan, pages)[plan.role]
    return SignaturePlace(role=plan.role, page=spot.page + 1, box=spot.box)


def _spots(update: Update, plan: SignaturePlan, pages: int) -> dict[SignerRole, _Spot]:
    """Where each role stands: as the plan says, else in its usual place; the official signs at the end, the seal beside."""
    spots = {place.role: _Spot(place.page - 1, place.box) for place in plan.later if 1 <= place.page <= pages}
    if plan.box is not None:
        spots[plan.role] = _Spot(plan.page - 1, plan.box)
    standing = _place_of(update, SignerRole.OFFICIAL)
    if standing:
        spots[SignerRole.OFFICIAL] = _Spot(*standing)
    for role in SignerRole:  # the seal is the last: it follows the official
        if role in spots:
            continue
        index = pages - 1 if role is SignerRole.OFFICIAL else 0
        if role is plan.role:
            index = plan.page - 1
        official = spots[SignerRole.OFFICIAL] if role is SignerRole.SEAL else None
        if official:
            index = official.page
        frame = _frame_at(update, index)
        box = usual_place(role, frame, official=official.box if official else None, marked=plan.marked)
        spots[role] = _Spot(index, box)
    return spots


def _same_place(field: generic.DictionaryObject, plan: SignaturePlan) -> None:
    """Refuse to put a signature elsewhere than the place that an earlier signature has fixed."""
    if plan.box is None:
        return
    page = field["/P"]
    standing = frame_of(page).to_seen(_rectangle(field))
    if not (plan.box.within(standing, slack=_SAME_PLACE) and standing.within(plan.box, slack=_SAME_PLACE)):
        raise SigningFailed(reason="place_is_fixed", role=plan.role.value)


def _place_of(update: Update, role: SignerRole) -> tuple[int, Box] | None:
    """Return page (index from 0) and box of a role's field in the file, if it has one."""
    for name, _, reference in enumerate_sig_fields(update):
        if name == FIELDS[role]:
            field = reference.get_object()
            page = field.raw_get("/P")
            for index in range(int(update.root["/Pages"]["/Count"])):
                if update.find_page_for_modification(index)[0].reference == page.reference:  # type: ignore[no-untyped-call]
                    return index, frame_of(page.get_object()).to_seen(_rectangle(field))
    return None


def page_of(update: Update, field: str) -> generic.DictionaryObject:
    """Return the page on which a field stands."""
    found = next(reference for name, _, reference in enumerate_sig_fields(update) if name == field)
    page: generic.DictionaryObject = found.get_object()["/P"]
    return page


def frame_of(page: generic.DictionaryObject) -> PageFrame:
    """Return the visible part of a page.

    Raises:
        ValueError: its boxes cannot be read.
    """
    media = _inherited(page, "/MediaBox")
    crop = _inherited(page, "/CropBox") or media
    boxes = [[float(value) for value in box] for box in (media, crop)]
    (ml, mb, mr, mt), (cl, cb, cr, ct) = (
        (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3])) for b in boxes
    )
    rotate = int(_inherited(page, "/Rotate") or 0) % 360
    return PageFrame(
        left=max(ml, cl), bottom=max(mb, cb), right=min(mr, cr), top=min(mt, ct), rotate=rotate - rotate % 90
    )


def _frame_at(update: Update, index: int) -> PageFrame:
    page: generic.IndirectObject = update.find_page_for_modification(index)[0]  # type: ignore[no-untyped-call]
    return frame_of(page.get_object())


def _rectangle(field: generic.DictionaryObject) -> tuple[float, float, float, float]:
    left, bottom, right, top = (float(value) for value in field["/Rect"])
    return left, bottom, right, top


def _inherited(page: generic.DictionaryObject, key: str) -> Any:  # noqa: ANN401 -- a PDF value of any kind
    node: Any = page
    for _ in range(64):  # a page tree deeper than this is a loop
        if key in node:
            return node[key]
        if "/Parent" not in node:
            return None
        node = node["/Parent"]
    raise ValueError("page tree without end")
