"""Everybody who reads: the product, OCRmyPDF, Tesseract. PDF in, text and a searchable PDF out."""

from __future__ import annotations

import base64
import json
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from benchmarks import process_tree
from benchmarks.ocr_corpus import REAL_STACK, Stack
from benchmarks.process_tree import Cost, PeakMemory
from pipeline.recognise.policy import ReadPolicy

LIMIT = 900.0
"""seconds for one file"""
_PAGE_END = "\f"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """What a reader says about a page."""

    text: str
    rotation: int | None = None
    skew: float | None = None
    blank: bool | None = None
    failed: str | None = None
    """why it could not be read"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader made of a file, and what it cost."""

    cost: Cost
    pages: tuple[ReadPage, ...] = ()
    copy: Path | None = None
    steps: Mapping[str, float] = field(default_factory=dict)
    """CPU seconds by step, where the reader tells"""
    preparation: Cost | None = None
    """what somebody else had to do before; not in `cost`"""
    error: str | None = None


class Reader(Protocol):
    """Somebody who reads PDFs."""

    @property
    def name(self) -> str:
        """As it stands in tables."""
        ...

    def read(self, stack: Stack, folder: Path) -> Reading:
        """Read a file; what is written goes into `folder`."""
        ...

    def close(self) -> None:
        """End everything that keeps running."""
        ...


class Ours:
    """The product's workers, resident. The first reading includes their start."""

    def __init__(self, name: str, *, workers: int, policy: ReadPolicy) -> None:
        self.name = name
        program = [sys.executable, "-m", "benchmarks.ocr_ours"]
        pickled = base64.b64encode(pickle.dumps(policy)).decode()
        self._command = [*program, "--workers", str(workers), "--policy", pickled]
        self._process: subprocess.Popen[str] | None = None

    def read(self, stack: Stack, folder: Path) -> Reading:
        """Send the file to the resident process."""
        started = time.monotonic()
        fresh = self._process is None
        process = self._process = self._process or _resident(self._command)
        before = 0.0 if fresh else process_tree.cpu_seconds(process.pid)
        target = folder / "copy.pdf"
        with PeakMemory(process.pid) as memory:
            answer = _ask(process, {"file": str(stack.file), "pages": len(stack.pages), "target": str(target)})
        wall = time.monotonic() - started
        cost = Cost(wall=wall, cpu=process_tree.cpu_seconds(process.pid) - before, peak_bytes=memory.bytes)
        if answer is None:
            self._process = None
            return Reading(cost=cost, error=f"ended with {process.wait()}")
        pages = tuple(ReadPage(**page) for page in answer["pages"])
        return Reading(cost=cost, pages=pages, copy=target if target.exists() else None, steps=answer["steps"])

    def close(self) -> None:
        """End the workers."""
        if self._process is not None:
            self._process.communicate()
            self._process = None


class OcrMyPdf:
    """OCRmyPDF with two jobs; text from its sidecar."""

    def __init__(self, name: str, *options: str) -> None:
        self.name = name
        self._options = options

    def read(self, stack: Stack, folder: Path) -> Reading:
        """Run the program once."""
        target, sidecar = folder / "copy.pdf", folder / "copy.txt"
        program = Path(sys.executable).with_name("ocrmypdf")
        # its own way to PDF/A is the one it tries first; naming it spares it looking for Ghostscript. Real papers may hold
        # what that way does not know, and become ordinary PDFs then
        kind = ["auto"] if stack.stack == REAL_STACK else ["pdfa", "--pdfa-backend", "internal"]
        command = [str(program), "--output-type", *kind, "-l", "vie", "-j", "2", "--quiet"]
        # real scans may carry text or a signature; generated ones do not
        command += ["--skip-text", "--invalidate-digital-signatures", "--sidecar", str(sidecar)]
        command += [*self._options, str(stack.file), str(target)]
        cost, code, complaint = process_tree.run(command, environment=os.environ, limit=LIMIT)
        if code or not sidecar.exists():
            return Reading(cost=cost, error=f"exit {code}: {complaint.strip()[-300:]}")
        texts = _padded(sidecar.read_text(encoding="utf-8").split(_PAGE_END), len(stack.pages))
        return Reading(cost=cost, pages=tuple(ReadPage(text=text) for text in texts), copy=target)

    def close(self) -> None:
        """Nothing keeps running."""


class Tesseract:
    """The plain program, one process a page, two at a time, on pages that pdftoppm drew before."""

    name = "tesseract"

    def read(self, stack: Stack, folder: Path) -> Reading:
        """Draw the pages, then read them."""
        drawing = [_drawn(stack, page.number, page.dpi, folder) for page in stack.pages]
        listed = folder / "pages.txt"
        listed.write_text("".join(f"{folder}/{page.number:03d}\n" for page in stack.pages), encoding="utf-8")
        command = ["xargs", "--arg-file", str(listed), "--max-procs", "2", "--replace={}", "tesseract", "{}.pgm", "{}"]
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        cost, code, complaint = process_tree.run([*command, "-l", "vie"], environment=environment, limit=LIMIT)
        if code:
            return Reading(cost=cost, error=f"exit {code}: {complaint.strip()[-300:]}")
        texts = [(folder / f"{page.number:03d}.txt").read_text(encoding="utf-8") for page in stack.pages]
        return Reading(
            cost=cost,
            pages=tuple(ReadPage(text=text.removesuffix(_PAGE_END)) for text in texts),
            preparation=Cost(
                wall=sum(one.wall for one in drawing),
                cpu=sum(one.cpu for one in drawing),
                peak_bytes=max(one.peak_bytes for one in drawing),
            ),
        )

    def close(self) -> None:
        """Nothing keeps running."""


def _drawn(stack: Stack, number: int, dpi: int, folder: Path) -> Cost:
    command = ["pdftoppm", "-gray", "-singlefile", "-r", str(dpi), "-f", str(number), "-l", str(number)]
    command += [str(stack.file), str(folder / f"{number:03d}")]
    cost, code, complaint = process_tree.run(command, environment=os.environ, limit=LIMIT)
    if code:
        raise RuntimeError(f"pdftoppm cannot draw page {number} of {stack.file.name}: {complaint}")
    return cost


def _resident(command: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _ask(process: subprocess.Popen[str], request: Mapping[str, Any]) -> dict[str, Any] | None:
    """Send a request and return the answer, or None where the process has ended instead."""
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("started without pipes")
    process.stdin.write(json.dumps(request) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    answer: dict[str, Any] | None = json.loads(line) if line else None
    return answer


def _padded(texts: Sequence[str], count: int) -> list[str]:
    return [*texts[:count], *[""] * (count - len(texts))]


def peers() -> list[Callable[[], Reader]]:
    """Return what the product is compared with."""
    return [
        lambda: OcrMyPdf("ocrmypdf plain"),
        lambda: OcrMyPdf("ocrmypdf rotate deskew", "--rotate-pages", "--deskew"),
        Tesseract,
    ]
