"""What names say: the words that they are made of, and which of them mean the same."""

import re
from collections.abc import Iterable, Sequence

__all__ = ["PARTICLES", "own_words", "said", "speaks_of", "telling", "words"]

# Shorter words are forms of too many others.
_STEM = 4
# What says nothing of what a test is about.
PARTICLES = frozenset(
    {"and", "are", "at", "by", "for", "from", "get", "in", "is", "no", "not", "of", "on", "or", "set", "the",
     "to", "with", "without"}
)  # fmt: skip


def words(name: str) -> list[str]:
    """Return the words of a name: of ``snake_case``, ``CamelCase`` and ``HTTPServer``."""
    return [each.lower() for each in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def own_words(node_id: str) -> list[str]:
    """Return the words of a test's name, without those of its class and file."""
    return words(node_id.rpartition("::")[2].removeprefix("test"))


def telling(text: Iterable[str]) -> list[str]:
    """Return the words that tell something."""
    return [each for each in text if each not in PARTICLES]


def said(asked: Sequence[str], text: Sequence[str]) -> float:
    """Return which share of the words *asked* a text says."""
    if not asked:
        return 0.0
    return sum(any(_is_alike(word, each) for each in text) for word in asked) / len(asked)


def speaks_of(name: str, text: Sequence[str], *, whole: bool = False) -> float:
    """Return which share of the words of a name a text says, or says the ends of: ``fromdate``.

    Args:
        whole: Whether the words count that tell nothing.
    """
    asked = words(name) if whole else telling(words(name))
    if not asked:
        return 0.0
    return sum(any(_is_alike(word, each) or _ends(word, each) for each in text) for word in asked) / len(
        asked
    )


def _is_alike(one: str, other: str) -> bool:
    """Return whether two words are forms of one: ``callout`` and ``callouts``."""
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) >= _STEM and longer.startswith(shorter))


def _ends(word: str, end: str) -> bool:
    return len(end) >= _STEM and word.endswith(end)
