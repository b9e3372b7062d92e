"""An office that is served on loopback by this process, as `python -m web.main` serves it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

import uvicorn

from app.ids import new_secret
from pipeline.domain.client import ApiClient, ApiScope, ClientId
from pipeline.usecases.keep_clients import add_client
from web.office import Office
from web.serving import server_options

_START_SECONDS = 20


@contextlib.contextmanager
def served(office: Office) -> Iterator[str]:
    """Serve an office and give its address.

    Raises:
        RuntimeError: it does not start.
    """
    server = uvicorn.Server(uvicorn.Config(**server_options(office) | {"host": "127.0.0.1", "port": 0}))
    thread = threading.Thread(target=server.run, name="served-office", daemon=True)
    thread.start()
    try:
        ends = time.monotonic() + _START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > ends:
                raise RuntimeError("the office is not served")
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def registered(
    office: Office, *scopes: ApiScope, id_: str = "mot-cua", agencies: frozenset[str] = frozenset({"H42.12"})
) -> tuple[str, str]:
    """Register a client and return its id and its secret; without scopes named it may do everything."""
    made = ApiClient(
        id=ClientId(id_),
        name="Hệ thống một cửa để thử",
        agencies=agencies,
        scopes=frozenset(scopes or ApiScope),
        created_at=office.services.clock.now(),
    )
    kept, secret = add_client(made, with_secret=True, clients=office.services.clients, secret=new_secret)
    return kept.id, secret
