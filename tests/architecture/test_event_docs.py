"""What is told of events is written down, and what is written down holds."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.domain.event import EVENT_DETAILS, Event, EventKind, EventNumber
from pipeline.domain.webhook import secret_bytes, signed_headers
from pipeline.usecases.deliver_events import event_body
from tests.storage.conftest import SetClock

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "reference" / "events.md").read_text(encoding="utf-8")
HOW_TO = (DOCS / "how-to" / "receive-events.md").read_text(encoding="utf-8")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_every_kind_and_each_of_its_details_is_documented() -> None:
    rows = dict(re.findall(r"^\| `([a-z]+\.[a-z]+)` \| .+? \| (.+?) \|$", REFERENCE, re.MULTILINE))
    assert rows.keys() == {each.value for each in EventKind} == {each.value for each in EVENT_DETAILS}
    for kind, details in EVENT_DETAILS.items():
        told = set(re.findall(r"`([a-z]+)`", rows[kind.value])) - {"superseded", "revoked"}
        assert told == details, kind


def test_every_name_of_an_event_is_documented() -> None:
    event = Event(number=EventNumber(1), at=SetClock().now(), kind=EventKind.COPY_ADDED, document="d-1")
    names = re.findall(r'"([a-z]+)":', event_body(event).decode())
    form = REFERENCE.partition("## Form")[2].partition("## Kinds")[0]
    assert set(names) == set(re.findall(r"^\| `([a-z]+)` \|", form, re.MULTILINE))


@pytest.fixture
def message() -> tuple[dict[str, str], bytes]:
    clock = SetClock()
    event = Event(number=EventNumber(12), at=clock.now(), kind=EventKind.COPY_ADDED, document="d-1", agency="H42")
    body = event_body(event)
    return signed_headers(event.id, body, at=clock.now(), secrets=[bytes(32), secret_bytes(SECRET)]), body


def test_the_receiver_in_python_takes_what_is_ours_and_nothing_else(message: tuple[dict[str, str], bytes]) -> None:
    headers, body = message
    told: dict[str, object] = {}
    (code,) = re.findall(r"```python\n(.+?)```", HOW_TO, re.DOTALL)
    exec(compile(code, "receive-events.md", "exec"), told)  # the page's own code, as somebody copies it
    checked = SimpleNamespace(**told).checked
    now = SetClock().now().timestamp()
    assert checked(SECRET, headers, body, now)["document"] == "d-1"
    with pytest.raises(ValueError, match="not signed"):
        checked(SECRET, headers, body + b" ", now)
    with pytest.raises(ValueError, match="not signed"):
        checked("whsec_" + "B" * 32, headers, body, now)
    with pytest.raises(ValueError, match="not signed"):
        checked(SECRET, headers | {"webhook-id": "e-13"}, body, now)
    for late in (now + 301, now - 301):
        with pytest.raises(ValueError, match="too old"):
            checked(SECRET, headers, body, late)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_receiver_in_a_shell_comes_to_the_same(tmp_path: Path, message: tuple[dict[str, str], bytes]) -> None:
    headers, body = message
    (tmp_path / "body.json").write_bytes(body)
    (code,) = re.findall(r"```sh\n(KEY=.+?)```", HOW_TO, re.DOTALL)
    given = {
        "SECRET": SECRET,
        "ID": headers["webhook-id"],
        "TIMESTAMP": headers["webhook-timestamp"],
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run(["sh", "-c", code], cwd=tmp_path, env=given, capture_output=True, text=True, check=True)
    assert f"v1,{done.stdout.strip()}" == headers["webhook-signature"].split()[1]
