"""Reports of what a store can do: of an S3 server by trying, of a folder by what it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import urllib3

from pipeline.domain.capability import LOCKS, Answer, Capability, Seen, StoreReport
from pipeline.ports import Clock, silent
from storage.canary import canary
from storage.probe import probe
from storage.s3_bucket import BucketState, bucket_state
from storage.s3_client import S3Access, s3_client, s3_errors

_CONNECT_SECONDS, _READ_SECONDS = 5.0, 60.0
_LONGEST_BUCKET = 63 - len("-canary-01234567")
"""characters that are left of a bucket's name (63 at most) for the canary's"""

_VERSIONS = frozenset({Capability.VERSIONING, Capability.DELETE_MARKER})
_OF_A_FOLDER = frozenset(
    {
        Capability.OBJECTS,
        Capability.CLOCK,
        Capability.CREDENTIALS,
        Capability.CONDITIONAL_PUT,
        Capability.CHECKSUM,
        Capability.MULTIPART,
    }
)
"""what a folder does by what it is: names are linked and never written over, digests are checked on the way, nothing is
sent in parts, and the clock and the rights are the machine's own"""


def store_name(access: S3Access) -> str:
    """Return what a report calls this store."""
    return f"s3://{access.endpoint}/{access.bucket}"


def prove_s3(
    access: S3Access,
    *,
    clock: Clock,
    token: UUID,
    canary_bucket: str = "",
    on_check: Callable[[int, int], None] = silent,
) -> StoreReport:
    """Return what the server was seen to do on a bucket to be thrown away, and what the bucket of papers lacks of it.

    `canary_bucket` names a bucket that exists and holds nothing, for accounts that may not make one; otherwise one is
    made whose name ends with a part of `token`. Takes up to half a minute: locks have to run out before it is removed.

    Raises:
        StoreUnavailable, StoreUntrusted, StoreClockWrong, StoreRefused, BadSettings
    """
    # the server is asked once for each thing: a canary has to see the first answer
    http = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
        ca_certs=None if access.certificates is None else str(access.certificates),
    )
    bucket = canary_bucket or f"{access.bucket[:_LONGEST_BUCKET]}-canary-{token.hex[-8:]}"
    with (
        s3_errors(access),
        canary(s3_client(access), http, bucket=bucket, region=access.region, own=not canary_bucket) as bird,
    ):
        seen = probe(bird, clock=clock, on_check=on_check)
    state = bucket_state(access)
    return StoreReport(store=store_name(access), at=clock.now(), seen=tuple(_in_bucket(each, state) for each in seen))


def prove_folder(root: Path, *, clock: Clock) -> StoreReport:
    """Return what a folder can do. It keeps no versions, and its administrator can remove anything: it locks nothing."""
    seen = (
        Seen(each, Answer.PROVEN if each in _OF_A_FOLDER else Answer.ABSENT, "" if each in _OF_A_FOLDER else "folder")
        for each in Capability
    )
    return StoreReport(store=str(root), at=clock.now(), seen=tuple(seen))


def _in_bucket(seen: Seen, state: BucketState | None) -> Seen:
    """Return what was seen, unless the bucket of papers was not made for it; one that is missing will be."""
    if state is None or seen.answer is not Answer.PROVEN:
        return seen
    if seen.capability in LOCKS and not state.object_lock:
        return Seen(seen.capability, Answer.ABSENT, "bucket_without_lock")
    if seen.capability in _VERSIONS and not state.versioning:
        return Seen(seen.capability, Answer.ABSENT, "bucket_without_versions")
    return seen
