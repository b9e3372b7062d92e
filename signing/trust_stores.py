"""The stores of a bundle of trust anchors; named apart, so that the command line knows them without loading what reads them."""

from __future__ import annotations

from enum import StrEnum


class TrustStoreName(StrEnum):
    """For what something in a bundle is believed; what is in one store counts for nothing in another."""

    PUBLIC = "public"
    """root of a public authority, for signers (Law on Electronic Transactions 20/2023/QH15)"""
    STATE = "state"
    """root of the Government's authority, for signers of state agencies"""
    TIMESTAMP = "timestamp"
    """root of time-stamp authorities, for time stamps only"""
    INTERMEDIATE = "intermediate"
    """issuing authority that signatures leave out; it counts under a root only"""
    CRL = "crl"
    """revocation list; it counts if the authority that it names has signed it"""


ROOTS = (TrustStoreName.PUBLIC, TrustStoreName.STATE, TrustStoreName.TIMESTAMP)
