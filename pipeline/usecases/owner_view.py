"""What owners see of their own depository: their papers, who looked at them, and what they agreed to.

Every question is put for one owner, the one who is signed in, and whatever does not lie in that owner's depository is not
there for them: a wrong id and somebody else's are the same. Of a paper that has several owners each sees the paper, and of
what was done in depositories only what was done in their own.

Sources: NĐ 45/2020/NĐ-CP art. 16 (the depository); Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15 (to know, to agree, to withdraw, to have
a copy).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.audit_ports import AuditTrail
from pipeline.depository_ports import AccessBook, Depository, Owners
from pipeline.desk_ports import Accounts, Verdicts
from pipeline.domain.account import Role
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.audit_seal import OFFICE_TIME
from pipeline.domain.codes import CodeTemplates, file_name
from pipeline.domain.document import DocumentState, StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.file_verdict import KeptVerdict
from pipeline.domain.holding import Holding, HoldingState
from pipeline.domain.ids import ContentHash, DocumentId, FieldName, TypeCode
from pipeline.domain.owner import Access, Consent, ConsentId, HoldingId, Owner, OwnerId
from pipeline.domain.signature import CopyVersion
from pipeline.domain.web_errors import FormRefused
from pipeline.ports import Clock, CopyVersions, Library
from pipeline.usecases.keep_depository import record_consent

_LONGEST_PURPOSE = 200
_UNPLAIN = re.compile(r'[\s<>:"/\\|?*]+')
"""what may stand in a code and not in the name of a file"""
_LONGEST_CONSENT = dt.timedelta(days=5 * 366)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerServices:
    """What owners' questions need."""

    owners: Owners
    depository: Depository
    access_book: AccessBook
    library: Library
    versions: CopyVersions
    verdicts: Verdicts
    accounts: Accounts
    trail: AuditTrail
    clock: Clock
    new_id: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPaper:
    """A paper as its owner sees it in a list."""

    holding: Holding
    state: HoldingState
    """as of today"""
    document: StoredDocument | None
    """None: it was disposed of"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPapers:
    """Some of an owner's papers."""

    papers: tuple[OwnPaper, ...]
    total: int
    """of which these are some"""
    by_state: Mapping[HoldingState, int]
    """how many there are of each state, whichever were asked for"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFile:
    """A file of a paper, and what was last said of its signatures."""

    sha256: ContentHash
    size: int | None
    """bytes; None where only the store knows"""
    verdict: KeptVerdict | None
    """None: nobody has judged it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPaperFiles:
    """A paper with its files."""

    paper: OwnPaper
    copy: OwnFile | None
    """the newest state of its copy; None: it was disposed of"""
    version: CopyVersion | None
    """that state"""
    signed_original: OwnFile | None
    """the signed file that came in; its copy is then the searchable twin"""
    replaced_by: HoldingId | None
    """the paper in its place, where that one lies in the same depository"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAccess:
    """A look at a paper of the owner's."""

    access: Access
    roles: frozenset[Role]
    """of the account that looked, as it has them now; none where it is none of ours any more, or the product itself"""
    name: str
    """of the person; shown only where the settings say so"""
    type: TypeCode | None
    """of the paper"""


def own_papers(
    owner: OwnerId, *, services: OwnerServices, state: HoldingState | None = None, first: int = 0, limit: int = 50
) -> OwnPapers:
    """Return an owner's papers, those in force first and the newest of each first; the look is written into the trail.

    Empty for an owner who has no paper here, or is not known.

    Args:
        owner: who is signed in.
        services: the records.
        state: only papers that are in it today; None: all.
        first: how many to pass over.
        limit: how many to return at most.
    """
    known = services.owners.get(owner)
    if known is None:
        return OwnPapers(papers=(), total=0, by_state={})
    _note(known, "own_depository", services)
    today = _today(services)
    held = sorted(services.depository.of(known.id), key=lambda each: each.published_at, reverse=True)
    states = [each.state_on(today) for each in held]
    wanted = [each for each, is_in in zip(held, states, strict=True) if state in (None, is_in)]
    wanted.sort(key=lambda each: each.state_on(today) is not HoldingState.IN_FORCE)
    return OwnPapers(
        papers=tuple(_paper(each, services) for each in wanted[first : first + limit]),
        total=len(wanted),
        by_state=Counter(states),
    )


def own_paper(owner: OwnerId, holding: HoldingId, *, part: str, services: OwnerServices) -> OwnPaperFiles:
    """Return a paper of an owner's with its files; `part` says in the trail what is shown or handed out of it.

    Raises:
        NotFound: no such paper lies in this owner's depository.
    """
    known, held = _held(owner, holding, services)
    paper = _paper(held, services)
    _note(known, part, services, document=held.document)
    if paper.document is None:
        return OwnPaperFiles(paper=paper, copy=None, version=None, signed_original=None, replaced_by=None)
    version = services.versions.versions(held.document)[-1]
    original = paper.document.signed_source
    return OwnPaperFiles(
        paper=paper,
        copy=_file(version.sha256, version.size, services),
        version=version,
        signed_original=_file(original, None, services) if original else None,
        replaced_by=_mine(held.superseded_by, known, services),
    )


