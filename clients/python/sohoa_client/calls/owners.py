"""Ask once: what of an owner's can be used again, and what a dossier still needs."""

from __future__ import annotations

from pathlib import Path

from sohoa_client.depositories import Access, Attached, Components, Holding, Procedure, Reusable
from sohoa_client.downloads import Download
from sohoa_client.operations import AnyPath, Call, Day, Listing, at, one, query

_AGENCY = "Sohoa-Agency"


def reusable(
    kind: str,
    number: str,
    *,
    procedure: str,
    on: Day | None = None,
    scopes: tuple[str, ...] = (),
    agency: str | None = None,
) -> Call[Reusable]:
    """Return, for each component that a procedure needs, the owner's stored papers that qualify, and why others do not.

    Every paper that is shown stands in its owner's log. Needs a purpose.

    Args:
        kind: of the number: `cccd`, `cmnd`, `passport`, `tax_code`, `business_number`.
        number: of the owner; old and new numbers of one person find the same papers.
        procedure: code of the procedure.
        on: the day that counts; today.
        scopes: scopes of validity, as papers state them, that cover the case.
        agency: for which you look, where you have several.
    """
    asked = (*query(procedure=procedure, on=on), *(("scope", each) for each in scopes))
    path = at("owners", kind, number, "reusable")
    return Call(method="GET", path=path, read=one(Reusable), query=asked, headers=_for(agency))


def depository(kind: str, number: str, *, types: tuple[str, ...] = (), limit: int | None = None) -> Listing[Holding]:
    """Return what lies in an owner's depository, as far as the ground of the look reaches. Needs a purpose."""
    return Listing(path=at("owners", kind, number, "depository"), of=Holding, query=query(types=types, limit=limit))


def download_holding(
    kind: str, number: str, holding: str, to: AnyPath, *, original: bool = False, agency: str | None = None
) -> Download:
    """Fetch a stored paper itself, or the signed `original` of its copy, whichever agency has it. Needs a purpose."""
    path = at("owners", kind, number, "depository", holding, "file")
    return Download(path=path, to=Path(to), query=query(original=original or None), headers=_for(agency))


def accesses(kind: str, number: str, *, limit: int | None = None) -> Listing[Access]:
    """Return who looked at an owner's papers, and why, the newest first. Needs a purpose on the ground of consent or law."""
    return Listing(path=at("owners", kind, number, "accesses"), of=Access, query=query(limit=limit))


# --- components of dossiers -----------------------------------------------------------------------------------------------


def components(
    dossier: str, *, owner_kind: str | None = None, owner_number: str | None = None, agency: str | None = None
) -> Call[Components]:
    """Return how complete a dossier is: what is present, missing, over, not digitized, and what could be used again.

    Needs a purpose on the ground of this very dossier. The owner's number counts where no paper of the dossier names anybody.
    """
    asked = query(owner_kind=owner_kind, owner_number=owner_number)
    path = at("dossiers", dossier, "components")
    return Call(method="GET", path=path, read=one(Components), query=asked, headers=_for(agency))


def attach(
    dossier: str,
    *,
    component: str,
    holding: str,
    owner_kind: str | None = None,
    owner_number: str | None = None,
    agency: str | None = None,
    key: str | None = None,
) -> Call[Attached]:
    """Let a stored paper stand for a component of a dossier, without a scan. Needs a purpose, as `components` does.

    Raises:
        NeedsPerson: it may not be used; `about.details` say why.
    """
    body: dict[str, object] = {"component": component, "holding": holding}
    if owner_kind is not None and owner_number is not None:
        body["owner"] = {"kind": owner_kind, "number": owner_number}
    path = at("dossiers", dossier, "components")
    return Call(method="POST", path=path, read=one(Attached), body=body, makes=True, key=key, headers=_for(agency))


def detach(dossier: str, attachment: str) -> Call[Attached]:
    """Take an attached paper back; again changes nothing."""
    return Call(method="DELETE", path=at("dossiers", dossier, "components", attachment), read=one(Attached))


def procedures(*, on: Day | None = None, limit: int | None = None) -> Listing[Procedure]:
    """Return the procedures in force on a day (today), by code."""
    return Listing(path="/procedures", of=Procedure, query=query(on=on, limit=limit))


def procedure(code: str, *, on: Day | None = None) -> Call[Procedure]:
    """Return a procedure as it is on a day (today)."""
    return Call(method="GET", path=at("procedures", code), read=one(Procedure), query=query(on=on))


def _for(agency: str | None) -> dict[str, str]:
    return {} if agency is None else {_AGENCY: agency}
