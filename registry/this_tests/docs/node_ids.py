"""Node ids of tests: their files, and their pages and anchors in the docs."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

__all__ = ["Kind", "Place", "SuiteIndex"]

Kind = Literal["file", "class", "test"]

_UNFIT = re.compile(r"[^\w.-]+", re.ASCII)
_BORDER = re.compile(r"/|::")
_LONGEST = 120


class Place(NamedTuple):
    """Where a test file, a class of tests or a test is shown.

    A tuple of strings, which the garbage collector stops tracking: there may be ten thousand, and that many
    tracked objects would trigger one more collection over all of Sphinx's objects.

    Attributes:
        name: Its node id.
        file: The name of the page of its file.
        anchor: Its anchor on that page; empty for the file itself.
    """

    name: str
    kind: Kind
    file: str
    anchor: str = ""


@dataclass(frozen=True)
class SuiteIndex:
    """Tests, with the place of each.

    Attributes:
        tests: The node ids.
    """

    tests: frozenset[str]

    @cached_property
    def files(self) -> Mapping[str, tuple[str, ...]]:
        """The tests of each file, both sorted."""
        found: dict[str, list[str]] = {}
        for test in sorted(self.tests):
            found.setdefault(test.partition("::")[0], []).append(test)
        return {path: tuple(tests) for path, tests in sorted(found.items())}

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The name of each file's page, by its path."""
        return _distinct({path: _fit(path) for path in self.files})

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """The place of each file, class and test, by its node id."""
        return {place.name: place for path in self.files for place in self._places_in(path)}

    def find(self, target: str) -> list[Place]:
        """Return the places that *target* matches: a node id, or the end of one."""
        exact = self.places.get(target)
        return [exact] if exact else list(self._by_ending.get(target, ()))

    def _places_in(self, path: str) -> Iterator[Place]:
        file = self.names[path]
        yield Place(path, "file", file)
        tests = [test for test in self.files[path] if test != path]
        classes = list(dict.fromkeys(owner for test in tests for owner in _owners(test)))
        inside = {node_id: node_id.partition("::")[2].replace("::", ".") for node_id in [*classes, *tests]}
        anchors = _distinct({node_id: _fit(name) for node_id, name in inside.items()})
        for name, anchor in anchors.items():
            yield Place(name, "test" if name in self.tests else "class", file, anchor)

    @cached_property
    def _by_ending(self) -> Mapping[str, tuple[Place, ...]]:
        found: dict[str, tuple[Place, ...]] = {}
        for name, place in self.places.items():
            for border in _BORDER.finditer(name):
                ending = name[border.end() :]
                found[ending] = (*found.get(ending, ()), place)
        return found


def _owners(test: str) -> Iterator[str]:
    """Yield the node ids of the classes around a test, the outermost first."""
    path, *scopes, _ = test.split("::")
    for number in range(len(scopes)):
        yield "::".join((path, *scopes[: number + 1]))


def _fit(text: str) -> str:
    """Return *text* as a name that fits into a URL and a file system."""
    return _UNFIT.sub("-", text).strip("-.") or "tests"


def _distinct(fitted: Mapping[str, str]) -> dict[str, str]:
    """Return a name for each key; the names are distinct even if case is ignored."""
    counts = Counter(name.casefold() for name in fitted.values())
    return {
        key: name if counts[name.casefold()] == 1 and len(name) <= _LONGEST else _with_digest(key, name)
        for key, name in fitted.items()
    }


def _with_digest(key: str, name: str) -> str:
    digest = hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest()[:12]
    return f"{name[:_LONGEST]}-{digest}"
