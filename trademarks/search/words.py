"""How well a mark's words fit what somebody typed: pure, 0 (not at all) to 1 (word for word).

Everything is folded first, so `mang cut`, `Măng Cụt` and `MĂNG CỤT` are the same question. A word
may be the beginning of another, or a little misspelled; `mangcut` without its space is found too.
"""

from typing import Final

from app.kernel.text import fold, slug

EXACT: Final = 1.0
BEGINS: Final = 0.9
JOINED: Final = 0.8
ONE_OFF: Final = 0.7
TWO_OFF: Final = 0.5

_ONE_OFF_FROM: Final = 4  # letters of a word that may have one wrong, and then two
_TWO_OFF_FROM: Final = 8


def words_of(text: str) -> list[str]:
    """The folded words of a text, signs left out."""
    return [word for word in slug(text, longest=10_000).split("-") if word]


def score(asked: str, text: str) -> float:
    """The mean of each asked word's best fit in the text; 0 when any of them fits nothing."""
    wanted, held = words_of(asked), words_of(text)
    if not wanted or not held:
        return 0.0
    fits = [max(word_fit(word, other) for other in held) for word in wanted]
    if all(fits):
        return sum(fits) / len(fits)
    joined = fold(asked).replace(" ", "")
    return JOINED if len(joined) >= _ONE_OFF_FROM and joined in "".join(held) else 0.0


def word_fit(asked: str, word: str) -> float:
    """How well one folded word fits another."""
    if asked == word:
        return EXACT
    if len(asked) > 1 and word.startswith(asked):
        return BEGINS
    allowed = (len(asked) >= _ONE_OFF_FROM) + (len(asked) >= _TWO_OFF_FROM)
    distance = edits(asked, word, most=allowed)
    return {1: ONE_OFF, 2: TWO_OFF}.get(distance, 0.0) if distance <= allowed else 0.0


def edits(one: str, other: str, *, most: int) -> int:
    """Letters to insert, drop, change or swap with a neighbour; `most` + 1 for anything beyond `most`.

    Optimal string alignment (Damerau 1964, no letter moved twice).
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
