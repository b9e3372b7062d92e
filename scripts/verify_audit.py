#!/usr/bin/env python3
"""Check an audit trail of So hoa without So hoa: Python 3.9 or newer, the standard library, and this file.

    python3 verify_audit.py FOLDER         what `sohoa audit export --out FOLDER` wrote
    python3 verify_audit.py sohoa.db       a SQLite database itself; it is only read
    python3 verify_audit.py FOLDER --ca authority.pem
                                           also the time-stamp tokens, by `openssl ts -verify`

What is wrong is printed, one line each, or as JSON with `--json`. The exit code is 0 if nothing is wrong, 1 if something
is, 2 if the trail cannot be read.

How a trail is made. Each entry is a JSON object in canonical form (RFC 8785: keys sorted, no spaces, UTF-8); its hash is
the SHA-256 of that text, and its member `previous` is the hash of the entry before it, sixty-four zeros for the first. A
seal covers the entries `first` to `last`: its `root` is the Merkle tree hash of RFC 6962, section 2.1, over the 32 bytes of
each of their hashes, its `head` the hash of entry `last`, its `previous` the SHA-256 of the seal before it in canonical
form. A time-stamp token (RFC 3161) is over the seal in canonical form.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

NOTHING = "0" * 64
REACH = 64
MOST_SEARCHES = 1000
FORMAT = "sohoa.audit-seal/1"
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{6})")


class Entry(NamedTuple):
    """An entry as it stands in the trail."""

    number: int
    previous: str
    hash: str
    content: dict[str, Any] | None
    """None: it holds what no entry can hold"""


class Seal(NamedTuple):
    """A seal as it stands in the trail."""

    content: dict[str, Any]
    object: str
    token: str


class Finding(NamedTuple):
    """One thing that is wrong."""

    fault: str
    first: int = 0
    last: int = 0
    day: str = ""
    detail: str = ""


def canonical(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    """Return JSON as it is hashed."""
    return json.dumps(in_order(value), ensure_ascii=False, separators=(",", ":"))


def in_order(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return a value whose keys stand in the order of their UTF-16 code units, as RFC 8785 wants them."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: str(key).encode("utf-16-be", "surrogatepass"))
        return {key: in_order(value[key]) for key in keys}
    return [in_order(each) for each in value] if isinstance(value, list) else value


def sha256(text: str) -> str:
    """Return the digest of a text; one with characters that are no characters has none."""
    try:
        return hashlib.sha256(text.encode()).hexdigest()
    except UnicodeEncodeError:
        return ""


# --- the chain -------------------------------------------------------------------------------------------------------------


class ChainCheck:
    """Follows the chain; remembers the last entry only."""

    def __init__(self) -> None:
        self.before = Entry(0, NOTHING, NOTHING, {})
        self._is_named = False
        self._moved: Finding | None = None
        self._shift = 0
        self._searches = MOST_SEARCHES

    def take(self, entry: Entry) -> Iterator[Finding]:
        """Yield what this entry shows to be wrong."""
        before, number = self.before, entry.number
        is_next = number == before.number + 1
        if number > before.number + 1:
            yield Finding("entries_removed", before.number + 1, number - 1)
        elif not is_next:
            yield Finding("entries_moved", number, number, detail="order")
        sealed = number_in_hash(entry, self._shift, REACH if self._searches else 0)
        if sealed not in {number, number + self._shift} and self._searches:
            self._searches -= 1
        yield from self._judge(number, sealed)
        if is_next and entry.previous != before.hash:
            yield from self._broken_link(entry, is_named=sealed != number)
        self.before, self._is_named = entry, sealed != number

    def end(self) -> Iterator[Finding]:
        """Yield entries that were moved alike, up to the last of them."""
        if self._moved:
            yield self._moved
            self._moved = None

    def _judge(self, number: int, sealed: int | None) -> Iterator[Finding]:
        if sealed is None:
            yield from self.end()
            yield Finding("entry_altered", number, number)
        elif sealed == number:
            yield from self.end()
        elif self._moved and self._moved.last == number - 1 and self._shift == sealed - number:
            self._moved = self._moved._replace(last=number)
        else:
            yield from self.end()
            self._shift = sealed - number
            self._moved = Finding("entries_moved", number, number, detail=f"{self._shift:+d}")

    def _broken_link(self, entry: Entry, *, is_named: bool) -> Iterator[Finding]:
        before = self.before
        if before.number and entry.previous == before.previous:
            yield Finding("entry_inserted", before.number, before.number)
        elif not self._is_named and not is_named:
            place = before.number or entry.number
            yield Finding("entry_altered", place, place)


def check(entries: Iterator[Entry], seals: SealCheck) -> Iterator[Finding]:
    """Yield what is wrong with a trail and its seals."""
    chain = ChainCheck()
    for entry in entries:
        yield from chain.take(entry)
        yield from seals.take(entry)
    yield from chain.end()
    yield from seals.end(chain.before.number)


def number_in_hash(entry: Entry, shift: int, reach: int) -> int | None:
    """Return the number for which an entry's hash is right."""
    if entry.content is None:
        return None
    tries = [entry.number, entry.number + shift]
    for distance in range(1, reach + 1):
        tries += [entry.number - distance, entry.number + distance]
    for number in tries:
        if sha256(canonical({**entry.content, "number": number})) == entry.hash:
            return number
    return None


