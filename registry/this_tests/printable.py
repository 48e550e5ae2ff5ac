"""Text of strangers, made harmless for a terminal and a log."""

import unicodedata

__all__ = ["printable"]

# What a terminal obeys, and what hides or turns round what stands beside it; a tab is neither.
_SPELLED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


def printable(text: str) -> str:
    """Return *text* on one line, with each character that a terminal may obey as Python spells it."""
    return text if text.isprintable() else "".join(map(_spelled, text))


def _spelled(character: str) -> str:
    if character == "\t" or unicodedata.category(character) not in _SPELLED:
        return character
    return character.encode("unicode_escape").decode("ascii")
