"""Papers: what they are, what they say, and their files: each function describes one operation, and both clients have it as a method."""

from __future__ import annotations

from pathlib import Path

from sohoa_client.downloads import Download
from sohoa_client.operations import AnyPath, Call, Day, Listing, at, one, query, text
from sohoa_client.papers import (
    Document,
    DocumentFields,
    DocumentVerdicts,
    DocumentVersions,
    Hit,
    Link,
    Report,
    Result,
)

# --- papers: what they are and what they say ------------------------------------------------------------------------------


def document(id: str, *, include: tuple[str, ...] = ()) -> Call[Document]:  # noqa: A002 - what it is called in the interface
    """Return a paper. Needs a purpose.

    Args:
        id: of the paper.
        include: what else is to be told: `fields`, `pages`, `versions`, `signatures`.
    """
    return Call(method="GET", path=at("documents", id), read=one(Document), query=query(include=include))


def documents(
    *,
    type: str | None = None,  # noqa: A002 - what it is called in the interface
    state: str | None = None,
    dossier: str | None = None,
    batch: str | None = None,
    agency: str | None = None,
    issued_since: Day | None = None,
    issued_until: Day | None = None,
    received_since: Day | None = None,
    received_until: Day | None = None,
    owner_number: str | None = None,
    code_number: str | None = None,
    code_notation: str | None = None,
    include: tuple[str, ...] = (),
    limit: int | None = None,
) -> Listing[Document]:
    """Return papers, the newest first. Needs a purpose.

    Args:
        type: such as `quyet_dinh`.
        state: such as `needs_review` or `confirmed`.
        dossier: code of the dossier.
        batch: id of the batch.
        agency: one of yours.
        issued_since: with a date of issue on this day or later; one whose date is not known is left out.
        issued_until: on this day or earlier.
        received_since: that came in on this day or later.
        received_until: on this day or earlier.
        owner_number: papers that hold any number of whoever has this one.
        code_number: with exactly this number (số).
        code_notation: with exactly this notation (ký hiệu).
        include: what else is to be told of each: `fields`, `pages`.
        limit: how many come in one answer.
    """
    narrowed = query(
        type=type,
        state=state,
        dossier=dossier,
        batch=batch,
        agency=agency,
        issued_since=issued_since,
        issued_until=issued_until,
        received_since=received_since,
        received_until=received_until,
        owner_number=owner_number,
        code_number=code_number,
        code_notation=code_notation,
        include=include,
        limit=limit,
    )
    return Listing(path="/documents", of=Document, query=narrowed)


def search(
    words: str,
    *,
    type: str | None = None,  # noqa: A002 - likewise
    dossier: str | None = None,
    owner_number: str | None = None,
    issued_since: Day | None = None,
    issued_until: Day | None = None,
    agency: str | None = None,
    limit: int | None = None,
) -> Listing[Hit]:
    """Return papers that hold all of `words`, with or without diacritics, the best first. Needs a purpose."""
    narrowed = query(
        q=words,
        type=type,
        dossier=dossier,
        owner_number=owner_number,
        issued_since=issued_since,
        issued_until=issued_until,
        agency=agency,
        limit=limit,
    )
    return Listing(path="/search", of=Hit, query=narrowed)


def fields(document: str, *, only: tuple[str, ...] = ()) -> Call[DocumentFields]:
    """Return what a paper says, or `only` these fields of it, each with its evidence. Needs a purpose."""
    return Call(
        method="GET", path=at("documents", document, "fields"), read=one(DocumentFields), query=query(fields=only)
    )


def text_of(document: str) -> Call[str]:
    """Return a paper's text in reading order, pages parted by form feed. Needs a purpose."""
    headers = {"Accept": "text/plain"}
    return Call(method="GET", path=at("documents", document, "text.txt"), read=text, headers=headers)


def versions(document: str) -> Call[DocumentVersions]:
    """Return all states of a paper's copy. Needs a purpose."""
    return Call(method="GET", path=at("documents", document, "versions"), read=one(DocumentVersions))


