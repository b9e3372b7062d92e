"""The bucket that holds papers: made for records, or looked at for what it lacks. Its objects are not touched."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import dataclass

from minio import Minio
from minio.commonconfig import ENABLED, Filter
from minio.error import S3Error
from minio.lifecycleconfig import (
    AbortIncompleteMultipartUpload,
    Expiration,
    LifecycleConfig,
    NoncurrentVersionExpiration,
    Rule,
)
from minio.versioningconfig import VersioningConfig

from pipeline.domain.capability import Capability
from storage.canary import REFUSALS
from storage.s3_client import S3Access, s3_client, s3_errors

INCOMING = "incoming/"
"""what stands under this prefix was not accepted yet, and expires"""

_RULES = ("sohoa-incoming", "sohoa-uploads")
_OURS = frozenset({"BucketAlreadyOwnedByYou"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketState:
    """What a bucket is set up for."""

    made: bool
    """just now"""
    object_lock: bool
    """can only be chosen when a bucket is made"""
    versioning: bool
    incoming_days: int | None
    """after which uploads that nobody accepted expire; None where no rule says so"""


def bucket_state(access: S3Access) -> BucketState | None:
    """Return how the bucket is set up, None where there is none.

    Raises:
        StoreUnavailable, StoreUntrusted, StoreClockWrong, StoreRefused
    """
    client = s3_client(access)
    with s3_errors(access):
        return _state(client, access.bucket, made=False) if client.bucket_exists(access.bucket) else None


def prepare_bucket(access: S3Access, *, proven: Collection[Capability], incoming_days: int) -> BucketState:
    """Make the bucket where it is missing, with object lock if the server takes that, and set up what it can do.

    Versions and rules of expiry are only asked for where they were proven. What others have set up is left alone, but
    for this program's own rules.

    Raises:
        StoreUnavailable, StoreUntrusted, StoreClockWrong, StoreRefused
    """
    client = s3_client(access)
    with s3_errors(access):
        made = not client.bucket_exists(access.bucket)
        if made:
            make_bucket(client, access)
        if Capability.VERSIONING in proven and not _has_versions(client, access.bucket):
            client.set_bucket_versioning(access.bucket, VersioningConfig(ENABLED))
        if Capability.LIFECYCLE in proven:
            _set_rules(client, access.bucket, incoming_days)
        return _state(client, access.bucket, made=made)


def make_bucket(client: Minio, access: S3Access) -> None:
    """Make the bucket with object lock, or without where the server does not know that. Another process may be quicker.

    Raises:
        S3Error: the server refuses.
    """
    try:
        client.make_bucket(access.bucket, location=access.region, object_lock=True)
    except S3Error as error:
        if error.code in _OURS:
            return
        if error.code not in {"NotImplemented", "InvalidArgument", "InvalidRequest"}:
            raise
        with contextlib.suppress(S3Error):
            client.make_bucket(access.bucket, location=access.region)


def _state(client: Minio, bucket: str, *, made: bool) -> BucketState:
    return BucketState(
        made=made,
        object_lock=_has_lock(client, bucket),
        versioning=_has_versions(client, bucket),
        incoming_days=_incoming_days(client, bucket),
    )


def _has_lock(client: Minio, bucket: str) -> bool:
    """Say whether the bucket claims to have object lock; only a probe proves it, but a bucket that denies it has none."""
    try:
        client.get_object_lock_config(bucket)
    except REFUSALS:
        return False
    return True


def _has_versions(client: Minio, bucket: str) -> bool:
    try:
        return bool(client.get_bucket_versioning(bucket).status == ENABLED)
    except REFUSALS:
        return False


def _rules(client: Minio, bucket: str) -> list[Rule]:
    try:
        kept = client.get_bucket_lifecycle(bucket)
    except REFUSALS:
        return []
    return list(kept.rules) if kept is not None else []


def _incoming_days(client: Minio, bucket: str) -> int | None:
    days = [
        each.expiration.days
        for each in _rules(client, bucket)
        if each.rule_filter is not None and each.rule_filter.prefix == INCOMING and each.expiration is not None
    ]
    return min((int(each) for each in days if each is not None), default=None)


def _set_rules(client: Minio, bucket: str, days: int) -> None:
    """Let what came in and was not accepted expire, and what was sent in part be given up."""
    others = [each for each in _rules(client, bucket) if each.rule_id not in _RULES]
    ours = [
        Rule(
            status=ENABLED,
            rule_filter=Filter(prefix=INCOMING),
            rule_id=_RULES[0],
            expiration=Expiration(days=days),
            # where the bucket keeps versions, expiry only hides
            noncurrent_version_expiration=NoncurrentVersionExpiration(noncurrent_days=1),
        ),
        Rule(
            status=ENABLED,
            rule_filter=Filter(prefix=""),
            rule_id=_RULES[1],
            abort_incomplete_multipart_upload=AbortIncompleteMultipartUpload(days_after_initiation=days),
        ),
    ]
    client.set_bucket_lifecycle(bucket, LifecycleConfig([*others, *ours]))
