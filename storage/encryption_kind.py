"""Who encrypts objects on a server: a choice of the settings, which are read before any client is loaded."""

from __future__ import annotations

from enum import StrEnum


class EncryptionKind(StrEnum):
    """Who encrypts what lies on the server's disks, and with whose key."""

    NONE = "none"
    """nobody, or the bucket by a setting of its own"""
    SERVER = "sse-s3"
    """the server with its own key"""
    SERVICE = "sse-kms"
    """the server with a key of its key service"""
    CUSTOMER = "sse-c"
    """the server with a key that we send with each call and that it does not keep: lost key, lost objects"""
