"""One paper at a time, for tests and calibration that want many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from enum import StrEnum

import numpy as np
from PIL import Image

from pipeline.domain.ids import TypeCode
from pipeline.specimens import business_papers, civil_papers, land_papers, person_papers, wording
from pipeline.specimens.administrative import invent_letter, wordings
from pipeline.specimens.birth_form import draw_birth_form
from pipeline.specimens.cases import Case, Topic, invent_case
from pipeline.specimens.certificate import Certificate, set_certificate
from pipeline.specimens.identity_card import draw_identity_card
from pipeline.specimens.letter_page import set_letter
from pipeline.specimens.paper import DrawnPaper, PaperTruth
from pipeline.specimens.receipt import draw_receipt

TODAY = dt.date(2026, 3, 31)
"""no paper is younger, unless another day is given"""


class PaperKind(StrEnum):
    """Papers that can be drawn."""

    RECEIPT = "receipt"
    BIRTH_FORM = "birth_form"
    IDENTITY_CARD = "identity_card"
    LAND_DECISION = "land_decision"
    """two pages"""
    ALLOWANCE_DECISION = "allowance_decision"
    PROPOSAL = "proposal"
    POSTING_NOTICE = "posting_notice"
    TAX_NOTICE = "tax_notice"
    VERIFICATION_LETTER = "verification_letter"
    DIGITIZATION_LETTER = "digitization_letter"
    BIRTH_CERTIFICATE = "birth_certificate"
    BIRTH_EXTRACT = "birth_extract"
    MARRIAGE_CERTIFICATE = "marriage_certificate"
    MARITAL_STATUS = "marital_status"
    APPLICATION = "application"
    BUILDING_PERMIT = "building_permit"
    LAND_CERTIFICATE = "land_certificate"
    COMPANY = "company"
    HOUSEHOLD_BUSINESS = "household_business"
    JUDICIAL_RECORD = "judicial_record"
    # every type of NĐ 30/2020 by its code, of agencies of every level
    NGHI_QUYET = "nghi_quyet"
    QUYET_DINH = "quyet_dinh"
    CHI_THI = "chi_thi"
    QUY_CHE = "quy_che"
    QUY_DINH = "quy_dinh"
    THONG_CAO = "thong_cao"
    THONG_BAO = "thong_bao"
    HUONG_DAN = "huong_dan"
    CHUONG_TRINH = "chuong_trinh"
    KE_HOACH = "ke_hoach"
    PHUONG_AN = "phuong_an"
    DE_AN = "de_an"
    DU_AN = "du_an"
    BAO_CAO = "bao_cao"
    BIEN_BAN = "bien_ban"
    TO_TRINH = "to_trinh"
    HOP_DONG = "hop_dong"
    CONG_VAN = "cong_van"
    CONG_DIEN = "cong_dien"
    BAN_GHI_NHO = "ban_ghi_nho"
    BAN_THOA_THUAN = "ban_thoa_thuan"
    GIAY_UY_QUYEN = "giay_uy_quyen"
    GIAY_MOI = "giay_moi"
    GIAY_GIOI_THIEU = "giay_gioi_thieu"
    GIAY_NGHI_PHEP = "giay_nghi_phep"
    PHIEU_GUI = "phieu_gui"
    PHIEU_CHUYEN = "phieu_chuyen"
    PHIEU_BAO = "phieu_bao"
    THU_CONG = "thu_cong"
    NGHI_DINH = "nghi_dinh"
    THONG_TU = "thong_tu"


COUNTER_KINDS = tuple(kind for kind in PaperKind if TypeCode(kind) not in wordings())
"""papers of a counter's dossiers; the other kinds are the administrative types one by one"""