def own_file_name(paper: OwnPaper, *, title: str, addition: str = "", templates: CodeTemplates) -> str:
    """Return the name under which an owner gets a file of a paper, in the form of archival file names (CV 7197)."""
    holding = paper.holding
    issued = paper.document.understood.fields.get(FieldName("issued_date")) if paper.document else None
    date = holding.published_at.astimezone(OFFICE_TIME).date()
    with contextlib.suppress(ValueError):
        date = dt.date.fromisoformat(str(issued.value)) if issued else date
    code = _UNPLAIN.sub("-", holding.result or holding.code.text)
    return file_name(code, date=date, description=f"{title} {addition}", extension="pdf", templates=templates)


def own_accesses(
    owner: OwnerId, *, services: OwnerServices, limit: int, before: str | None = None
) -> tuple[OwnAccess, ...]:
    """Return who looked at an owner's papers, the newest first, those older than the one with the id `before`."""
    known = services.owners.get(owner)
    if known is None:
        return ()
    _note(known, "own_log", services)
    types = {each.id: each.type for each in services.depository.of(known.id)}
    looks = services.access_book.accesses(known.id, limit=limit, before=before)
    accounts = {name: services.accounts.find(name) for name in {each.who for each in looks}}
    found = ((each, accounts[each.who]) for each in looks)
    return tuple(
        OwnAccess(
            access=each,
            roles=account.roles if account else frozenset(),
            name=account.name if account else each.who,
            type=types.get(each.holding),
        )
        for each, account in found
    )


def own_consents(owner: OwnerId, *, services: OwnerServices) -> Sequence[Consent]:
    """Return what an owner has agreed to, the newest first."""
    return tuple(reversed(services.access_book.consents(owner)))


def agree(
    owner: OwnerId,
    *,
    agency: str,
    purpose: str,
    types: tuple[TypeCode, ...],
    until: dt.date | None,
    agencies: Mapping[str, str],
    known_types: frozenset[TypeCode],
    services: OwnerServices,
) -> Consent:
    """Keep what an owner agrees to: an agency that is named, a purpose that is named, kinds of papers, and until when.

    Args:
        owner: who is signed in.
        agency: code of the agency that may look.
        purpose: what for, in the words that the agency has to use.
        types: kinds of papers; none: all.
        until: the last day.
        agencies: agencies that may be agreed to, by code.
        known_types: kinds of papers that there are.
        services: the records.

    Raises:
        FormRefused: an entry is missing or no possible one; details name it.
        NotFound: nothing is known of this owner here.
    """
    now = services.clock.now()
    plain = " ".join(purpose.split())
    ends = None if until is None else dt.datetime.combine(until, dt.time(), OFFICE_TIME) + dt.timedelta(days=1)
    refused = {
        "agency": agency not in agencies,
        "purpose": not plain or len(plain) > _LONGEST_PURPOSE,
        "types": not known_types.issuperset(types),
        "until": ends is None or not now < ends <= now + _LONGEST_CONSENT,
    }
    for name, is_wrong in refused.items():
        if is_wrong:
            raise FormRefused(name=name)
    return record_consent(
        owner,
        agency=agency,
        purpose=plain,
        types=types,
        until=ends,
        owners=services.owners,
        access_book=services.access_book,
        clock=services.clock,
        new_id=services.new_id,
    )


def disagree(owner: OwnerId, consent: ConsentId, *, services: OwnerServices) -> Consent:
    """Withdraw what an owner has agreed to, from now on; what was looked at before stays in the log.

    Raises:
        NotFound: this owner has given no such consent.
    """
    if consent not in {each.id for each in services.access_book.consents(owner)}:
        raise NotFound(what="consent", id=consent)
    return services.access_book.withdraw(consent, at=services.clock.now())


def _held(owner: OwnerId, holding: HoldingId, services: OwnerServices) -> tuple[Owner, Holding]:
    known = services.owners.get(owner)
    mine = services.depository.of(known.id) if known else ()
    found = next((each for each in mine if each.id == holding), None)
    if known is None or found is None:
        raise NotFound(what="holding", id=holding)
    return known, found


def _paper(holding: Holding, services: OwnerServices) -> OwnPaper:
    found = services.library.document(holding.document)
    document = found[1] if found else None
    if document is not None and document.understood.state is DocumentState.DISPOSED:
        document = None
    return OwnPaper(holding=holding, state=holding.state_on(_today(services)), document=document)


def _today(services: OwnerServices) -> dt.date:
    return services.clock.now().astimezone(OFFICE_TIME).date()


def _mine(document: DocumentId | None, owner: Owner, services: OwnerServices) -> HoldingId | None:
    """Return the place of a paper in an owner's own depository."""
    held = () if document is None else services.depository.of(owner.id)
    return next((each.id for each in held if each.document == document), None)


def _file(sha256: ContentHash, size: int | None, services: OwnerServices) -> OwnFile:
    judged = services.verdicts.of(sha256)
    return OwnFile(sha256=sha256, size=size, verdict=judged[-1] if judged else None)


def _note(owner: Owner, part: str, services: OwnerServices, document: DocumentId | None = None) -> None:
    details = {"part": part} | ({"document": document} if document else {})
    services.trail.note([Deed(action=Action.READ, subject=Subject(SubjectKind.OWNER, owner.id), details=details)])
