"""Progress where nobody watches a terminal: lines now and then, each stage's end, and nothing of work that never began."""

from __future__ import annotations

import io

import pytest

from app.cli import progress
from app.cli.context import Context, PlainConsole
from app.cli.progress import show_progress
from app.language import speaker
from app.setting_groups import Language
from app.settings import load_settings
from pipeline.domain.batch import Progress, Stage
from tests.fakes.author import CLERK


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def context(said: io.StringIO) -> Context:
    err = PlainConsole(stderr=True)
    err.file = said
    return Context(
        provenance=load_settings({}),
        author=CLERK,
        say=speaker(Language.VIETNAMESE),
        out=PlainConsole(stderr=True),
        err=err,
    )


class _Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    clock = _Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def test_work_that_ends_before_anything_is_done_leaves_no_line(context: Context, said: io.StringIO) -> None:
    with show_progress(context) as listen:
        listen(Stage.SIGN, Progress(0, 3))
        listen(Stage.RENEW, Progress(0, 0))

    assert said.getvalue() == ""


def test_short_work_says_its_end_alone(context: Context, said: io.StringIO) -> None:
    with show_progress(context) as listen:
        for done in range(4):
            listen(Stage.RENEW, Progress(done, 3))

    assert said.getvalue() == "Gia hạn chữ ký: 3/3\n"


def test_long_work_says_every_five_seconds_how_fast_it_goes(context: Context, said: io.StringIO, clock: _Clock) -> None:
    with show_progress(context) as listen:
        for done in range(14):
            listen(Stage.READ, Progress(done, 13))
            clock.now += 1.0

    assert said.getvalue().splitlines() == [
        "Nhận dạng trang: 5/13 (1.0 mỗi giây, còn khoảng 8 giây)",
        "Nhận dạng trang: 10/13 (1.0 mỗi giây, còn khoảng 3 giây)",
        "Nhận dạng trang: 13/13",
    ]
