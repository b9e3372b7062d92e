"""The first page, and the switch of languages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from app.setting_groups import Language
from web.cookies import keep_language
from web.guard import for_everybody, signed_in
from web.show import go_to, show
from web.visit import VisitDep

router = APIRouter()


@router.get("/")
@signed_in
def home(visit: VisitDep) -> Response:
    """Show where somebody may go."""
    return show(visit, "home.html")


@router.post("/language")
@for_everybody
def choose_language(
    visit: VisitDep, language: Annotated[Language, Form()], back: Annotated[str, Form()] = "/"
) -> Response:
    """Speak another language from now on."""
    ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    response = go_to(back if ours else "/")
    keep_language(response, language.value, office=visit.office)
    return response
