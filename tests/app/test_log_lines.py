"""Lines of the log: what they tell, and that no value of a paper or a person is in them."""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from app.log_context import telling
from app.log_lines import BLOT, JsonLines, LogFormat, PlainWords, blotted
from app.logs import keep_log, write_down
from app.orchestrator import prefect_environment
from app.settings import Settings
from app.watching_settings import LogSettings
from pipeline.domain.errors import RecordsUnavailable, SourceTooSlow

BATCH = "b-0123456789abcdef01234567"
RUN = "0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
NAME, NUMBER = "Nguyễn Thị Ánh", "001199000011"
Log = Callable[..., dict[str, Any]]


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def logger(lines: list[str]) -> Callable[[str], logging.Logger]:
    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    def named(name: str) -> logging.Logger:
        found = logging.Logger(name)  # noqa: LOG001 - one of its own, that no other test hears
        handler = Keep()
        handler.setFormatter(JsonLines())
        found.addHandler(handler)
        return found

    return named


def test_a_line_tells_what_when_where_and_within_what(
    logger: Callable[[str], logging.Logger], lines: list[str]
) -> None:
    with telling(request="r-1"), telling(batch=BATCH, run=RUN):
        logger("web.jobs").warning("batch %s waits for %d s", BATCH, 5)
    told = json.loads(lines[0])
    assert abs(dt.datetime.fromisoformat(told.pop("time")) - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=60)
    assert told.pop("process") > 0
    assert told == {
        "level": "warning",
        "logger": "web.jobs",
        "event": "web.jobs.test_a_line_tells_what_when_where_and_within_what",
        "message": f"batch {BATCH} waits for 5 s",
        "request": "r-1",
        "batch": BATCH,
        "run": RUN,
    }


def test_values_of_ours_are_told_only_if_they_cannot_be_somebodys(
    logger: Callable[[str], logging.Logger], lines: list[str]
) -> None:
    ours = logger("app.intake_work")
    ours.warning("%s of %s: %s", f"handing over {BATCH}", NAME, RecordsUnavailable(database=NAME, reason=NUMBER))
    ours.warning("%(done)d of %(name)s", {"done": 3, "name": NUMBER})
    ours.warning("%d pages", NAME)
    ours.info("a stage is over", extra={"event": "batch.stage", "told": {"stage": "read", "seconds": 1.5}})
    first, second, third, fourth = map(json.loads, lines)
    assert (first["message"], first["event"]) == (f"{BATCH} of {BLOT}: records.unavailable", "records.unavailable")
    assert second["message"] == f"3 of {BLOT}"
    assert third["message"] == "%d pages"
    assert (fourth["event"], fourth["stage"], fourth["seconds"]) == ("batch.stage", "read", 1.5)


def test_of_an_error_its_kind_and_places_are_told_and_not_its_words(
    logger: Callable[[str], logging.Logger], lines: list[str]
) -> None:
    try:
        try:
            raise ValueError(f"{NAME} has no {NUMBER}")  # noqa: TRY301 - an error that another one is raised from
        except ValueError as error:
            raise SourceTooSlow(name=f"{NAME}.pdf", allowed=1) from error
    except SourceTooSlow:
        logger("web.failures").exception("%s %s", "GET", f"/documents/{NAME}")
    told = json.loads(lines[0])
    assert told["error"]["type"] == "SourceTooSlow"
    assert told["error"]["code"] == told["event"] == SourceTooSlow.code
    assert told["error"]["because"]["type"] == "ValueError"
    assert [each.partition(":")[0] for each in told["error"]["at"]] == ["app/test_log_lines.py"]
    assert NAME not in lines[0]
    assert NUMBER not in lines[0]
    assert lines[0].isascii() or BLOT in lines[0]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            "Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)",
            f"Uvicorn running on http://127.0.0.1:8000 ({BLOT}+C to quit)",
        ),
        ("HTTP Request: GET https://idp.example.vn/user/001199000011?name=Anh", f"{BLOT}: GET https://idp.example.vn"),
        (
            f"Encountered exception during execution: ValueError('{NAME}')",
            f"Encountered exception during execution: ValueError({BLOT})",
        ),
        ("""failed: "it's 'Anh' in 'Huế'" and more""", f"failed: {BLOT} and more"),
        ("cannot open /scans/nguyen-van-a.pdf", f"cannot open {BLOT}"),
        ("owner Tran Van Binh is not there", f"owner {BLOT} is not there"),
        (f"owner {NAME} is not there", f"owner {BLOT} {BLOT} {BLOT} is not there"),
        ("mail to anh@example.vn bounced", f"mail to {BLOT} bounced"),
        (f"number {NUMBER} in {BATCH} of run {RUN}", f"number {BLOT} in {BATCH} of run {RUN}"),
        ("postgresql://sohoa:secret@db:5432/sohoa is gone", "postgresql://db:5432 is gone"),
        ("read 100/300", "read 100/300"),
    ],
)
def test_foreign_sentences_are_blotted(said: str, kept: str) -> None:
    assert blotted(said) == kept


