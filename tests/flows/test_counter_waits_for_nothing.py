"""At the counter an error that may pass ends the run: others stand behind it, and reconciliation hands the batch in again."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import digitize
from pipeline.domain.errors import ObjectLeaving
from storage.records import open_records
from tests.fakes.author import CLERK
from tests.storage.conftest import SetClock
from tests.storage.samples import received_batch


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.enable_socket
@pytest.mark.usefixtures("server")
def test_an_error_that_may_pass_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOHOA_HOME", str(tmp_path))
    records = open_records(f"sqlite:///{tmp_path / 'sohoa.db'}", clock=SetClock(), author=CLERK)
    records.batches.open(received_batch())
    records.close()
    tries: list[str] = []

    def is_leaving(batch: object, **means: object) -> None:
        tries.append("once")
        raise ObjectLeaving(disposal="d-1")

    monkeypatch.setattr(digitize, "read_batch", is_leaving)
    state = digitize.digitize_batch(received_batch().id, waits=False, return_state=True)

    assert state.is_failed()
    assert tries == ["once"]
