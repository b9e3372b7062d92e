"""A page turned upright, levelled and read."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.domain.page_notes import ReadingNote
from pipeline.imaging.picture import Pixels
from pipeline.imaging.skew import levelled, skew_of
from pipeline.imaging.streaks import without_streaks
from pipeline.recognise.frame import Canvas, Frame
from pipeline.recognise.orientation import lines_run_down, looks_upside_down, small_letters, well_read
from pipeline.recognise.readers import LevelReader
from pipeline.recognise.words import ReadLine


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    """The page turned one way and levelled."""

    picture: Pixels
    canvas: Canvas

    @property
    def rotation(self) -> int:
        return self.canvas.frame.rotation


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read with the page lying one way."""

    lines: tuple[ReadLine, ...]
    canvas: Canvas
    warnings: tuple[str, ...] = ()


def upright_reading(grey: Pixels, dpi: float, frame: Frame, reader: LevelReader) -> Reading:
    """Turn the page so that it can be read, and read it.

    The lines say which of two ways are left. A page that looks upright is read at once, and asked about only if it does not
    read well; one that looks as if it stood on its head is asked about first, for reading it whole in vain costs ten times
    as much.
    """
    letters = small_letters(grey)
    level = _level(grey, replace(frame, rotation=90 if lines_run_down(letters) else 0), dpi)
    turned_letters = np.ascontiguousarray(np.rot90(letters, -level.rotation // 90))
    if looks_upside_down(levelled(turned_letters, level.canvas.frame.skew)) and reader.reads_better_turned(
        level.picture, dpi=dpi
    ):
        level = _upside_down(level)
    first = _reading(level, dpi, reader)
    if reader.plainly_upright(first.lines):
        return first
    turned = reader.reads_better_turned(level.picture, dpi=dpi)
    if turned:
        second = _reading(_upside_down(level), dpi, reader)
        if well_read(second.lines) > well_read(first.lines):
            return second
    if turned is False:
        return first
    return _as_it_lies(first, grey, dpi, frame, reader)


def turned_reading(grey: Pixels, dpi: float, frame: Frame, reader: LevelReader) -> Reading:
    """Read the page turned as `frame` says: a person has looked at it."""
    return _reading(_level(grey, frame, dpi), dpi, reader)


def _as_it_lies(first: Reading, grey: Pixels, dpi: float, frame: Frame, reader: LevelReader) -> Reading:
    """Keep a page as a viewer shows it when nothing tells how it lies, and say so."""
    unsure = first if not first.canvas.frame.rotation else _reading(_level(grey, frame, dpi), dpi, reader)
    return replace(unsure, warnings=(ReadingNote.ORIENTATION_UNSURE,))


def _reading(level: _Level, dpi: float, reader: LevelReader) -> Reading:
    return Reading(lines=reader.read(level.picture, dpi=dpi), canvas=level.canvas)


def _level(grey: Pixels, frame: Frame, dpi: float) -> _Level:
    upright = np.ascontiguousarray(np.rot90(grey, -frame.rotation // 90))
    frame = replace(frame, skew=skew_of(upright))
    # a sheet is folded along its print: folds are straight now, as the streaks of the scanner were before
    picture = without_streaks(levelled(upright, frame.skew), dpi=dpi) if frame.skew else upright
    canvas = Canvas(
        width=picture.shape[1],
        height=picture.shape[0],
        points_across=frame.width / upright.shape[1],
        points_down=frame.height / upright.shape[0],
        frame=frame,
    )
    return _Level(picture=picture, canvas=canvas)


def _upside_down(level: _Level) -> _Level:
    """Turn a level page by half a turn: its skew and its middle stay."""
    frame = replace(level.canvas.frame, rotation=(level.rotation + 180) % 360)
    picture = np.ascontiguousarray(np.rot90(level.picture, 2))
    return _Level(picture=picture, canvas=replace(level.canvas, frame=frame))
