"""Say of stored papers what speaks against using them: whose, how long valid, whole, signed.

Bytes are not read for every question. That a file is what was put there was proven when it was last read from its first byte
to its last, and when it was put; a proof that is older than the policy lets it be is made anew, and written down for the next
question.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.archive_ports import FixityBook, FixityCheck
from pipeline.domain.errors import ObjectAltered, ObjectMissing
from pipeline.domain.fixity import CheckOutcome, StoreName
from pipeline.domain.holding import Holding
from pipeline.domain.ids import ContentHash
from pipeline.domain.reuse import Integrity, ReuseObstacle, ReuseWish, reuse_obstacles
from pipeline.domain.signature import Verdict
from pipeline.ports import Area, Clock, ObjectStore
from pipeline.reuse_ports import StoredCopy

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPolicy:
    """How long proofs count."""

    read_age: dt.timedelta = dt.timedelta(days=100)
    """since a file was put or read from its first byte to its last"""
    verdict_age: dt.timedelta | None = None
    """since its signatures were judged; None: what was said of them last counts, however long ago"""


PROVEN_NOW = ProofPolicy(read_age=dt.timedelta(0), verdict_age=dt.timedelta(days=1))
"""when a paper is used, not only looked for: its file is read, and signatures are judged again that nobody judged today"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPaper:
    """A paper in a depository that may be used, or what speaks against it."""

    copy: StoredCopy
    verdict: Verdict | None
    """on its signatures; None where it has none"""
    obstacles: tuple[ReuseObstacle, ...]
    """all of them, the weightiest first; none: it may be used"""

    @property
    def holding(self) -> Holding:
        """Its place in the depository."""
        return self.copy.holding


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofServices:
    """What proving files needs."""

    objects: ObjectStore
    fixity: FixityBook
    clock: Clock
    judge: Callable[[ContentHash], Verdict]
    """judges a file's signatures now, and keeps what comes of it"""


def weighed(
    copies: Sequence[StoredCopy], wish: ReuseWish, *, policy: ProofPolicy, services: ProofServices
) -> tuple[StoredPaper, ...]:
    """Return papers with what speaks against using them: those that can be used first, the newest of each first.

    Raises:
        StoreUnavailable, StoreRefused: a file whose proof is too old cannot be read.
        RecordsUnavailable
    """
    found = _Proving(policy=policy, services=services, now=services.clock.now()).weighed(copies, wish)
    return tuple(sorted(found, key=lambda each: (len(each.obstacles), -each.holding.published_at.timestamp())))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proving:
    policy: ProofPolicy
    services: ProofServices
    now: dt.datetime

    def weighed(self, copies: Sequence[StoredCopy], wish: ReuseWish) -> Iterator[StoredPaper]:
        whole = self._whole(copies)
        for copy in copies:
            intact = all(whole[each] for each in copy.files)
            verdict = self._verdict(copy) if intact else self._of_altered(copy)
            yield StoredPaper(
                copy=copy,
                verdict=verdict,
                obstacles=reuse_obstacles(copy.holding, wish, integrity=Integrity(intact=intact, verdict=verdict)),
            )

    def _verdict(self, copy: StoredCopy) -> Verdict | None:
        """Return what is to be said of a paper's signatures; what nobody has judged yet, or not lately, is judged now."""
        file = copy.judged
        if file is None:
            return None
        kept, longest = copy.verdict, self.policy.verdict_age
        counts = kept is not None and (longest is None or self.now - kept.at <= longest)
        return kept.verdict if kept is not None and counts else self.services.judge(file)

    @staticmethod
    def _of_altered(copy: StoredCopy) -> Verdict | None:
        return None if copy.judged is None else Verdict.INDETERMINATE

    def _whole(self, copies: Sequence[StoredCopy]) -> Mapping[ContentHash, bool]:
        """Return, for every file, whether its bytes are those that were put; what is read for it is written down."""
        found: dict[ContentHash, bool] = {}
        read: list[FixityCheck] = []
        for copy in copies:
            for file in copy.files - found.keys():
                found[file] = self._is_proven(file, copy)
                if not found[file]:
                    outcome = _outcome(file, self.services.objects)
                    found[file] = outcome is CheckOutcome.SOUND
                    read.append(FixityCheck(area=Area.ARCHIVE, sha256=file, checked_at=self.now, outcome=outcome))
        if read:
            self.services.fixity.note(StoreName.STORE, read)
        return found

    def _is_proven(self, file: ContentHash, copy: StoredCopy) -> bool:
        """Say whether a proof that is recent enough says that a file is whole."""
        last = copy.reads.get(file)
        if last is not None and last.outcome is not CheckOutcome.SOUND:
            return False
        proofs = [last.checked_at] if last is not None and last.checked_at is not None else []
        if file == copy.newest.sha256:
            proofs.append(copy.newest.created_at)
        return any(self.now - each < self.policy.read_age for each in proofs)


def _outcome(file: ContentHash, objects: ObjectStore) -> CheckOutcome:
    try:
        with objects.open(Area.ARCHIVE, file) as stream:
            while stream.read(_CHUNK):
                pass
    except ObjectMissing:
        return CheckOutcome.MISSING
    except ObjectAltered:
        return CheckOutcome.ALTERED
    return CheckOutcome.SOUND
