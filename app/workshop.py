"""Where work is done: child processes, the judge of signatures, and the rules that the settings give."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.holding import this_process
from app.services import Services
from app.settings import Settings
from app.shortage import RoomWatch
from app.signers import prepare_trust, trust_of
from app.stores import blaming
from app.toolchain import installed_tools
from app.workers import ProcessWorkers
from pipeline.assemble.copy import CopyPolicy
from pipeline.domain.errors import SohoaError, ToolMissing, UnsupportedNetwork
from pipeline.intake.limits import IntakeLimits
from pipeline.recognise.network.convert import converted_network
from pipeline.recognise.network.traineddata import find_traineddata
from pipeline.recognise.policy import Engine, ReadPolicy
from pipeline.understand.calibration import counted_acceptance
from pipeline.understand.officials import load_officials
from pipeline.understand.understand import UnderstandPolicy
from pipeline.usecases.digitize_means import DigitizePolicy, DigitizeServices, TimeLimits
from signing.look import compare_states
from signing.validate import Validator

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Services, and what is needed to work with them."""

    services: Services
    workers: ProcessWorkers
    validator: Validator

    @property
    def digitizing(self) -> DigitizeServices:
        """What digitizing a batch needs."""
        return DigitizeServices(
            objects=self.services.objects,
            ledger=self.services.ledger,
            batches=self.services.batches,
            parts=self.services.parts,
            holder=this_process(has_room=RoomWatch(self.services).has_room),
            workers=self.workers,
            validator=self.validator,
            catalogue=self.services.catalogue,
            publishing=self.services.publishing,
            verdict_book=self.services.verdicts,
            traces=self.services.disposing.traces,
            keeper=self.services.disposing.care,
        )

    @property
    def policy(self) -> DigitizePolicy:
        """How batches are digitized here."""
        return digitize_policy(self.services.settings)


@contextlib.contextmanager
def open_workshop(services: Services, *, workers: ProcessWorkers | None = None) -> Iterator[Workshop]:
    """Give the workshop; its child processes start with the first task and end with the context, unless others are given.

    Raises:
        BadSettings, KeyUnusable: a trusted certificate, or the development authority, cannot be read.
    """
    settings = services.settings
    prepare_trust(settings, clock=services.clock)
    with blaming("signing.trust_folder"):
        validator = Validator(trust=trust_of(settings), compare=compare_states)
    with contextlib.ExitStack() as stack:
        if workers is None:
            workers = stack.enter_context(open_workers(settings, count=settings.worker_count))
        yield Workshop(services=services, workers=workers, validator=validator)


def open_workers(settings: Settings, *, count: int) -> ProcessWorkers:
    """Return child processes under these settings; they start with the first task, within a `with`."""
    # what is written at most are the members of an archive, or a copy of sources that are each under that limit
    return ProcessWorkers(
        count=count,
        memory_bytes=settings.reading.memory_mib << 20,
        file_bytes=2 * (settings.limits.source_mib << 20) + (1 << 30),
        scratch_bytes=settings.room.scratch_mib << 20,
    )


def intake_limits(settings: Settings) -> IntakeLimits:
    """Return what is refused before it is read."""
    limits = settings.limits
    return IntakeLimits(
        source_bytes=limits.source_mib << 20,
        pages=limits.pages,
        pixels=limits.megapixels * 1_000_000,
        members=limits.members,
        unpacked_bytes=limits.source_mib << 20,
    )


def network_of(settings: Settings) -> Path | None:
    """Return the language data's network as a file that can be run here; converted at first use, kept in the home folder.

    None where Tesseract is to read everything, or has to: the language data is missing or not of a kind that is known.
    """
    found = _network(settings)
    if isinstance(found, SohoaError):
        _log.warning("pages are read by Tesseract alone: %s", found)
        return None
    return found


def network_refusal(settings: Settings) -> SohoaError | None:
    """Return why Tesseract reads everything though the settings ask for the network; None where nothing hinders it."""
    found = _network(settings)
    return found if isinstance(found, SohoaError) else None


def _network(settings: Settings) -> Path | SohoaError | None:
    if settings.reading.engine is Engine.TESSERACT:
        return None
    try:
        data = find_traineddata(settings.reading.language, tessdata=None)
        return converted_network(data, cache=settings.home / "networks")
    except (ToolMissing, UnsupportedNetwork) as error:
        return error


def digitize_policy(settings: Settings) -> DigitizePolicy:
    """Return how batches are digitized under these settings with the programs of this machine."""
    reading = settings.reading
    return DigitizePolicy(
        limits=intake_limits(settings),
        seconds=TimeLimits(
            inspect=reading.document_seconds,
            page=reading.page_seconds,
            document=reading.document_seconds,
            validate=reading.document_seconds,
        ),
        read=ReadPolicy(
            language=reading.language,
            engine=reading.engine,
            network=network_of(settings),
            pixel_limit=settings.limits.megapixels * 1_000_000,
            tesseract_seconds=int(reading.page_seconds),
        ),
        understand=UnderstandPolicy(review_below=counted_acceptance().threshold(settings.review.error_rate)),
        officials=load_officials(settings.review.officials) if settings.review.officials else (),
        copy=CopyPolicy(),
        codes=settings.codes.templates(),
        part_pages=settings.prefect.part_pages,
        tools=installed_tools(reading.language),
    )
