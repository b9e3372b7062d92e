"""Tesseract's language data: where it is installed, and the parts of the file that make a recogniser.

A `.traineddata` file is a table of contents and the components it points to: the number of entries (int32), the offset of
each (int64, -1: not there), then the components, in the order of Tesseract's `TessdataType` (tessdatamanager.h).
"""

from __future__ import annotations

import hashlib
import re
import shutil
import struct
import subprocess
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from pipeline.domain.errors import ToolFailed, ToolMissing, UnsupportedNetwork

_LISTED = re.compile(r'^List of available languages in "(?P<folder>.*)" \(\d+\):')
_LISTING_SECONDS = 30
_MOST_ENTRIES = 1000
"""more than any version writes; a larger number is a foreign file, or one in the other order of bytes"""
_INT32 = struct.Struct("<i")


class _Entry(IntEnum):
    """Places of the wanted components in the table of contents."""

    LSTM = 17
    LSTM_CHARSET = 21
    LSTM_RECODER = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedData:
    """What a language data file says of its recogniser, not interpreted yet."""

    sha256: str
    """of the whole file, lower-case hexadecimal"""
    network: bytes
    charset: bytes
    recoder: bytes


def find_traineddata(language: str, *, tessdata: Path | None) -> Path:
    """Return the file of a language: in the folder `tessdata`, or else where the program `tesseract` looks.

    Raises:
        ToolMissing: the language or Tesseract is not installed.
        ToolFailed: Tesseract does not say where its languages are.
    """
    file = (tessdata if tessdata is not None else _installed_tessdata()) / f"{language}.traineddata"
    if not file.is_file():
        raise ToolMissing(tool=file.name, package=f"tesseract-ocr-{language}")
    return file


def read_traineddata(file: Path) -> TrainedData:
    """Return the components of a language data file that make its recogniser.

    Raises:
        UnsupportedNetwork: the file is something else, is cut off, or holds no LSTM recogniser (data of Tesseract 3, `osd`).
    """
    data = file.read_bytes()
    offsets = _table_of_contents(data)
    if offsets is None:
        raise UnsupportedNetwork(file=file.name, reason="not a language data file, or cut off")
    missing = [entry.name.lower() for entry in _Entry if entry >= len(offsets) or offsets[entry] < 0]
    if missing:
        raise UnsupportedNetwork(file=file.name, reason=f"the file holds no {missing[0]}")
    return TrainedData(
        sha256=hashlib.sha256(data).hexdigest(),
        network=_component(data, offsets, _Entry.LSTM),
        charset=_component(data, offsets, _Entry.LSTM_CHARSET),
        recoder=_component(data, offsets, _Entry.LSTM_RECODER),
    )


def _installed_tessdata() -> Path:
    program = shutil.which("tesseract")
    if program is None:
        raise ToolMissing(tool="tesseract", package="tesseract-ocr")
    try:
        run = subprocess.run(
            [program, "--list-langs"], capture_output=True, text=True, timeout=_LISTING_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolFailed(tool="tesseract", reason=str(error)) from error
    found = _LISTED.match(run.stdout)
    if found is None:
        raise ToolFailed(tool="tesseract", reason="it does not name the folder of its languages; version 5 does")
    return Path(found["folder"])


def _table_of_contents(data: bytes) -> tuple[int, ...] | None:
    if len(data) < _INT32.size:
        return None
    (count,) = _INT32.unpack_from(data)
    table = struct.Struct(f"<{count}q") if 0 < count <= _MOST_ENTRIES else None
    if table is None or len(data) < _INT32.size + table.size:
        return None
    offsets: tuple[int, ...] = table.unpack_from(data, _INT32.size)
    starts = [offset for offset in offsets if offset >= 0]
    if starts != sorted(starts) or (starts and not _INT32.size + table.size <= starts[0] <= starts[-1] <= len(data)):
        return None
    return offsets


def _component(data: bytes, offsets: tuple[int, ...], entry: _Entry) -> bytes:
    start = offsets[entry]
    end = next((offset for offset in offsets[entry + 1 :] if offset >= 0), len(data))
    return data[start:end]
