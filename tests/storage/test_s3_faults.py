"""A network and a server that fail at every single request: whole or nothing, tried again or named, nothing acknowledged lost."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path

import pytest

from pipeline.domain.capability import Capability
from pipeline.domain.errors import ObjectAltered, SohoaError, StoreRefused, StoreUnavailable
from pipeline.domain.ids import ContentHash, content_hash
from pipeline.domain.kept_object import LockMode
from pipeline.ports import Area
from storage import objects_s3
from storage.objects_s3 import S3Objects
from storage.s3_client import S3Access, s3_client
from storage.s3_keeper import S3Keeper
from tests.servers.faulty_proxy import SLOW_SECONDS, Fault, Plan, faulty_proxy
from tests.servers.rados_gateway import S3Server

pytestmark = [pytest.mark.services, pytest.mark.enable_socket, pytest.mark.slow]

PART = 5 << 20
"""bytes; the least that S3 takes"""
SMALL, OTHER, LARGE = b"small", b"other", hashlib.shake_128(b"large").digest(PART + 100)
NONE, LONG = dt.timedelta(0), dt.timedelta(days=999)
_numbers = itertools.count()


def name(data: bytes) -> ContentHash:
    return content_hash(data)


@dataclass(frozen=True, slots=True)
class Office:
    """A bucket behind a network that fails, and the same bucket as it is."""

    store: S3Objects
    care: S3Keeper
    plan: Plan
    true_store: S3Objects
    true_care: S3Keeper

    def put(self, data: bytes, area: Area = Area.ARCHIVE) -> object:
        return self.store.put(area, io.BytesIO(data))

    def read(self, data: bytes) -> bytes:
        with self.store.open(Area.ARCHIVE, name(data)) as stream:
            return stream.read()

    def read_local(self, data: bytes) -> bytes:
        with self.store.local(Area.ARCHIVE, name(data)) as path:
            return path.read_bytes()

    def until(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is asked of the store, again and again until each of its requests was struck."""

    said: str
    do: Callable[[Office], object]
    _: KW_ONLY
    gives: object = ...
    """... where that does not matter"""
    keeps: bytes = b""
    """what is acknowledged by it"""
    undo: Callable[[Office], object] = lambda _: None
    """what makes it be asked for anew"""


def gone(data: bytes, area: Area = Area.ARCHIVE) -> Callable[[Office], object]:
    return lambda at: at.true_care.remove(area, name(data))


SMALL_IS = (Area.ARCHIVE, name(SMALL))
STEPS: Sequence[Step] = (
    Step("put", lambda at: at.put(SMALL), keeps=SMALL, undo=gone(SMALL)),
    Step("put again", lambda at: at.put(SMALL), keeps=SMALL),
    Step("put in parts", lambda at: at.put(LARGE), keeps=LARGE, undo=gone(LARGE)),
    Step("has", lambda at: at.store.has(*SMALL_IS), gives=True),
    Step("has not", lambda at: at.store.has(Area.ARCHIVE, name(b"never")), gives=False),
    Step("read", lambda at: at.read(SMALL), gives=SMALL),
    Step("read in pieces", lambda at: at.read_local(LARGE), gives=LARGE),
    Step("read a part", lambda at: at.store.part(Area.ARCHIVE, name(LARGE), start=5, length=9), gives=LARGE[5:14]),
    Step("look", lambda at: at.care.stat(*SMALL_IS).size, gives=len(SMALL)),
    Step("list", lambda at: {each.sha256 for each in at.care.objects(Area.ARCHIVE)}, gives={name(SMALL), name(LARGE)}),
    Step("versions", lambda at: len(at.care.versions(*SMALL_IS)) > 0, gives=True),
    Step("tag", lambda at: at.care.tag(*SMALL_IS, {"kind": "none"}), gives=None),
    Step("tags", lambda at: dict(at.care.tags(*SMALL_IS)), gives={"kind": "none"}),
    Step("hold", lambda at: at.care.hold(*SMALL_IS, on=True), gives=None),
    Step("lock", lambda at: at.care.lock(*SMALL_IS).hold, gives=True),
    Step("lift", lambda at: at.care.hold(*SMALL_IS, on=False), gives=None),
    Step(
        "copy",
        lambda at: at.care.copy(name(SMALL), source=Area.ARCHIVE, target=Area.DERIVED),
        gives=None,
        undo=gone(SMALL, Area.DERIVED),
    ),
    # after the copy: this server copies an object with its retention
    Step("retain", lambda at: at.care.retain(*SMALL_IS, until=at.until(), mode=LockMode.GOVERNANCE), gives=None),
    Step("came in", lambda at: at.put(OTHER, Area.INCOMING)),
    Step("sweep", lambda at: at.care.sweep(unfinished=LONG, incoming=LONG).expired, gives=0),
    Step(
        "remove",
        lambda at: at.care.remove(Area.INCOMING, name(OTHER)),
        gives=None,
        undo=lambda at: at.true_store.put(Area.INCOMING, io.BytesIO(OTHER)),
    ),
)

