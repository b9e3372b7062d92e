"""Events go on for as long as somebody is there and may see them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import pytest
from fastapi import Request

from pipeline.domain.account import Role
from pipeline.domain.audit import Author
from pipeline.domain.session import SessionToken
from pipeline.usecases.sign_in import current_session
from tests.web.conftest import SignIn
from web import streams
from web.office import Office
from web.streams import News, stream
from web.visit import Visit


class Listener:
    """A browser that is there until told otherwise."""

    def __init__(self, heard: str = "") -> None:
        self.headers = {"last-event-id": heard} if heard else {}
        self.gone = False

    async def is_disconnected(self) -> bool:
        return self.gone


def listen(visit: Visit, look: Callable[[str], News | None], listener: Listener | None = None) -> list[str]:
    """Return what is sent until the stream ends."""

    async def all_of_it() -> list[str]:
        answer = stream(cast("Request", listener or Listener()), visit, look)
        return [bytes(piece).decode() async for piece in answer.body_iterator]  # type: ignore[arg-type]

    return asyncio.run(asyncio.wait_for(all_of_it(), 20))


@pytest.fixture
def visit(office: Office, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> Visit:
    monkeypatch.setattr(streams, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(streams, "_BEAT_SECONDS", 0.0)
    person = sign_in(Role.CLERK, login="lan")
    token = SessionToken(next(each.value for each in person.browser.cookies.jar if each.value and len(each.value) > 30))
    services = office.services
    found = current_session(
        token,
        sessions=services.sessions,
        accounts=services.accounts,
        clock=services.clock,
        policy=office.session_policy,
    )
    assert found is not None
    return Visit(
        request=cast("Request", Listener()),
        office=office,
        words=office.words[office.language],
        services=services.acting(Author(name="lan", role="clerk", origin="test")),
        session=found[0],
        account=found[1],
    )


def test_news_are_told_once_and_the_last_one_ends_it(visit: Visit) -> None:
    news = iter([News("1", {"a": 1}), None, News("2", {"a": "ạ"}, done=True)])
    sent = "".join(listen(visit, lambda _: next(news)))
    assert sent.replace(": still here\n\n", "") == (
        'retry: 3000\n\nid: 1\nevent: news\ndata: {"a": 1}\n\nid: 2\nevent: done\ndata: {"a": "ạ"}\n\n'
    )


def test_who_comes_again_says_what_they_have_heard(visit: Visit) -> None:
    asked: list[str] = []

    def look(heard: str) -> News:
        asked.append(heard)
        return News(str(len(asked)), None, done=len(asked) > 1)

    listen(visit, look, Listener("41"))
    assert asked == ["41", "1"]


def test_nothing_more_is_told_when_the_session_is_over(visit: Visit) -> None:
    looks = 0

    def look(_: str) -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            assert visit.session is not None
            visit.services.sessions.end(visit.session.id)

    assert listen(visit, look)[-1] == ": still here\n\n"
    assert looks == 3


def test_nothing_more_is_told_when_nobody_is_there(visit: Visit) -> None:
    listener = Listener()

    def look(_: str) -> None:
        listener.gone = True

    assert len(listen(visit, look, listener)) == 2
