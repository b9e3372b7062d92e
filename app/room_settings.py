"""Settings of how much room there has to be before new work is begun, and how much of it one process may fill."""

from __future__ import annotations

from pydantic import Field

from app.setting_groups import Group


class RoomSettings(Group):
    """Room that a machine keeps free: with less, it begins nothing new until there is more."""

    disk_mib: int = Field(default=2048, ge=0)
    """MiB that have to be free on the disks of temporary files, of the home folder and of a local archive; 0: not looked at"""
    memory_mib: int = Field(default=500, ge=0)
    """MiB of memory that have to be available; 0: not looked at"""
    scratch_mib: int = Field(default=2048, ge=0)
    """MiB of temporary files that one process which reads foreign files may have at once; 0: any number"""
