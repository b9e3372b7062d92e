"""What an S3 server can do: each capability is used on a canary and its effect looked at.

Answers are no proof. Three servers were seen to answer 200 to retention and hold calls and to overwrite the object with
the request's body; others keep a retention and let it be shortened. So each check puts bytes of its own, does the thing,
tries to break it, and reads the bytes again.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import io
import re
from collections.abc import Callable

import urllib3
from minio.commonconfig import COMPLIANCE, ENABLED, GOVERNANCE, CopySource, Filter, Tags
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from minio.lifecycleconfig import Expiration, LifecycleConfig, Rule
from minio.retention import Retention
from minio.versioningconfig import VersioningConfig

from pipeline.domain.capability import LOCKS, Answer, Capability, Seen
from pipeline.ports import Clock, silent
from storage.canary import LOCK_SECONDS, REFUSALS, Canary

CLOCK_SECONDS = 60.0
"""How far the clocks may be apart. Signed requests fail at fifteen minutes, but retention dates err by as much."""

_HARMFUL = LOCKS | {Capability.TAGS}
"""whose calls a server that does not know them may take for the object itself"""
_STATUS = re.compile(r"\b[45]\d\d\b")
_PART = 5 << 20
"""bytes; no part but the last may be smaller"""
_OK = 200
_REFUSED = range(400, 500)
_OLD, _NEW = b"so hoa: what was put first\n", b"so hoa: what came later, and is longer\n"


def probe(bird: Canary, *, clock: Clock, on_check: Callable[[int, int], None] = silent) -> tuple[Seen, ...]:
    """Return what the server was seen to do on the canary. `on_check` hears (checks done, checks in all).

    Nothing but the canary's bucket is touched. A server that does not do the first thing is asked nothing else.
    """
    seen: list[Seen] = []
    for done, capability in enumerate(Capability):
        on_check(done, len(Capability))
        if seen and seen[0].answer is not Answer.PROVEN:
            seen.append(Seen(capability, Answer.UNKNOWN, "not_asked"))
            continue
        seen.append(_looked_at(capability, bird, clock))
    on_check(len(Capability), len(Capability))
    return tuple(seen)


def _looked_at(capability: Capability, bird: Canary, clock: Clock) -> Seen:
    try:
        answer, detail = _CHECKS[capability](bird, clock)
    except S3Error as error:
        answer, detail = Answer.ABSENT, error.code or "refused"
    except (InvalidResponseError, ServerError) as error:
        answer, detail = Answer.ABSENT, _status(error)
    except (MinioException, urllib3.exceptions.HTTPError, ValueError) as error:
        answer, detail = Answer.UNKNOWN, f"{type(error).__name__}: {error}".splitlines()[0][:120]
    if capability in _HARMFUL and answer is Answer.ABSENT and not _is_whole(bird, capability):
        # the call was refused, or not understood, and still did harm
        return Seen(capability, Answer.FALSE, "overwritten")
    return Seen(capability, answer, detail)


def _status(error: Exception) -> str:
    found = _STATUS.search(str(error))
    return f"HTTP {found.group()}" if found else type(error).__name__


_Verdict = tuple[Answer, str]


def _judge(*facts: tuple[bool, str]) -> _Verdict:
    """Return PROVEN when all facts hold, else FALSE with the first that does not: the server had said yes."""
    for holds, otherwise in facts:
        if not holds:
            return Answer.FALSE, otherwise
    return Answer.PROVEN, ""


def _objects(bird: Canary, _: Clock) -> _Verdict:
    key = "objects/thử"
    bird.put(key, _OLD)
    whole, part = bird.get(key), bird.get(key, start=3, length=5)
    size = bird.client.stat_object(bird.bucket, key).size
    bird.client.copy_object(bird.bucket, "objects/copy", CopySource(bird.bucket, key))
    copied = bird.get("objects/copy")
    bird.remove("objects/copy", None)
    return _judge(
        (whole == _OLD, "other_bytes"),
        (part == _OLD[3:8], "other_range"),
        (size == len(_OLD), "other_size"),
        (copied == _OLD, "other_copy"),
        (not bird.holds("objects/copy", _OLD), "not_removed"),
    )


def _clock(bird: Canary, clock: Clock) -> _Verdict:
    answer = bird.send("HEAD", "objects/thử", b"", {})
    said = answer.headers.get("Date")
    if said is None:
        return Answer.UNKNOWN, "no_date"
    apart = abs((email.utils.parsedate_to_datetime(said) - clock.now()).total_seconds())
    return (Answer.PROVEN if apart <= CLOCK_SECONDS else Answer.FALSE), f"{apart:.0f} s"


def _credentials(bird: Canary, _: Clock) -> _Verdict:
    bird.put("credentials", _OLD)
    address = bird.client.get_presigned_url("GET", bird.bucket, "credentials", expires=dt.timedelta(minutes=5))
    unsigned = bird.http.request("GET", address.partition("?")[0], retries=False)
    head, _sign, signature = address.rpartition("=")
    forged = bird.http.request("GET", f"{head}={'0' * len(signature)}", retries=False)
    return _judge(
        (unsigned.status in _REFUSED, "anybody_reads"),
        (forged.status in _REFUSED, "forged"),
    )


def _conditional_put(bird: Canary, _: Clock) -> _Verdict:
    key = "conditional"
    first = bird.send("PUT", key, _OLD, {"If-None-Match": "*"})
    if first.status != _OK:
        return Answer.ABSENT, f"HTTP {first.status}"
    second = bird.send("PUT", key, _NEW, {"If-None-Match": "*"})
    return _judge((bird.holds(key, _OLD), "overwritten"), (second.status in _REFUSED, f"HTTP {second.status}"))


def _checksum(bird: Canary, _: Clock) -> _Verdict:
    wrong = bird.send("PUT", "checksum", _OLD, {"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="})
    return _judge(
        (wrong.status in _REFUSED, "unchecked"),
        (not bird.holds("checksum", _OLD), "refused_and_kept"),
    )


def _multipart(bird: Canary, _: Clock) -> _Verdict:
    data = bytes(range(256)) * (_PART // 256) + _OLD
    bird.client.put_object(bird.bucket, "multipart", io.BytesIO(data), len(data), part_size=_PART)
    begun = bird.send("POST", "given-up", b"", {}, {"uploads": ""})
    upload = re.search(rb"<UploadId>([^<]+)<", begun.data)
    if upload is None:
        return Answer.ABSENT, f"HTTP {begun.status}"
    given_up = bird.send("DELETE", "given-up", b"", {}, {"uploadId": upload[1].decode()})
    return _judge(
        (bird.get("multipart") == data, "other_bytes"),
        (given_up.status not in _REFUSED, "not_given_up"),
    )


def _presign(bird: Canary, _: Clock) -> _Verdict:
    bird.put("presign", _OLD)
    bird.put("presigned-other", _NEW)
    address = bird.client.presigned_get_object(bird.bucket, "presign", expires=dt.timedelta(minutes=5))
    good = bird.http.request("GET", address, retries=False)
    changed = bird.http.request("GET", address.replace("/presign?", "/presigned-other?"), retries=False)
    return _judge((good.data == _OLD, f"HTTP {good.status}"), (changed.status in _REFUSED, "changed_address"))


def _tags(bird: Canary, _: Clock) -> _Verdict:
    bird.put("tags", _OLD)
    tags = Tags.new_object_tags()
    tags["kind"] = "canary"
    bird.client.set_object_tags(bird.bucket, "tags", tags)
    whole = bird.holds("tags", _OLD)
    found = bird.client.get_object_tags(bird.bucket, "tags") if whole else None
    return _judge((whole, "overwritten"), (found == tags, "not_kept"))


def _encryption(bird: Canary, _: Clock) -> _Verdict:
    answer = bird.send("PUT", "encryption", _OLD, {"x-amz-server-side-encryption": "AES256"})
    if answer.status != _OK:
        return Answer.ABSENT, f"HTTP {answer.status}"
    kept = bird.send("HEAD", "encryption", b"", {}).headers.get("x-amz-server-side-encryption")
    return _judge((kept == "AES256", "ignored"), (bird.holds("encryption", _OLD), "other_bytes"))


def _lifecycle(bird: Canary, _: Clock) -> _Verdict:
    rule = Rule(status=ENABLED, rule_filter=Filter(prefix="incoming/"), rule_id="canary", expiration=Expiration(days=9))
    bird.client.set_bucket_lifecycle(bird.bucket, LifecycleConfig([rule]))
    kept = bird.client.get_bucket_lifecycle(bird.bucket)
    days = [each.expiration.days for each in kept.rules if each.expiration is not None] if kept else []
    bird.client.delete_bucket_lifecycle(bird.bucket)
    return _judge((days == [9], "not_kept"))


def _versioning(bird: Canary, _: Clock) -> _Verdict:
    if bird.client.get_bucket_versioning(bird.bucket).status != ENABLED:
        bird.client.set_bucket_versioning(bird.bucket, VersioningConfig(ENABLED))
    first, second = bird.put("versions", _OLD), bird.put("versions", _NEW)
    if first is None or second is None:
        return Answer.ABSENT, "no_versions"
    return _judge(
        (first != second, "one_version"),
        (bird.holds("versions", _OLD, first), "version_gone"),
        (bird.holds("versions", _NEW), "not_newest"),
    )


def _delete_marker(bird: Canary, _: Clock) -> _Verdict:
    version = bird.put("marker", _OLD)
    if version is None:
        return Answer.ABSENT, "no_versions"
    bird.client.remove_object(bird.bucket, "marker")
    return _judge(
        (not bird.holds("marker", _OLD), "not_removed"),
        (bird.holds("marker", _OLD, version), "version_gone"),
    )


def _governance(bird: Canary, clock: Clock) -> _Verdict:
    key = Capability.GOVERNANCE.value
    version, _until = _retained(bird, key, GOVERNANCE, clock)
    whole = bird.holds(key, _OLD, version)
    kept = whole and not bird.remove(key, version) and bird.holds(key, _OLD, version)
    return _judge((whole, "overwritten"), (kept, "removed"))


def _compliance(bird: Canary, clock: Clock) -> _Verdict:
    key = Capability.COMPLIANCE.value
    version, until = _retained(bird, key, COMPLIANCE, clock)
    whole = bird.holds(key, _OLD, version)
    claimed = whole and (bird.remove(key, version) or bird.remove(key, version, bypass=True))
    kept = not claimed and bird.holds(key, _OLD, version)
    if whole and not kept and clock.now() >= until:
        return Answer.UNKNOWN, "too_slow"
    return _judge((whole, "overwritten"), (kept, "removed"))


def _fixed_retention(bird: Canary, clock: Clock) -> _Verdict:
    key = Capability.FIXED_RETENTION.value
    version, until = _retained(bird, key, COMPLIANCE, clock)
    if not bird.holds(key, _OLD, version):
        return Answer.FALSE, "overwritten"

    def takes(mode: str, until: dt.datetime) -> bool:
        try:
            bird.client.set_object_retention(bird.bucket, key, Retention(mode, until), version)
        except REFUSALS:
            return False
        return True

    return _judge(
        (not takes(COMPLIANCE, until - dt.timedelta(seconds=LOCK_SECONDS / 2)), "shortened"),
        (not takes(GOVERNANCE, until), "weakened"),
        (takes(COMPLIANCE, until + dt.timedelta(seconds=2)), "not_longer"),
        (bird.holds(key, _OLD, version), "overwritten"),
    )


def _legal_hold(bird: Canary, _: Clock) -> _Verdict:
    key = Capability.LEGAL_HOLD.value
    version = bird.put(key, _OLD)
    bird.client.enable_object_legal_hold(bird.bucket, key, version)
    if not bird.holds(key, _OLD, version):
        return Answer.FALSE, "overwritten"
    removed = bird.remove(key, version)
    whole = bird.holds(key, _OLD, version)
    if removed or not whole:
        return Answer.FALSE, "removed"
    bird.client.disable_object_legal_hold(bird.bucket, key, version)
    bird.remove(key, version)
    return _judge((not bird.holds(key, _OLD, version), "not_lifted"))


def _retained(bird: Canary, key: str, mode: str, clock: Clock) -> tuple[str | None, dt.datetime]:
    """Put an object and retain it; return its version and until when.

    Raises:
        S3Error: the server refuses.
    """
    version = bird.put(key, _OLD)
    until = clock.now().replace(microsecond=0) + dt.timedelta(seconds=LOCK_SECONDS)
    bird.client.set_object_retention(bird.bucket, key, Retention(mode, until), version)
    return version, until


def _is_whole(bird: Canary, capability: Capability) -> bool:
    """Say whether the canary of a capability is unharmed, or was never put."""
    try:
        return bird.get(capability.value) == _OLD
    except REFUSALS:
        return True


_CHECKS: dict[Capability, Callable[[Canary, Clock], _Verdict]] = {
    Capability.OBJECTS: _objects,
    Capability.CLOCK: _clock,
    Capability.CREDENTIALS: _credentials,
    Capability.CONDITIONAL_PUT: _conditional_put,
    Capability.CHECKSUM: _checksum,
    Capability.MULTIPART: _multipart,
    Capability.PRESIGN: _presign,
    Capability.TAGS: _tags,
    Capability.ENCRYPTION: _encryption,
    Capability.LIFECYCLE: _lifecycle,
    Capability.VERSIONING: _versioning,
    Capability.DELETE_MARKER: _delete_marker,
    Capability.GOVERNANCE: _governance,
    Capability.COMPLIANCE: _compliance,
    Capability.FIXED_RETENTION: _fixed_retention,
    Capability.LEGAL_HOLD: _legal_hold,
}
