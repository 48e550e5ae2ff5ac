"""Tells from names alone how likely a test shows the use of a callable."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import PurePosixPath

from ..text import words

__all__ = ["CallableName", "TestName", "distance_of_file", "name_relevance"]

# Words of names such as `test_add_edge_raises` and `test_errors`.
_REFUSALS = re.compile(
    r"errors?|exceptions?|fail(s|ed|ures?)?|invalid|raises?|warns?|warnings?|bad|wrong|missing|unknown|illegal"
    r"|malformed|deprecat(ed|ion)"
)
# Words of names such as `test_repr` and `test_pickle`: what any class or function has, and corner cases.
_ASPECTS = re.compile(
    r"repr|str|pickl(e|ed|ing|able)|copy|deepcopy|hash|empty|none|bug|regression|gc|locks?|doc|docs|docstring"
    r"|metadata|threads?"
)
# Endings of the names of test classes: `ChunkedTests`.
_ENDINGS = ("test", "tests", "case", "cases", "testcase")


@dataclass(frozen=True)
class TestName:
    """The node id of a test, without brackets."""

    # pytest collects classes whose names begin with Test.
    __test__ = False

    test: str

    @cached_property
    def classes(self) -> tuple[tuple[str, ...], ...]:
        """The words of the classes that it is in."""
        return tuple(_without_endings(words(part.removeprefix("Test"))) for part in self._parts[:-1])

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The words of its own name."""
        return words(self._parts[-1].removeprefix("test")) if self._parts else ()

    @cached_property
    def text(self) -> str:
        """All of these words, joined."""
        return " ".join(map("".join, (*self.classes, self.own)))

    @cached_property
    def refusals(self) -> frozenset[str]:
        """The words of its own name that say that it expects an error or a warning."""
        return frozenset(filter(_REFUSALS.fullmatch, self.own))

    @cached_property
    def aspects(self) -> frozenset[str]:
        """The words of its own name that say that it is about something that any object has."""
        return frozenset(filter(_ASPECTS.fullmatch, self.own))

    @cached_property
    def stem(self) -> str:
        """What its file is named after."""
        return _words_of_file(self.test.partition("::")[0])[0]

    @cached_property
    def folders(self) -> frozenset[str]:
        """The folders of its file."""
        return _words_of_file(self.test.partition("::")[0])[1]

    @property
    def _parts(self) -> list[str]:
        return self.test.split("::")[1:]


@lru_cache(maxsize=1024)
def _words_of_file(path: str) -> tuple[str, frozenset[str]]:
    """Return what a test file is named after, and its folders."""
    found = PurePosixPath(path)
    stem = found.stem.removeprefix("test_").removesuffix("_test").lower()
    return stem, frozenset(part.lower() for part in found.parts[:-1])


@dataclass(frozen=True)
class CallableName:
    """The dotted name of a callable."""

    name: str

    @cached_property
    def own(self) -> frozenset[str]:
        """The words of its last part."""
        return frozenset(words(self.name.rpartition(".")[2]))

    @cached_property
    def joined(self) -> str:
        """The words of its last part, joined: ``containsonly`` of ``ContainsOnly``."""
        return "".join(words(self.name.rpartition(".")[2]))

    @cached_property
    def parts(self) -> frozenset[str]:
        """All parts."""
        return frozenset(part.lower().strip("_") for part in self.name.split("."))

    @cached_property
    def modules(self) -> frozenset[str]:
        """All parts but the top package, which is in most paths and distinguishes nothing."""
        return self.parts - {self.name.partition(".")[0].lower()}


def name_relevance(test: TestName, name: CallableName) -> tuple[int, int, int]:
    """Return how far the names are from saying that a test shows the use of a callable; less is nearer.

    Returns:
        The distance of the names: 0 where the test or its class is named after the callable, 1 where the
        test's name begins with that name, 2 where a name contains it, else 3. 2 where the test's name
        says that it expects an error, 1 where it says that it is about an aspect such as ``repr``, else 0.
        The distance of the file: 0 where it is named after a part of the callable's name, 1 where a folder
        is, else 2.
    """
    return _distance(test, name), _poverty(test, name), distance_of_file(test, name)


def _distance(test: TestName, name: CallableName) -> int:
    wanted = name.joined
    # Nearly all names of tests that execute a callable have nothing in common with it.
    if not wanted or wanted not in test.text:
        return 3
    if wanted in ("".join(test.own), *map("".join, test.classes)):
        return 0
    if _contains(test.own[:1], test.own, wanted):
        return 1
    return 2 if any(_contains(part, part, wanted) for part in (test.own, *test.classes)) else 3


def _poverty(test: TestName, name: CallableName) -> int:
    # A test of `pytest.raises` may well have a name with "raises".
    if test.refusals and test.refusals - name.own:
        return 2
    return 1 if test.aspects and test.aspects - name.own else 0


def distance_of_file(test: TestName, name: CallableName) -> int:
    """Return 0 where a test's file is named after a part of the name, 1 where a folder is, else 2."""
    if test.stem in name.parts:
        return 0
    return 1 if not name.modules.isdisjoint(test.folders) else 2


def _contains(starts: Sequence[str], text: Sequence[str], wanted: str) -> bool:
    """Return whether whole words of *text*, beginning with one of its first ones, make up *wanted*."""
    for start in range(len(starts)):
        joined = ""
        for word in text[start:]:
            joined += word
            if joined == wanted:
                return True
            if not wanted.startswith(joined):
                break
    return False


def _without_endings(named: tuple[str, ...]) -> tuple[str, ...]:
    return named[:-1] if len(named) > 1 and named[-1] in _ENDINGS else named
