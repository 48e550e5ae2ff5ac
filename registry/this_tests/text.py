"""Escapes control characters for terminals, formats counts, and splits identifiers into words."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

__all__ = ["abbreviated", "counted", "printable", "tests_counted", "words"]

# Control characters, and those that hide or reorder their neighbours; a tab is harmless.
_SPELLED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})

_LISTED = 6


def printable(text: str) -> str:
    """Return *text* on one line, with control characters escaped as in Python's literals."""
    return text if text.isprintable() else "".join(map(_spelled, text))


def _spelled(character: str) -> str:
    if character == "\t" or unicodedata.category(character) not in _SPELLED:
        return character
    return character.encode("unicode_escape").decode("ascii")


def counted(number: int, one: str, many: str = "") -> str:
    """Return ``1 link``, ``2 links``, ``1,234 links``.

    Args:
        many: The plural, if it is not *one* with an s.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def abbreviated(items: Sequence[str]) -> str:
    """Return the first few *items*, separated by commas, with an ellipsis for the others."""
    shown = ", ".join(items[:_LISTED])
    return f"{shown}, …" if len(items) > _LISTED else shown


def tests_counted(number: int, named: int) -> str:
    """Return ``3 tests``, or ``288 tests, 9 listed`` if not all are listed."""
    return counted(number, "test") + (f", {named:,} listed" if named < number else "")


# A word is a run of capitals not followed by a lower-case letter, a lower-case word with or without a
# capital, a number, or letters of a script without case.
_WORD = re.compile(r"u+(?!l)|u?l+|d+|o+")


@lru_cache(maxsize=8192)
def words(identifier: str) -> tuple[str, ...]:
    """Return the words of an identifier in lower case: of ``snake_case``, ``CamelCase``, ``HTTPServer``.

    A number is a word of its own, so that ``conv2d``, ``Conv2D`` and ``conv_2d`` have the same words.

    Example:
        >>> words("test_getHTTPResponse2")
        ('test', 'get', 'http', 'response', '2')
    """
    # Python normalizes identifiers in the same way.
    text = unicodedata.normalize("NFKC", identifier)
    kinds = "".join(map(_kind, text))
    return tuple(text[found.start() : found.end()].lower() for found in _WORD.finditer(kinds))


def _kind(character: str) -> str:
    if character.isupper() or character.istitle():
        return "u"
    if character.islower():
        return "l"
    if character.isdigit():
        return "d"
    return "o" if character.isalpha() or unicodedata.combining(character) else " "
