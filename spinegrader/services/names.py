"""Whether two names may be one person's: in any script, order and spelling.

Names come as DICOM writes them (PS3.5, 6.2: family^given^middle^prefix^suffix, in up to three
groups separated by “=”: alphabetic, ideographic, phonetic), as the import shows them
(“山田 太郎 (Yamada, Tarou)”), or as people type them.
"""

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import IntEnum
from functools import lru_cache

_SPELLING = 0.8
"""Share of letters in common (difflib's ratio) from which on two words are one spelt twice."""

_SHORTEST_SPELT_TWICE = 3
_BETWEEN = re.compile(r"[\s,;.\-‐‑–—_・·/()]+")
_SILENT = re.compile(r"['’‘`´ʼ\"]")
_BRACKETS = re.compile(r"^([^()（）]+)[(（]([^()（）]+)[)）]\s*$")
_KANA_VOICING = "\u3099\u309a"
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
_NO_NAME = frozenset(
    {"anon", "anonym", "anonymous", "anonymised", "anonymized", "deidentified", "removed"}
    | {"unknown", "none", "noname", "no", "name", "na", "test", "patient", "null", "unbekannt"}
    | {"de", "identified", "xxx", "xxxx", "不明", "匿名"}
)


class Alike(IntEnum):
    """How far two names agree."""

    DIFFERENT = 0
    SIMILAR = 1
    EQUAL = 2


@dataclass(frozen=True)
class PersonName:
    """One group of a name.

    Args:
        words: Family and given names and middle ones, folded, in order.
    """

    words: tuple[str, ...]

    @property
    def keys(self) -> frozenset[str]:
        """Two names that are alike have one of these in common."""
        return frozenset(word[:1] for word in self.words)


@lru_cache(maxsize=20_000)
def parse_name(text: str) -> tuple[PersonName, ...]:
    """The groups of a name that say something; none for an empty one or a placeholder."""
    parts = (
        part for group in text.split("=") for part in _BRACKETS.sub(r"\1=\2", group).split("=")
    )
    groups = (_group(part) for part in parts)
    return tuple(dict.fromkeys(group for group in groups if group is not None))


def _group(text: str) -> PersonName | None:
    # Prefix and suffix (Dr., Jr.) are written or left out at will.
    parts = text.split("^")[:3]
    words = [word for part in parts for word in _BETWEEN.split(folded(part)) if word]
    if not words or all(word in _NO_NAME for word in words):
        return None
    return PersonName(tuple(words))


def folded(text: str) -> str:
    """Text without case, width and diacritics, hiragana as katakana.

    Voicing marks of kana stay: they are other sounds, not another spelling.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    apart = unicodedata.normalize("NFD", _SILENT.sub("", plain))
    kept = (
        letter
        for letter in apart
        if unicodedata.category(letter) != "Mn" or letter in _KANA_VOICING
    )
    joined = unicodedata.normalize("NFC", "".join(kept)).translate(_LETTERS)
    return "".join(chr(ord(item) + 0x60) if "ぁ" <= item <= "ゖ" else item for item in joined)


def compare_names(first: str, second: str) -> Alike:
    """How far two names agree in the group that agrees best; empty ones are different."""
    return max(
        (
            _compare(one, other)
            for one in parse_name(first)
            for other in parse_name(second)
            if one.keys & other.keys
        ),
        default=Alike.DIFFERENT,
    )


def _compare(one: PersonName, other: PersonName) -> Alike:
    if sorted(one.words) == sorted(other.words) or "".join(one.words) == "".join(other.words):
        return Alike.EQUAL
    fewer, more = sorted((one.words, other.words), key=len)
    if len(fewer) < 2:
        return Alike.DIFFERENT
    left = list(more)
    for word in sorted(fewer, key=len, reverse=True):
        fits = max(left, key=lambda item: _likeness(word, item))
        if _likeness(word, fits) < _SPELLING:
            return Alike.DIFFERENT
        left.remove(fits)
    return Alike.SIMILAR


def _likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) == 1 and shorter.isascii():
        # An initial stands for what it begins.
        return 0.9 if longer.startswith(shorter) else 0.0
    if len(shorter) < _SHORTEST_SPELT_TWICE or any(map(str.isdigit, one + other)):
        # Numbers tell pseudonyms apart.
        return 0.0
    return SequenceMatcher(None, shorter, longer, autojunk=False).ratio()
