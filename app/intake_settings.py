"""Settings of how files come in."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from app.setting_groups import Group
from pipeline.domain.intake import Lane


class IntakeSettings(Group):
    """Uploads and phones."""

    folder: Path | None = None
    """folder of bytes that belong to no batch yet, shared by all web processes; default: `incoming` in the home folder"""
    files: int = Field(default=5000, ge=1)
    """most files in one intake"""
    chunk_mib: int = Field(default=2, ge=1, le=64)
    """MiB that a page sends at a time; what a lost connection costs at most"""
    coach_pages: int = Field(default=20, ge=0)
    """pages of a file that the scan coach looks at; 0: none"""
    coach_workers: int = Field(default=1, ge=1, le=64)
    """child processes of the scan coach, beside those that read"""
    phone_minutes: int = Field(default=60, ge=1, le=24 * 60)
    """minutes after which the address that a phone opened ends"""


class ChannelSettings(Group):
    """A mail server or chat gateway that hands pictures on, by name, `[channels.NAME]`."""

    secret_file: Path
    """file with the secret that signs its requests, at least 32 signs on a line; of several lines each one holds, so that secrets can be changed"""
    senders: tuple[str, ...] = ()
    """addresses or accounts from which files are taken; `@example.vn` stands for a domain; none: nobody's"""
    agency: str | None = Field(default=None, max_length=100)
    """code of the agency to which its batches belong; unset: that of `office.agency`"""
    lane: Lane = Lane.BULK
    """`counter` or `bulk`: which batches come first"""
    window_seconds: int = Field(default=300, ge=1, le=3600)
    """seconds by which a request's time may differ from ours"""
    message_mib: int = Field(default=40, ge=1, le=500)
    """largest message, MiB, as it is sent"""
    files: int = Field(default=50, ge=1, le=1000)
    """most files in a message"""
    mail_authority: str = Field(default="", pattern=r"^[!-~]*$")
    """name of our mail server (authserv-id) that has to have found `dmarc=pass` for a mail; empty: the mail server is trusted to have checked senders"""


class WatchSettings(Group):
    """A watched scanner folder by name, `[watch.NAME]`."""

    folder: Path
    """folder into which the scanner writes; it has to exist, on one file system with its sub-folders"""
    agency: str | None = Field(default=None, max_length=100)
    """code of the agency to which its batches belong; unset: that of `office.agency`"""
    lane: Lane = Lane.BULK
    """`counter` or `bulk`: which batches come first"""
    quiet_seconds: float = Field(default=20.0, ge=0)
    """seconds without a new or changed file after which a drop is complete"""
    look_seconds: float = Field(default=5.0, gt=0)
    """seconds between two looks"""
