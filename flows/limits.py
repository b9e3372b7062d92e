"""How long a flow may take, in seconds. One that hangs would keep its place for ever, and on one machine the whole bulk lane.

What digitizes has none: each file, page and paper that it reads has one of its own.
"""

from __future__ import annotations

from typing import Final

ASKING: Final = 600
"""what asks other systems for little, and soon again"""
COUNTING: Final = 3_600
"""what goes through the records"""
RENEWING: Final = 4 * 3_600
"""what goes through all signed copies, and asks a time-stamp authority for some"""
READING: Final = 12 * 3_600
"""what reads a part of the archive: a night"""
A_SIGNATURE: Final = 120
"""one document more to sign, with its time stamp and evidence"""
