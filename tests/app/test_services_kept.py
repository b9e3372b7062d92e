"""What services and records call by the same name is the same thing."""

from __future__ import annotations

from typing import get_type_hints

from app.services import Services
from storage.records import Records


def test_names_that_are_shared_have_one_type() -> None:
    services, records = get_type_hints(Services), get_type_hints(Records)
    shared = services.keys() & records.keys()
    assert {"batches", "library", "trail", "clients", "open_work"} <= shared
    assert {name: services[name] for name in shared} == {name: records[name] for name in shared}
    # everything else is made by the wiring, each by its own line
    assert services.keys() - records.keys() == {
        "settings",
        "clock",
        "objects",
        "disposing",
        "catalogue",
        "author",
        "records",
    }