@example("a'bbgg\nxyz", "'{}'")
@example("a'bbgg " + "x" * 400, "'{}'")
@given(st.text(min_size=4), st.sampled_from(["'{}'", '"{}"', "ValueError('{}')", "x.pdf: '{}' and '{}'"]))
def test_what_stands_in_quotation_marks_is_never_told(value: str, form: str) -> None:
    said = blotted("could not read " + form.replace("{}", value))
    left = "could not read ValueError(x.pdf: and)\"'" + BLOT
    assert set(said) <= set(left) | set(" ")


def test_only_the_first_line_of_a_foreign_sentence_is_told(
    logger: Callable[[str], logging.Logger], lines: list[str]
) -> None:
    logger("uvicorn.error").error("Exception in ASGI application\n%s", NAME)
    assert json.loads(lines[0])["message"] == "Exception in ASGI application"


def test_runs_that_prefect_names_are_told(logger: Callable[[str], logging.Logger], lines: list[str]) -> None:
    logger("prefect.flow_runs").info("%s %d/%d", "read", 2, 3, extra={"flow_run_id": RUN, "flow_run_name": NAME})
    told = json.loads(lines[0])
    assert (told["run"], told["message"]) == (RUN, "read 2/3")
    assert NAME not in lines[0]


def test_prefects_own_pages_get_a_blotted_sentence() -> None:
    try:
        raise ValueError(NAME)  # noqa: TRY301 - an error with its place
    except ValueError:
        what = sys.exc_info()
    record = logging.LogRecord("prefect.flow_runs", logging.ERROR, "", 0, f"failed: {NAME!r}", None, what)
    assert PlainWords().format(record) == f"failed: {BLOT} [ValueError]"


def test_every_process_of_prefect_writes_the_same_lines(tmp_path: Path) -> None:
    """What Prefect is told to load is there, and names what is there."""
    plain = prefect_environment(Settings(home=tmp_path))
    named = prefect_environment(Settings(home=tmp_path, log=LogSettings(format=LogFormat.JSON)))
    (added,) = named.keys() - plain.keys()
    assert added == "PREFECT_LOGGING_SETTINGS_PATH"
    form = yaml.safe_load(Path(named[added]).read_text(encoding="utf-8"))
    assert form["formatters"]["lines"]["()"] == f"{JsonLines.__module__}.{JsonLines.__name__}"
    assert form["formatters"]["words"]["()"] == f"{PlainWords.__module__}.{PlainWords.__name__}"


def test_the_log_of_commands_has_the_same_lines(tmp_path: Path) -> None:
    file = tmp_path / "log" / "sohoa.log"
    with keep_log(file, LogFormat.JSON):
        logging.getLogger("app.workshop").warning("pages are read by Tesseract alone: %s", NAME)
    write_down(file, ValueError(NAME), LogFormat.JSON)
    first, second = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert first["message"] == f"pages are read by Tesseract alone: {BLOT}"
    assert second["error"]["type"] == "ValueError"
