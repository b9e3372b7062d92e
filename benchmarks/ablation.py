"""What each cleaner is worth: every page read with all cleaners and with one of them left out.

`uv run python -m benchmarks.ablation` writes benchmarks/results/ablation.md. The pages come from a seed that no threshold was
tuned on.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
from PIL import Image

from benchmarks.machine import describe_machine
from benchmarks.ocr_corpus import write_corpus
from benchmarks.ocr_metrics import Score, score, total
from benchmarks.reading_order import Region, regions_of
from benchmarks.wear import Wear, lay, worn
from pipeline.domain.ids import SourceName
from pipeline.domain.page import PageRef
from pipeline.domain.source import MediaType
from pipeline.imaging.picture import PagePicture, Pixels
from pipeline.imaging.rules import NO_RULES
from pipeline.recognise.network.convert import converted_network
from pipeline.recognise.network.traineddata import find_traineddata
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import Engine, ReadPolicy
from pipeline.specimens.draw import PaperKind, draw_whole
from pipeline.specimens.pack import write_jpeg
from pipeline.specimens.scan import Device, Scan, scan

_RESULTS = Path(__file__).parent / "results" / "ablation.md"
_PAGE = "pipeline.recognise.page"
_SIGHT = "pipeline.recognise.sight"
_LINES = "pipeline.imaging.lines"
_FORM = "form"
_BENT = "bent photo"
_PHOTO_HEIGHT = 330.0
"""mm that a photograph of a sheet shows from top to bottom"""
_DPI = 200


@dataclass(frozen=True, slots=True)
class _Page:
    kind: str
    file: Path
    media_type: MediaType
    number: int
    regions: tuple[Region, ...]


def _grey_of_all_colours(picture: PagePicture, *, dpi: float) -> tuple[Pixels, float]:
    from pipeline.imaging.ground import reading_grey  # noqa: PLC0415 - the real one, while the name is patched elsewhere

    if picture.pixels.ndim == 2:
        return reading_grey(picture, dpi=dpi)
    grey = np.asarray(cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    mixed = PagePicture(
        pixels=grey, width=picture.width, height=picture.height, dpi=picture.dpi, guessed=picture.guessed
    )
    return reading_grey(mixed, dpi=dpi)


def _as_it_is(picture: object, **_: object) -> object:
    return picture


WITHOUT: dict[str, dict[str, Callable[..., object]]] = {
    "all": {},
    "without flattening of photographs": {f"{_SIGHT}.flat_sheet": lambda *_, **__: None},
    "without laying bent sheets flat": {"pipeline.imaging.sheet.bend_of": lambda *_: None},
    "without taking streaks out": {f"{_SIGHT}.without_streaks": _as_it_is},
    "without taking folds out": {"pipeline.recognise.upright.without_streaks": _as_it_is},
    "without enlarging coarse scans": {f"{_SIGHT}.enlarged": lambda grey, *, dpi, **_: (grey, dpi)},
    "without even ground": {f"{_SIGHT}.even_ground": _as_it_is},
    "without levelling": {"pipeline.recognise.upright.skew_of": lambda _: 0.0},
    "without the red channel": {f"{_SIGHT}.black_print": _as_it_is, f"{_SIGHT}.reading_grey": _grey_of_all_colours},
    "without black print alone": {f"{_SIGHT}.black_print": _as_it_is},
    "without taking seals out": {f"{_LINES}.find_seals": lambda *_, **__: ()},
    "without taking ruled lines out": {f"{_LINES}.without_rules": lambda ink, *_: (ink, NO_RULES)},
    "without taking pale ink out": {f"{_LINES}.without_pale": lambda _grey, ink, *_: ink},
    "without a second look under seals": {f"{_PAGE}.reread_crossed": lambda page, *_, **__: page},
    "without covering codes": {f"{_PAGE}.without_codes": lambda grey, *_: grey},
    "without check digits of cards": {"pipeline.recognise.network_page.with_card_zone": lambda _lines, texts, _: texts},
    "without taking leaders out": {"pipeline.recognise.tesseract_page.without_leaders": _as_it_is},
}
"""by what is left out: what stands in its place, by the name that is called. A new cleaner needs a row here, and nothing else"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the pages in all ways and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, default=36)
    parser.add_argument("--forms", type=int, default=6)
    parser.add_argument("--bent", type=int, default=6)
    parser.add_argument("--seed", type=int, default=90210)
    parser.add_argument("--engine", action="append", choices=("network", "tesseract"), default=[])
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="sohoa-ablation-") as name:
        folder = Path(name)
        network = converted_network(find_traineddata("vie", tessdata=None), cache=folder / "network")
        policies = {
            "network": ReadPolicy(engine=Engine.NETWORK, network=network),
            "tesseract": ReadPolicy(engine=Engine.TESSERACT),
        }
        policies = {name: policy for name, policy in policies.items() if name in (options.engine or policies)}
        pages = [
            *_corpus(folder, options.pages, options.seed),
            *_forms(folder, options.forms, options.seed),
            *_bent(folder, options.bent, options.seed),
        ]
        tables = [_table(engine, _measured(pages, policy)) for engine, policy in policies.items()]
    machine = "; ".join(f"{name} {value}" for name, value in describe_machine().items())
    about = f"{len(pages)} pages, seed {options.seed}. {machine}."
    _RESULTS.parent.mkdir(exist_ok=True)
    _RESULTS.write_text("\n\n".join(("# What each cleaner is worth", about, *tables)) + "\n", encoding="utf-8")
    print(_RESULTS.read_text(encoding="utf-8"))


