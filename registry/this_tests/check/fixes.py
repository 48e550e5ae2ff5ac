"""Which tests without a declaration exercise what, beyond doubt."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..observations.relation import BODY, Relation
from ..source.public_api import PublicCallable
from ..suite.reader import Suite, SuiteFunction
from .findings import Finding

__all__ = ["Remedy", "remedies"]


@dataclass(frozen=True, order=True)
class Remedy:
    """What a test should declare.

    Attributes:
        test: Its name in the file, qualified by its classes with ``::``.
        target: The public name of the callable that it exercises.
    """

    file: str
    test: str
    target: str


def remedies(
    findings: Iterable[Finding], suite: Suite, relation: Relation, api: Sequence[PublicCallable]
) -> tuple[Remedy, ...]:
    """Return what the tests that *findings* call ``missing`` exercise beyond doubt, sorted.

    It is beyond doubt where all of this holds: every observed case of the test passed; all that
    its own body was seen to call of the library are public callables; they are one, or the test's
    name begins with the name of exactly one of them, with or without its class's; and the test's
    source, as it is now, has a call of that name. A test that is named after a helper of its file,
    and not after what it calls, is in doubt: it may test the helper.
    """
    observed = _Observed(relation, api)
    functions = {
        (file.path, each.name): each for file in suite.tests for each in file.functions if each.is_test
    }
    helpers = {
        file.path: [each.short_name for each in file.functions if not each.is_test] for file in suite.tests
    }
    missing = {(each.file, each.subject) for each in findings if each.rule == "missing"}
    found = (
        (place, observed.target(place, functions[place], helpers[place[0]])) for place in sorted(missing)
    )
    return tuple(Remedy(*place, target) for place, target in found if target)


class _Observed:
    """What the tests' own bodies called."""

    def __init__(self, relation: Relation, api: Sequence[PublicCallable]) -> None:
        self._relation = relation
        self._names = {each.definition: each.name for each in api}
        self._tops = {each.name.partition(".")[0] for each in api}
        self._cases = _by_test(relation)

    def target(self, place: tuple[str, str], function: SuiteFunction, helpers: Iterable[str]) -> str:
        called = self._called("::".join(place))
        certain = _named(function.short_name, called)
        if not certain and len(called) == 1:
            words = _words(function.short_name)[1:]
            certain = frozenset() if any(_said(words, each) for each in helpers) else called
        return "".join(each for each in certain if each.rpartition(".")[2] in function.uses)

    def _called(self, test: str) -> frozenset[str]:
        cases = self._cases.get(test, [])
        if not all(self._relation.outcome(each) in ("passed", "xfailed") for each in cases):
            return frozenset()
        functions = {name for each in cases for name, flags in self._relation.flags_of(each) if flags & BODY}
        ours = {_made(name) for name in functions if name.partition(":")[0].partition(".")[0] in self._tops}
        return frozenset(self._names[each] for each in ours) if ours <= self._names.keys() else frozenset()


def _by_test(relation: Relation) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for case in relation.rows:
        found.setdefault(case.partition("[")[0], []).append(case)
    return found


def _made(function: str) -> str:
    """Return the class in place of what makes its instances."""
    return re.sub(r"\.__(init|new)__$", "", function)


def _named(test: str, called: Iterable[str]) -> frozenset[str]:
    """Return the callable whose name, alone or with its class's, the test's name begins with: the longest."""
    words = _words(test)[1:]
    fits = {name: _said(words, name) for name in called}
    longest = max(fits.values(), default=0)
    best = frozenset(name for name, length in fits.items() if length == longest > 0)
    return best if len(best) == 1 else frozenset()


def _said(words: Sequence[str], name: str) -> int:
    """Return how many *words* at the beginning are all of a callable's name, or of it and its class's."""
    parts = name.split(".")
    said = (_words("_".join(parts[-number:])) for number in (1, 2))
    return max(len(each) if words[: len(each)] == each else 0 for each in said)


def _words(name: str) -> list[str]:
    """Return the words of ``snake_case`` and ``CamelCase`` alike."""
    return [word.lower() for word in _split(name)]


def _split(name: str) -> Iterator[str]:
    yield from re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
