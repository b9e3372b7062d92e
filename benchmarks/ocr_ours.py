"""The product as a resident program: a line of JSON in (a PDF), a line of JSON out (its text), a PDF/A beside it.

This is the product's own way from pages to copies, in its own workers, without store and ledger around it.
"""

from __future__ import annotations

import argparse
import base64
import json
import pickle
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.workers import ProcessWorkers
from benchmarks.ocr_steps import CopyTask, ReadTask, Timed, copy, read
from pipeline.domain.errors import SohoaError
from pipeline.domain.page import RecognisedPage
from pipeline.recognise.policy import ReadPolicy

_MEMORY_BYTES = 3072 << 20
_SECONDS = 120.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Answer one request a line until the input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--policy", required=True, help="how to read: a pickled ReadPolicy in base 64")
    options = parser.parse_args(arguments)
    policy = pickle.loads(base64.b64decode(options.policy))
    with ProcessWorkers(count=options.workers, memory_bytes=_MEMORY_BYTES) as workers:
        for line in sys.stdin:
            request = json.loads(line)
            answer = _digitized(workers, policy, **request)
            print(json.dumps(answer), flush=True)


def _digitized(workers: ProcessWorkers, policy: ReadPolicy, *, file: str, pages: int, target: str) -> dict[str, Any]:
    """Read all pages, then write the copy; where a page fails, the file has no copy and the page no text."""
    steps: Counter[str] = Counter()
    tasks = [ReadTask(Path(file), number, policy) for number in range(1, pages + 1)]
    found: dict[int, Timed | SohoaError] = dict(workers.map(read, tasks, seconds=_SECONDS))
    done = [one for index in range(pages) if isinstance(one := found[index], Timed)]
    if len(done) == pages:
        copies = [CopyTask(Path(file), Path(target), tuple(one.result for one in done))]
        done += [_unless_failed(one) for _, one in workers.map(copy, copies, seconds=_SECONDS)]
    for one in done:
        steps.update(one.steps)
    return {"steps": dict(steps), "pages": [_answer(found[index]) for index in range(pages)]}


def _unless_failed(copied: Timed | SohoaError) -> Timed:
    if isinstance(copied, SohoaError):
        raise copied
    return copied


def _answer(read_page: Timed | SohoaError) -> dict[str, Any]:
    if isinstance(read_page, SohoaError):
        return {"text": "", "failed": str(read_page)}
    page: RecognisedPage = read_page.result
    return {"text": page.text, "rotation": page.rotation, "skew": page.skew, "blank": page.blank}


if __name__ == "__main__":
    main()
