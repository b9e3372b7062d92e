"""Make the compact rendition of a kept copy when somebody asks for it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pipeline.assemble.compact import COMPACT_VERSION, write_compact
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, Ledger, ObjectStore
from pipeline.usecases.stage import stage_key


def compact_copy(copy: ContentHash, *, objects: ObjectStore, ledger: Ledger, tools: str) -> ContentHash:
    """Return the object with the compact rendition of an unsigned copy, which lies in the derived area; made once.

    Args:
        copy: the unsigned copy in the archive; it stays what counts.
        objects: where both are kept.
        ledger: where it is written down that the rendition is there.
        tools: names of the programs that its bytes depend on.

    Raises:
        CopyNotConforming: the rendition would not be PDF/A or not show the same pixels.
        ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused, MachineExhausted
    """
    key = stage_key("compact-file", COMPACT_VERSION, tools, copy)
    known = ledger.find(key)
    if known is not None and objects.has(Area.DERIVED, known):
        return known
    with tempfile.TemporaryDirectory(prefix="sohoa-compact-") as folder, objects.local(Area.ARCHIVE, copy) as file:
        target = Path(folder) / "compact.pdf"
        write_compact(file, target)
        with target.open("rb") as stream:
            kept = objects.put(Area.DERIVED, stream)
    ledger.record(key, kept.sha256, about=[copy])
    return kept.sha256
