"""Files whose structure lies: ranges with gaps and overlaps, values twice, tables that contradict, endless loops, a thousand signatures.

Universal forgery, incremental saving and wrapping (CCS 2019) and what else makes two readers see two documents. Each file gets an
answer in bounded time, and that is never valid.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from pipeline.domain.signature import FileVerdict, Verdict
from signing.issuing import Identity
from signing.look import compare_states
from signing.validate import Validator
from tests.signing.pki import DAY, NOW, Pki, make_pdf
from tests.signing.test_forgeries import appended, gap

Judge = Callable[[bytes], FileVerdict]
SECONDS = 10
"""for one file; most take a fiftieth of a second"""


@pytest.fixture
def judge(pki: Pki, tmp_path: Path) -> Judge:
    validator = Validator(trust=pki.trust(), compare=compare_states)

    def run(data: bytes) -> FileVerdict:
        (path := tmp_path / "file.pdf").write_bytes(data)
        started = time.monotonic()
        verdict = validator.validate(path, at=NOW + DAY)
        assert time.monotonic() - started < SECONDS
        return verdict

    return run


def with_range(data: bytes, text: bytes) -> bytes:
    match = re.search(rb"/ByteRange \[[^\]]*\]\s*", data)
    assert match
    assert len(text) <= len(match[0])
    return data[: match.start()] + text.ljust(len(match[0])) + data[match.end() :]


RANGES: dict[str, Callable[[int, int, int], str]] = {
    "gap later": lambda start, end, size: f"0 {start} {end + 10} {size - end - 10}",
    "gap earlier": lambda start, end, size: f"0 {start - 10} {end} {size - end}",
    "overlap": lambda start, end, size: f"0 {start + 10} {end - 10} {size - end}",
    "late start": lambda start, end, size: f"1 {start - 1} {end} {size - end}",
    "over the end": lambda start, end, size: f"0 {start} {end} {size}",
    "short": lambda start, end, size: f"0 {start} {end} {size - end - 1}",
    "three": lambda start, end, size: f"0 {start} {end}",
    "six": lambda start, end, size: f"0 9 9 {start - 9} {end} 9",
    "negative": lambda start, end, size: f"0 {start} -{end} {size}",
    "huge": lambda start, end, size: f"0 {start} {end} 99999999999999999",
    "real": lambda start, end, size: f"0. {start}.0 {end}.0 9.0",
    "names": lambda start, end, size: "/a /b /c /d",
    "nested": lambda start, end, size: f"[0 {start} {end} 9]",
    "itself": lambda start, end, size: "0 99 0 R 1 2",
    "all": lambda start, end, size: f"0 {size} {size} 0",
    "nothing": lambda start, end, size: "0 0 0 0",
}


@pytest.mark.parametrize("ranges", RANGES)
def test_ranges(judge: Judge, signed_once: bytes, ranges: str) -> None:
    start, end = gap(signed_once)
    text = RANGES[ranges](start, end, len(signed_once)).encode()
    changed = with_range(signed_once, b"/ByteRange [%s]" % text)
    assert judge(changed).verdict is not Verdict.VALID


@pytest.mark.parametrize("junk", [b" ", b"\n", b"junk\n", b"%PDF-1.4\n", b"\x00" * 1000, b"\xef\xbb\xbf"])
def test_before_the_head(judge: Judge, plain: bytes, official: Identity, signed_once: bytes, junk: bytes) -> None:
    assert judge(junk + signed_once).verdict is not Verdict.VALID


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_pdf(tmp_path_factory.mktemp("plain") / "plain.pdf").read_bytes()


def other_field(writer: IncrementalPdfFileWriter) -> DictionaryObject:
    """Add a signature field that holds the value of the first."""
    fields = writer.root["/AcroForm"]["/Fields"]
    first = next(each for each in map(fields.__getitem__, range(len(fields))) if "/V" in each)
    field = DictionaryObject(
        {pdf_name("/FT"): pdf_name("/Sig"), pdf_name("/T"): pdf_string("Other"), pdf_name("/V"): first.raw_get("/V")}
    )
    fields.append(writer.add_object(field))
    writer.update_container(fields)
    return field


def shared_value(writer: IncrementalPdfFileWriter) -> None:
    other_field(writer)


def copied_value(writer: IncrementalPdfFileWriter) -> None:
    field = other_field(writer)
    field[pdf_name("/V")] = writer.add_object(DictionaryObject(dict(field["/V"])))


def moved_value(writer: IncrementalPdfFileWriter) -> None:
    """Wrapping: the signature dictionary stands in a later revision, its range names the earlier bytes."""
    fields = writer.root["/AcroForm"]["/Fields"]
    first = next(each for each in map(fields.__getitem__, range(len(fields))) if "/V" in each)
    first[pdf_name("/V")] = writer.add_object(DictionaryObject(dict(first["/V"])))
    writer.update_container(first)


def hidden_field(writer: IncrementalPdfFileWriter) -> None:
    """The form names other fields: the signature is there, and nobody finds it."""
    form = writer.root["/AcroForm"]
    form[pdf_name("/Fields")] = ArrayObject()
    writer.update_container(form)
    writer.update_root()


def kids_in_a_ring(writer: IncrementalPdfFileWriter) -> None:
    field = DictionaryObject({pdf_name("/T"): pdf_string("Ring")})
    reference = writer.add_object(field)
    field[pdf_name("/Kids")] = ArrayObject([reference])
    fields = writer.root["/AcroForm"]["/Fields"]
    fields.append(reference)
    writer.update_container(fields)


@pytest.mark.parametrize("change", [shared_value, copied_value, moved_value, hidden_field, kids_in_a_ring])
def test_values_and_fields(
    judge: Judge, signed_once: bytes, change: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    assert judge(appended(signed_once, change)).verdict is not Verdict.VALID


def revision(
    data: bytes, body: bytes, entries: list[tuple[int, bytes]], trailer: bytes = b"", **options: bytes
) -> bytes:
    """Append a hand-made revision with a table; entries are (object number, the text at which it stands)."""
    previous = int(data.rsplit(b"startxref", 1)[1].split()[0])
    start = len(data) + len(body)
    table = b"".join(b"%d 1\n%010d 00000 n \n" % (number, len(data) + body.index(text)) for number, text in entries)
    root = re.findall(rb"/Root (\d+ 0 R)", data)[-1]
    end = options.get("end", b"startxref\n%d\n%%%%EOF\n" % start)
    trailer = trailer or b"<< /Size 200 /Root %s /Prev %d >>" % (root, previous)
    return data + body + b"xref\n" + table + b"trailer\n" + trailer + b"\n" + end


PAGE = b"\n4 0 obj\n<< /Length 26 >>\nstream\n1 0 0 rg 0 0 500 500 re f \nendstream\nendobj\n"
UNLISTED = b"\n4 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\n190 0 obj\n<< >>\nendobj\n"


def last_table(data: bytes) -> int:
    return int(data.rsplit(b"startxref", 1)[1].split()[0])


FILES: dict[str, Callable[[bytes], bytes]] = {
    "content": lambda data: revision(data, PAGE, [(4, b"4 0 obj")]),
    "not listed": lambda data: revision(data, UNLISTED, [(190, b"190 0 obj")]),
    "empty table": lambda data: revision(data, PAGE, []),
    "twice listed": lambda data: revision(data, PAGE + UNLISTED, [(4, PAGE[1:]), (4, UNLISTED[1:])]),
    "no table": lambda data: data + PAGE + b"startxref\n%d\n%%%%EOF\n" % last_table(data),
    "no trailer": lambda data: data + PAGE + b"xref\n4 1\n%010d 00000 n \n" % (len(data) + 1),
    "table twice": lambda data: revision(revision(data, PAGE, [(4, b"4 0 obj")]), b"", []),
    "own previous": lambda data: revision(
        data, PAGE, [(4, b"4 0 obj")],
        b"<< /Size 200 /Root 1 0 R /Prev %d >>" % (len(data) + len(PAGE)),
    ),
    "previous beyond": lambda data: revision(
        data, PAGE, [(4, b"4 0 obj")], b"<< /Size 200 /Root 1 0 R /Prev 99999999 >>"
    ),
    "no previous": lambda data: revision(data, PAGE, [(4, b"4 0 obj")], b"<< /Size 200 /Root 1 0 R >>"),
    "end in a comment": lambda data: data + PAGE + b"%%startxref\n%d\n%%%%EOF\n" % last_table(data),
    "end twice": lambda data: data + b"\nstartxref\n%d\n%%%%EOF\n" % last_table(data),
    "two documents": lambda data: data + data,
    "half": lambda data: data[: len(data) // 2],
    "without its end": lambda data: data[:-7],
    "only the end": lambda data: data[-200:],
    "table cut": lambda data: data.replace(b"startxref", b"startxerf"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_tables(judge: Judge, signed_once: bytes, name: str) -> None:
    assert judge(FILES[name](signed_once)).verdict is not Verdict.VALID


def test_a_thousand_signatures_are_too_many(judge: Judge, signed_once: bytes) -> None:
    def many(writer: IncrementalPdfFileWriter) -> None:
        fields = writer.root["/AcroForm"]["/Fields"]
        value = next(each for each in map(fields.__getitem__, range(len(fields))) if "/V" in each).raw_get("/V")
        for number in range(1000):
            field = DictionaryObject(
                {pdf_name("/FT"): pdf_name("/Sig"), pdf_name("/T"): pdf_string(f"N{number}"), pdf_name("/V"): value}
            )
            fields.append(writer.add_object(field))
        writer.update_container(fields)

    verdict = judge(appended(signed_once, many))
    assert (verdict.verdict, verdict.reason) == (Verdict.INDETERMINATE, "TOO_MANY_SIGNATURES")


def test_every_cut_gets_an_answer(judge: Judge, signed_once: bytes) -> None:
    for end in range(0, len(signed_once) - 8, len(signed_once) // 40):
        assert judge(signed_once[:end]).verdict is not Verdict.VALID


def test_noise_gets_an_answer(judge: Judge, signed_once: bytes) -> None:
    """Blocks of the file are exchanged, doubled, left out."""
    blocks = [signed_once[start : start + 1500] for start in range(0, len(signed_once), 1500)]
    for number in range(len(blocks) - 1):
        swapped = io.BytesIO()
        for index, block in enumerate(blocks):
            swapped.write(blocks[number + 1] if index == number else b"" if index == number + 1 else block)
        assert judge(swapped.getvalue()).verdict is not Verdict.VALID
