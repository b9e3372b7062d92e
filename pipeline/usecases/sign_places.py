"""Where signatures go on a paper that was read: the official's between position and name (NĐ 30/2020/NĐ-CP phụ lục I)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.domain.document import Field
from pipeline.domain.geometry import Box
from pipeline.domain.ids import FieldName
from pipeline.domain.signature import CopyVersion, SignerRole
from pipeline.domain.signing_order import KeptOrder
from pipeline.signing_ports import SignaturePlace, SignaturePlan

POSITION, NAME = FieldName("signer_position"), FieldName("signer_name")

_WIDTH = 150.0
"""points, 53 mm: a signature as people write it"""
_LEAST_HEIGHT, _MOST_HEIGHT = 24.0, 130.0
"""points: what lies closer together leaves no room between the two; what lies further apart is no signer's block"""
_LEAST_ASPECT = 2.0
"""width by height: signatures are longer than high; a higher box would let the seal miss the narrower picture in its middle"""
_ROOM = 2.0
"""points kept free above and below"""


def official_place(fields: Mapping[FieldName, Field]) -> SignaturePlace | None:
    """Return the place between the signer's position and name; None where they were not read, or leave no room."""
    position, name = fields.get(POSITION), fields.get(NAME)
    if position is None or name is None or position.box is None or name.box is None or position.page != name.page:
        return None
    top, bottom = position.box.bottom + _ROOM, name.box.top - _ROOM
    if not _LEAST_HEIGHT <= bottom - top <= _MOST_HEIGHT:
        return None
    centre = (position.box.centre[0] + name.box.centre[0]) / 2
    left = max(centre - _WIDTH / 2, 0.0)
    spare = max(0.0, (bottom - top - _WIDTH / _LEAST_ASPECT) / 2)
    box = Box(left, top + spare, left + _WIDTH, bottom - spare)
    return SignaturePlace(role=SignerRole.OFFICIAL, page=name.page, box=box)


def signature_plan(
    order: KeptOrder, fields: Mapping[FieldName, Field], *, at: dt.datetime, history: Sequence[CopyVersion]
) -> SignaturePlan:
    """Return the plan of one signature; the first of a document fixes the places of all roles, later ones take what is fixed."""
    first = not any(version.role for version in history)
    place = official_place(fields) if first else None
    plan = SignaturePlan(
        role=order.role,
        level=order.level,
        at=at,
        organ=order.organ,
        reference=order.reference,
        marked=any(version.number > 1 and version.role is None for version in history),
    )
    if place is None:
        return plan
    if order.role is SignerRole.OFFICIAL:
        return replace(plan, page=place.page, box=place.box)
    return replace(plan, later=(place,))
