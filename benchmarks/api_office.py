"""An office with many papers for load on its interface: rows as the product writes them, and a few copies that all papers share."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.ids import new_id, new_secret
from app.services import Services, open_services
from app.settings import load_settings
from benchmarks.ingest import AUTHOR, batches
from pipeline.archive_ports import FixityCheck
from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.client import AccessToken, ApiClient, ApiScope, ClientId
from pipeline.domain.document import Copy, StoredDocument
from pipeline.domain.fixity import CheckOutcome, StoreName
from pipeline.domain.holding import Holding, PaperCode
from pipeline.domain.ids import ContentHash, DocumentId, FieldName, TypeCode
from pipeline.domain.owner import HoldingId, Identifier, IdentifierKind, Owner, OwnerId, OwnerKind
from pipeline.domain.procedure import Component, Procedure, ProcedureCode
from pipeline.domain.signature import FileVerdict, Verdict
from pipeline.ports import Area

AGENCY = "H42.11"
PROCEDURE = ProcedureCode("1.009999")
_COMPONENTS = ("can_cuoc", "giay_khai_sinh", "quyet_dinh", "cong_van", "giay_tiep_nhan")
_NUMBER = FieldName("personal_id")
COPY_BYTES = 1 << 20
COPIES = 256
"""different files: more than the stores keep at hand by chance, less than a hundred gigabytes"""
_PLACED_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a client needs to ask."""

    token: str
    documents: tuple[str, ...]
    people: tuple[str, ...]
    """numbers of people with papers in depositories"""
    procedure: str


def fill(environment: dict[str, str], *, papers: int, seed: int) -> Plan:
    """Keep papers, half of them signed, with owners and depositories, and let a client in."""
    with open_services(load_settings(environment).settings, author=AUTHOR) as services:
        copies = tuple(_copies(services, seed))
        _prove(services, copies)
        services.procedures.load([_procedure()])
        documents: list[str] = []
        people: dict[str, OwnerId] = {}
        dice = random.Random(seed)
        for received, digitized, texts in batches(papers, seed=seed):
            kept = _with_copies(digitized, copies, dice)
            services.batches.open(received)
            services.batches.complete(kept, texts=texts)
            documents += [each.understood.id for each in kept.documents]
            _place(services, kept.documents, people)
        return Plan(token=_token(services), documents=tuple(documents), people=tuple(people), procedure=PROCEDURE)


def _copies(services: Services, seed: int) -> Iterator[Copy]:
    for number in range(COPIES):
        content = random.Random(seed << 16 | number).randbytes(COPY_BYTES)
        kept = services.objects.put(Area.ARCHIVE, io.BytesIO(content))
        yield Copy(sha256=kept.sha256, size=kept.size, conformance="2u")


def _prove(services: Services, copies: Sequence[Copy]) -> None:
    """Write down that all files were read lately, and that their signatures were found valid."""
    now, hashes = services.clock.now(), [each.sha256 for each in copies]
    services.fixity.enlist(StoreName.STORE, Area.ARCHIVE, hashes)
    read = [FixityCheck(area=Area.ARCHIVE, sha256=each, checked_at=now, outcome=CheckOutcome.SOUND) for each in hashes]
    services.fixity.note(StoreName.STORE, read)
    services.verdicts.keep({each: _valid() for each in hashes}, as_of=now)


def _valid() -> FileVerdict:
    return FileVerdict(verdict=Verdict.VALID, reason="", signatures=())


def _procedure() -> Procedure:
    return Procedure(
        code=PROCEDURE,
        name="Thủ tục để đo",
        field="Đo",
        since=dt.date(2020, 1, 1),
        components=tuple(Component(code=each, name=each, types=(TypeCode(each),)) for each in _COMPONENTS),
        source="benchmarks.api",
    )


def _with_copies(batch: DigitizedBatch, copies: Sequence[Copy], dice: random.Random) -> DigitizedBatch:
    """Return a batch whose papers have copies that are there; every other one came in signed."""

    def with_copy(document: StoredDocument, number: int) -> StoredDocument:
        copy = dice.choice(copies)
        signed: ContentHash | None = copy.sha256 if number % 2 else None
        return dataclasses.replace(document, copy=copy, signed_source=signed)

    made = tuple(with_copy(each, number) for number, each in enumerate(batch.documents))
    return dataclasses.replace(batch, documents=made)


def _place(services: Services, documents: Sequence[StoredDocument], people: dict[str, OwnerId]) -> None:
    """Put papers into their owners' depositories."""
    new = []
    for each in documents:
        if each.understood.type not in _COMPONENTS:
            continue
        number = str(each.understood.fields[_NUMBER].value)
        if number not in people:
            identifier = Identifier(IdentifierKind.CCCD, number)
            name = str(each.understood.fields[FieldName("full_name")].value)
            owner = Owner(id=OwnerId(services.new_id()), kind=OwnerKind.PERSON, name=name, identifiers=(identifier,))
            people[number] = services.owners.register(owner).id
        new.append(
            Holding(
                id=HoldingId(services.new_id()),
                owner=people[number],
                document=DocumentId(each.understood.id),
                type=each.understood.type,
                code=PaperCode(owner=number, type=each.understood.type, serial=0, text=""),
                published_at=services.clock.now(),
            )
        )
    services.depository.place(new, template="{owner}.{type}.{serial}")


def _token(services: Services) -> str:
    now, secret = services.clock.now(), new_secret()
    client = ApiClient(
        id=ClientId(f"benchmark-{new_id(services.clock)[:8]}"),
        name="benchmark",
        agencies=frozenset({AGENCY, ""}),
        scopes=frozenset(ApiScope),
        created_at=now,
    )
    services.clients.add(client)
    token = AccessToken(
        digest=hashlib.sha256(secret.encode()).hexdigest(),
        client=client.id,
        scopes=client.scopes,
        issued_at=now,
        expires_at=now + dt.timedelta(days=1),
    )
    services.access_tokens.keep(token)
    return secret
