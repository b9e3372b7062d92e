"""The main job on invented papers: every page accounted for, papers understood, found again, signed, verified."""

from __future__ import annotations

import hashlib
import json
import subprocess
import unicodedata
from pathlib import Path

import jsonschema
import pikepdf
import pytest

from pipeline.domain.page import PageState
from pipeline.usecases.batch_json import batch_schema
from tests.e2e.conftest import Digitized
from tests.e2e.office import Office

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.enable_socket]


def test_batch_json_keeps_the_contract(digitized: Digitized) -> None:
    jsonschema.validate(digitized.batch, batch_schema())


def test_every_page_of_every_source_is_accounted_for(digitized: Digitized) -> None:
    expected = {(page.ref.source, page.ref.number): page.state for page in digitized.truth.pages}
    found = {(page["source"], page["number"]): PageState(page["state"]) for page in digitized.batch["pages"]}

    assert found == expected


def test_turned_pages_are_turned_back(digitized: Digitized) -> None:
    expected = {
        (page.ref.source, page.ref.number): page.rotation
        for page in digitized.truth.pages
        if page.state is PageState.KEPT
    }
    found = {(page["source"], page["number"]): page["rotation"] for page in digitized.batch["pages"]}

    assert {place: found[place] for place in expected} == expected


def test_papers_are_cut_and_named_as_they_are(digitized: Digitized) -> None:
    expected = [
        (paper.type, paper.dossier, [(ref.source, ref.number) for ref in paper.pages])
        for paper in digitized.truth.papers
    ]
    found = [
        (each["type"], each["dossier"], [(page["source"], page["number"]) for page in each["pages"]])
        for each in digitized.batch["documents"]
    ]

    assert sorted(found) == sorted(expected)


def _same(found: object, expected: object) -> bool:
    """Compare as people do: the same words whatever their case."""
    return str(found).casefold() == str(expected).casefold()


def test_what_is_said_with_confidence_is_on_the_paper(digitized: Digitized) -> None:
    truth = {(paper.pages[0].source, paper.pages[0].number): paper.fields for paper in digitized.truth.papers}
    sure, right = 0, 0
    for document in digitized.batch["documents"]:
        fields = truth[document["pages"][0]["source"], document["pages"][0]["number"]]
        for name, field in document["fields"].items():
            if name in fields and field["confidence"] >= 0.95:
                expected = fields[name]
                sure += 1
                right += _same(field["value"], list(expected) if isinstance(expected, tuple) else expected)

    assert sure >= 10
    assert right >= 0.95 * sure


def test_the_unreadable_file_is_named_and_the_rest_goes_on(digitized: Digitized) -> None:
    refused = [source for source in digitized.batch["sources"] if source["state"] == "refused"]

    assert [(each["name"], each["error"]) for each in refused] == [("hỏng.pdf", "source.truncated")]
    assert "hỏng.pdf [source.truncated]" in digitized.err
    assert digitized.exit_code == 1


def test_copies_are_searchable_and_conform(digitized: Digitized) -> None:
    for document in digitized.batch["documents"]:
        copy = digitized.out / document["copy"]["path"]
        assert hashlib.sha256(copy.read_bytes()).hexdigest() == document["copy"]["sha256"]
        subprocess.run(["qpdf", "--check", copy], check=True, capture_output=True)
        # pikepdf knows level B only: that the copy claims U is all that it may object to
        findings = pikepdf.pdfa.validate_written(copy, "2b").findings
        assert [each.rule for each in findings] == ["ISO_19005_2:6.6.4-3"]
        text = subprocess.run(["pdftotext", "-raw", copy, "-"], check=True, capture_output=True, text=True).stdout
        own = (copy.parent / "text.txt").read_text(encoding="utf-8")
        assert unicodedata.is_normalized("NFC", own)
        assert sorted(text.split()) == sorted(own.split())


def test_the_second_run_finds_everything_done(digitized: Digitized) -> None:
    again = digitized.office.run("digitize", digitized.scans, digitized.out.parent / "hỏng.pdf", "--json")

    assert json.loads(again.stdout) == digitized.batch
    assert "không làm lại" in again.stderr


def test_find_list_show_and_get(digitized: Digitized, tmp_path: Path) -> None:
    office = digitized.office
    wanted = next(each for each in digitized.batch["documents"] if "subject" in each["fields"])
    subject = wanted["fields"]["subject"]["value"]
    bare = "".join(
        letter for letter in unicodedata.normalize("NFD", subject) if not unicodedata.combining(letter)
    ).replace("đ", "d")

    hits = office.json("find", *bare.split())
    listed = office.json("list", "--dossier", wanted["dossier"])
    shown = office.json("show", wanted["id"])
    office.run("get", wanted["id"], "--part", "original", "--out", tmp_path / "original")

    assert wanted["id"] in {hit["document"] for hit in hits["hits"]}
    assert wanted["id"] in {each["id"] for each in listed}
    assert shown["fields"] == wanted["fields"]
    original = digitized.scans / wanted["pages"][0]["source"]
    assert (tmp_path / "original").read_bytes() == original.read_bytes()


def test_sign_and_verify(digitized: Digitized, tmp_path: Path) -> None:
    office = digitized.of_its_own(tmp_path)
    document = digitized.batch["documents"][-1]

    signed = office.json("sign", document["id"], "--role", "copy", "--level", "B-T")
    verified = office.run("verify", document["id"], "--json")
    again = office.run("sign", document["id"], "--role", "copy")
    office.run("get", document["id"], "--out", tmp_path / "signed.pdf")
    unsigned = (digitized.out / document["copy"]["path"]).read_bytes()

    assert signed[0]["version"] == 2
    verdict = json.loads(verified.stdout)
    assert (verified.returncode, verdict["verdict"]) == (0, "valid")
    assert verdict["signatures"][0]["time_proven"] is True
    assert (tmp_path / "signed.pdf").read_bytes().startswith(unsigned)
    assert "signing.already_signed" in again.stderr
    altered = bytearray((tmp_path / "signed.pdf").read_bytes())
    altered[len(unsigned) // 2] ^= 1
    (tmp_path / "altered.pdf").write_bytes(altered)
    refused = office.run("verify", tmp_path / "altered.pdf", "--json")
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["verdict"] == "invalid"


def test_nothing_to_do_is_said_and_has_its_own_exit_code(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    office = Office(home=tmp_path / "home")

    nothing = office.run("digitize", tmp_path / "empty")
    wrong = office.run("digitize")
    unknown = office.run("show", "d-000000000000000000000000")

    assert (nothing.returncode, wrong.returncode, unknown.returncode) == (3, 2, 3)
    assert "batch.nothing_to_read" in nothing.stderr
    assert "record.not_found" in unknown.stderr
