"""Files are handed in, followed, and found in dossiers: each function describes one operation, and both clients have it as a method."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sohoa_client.answers import Batch, BatchPage, Client, Dossier, DossierSummary, Source
from sohoa_client.downloads import Download
from sohoa_client.operations import AnyPath, Call, Listing, at, one, query
from sohoa_client.uploads import HandingIn


def whoami() -> Call[Client]:
    """Return this client as the office knows it: to see whether a token is good, and what it reaches."""
    return Call(method="GET", path="/client", read=one(Client))


# --- batches --------------------------------------------------------------------------------------------------------------


def hand_in(
    files: Iterable[AnyPath],
    *,
    dossier: str | None = None,
    lane: str = "counter",
    agency: str | None = None,
    duplicates: str = "ask",
    key: str | None = None,
) -> HandingIn:
    """Hand files in as a batch, and return it while it is being worked on.

    Files are sent in pieces of some MiB; a connection that breaks costs one piece.

    Args:
        files: PDF, TIFF, JPEG, PNG, HEIC, WebP, BMP, or ZIP of them.
        dossier: code of the dossier that all of them belong to; without it the papers' own codes part them.
        lane: `counter`: a citizen waits; `bulk`: whenever there is time.
        agency: code of the agency that hands in; may be left out where you have only one.
        duplicates: what becomes of files whose bytes are there already: `ask` (no batch, a problem), `keep`, `leave_out`.
        key: names this very handing-in, so that whoever died in the middle goes on where it stopped; at most 100 characters.

    Raises:
        FileRefused: a file cannot be taken; there is no batch then.
    """
    paths = tuple(Path(each) for each in files)
    return HandingIn(files=paths, dossier=dossier, lane=lane, agency=agency, duplicates=duplicates, key=key)


def batch(id: str) -> Call[Batch]:  # noqa: A002 - what it is called in the interface
    """Return a batch and how far it is."""
    return Call(method="GET", path=at("batches", id), read=one(Batch))


def batches(
    *, agency: str | None = None, dossier: str | None = None, state: str | None = None, limit: int | None = None
) -> Listing[Batch]:
    """Return batches, the newest first. `limit` is how many come in one answer, not how many there are."""
    narrowed = query(agency=agency, dossier=dossier, state=state, limit=limit)
    return Listing(path="/batches", of=Batch, query=narrowed)


def sources(batch: str, *, state: str | None = None, limit: int | None = None) -> Listing[Source]:
    """Return the files of a batch, by name."""
    return Listing(path=at("batches", batch, "sources"), of=Source, query=query(state=state, limit=limit))


def pages(
    batch: str, *, source: str | None = None, state: str | None = None, limit: int | None = None
) -> Listing[BatchPage]:
    """Return the pages of a batch, by file and number. Needs a purpose."""
    narrowed = query(source=source, state=state, limit=limit)
    return Listing(path=at("batches", batch, "pages"), of=BatchPage, query=narrowed)


def download_source(batch: str, sha256: str, to: AnyPath) -> Download:
    """Fetch a file of a batch exactly as it came in. Needs a purpose."""
    return Download(path=at("batches", batch, "sources", sha256, "content"), to=Path(to))


# --- dossiers -------------------------------------------------------------------------------------------------------------


def dossier(code: str) -> Call[Dossier]:
    """Return a dossier with its results."""
    return Call(method="GET", path=at("dossiers", code), read=one(Dossier))


def dossiers(
    *, begins: str | None = None, state: str | None = None, agency: str | None = None, limit: int | None = None
) -> Listing[DossierSummary]:
    """Return dossiers that have papers, by code; `state` is one that a paper of them is in, such as `needs_review`."""
    narrowed = query(begins=begins, state=state, agency=agency, limit=limit)
    return Listing(path="/dossiers", of=DossierSummary, query=narrowed)
