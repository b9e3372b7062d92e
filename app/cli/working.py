"""`sohoa work`: a machine that helps: workers for a Prefect server, a database and an object store that are elsewhere."""

from __future__ import annotations

import argparse
import contextlib
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from app.cli.context import Context, ExitCode
from app.cli.running import own_crew, say_where, until_told, watch_over
from app.cli.storing import fits_again
from app.machine_door import machine_door
from app.orchestrator import start_workers
from app.own_process import Crew
from app.services import Services, open_services
from app.setting_groups import StoreKind
from app.settings import Settings
from pipeline.domain.errors import BadSettings


def run_work(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Run workers until told to stop; what ends by itself is started again.

    Raises:
        BadSettings: the server is on another machine, but what is kept is on this one.
        SohoaError: records or store cannot be reached or used.
    """
    settings = context.settings
    refuse_own_archive(settings)
    if not fits_again(context):
        return ExitCode.NOTHING
    stop = until_told()
    api_url = settings.prefect.api_url
    with (
        open_services(settings, author=context.author) as services,  # a machine that can reach nothing is no worker
        own_crew(context) as crew,
        _watchable(services, crew, context),
    ):
        start_workers(crew, settings, limit=arguments.limit, api_url=api_url)
        where = {"api_url": api_url, "limit": arguments.limit, "logs": str(crew.log_folder)}
        say_where("work.ready", where, arguments, context)
        watch_over(crew, stop)
        context.note("run.stopping")
    return ExitCode.DONE


@contextlib.contextmanager
def _watchable(services: Services, crew: Crew, context: Context) -> Iterator[None]:
    """Let others see how the machine does, as long as it works; where they cannot, it works all the same."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(machine_door(services, crew.running))
        except OSError as error:
            work = context.settings.work
            context.note("work.unwatched", host=work.host, port=work.port, reason=error.strerror or error)
        yield


def refuse_own_archive(settings: Settings) -> None:
    """Refuse to work for a server on another machine with records or an archive that only this one has.

    Raises:
        BadSettings
    """
    host = urlsplit(settings.prefect.api_url).hostname or ""
    if is_here(host):
        return
    if settings.records_url.startswith("sqlite"):
        raise BadSettings(name="records.url", problem="own_records", host=host)
    if settings.store.kind is StoreKind.FOLDER:
        raise BadSettings(name="store.kind", problem="own_archive", host=host)


def is_here(host: str) -> bool:
    """Say whether a host is this machine: one of its addresses is one that this machine can take."""
    with contextlib.suppress(OSError):
        for family, kind, protocol, _, address in socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM):
            with contextlib.suppress(OSError), socket.socket(family, kind, protocol) as own:
                own.bind(address)
                return True
    return False
