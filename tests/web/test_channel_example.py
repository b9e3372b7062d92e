"""The example of the how-to page does what the page says, against a served office."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from app.settings import load_settings
from tests.servers.process import free_port
from tests.usecases.intake_office import picture
from web.application import create_app
from web.main import open_office
from web.office import Office

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "take-pictures-from-chat-and-mail.md"
SECRET = "0123456789abcdef" * 4


@contextlib.contextmanager
def served(office: Office) -> Iterator[str]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(office), host="127.0.0.1", port=port, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def test_the_example_sends_a_picture(tmp_path: Path, empty_home: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    environment = {
        "SOHOA_HOME": str(shutil.copytree(empty_home, tmp_path / "home")),
        "SOHOA_CHANNELS__ZALO__SECRET_FILE": str(secret),
        "SOHOA_CHANNELS__ZALO__SENDERS": "0912345678",
        "SOHOA_READING__WORKERS": "1",
    }
    (example,) = (each for each in re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL) if "curl" in each)
    (tmp_path / "to-khai.jpg").write_bytes(picture(1))
    with open_office(load_settings(environment), with_prefect=False) as office, served(office) as address:
        variables = {"SECRET": SECRET, "SOHOA": address, "CHANNEL": "zalo", "PATH": os.environ["PATH"]}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", example], cwd=tmp_path, env=variables, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
    shown = json.loads(re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[0])
    assert told.keys() == shown.keys()
    assert told["files"][0].keys() == shown["files"][0].keys()
    assert told["text"] == shown["text"].replace("b-…", told["batch"])
    assert told["taken"] == 1