MENDED = frozenset({Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.SLOW, Fault.BUSY_BEFORE, Fault.BUSY_AFTER})
"""faults that one more try mends without anybody's help"""


NAMED: Mapping[Fault, tuple[type[SohoaError], ...]] = {
    # bits that turn on the way are found by the digest of what is read, or the answer makes no sense
    Fault.ANSWER_FLIPPED: (ObjectAltered, StoreUnavailable),
    # the server may read what came before it looks at its digest
    Fault.REQUEST_FLIPPED: (StoreUnavailable, StoreRefused),
}


@pytest.fixture(scope="module")
def way(s3_server: S3Server) -> Iterator[tuple[S3Access, Plan]]:
    with faulty_proxy(s3_server.endpoint) as (endpoint, plan):
        access = S3Access(
            endpoint=endpoint,
            access_key=s3_server.access_key,
            secret_key=s3_server.secret_key,
            bucket="none",
            region=s3_server.region,
            secure=False,
            retries=2,
        )
        yield access, plan


@pytest.fixture
def office(
    way: tuple[S3Access, Plan], s3_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Office]:
    """Open new buckets, with parts as small as they may be."""
    monkeypatch.setattr(objects_s3, "PART_SIZE", PART)
    access, plan = way

    def open_one(*, locked: bool, patience: float) -> Office:
        # this server keeps the condition of a put only in a bucket without versions
        missing = {Capability.CONDITIONAL_PUT} if locked else {Capability.GOVERNANCE, Capability.LEGAL_HOLD}
        proven = frozenset(Capability) - missing
        bucket = f"faults-{next(_numbers)}"
        true = replace(access, bucket=bucket, endpoint=s3_server.endpoint)
        struck = replace(access, bucket=bucket, read_seconds=patience)
        s3_client(true).make_bucket(bucket, location=access.region, object_lock=locked)
        plan.begin(None)
        return Office(
            store=S3Objects(struck, proven=proven, scratch=tmp_path),
            care=S3Keeper(struck, proven=proven),
            plan=plan,
            true_store=S3Objects(true, proven=proven, scratch=tmp_path),
            true_care=S3Keeper(true, proven=proven),
        )

    return open_one


def outcome(at: Office, step: Step) -> object:
    """Take a step; return what it gave or how it was refused. Any other error is a fault of ours."""
    try:
        return step.do(at)
    except SohoaError as error:
        return error


def check(at: Office, kept: Collection[bytes]) -> None:
    """All that was acknowledged is there and whole, all that is listed is whole."""
    listed = {each.sha256 for each in at.true_care.objects(Area.ARCHIVE)}
    assert {name(data) for data in kept} <= listed
    for sha256 in listed:
        with at.true_store.open(Area.ARCHIVE, sha256) as stream:
            stream.read()


def strike(at: Office, step: Step, fault: Fault, number: int) -> bool:
    """Let one request of a step fail; say whether there was one of that number."""
    at.plan.begin(fault, number)
    came = outcome(at, step)
    hit, log = at.plan.requests >= number, list(at.plan.log)
    at.plan.begin(None)
    if isinstance(came, SohoaError):
        assert hit, (step.said, came)
        assert fault not in MENDED, (step.said, number, str(came), log)
        assert isinstance(came, NAMED.get(fault, StoreUnavailable)), (step.said, number, came, log)
    elif fault is not Fault.ANSWER_FLIPPED and step.gives is not ...:
        assert came == step.gives, (step.said, number, log)
    return hit


AT_ONCE = (Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.REQUEST_FLIPPED)
"""faults that every run of the tests tries: each takes ten seconds"""


@pytest.mark.parametrize(
    ("fault", "locked"),
    [
        *(pytest.param(fault, True, marks=() if fault in AT_ONCE else pytest.mark.long) for fault in Fault),
        # where puts are conditional: the second of two tries finds what the first one did
        (Fault.CUT_AFTER, False),
        *(pytest.param(fault, False, marks=pytest.mark.long) for fault in (Fault.BUSY_AFTER, Fault.REQUEST_FLIPPED)),
    ],
)
def test_one_request_of_many_fails(
    office: Callable[..., Office], fault: Fault, tmp_path: Path, *, locked: bool
) -> None:
    at = office(locked=locked, patience=SLOW_SECONDS / 2 if fault is Fault.SLOW else 60)
    kept: set[bytes] = set()
    struck = 0
    for step in STEPS:
        if not locked and step.said in {"hold", "lock", "lift", "retain"}:
            continue
        for number in itertools.count(1):
            hit = strike(at, step, fault, number)
            check(at, kept)
            # and once more, on a network that works
            again = step.do(at)
            assert step.gives is ... or again == step.gives, step.said
            check(at, kept | ({step.keeps} - {b""}))
            if not hit:
                break
            struck += 1
            step.undo(at)
        kept |= {step.keeps} - {b""}
    assert struck >= len(STEPS) - 4
    at.true_care.sweep(unfinished=-LONG, incoming=LONG)
    client = s3_client(at.true_care._access)
    assert list(client.unfinished(at.true_care._bucket, "")) == []
    assert list(tmp_path.iterdir()) == []
