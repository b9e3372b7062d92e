"""All that an office holds in the end, as plain lines that two offices can be compared by.

Every table of the database and every object of the store is there; what is left out stands here with its reason. Moments
are masked, and so are ids made by chance: such an id is replaced by what it stands for.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from minio import Minio
from psycopg.rows import dict_row

from tests.crash.left import TEMPORARY, temporary_files
from tests.crash.signed import Opinions
from tests.e2e.office import Office
from tests.servers.rados_gateway import S3Server

Standing = Mapping[str, Sequence[str]]
"""lines by section, in order"""

SIGNED = "signed copies"
VERIFIED = "verify --all"

LEFT_OUT = {
    "alembic_version": "no record",
    "access_tokens": "a client asks for one whenever it begins anew",
    "audit_days": "sealed by the day",
    "event_readers": "how far somebody has been told",
    "deliveries": "likewise",
    "fixity_checks": "when an object was read",
    "law_checks": "when the laws were checked",
    "index_progress": "how far figures have been counted",
    "index_stale": "likewise",
    "leases": "who worked on what, and how often",
    "procedures": "from a file of the product",
    "procedure_components": "likewise",
    "stage_times": "how long it took, over all runs",
    "stage_totals": "likewise",
    "search_words": "the index of search_entries, asked by searching",
}
"""tables that say nothing about the work, or what others say already"""

MASKED: Mapping[str, frozenset[str]] = {
    # in the order in which things were done, by whoever did them
    "audit_entries": frozenset({"number", "before", "after", "previous", "hash", "author", "origin"}),
    "events": frozenset({"number"}),
    "given_answers": frozenset({"body", "headers", "request"}),
    "intakes": frozenset({"changes"}),
    # and what the coach said, who looks at files only as long as they are not handed in
    "intake_files": frozenset({"modified", "change", "pages", "findings", "unlooked"}),
    "search_entries": frozenset({"id"}),
    "search_cards": frozenset({"id", "received"}),
    "api_clients": frozenset({"secret_hash"}),
}
"""columns that differ from run to run though the same was done"""

REPEATED = frozenset({"token.given"})
"""actions of the trail that are done as often as somebody begins anew"""

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)?")
_BY_CHANCE = re.compile(r"o-[0-9a-f]{24}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}")
_ALL = 500
"""hits of a question: more papers than are drawn"""
_QUESTIONS = ("quyết định", "giấy khai sinh", "đất", "hộ kinh doanh", "trợ cấp", "căn cước", "số hóa")


def standing_of(office: Office, *, database: str, s3: S3Server) -> Standing:
    """Return how an office stands that does nothing any more; `database` and `s3` are its own, by a way that nobody cuts.

    It is looked at before anything is asked of it, since questions leave their traces.
    """
    store, bucket = _store(s3), office.settings["SOHOA_STORE__BUCKET"]
    objects = {str(each.object_name) for each in store.list_objects(bucket, recursive=True)}
    tables = _tables(database)
    names = _names(tables)
    sections = {f"table {name}": _lines(name, rows, names) for name, rows in tables.items() if name not in LEFT_OUT}
    sections["objects"] = sorted(_object(each, names) for each in objects)
    sections[SIGNED] = _signed(tables["copy_versions"], objects, store, bucket, office)
    sections["left in the home folder"] = _left_over(office)
    sections[TEMPORARY] = temporary_files(office)
    sections["search"] = [line for question in _QUESTIONS for line in _answer(office, question)]
    sections[VERIFIED] = _verified(office)
    return sections


@dataclass(frozen=True, slots=True)
class Difference:
    """What of a section is not the same."""

    section: str
    missing: tuple[str, ...]
    """lines of the undisturbed office that the other one lacks"""
    more: tuple[str, ...]
    """lines that it has beyond them: another thing, or one twice"""


def differences(undisturbed: Standing, disturbed: Standing) -> list[Difference]:
    """Compare two offices, line by line."""
    found = []
    for section in sorted({*undisturbed, *disturbed}):
        expected, seen = Counter(undisturbed.get(section, ())), Counter(disturbed.get(section, ()))
        if expected != seen:
            found.append(Difference(section, _elements(expected - seen), _elements(seen - expected)))
    return found


def told(found: Iterable[Difference], *, most: int = 12, width: int = 300) -> str:
    """Write differences down for people."""
    lines = []
    for each in found:
        lines.append(f"{each.section}: {len(each.missing)} missing, {len(each.more)} more")
        lines += [f"  - {line[:width]}" for line in each.missing[:most]]
        lines += [f"  + {line[:width]}" for line in each.more[:most]]
    return "\n".join(lines)


def _elements(counted: Counter[str]) -> tuple[str, ...]:
    return tuple(sorted(counted.elements()))


def _tables(database: str) -> dict[str, list[dict[str, Any]]]:
    with psycopg.connect(database, row_factory=dict_row) as connection:
        named = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        ).fetchall()
        return {
            each["table_name"]: connection.execute(f'SELECT * FROM "{each["table_name"]}"'.encode()).fetchall()
            for each in sorted(named, key=lambda each: str(each["table_name"]))
        }


def _names(tables: Mapping[str, list[dict[str, Any]]]) -> dict[str, str]:
    """Say what each id and digest that is made by chance, or depends on the time, stands for."""
    names = {each["id"]: f"intake of {each['batch']}" for each in tables["intakes"]}
    names |= {each["id"]: f"holding of {each['document']}" for each in tables["holdings"]}
    names |= {each["id"]: f"owner {each['name']} {each['birth_date']} {each['paper']}" for each in tables["owners"]}
    documents: dict[str, list[str]] = {}
    for item in tables["signing_items"]:
        documents.setdefault(item["order_id"], []).append(item["document"])
    for order in tables["signing_orders"]:
        what = f"order {order['role']} {' '.join(sorted(documents.get(order['id'], [])))}"
        names |= {order["id"]: what}
        names |= {order[each]: f"{each} of {what}" for each in ("manifest", "manifest_signature") if order[each]}
    for version in tables["copy_versions"]:
        if version["number"] > 1:
            names[version["sha256"]] = f"version {version['number']} of {version['document']}"
    return names


def _lines(table: str, rows: Iterable[dict[str, Any]], names: Mapping[str, str]) -> list[str]:
    masked = MASKED.get(table, frozenset())
    signed = {"size"} if table == "copy_versions" else set()
    lines = []
    for row in rows:
        if table == "audit_entries" and row["action"] in REPEATED:
            continue
        hidden = masked | (signed if row.get("number") != 1 else set())
        shown = {name: value for name, value in row.items() if name not in hidden}
        lines.append(_renamed(json.dumps(shown, ensure_ascii=False, sort_keys=True, default=str), names))
    return sorted(lines)


def _object(place: str, names: Mapping[str, str]) -> str:
    """Return the area and the name of an object; the folders between are the first letters of its digest."""
    area, _, name = place.partition("/")
    return f"{area} {_renamed(name.rpartition('/')[2], names)}"


def _renamed(text: str, names: Mapping[str, str]) -> str:
    return _BY_CHANCE.sub(lambda found: names.get(found[0], found[0]), _TIME.sub("<time>", text))


def _store(s3: S3Server) -> Minio:
    return Minio(
        endpoint=s3.endpoint, access_key=s3.access_key, secret_key=s3.secret_key, region=s3.region, secure=False
    )


def _signed(
    versions: Iterable[dict[str, Any]], objects: Iterable[str], store: Minio, bucket: str, office: Office
) -> list[str]:
    """Say of each signed version how it follows from the one before, and whether its signatures hold."""
    place = {name.rpartition("/")[2]: name for name in objects}
    known = {(each["document"], each["number"]): each["sha256"] for each in versions}

    def read(sha256: str) -> bytes:
        answer = store.get_object(bucket, place[sha256])
        try:
            return bytes(answer.read())
        finally:
            answer.close()
            answer.release_conn()

    signed = [each for each in sorted(known) if each[1] > 1]
    opinions = Opinions(office) if signed else None
    lines = []
    for document, number in signed:
        assert opinions is not None
        before = read(known[document, number - 1])
        lines.append(f"{document} {number}: {opinions.of(read(known[document, number]), before=before)}")
    return lines


def _left_over(office: Office) -> list[str]:
    """Name the files that lie where work in progress is kept."""
    ours = {"log", "prefect"}
    found = (each.relative_to(office.home) for each in office.home.rglob("*") if each.is_file())
    return sorted(str(each) for each in found if each.parts[0] not in ours)


def _answer(office: Office, question: str) -> list[str]:
    """Return all that is found, by document: the newest comes first, and which one that is depends on the time."""
    answer = office.json("find", *question.split(), "--limit", str(_ALL))
    hits = sorted(answer.pop("hits"), key=lambda each: str(each["document"]))
    lines = [f"{question}: {json.dumps(each, ensure_ascii=False, sort_keys=True)}" for each in [answer, *hits]]
    return [_TIME.sub("<time>", each) for each in lines]


def _verified(office: Office) -> list[str]:
    told = office.json("verify", "--all")
    wrong = [*told["objects"], *told["audit"]["findings"], *told["audit"]["records"]]
    wrong += [{"law": law["law"], **broken} for law in told["laws"] for broken in law["broken"]]
    stores = [each["store"] for each in told["stores"]]
    return [f"sound {told['sound']}, stores {stores}", *(json.dumps(each, sort_keys=True) for each in wrong)]
