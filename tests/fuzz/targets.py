"""Our own parsers of what anybody sends, each as a function of bytes that must end quietly or with an error of the product's."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.domain.errors import SohoaError
from pipeline.domain.page import RecognisedPage
from pipeline.exchange.dossier_sync import read_dossiers, read_steps
from pipeline.exchange.edxml import read_edxml
from pipeline.exchange.edxml_mime import read_mime
from pipeline.exchange.sip_reading import ZipSource, read_package
from pipeline.exchange.sync_answer import read_answer
from pipeline.intake.archive import extract_members, members
from pipeline.intake.detect import judge
from pipeline.intake.limits import IntakeLimits
from pipeline.intake.mail import MailPolicy, read_mail
from pipeline.intake.walk import is_dropping, natural_key, numbered_name
from pipeline.text.code_payload import payload_text
from pipeline.text.dates import compact_date, find_date, find_moment, read_place_date
from pipeline.text.dossier_code import (
    exact_dossier_code,
    find_dossier_codes,
    misdated_dossier_codes,
    read_dossier_codes,
)
from pipeline.text.identity import find_identity_number, is_spoilt_card_code, parse_card_code, without_other_people
from pipeline.text.mrz import read_card_zone
from pipeline.text.notation import read_reference
from pipeline.understand.procedure_csv import read_table
from pipeline.usecases.export_layout import safe_name
from signing.agent import read_answer as read_agent_answer
from tests.understand.papers import line as line_of
from tests.understand.papers import page as page_of
from tests.understand.test_any_page import go_through
from web.api.ranges import asked_range
from web.certificates import _told

CORPUS: Final = Path(__file__).parent / "corpus"
"""a folder of seeds for each target; what a fuzzer found is kept here as a further seed, with the mending"""
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Target:
    """What is fuzzed."""

    run: Callable[[bytes], object]
    text: bool = False
    """whether it reads text: bytes are then UTF-8, and what is none is replaced"""

    def try_bytes(self, data: bytes) -> None:
        """Run it; errors of the product are answers, any other is a fault."""
        try:
            self.run(data)
        except SohoaError as error:
            str(error).encode()  # what it tells can be written down


def _text(read: Callable[[str], object]) -> Target:
    return Target(lambda data: read(data.decode("utf-8", "replace")), text=True)


def _card_code(text: str) -> None:
    found = parse_card_code(text)
    assert found is None or (len(found.personal_id) == 12 and found.personal_id.isascii())
    is_spoilt_card_code(text)
    bare = without_other_people(text)
    assert without_other_people(bare) == bare


def _dossier_codes(text: str) -> None:
    for code in (*find_dossier_codes(text), *read_dossier_codes(text)):
        assert find_dossier_codes(code) == (code,)
    misdated_dossier_codes(text)
    exact_dossier_code(text)


def _dates(text: str) -> None:
    for found in (find_date(text), compact_date(text)):
        assert found is None or len(found) in {4, 7, 10}
    find_moment(text)
    read_place_date(text)
    read_reference(text)
    find_identity_number(text)


def _names(text: str) -> None:
    natural_key(text)
    is_dropping(text)
    taken = {text}
    assert numbered_name(text, taken) not in taken
    kept = safe_name(text)
    assert kept not in {"", ".", ".."}
    assert not {"/", "\0", "\\"} & set(kept)
    assert len(kept.encode()) <= _LONGEST_NAME


def _range(text: str) -> None:
    size, _, header = text.partition("\n")
    whole = len(size)
    found = asked_range(header, size=whole)
    assert found is None or (found.length > 0 and found.start >= 0 and found.start + found.length <= whole)


def _package(data: bytes) -> None:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return
    with archive:
        read_package(ZipSource(archive))


def _members(data: bytes) -> None:
    limits = IntakeLimits(members=50, unpacked_bytes=1 << 20)
    with tempfile.TemporaryDirectory(prefix="sohoa-fuzz-") as name:
        folder = Path(name)
        (file := folder / "a.zip").write_bytes(data)
        for each in members(file, limits=limits):
            assert not {"..", "."} & set(each.label.split("/"))
            assert not each.label.startswith("/")
        (folder / "out").mkdir()
        extract_members(file, folder / "out", limits=limits)


def _pages(text: str) -> None:
    """Read it as pages: form feeds part them, lines and words are parted as on paper."""
    go_through([_page(part, number) for number, part in enumerate(text.split("\f")[:4], start=1)], [])


def _page(text: str, number: int) -> RecognisedPage:
    lines = [line for line in text.split("\n") if line.split()]
    placed = [line_of(" ".join(each.split()), 60.0, 40.0 + 16.0 * row) for row, each in enumerate(lines[:60])]
    return page_of(placed, number=number)


TARGETS: Final[Mapping[str, Target]] = {
    "card-code": _text(_card_code),
    "card-zone": _text(lambda text: read_card_zone(text.split("\n"))),
    "dossier-code": _text(_dossier_codes),
    "dates": _text(_dates),
    "names": _text(_names),
    "range": _text(_range),
    "client-certificate": Target(lambda data: _told([(b"client-cert", data)])),
    "pages": _text(_pages),
    "code-payload": Target(payload_text),
    "file-kind": Target(judge),
    "archive": Target(_members),
    "edxml": Target(read_edxml),
    "edxml-mime": Target(read_mime),
    "sync-answer": Target(read_answer),
    "dossier-sync": Target(read_dossiers),
    "process-steps": Target(read_steps),
    "package": Target(_package),
    "agent-answer": _text(read_agent_answer),
    "procedures": Target(lambda data: read_table(data, name="table.csv")),
    "mail": Target(lambda data: read_mail(data, policy=MailPolicy(most_files=20))),
}
