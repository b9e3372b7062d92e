"""TOML files that people write: read, and refused with file, line, key and problem."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from pipeline.domain.errors import SohoaError
from pipeline.text.fold import nfc

_AT = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `(?P<key>[^`]+)`")
_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)$")
_ITEM = re.compile(r"(?P<table>\w+)\[(?P<index>\d+)\]")


class WrittenToml:
    """A file's tables, and what is to be said when something in them is wrong."""

    def __init__(self, file: Path, *, refusal: type[SohoaError]) -> None:
        """Read a file.

        Raises:
            SohoaError: a `refusal` with file, line, key and problem: the file is not UTF-8, or not TOML.
            OSError: it cannot be read.
        """
        self._file, self._refusal = file, refusal
        try:
            text = nfc(file.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            raise refusal(file=str(file), line=1, key="", problem=str(error)) from error
        self._lines = text.splitlines()
        try:
            self.tables: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            at = _TOML_LINE.search(str(error))
            line = int(at[1]) if at else text.count("\n") + 1
            raise refusal(file=str(file), line=line, key="", problem=str(error)) from error

    def at(self, key: str, problem: str) -> SohoaError:
        """Return the refusal of what stands at a path such as `fields[1].kind`."""
        return self._refusal(file=str(self._file), line=self._line(key), key=key, problem=problem)

    def schema(self, error: msgspec.ValidationError) -> SohoaError:
        """Return the refusal that the schema's error means."""
        text = str(error)
        at, unknown = _AT.search(text), _UNKNOWN.search(text)
        key = ".".join(part for part in (at["path"] if at else "", unknown["key"] if unknown else "") if part)
        return self.at(key, _AT.sub("", text))

    def _line(self, path: str) -> int:
        """Return the number of the line in which a path's value begins, 1 where there is none."""
        start = 0
        table, _, rest = path.partition(".")
        header = f"[{table}]"
        if rest and header in self._lines:
            start, path = self._lines.index(header), rest
        item = _ITEM.match(path)
        if item:
            start = self._item(item["table"], int(item["index"]))
            path = path[item.end() :].lstrip(".")
        key = re.split(r"[.\[]", path)[0]
        named = re.compile(rf"(?:^|[{{,])\s*{re.escape(key)}\s*=") if key else None
        for number, line in enumerate(self._lines[start:], start=start + 1):
            if named and named.search(line):
                return number
            if number > start + 1 and line.startswith("[[") and item:
                break
        return start + 1

    def _item(self, table: str, index: int) -> int:
        """Return the index of the line in which an item of a list of tables begins: `[[fields]]`, or `{ … }` in a list."""
        headers = [number for number, line in enumerate(self._lines) if line.strip() == f"[[{table}]]"]
        if not headers:
            opened = next((n for n, line in enumerate(self._lines) if re.match(rf"\s*{table}\s*=\s*\[", line)), 0)
            headers = [n for n in range(opened, len(self._lines)) if "{" in self._lines[n]]
        return headers[index] if index < len(headers) else 0
