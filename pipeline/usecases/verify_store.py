"""Read every object that the records name, the longest unread first, and say exactly which are not what they were."""

from __future__ import annotations

import datetime as dt
import itertools
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.archive_ports import FixityBook, FixityCheck, Inventory, NeededObject, ObjectMender
from pipeline.domain.errors import MasterKeyMissing, ObjectAltered, ObjectMissing, StoreRefused, StoreUnavailable
from pipeline.domain.fixity import CheckOutcome, StoreName
from pipeline.domain.ids import ContentHash
from pipeline.object_ports import ObjectKeeper
from pipeline.ports import Area, Clock, ObjectStore, silent

NEEDED_AREAS = (Area.ARCHIVE, Area.DERIVED)
"""areas in which records name objects; of the derived ones, those only"""

_AT_ONCE = 500
"""objects in memory"""
_NOTED_AFTER = 100
"""objects that are read before it is written down that they were"""
_GIVE_UP = 3
"""so many objects one after the other that the store does not give: then it is the store"""
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreInCare:
    """A store as its caretaker has it: names and bytes as they stand there, also where they are sealed."""

    name: StoreName
    objects: ObjectStore
    keeper: ObjectKeeper
    mender: ObjectMender
    opened: ObjectStore | None = None
    """the same objects under the names of their plain bytes, opened with their keys; None: there are no keys to try"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An object that is not as it should be."""

    store: StoreName
    outcome: CheckOutcome
    needed: NeededObject
    """the object, and by which records it is needed: none for one that nobody needs"""
    size: int | None = None
    """bytes that are there, where that is known"""
    reason: str = ""
    """what the store said of one that it did not give"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCheck:
    """What came of looking at a store."""

    store: StoreName
    objects: int
    """that were read"""
    bytes: int
    findings: tuple[Finding, ...]


class Pace:
    """Holds reading back to so many bytes a second: others work with the same disks."""

    def __init__(
        self,
        bytes_per_second: float | None,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate = bytes_per_second
        self._now = now
        self._sleep = sleep
        self._free_at = now()

    def spend(self, size: int) -> None:
        """Count `size` bytes, and wait until they may have been read; time that was not used is not saved up."""
        if self._rate is None:
            return
        now = self._now()
        self._free_at = max(self._free_at, now) + size / self._rate
        if self._free_at > now:
            self._sleep(self._free_at - now)


UNHURRIED = Pace(None)
"""as fast as it goes"""


def verify_store(
    store: StoreInCare,
    *,
    inventory: Inventory,
    book: FixityBook,
    clock: Clock,
    before: dt.datetime,
    pace: Pace = UNHURRIED,
    on_object: Callable[[int, int], None] = silent,
    on_finding: Callable[[Finding], None] = silent,
) -> StoreCheck:
    """Read what was not read since `before`. Whoever is interrupted and runs it again with the same `before` goes on.

    Args:
        store: what is looked at.
        inventory: what must be there.
        book: what was read when.
        clock: tells when it was read.
        before: what was read since then is left out; aware.
        pace: holds reading back.
        on_object: hears (objects read, objects to read).
        on_finding: hears of each finding at once.

    Raises:
        StoreUnavailable, StoreRefused: the store gives nothing; what was found until then is kept.
        RecordsUnavailable
    """
    _enlist(store.name, inventory, book)
    total = book.count(store.name, before=before)
    findings: list[Finding] = []
    done = size = failed = 0
    while page := book.due(store.name, before=before, limit=_NOTED_AFTER):
        checks: list[FixityCheck] = []
        try:
            for needed in _still_needed(page, store.name, inventory, book):
                finding, read = examine(store, needed)
                if finding and finding.outcome is CheckOutcome.MISSING and _is_gone(needed, inventory):
                    continue  # disposed of since the page was asked for; the next check forgets it
                failed = failed + 1 if finding and finding.outcome is CheckOutcome.UNREADABLE else 0
                outcome = finding.outcome if finding else CheckOutcome.SOUND
                # a clock that was set back must not make it due again
                at = max(clock.now(), before)
                checks.append(FixityCheck(area=needed.area, sha256=needed.sha256, checked_at=at, outcome=outcome))
                if finding:
                    findings.append(finding)
                    on_finding(finding)
                    if failed == _GIVE_UP:
                        raise StoreUnavailable(reason=finding.reason)
                done, size = done + 1, size + read
                on_object(done, max(done, total))
                pace.spend(read)
        finally:
            book.note(store.name, checks)
    return StoreCheck(store=store.name, objects=done, bytes=size, findings=tuple(findings))


def _is_gone(needed: NeededObject, inventory: Inventory) -> bool:
    return not inventory.named(needed.area, [needed.sha256])


def examine(store: StoreInCare, needed: NeededObject) -> tuple[Finding | None, int]:
    """Read one object to its end; return what is wrong with it, if anything is, and how many bytes were read.

    A sealed one whose bytes are whole is opened as well, where there are keys: it may stand for other bytes than the
    records say, or for nothing that anybody can read.
    """
    finding, size = _read(store.name, store.objects, needed, needed.stored_as)
    if finding is not None and finding.outcome is CheckOutcome.ALTERED:
        return replace(finding, size=_size(store, needed)), size
    if finding is not None or needed.stored_as == needed.sha256 or store.opened is None:
        return finding, size
    unopened, opened = _read(store.name, store.opened, needed, needed.sha256)
    if unopened is not None and unopened.outcome is not CheckOutcome.WRONG_SIZE:
        unopened = replace(unopened, outcome=CheckOutcome.UNOPENED)
    return unopened, size + opened


def _read(
    store: StoreName, objects: ObjectStore, needed: NeededObject, name: ContentHash
) -> tuple[Finding | None, int]:
    size = 0
    try:
        with objects.open(needed.area, name) as stream:
            while piece := stream.read(_CHUNK):
                size += len(piece)
    except ObjectMissing:
        return Finding(store=store, outcome=CheckOutcome.MISSING, needed=needed), size
    except ObjectAltered:
        return Finding(store=store, outcome=CheckOutcome.ALTERED, needed=needed), size
    except (StoreUnavailable, StoreRefused, MasterKeyMissing) as error:
        reason = str(error.details.get("reason", error.code))
        return Finding(store=store, outcome=CheckOutcome.UNREADABLE, needed=needed, reason=reason), size
    told = {*needed.sizes} if name != needed.sha256 else {*needed.sizes, size}
    if len(told) > 1:
        return Finding(store=store, outcome=CheckOutcome.WRONG_SIZE, needed=needed, size=size), size
    return None, size


def find_strays(
    store: StoreInCare,
    *,
    inventory: Inventory,
    now: dt.datetime,
    settled: dt.timedelta,
    areas: Collection[Area] = (Area.ARCHIVE,),
    on_object: Callable[[int], None] = silent,
) -> Iterator[Finding]:
    """Yield the objects that are there and that no record names. Nothing is removed.

    What is younger than `settled` is left out: objects are kept before the records that name them. Derived objects that
    no record names are as they should be.

    Raises:
        StoreUnavailable, StoreRefused, RecordsUnavailable
    """
    done = 0
    for area in areas:
        listed = store.keeper.objects(area)
        while page := list(itertools.islice(listed, _AT_ONCE)):
            names = [each.sha256 for each in page]
            standing = inventory.standing_for(area, names)
            needed = inventory.named(area, {standing.get(each, each) for each in names})
            for each in page:
                wanted = needed.get(standing.get(each.sha256, each.sha256))
                is_wanted = wanted is not None and wanted.stored_as == each.sha256
                if not is_wanted and now - each.modified >= settled:
                    nobody = NeededObject(area=area, sha256=each.sha256, stored_as=each.sha256, sizes=(), needs=())
                    yield Finding(store=store.name, outcome=CheckOutcome.UNKNOWN, needed=nobody, size=each.size)
            done += len(page)
            on_object(done)


def needed_objects(inventory: Inventory, area: Area) -> Iterator[Sequence[NeededObject]]:
    """Yield everything that the records name in an area, by pages."""
    after: ContentHash | None = None
    while page := inventory.needed(area, limit=_AT_ONCE, after=after):
        yield page
        after = page[-1].sha256


def count_needed(inventory: Inventory, areas: Collection[Area] = NEEDED_AREAS) -> int:
    """Return how many objects the records name."""
    return sum(len(page) for area in areas for page in needed_objects(inventory, area))


def _enlist(store: StoreName, inventory: Inventory, book: FixityBook) -> None:
    for area in NEEDED_AREAS:
        for page in needed_objects(inventory, area):
            book.enlist(store, area, [each.sha256 for each in page])


def _still_needed(
    page: Sequence[FixityCheck], store: StoreName, inventory: Inventory, book: FixityBook
) -> Iterator[NeededObject]:
    """Yield the objects of a page in its order; those that no record names any more are forgotten."""
    for area in NEEDED_AREAS:
        mine = [each.sha256 for each in page if each.area is area]
        named = inventory.named(area, mine)
        if gone := [each for each in mine if each not in named]:
            book.forget(store, area, gone)
        yield from (named[each] for each in mine if each in named)


def _size(store: StoreInCare, needed: NeededObject) -> int | None:
    try:
        return store.keeper.stat(needed.area, needed.stored_as).size
    except (ObjectMissing, StoreUnavailable, StoreRefused):
        return None
