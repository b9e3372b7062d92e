"""One batch, handed over or digitized in this process, as `benchmarks.machines` has it done on one of its machines.

Prints one line of JSON: the batch's id, and the moment, by the steady clock that all processes of a computer share, at
which its bytes were safe and work on it could begin.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from app.authors import system_at
from app.holding import hold_batch
from app.orchestrator import use_prefect_for_good
from app.services import Services, open_services
from app.settings import current_settings
from app.workshop import open_workshop
from pipeline.domain.batch import ReceivedBatch
from pipeline.ports import silent
from pipeline.usecases.digitize_batch import digitize_batch
from pipeline.usecases.receive_batch import receive_batch

LANES = ("counter", "bulk")
DIRECT = "direct"


def main() -> None:
    """Do it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=[DIRECT, *LANES])
    parser.add_argument("folder", type=Path, help="scans of the batch")
    parser.add_argument("--warm", type=Path, help="scans that are digitized first, so that child processes are there")
    options = parser.parse_args()
    settings = current_settings()
    use_prefect_for_good(settings)
    with open_services(settings, author=system_at("benchmark")) as services:
        batch = _received(options.folder, services)
        if options.way == DIRECT:
            _direct(batch, options.warm, services)
        else:
            from flows.counter import hand_over, hand_over_bulk  # noqa: PLC0415 - Prefect reads its settings when it is imported

            _tell(batch)
            (hand_over if options.way == "counter" else hand_over_bulk)(batch.id)
        sys.stdin.read()


def _received(folder: Path, services: Services) -> ReceivedBatch:
    return receive_batch(
        [folder], dossier=None, objects=services.objects, batches=services.batches, clock=services.clock
    )


def _direct(batch: ReceivedBatch, warm: Path | None, services: Services) -> None:
    """Digitize as a process does that knows no Prefect."""
    with open_workshop(services) as workshop:
        batches = [] if warm is None else [_received(warm, services)]
        for each in [*batches, batch]:
            if each is batch:
                _tell(batch)
            with hold_batch(services.batches, each.id) as held:
                digitizing = workshop.digitizing.under(held)
                digitize_batch(each, services=digitizing, policy=workshop.policy, on_progress=silent)


def _tell(batch: ReceivedBatch) -> None:
    print(json.dumps({"batch": batch.id, "began": time.monotonic()}), flush=True)


if __name__ == "__main__":
    main()
