"""What an administrator is shown of the installation: signers, trust anchors, workers, room. No secret is among it."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.named_signers import first_line
from app.setting_groups import SignerKind, SignerSettings
from app.settings import Settings
from app.signers import bundle_file, trust_of
from pipeline.domain.errors import SohoaError
from pipeline.domain.intake import Lane
from signing.certificate_card import CertificateCard, card_in_pkcs12, card_of, list_card
from signing.trust_bundle import in_force, read_bundle
from signing.trust_stores import TrustStoreName

_SECONDS = 3.0
"""that the Prefect server may take"""
_REFUSED = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerReport:
    """A signer of the settings."""

    name: str
    settings: SignerSettings
    certificate: CertificateCard | None = None
    """None: it shows when the signer is opened, by whoever holds the secret"""
    problem: SohoaError | None = None


def signers_report(settings: Settings) -> Sequence[SignerReport]:
    """Return the signers by name, with their certificates where they lie in files that open without anybody."""
    return [_signer(name, each) for name, each in sorted(settings.signers.items())]


def _signer(name: str, signer: SignerSettings) -> SignerReport:
    if signer.kind is not SignerKind.PKCS12 or signer.key_file is None or signer.secret_file is None:
        return SignerReport(name=name, settings=signer)
    try:
        card = card_in_pkcs12(signer.key_file, first_line(signer.secret_file, "passphrase").encode())
    except SohoaError as error:
        return SignerReport(name=name, settings=signer, problem=error)
    return SignerReport(name=name, settings=signer, certificate=card)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorReport:
    """Something that is believed."""

    store: TrustStoreName
    card: CertificateCard
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    added_by: str = ""
    """empty: it lies in the trust folder, or is the development authority's"""
    added_at: dt.datetime | None = None


def anchors_report(settings: Settings) -> Sequence[AnchorReport]:
    """Return whom this installation believes: what the bundle says with its dates, and what lies beside it.

    Raises:
        TrustRefused, BadSettings: something cannot be read.
    """
    dated = [
        AnchorReport(
            store=each.store,
            card=list_card(each.der) if each.store is TrustStoreName.CRL else card_of(each.der),
            since=each.since,
            until=each.until,
            added_by=each.added_by,
            added_at=each.added_at,
        )
        for each in in_force(read_bundle(bundle_file(settings)))
    ]
    known = {each.card.sha256 for each in dated}
    trust = trust_of(settings)
    beside = [
        *(AnchorReport(store=TrustStoreName.PUBLIC, card=card_of(der)) for der in trust.roots),
        *(AnchorReport(store=TrustStoreName.TIMESTAMP, card=card_of(der)) for der in trust.timestamp_roots),
        *(AnchorReport(store=TrustStoreName.INTERMEDIATE, card=card_of(der)) for der in trust.intermediates),
        *(AnchorReport(store=TrustStoreName.CRL, card=list_card(der)) for der in trust.crls),
    ]
    return [*dated, *(each for each in beside if each.card.sha256 not in known)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A process that works for the Prefect server."""

    name: str
    lane: Lane
    """of what it works on"""
    is_online: bool
    seen_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workforce:
    """Who works, and how much waits for them."""

    answers: bool
    """whether the Prefect server does; without it this process does the work itself"""
    refuses: bool = False
    """whether it answers that it was not told the right password"""
    workers: tuple[Worker, ...] = ()
    waiting: int = 0
    """flow runs that nobody has begun"""
    running: int = 0


def workforce(settings: Settings) -> Workforce:
    """Ask the Prefect server who works for it, with the password that Prefect's own client is given (`PREFECT_API_AUTH_STRING`)."""
    api = settings.prefect.api_url
    name, _, password = os.environ.get("PREFECT_API_AUTH_STRING", "").partition(":")
    proof = httpx.BasicAuth(name, password) if name else None
    try:
        with httpx.Client(base_url=api, auth=proof, timeout=_SECONDS, trust_env=False) as client:
            bulk = _asked(client, f"/work_pools/{settings.prefect.pool}/workers/filter", {})
            tasks = _asked(client, "/task_workers/filter", {})
            waiting = _count(client, "SCHEDULED", "PENDING")
            running = _count(client, "RUNNING")
    except (httpx.HTTPError, ValueError) as error:
        refused = isinstance(error, httpx.HTTPStatusError) and error.response.status_code in _REFUSED
        return Workforce(answers=False, refuses=refused)
    workers = [
        Worker(
            name=str(each.get("name")),
            lane=Lane.BULK,
            is_online=each.get("status") == "ONLINE",
            seen_at=_seen(each, "last_heartbeat_time"),
        )
        for each in bulk
    ]
    workers += [
        Worker(
            name=str(each.get("identifier")),
            lane=Lane.COUNTER,
            is_online=True,
            seen_at=_seen(each, "timestamp"),
        )
        for each in tasks
    ]
    return Workforce(answers=True, workers=tuple(workers), waiting=waiting, running=running)


def _asked(client: httpx.Client, path: str, asked: dict[str, object]) -> list[dict[str, object]]:
    answer = client.post(path, json=asked)
    if answer.status_code == httpx.codes.NOT_FOUND:  # the pool is made by the first worker
        return []
    found = answer.raise_for_status().json()
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _count(client: httpx.Client, *states: str) -> int:
    asked = {"flow_runs": {"state": {"type": {"any_": list(states)}}}}
    return int(client.post("/flow_runs/count", json=asked).raise_for_status().json())


def _seen(worker: dict[str, object], name: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(str(worker.get(name)))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A place where things are kept."""

    path: Path
    free: int
    """bytes"""
    total: int


def rooms(settings: Settings) -> Sequence[Room]:
    """Return how much room there is where things are kept, each disk once for each place."""
    places = [settings.home, settings.archive_folder, settings.intake_folder]
    places += [settings.mirror.folder] if settings.mirror.folder else []
    found = []
    for place in dict.fromkeys(places):
        there = next(each for each in (place, *place.parents) if each.exists())
        usage = shutil.disk_usage(there)
        found.append(Room(path=place, free=usage.free, total=usage.total))
    return found
