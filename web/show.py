"""Pages and parts of pages out of templates."""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from pipeline.domain.account import Role
from pipeline.domain.moments import in_zone
from web.guard import CSRF_FIELD
from web.navigation import place_of, places_for
from web.visit import Visit

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
OFFICE_TIME = ZoneInfo("Asia/Ho_Chi_Minh")
_DIGITS = 12
_DAY = "%d/%m/%Y"
_UNITS = ("B", "KiB", "MiB", "GiB")


def show(visit: Visit, template: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401 - whatever a template shows
    """Return a page, or a part of one, filled with `values`; `visit`, `say`, `asset`, `csrf_field` and `Role` are always there."""
    page = _environment().get_template(template)
    text = page.render(
        visit=visit,
        say=visit.say,
        language=visit.language.value,
        start_path="/mine" if visit.session and visit.session.owner else "/",
        places=places_for(visit),
        place_here=place_of(visit.request.url.path),
        csrf_field=lambda: _csrf_field(visit),
        **values,
    )
    return HTMLResponse(text, status_code=status)


def go_to(path: str, visit: Visit | None = None) -> Response:
    """Send the browser to another page of ours after a form; a script that asked for a part loads the whole page.

    Raises:
        ValueError: the path leads elsewhere.
    """
    if not path.startswith("/") or path.startswith(("//", "/\\")):
        raise ValueError(f"not a path of ours: {path!r}")
    if visit is not None and visit.is_fragment:
        return Response(status_code=204, headers={"HX-Redirect": path})
    return RedirectResponse(path, status_code=303)


def _csrf_field(visit: Visit) -> Markup:
    token = visit.session.csrf if visit.session else ""
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, token)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    environment.globals |= {"asset": asset, "vendor": vendor, "Role": Role}
    environment.filters |= {"day": day, "moment": moment, "size": size, "short": short}
    return environment


@cache
def asset(path: str) -> str:
    """Return the address of a file that is served as it is; it changes with the file, so that browsers may keep it for good.

    Raises:
        FileNotFoundError: there is no such file.
    """
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:_DIGITS]
    return f"/static/{path}?v={digest}"


@cache
def vendor(package: str, kind: str = "js") -> str:
    """Return the address of a file that set-up fetched, whatever its version.

    Raises:
        FileNotFoundError: set-up has not run.
    """
    found = sorted((STATIC / "vendor").glob(f"{package}-[0-9]*.{kind}"))
    if not found:
        raise FileNotFoundError(f"{STATIC / 'vendor' / package}: run scripts/setup.sh")
    return asset(str(found[-1].relative_to(STATIC)))


def day(value: dt.date | dt.datetime | str | None) -> str:
    """Return a date as Vietnamese offices write it, `31/01/2026`; text that is no date as it stands."""
    if not value:
        return "–"
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value[:10]).strftime(_DAY)
        except ValueError:
            return value
    if isinstance(value, dt.datetime):
        value = in_zone(value, OFFICE_TIME)
    return value.strftime(_DAY)


def moment(value: dt.datetime | None) -> str:
    """Return a moment in Vietnamese time, `31/01/2026 08:30`."""
    return "–" if value is None else in_zone(value, OFFICE_TIME).strftime("%d/%m/%Y %H:%M")


def size(value: int) -> str:
    """Return a number of bytes in the unit that is read most easily."""
    power = min((max(value, 1).bit_length() - 1) // 10, len(_UNITS) - 1)
    return f"{value} B" if power == 0 else f"{value / (1 << 10 * power):.1f} {_UNITS[power]}"


def short(digest: str) -> str:
    """Return the beginning of a digest or id, enough to tell it from others at a glance."""
    return digest[:_DIGITS]