_LETTERS: Mapping[PaperKind, wording.Template] = {
    PaperKind.LAND_DECISION: wording.decide_on_land,
    PaperKind.ALLOWANCE_DECISION: wording.decide_on_allowance,
    PaperKind.PROPOSAL: wording.propose_on_land,
    PaperKind.POSTING_NOTICE: wording.notify_of_posting,
    PaperKind.TAX_NOTICE: wording.notify_of_tax,
    PaperKind.VERIFICATION_LETTER: wording.ask_to_verify,
    PaperKind.DIGITIZATION_LETTER: wording.urge_digitization,
}
_CERTIFICATES: Mapping[PaperKind, Callable[[Case, np.random.Generator], Certificate]] = {
    PaperKind.BIRTH_CERTIFICATE: civil_papers.birth_certificate,
    PaperKind.BIRTH_EXTRACT: civil_papers.birth_extract,
    PaperKind.MARRIAGE_CERTIFICATE: civil_papers.marriage_certificate,
    PaperKind.MARITAL_STATUS: civil_papers.marital_status,
    PaperKind.APPLICATION: person_papers.application,
    PaperKind.BUILDING_PERMIT: land_papers.building_permit,
    PaperKind.LAND_CERTIFICATE: land_papers.land_certificate,
    PaperKind.COMPANY: business_papers.company,
    PaperKind.HOUSEHOLD_BUSINESS: business_papers.household_business,
    PaperKind.JUDICIAL_RECORD: person_papers.judicial_record,
}
_FORMS: Mapping[PaperKind, Callable[..., DrawnPaper]] = {
    PaperKind.RECEIPT: draw_receipt,
    PaperKind.BIRTH_FORM: draw_birth_form,
    PaperKind.IDENTITY_CARD: draw_identity_card,
}
_TOPICS: Mapping[PaperKind, Topic] = {
    PaperKind.BIRTH_FORM: Topic.BIRTH,
    PaperKind.VERIFICATION_LETTER: Topic.BIRTH,
    PaperKind.LAND_DECISION: Topic.LAND,
    PaperKind.PROPOSAL: Topic.LAND,
    PaperKind.ALLOWANCE_DECISION: Topic.ALLOWANCE,
    PaperKind.POSTING_NOTICE: Topic.ALLOWANCE,
    PaperKind.TAX_NOTICE: Topic.BUSINESS,
    PaperKind.BIRTH_CERTIFICATE: Topic.BIRTH,
    PaperKind.BIRTH_EXTRACT: Topic.BIRTH,
    PaperKind.LAND_CERTIFICATE: Topic.LAND,
    PaperKind.BUILDING_PERMIT: Topic.LAND,
    PaperKind.COMPANY: Topic.BUSINESS,
    PaperKind.HOUSEHOLD_BUSINESS: Topic.BUSINESS,
}


def draw_paper(
    kind: PaperKind, rng: np.random.Generator, *, dpi: int = 200, today: dt.date = TODAY
) -> tuple[Image.Image, PaperTruth]:
    """Draw the first page of a paper of an invented case, clean and upright, and say what the paper is and says."""
    paper = draw_for(_case_for(kind, rng, today=today), kind, rng, dpi=dpi)
    return paper.pages[0].picture, paper.truth


def draw_whole(kind: PaperKind, rng: np.random.Generator, *, dpi: int = 200, today: dt.date = TODAY) -> DrawnPaper:
    """Draw all pages of a paper of an invented case, with the place of every line, code, seal and autograph."""
    return draw_for(_case_for(kind, rng, today=today), kind, rng, dpi=dpi)


def draw_for(case: Case, kind: PaperKind, rng: np.random.Generator, *, dpi: int) -> DrawnPaper:
    """Draw a paper of a given case."""
    if kind in _LETTERS:
        return set_letter(_LETTERS[kind](case, rng), rng, dpi=dpi)
    if kind in _CERTIFICATES:
        return set_certificate(_CERTIFICATES[kind](case, rng), rng, dpi=dpi)
    if kind in _FORMS:
        return _FORMS[kind](case, rng, dpi=dpi)
    # types that are drawn with one seed differ in more than their wording
    own = np.random.default_rng([int(rng.integers(2**32)), *kind.encode()])
    return set_letter(invent_letter(TypeCode(kind), case, own), own, dpi=dpi)


def _case_for(kind: PaperKind, rng: np.random.Generator, *, today: dt.date) -> Case:
    topics = tuple(Topic)
    topic = _TOPICS.get(kind) or topics[int(rng.integers(len(topics)))]
    return invent_case(rng, topic=topic, today=today)
