"""Any corpus, any query: each database finds just what a plain reading of the texts finds, and so both find the same."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from pipeline.text.fold import fold_for_search
from storage.records import Records
from tests.storage.searching import ask, keep

VOCABULARY = (
    "hồ", "sơ", "giấy", "khai", "sinh", "đất", "đai", "nguyễn", "nguyên", "thị", "đào", "dao", "đạo", "ủy", "uỷ", "ban",
    "ngày", "tháng", "nghiêng", "nghiengx", "y", "12", "2025", "019185000123",
)  # fmt: skip


def oracle(text: str, words: Sequence[str]) -> bool:
    """Say whether a text has all words, by their letters: written without the product's index."""
    have = "".join(char if char.isalnum() else " " for char in fold_for_search(text)).split()
    for word in words:
        beginning, is_beginning = word.rstrip("*"), word.endswith("*")
        wanted = "".join(char if char.isalnum() else " " for char in fold_for_search(beginning)).split()
        if not any(
            have[at : at + len(wanted) - 1] == wanted[:-1]
            and at + len(wanted) <= len(have)
            and (
                have[at + len(wanted) - 1].startswith(wanted[-1])
                if is_beginning
                else have[at + len(wanted) - 1] == wanted[-1]
            )
            for at in range(len(have))
        ):
            return False
    return True


@pytest.mark.parametrize("seed", range(3))
def test_all_engines_find_what_a_plain_reading_finds(records: Records, seed: int) -> None:
    dice = random.Random(seed)
    texts = [" ".join(dice.choices(VOCABULARY, k=dice.randrange(1, 12))) for _ in range(60)]
    ids = keep(records, "b-1", texts)
    for _ in range(80):
        words = [
            '"' + " ".join(dice.choices(VOCABULARY, k=dice.randrange(2, 5))) + '"'
            if dice.random() < 0.3
            else (
                word[: dice.randrange(2, len(word) + 1)] + "*"
                if len(word := dice.choice(VOCABULARY)) > 1 and dice.random() < 0.4
                else word
            )
            for _ in range(dice.randrange(1, 4))
        ]
        expected = {
            id_ for id_, text in zip(ids, texts, strict=True) if oracle(text, [word.strip('"') for word in words])
        }
        result = ask(records, " ".join(words), limit=100)
        assert {hit.document.understood.id for hit in result.hits} == expected, words
        assert result.total == len(expected)
