"""The comparison of what was signed with what is shown now, by itself and as a part of validation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from pipeline.domain.signature import SignerRole, Verdict
from signing.issuing import Identity
from signing.look import EarlierState, Sameness, compare_states
from signing.validate import ValidationLimits, Validator
from tests.signing.pki import NOW, Pki, make_pdf, plan
from tests.signing.test_forgeries import annotation, appended, content_in_place, moved_field, other_content, page_of

Sign = Callable[..., Path]


def compared(path: Path, before: bytes, after: bytes, **excepted: object) -> Sameness:
    path.write_bytes(after)
    (found,) = compare_states(path, [EarlierState(end=len(before), **excepted)], 30)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("change", [other_content, content_in_place, annotation])
def test_another_look_is_seen(signed_once: bytes, tmp_path: Path, change: Callable[..., None]) -> None:
    assert compared(tmp_path / "file.pdf", signed_once, appended(signed_once, change)) is Sameness.DIFFERENT


def test_an_empty_field_looks_like_nothing(signed_once: bytes, tmp_path: Path) -> None:
    assert compared(tmp_path / "file.pdf", signed_once, appended(signed_once, moved_field)) is Sameness.SAME


def stamped_beside(writer: IncrementalPdfFileWriter) -> None:
    """Adds ink to the page's grey square, in a place where a later signature may stand."""
    content = b"0.5 g 100 100 200 200 re f 1 0 0 rg 400 400 50 50 re f"
    page_of(writer)[generic.pdf_name("/Contents")] = writer.add_object(generic.StreamObject(stream_data=content))


def test_excepted_places_do_not_count(signed_once: bytes, tmp_path: Path) -> None:
    after = appended(signed_once, stamped_beside)
    place, everything = {0: ((400.0, 400.0, 450.0, 450.0),)}, {0: ((0.0, 0.0, 595.0, 842.0),)}
    assert compared(tmp_path / "file.pdf", signed_once, after) is Sameness.DIFFERENT
    assert compared(tmp_path / "file.pdf", signed_once, after, excepted=place) is Sameness.SAME
    assert compared(tmp_path / "file.pdf", signed_once, after, excepted=everything) is Sameness.DIFFERENT


def test_what_lay_in_an_excepted_place_may_not_vanish(signed_once: bytes, tmp_path: Path) -> None:
    after = appended(signed_once, other_content_white)
    place = {0: ((90.0, 90.0, 310.0, 310.0),)}
    assert compared(tmp_path / "file.pdf", signed_once, after, excepted=place) is Sameness.DIFFERENT


def other_content_white(writer: IncrementalPdfFileWriter) -> None:
    page_of(writer)[generic.pdf_name("/Contents")] = writer.add_object(
        generic.StreamObject(stream_data=b"1 g 0 0 9 9 re f")
    )


def test_what_cannot_be_drawn_is_unknown(signed_once: bytes, tmp_path: Path) -> None:
    assert compared(tmp_path / "file.pdf", b"%PDF-1.7", signed_once) is Sameness.UNKNOWN


def test_when_the_time_is_over_the_rest_is_unknown(signed_once: bytes, tmp_path: Path) -> None:
    (path := tmp_path / "file.pdf").write_bytes(signed_once)
    ticks: Iterator[float] = iter([0.0, 11.0])
    state = EarlierState(end=len(signed_once))
    assert compare_states(path, [state], 10, stopwatch=lambda: next(ticks)) == [Sameness.UNKNOWN]


@pytest.mark.parametrize("rotate", [0, 90])
def test_later_signatures_look_as_they_may(
    sign: Sign, pki: Pki, tmp_path: Path, official: Identity, rotate: int
) -> None:
    file = make_pdf(tmp_path / "copy.pdf", rotate=rotate, pages=2)
    for role in SignerRole:
        file = sign(file, official, plan(role))
    verdict = Validator(trust=pki.trust(), compare=compare_states).validate(file, at=NOW)
    assert [each.reason for each in verdict.signatures] == ["TOTAL_PASSED"] * 4


@pytest.mark.parametrize(
    ("sameness", "verdict", "reason"),
    [
        (Sameness.SAME, Verdict.VALID, "TOTAL_PASSED"),
        (Sameness.DIFFERENT, Verdict.INVALID, "LOOKS_DIFFERENT"),
        (Sameness.UNKNOWN, Verdict.INDETERMINATE, "LOOK_NOT_COMPARED"),
    ],
)
def test_the_verdict_follows_the_look(  # noqa: PLR0917 -- fixtures
    sign: Sign, pki: Pki, pdf: Path, official: Identity, sameness: Sameness, verdict: Verdict, reason: str
) -> None:
    first = sign(pdf, official)
    both = sign(first, official, plan(SignerRole.COPY))
    asked: list[tuple[int, float]] = []

    def compare(_: Path, states: list[EarlierState], seconds: float) -> list[Sameness]:
        asked.extend((state.end, seconds) for state in states)
        return [sameness for _ in states]

    validator = Validator(trust=pki.trust(), compare=compare, limits=ValidationLimits(look_seconds=7))  # type: ignore[arg-type]
    found = validator.validate(both, at=NOW).signatures
    assert [(each.verdict, each.reason) for each in found] == [(verdict, reason), (Verdict.VALID, "TOTAL_PASSED")]
    assert asked == [(first.stat().st_size, 7)]
