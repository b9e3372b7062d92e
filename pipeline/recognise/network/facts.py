"""What a converted network says of itself: the names of its inputs, and the facts kept in its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.recognise.network.charset import Codes

PICTURE = "picture"
FRAMES = "frames"
PROBABILITIES = "probabilities"
FACTS = "recogniser"
"""key of the facts among the metadata of the file"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFacts:
    """What must be known of a network to use it."""

    height: int
    """pixels of a line picture"""
    pooled: int
    """columns of the line picture in a frame"""
    null: int
    """the code for no character"""
    characters: Mapping[Codes, str]
    """what the codes spell; most characters have one"""
    specification: str
    """as the makers of the network wrote it down (VGSL)"""

    def to_json(self) -> str:
        """Write the facts down."""
        characters = [[list(codes), text] for codes, text in self.characters.items()]
        facts = {"height": self.height, "pooled": self.pooled, "null": self.null, "specification": self.specification}
        return json.dumps(facts | {"characters": characters}, ensure_ascii=False)


def facts_from_json(text: str) -> NetworkFacts:
    """Read what `NetworkFacts.to_json` wrote.

    Raises:
        ValueError, KeyError, TypeError: it is something else.
    """
    facts: dict[str, Any] = json.loads(text)
    return NetworkFacts(
        height=int(facts["height"]),
        pooled=int(facts["pooled"]),
        null=int(facts["null"]),
        characters={tuple(map(int, codes)): str(character) for codes, character in facts["characters"]},
        specification=str(facts["specification"]),
    )
