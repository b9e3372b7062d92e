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
    steps: Counter[str] = Counter()
    tasks = [ReadTask(Path(file), number, policy) for number in range(1, pages + 1)]
    found: dict[int, RecognisedPage] = {}
    for index, timed in workers.map(read, tasks, seconds=_SECONDS):
        found[index] = _result(timed, steps)
    readings = [found[index] for index in range(pages)]
    for _, timed in workers.map(copy, [CopyTask(Path(file), Path(target), tuple(readings))], seconds=_SECONDS):
        _result(timed, steps)
    return {"steps": dict(steps), "pages": [_answer(page) for page in readings]}


def _result(timed: Timed | SohoaError, steps: Counter[str]) -> Any:  # noqa: ANN401 - whatever the task returns
    if isinstance(timed, SohoaError):
        raise timed
    steps.update(timed.steps)
    return timed.result


def _answer(page: RecognisedPage) -> dict[str, Any]:
    return {"text": page.text, "rotation": page.rotation, "skew": page.skew, "blank": page.blank}


if __name__ == "__main__":
    main()
