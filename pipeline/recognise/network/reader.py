"""Reads pictures of lines with a converted network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnxruntime

from pipeline.domain.errors import UnsupportedNetwork
from pipeline.imaging.picture import Pixels
from pipeline.recognise.network.charset import Codes
from pipeline.recognise.network.decode import Emission, Probabilities, emissions
from pipeline.recognise.network.facts import FACTS, FRAMES, PICTURE, facts_from_json
from pipeline.recognise.network.line_picture import LinePicture, line_picture
from pipeline.recognise.network.reading import Alternative, ReadText, Sign

_TOGETHER = 8
"""most lines in one run of the network"""
_SPARE = 1.25
"""how much wider than the narrowest the widest line of a run may be: what is filled up is computed in vain"""


class NetworkReader:
    """A network in memory, one thread. Made once a process; reading changes nothing in it.

    Args:
        model: a file of `converted_network`.

    Raises:
        UnsupportedNetwork: the file is not one of these, or onnxruntime cannot run it.
    """

    def __init__(self, model: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
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
        spelled = tuple(_spelled(emissions(probabilities, null=self._facts.null), self._facts.characters))
        width = self._facts.pooled / picture.scale
        middles = [(before[-1].end + behind[0].start) / 2 for (before, _), (behind, _) in pairwise(spelled)]
        bounds = [0.0, *middles, float(len(probabilities))]
        return ReadText(
            tuple(
                Sign(
                    text,
                    picture.left + bounds[place] * width,
                    picture.left + bounds[place + 1] * width,
                    min(part.confidence for part in parts),
                    self._alternatives(parts),
                )
                for place, (parts, text) in enumerate(spelled)
            )
        )

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


def _spelled(found: Sequence[Emission], characters: Mapping[Codes, str]) -> Iterator[tuple[tuple[Emission, ...], str]]:
    """Put codes together to characters, the longest spelling first; codes that spell nothing are left out."""
    longest = max(map(len, characters))
    place = 0
    while place < len(found):
        for length in range(min(longest, len(found) - place), 0, -1):
            parts = tuple(found[place : place + length])
            text = characters.get(tuple(part.code for part in parts))
            if text is not None:
                yield parts, text
                place += length
                break
        else:
            place += 1
