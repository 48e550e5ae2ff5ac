"""Compares the words of identifiers by their stems."""

from collections.abc import Iterable, Sequence

from ..text import words

__all__ = ["meaningful", "share_of_name", "share_of_words", "words_of_test"]

# A shorter word is a prefix of too many others.
_STEM = 4
# Words that do not name the subject of a test.
_PARTICLES = frozenset(
    {"and", "are", "at", "by", "for", "from", "get", "in", "is", "no", "not", "of", "on", "or", "set", "the",
     "to", "with", "without"}
)  # fmt: skip


def words_of_test(node_id: str) -> tuple[str, ...]:
    """Return the words of a test's name, without those of its class and file."""
    return words(node_id.rpartition("::")[2].removeprefix("test"))


def meaningful(text: Iterable[str]) -> list[str]:
    """Return the words that are no particles."""
    return [word for word in text if word not in _PARTICLES]


def share_of_words(asked: Sequence[str], text: Sequence[str]) -> float:
    """Return which share of the words *asked* is in a text, in any form."""
    if not asked:
        return 0.0
    return sum(any(_is_alike(word, other) for other in text) for word in asked) / len(asked)


def share_of_name(name: str, text: Sequence[str], *, particles: bool = False) -> float:
    """Return which share of the words of a name is in a text, in any form or as the end: ``fromdate``.

    Args:
        particles: Whether the particles of the name count.
    """
    asked = words(name) if particles else meaningful(words(name))
    if not asked:
        return 0.0
    return sum(any(_is_alike(word, other) or _ends(word, other) for other in text) for word in asked) / len(
        asked
    )


def _is_alike(one: str, other: str) -> bool:
    """Return whether two words are forms of one: ``callout`` and ``callouts``."""
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) >= _STEM and longer.startswith(shorter))


def _ends(word: str, end: str) -> bool:
    return len(end) >= _STEM and word.endswith(end)
