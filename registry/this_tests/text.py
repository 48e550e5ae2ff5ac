"""Text of strangers, made harmless for a terminal and a log."""

import unicodedata

__all__ = ["counted", "printable", "tests_counted"]

# What a terminal obeys, and what hides or turns round what stands beside it; a tab is neither.
_SPELLED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


def printable(text: str) -> str:
    """Return *text* on one line, with each character that a terminal may obey as Python spells it."""
    return text if text.isprintable() else "".join(map(_spelled, text))


def _spelled(character: str) -> str:
    if character == "\t" or unicodedata.category(character) not in _SPELLED:
        return character
    return character.encode("unicode_escape").decode("ascii")


def counted(number: int, one: str, many: str = "") -> str:
    """Return ``1 link``, ``2 links``, ``1,234 links``.

    Args:
        many: The plural, where it is not *one* with an s.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def tests_counted(number: int, named: int) -> str:
    """Return ``3 tests``, or ``288 tests, 9 of them by name`` where not all are known by name."""
    return counted(number, "test") + (f", {named:,} of them by name" if named < number else "")
