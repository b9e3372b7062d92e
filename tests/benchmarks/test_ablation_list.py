"""What the ablation leaves out is there to be left out: a renamed cleaner would otherwise be measured as worth nothing."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from benchmarks.ablation import WITHOUT


@pytest.mark.parametrize("name", sorted(name for replaced in WITHOUT.values() for name in replaced))
def test_what_is_left_out_is_called_by_that_name(name: str) -> None:
    module, _, function = name.rpartition(".")
    loaded = import_module(module)
    assert callable(getattr(loaded, function))
    assert f"{function}(" in Path(str(loaded.__file__)).read_text(encoding="utf-8")
