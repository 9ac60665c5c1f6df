"""Vietnamese text: one form for storing, one for searching, one for sorting.

Folding is for finding, never for identity: `fold("bưởi") == fold("buổi")`, and they are not the
same fruit.
"""

import re
import unicodedata
from typing import Final

_NOT_WORD = re.compile(r"[^a-z0-9]+")
_ALPHABET: Final = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_LETTER: Final = {letter: n for n, letter in enumerate(_ALPHABET)}
# Breve, circumflex and horn make another letter (ă, â, ơ); these five make only another tone.
# Order of tones in Vietnamese dictionaries: ngang, huyền, hỏi, ngã, sắc, nặng.
_TONE: Final = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}

SortKey = tuple[tuple[tuple[int, int], ...], tuple[int, ...], str]


def nfc(text: str) -> str:
    """The composed form (Unicode NFC), in which all text is stored and compared."""
    return unicodedata.normalize("NFC", text)


def tidy(text: str) -> str:
    """NFC without control characters, with single spaces and none at the ends."""
    kept = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in nfc(text))
    return " ".join(kept.split())


def fold(text: str) -> str:
    """Lower-case ASCII-like form for searching: no diacritics, đ as d, single spaces.

    Folding what is folded changes nothing: some compatibility forms decompose to letters with a case
    of their own, so the step is repeated until nothing moves.
    """
    folded = _fold_once(text)
    while (again := _fold_once(folded)) != folded:
        folded = again
    return folded


def _fold_once(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return " ".join("".join(c for c in apart if not unicodedata.combining(c)).split())


def slug(text: str, *, longest: int = 60) -> str:
    """Lower-case words joined by hyphens for addresses, cut at a word where one fits; may be empty."""
    whole = _NOT_WORD.sub("-", fold(text)).strip("-")
    if len(whole) <= longest:
        return whole
    cut = whole[: longest + 1].rpartition("-")[0]
    return cut or whole[:longest]


def vietnamese_sort_key(text: str) -> SortKey:
    """Key that sorts by the Vietnamese alphabet (a ă â b c d đ e ê …), tones only between equals.

    Spaces and signs come before figures, figures before letters; letters of other scripts last.
    """
    primary: list[tuple[int, int]] = []
    tones: list[int] = []
    for char in nfc(text.casefold()):
        letter, tone = _apart(char)
        primary.append(_rank(letter))
        tones.append(tone)
    return tuple(primary), tuple(tones), nfc(text)


def _apart(char: str) -> tuple[str, int]:
    """One composed character as its letter (ầ → â) and its tone (ầ → 1)."""
    marks = unicodedata.normalize("NFD", char)
    tone = next((_TONE[mark] for mark in marks if mark in _TONE), 0)
    return nfc("".join(mark for mark in marks if mark not in _TONE)), tone


def _rank(letter: str) -> tuple[int, int]:
    if letter in _LETTER:
        return 2, _LETTER[letter]
    if "0" <= letter <= "9":
        return 1, ord(letter)
    if letter.isalpha():
        return 3, ord(letter[0])
    return 0, ord(letter[0]) if letter else 0
