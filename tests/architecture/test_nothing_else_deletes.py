"""What is kept is removed by an approved disposal, by the removal of what can be made again, or not at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.test_source_rules import PACKAGES, name, python_files, tree_of

REMOVING = {"remove_object", "remove_objects", "delete_object", "delete_objects"}
"""calls of S3 clients that remove"""
_AREA_AND_NAME = 2
"""`ObjectKeeper.remove(area, sha256)`; a list's or a set's takes one argument"""

MAY_REMOVE = {
    "pipeline/usecases/carry_out_disposal.py": "an approved list of disposal",
    "pipeline/usecases/forget_readings.py": "computed results, which can be made again",
    "storage/encrypted_care.py": "passes a removal on to the store that keeps the sealed bytes, and sweeps what stands for nothing",
    "storage/mirrored_care.py": "passes a removal on to the store and to its mirror",
    "storage/s3_keeper.py": "is the removal, and the sweep of uploads that nobody accepted",
    "storage/search_index.py": "words of the search index, which is made again from the records",
    "storage/search_check.py": "the same, where they are not as they should be",
    "storage/canary.py": "objects of a trial's own bucket",
    "storage/probe.py": "objects of a trial's own bucket",
}


def removals(tree: ast.Module) -> Iterator[int]:
    """Yield the lines in which objects are removed."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = node.func.attr
            if called in REMOVING or (called == "remove" and len(node.args) >= _AREA_AND_NAME):
                yield node.lineno


def test_nothing_else_removes_objects() -> None:
    found = {name(path): list(removals(tree_of(path))) for path in python_files(*PACKAGES)}
    removing = {path: lines for path, lines in found.items() if lines}
    assert {path: lines for path, lines in removing.items() if path not in MAY_REMOVE} == {}
    assert [path for path in MAY_REMOVE if path not in removing] == [], "allowed and not used"


def test_disposal_is_carried_out_by_hand_only() -> None:
    """No flow and no other command calls what removes papers; of the pages, the one on which a records officer presses a button."""
    callers = [
        name(path)
        for path in python_files(*PACKAGES)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("carry_out_disposal")
    ]
    assert callers == ["app/cli/disposing.py", "web/pages/retention.py"]


def test_the_rule_sees_what_it_forbids() -> None:
    module = "care.remove(Area.ARCHIVE, sha256)\nclient.remove_object(bucket, key)\nnames.remove(one)\n"
    assert list(removals(ast.parse(module))) == [1, 2]
