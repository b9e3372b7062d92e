"""What must not be left when all work is done: runs that go on, half of the deployments, temporary files of the dead."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.crash.office import orchestrator_of
from tests.e2e.office import ROOT, Office

RUNS = "runs that the orchestrator takes for unfinished"
DEPLOYMENTS = "deployments that the orchestrator does not have as they are"
SCRATCH = "temporary files of processes that died"
TEMPORARY = "left among temporary files"

_PATIENCE_SECONDS = 100.0
"""in which runs that died are noticed, and what the dead left is removed: both are looked for once a minute"""
_UNFINISHED = ("RUNNING", "PENDING", "CANCELLING", "SCHEDULED", "PAUSED")
_AT_ONCE = 200
"""rows that the server gives at most"""
_FOLDERS, _OWNER = "sohoa-scratch-*", "owner"
"""of temporary files, and the file in each that names the process whose it is"""


def left_over(office: Office) -> Mapping[str, Sequence[str]]:
    """Name what is left of the work while the office still runs; none of it is there for long."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        found = {**_with_orchestrator(office), SCRATCH: _of_the_dead(office)}
        if not any(found.values()) or time.monotonic() > deadline:
            return found
        time.sleep(1)


def temporary_files(office: Office) -> list[str]:
    """Name the temporary files that are there, in an office that has a folder of its own for them.

    A folder with nothing but the name of its owner does no harm: the next process that starts removes it.
    """
    if "TMPDIR" not in office.settings:
        return []
    base = Path(office.settings["TMPDIR"])
    files = sorted(each.relative_to(base) for each in base.rglob("*") if each.is_file())
    return [str(each) for each in files if not (each.name == _OWNER and each.parent.match(_FOLDERS))]


def _with_orchestrator(office: Office) -> dict[str, list[str]]:
    try:
        with httpx.Client(base_url=orchestrator_of(office), timeout=20, trust_env=False) as client:
            return {RUNS: _unfinished(client), DEPLOYMENTS: misregistered(client)}
    except httpx.HTTPError as error:
        return {RUNS: [f"the server does not answer: {type(error).__name__}"], DEPLOYMENTS: []}


def _unfinished(client: httpx.Client) -> list[str]:
    """Name runs that are neither over nor a schedule's own of the future."""
    states = {"state": {"type": {"any_": list(_UNFINISHED)}}}
    flows = [each for each in _all(client, "flow_runs", flow_runs=states) if not _is_scheduled(each)]
    tasks = [each for each in _all(client, "task_runs", task_runs=states) if str(each["name"]).startswith("b-")]
    return sorted(f"{each['state_type']} {each['name']}" for each in [*flows, *tasks])


def _is_scheduled(run: Mapping[str, Any]) -> bool:
    return bool(run["auto_scheduled"]) and run["state_type"] == "SCHEDULED"


def misregistered(client: httpx.Client) -> list[str]:
    """Compare the deployments that a server has with the file that they come from, and name those that differ."""
    file = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    wanted = {(each["entrypoint"], each["name"], len(each.get("schedules", ()))) for each in file["deployments"]}
    known = {
        (each["entrypoint"], each["name"], sum(bool(schedule["active"]) for schedule in each["schedules"]))
        for each in _all(client, "deployments")
        if not each["paused"]
    }
    return sorted(
        f"{'missing' if each in wanted else 'too many'}: {each[0]} {each[1]}, schedules {each[2]}"
        for each in wanted ^ known
    )


def _all(client: httpx.Client, what: str, **asked: object) -> Iterator[dict[str, Any]]:
    offset = 0
    while True:
        answer = client.post(f"/{what}/filter", json={**asked, "limit": _AT_ONCE, "offset": offset})
        found = answer.raise_for_status().json()
        yield from found
        offset += len(found)
        if len(found) < _AT_ONCE:
            return


def _of_the_dead(office: Office) -> list[str]:
    """Name folders of temporary files whose process is gone: its id and its start in ticks since boot are in them."""
    left = []
    for folder in Path(office.settings["TMPDIR"]).glob(_FOLDERS):
        try:
            pid, started = (folder / _OWNER).read_text(encoding="utf-8").split(":")[-2:]
        except OSError:  # it is being made, or removed
            continue
        if _started(pid) != started:
            left.append(f"{folder.name} of {pid}")
    return sorted(left)


def _started(pid: str) -> str | None:
    """Return field 22 of /proc/PID/stat (proc(5)); None of one that is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return fields[19] if fields[0] != "Z" else None
