"""What is written of a kill test, for people: each blow, the kinds of them, the laws, and what is broken."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from tests.crash.laws import RESUMED_SECONDS, STRUCK, UNDISTURBED, Law
from tests.crash.paperwork import HandedIn
from tests.crash.run import Run
from tests.crash.watching import Mark, Struck

_COLUMNS = ("back", "taken up", "progress")


def written(run: Run, papers: Sequence[HandedIn], laws: Sequence[Law]) -> str:
    """Write everything down."""
    return "\n".join([*_head(run, papers), "", *_blows(run), "", *_kinds(run), "", *_table(laws), *_broken(laws)])


def _head(run: Run, papers: Sequence[HandedIn]) -> Iterator[str]:
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    yield f"{sum(each.pages for each in papers)} pages in {len(papers)} batches, {run.steps} steps in {run.seconds:.0f} s"
    yield f"{os.cpu_count()} cores, load in the end {load}"
    yield f"`sohoa run` was started {run.starts} times; those who handed in began anew {run.trouble} times"


def _blows(run: Run) -> Iterator[str]:
    yield "Each blow: seconds from it (or from the end of the outage in which it fell) until the part was back, until another"
    yield "one had taken up what it held, and until any work went on. `3.1>#7`: not yet after 3.1 s, when blow 7 fell on it,"
    yield "by which it is judged from then on. `-`: nothing to wait for."
    yield ""
    yield f"{'#':>4} {'at, s':>8}  {'what':26} {'pid':>8} {'lasted':>7} {'held':>5} " + _cells(_COLUMNS)
    for each in run.struck:
        lasted = f"{each.lasted:.1f}" if each.lasted else "-"
        cells = _cells(_cell(each.marks.get(name)) for name in _COLUMNS)
        pid, held = each.pid or "-", len(each.held) or "-"
        yield f"{each.number:4} {each.at:8.1f}  {each.what:26} {pid:>8} {lasted:>7} {held:>5} {cells}"


def _cell(mark: Mark | None) -> str:
    if mark is None:
        return "-"
    if mark.after is None:
        return "never"
    return f"{mark.after:.1f}>#{mark.overtaken_by}" if mark.overtaken_by else f"{mark.after:.1f}"


def _kinds(run: Run) -> Iterator[str]:
    yield f"Seconds until all was as before, by kind; at most {RESUMED_SECONDS:.0f} are allowed"
    yield (
        f"{'what':26} {'blows':>6} {'resumed':>8} {'overtaken':>10} {'never':>6} {'median':>7} {'worst':>7}  worst "
        + _cells(_COLUMNS)
    )
    for what, count in Counter(each.what for each in run.struck).most_common():
        yield _kind(what, count, [each for each in run.struck if each.what == what])
    yield _kind("all", len(run.struck), run.struck)


def _kind(what: str, count: int, struck: Sequence[Struck]) -> str:
    resumed = sorted(each.resumed for each in struck if each.resumed is not None)
    never = sum(any(mark.is_open for mark in each.marks.values()) for each in struck)
    overtaken = count - len(resumed) - never
    middle, worst = (f"{median(resumed):.1f}", f"{resumed[-1]:.1f}") if resumed else ("-", "-")
    columns = _cells(_worst(struck, name) for name in _COLUMNS)
    return f"{what:26} {count:6} {len(resumed):8} {overtaken:10} {never:6} {middle:>7} {worst:>7}        {columns}"


def _worst(struck: Iterable[Struck], name: str) -> str:
    marks = [each.marks[name] for each in struck if name in each.marks]
    known = [mark.after for mark in marks if mark.after is not None and not mark.overtaken_by]
    return f"{max(known):.1f}" if known else "-"


def _cells(words: Iterable[str]) -> str:
    return " ".join(f"{word:>10}" for word in words)


def _table(laws: Sequence[Law]) -> Iterator[str]:
    yield f"{'law':60} {UNDISTURBED:>12} {STRUCK:>8}"
    by_words = {(law.says, law.office): "FAIL" if law.broken else "pass" for law in laws}
    for says in dict.fromkeys(law.says for law in laws):
        cells = (by_words.get((says, office), "-") for office in (UNDISTURBED, STRUCK))
        yield "{:60} {:>12} {:>8}".format(says, *cells)


def _broken(laws: Sequence[Law]) -> Iterator[str]:
    for law in laws:
        if law.broken:
            yield ""
            yield f"Broken, {law.office}: {law.says}"
            yield from (f"  {line}" for each in law.broken for line in each.splitlines())
