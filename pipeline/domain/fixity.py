"""Whether what is kept is still what was put there."""

from __future__ import annotations

from enum import StrEnum


class StoreName(StrEnum):
    """The stores that hold the same objects."""

    STORE = "store"
    """the one that work reads from"""
    MIRROR = "mirror"
    """the second one"""


class CheckOutcome(StrEnum):
    """What came of reading an object from its first byte to its last."""

    SOUND = "sound"
    MISSING = "missing"
    """a record names it, and it is not there"""
    ALTERED = "altered"
    """its bytes do not have the digest in its name"""
    WRONG_SIZE = "wrong_size"
    """its bytes have the digest in its name, and a record says another size: the record is wrong"""
    UNREADABLE = "unreadable"
    """the store did not give it: nothing is known, so it is not well"""
    UNOPENED = "unopened"
    """its sealed bytes are whole, and do not open to what the records say: its key, its name or the master key is wrong"""
    UNKNOWN = "unknown"
    """it is there, and no record names it"""
