"""Reads pictures of lines with a converted network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from pipeline.domain.errors import UnsupportedNetwork
from pipeline.imaging.picture import Pixels
from pipeline.recognise.network.decode import Emission, Probabilities, Spelled, emissions, spelled_characters
from pipeline.recognise.network.facts import FACTS, FRAMES, PICTURE, facts_from_json
from pipeline.recognise.network.line_picture import LinePicture, line_picture
from pipeline.recognise.network.places import Span, glyph_spans
from pipeline.recognise.network.reading import Alternative, ReadText, Sign

_TOGETHER = 8
"""most lines in one run of the network"""
_LAG = 1.5
"""columns by which a character's ink lies behind the frames that show it, on the average"""
_SPARE = 1.25
"""how much wider than the narrowest the widest line of a run may be: what is filled up is computed in vain"""


@dataclass(frozen=True, slots=True, eq=False)
class LineChances:
    """What the frames of a line may show."""

    values: Probabilities
    """(frame, sign), the last column for none"""
    left: float
    """pixels of the line's picture left of the first frame"""
    width: float
    """pixels of a frame"""

    def pixel(self, frame: float) -> float:
        """Return where a frame begins, in pixels of the line's picture."""
        return self.left + frame * self.width


class NetworkReader:
    """A network in memory, one thread. Made once a process; reading changes nothing in it.

    Args:
        model: a file of `converted_network`.

    Raises:
        UnsupportedNetwork: the file is not one of these, or onnxruntime cannot run it.
    """

    def __init__(self, model: Path) -> None:
        import onnxruntime  # noqa: PLC0415 - only processes that read need it

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # lines differ in width, so every run asks for other sizes: the arena would keep the largest of all, some 50 MiB
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        try:
            self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
            self._facts = facts_from_json(self._session.get_modelmeta().custom_metadata_map[FACTS])
        except Exception as error:  # onnxruntime's own errors have no common base
            raise UnsupportedNetwork(file=model.name, reason=str(error)) from error

    def read(self, lines: Sequence[Pixels]) -> tuple[ReadText, ...]:
        """Read grey pictures of single lines, dark on light, level, and cut out with little around them.

        White at the sides is cut off. Above the ascenders and below the descenders there should be about a seventh
        of the line's height.
        """
        pictures = [line_picture(line, height=self._facts.height) for line in lines]
        found: list[ReadText] = [ReadText(())] * len(lines)
        for run in _runs(
            [0 if picture is None else picture.values.shape[1] // self._facts.pooled for picture in pictures]
        ):
            chosen = [picture for picture in (pictures[place] for place in run) if picture is not None]
            for place, picture, probabilities in zip(run, chosen, self._run(chosen), strict=True):
                found[place] = self._text(picture, probabilities)
        return tuple(found)

    def chances(self, line: Pixels, signs: str) -> LineChances | None:
        """Return how likely each frame of a line's picture shows each of `signs`, or none of them; None without writing."""
        picture = line_picture(line, height=self._facts.height)
        if picture is None or picture.values.shape[1] < self._facts.pooled:
            return None
        (probabilities,) = self._run([picture])
        code_of = {text: codes[0] for codes, text in self._facts.characters.items() if len(codes) == 1}
        chosen = [code_of.get(sign) for sign in signs]
        columns = [np.zeros(len(probabilities), np.float32) if it is None else probabilities[:, it] for it in chosen]
        values = np.stack([*columns, probabilities[:, self._facts.null]], axis=1)
        return LineChances(values, picture.left, self._facts.pooled / picture.scale)

    def _run(self, pictures: Sequence[LinePicture]) -> Iterator[Probabilities]:
        widths = [picture.values.shape[1] for picture in pictures]
        batch = np.zeros((len(pictures), 1, self._facts.height, max(widths)), np.float32)
        for line, picture in zip(batch, pictures, strict=True):
            line[0, :, : picture.values.shape[1]] = picture.values
        frames = np.array([width // self._facts.pooled for width in widths], np.int32)
        (result,) = self._session.run(None, {PICTURE: batch, FRAMES: frames})
        for number, count in enumerate(frames):
            yield result[:count, number]

    def _text(self, picture: LinePicture, probabilities: Probabilities) -> ReadText:
        spelled = tuple(spelled_characters(emissions(probabilities, null=self._facts.null), self._facts.characters))
        spans = self._spans(spelled, picture)
        return ReadText(
            tuple(
                Sign(
                    text,
                    picture.left + left / picture.scale,
                    picture.left + right / picture.scale,
                    min(part.confidence for part in parts),
                    self._alternatives(parts),
                )
                for (parts, text), (left, right) in zip(spelled, spans, strict=True)
            )
        )

    def _spans(self, spelled: Sequence[Spelled], picture: LinePicture) -> list[Span]:
        """Return the columns of the scaled picture that each character takes; a space takes what is left for it."""
        if not spelled:
            return []
        wide = self._facts.pooled
        between = ((before[-1].end + behind[0].start) / 2 for (before, _), (behind, _) in pairwise(spelled))
        bounds = [0.0, *(middle * wide + _LAG for middle in between), float(picture.values.shape[1])]
        middles = [(parts[0].start + parts[-1].end) / 2 * wide + _LAG for parts, _ in spelled]
        spans = list(pairwise(bounds))
        written = [place for place, (_, text) in enumerate(spelled) if text != " "]
        cuts = [*(bounds[place] for place in written), bounds[-1]]
        for place, span in zip(written, glyph_spans([middles[it] for it in written], cuts, picture.ink), strict=True):
            spans[place] = span
        return spans

    def _alternatives(self, parts: Sequence[Emission]) -> tuple[Alternative, ...]:
        """Name what else a character of one code may be; those of several codes have too many neighbours."""
        if len(parts) != 1:
            return ()
        characters = self._facts.characters
        return tuple(
            Alternative(characters[code,], chance) for code, chance in parts[0].others if (code,) in characters
        )


def _runs(frames: Sequence[int]) -> Iterator[list[int]]:
    """Put lines of similar width together; a line without a frame is left out."""
    order = sorted((place for place, count in enumerate(frames) if count), key=lambda place: (frames[place], place))
    run: list[int] = []
    for place in order:
        if run and (len(run) == _TOGETHER or frames[place] > _SPARE * frames[run[0]]):
            yield run
            run = []
        run.append(place)
    if run:
        yield run
