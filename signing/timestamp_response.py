"""The answer of a time-stamp authority as RFC 3161 §2.4.2 has it: without a token if the request was refused."""

from __future__ import annotations

from asn1crypto import cms, core, tsp


class TimeStampResponse(core.Sequence):  # type: ignore[misc] # asn1crypto is untyped
    """`TimeStampResp`; asn1crypto's own class demands a token and so cannot hold a refusal."""

    _fields = [  # noqa: RUF012 -- asn1crypto reads a list
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]
