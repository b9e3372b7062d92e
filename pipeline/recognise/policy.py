"""How pages are read: the knobs, and the version that the ledger keys on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

READER_VERSION = "13"
"""raised whenever the same page may read differently than before"""


class Engine(StrEnum):
    """What reads the lines of a page."""

    BOTH = "both"
    """the network, and Tesseract for lines that it is in doubt about"""
    NETWORK = "network"
    """the network of the language data, run by onnxruntime"""
    TESSERACT = "tesseract"
    """the program itself"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPolicy:
    """What reading a page may use and how far it goes."""

    language: str = "vie"
    """Tesseract's name of the language data"""
    dpi: float = 200.0
    """resolution at which pages are read; finer ones are averaged down to it, coarser ones enlarged beyond it"""
    pixel_limit: int = 150_000_000
    """most pixels of a picture that is decoded: A4 at 1,200 dpi"""
    tesseract_seconds: int = 120
    """after which a run of Tesseract is given up"""
    engine: Engine = Engine.NETWORK
    """without a `network`, Tesseract reads whatever this says"""
    network: Path | None = None
    """file of `converted_network`; its name tells the language data and the conversion"""
    tessdata: Path | None = None
    """folder of the language data; None: where Tesseract itself looks"""
