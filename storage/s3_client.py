"""One way to speak to an S3 server: the minio client with our limits, and its errors as the product's own.

Who stores and who proves what a server can do (the probe) share this, so that both meet the same server in the same way.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, NoReturn, TypeVar
from xml.etree.ElementTree import ParseError  # the name of an error, reads nothing  # nosec B405

import urllib3
from minio import time as client_time
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from minio.helpers import check_bucket_name
from minio.sse import Sse, SseCustomerKey, SseKMS, SseS3

from pipeline.domain.errors import (
    NO_ROOM,
    BadSettings,
    BucketMissing,
    MachineExhausted,
    SohoaError,
    StoreClockWrong,
    StoreRefused,
    StoreUnavailable,
    StoreUntrusted,
)
from storage.encryption_kind import EncryptionKind
from storage.s3_calls import S3Client

NOT_IMPLEMENTED: Final = "NotImplemented"
"""code of a call that the server does not know"""

_Result = TypeVar("_Result")

MISSING: Final = frozenset({"NoSuchKey", "NoSuchObject", "NoSuchVersion"})
"""codes of an object that is not there"""

CLOCK_LIMIT: Final = dt.timedelta(minutes=15)
"""How far a request's time may be from the server's (Signature Version 4, "request expired")."""

GARBLED: Final = frozenset({"BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody", "RequestTimeout"})
"""codes of a body that did not arrive as it was sent: nothing was kept, and sending it again may do"""

_SERVER_AT_FAULT = 500
_NOT_IMPLEMENTED = 501
_TRY_LATER = frozenset({408, 429})
_NO_RIGHT = 403
_TOO_SKEWED = "RequestTimeTooSkewed"


@dataclass(frozen=True, slots=True)
class ServerEncryption:
    """Encryption that the server does. Ours, which it never sees, is `storage.encrypted_objects`."""

    kind: EncryptionKind = EncryptionKind.NONE
    key: str = field(default="", repr=False)
    """sse-kms: the key's id; sse-c: 32 bytes in hexadecimal"""

    def method(self) -> Sse | None:
        """Return it as the client has it.

        Raises:
            BadSettings: the key is not one.
        """
        match self.kind:
            case EncryptionKind.NONE:
                return None
            case EncryptionKind.SERVER:
                return SseS3()
            case EncryptionKind.SERVICE:
                return SseKMS(self.key, {})
            case EncryptionKind.CUSTOMER:
                try:
                    return SseCustomerKey(bytes.fromhex(self.key))
                except ValueError as error:
                    raise BadSettings(value="", problem="bad_encryption_key") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Access:
    """Where a server is, who asks, and how long one waits."""

    endpoint: str
    """host:port"""
    access_key: str
    secret_key: str
    bucket: str
    region: str | None = None
    """what the server expects; asked from it if None"""
    secure: bool = True
    """speak TLS"""
    certificates: Path | None = None
    """PEM file of the authorities to trust; the system's own if None"""
    encryption: ServerEncryption = ServerEncryption()
    connect_seconds: float = 5.0
    read_seconds: float = 60.0
    retries: int = 3
    """further tries when the server cannot be reached or answers 500, 502, 503 or 504"""


def s3_client(access: S3Access) -> S3Client:
    """Return a client; nothing is sent yet.

    Raises:
        BadSettings: the endpoint is not `host[:port]`, the bucket's name is not one, or the certificates cannot be read.
    """
    if access.certificates is not None and not access.certificates.is_file():
        raise BadSettings(value=str(access.certificates), problem="no such file")
    http = urllib3.PoolManager(
        maxsize=10,
        timeout=urllib3.Timeout(connect=access.connect_seconds, read=access.read_seconds),
        retries=urllib3.Retry(
            total=access.retries,
            backoff_factor=0.2,
            status_forcelist=[500, 502, 503, 504],
            allowed_methods=None,  # every call here may be repeated: names follow from contents
            raise_on_status=False,
        ),
        ca_certs=None if access.certificates is None else str(access.certificates),
    )
    try:
        check_bucket_name(access.bucket, strict=True)
        return S3Client(
            access.endpoint,
            access_key=access.access_key,
            secret_key=access.secret_key,
            secure=access.secure,
            region=access.region,
            http_client=http,
        )
    except ValueError as error:
        raise BadSettings(value=f"{access.endpoint}/{access.bucket}", problem=str(error)) from error