def _corpus(folder: Path, pages: int, seed: int) -> Iterator[_Page]:
    for stack in write_corpus(folder / "corpus", pages=pages, seed=seed):
        for page in stack.pages:
            if page.wear is not Wear.BLANK and page.regions:
                yield _Page(page.wear.value, stack.file, MediaType.PDF, page.number, page.regions)


def _forms(folder: Path, count: int, seed: int) -> Iterator[_Page]:
    """Forms, some of which have dotted lines."""
    for number in range(count):
        rng = np.random.default_rng([seed, 2, number])
        form = draw_whole(PaperKind.BIRTH_FORM, rng, dpi=_DPI).pages[0]
        file = folder / f"form-{number}.jpg"
        write_jpeg(file, scan(form, rng, Scan(device=Device.COLOUR)), dpi=_DPI, quality=82)
        yield _Page(_FORM, file, MediaType.JPEG, 1, regions_of(form.lines))


def _bent(folder: Path, count: int, seed: int) -> Iterator[_Page]:
    """Photographs of sheets that bulge by 3 to 9 mm, as over a fold or a thick file."""
    for number in range(count):
        rng = np.random.default_rng([seed, 3, number])
        paper = draw_whole(PaperKind.ALLOWANCE_DECISION, rng, dpi=_DPI).pages[0]
        photo = np.asarray(worn(Wear.PHONE, paper, rng, lay(Wear.PHONE, rng, turn=0)).convert("RGB"))
        height, width = photo.shape[:2]
        bow = rng.uniform(3, 9) / _PHOTO_HEIGHT * height
        across = np.arange(width, dtype=np.float32)
        down = np.arange(height, dtype=np.float32)[:, None] - bow * (1 - (2 * across / width - 1) ** 2)
        along = np.ascontiguousarray(np.broadcast_to(across, (height, width)))
        bent = cv2.remap(photo, along, down.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        file = folder / f"bent-{number}.jpg"
        write_jpeg(file, Image.fromarray(bent), dpi=_DPI, quality=85)
        yield _Page(_BENT, file, MediaType.JPEG, 1, regions_of(paper.lines))


@dataclass(frozen=True, slots=True)
class _Measured:
    score: Score
    seconds: float


_Results = dict[tuple[str, str], list[_Measured]]
"""by what was left out and kind of page"""


def _measured(pages: Iterable[_Page], policy: ReadPolicy) -> _Results:
    results: _Results = defaultdict(list)
    for page in pages:
        # all ways one after the other on the same page: the machine's moods hit them alike
        for name, replaced in WITHOUT.items():
            with _patched(replaced):
                start = _cpu_seconds()
                read = read_page(page.file, page.media_type, PageRef(SourceName("page"), page.number), policy=policy)
                seconds = _cpu_seconds() - start
            results[name, page.kind].append(_Measured(score(page.regions, read.text), seconds))
    return results


def _cpu_seconds() -> float:
    """Return the CPU time of this process and of the programs that it has run."""
    return sum(os.times()[:4])


@contextmanager
def _patched(replaced: dict[str, Callable[..., object]]) -> Iterator[None]:
    with ExitStack() as stack:
        for name, function in replaced.items():
            stack.enter_context(patch(name, function))
        yield


def _table(engine: str, results: _Results) -> str:
    kinds = sorted({kind for _, kind in results})
    head = f"| {engine}: CER in % | " + " | ".join(kinds) + " | all | CPU ms a page |"
    rows = [f"## {engine}", "", head, "|" + " --- |" * (len(kinds) + 3)]
    for name in WITHOUT:
        every = [one for kind in kinds for one in results[name, kind]]
        cells = [_cer(results[name, kind]) for kind in kinds]
        cpu = 1000 * sum(one.seconds for one in every) / len(every)
        rows.append(f"| {name} | " + " | ".join(cells) + f" | {_cer(every)} | {cpu:.0f} |")
    return "\n".join(rows)


def _cer(measured: Sequence[_Measured]) -> str:
    return f"{100 * total(one.score for one in measured).cer:.2f}"


if __name__ == "__main__":
    main()
