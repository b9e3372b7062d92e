"""Where no Prefect server runs, the pages' own process publishes at its start what one that was killed had only written down."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from app.room_settings import RoomSettings
from app.services import open_services
from app.settings import Settings
from app.workshop import open_workshop
from tests.fakes.author import CLERK
from tests.storage.samples import digitized_batch, received_batch
from web.jobs import LocalJobs

pytestmark = pytest.mark.tools
ROOM = RoomSettings(disk_mib=0, memory_mib=0)
"""this machine may be as full as it likes"""


def test_what_is_left_to_publish_is_published_at_the_next_start(tmp_path: Path) -> None:
    with (
        open_services(Settings(home=tmp_path, room=ROOM), author=CLERK) as services,
        open_workshop(services) as workshop,
    ):
        services.batches.open(received_batch())
        services.batches.complete(digitized_batch(), texts={})
        assert [each.id for each in services.unfinished.batches(limit=5)] == [received_batch().id]

        jobs = LocalJobs(workshop)
        jobs.start()
        until = time.monotonic() + 60
        while services.unfinished.batches(limit=5) and time.monotonic() < until:
            time.sleep(0.05)
        jobs.stop()

        assert services.unfinished.batches(limit=5) == ()
        assert services.batches.load(received_batch().id) == digitized_batch()