@contextlib.contextmanager
def s3_errors(access: S3Access, *, missing: SohoaError | None = None) -> Iterator[None]:
    """Translate what the client raises; an object that is not there becomes `missing`, where the caller named one.

    Raises:
        StoreUnavailable: the server does not answer, is at fault or is too busy.
        StoreUntrusted: its certificate has run out, is for another name or not from a trusted authority.
        StoreClockWrong: the two clocks differ by more than `CLOCK_LIMIT`.
        BucketMissing, StoreRefused: wrong credentials, no rights, or a call that the server does not take.
        MachineExhausted: this machine has no room left.
    """
    try:
        yield
    except S3Error as error:
        if error.code in MISSING and missing is not None:
            raise missing from error
        _fail(access, error)
    except InvalidResponseError as error:
        # the client keeps the status to itself
        _by_status(access, error._code, "answer is not XML", error)  # noqa: SLF001
    except ServerError as error:
        _by_status(access, error.status_code, str(error), error)
    except (ParseError, ValueError) as error:
        # the client reads answers as they come
        raise StoreUnavailable(endpoint=access.endpoint, reason=f"answer makes no sense: {error}") from error
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise MachineExhausted(path=error.filename or "", reason=error.strerror or "") from error
        if (tls := _tls_error(error)) is not None:
            raise StoreUntrusted(endpoint=access.endpoint, reason=_why_untrusted(tls)) from error
        raise StoreUnavailable(endpoint=access.endpoint, reason=_first_line(error)) from error


def arrived_whole(send: Callable[[], _Result], *, tries: int = 3) -> _Result:
    """Return what `send` returns; it is called again when the server says that the body was not what was sent.

    Raises:
        S3Error
    """
    while True:
        tries -= 1
        try:
            return send()
        except S3Error as error:
            if error.code not in GARBLED or not tries:
                raise


def _fail(access: S3Access, error: S3Error) -> NoReturn:
    code, status = error.code or "", error.response.status
    if code == "NoSuchBucket":
        raise BucketMissing(endpoint=access.endpoint, bucket=error.bucket_name or access.bucket, reason=code) from error
    skew = _skew(error) if status == _NO_RIGHT else None
    if code == _TOO_SKEWED or (skew is not None and abs(skew) > CLOCK_LIMIT):
        minutes = round((skew or dt.timedelta()).total_seconds() / 60)
        raise StoreClockWrong(endpoint=access.endpoint, minutes=minutes, reason=code) from error
    _by_status(access, status, code, error)


def _by_status(access: S3Access, status: int, reason: str, error: Exception) -> NoReturn:
    at_fault = status >= _SERVER_AT_FAULT and status != _NOT_IMPLEMENTED
    later = at_fault or status in _TRY_LATER or reason in GARBLED
    raise (StoreUnavailable if later else StoreRefused)(
        endpoint=access.endpoint, bucket=access.bucket, status=status, reason=reason
    ) from error


def _skew(error: S3Error) -> dt.timedelta | None:
    """Return the server's clock less ours, as the answer's head has it: an answer to HEAD has no code to tell more by."""
    try:
        theirs = parsedate_to_datetime(error.response.headers["Date"])
    except (KeyError, TypeError, ValueError):
        return None
    # by the clock that the client signs with
    return theirs - client_time.utcnow() if theirs.tzinfo else None


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """Return the refusal of a certificate, or of a server that speaks no TLS, that is wrapped in an error."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error
        if isinstance(error, ssl.SSLError) and error.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}:
            return error
        inner = getattr(error, "reason", None)
        error = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__
    return None


def _why_untrusted(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return "the server does not speak TLS"


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
