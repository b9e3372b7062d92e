"""Which engine reads: one port, the network run by ourselves, Tesseract, or the first with the second for doubtful lines."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from pipeline.imaging.picture import Pixels
from pipeline.recognise.network_page import NetworkPages
from pipeline.recognise.policy import Engine, ReadPolicy
from pipeline.recognise.tesseract import read_single_lines
from pipeline.recognise.tesseract_page import TesseractPages
from pipeline.recognise.words import ReadLine


class LevelReader(Protocol):
    """Reads an upright, level grey page of about 200 dpi whose red ink is faded."""

    def read(self, level: Pixels, *, dpi: float) -> tuple[ReadLine, ...]:
        """Return the lines in reading order, words in pixels."""
        ...

    def plainly_upright(self, lines: Sequence[ReadLine]) -> bool:
        """Say whether a reading is so good that the page cannot lie upside down."""
        ...

    def reads_better_turned(self, level: Pixels, *, dpi: float) -> bool | None:
        """Say whether the page reads better upside down; None if that is not clear."""
        ...


def reader_of(policy: ReadPolicy) -> LevelReader:
    """Return the reader that a policy asks for; without a converted network that is Tesseract.

    Raises:
        UnsupportedNetwork: the network's file is not what `converted_network` writes.
    """
    if policy.network is None or policy.engine is Engine.TESSERACT:
        return TesseractPages(policy)
    if policy.engine is Engine.NETWORK:
        return NetworkPages(policy.network)
    return NetworkPages(policy.network, second=partial(read_single_lines, dpi=policy.dpi, policy=policy))
