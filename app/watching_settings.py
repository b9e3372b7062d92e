"""Settings for whoever watches over an installation: machines that read, its log, its traces."""

from __future__ import annotations

from pydantic import Field

from app.log_lines import LogFormat
from app.setting_groups import Group


class WorkSettings(Group):
    """What a machine that only reads (`sohoa work`) tells of itself: `/health`, `/ready` and `/metrics`, as the pages do elsewhere."""

    host: str = "127.0.0.1"
    """address that is listened on; `/metrics` answers those that `web.watchers` names"""
    port: int = Field(default=8001, ge=0, le=65535)
    """port that is listened on; 0: none"""


class LogSettings(Group):
    """The log of every process."""

    format: LogFormat = LogFormat.TEXT
    """`text`, or `json`: one object a line, without anything of papers and people, for whatever collects logs"""


class TraceSettings(Group):
    """Traces for a collector that speaks OTLP over HTTP."""

    endpoint: str = Field(default="", pattern=r"^(https?://[!-~]+[^/])?$")
    """address of an OpenTelemetry collector (OTLP over HTTP), such as `http://127.0.0.1:4318`; default: what
    `OTEL_EXPORTER_OTLP_ENDPOINT` says; none of both: nothing is traced"""
