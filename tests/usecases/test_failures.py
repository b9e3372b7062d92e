"""What fails: a page, a copy, a tool, the store, the disk, the process. Nothing is lost and nothing is done twice."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from pipeline.domain.errors import (
    CannotWrite,
    CopyNotConforming,
    MachineExhausted,
    ObjectAltered,
    ReaderCrashed,
    SohoaError,
    SourceTooSlow,
    StoreUnavailable,
    ToolFailed,
    ToolMissing,
)
from pipeline.domain.page import PageState, RecognisedPage
from pipeline.domain.source import SourceState
from pipeline.ports import Area, StoredObject
from pipeline.usecases.assemble_copies import _Assemble, _assemble
from pipeline.usecases.digitize_means import Tools
from pipeline.usecases.export_batch import export_batch
from pipeline.usecases.inspect_sources import _look, refusal_details
from pipeline.usecases.read_pages import _Read
from pipeline.usecases.validate_signed import _validate
from storage.records import open_records
from tests.fakes.author import CLERK
from tests.usecases.bench import POLICY, Bench, FixedClock, open_bench, pdf, picture, read


def _failing(on: Callable[[Any], bool], error: SohoaError) -> Callable[[Any], RecognisedPage]:
    def reader(task: _Read) -> RecognisedPage:
        if on(task):
            raise error
        return read(task)

    return reader


def test_one_page_that_fails_does_not_stop_the_others(bench: Bench, scans: Path) -> None:
    pdf(scans / "a.pdf", pages=3)
    bench.workers.instead["_read"] = _failing(lambda task: task.ref.number == 2, ReaderCrashed(exit_code=-11))

    batch = bench.digitize(scans)

    assert [(page.state, page.reason) for page in batch.pages] == [
        (PageState.KEPT, None),
        (PageState.FAILED, "source.crashed_reader"),
        (PageState.KEPT, None),
    ]
    assert [source.state for source in batch.sources] == [SourceState.DIGITIZED]
    assert all(ref.number != 2 for each in batch.documents for ref in each.understood.pages)


@pytest.mark.parametrize("error", [SourceTooSlow(limit="seconds", allowed=1), ReaderCrashed(exit_code=-9)])
def test_of_a_file_whose_pages_cost_too_much_the_others_are_not_tried(
    bench: Bench, scans: Path, error: SohoaError
) -> None:
    pdf(scans / "a.pdf", pages=7)
    pdf(scans / "b.pdf", pages=2, mark="b")
    bench.workers.instead["_read"] = _failing(lambda task: task.ref.source == "a.pdf" and task.ref.number > 1, error)

    batch = bench.digitize(scans)

    assert [(page.ref.source, page.reason) for page in batch.pages] == [
        ("a.pdf", None),
        *[("a.pdf", error.code)] * 3,
        *[("a.pdf", "source.given_up")] * 3,
        *[("b.pdf", None)] * 2,
    ]
    assert bench.workers.count("_read") == 6
    assert [source.state for source in batch.sources] == [SourceState.DIGITIZED] * 2


def test_a_good_page_between_two_costly_ones_is_reason_to_go_on_but_not_for_ever(bench: Bench, scans: Path) -> None:
    pdf(scans / "a.pdf", pages=50)
    bench.policy = replace(POLICY, part_pages=100)
    bench.workers.instead["_read"] = _failing(
        lambda task: task.ref.number % 2 == 1, SourceTooSlow(limit="seconds", allowed=1)
    )
    batch = bench.digitize(scans)
    reasons = Counter(page.reason for page in batch.pages)
    assert reasons == {None: 19, "source.too_slow": 20, "source.given_up": 11}


def test_errors_that_come_at_once_are_no_reason_to_give_up(bench: Bench, scans: Path) -> None:
    pdf(scans / "a.pdf", pages=30)
    bench.workers.instead["_read"] = _failing(
        lambda task: task.ref.number <= 25, ReaderCrashed(problem="ValueError: ...")
    )
    batch = bench.digitize(scans)
    assert [page.state for page in batch.pages[25:]] == [PageState.KEPT] * 5


def test_no_copy_is_tried_page_by_page_for_days(bench: Bench, scans: Path) -> None:
    pdf(scans / "a.pdf", pages=9)

    def never(_: object) -> str:
        raise SourceTooSlow(limit="seconds", allowed=1)

    bench.workers.instead["_assemble"] = never
    batch = bench.digitize(scans)
    tried = [len(task.pages) for name, task in bench.workers.ran if name == "_assemble"]
    assert tried.count(1) == 3
    assert {page.state for page in batch.pages} == {PageState.FAILED}
    assert Counter(page.reason for page in batch.pages) == {"source.too_slow": 3, "source.given_up": 6}


def test_a_source_all_of_whose_pages_fail_is_refused_and_its_pages_stay_named(bench: Bench, scans: Path) -> None:
    pdf(scans / "a.pdf", pages=2)
    picture(scans / "b.png")
    bench.workers.instead["_read"] = _failing(lambda task: task.ref.source == "a.pdf", ReaderCrashed())

    batch = bench.digitize(scans)

    assert [(source.state, source.error) for source in batch.sources] == [
        (SourceState.REFUSED, "source.crashed_reader"),
        (SourceState.DIGITIZED, None),
    ]
    assert [page.state for page in batch.pages] == [PageState.FAILED, PageState.FAILED, PageState.KEPT]


def test_a_signed_source_is_kept_even_if_no_page_of_it_can_be_read(bench: Bench, scans: Path) -> None:
    pdf(scans / "a.pdf", signed=True)
    bench.workers.instead["_read"] = _failing(lambda _: True, ReaderCrashed())

    (source,) = bench.digitize(scans).sources

    assert source.state is SourceState.KEPT_SIGNED


def test_a_tool_that_fails_on_one_page_is_that_pages_affair(bench: Bench, scans: Path) -> None:
    pdf(scans / "a.pdf", pages=2)
    bench.workers.instead["_read"] = _failing(lambda task: task.ref.number == 1, ToolFailed(tool="t", reason="r"))

    assert [page.state for page in bench.digitize(scans).pages] == [PageState.FAILED, PageState.KEPT]


@pytest.mark.parametrize("error", [ToolFailed(tool="t", reason="r"), ToolMissing(tool="t", package="p")])
def test_a_tool_that_fails_on_everything_stops_the_batch_which_goes_on_later(
    bench: Bench, scans: Path, error: SohoaError
) -> None:
    pdf(scans / "a.pdf", pages=2)
    bench.workers.instead["_read"] = _failing(lambda _: True, error)
    with pytest.raises(type(error)):
        bench.digitize(scans)
    bench.workers.instead["_read"] = read

    assert [page.state for page in bench.digitize(scans).pages] == [PageState.KEPT, PageState.KEPT]


def test_one_copy_that_cannot_be_made_fails_its_pages_only(bench: Bench, scans: Path) -> None:
    pdf(scans / "a.pdf", signed=True, mark="a")
    pdf(scans / "b.pdf", signed=True, mark="b")

    def assemble(task: _Assemble) -> str:
        if task.pages[0].reading.ref.source == "a.pdf":
            raise CopyNotConforming(problem="scripted", findings=1)
        task.target.write_bytes(b"%PDF-copy")
        return "2u"

    bench.workers.instead["_assemble"] = assemble
    batch = bench.digitize(scans)

    assert [(page.ref.source, page.state, page.reason) for page in batch.pages] == [
        ("a.pdf", PageState.FAILED, "copy.not_conforming"),
        ("b.pdf", PageState.KEPT, None),
    ]
    assert [each.understood.pages[0].source for each in batch.documents] == ["b.pdf"]
    known = {each.understood.id for each in batch.documents}
    assert {document for dossier in batch.dossiers for document in dossier.documents} <= known
    assert all(dossier.documents for dossier in batch.dossiers)


@pytest.mark.parametrize("error", [ReaderCrashed(exit_code=-11), SourceTooSlow(limit="seconds", allowed=1)])
def test_a_page_that_spoils_its_paper_does_not_take_the_others_with_it(
    bench: Bench, scans: Path, error: SohoaError
) -> None:
    """All four pages look like one paper; nobody can write down the second page of the PDF."""
    for name in ("a.png", "c.png"):
        picture(scans / name, shade=100 + ord(name[0]))
    pdf(scans / "b.pdf", pages=2)

    def assemble(task: _Assemble) -> str:
        if any((page.reading.ref.source, page.number) == ("b.pdf", 2) for page in task.pages):
            raise error
        return _assemble(task)

    bench.workers.instead["_assemble"] = assemble
    batch = bench.digitize(scans)

    assert [(page.ref.source, page.ref.number, page.state, page.reason) for page in batch.pages] == [
        ("a.png", 1, PageState.KEPT, None),
        ("b.pdf", 1, PageState.KEPT, None),
        ("b.pdf", 2, PageState.FAILED, error.code),
        ("c.png", 1, PageState.KEPT, None),
    ]
    copied = {(ref.source, ref.number) for each in batch.documents for ref in each.understood.pages}
    assert copied == {("a.png", 1), ("b.pdf", 1), ("c.png", 1)}
    assert [source.state for source in batch.sources] == [SourceState.DIGITIZED] * 3


def test_a_full_disk_stops_the_batch_and_loses_no_paper(bench: Bench, scans: Path) -> None:
    picture(scans / "a.png")

    def assemble(_: object) -> str:
        raise MachineExhausted(path="/tmp", reason="No space left on device")

    bench.workers.instead["_assemble"] = assemble
    with pytest.raises(MachineExhausted):
        bench.digitize(scans)
    del bench.workers.instead["_assemble"]
    bench.workers.ran.clear()

    assert len(bench.digitize(scans).documents) == 1
    assert bench.workers.count("_read") == 0


_TASKS: dict[str, Callable[[Any], object]] = {
    "_look": _look,
    "_validate": _validate,
    "_read": read,
    "_assemble": _assemble,
}


class Killed(BaseException):
    """Stands for kill -9: nothing of ours catches it."""


@pytest.mark.parametrize("after", range(1, 8))
def test_killed_after_any_task_the_end_is_the_same_and_nothing_is_done_twice(
    tmp_path: Path, scans: Path, after: int
) -> None:
    pdf(scans / "a.pdf", pages=2, signed=True)
    picture(scans / "b.png")
    with open_bench(_folder(tmp_path / "undisturbed")) as quiet:
        expected = quiet.digitize(scans)
        tasks = list(quiet.workers.ran)
    assert len(tasks) > 7
    with open_bench(_folder(tmp_path / "disturbed")) as bench:
        done = bench.workers.ran

        def stop(task: object, work: Callable[[Any], object]) -> object:
            if len(done) > after:
                raise Killed
            return work(task)

        originals = dict(bench.workers.instead)
        for name, work in _TASKS.items():
            bench.workers.instead[name] = functools.partial(stop, work=work)
        with pytest.raises(Killed):
            bench.digitize(scans)
        finished = len(done) - 1
        done.clear()
        bench.workers.instead.clear()
        bench.workers.instead.update(originals)

        assert bench.digitize(scans) == expected
        assert finished + len(done) == len(tasks)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_a_store_that_goes_down_in_the_middle_ends_the_run_and_the_next_one_goes_on(
    bench: Bench, scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdf(scans / "a.pdf", pages=3)
    put, calls = bench.objects.put, []

    def failing(area: Area, stream: BinaryIO) -> StoredObject:
        calls.append(area)
        if len(calls) > 4:
            raise StoreUnavailable(reason="scripted")
        return put(area, stream)

    monkeypatch.setattr(bench.objects, "put", failing)
    with pytest.raises(StoreUnavailable):
        bench.digitize(scans)
    monkeypatch.undo()
    before = bench.workers.count("_read")

    batch = bench.digitize(scans)

    assert [page.state for page in batch.pages] == [PageState.KEPT] * 3
    assert bench.workers.count("_read") == 3 + before - 2  # the one that could not be kept is read again


def test_an_altered_source_is_found_before_it_is_read(bench: Bench, scans: Path) -> None:
    picture(scans / "a.png")
    (source,) = bench.receive(scans).sources
    bench.objects.kept[Area.ARCHIVE, source.sha256] = b"\x89PNG altered"

    with pytest.raises(ObjectAltered):
        bench.digitize(scans)


def test_derived_objects_may_be_removed(bench: Bench, scans: Path) -> None:
    picture(scans / "a.png")
    bench.workers.instead["_assemble"] = _raising(MachineExhausted(path="", reason=""))
    with pytest.raises(MachineExhausted):
        bench.digitize(scans)
    for area, sha256 in list(bench.objects.kept):
        if area is Area.DERIVED:
            del bench.objects.kept[area, sha256]
    del bench.workers.instead["_assemble"]

    assert len(bench.digitize(scans).documents) == 1


def _raising(error: SohoaError) -> Callable[[Any], Any]:
    def work(_: object) -> object:
        raise error

    return work


def test_another_reader_reads_anew_and_another_copier_does_not(bench: Bench, scans: Path) -> None:
    picture(scans / "a.png")
    (scans.parent / "both").mkdir()
    bench.digitize(scans)
    for name in ("a.png", "b.png"):  # another batch with the same page in it
        picture(scans.parent / "both" / name, shade=200 if name == "a.png" else 100)
    bench.workers.ran.clear()

    bench.digitize(scans.parent / "both")
    known = bench.workers.count("_read")
    bench.with_tools(Tools(read="reader 2", copy=POLICY.tools.copy))
    picture(scans.parent / "both" / "c.png", shade=50)
    bench.digitize(scans.parent / "both")

    assert known == 1
    assert bench.workers.count("_read") == 1 + 3


def test_where_the_network_lies_says_nothing_and_its_name_does(bench: Bench, scans: Path) -> None:
    picture(scans / "a.png", shade=250)
    for count, network in enumerate(("/here/net-1.onnx", "/there/net-1.onnx", "/here/net-2.onnx")):
        bench.policy = replace(POLICY, read=replace(POLICY.read, network=Path(network)))
        picture(scans / f"b{count}.png", shade=count)
        bench.digitize(scans)

    # a.png and b0.png; b1.png alone; all four with the other network
    assert bench.workers.count("_read") == 2 + 1 + 4


def test_why_a_file_is_over_a_limit_is_still_known_afterwards(bench: Bench, scans: Path) -> None:
    pdf(scans / "a.pdf", pages=3)
    limits = replace(POLICY.limits, pages=2)
    bench.policy = replace(POLICY, limits=limits)

    (source,) = bench.digitize(scans).sources
    details = refusal_details(source, objects=bench.objects, ledger=bench.services.ledger, limits=limits)

    assert source.error == "source.too_large"
    assert (details["limit"], details["allowed"]) == ("pages", 2)


def test_a_folder_that_cannot_be_written_to_is_named(bench: Bench, scans: Path, tmp_path: Path) -> None:
    picture(scans / "a.png")
    batch = bench.digitize(scans)
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    records = open_records(f"sqlite:///{tmp_path / 'records.db'}", clock=FixedClock(), author=CLERK)
    try:
        with pytest.raises(CannotWrite) as caught:
            export_batch(batch, tmp_path / "file" / "out", objects=bench.objects, versions=records.versions)
        written = export_batch(batch, tmp_path / "out", objects=bench.objects, versions=records.versions)
        copy = written.parent / batch.documents[0].understood.id / "copy.pdf"
        first = copy.stat().st_ino
        export_batch(batch, tmp_path / "out", objects=bench.objects, versions=records.versions)
    finally:
        records.close()

    assert str(tmp_path / "file") in str(caught.value.details["path"])
    assert copy.stat().st_ino == first
    assert sorted(each.name for each in copy.parent.iterdir()) == ["copy.pdf", "fields.json", "text.txt"]
