"""Settings for whoever watches over an installation: its log, its traces."""

from __future__ import annotations

from app.log_lines import LogFormat
from app.setting_groups import Group


class LogSettings(Group):
    """The log of every process."""

    format: LogFormat = LogFormat.TEXT
    """`text`, or `json`: one object a line, without anything of papers and people, for whatever collects logs"""