# --- the seals -------------------------------------------------------------------------------------------------------------


class MerkleTree:
    """RFC 6962, section 2.1; holds the roots of whole subtrees only."""

    def __init__(self) -> None:
        self.count = 0
        self._whole: list[tuple[int, bytes]] = []

    def add(self, digest: str) -> None:
        """Add a leaf."""
        try:
            leaf = bytes.fromhex(digest)
        except ValueError:
            leaf = b""
        self.count += 1
        size, root = 1, hashlib.sha256(b"\0" + leaf).digest()
        while self._whole and self._whole[-1][0] == size:
            root = hashlib.sha256(b"\1" + self._whole.pop()[1] + root).digest()
            size *= 2
        self._whole.append((size, root))

    def root(self) -> str:
        """Return the root."""
        if not self._whole:
            return hashlib.sha256(b"").hexdigest()
        root = self._whole[-1][1]
        for _, left in reversed(self._whole[:-1]):
            root = hashlib.sha256(b"\1" + left + root).digest()
        return root.hex()


class SealCheck:
    """Compares seals with the entries that come by."""

    def __init__(self, seals: list[Seal]) -> None:
        self._seals = seals
        self._next = 0
        self._tree = MerkleTree()

    @property
    def covered(self) -> int:
        """Number of the last entry that is sealed."""
        return max((seal.content["last"] for seal in self._seals), default=0)

    def take(self, entry: Entry) -> Iterator[Finding]:
        """Yield the seals that are contradicted by what came up to this entry."""
        while self._next < len(self._seals) and self._seals[self._next].content["last"] < entry.number:
            yield from self._close("")
        if self._next < len(self._seals) and entry.number >= self._seals[self._next].content["first"]:
            self._tree.add(entry.hash)
            if entry.number == self._seals[self._next].content["last"]:
                yield from self._close(entry.hash)

    def end(self, last: int) -> Iterator[Finding]:
        """Yield what is wrong with the seals themselves, and what they say of entries behind the trail's end."""
        if self.covered > last:
            yield Finding("entries_removed", last + 1, self.covered)
        while self._next < len(self._seals):
            yield from self._close("")
        yield from succession(self._seals)
        for seal in reversed(self._seals):
            if sha256(canonical(seal.content)) != seal.object:
                yield Finding("seal_altered", day=seal.content["day"], detail="digest")

    def _close(self, head: str) -> Iterator[Finding]:
        seal, tree = self._seals[self._next].content, self._tree
        self._next, self._tree = self._next + 1, MerkleTree()
        count = seal["last"] - seal["first"] + 1
        if tree.count != count or tree.root() != seal["root"] or (count and head != seal["head"]):
            yield Finding("seal_contradicted", seal["first"], seal["last"], seal["day"])


def succession(seals: list[Seal]) -> Iterator[Finding]:
    """Yield days between sealed days without a seal, and seals that do not continue the one before."""
    last, day, object_ = 0, None, NOTHING
    one = dt.timedelta(days=1)
    for each in seals:
        seal = each.content
        this = dt.date.fromisoformat(seal["day"])
        if day is not None and this != day + one:
            first, end = day + one, this - one
            missing = first.isoformat() if first == end else f"{first.isoformat()}/{end.isoformat()}"
            yield Finding("seal_missing", day=missing)
        elif seal["previous"] != object_ or seal["first"] != last + 1:
            fault, detail = ("seal_altered", "succession") if day is not None else ("seal_missing", "before")
            yield Finding(fault, day=seal["day"], detail=detail)
        last, day, object_ = seal["last"], this, each.object


