"""Tells how much a test speaks of the words of a change: one that does is likely to notice a mistake in it.

Tests are ordered by it, and none is selected. So it reads texts, and no syntax, which would take longer than
all of the rest.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from ..text import words

__all__ = ["Similarity", "words_of_change", "words_of_tests"]

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_DEFINITION = re.compile(r"^([ \t]*)(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_ENDINGS = ("ing", "ed", "es", "s")
_COMMON = frozenset(
    {"self", "cls", "def", "return", "if", "not", "in", "is", "none", "true", "false", "for", "and", "or"}
    | {"the", "of", "to", "an", "raise", "assert", "test", "import", "from", "class", "with", "as", "else"}
    | {"elif", "pass", "try", "except", "lambda"}
)
# The lines around a change count less than it does; the headers that it is indented below count as much.
_AROUND, _NEAR = 3, 0.3
# More lines are not compared one by one.
_MOST_LINES = 2000
# A word in the name of a test counts more than one in its body.
_NAMED = 2.0
# The usual parameters of BM25: k1, and half of its b, as tests differ in length by what they check.
_SATURATION, _LENGTH = 1.2, 0.5


@lru_cache(maxsize=65536)
def _stems(identifier: str) -> tuple[str, ...]:
    found = (word for word in words(identifier) if word not in _COMMON and len(word) > 1)
    return tuple(map(_stem, found))


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 3:
            return word[: -len(ending)]
    return word


def _words(text: str) -> frozenset[str]:
    return frozenset(stem for identifier in set(_IDENTIFIER.findall(text)) for stem in _stems(identifier))


def words_of_change(before: str, now: str) -> Mapping[str, float]:
    """Return the words of the lines that two versions of a file do not share, and their weights.

    Those of lines around them are among them: neighbours, and the headers of what they are in.
    """
    found: defaultdict[str, float] = defaultdict(float)
    old, new = before.splitlines(), now.splitlines()
    for start, end, lines in _changed(old, new):
        near = [*old[max(0, start - _AROUND) : start], *old[end : end + _AROUND]]
        above = [*_headers(old, start, lines)]
        for weight, some in ((1.0, lines), (_NEAR, near), (1.0, above)):
            for line in some:
                for word in _words(line):
                    found[word] += weight
    return found


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, Sequence[str]]]:
    """Yield where lines of *old* changed, from and up to, with these lines and the new ones."""
    shorter = min(len(old), len(new))
    first = next((number for number in range(shorter) if old[number] != new[number]), shorter)
    shared = range(shorter - first)
    last = next((number for number in shared if old[-1 - number] != new[-1 - number]), len(shared))
    here, there = old[first : len(old) - last], new[first : len(new) - last]
    if max(len(here), len(there)) > _MOST_LINES:
        yield first, first + len(here), [*here, *there]
        return
    matcher = SequenceMatcher(None, here, there, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind != "equal":
            yield first + start, first + end, [*here[start:end], *there[new_start:new_end]]


def _headers(lines: Sequence[str], start: int, changed: Sequence[str]) -> Iterator[str]:
    """Yield the lines above the one at *start* that it is indented below, up to the top."""
    indent = min((_indent(line) for line in changed if line.strip()), default=0)
    for number in range(min(start, len(lines)) - 1, -1, -1):
        line = lines[number]
        if line.strip() and _indent(line) < indent:
            indent = _indent(line)
            yield line
        if not indent:
            return


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def words_of_tests(text: str, functions: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """Return the words of those of the *functions* that the text of a file defines, by qualified name."""
    wanted, lines = set(functions), [*_DEFINITION.finditer(text)]
    found: dict[str, frozenset[str]] = {}
    scopes: list[tuple[int, str]] = []
    for number, match in enumerate(lines):
        indent = len(match[1])
        while scopes and scopes[-1][0] >= indent:
            scopes.pop()
        scopes.append((indent, match[2]))
        name = ".".join(scope for _, scope in scopes)
        if name in wanted:
            following = (later.start() for later in lines[number + 1 :] if len(later[1]) <= indent)
            found[name] = _words(text[match.start() : next(following, len(text))])
    return found


class Similarity:
    """How much each of some tests speaks of the words of a change, by BM25.

    Args:
        change: The words of the change, and their weights.
        tests: The words of each test.
    """

    def __init__(self, change: Mapping[str, float], tests: Mapping[str, frozenset[str]]) -> None:
        self._tests = {test: dict.fromkeys(found, 1.0) | _named(test) for test, found in tests.items()}
        counts = Counter(word for found in self._tests.values() for word in found if word in change)
        # The rarer a word is, the more it tells.
        self._weights = {
            word: change[word] * math.log(1 + (len(tests) - count + 0.5) / (count + 0.5))
            for word, count in counts.items()
        }
        self._length = sum(map(len, self._tests.values())) / max(1, len(tests))

    def of(self, test: str) -> float:
        """Return the similarity of a test: the larger, the more; zero for one that is not known."""
        found = self._tests.get(test, {})
        dampened = _SATURATION * (1 - _LENGTH + _LENGTH * len(found) / max(1, self._length))
        return math.fsum(
            weight * found[word] * (1 + _SATURATION) / (found[word] + dampened)
            for word, weight in self._weights.items()
            if word in found
        )


def _named(test: str) -> dict[str, float]:
    return {stem: 1 + _NAMED for part in test.split("::")[1:] for stem in _stems(part)}