def verdicts(document: str) -> Call[DocumentVerdicts]:
    """Return all that was ever said of a paper's signatures. Needs a purpose."""
    return Call(method="GET", path=at("documents", document, "verdicts"), read=one(DocumentVerdicts))


def signatures(document: str, *, fresh: bool = False) -> Call[Report]:
    """Return what a paper's signatures are worth: as they were judged last, or now if `fresh`. Needs a purpose."""
    path = at("documents", document, "signatures")
    return Call(method="GET", path=path, read=one(Report), query=query(fresh=fresh or None))


def result(code: str) -> Call[Result]:
    """Return a result by its code, also one that is no longer in force. Needs a purpose."""
    return Call(method="GET", path=at("results", code), read=one(Result))


def results(
    *, dossier: str | None = None, state: str | None = None, agency: str | None = None, limit: int | None = None
) -> Listing[Result]:
    """Return results, by dossier and number. Needs a purpose."""
    narrowed = query(dossier=dossier, state=state, agency=agency, limit=limit)
    return Listing(path="/results", of=Result, query=narrowed)


# --- papers: their files --------------------------------------------------------------------------------------------------


def download_copy(document: str, to: AnyPath, *, even_if: str | None = None) -> Download:
    """Fetch the newest state of a paper's digitized copy, a PDF/A with its signatures. Needs a purpose.

    Args:
        document: id of the paper.
        to: path of the file; what is there stays until the new one is whole and right.
        even_if: how a paper may stand that is not in force any more (`superseded`, `revoked`, `replaced`) and is fetched all the same.

    Raises:
        NotInForce: it stands otherwise.
        DigestMismatch: the bytes are not those that the office keeps.
    """
    return Download(path=at("documents", document, "copy.pdf"), to=Path(to), query=query(even_if=even_if))


def download_signed(document: str, to: AnyPath, *, even_if: str | None = None) -> Download:
    """Fetch the signed file that came in, byte for byte. Needs a purpose; otherwise as `download_copy`."""
    return Download(path=at("documents", document, "signed.pdf"), to=Path(to), query=query(even_if=even_if))


def download_twin(document: str, to: AnyPath, *, even_if: str | None = None) -> Download:
    """Fetch the searchable copy of a signed file that came in. Needs a purpose; otherwise as `download_copy`."""
    return Download(path=at("documents", document, "twin.pdf"), to=Path(to), query=query(even_if=even_if))


def download_version(document: str, number: int, to: AnyPath) -> Download:
    """Fetch a state of a paper's copy as it was kept, in force or not. Needs a purpose."""
    return Download(path=at("documents", document, "versions", f"{number}.pdf"), to=Path(to))


def download_fields(document: str, to: AnyPath, *, form: str = "json") -> Download:
    """Fetch what a paper says as a file: `json`, or `xml` with the official names of metadata. Needs a purpose."""
    return Download(path=at("documents", document, f"fields.{form}"), to=Path(to))


def download_page(document: str, number: int, to: AnyPath) -> Download:
    """Fetch the picture of a page (JPEG), upright, on which the boxes of fields lie. Needs a purpose."""
    return Download(path=at("documents", document, "pages", f"{number}.jpg"), to=Path(to))


def download_evidence(document: str, field: str, to: AnyPath) -> Download:
    """Fetch the place on the page from which a field was read (PNG). Needs a purpose."""
    return Download(path=at("documents", document, "fields", field, "evidence.png"), to=Path(to))


def link(document: str, *, part: str = "copy", seconds: int = 300, even_if: str | None = None) -> Call[Link]:
    """Make an address by which whoever has it fetches a file for a while, for the purpose that is stated now."""
    body = {"part": part, "seconds": seconds} | ({"even_if": even_if} if even_if else {})
    return Call(method="POST", path=at("documents", document, "links"), read=one(Link), body=body, makes=True)