def check_files(folder: Path, seals: list[Seal], authorities: Path | None) -> Iterator[Finding]:
    """Yield seals whose files are not what the list of seals says, and tokens that `openssl` does not believe."""
    for seal in seals:
        day = str(seal.content["day"])
        text, token = folder / f"{day}.json", folder / f"{day}.tst"
        for file, digest in ((text, seal.object), (token, seal.token)):
            if digest and (not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != digest):
                yield Finding("seal_object_lost", day=day, detail=file.name)
        if authorities and seal.token and token.is_file():
            words = ["openssl", "ts", "-verify", "-data", text, "-in", token, "-token_in", "-CAfile", authorities]
            if subprocess.run([str(each) for each in words], capture_output=True, check=False).returncode:
                yield Finding("stamp_false", day=day, detail="openssl")


# --- reading ---------------------------------------------------------------------------------------------------------------


def exported(folder: Path) -> tuple[Iterator[Entry], list[Seal]]:
    """Return entries and seals of an export."""

    def entries() -> Iterator[Entry]:
        with (folder / "trail.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                kept = json.loads(line)
                content = kept["entry"]
                yield Entry(content["number"], content["previous"], kept["hash"], content)

    seals = []
    with (folder / "seals.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            kept = json.loads(line)
            seals.append(Seal(kept["seal"], kept["object"], kept["token"]))
    return entries(), seals


def in_database(file: Path) -> tuple[Iterator[Entry], list[Seal]]:
    """Return entries and seals of a SQLite database."""
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    names = "day, first, last, root, head, previous, object, coalesce(token, '') AS token"
    seals = []
    for row in connection.execute(f"SELECT {names} FROM audit_days ORDER BY day"):  # noqa: S608 - our own words  # nosec B608
        content = {name: row[name] for name in ("day", "first", "last", "root", "head", "previous")}
        content |= {"format": FORMAT, "count": row["last"] - row["first"] + 1}
        seals.append(Seal(content, row["object"], row["token"]))
    return map(_entry, connection.execute("SELECT * FROM audit_entries ORDER BY number")), seals


def _entry(row: sqlite3.Row) -> Entry:
    content: dict[str, Any] | None
    try:
        moment = MOMENT.fullmatch(row["at"])
        content = {
            "number": row["number"],
            "at": f"{moment[1]}T{moment[2]}Z" if moment else row["at"],
            "author": {"name": row["author"], "role": row["role"], "origin": row["origin"]},
            "action": row["action"],
            "subject": {"kind": row["subject_kind"], "id": row["subject_id"]},
            "before": json.loads(row["before"]),
            "after": json.loads(row["after"]),
            "reason": row["reason"],
            "details": json.loads(row["details"]),
            "previous": row["previous"],
        }
    except (ValueError, TypeError):
        content = None
    return Entry(row["number"], row["previous"], row["hash"], content)


def main(words: list[str]) -> int:
    """Check what is named; return the exit code."""
    parser = argparse.ArgumentParser(description="Check an audit trail of So hoa without So hoa.")
    parser.add_argument("trail", type=Path, help="folder of an export, or a SQLite database")
    parser.add_argument("--ca", type=Path, help="PEM file of time-stamp authorities to believe")
    parser.add_argument("--json", action="store_true", help="print findings as JSON")
    arguments = parser.parse_args(words)
    count = 0

    def counted(entries: Iterator[Entry]) -> Iterator[Entry]:
        nonlocal count
        for count, entry in enumerate(entries, start=1):  # noqa: B007 - counted for the last line
            yield entry

    try:
        entries, seals = (exported if arguments.trail.is_dir() else in_database)(arguments.trail)
        found = list(check(counted(entries), SealCheck(seals)))
        if arguments.trail.is_dir():
            found += check_files(arguments.trail / "seals", seals, arguments.ca)
    except (OSError, ValueError, KeyError, TypeError, sqlite3.Error) as error:
        print(f"cannot be read: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps([each._asdict() for each in found], indent=1))
        return 1 if found else 0
    for each in found:
        print(" ".join(f"{name}={value}" for name, value in each._asdict().items() if value))
    covered = SealCheck(seals).covered
    print(f"{count} entries, {len(seals)} seals up to entry {covered}: {len(found)} findings", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
