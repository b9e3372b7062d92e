"""What an answer must not say: words and ids of another agency that whoever asked did not bring along."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote, unquote

from httpx2 import Response

from tests.web.two_agencies import Agency

_HEX = "0123456789abcdef"
_OF_THE_REQUEST = re.compile(
    r'name="csrf" (?:content|value)="[^"]*"|"request_id":\s*"[^"]*"|[0-9a-f]{8}-[0-9a-f-]{27}|\b[A-Za-z0-9_-]{22}\b'
)
"""what is another for each request, of whatever is asked"""


def whole(answer: Response) -> str:
    """Return everything that came back: status, headers, body, with what is percent-encoded in plain letters as well."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    body = answer.content.decode("utf-8", "replace")
    return f"{answer.status_code}\n{headers}\n{unquote(headers)}\n{body}".casefold()


def leaked(
    answer: Response, of: Agency, *, sent: Collection[str] = (), staff: bool = True, ids: bool = True
) -> list[str]:
    """Return what an answer says of an agency that was not said to it: planted words, the person's number, ids."""
    text = whole(answer)
    for each in sorted(sent, key=len, reverse=True):
        for form in {each, quote(each), quote(each, safe="")}:
            text = text.replace(form.casefold(), "…")
    wanted = [of.stem if staff else rf"(?<!nv){of.stem}", re.escape(of.number)]
    found = [match[0] for each in wanted for match in re.finditer(rf"{each}\S{{0,30}}", text)]
    return found + [each for each in sorted(of.ids) if ids and each.casefold() in text]


def nowhere(value: str) -> str:
    """Return a value of the same kind that names nothing: its last digits are others."""
    head, tail = value[:-5], value[-5:]
    return head + "".join(
        _HEX[(_HEX.index(each) + (5 if each in "01234" else 0)) % 10] if each.isdigit() else each for each in tail
    )


def alike(answer: Response, value: str) -> tuple[Any, ...]:
    """Return what has to be equal for what is somebody else's and what never was: all but the echo and the request's own marks."""
    text = answer.content.decode("utf-8", "replace")
    for form in {value, quote(value), quote(value, safe="")}:
        text = text.replace(form, "…")
    text = _OF_THE_REQUEST.sub("…", text)
    headers = {name for name in answer.headers if name not in {"date", "set-cookie"}}
    where = answer.headers.get("location", "").replace(quote(value), "…").replace(value, "…")
    return answer.status_code, answer.headers.get("x-error-code"), sorted(headers), where, text


def place(path: str, places: Mapping[str, str], *, other: str = "1") -> str:
    """Return a path with what its parameters name."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: quote(places.get(found[1], other), safe=""), path)
